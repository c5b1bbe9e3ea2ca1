//! [`PendingError`]: why an unfinished operation cannot be read.

use crate::{content::ContentError, git::GitError};

/// Why an unfinished operation cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PendingError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A content in it cannot be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The commit is not one that this program wrote, or one of a newer program.
    #[error("the unfinished operation at {ref_name} cannot be read: {reason}")]
    Unreadable {
        /// The ref under `pending`.
        ref_name: String,
        /// What is wrong with it.
        reason: String,
    },
}
