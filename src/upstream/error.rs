//! [`UpstreamError`]: why content could not be had from a git upstream. No message holds a password or token.

use std::path::PathBuf;

use crate::{content::ContentError, git::GitError, id::CommitId};

/// Why a git upstream could not be reached, or its content not be read. Nothing was changed but the cache.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// The git program or the cache's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The upstream's content cannot be read, or can be no artifact.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A URL that git would take for an option or hand to a program, or that no git would understand.
    #[error("the upstream '{url}' is refused: {reason}")]
    RefusedUrl {
        /// The URL, without credentials.
        url: String,
        /// Why.
        reason: &'static str,
    },
    /// A path inside the upstream that leads out of it.
    #[error("'{path}' does not stay inside the upstream")]
    PathOutside {
        /// The path as typed.
        path: String,
    },
    /// A path inside the upstream that is not text, so that it cannot be recorded.
    #[error("the path '{path}' in '{url}' is not UTF-8")]
    PathNotUtf8 {
        /// The upstream, without credentials.
        url: String,
        /// The path; what is not UTF-8 is replaced.
        path: String,
    },
    /// The upstream does not answer, or does not let us in.
    #[error("cannot reach '{url}': {message}")]
    Unreachable {
        /// The upstream, without credentials.
        url: String,
        /// What git said.
        message: String,
    },
    /// The upstream has no commit at all.
    #[error("'{url}' is empty: it has no commit yet")]
    EmptyUpstream {
        /// The upstream, without credentials.
        url: String,
    },
    /// The upstream's HEAD names no branch that exists.
    #[error("'{url}' has no default branch: name the branch or tag")]
    NoDefaultBranch {
        /// The upstream, without credentials.
        url: String,
        /// Its branches.
        branches: Vec<String>,
    },
    /// The branch or tag is not there, or not any more.
    #[error("'{url}' has no branch or tag '{ref_name}'")]
    RefGone {
        /// The upstream, without credentials.
        url: String,
        /// The ref asked for.
        ref_name: String,
        /// Branches and tags that look alike.
        similar: Vec<String>,
    },
    /// The upstream does not have the commit, or not any more.
    #[error("'{url}' does not have the commit {commit}")]
    CommitGone {
        /// The upstream, without credentials.
        url: String,
        /// The commit asked for.
        commit: CommitId,
    },
    /// A ref or id that is no commit's, such as a tag on a single file.
    #[error("'{ref_name}' in '{url}' is a {found}, not a commit")]
    NotACommit {
        /// The upstream, without credentials.
        url: String,
        /// The ref or id asked for.
        ref_name: String,
        /// What it is.
        found: String,
    },
    /// A commit that git itself would have trouble with.
    #[error("the commit {commit} of '{url}' is damaged")]
    DamagedCommit {
        /// The upstream, without credentials.
        url: String,
        /// The commit.
        commit: CommitId,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync + 'static>,
    },
    /// The upstream answers, but what was asked for did not come, or not all of it.
    #[error("could not fetch from '{url}': {message}")]
    FetchFailed {
        /// The upstream, without credentials.
        url: String,
        /// What git said.
        message: String,
    },
    /// An object of the upstream is one that `git fsck` refuses, and the user's `fetch.fsckObjects` or
    /// `transfer.fsckObjects` says to refuse it.
    #[error("git refuses what '{url}' sends, as fsckObjects is set: {message}")]
    RefusedByFsck {
        /// The upstream, without credentials.
        url: String,
        /// What git said.
        message: String,
    },
    /// Another process has been using the same part of the cache for a long time.
    #[error("another process holds '{lock_file}'; waited {seconds} s", lock_file = .lock_file.display())]
    CacheLocked {
        /// The file that is locked.
        lock_file: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// Somebody else could put repositories into the cache, with settings by which git runs programs.
    #[error("the cache '{path}' is not used: {reason}", path = .path.display())]
    ForeignCache {
        /// The cache's directory.
        path: PathBuf,
        /// Who could.
        reason: &'static str,
    },
    /// A file or directory of the cache cannot be made, read or removed.
    #[error("could not {action} '{path}' in the cache", path = .path.display())]
    CacheIo {
        /// What was tried, as a verb.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
}

impl UpstreamError {
    pub(super) fn cache(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| UpstreamError::CacheIo { action, path, source }
    }
}
