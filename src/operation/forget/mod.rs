//! `forget`: a version is gone from here, with all that was made from it, down to the bytes.
//!
//! First the refs: every head that contains it moves to the newest version of its line that does not, in one transaction
//! ([`plan`]). Then, while no gc runs, what nothing reaches any more is deleted ([`erase`]), and where something else still
//! holds it, that is told ([`holders`]). What is to be deleted is noted down before anything changes ([`journal`]): killed at
//! any instant, the same command finishes it.
//!
//! Guarantees: no object is deleted that a ref, a reflog or an index reaches, and none that was not a forgotten version's;
//! versions that were not asked for stay. Leaves to others: remotes, the project's own history, the work tree.

mod erase;
mod holders;
mod journal;
mod plan;

use serde::{Deserialize, Serialize};

use crate::id::{ArtifactId, CommitId, VersionId};

pub(crate) use erase::{Erased, erase, foretell};
pub(crate) use journal::Journal;
pub(crate) use plan::{Plan, detach};

/// Which version to forget.
#[derive(Debug, Clone)]
pub struct Forget {
    /// The version.
    pub version: VersionId,
    /// And all that descend from it. Without this nothing may.
    pub descendants: bool,
    /// Only say what would be done.
    pub dry_run: bool,
}

impl Forget {
    /// This version, from which none descends.
    pub fn new(version: VersionId) -> Self {
        Forget {
            version,
            descendants: false,
            dry_run: false,
        }
    }
}

/// The answer to `forget`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forgotten {
    /// Whose versions they were.
    pub artifact_id: ArtifactId,
    /// What was forgotten, children before their parents.
    pub versions: Vec<VersionId>,
    /// The refs that led there, by name.
    pub refs: Vec<MovedRef>,
    /// Versions that would have gone along, and are kept.
    pub kept: Vec<VersionId>,
    /// The work trees whose last command can no longer be undone: `main`, or the name that git gave a linked one.
    pub undo: Vec<String>,
    /// How many objects were deleted: commits, folders and files.
    pub deleted_objects: usize,
    /// What still holds it here; nothing, if it is gone.
    pub held: StillHeld,
    /// The refs of remotes that had it, as last fetched.
    pub pushed: Vec<HoldingRef>,
    /// The manifest names the content of a forgotten version as the baseline, and there is no other version of it.
    pub baseline_lost: bool,
}

impl Forgotten {
    /// Nothing here holds it any more.
    pub fn is_gone(&self) -> bool {
        self.held.is_empty()
    }
}

/// A ref that led to what was forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MovedRef {
    /// Its full name.
    pub ref_name: String,
    /// What it pointed to.
    pub before: VersionId,
    /// What it points to now; `None` where it was deleted.
    pub after: Option<VersionId>,
}

/// A ref of a remote that had what was forgotten when it was last fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HoldingRef {
    /// The remote's name, as far as a ref can tell it.
    pub remote: String,
    /// The full name of the ref there.
    pub ref_name: String,
    /// What it pointed to.
    pub version_id: VersionId,
    /// The newest version of that line without what was forgotten; `None` where there is none.
    pub rewind_to: Option<VersionId>,
}

impl HoldingRef {
    /// The arguments of `git` that rewind it, unless somebody has pushed to it since.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, Forget, LineageStore};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// let request = Forget { dry_run: true, ..Forget::new(deployed.version.version_id) };
    /// for pushed in store.forget(&request)?.pushed {
    ///     println!("git {}", pushed.rewind().join(" "));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn rewind(&self) -> Vec<String> {
        let (name, old) = (&self.ref_name, self.version_id);
        let new = self.rewind_to.map(|version| version.to_string()).unwrap_or_default();
        vec![
            "push".to_owned(),
            format!("--force-with-lease={name}:{old}"),
            self.remote.clone(),
            format!("{new}:{name}"),
        ]
    }
}

/// What still holds something of a forgotten version here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StillHeld {
    /// Its files and folders that are still here, relative to the artifact.
    pub files: Vec<String>,
    /// Commits of the project that brought them in, newest first: catching up records them again.
    pub commits: Vec<CommitId>,
    /// Other versions that brought them in, newest first.
    pub versions: Vec<VersionId>,
    /// Work trees whose index holds them: `main`, or the name that git gave a linked one.
    pub indexes: Vec<String>,
    /// Refs that are not lineage's own and lead to a forgotten version.
    pub refs: Vec<String>,
    /// Nothing but git's reflogs holds some of them.
    pub reflogs: bool,
    /// Some are in another repository's store that this one borrows from, or in use by a running process.
    pub elsewhere: bool,
}

impl StillHeld {
    /// Nothing does.
    pub fn is_empty(&self) -> bool {
        *self == StillHeld::default()
    }
}
