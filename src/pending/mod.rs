//! [`Pending`]: an operation on one artifact that is not finished in this work tree, with the exact way back.
//!
//! From the transaction that records until the last file, index entry and manifest line is written, an operation stands
//! as a commit under `refs/lineage/pending/<worktree>/`. Its tree holds everything that finishing or taking back needs:
//! the contents before and after, the files as they lay there byte for byte ([`saved`]), the index entries, and the
//! manifest's bytes. Its parents keep the versions concerned reachable. Killed at any instant, either way can still be
//! gone, any number of times. The commit is local and private to this program; it is no version.
//!
//! Guarantees: what [`Pending::store`] wrote, [`Pending::load`] reads back, and nothing that the way back needs can be
//! taken by gc meanwhile. Leaves to others: doing and undoing the work (`operation`), and moving the ref.

mod ended;
mod error;
mod index_entries;
mod manifest_change;
mod record;
mod saved;
mod store;

use gix::{ObjectId, bstr::BString};

use crate::{
    checkout::Placement,
    content::Mode,
    git::Repo,
    id::{ArtifactId, Line, VersionId},
    manifest::ManifestError,
    version::Signature,
};

pub(crate) use ended::EndByGit;
pub use error::PendingError;
pub(crate) use index_entries::{IndexEntry, index_entries};
pub(crate) use manifest_change::{ManifestChange, taken_back};
pub(crate) use record::{MovedFrom, OperationKind, Phase};
pub(crate) use saved::{SavedFile, restore_files, save_files};
pub(crate) use store::Standing;

/// An unfinished operation on one artifact.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) operation: OperationKind,
    pub(crate) phase: Phase,
    pub(crate) artifact_id: ArtifactId,
    /// The line it was begun on.
    pub(crate) line: Line,
    /// The project commit that was checked out.
    pub(crate) started_at: Option<ObjectId>,
    /// Who asked for it; the committer of the pending commit.
    pub(crate) caller: Signature,
    /// The artifact's head before, with local edits already recorded.
    pub(crate) head_before: Option<VersionId>,
    /// The head that the operation has recorded; `None` where that is still to come.
    pub(crate) head_after: Option<VersionId>,
    /// Once all is written, conflicts wait for the user.
    pub(crate) conflicted: bool,
    /// The upstream version that is being brought in.
    pub(crate) incoming: Option<VersionId>,
    pub(crate) moved_from: Option<MovedFrom>,
    /// What happens to files, one place after another.
    pub(crate) places: Vec<Placement>,
    /// What is to stand in the index instead of what lies in the work tree.
    pub(crate) unmerged: Vec<Unmerged>,
    pub(crate) manifest: ManifestChange,
    /// Whether what is written is staged, too.
    pub(crate) stage: bool,
    /// The files that the operation overwrites or deletes.
    pub(crate) saved: Vec<SavedFile>,
    /// The index entries of the artifact's paths and of the manifest.
    pub(crate) index: Vec<IndexEntry>,
}

impl Pending {
    /// What it does to the manifest, by artifact. What a command does to several artifacts are several operations, each of its
    /// own; but a move to another id is one, though both ids stand for it.
    ///
    /// # Errors
    /// [`ManifestError`] if the manifest of then cannot be read.
    pub(crate) fn manifest_changes(&self) -> Result<Vec<(ArtifactId, ManifestChange)>, ManifestError> {
        match self.operation {
            OperationKind::Move => self.manifest.of_each_artifact(),
            _ => Ok(vec![(self.artifact_id.clone(), self.manifest.clone())]),
        }
    }

    /// A path of the project as one of the artifact, for people.
    pub(crate) fn relative(&self, path: &BString) -> String {
        for place in &self.places {
            match path.strip_prefix(place.path.as_str().as_bytes()) {
                Some(b"") => return place.path.file_name().to_owned(),
                Some([b'/', rest @ ..]) => return String::from_utf8_lossy(rest).into_owned(),
                _ => {}
            }
        }
        path.to_string()
    }
}

/// A path in conflict: what each side has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unmerged {
    /// Relative to the project.
    pub(crate) path: BString,
    /// Base, ours, theirs: stages 1, 2 and 3 of the index.
    pub(crate) stages: [Option<(Mode, ObjectId)>; 3],
}

/// The name of a work tree in `pending` refs: `main`, or `linked-` and the name git gave a linked one.
pub(crate) fn worktree_name(repo: &Repo) -> String {
    let git_dir = repo.gix().git_dir();
    let linked = git_dir
        .parent()
        .is_some_and(|parent| parent.file_name().is_some_and(|name| name == "worktrees"))
        && git_dir.join("commondir").is_file();
    match git_dir.file_name() {
        Some(name) if linked => format!("linked-{}", name.to_string_lossy()),
        _ => "main".to_owned(),
    }
}
