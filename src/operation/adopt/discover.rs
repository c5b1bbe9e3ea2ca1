//! What looks like an artifact and is not tracked yet.
//!
//! Looked at is what HEAD's commit holds, because only that can be adopted. An artifact is
//!
//! - a directory with a `SKILL.md` in it, wherever it is;
//! - in a folder named after a kind (`skills`, `agents`, `commands`, `hooks`, `prompts`, `templates`, `plugins`) every
//!   directory that is not such a folder itself, and every file that ends in `.md` but is no `README.md`.
//!
//! Of artifacts inside one another the outermost counts, unless something in it is tracked.

use gix::{ObjectId, bstr::ByteSlice, objs::tree::EntryKind};

use super::super::{
    OperationError,
    default_id::{default_id, proposal_when_taken},
    manifest_file,
};
use crate::{
    git::Repo,
    id::ArtifactId,
    index::Index,
    manifest::{Manifest, ManifestEntry},
    project::{history::History, tree::TreeEntry},
    project_path::ProjectPath,
};

/// The folders in which everything is an artifact.
const FOLDERS: [&str; 7] = [
    "agents",
    "commands",
    "hooks",
    "plugins",
    "prompts",
    "skills",
    "templates",
];

/// Something that can be adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adoptable {
    /// Where it is.
    pub path: ProjectPath,
    /// The id that it would get; `None` where all that could be made of its path are taken.
    pub artifact_id: Option<ArtifactId>,
    /// That id must be asked for: the one made of the path alone is another's.
    pub needs_id: bool,
}

/// Lists what can be adopted at or below `within`, everywhere if that is empty; by path.
pub(crate) fn discover(repo: &Repo, index: &Index, within: &[ProjectPath]) -> Result<Vec<Adoptable>, OperationError> {
    let mut manifest = manifest_file::read(repo, index)?;
    let Some(head) = repo.head()?.commit else {
        return Ok(Vec::new());
    };
    let history = History::new(repo);
    let mut search = Search {
        history: &history,
        manifest: &manifest,
        within,
        found: Vec::new(),
    };
    let root = history.commit(head)?.tree;
    search.tree(root)?;
    let mut paths = search.found;
    paths.sort();
    let mut adoptable = Vec::with_capacity(paths.len());
    for path in paths {
        let (artifact_id, needs_id) = free_id(&manifest, &path);
        if let Some(id) = &artifact_id {
            // Its id is taken for those that follow.
            manifest.set(ManifestEntry::new(id.clone(), path.clone()))?;
        }
        adoptable.push(Adoptable {
            path,
            artifact_id,
            needs_id,
        });
    }
    Ok(adoptable)
}

/// The default id, or the longer one if that is taken.
fn free_id(manifest: &Manifest, path: &ProjectPath) -> (Option<ArtifactId>, bool) {
    let is_free = |id: &ArtifactId| {
        let folded = id.case_folded();
        manifest.entries().all(|entry| entry.id.case_folded() != folded)
    };
    match default_id(path, None).ok().filter(is_free) {
        Some(id) => (Some(id), false),
        None => (proposal_when_taken(path, None).filter(is_free), true),
    }
}

struct Search<'s, 'r> {
    history: &'s History<'r>,
    manifest: &'s Manifest,
    within: &'s [ProjectPath],
    found: Vec<ProjectPath>,
}

impl Search<'_, '_> {
    /// Looks through a root tree.
    fn tree(&mut self, root: ObjectId) -> Result<(), OperationError> {
        // Each folder with whether everything in it is an artifact.
        let mut open = vec![(String::new(), root, false)];
        while let Some((folder, tree, of_kind)) = open.pop() {
            for entry in self.history.tree(tree)?.iter() {
                // What is no path of an artifact is none.
                let Some(path) = path_of(&folder, &entry) else { continue };
                let is_artifact = self.looks_like_one(&entry, of_kind)?;
                let is_tracked = self.manifest.containing(&path).is_some();
                let holds_tracked = self.manifest.entries().any(|other| path.contains(&other.path));
                if is_tracked || !self.leads_there(&path) {
                    continue;
                }
                let is_asked_for = self.within.is_empty() || self.within.iter().any(|asked| asked.contains(&path));
                if is_artifact && !holds_tracked && is_asked_for {
                    self.found.push(path);
                } else if entry.kind == EntryKind::Tree {
                    let name = path.file_name();
                    open.push((path.to_string(), entry.id, FOLDERS.contains(&name)));
                }
            }
        }
        Ok(())
    }

    /// Whether a path is one that was asked for, or on the way to one or below it.
    fn leads_there(&self, path: &ProjectPath) -> bool {
        let mut asked = self.within.iter();
        self.within.is_empty() || asked.any(|asked| asked.contains(path) || path.contains(asked))
    }

    fn looks_like_one(&self, entry: &TreeEntry<'_>, of_kind: bool) -> Result<bool, OperationError> {
        let name = entry.name.to_str_lossy();
        Ok(match entry.kind {
            EntryKind::Tree => {
                let is_folder_of_kind = FOLDERS.contains(&name.as_ref());
                let is_skill = |file: TreeEntry<'_>| file.name == "SKILL.md" && file.kind != EntryKind::Tree;
                (of_kind && !is_folder_of_kind) || self.history.tree(entry.id)?.iter().any(is_skill)
            }
            EntryKind::Blob | EntryKind::BlobExecutable => {
                of_kind && name.ends_with(".md") && !name.eq_ignore_ascii_case("README.md")
            }
            EntryKind::Link | EntryKind::Commit => false,
        })
    }
}

fn path_of(folder: &str, entry: &TreeEntry<'_>) -> Option<ProjectPath> {
    let name = entry.name.to_str().ok()?;
    match folder {
        "" => name.parse().ok(),
        folder => format!("{folder}/{name}").parse().ok(),
    }
}
