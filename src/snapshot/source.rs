//! The content of a plain directory or file outside the project, as the project will store it.
//!
//! What upstream brings is content, whatever ignore rules say. The write gate has its say before anything is written.

use std::path::Path;

use gix::{bstr::BString, objs::Kind};

use super::{
    Snapshot, SnapshotError,
    filters::{self, ATTRIBUTES_FILE, Attributes},
};
use crate::{
    content::{
        Content, ContentError, Entry, Found, Mode,
        gate::{self, GateOptions},
        hash_object, walk,
    },
    git::{Repo, objects::ObjectBatch},
    id::ContentHash,
    project_path::ProjectPath,
};

/// What a source would be in the project.
pub(crate) struct SourceSnapshot {
    pub(crate) snapshot: Snapshot,
    /// The tree id of the source's own bytes where the project's attributes make others of them.
    pub(crate) own_tree: Option<ContentHash>,
}

/// Reads `source` as it will be stored at `artifact`; a single file takes the artifact's file name.
pub(crate) fn of_directory(
    repo: &Repo,
    source: &Path,
    artifact: &ProjectPath,
    batch: &mut ObjectBatch<'_>,
) -> Result<SourceSnapshot, SnapshotError> {
    let hash = repo.hash_kind();
    let mut found = walk(source)?;
    let single_file = !source.is_dir();
    if single_file {
        for file in &mut found {
            file.path = BString::from(artifact.file_name());
        }
    }
    let in_project = |path: &BString| {
        if single_file {
            BString::from(artifact.as_str())
        } else {
            let mut full = BString::from(artifact.as_str());
            full.push(b'/');
            full.extend_from_slice(path);
            full
        }
    };
    let mut incoming = Vec::new();
    for file in found.iter().filter(|file| is_attributes_file(file)) {
        incoming.push((in_project(&file.path), file.read()?));
    }
    let attributes = Attributes::new(repo, artifact, incoming)?;
    let mut pipeline = attributes.pipeline()?;
    let index = repo
        .gix()
        .index_or_empty()
        .map_err(crate::git::GitError::backend("read the index"))?;

    let (mut stored, mut own) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len()));
    for file in &found {
        let data = file.read()?;
        let own_id = hash_object(hash, "blob", &data);
        let data = match file.mode {
            Mode::Symlink => data,
            Mode::File | Mode::Executable => {
                filters::to_git(&mut pipeline, &index, &in_project(&file.path), data.as_slice())?
            }
        };
        check_special_file(file, &data)?;
        let id = batch.add(Kind::Blob, &data)?;
        stored.push(entry(file, id));
        own.push(entry(file, own_id));
    }
    let targets: std::collections::HashMap<&BString, &Found> = found.iter().map(|file| (&file.path, file)).collect();
    let content = Content::new(stored);
    gate::check_entries::<SnapshotError>(
        content.entries(),
        &mut |entry| Ok(targets[&entry.path].read()?),
        GateOptions {
            ignore_case: repo.config_bool("core.ignoreCase").unwrap_or(false),
            single_file,
        },
    )?;
    let own = Content::new(own).hash(hash)?;
    let snapshot = Snapshot::with_trees(content, hash, batch)?;
    let own_tree = (own != snapshot.hash).then_some(own);
    Ok(SourceSnapshot { snapshot, own_tree })
}

fn entry(file: &Found, id: gix::ObjectId) -> Entry {
    Entry {
        path: file.path.clone(),
        mode: file.mode,
        id,
    }
}

fn is_attributes_file(file: &Found) -> bool {
    file.mode != Mode::Symlink && last_component(&file.path) == ATTRIBUTES_FILE.as_bytes()
}

/// What git itself reads must not be a weapon: `.gitmodules`, `.gitattributes`.
fn check_special_file(file: &Found, data: &[u8]) -> Result<(), SnapshotError> {
    if file.mode == Mode::Symlink {
        return Ok(());
    }
    gate::check_blob(&file.path, data).map_err(|reason| ContentError::refused(&file.path, reason).into())
}

fn last_component(path: &BString) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}
