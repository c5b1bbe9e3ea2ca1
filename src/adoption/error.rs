//! [`AdoptionError`]: why the past of a path cannot be told.

use crate::{
    git::GitError,
    id::{ArtifactId, CommitId},
    project_path::ProjectPath,
};

/// Why the project's history does not say what an artifact's past is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdoptionError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The commit that is checked out holds nothing at the path.
    #[error("nothing is committed at '{path}'")]
    NotCommitted {
        /// The path.
        path: ProjectPath,
    },
    /// What is committed at the path can be no version.
    #[error("what is committed at '{path}' can be no version: {reason}")]
    NoVersion {
        /// The path.
        path: ProjectPath,
        /// Why not.
        reason: String,
    },
    /// The history ends in a shallow clone, so that other clones would find another past.
    #[error("the history of '{path}' is cut off at commit {commit}, as in a shallow clone")]
    Shallow {
        /// The path.
        path: ProjectPath,
        /// The last commit that is here.
        commit: CommitId,
    },
    /// The commit that is checked out names the artifact in its manifest.
    #[error("'{id}' is in the manifest of the commit that is checked out")]
    StillTracked {
        /// The artifact.
        id: ArtifactId,
    },
}
