//! [`HooksError`]: why hooks could not be installed, taken out or looked at.

use std::path::PathBuf;

use crate::git::GitError;

/// Why hooks could not be installed, taken out or looked at. Unless a variant says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HooksError {
    /// Git's storage, settings or program failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// `core.hooksPath` leads to a folder that other repositories may use, too.
    #[error("git runs the hooks in '{dir}', which other repositories may use, too", dir = .dir.display())]
    SharedDirectory {
        /// The folder.
        dir: PathBuf,
        /// Where `core.hooksPath` is set, as git says it: `local`, `global`, `system`, …
        scope: String,
    },
    /// `core.hooksPath` leads to something that can hold no hooks, such as `/dev/null`.
    #[error("git runs no hook files: core.hooksPath is '{dir}'", dir = .dir.display())]
    SwitchedOff {
        /// What it leads to.
        dir: PathBuf,
    },
    /// The folder of the hooks cannot be written.
    #[error("the hooks in '{dir}' cannot be written", dir = .dir.display())]
    Unwritable {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A hook file could not be read or written; hooks before it in the list have been changed.
    #[error("could not {action} '{path}'", path = .path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
}

impl HooksError {
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> HooksError {
        let path = path.into();
        move |source| HooksError::Io { action, path, source }
    }
}
