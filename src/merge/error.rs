//! [`MergeError`]: why two changes to an artifact could not be merged.

use std::{fmt, path::PathBuf};

use crate::{content::ContentError, git::GitError};

/// Why a merge was refused or failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// One of the contents, or the result, is not one.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// Something that one of the contents consists of is not here.
    #[error("object {id}, a part of {side}, is missing")]
    MissingObject {
        /// Whose content.
        side: MergeSide,
        /// The object id.
        id: String,
    },
    /// The content of an artifact that is one file holds something else.
    #[error("{side} is not the one file that the artifact is")]
    NotOneFile {
        /// Whose content.
        side: MergeSide,
    },
    /// Each side deleted what the other one kept.
    #[error("the merge leaves no file: each side deleted what the other one kept")]
    EmptyResult,
    /// Git gave up, for instance because a merge driver crashed.
    #[error("git could not merge: {message}")]
    Failed {
        /// What it printed on stderr, trimmed.
        message: String,
    },
    /// Git's answer holds something that was not asked for.
    #[error("git merged '{path}', which is no part of the artifact", path = .path.display())]
    OutsideArtifact {
        /// The path, relative to the project.
        path: PathBuf,
    },
    /// Git's answer holds something that no work tree and index can.
    #[error("git left '{path}' in a state that cannot be checked out", path = .path.display())]
    UnknownState {
        /// The path, relative to the artifact.
        path: PathBuf,
    },
}

/// One of the three contents of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeSide {
    /// What both sides started from.
    Base,
    /// What is here.
    Ours,
    /// What comes in.
    Theirs,
}

impl fmt::Display for MergeSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MergeSide::Base => "the merge base",
            MergeSide::Ours => "the content here",
            MergeSide::Theirs => "the incoming content",
        })
    }
}
