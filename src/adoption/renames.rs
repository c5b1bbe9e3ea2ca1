//! Where a path came from: what was there before under another name.
//!
//! The rule, asked only of a commit that has the path and whose first parent has nothing there. Of what stood in the
//! parent and stands in the commit no longer:
//!
//! 1. something with just the same content; of several the one of the same name, then the one that comes first;
//! 2. else what git calls renamed (`git diff-tree -M`, half of the lines): a file's old path; the directory from which at
//!    least half of the files of a directory were renamed.
//!
//! A copy whose original is still there is a new thing, not a renamed one.

use std::collections::HashMap;

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
    objs::tree::EntryKind,
};

use crate::{
    content::{last_name, most_renamed},
    git::{GitError, Repo, path_at::Found},
    project::history::History,
    project_path::ProjectPath,
};

/// From so many pairs of files on git only looks for equal ones.
const RENAME_LIMIT: &str = "diff.renameLimit=1000";

/// Two commits, the later one with its root tree.
pub(super) struct Step {
    pub(super) before: (ObjectId, ObjectId),
    pub(super) after: (ObjectId, ObjectId),
}

/// The path at which `here`, which stands at `path` after the step, stood before it.
pub(super) fn came_from(
    repo: &Repo,
    history: &History<'_>,
    step: &Step,
    path: &ProjectPath,
    here: Found,
) -> Result<Option<ProjectPath>, GitError> {
    let gone = gone(history, step.before.1, step.after.1)?;
    if gone.is_empty() {
        return Ok(None);
    }
    let name = path.file_name().as_bytes();
    let equal = gone
        .iter()
        .filter(|(_, old)| old.id == here.id && (old.kind == EntryKind::Tree) == (here.kind == EntryKind::Tree));
    let equal = equal.map(|(place, _)| place.as_bstr());
    if let Some(place) = equal.min_by_key(|place| (last_name(place) != name, *place)) {
        return Ok(valid(place));
    }
    let renames = renames(repo, step)?;
    let files = files(history, path, here)?;
    let place = most_renamed(path.as_str(), files.iter().map(|file| file.as_bstr()), &renames);
    Ok(place.and_then(|place| valid(place.as_bstr())))
}

/// Only what could be the path of an artifact is followed.
fn valid(place: &BStr) -> Option<ProjectPath> {
    place.to_str().ok()?.parse().ok()
}

/// Everything that stands in one root tree and not in the other, directories before what is in them.
fn gone(history: &History<'_>, before: ObjectId, after: ObjectId) -> Result<Vec<(BString, Found)>, GitError> {
    let mut gone = Vec::new();
    let mut open = vec![(BString::default(), before, Some(after))];
    while let Some((folder, old, new)) = open.pop() {
        let new = new.map(|new| history.tree(new)).transpose()?;
        for entry in history.tree(old)?.iter() {
            let is_tree = entry.kind == EntryKind::Tree;
            let counterpart = new
                .iter()
                .flat_map(|new| new.iter())
                .find(|other| other.name == entry.name && (other.kind == EntryKind::Tree) == is_tree);
            let mut path = folder.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(entry.name);
            if counterpart.is_none() {
                let kind = entry.kind;
                gone.push((path.clone(), Found { kind, id: entry.id }));
            }
            if is_tree && counterpart.is_none_or(|other| other.id != entry.id) {
                open.push((path, entry.id, counterpart.map(|other| other.id)));
            }
        }
    }
    Ok(gone)
}

/// What git calls renamed by a step: the paths before it by those after it.
fn renames(repo: &Repo, step: &Step) -> Result<HashMap<BString, BString>, GitError> {
    let (before, after) = (step.before.0.to_string(), step.after.0.to_string());
    let args = [
        "-c",
        RENAME_LIMIT,
        "diff-tree",
        "-r",
        "-z",
        "-M",
        "--name-status",
        "--diff-filter=R",
        &after,
        &before,
    ];
    let printed = repo.run_git(&args, b"")?;
    // A score, the path after and the path before, each ended by a NUL.
    let fields: Vec<&[u8]> = printed.split(|byte| *byte == 0).collect();
    let renames = fields.chunks_exact(3);
    Ok(renames.map(|rename| (rename[1].into(), rename[2].into())).collect())
}

/// The paths of the files at or below a path.
fn files(history: &History<'_>, path: &ProjectPath, here: Found) -> Result<Vec<BString>, GitError> {
    let mut files = Vec::new();
    let mut open = vec![(BString::from(path.as_str()), here)];
    while let Some((path, found)) = open.pop() {
        if found.kind != EntryKind::Tree {
            files.push(path);
            continue;
        }
        for entry in history.tree(found.id)?.iter() {
            let mut below = path.clone();
            below.push(b'/');
            below.extend_from_slice(entry.name);
            let kind = entry.kind;
            open.push((below, Found { kind, id: entry.id }));
        }
    }
    Ok(files)
}
