//! [`GitError`]: what can go wrong between this crate and git, with gix's and git's many errors sorted into few kinds.

use std::path::PathBuf;

/// A boxed cause; no type of a dependency appears in a public error.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why the repository could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// No repository at or above a directory.
    #[error("'{dir}' is not inside a git repository", dir = .dir.display())]
    NotARepository {
        /// Where the search began.
        dir: PathBuf,
        /// What git's discovery said.
        source: Cause,
    },
    /// git itself refuses repositories of other owners.
    #[error("the repository at '{dir}' belongs to somebody else", dir = .dir.display())]
    ForeignOwner {
        /// The repository's directory.
        dir: PathBuf,
    },
    /// The repository needs something that this version does not know.
    #[error("the repository uses the extension '{extension}', which is not known here")]
    UnknownExtension {
        /// The name below `extensions.` in its configuration.
        extension: String,
    },
    /// The repository needs something that has a meaning only in a newer format.
    #[error("the repository has format 0 and uses the extension '{extension}', which needs format 1")]
    MisplacedExtension {
        /// The name below `extensions.` in its configuration.
        extension: String,
    },
    /// The repository has a format that this version does not know.
    #[error("the repository has format {version}; 0 and 1 are known here")]
    UnknownFormat {
        /// What its configuration says.
        version: i64,
    },
    /// A bare repository was found, and only those may be used that are named.
    #[error("'{git_dir}' is a bare repository that nobody has named", git_dir = .git_dir.display())]
    UnnamedBare {
        /// The repository's git directory.
        git_dir: PathBuf,
    },
    /// The environment says that objects are not in the repository.
    #[error("the objects are said to be in '{directory}', outside of the repository", directory = .directory.display())]
    ObjectsElsewhere {
        /// What `GIT_OBJECT_DIRECTORY` names.
        directory: PathBuf,
    },
    /// The repository's configuration is none.
    #[error("'{path}' cannot be read as git configuration", path = .path.display())]
    UnreadableConfig {
        /// The file.
        path: PathBuf,
        /// Where it ceases to be.
        source: Cause,
    },
    /// A setting that has no valid value.
    #[error("the git setting {key} is '{value}': {reason}")]
    InvalidConfig {
        /// The configuration key.
        key: &'static str,
        /// The value found.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An operation needs files but the repository has no work tree.
    #[error("'{git_dir}' has no work tree", git_dir = .git_dir.display())]
    Bare {
        /// The repository's git directory.
        git_dir: PathBuf,
    },
    /// An object that something refers to is not here.
    #[error("the object {id} is missing")]
    MissingObject {
        /// The object id.
        id: String,
    },
    /// An object is here but cannot be decoded.
    #[error("the object {id} is corrupt")]
    CorruptObject {
        /// The object id.
        id: String,
        /// What the decoder said.
        source: Cause,
    },
    /// An object is not what it should be.
    #[error("the object {id} is a {found}, not a {expected}")]
    WrongKind {
        /// The object id.
        id: String,
        /// What was needed.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A ref did not have the expected value when it was to be moved: somebody else was faster.
    #[error("the ref {name} was moved by somebody else meanwhile")]
    RefMoved {
        /// The full ref name.
        name: String,
    },
    /// A ref's lock is held by another process, or was left behind by one that died.
    #[error("the refs are locked by another process")]
    RefLocked {
        /// What was found, with the lock file's name.
        source: Cause,
    },
    /// Git's lock on a file that has to be written stands, for longer than writing the file takes.
    #[error("'{path}' exists", path = .path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A ref exists but cannot be read.
    #[error("the ref {name} cannot be read")]
    UnreadableRef {
        /// The full ref name.
        name: String,
        /// Why.
        source: Cause,
    },
    /// A ref that must hold an id follows another ref.
    #[error("the ref {name} is symbolic; a lineage ref points at its version directly")]
    SymbolicRef {
        /// The full ref name.
        name: String,
    },
    /// A file operation failed.
    #[error("could not {action} '{path}'", path = .path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The git program could not be started.
    #[error("could not run git")]
    GitNotFound {
        /// Why.
        source: std::io::Error,
    },
    /// The git program failed.
    #[error("'git {command}' failed: {message}")]
    GitFailed {
        /// The subcommand.
        command: String,
        /// What it printed on stderr, trimmed.
        message: String,
    },
    /// The git program is too old for what was asked.
    #[error("{feature} needs git {needed} or newer; this is {found}")]
    GitTooOld {
        /// What was asked, as the user knows it.
        feature: &'static str,
        /// The first version that can do it.
        needed: String,
        /// The version here.
        found: String,
    },
    /// Anything else that git's storage reports.
    #[error("could not {action}")]
    Backend {
        /// What was tried, as a verb.
        action: &'static str,
        /// Why it failed.
        source: Cause,
    },
}

impl GitError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> GitError {
        let path = path.into();
        move |source| GitError::Io { action, path, source }
    }

    pub(crate) fn backend<E: Into<Cause>>(action: &'static str) -> impl FnOnce(E) -> GitError {
        move |source| GitError::Backend {
            action,
            source: source.into(),
        }
    }

    /// True if trying again on the new state can succeed.
    pub fn is_lost_race(&self) -> bool {
        matches!(self, GitError::RefMoved { .. } | GitError::RefLocked { .. })
    }

    /// True if an object is not here, as in a shallow clone.
    pub fn is_missing_object(&self) -> bool {
        matches!(self, GitError::MissingObject { .. })
    }
}
