//! [`HubError`]: why a hub could not be made, changed, or filled. No message holds a password or token.

use std::path::PathBuf;

use crate::{git::GitError, id::HashKind, index::IndexError, refname::InvalidRefPrefix, upstream::UpstreamError};

/// Why something about a hub failed. Unless a variant says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The versions here cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// git must not be given the URL.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The prefix of a project's refs cannot be one.
    #[error(transparent)]
    InvalidRefPrefix(#[from] InvalidRefPrefix),
    /// The repository is no hub.
    #[error("'{git_dir}' is no hub", git_dir = .git_dir.display())]
    NotAHub {
        /// The repository's git directory.
        git_dir: PathBuf,
    },
    /// A hub has no work tree.
    #[error("'{dir}' is a repository with a work tree, a hub has none", dir = .dir.display())]
    NotBare {
        /// The directory.
        dir: PathBuf,
    },
    /// The directory holds something else.
    #[error("'{dir}' is not empty and no repository", dir = .dir.display())]
    Occupied {
        /// The directory.
        dir: PathBuf,
    },
    /// The repository is there, and has ids of another kind than was asked for.
    #[error("'{dir}' is a {found} repository", dir = .dir.display(), found = name_of(*.found))]
    ObjectFormat {
        /// The directory.
        dir: PathBuf,
        /// Its hash function.
        found: HashKind,
    },
    /// Nothing is at a path.
    #[error("there is nothing at '{path}'")]
    NothingThere {
        /// The path as given.
        path: String,
    },
    /// What is at a path is no repository.
    #[error("'{path}' is no git repository", path = .path.display())]
    NoRepository {
        /// The path.
        path: PathBuf,
    },
    /// The URL has no last part to call the project by.
    #[error("'{url}' has no name to call the project by")]
    NoName {
        /// The URL, without credentials.
        url: String,
    },
    /// A project cannot be called so.
    #[error("a project cannot be called '{name}': {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// Another remote is called so.
    #[error("the hub has a project '{taken}' already")]
    NameTaken {
        /// The name that is there; it may differ by case from the one asked for.
        taken: String,
        /// One that is free.
        proposal: String,
    },
    /// The same project is there already.
    #[error("'{url}' is in the hub already, as '{name}'")]
    AlreadyAdded {
        /// The URL, without credentials.
        url: String,
        /// How it is called.
        name: String,
    },
    /// No project is called so.
    #[error("the hub has no project '{name}'")]
    UnknownProject {
        /// The name asked for.
        name: String,
        /// Names that look alike.
        similar: Vec<String>,
    },
    /// The project does not answer, or does not let us in.
    #[error("cannot reach '{url}': {message}")]
    Unreachable {
        /// Its URL, without credentials.
        url: String,
        /// What git said.
        message: String,
    },
    /// The project answers, but its versions did not come.
    #[error("could not fetch from '{url}': {message}")]
    FetchFailed {
        /// Its URL, without credentials.
        url: String,
        /// What git said.
        message: String,
    },
    /// The project has ids of another kind.
    #[error("'{url}' is a {theirs} repository, and the hub one of {ours}: git cannot mix them", theirs = name_of(*.theirs), ours = name_of(*.ours))]
    OtherObjectFormat {
        /// Its URL, without credentials.
        url: String,
        /// Its hash function.
        theirs: HashKind,
        /// That of the hub.
        ours: HashKind,
    },
    /// Heads were not let in, because what hangs on them is damaged; the project's other heads are here.
    #[error("{heads} of the heads of '{name}' cannot be taken in; of the first")]
    Refused {
        /// The project.
        name: String,
        /// How many.
        heads: usize,
        /// What is wrong with the first.
        source: Box<IndexError>,
    },
    /// Other processes kept moving the same refs.
    #[error("other processes kept moving the refs of '{name}'")]
    Busy {
        /// The project.
        name: String,
    },
}

fn name_of(kind: HashKind) -> &'static str {
    match kind {
        HashKind::Sha1 => "SHA-1",
        HashKind::Sha256 => "SHA-256",
    }
}

impl HubError {
    /// True if the sidecar turned out to be damaged: with a new one it may work.
    pub(crate) fn is_corrupt_sidecar(&self) -> bool {
        matches!(self, HubError::Index(error) if error.is_corrupt_sidecar())
    }
}
