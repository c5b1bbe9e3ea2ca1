//! The folder in which git looks for hook files, and whose it is.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::HooksError;
use crate::git::{Repo, command::success_of};

/// Where git looks for hook files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Absolute; need not be there.
    pub(super) dir: PathBuf,
    /// The scope in which `core.hooksPath` is set, if it is.
    pub(super) scope: Option<String>,
    pub(super) whose: Whose,
}

/// Who uses a folder of hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// This repository.
    Ours,
    /// Perhaps others, too: it lies outside of this repository and its work tree.
    Shared,
    /// Nobody: it is no folder.
    Nobody,
}

impl Place {
    /// The folder that git uses in this work tree, or `on_server` where it receives a push: a relative `core.hooksPath` leads
    /// to another one there.
    pub(super) fn of(repo: &Repo, on_server: bool) -> Result<Self, HooksError> {
        let args = ["rev-parse", "--path-format=absolute", "--git-path", "hooks"];
        let printed = success_of(git_where_hooks_run(repo, on_server, &args))?;
        let dir = path(printed.strip_suffix(b"\n").unwrap_or(&printed));
        let setting = repo.ask_git(&["config", "-z", "--show-scope", "--get", "core.hooksPath"])?;
        let scope = setting.map(|setting| {
            let scope = setting.split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(scope).into_owned()
        });
        Ok(Place {
            whose: whose(repo, &dir),
            dir,
            scope,
        })
    }

    /// The folder that git uses without `core.hooksPath`.
    pub(super) fn default_dir(repo: &Repo) -> PathBuf {
        repo.common_dir().join("hooks")
    }

    /// Refuses to change what is not this repository's alone.
    pub(super) fn check(&self, shared_too: bool) -> Result<(), HooksError> {
        match self.whose {
            Whose::Nobody => Err(HooksError::SwitchedOff { dir: self.dir.clone() }),
            Whose::Shared if !shared_too => Err(HooksError::SharedDirectory {
                dir: self.dir.clone(),
                scope: self.scope.clone().unwrap_or_default(),
            }),
            _ => Ok(()),
        }
    }
}

/// A git command in the directory in which git runs hooks: the top of the work tree, for those of a server the git directory.
pub(super) fn git_where_hooks_run(repo: &Repo, on_server: bool, args: &[&str]) -> Command {
    let mut command = repo.git_command(args);
    if on_server {
        let git_dir = repo.gix().git_dir();
        command
            .current_dir(git_dir.canonicalize().unwrap_or_else(|_| git_dir.to_owned()))
            .env_remove("GIT_WORK_TREE");
    }
    command
}

/// A path as git prints it.
pub(super) fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

fn whose(repo: &Repo, dir: &Path) -> Whose {
    if dir.exists() && !dir.is_dir() {
        return Whose::Nobody;
    }
    let dir = resolved(dir);
    let top = repo.work_tree().map(resolved);
    let inside = dir.starts_with(repo.common_dir()) || top.is_ok_and(|top| dir.starts_with(top));
    if inside { Whose::Ours } else { Whose::Shared }
}

/// Without symbolic links, as far as it is there.
fn resolved(dir: &Path) -> PathBuf {
    let mut missing = Vec::new();
    let mut there = dir;
    loop {
        if let Ok(canonical) = there.canonicalize() {
            return missing.iter().rev().fold(canonical, |path, name| path.join(name));
        }
        let (Some(parent), Some(name)) = (there.parent(), there.file_name()) else {
            return dir.to_owned();
        };
        missing.push(name);
        there = parent;
    }
}
