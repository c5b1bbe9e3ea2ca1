//! [`SharingError`]: why lineage could not be fetched or pushed.

use crate::{
    git::GitError,
    index::IndexError,
    operation::OperationError,
    project::{history::HistoryError, walk::WalkError},
};

/// Why lineage could not be fetched or pushed. Nothing that is recorded here was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SharingError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The versions cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The versions of the project's commits cannot be recorded.
    #[error(transparent)]
    Operation(Box<OperationError>),
    /// The project has no remote.
    #[error("the project has no remote to share lineage with")]
    NoRemote,
    /// Which of several remotes is meant cannot be told.
    #[error("it is not clear which remote is meant: there are {}", .remotes.join(", "))]
    WhichRemote {
        /// Their names.
        remotes: Vec<String>,
    },
    /// No remote of that name is configured.
    #[error("no remote is called '{name}'")]
    UnknownRemote {
        /// The name asked for; without credentials where it is a URL.
        name: String,
        /// Those that are configured.
        remotes: Vec<String>,
    },
    /// git could not talk to the remote.
    #[error("git could not {what} '{remote}': {message}")]
    Transport {
        /// What was tried: `fetch from`, `push to`, `list`.
        what: &'static str,
        /// The remote's name.
        remote: String,
        /// What git said, in one line and without credentials.
        message: String,
    },
    /// The heads over there were moved by others again and again.
    #[error("others pushed to '{remote}' at the same time {attempts} times over")]
    Contended {
        /// The remote's name.
        remote: String,
        /// How often it was tried.
        attempts: u32,
    },
}

impl From<HistoryError> for SharingError {
    fn from(error: HistoryError) -> Self {
        SharingError::from(OperationError::from(WalkError::from(error)))
    }
}

impl From<OperationError> for SharingError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Git(error) => SharingError::Git(error),
            OperationError::Index(error) => SharingError::Index(error),
            other => SharingError::Operation(Box::new(other)),
        }
    }
}
