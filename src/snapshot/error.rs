//! [`SnapshotError`]: why no content could be taken from files.

use std::path::PathBuf;

use crate::{content::ContentError, git::GitError};

/// Why the content of an artifact could not be read from files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file cannot be read, or is nothing git could store.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// One of git's filters (attributes, line endings, a configured program) failed.
    #[error("git's filters for '{path}' failed", path = .path.display())]
    Filter {
        /// The file.
        path: PathBuf,
        /// What the filter said.
        source: Box<dyn std::error::Error + Send + Sync + 'static>,
    },
    /// The index holds a conflict inside the artifact.
    #[error("'{path}' is unmerged")]
    Unmerged {
        /// The file, relative to the project.
        path: String,
    },
    /// The artifact lies in a part of the tree that the index knows only as a whole.
    #[error("'{path}' lies in a collapsed directory of a sparse index")]
    SparseIndex {
        /// The artifact's path.
        path: String,
    },
}
