//! Calls by a user for whom permission bits count, also where the tests run as root.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::run::LINEAGE;
use super::{Call, TestRepo};

/// The user and group `nobody` of most systems.
const NOBODY: u32 = 65534;

/// How root becomes nobody.
const SETPRIV: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/// A way to call programs without root's rights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unprivileged {
    /// Whether the tests run as root, so that there is a way to go.
    from_root: bool,
}

impl Unprivileged {
    /// `None`, with a line that says so, where there is no such way: root without `setpriv`, or with a program that
    /// nobody else may read.
    pub(crate) fn find(repo: &TestRepo) -> Option<Self> {
        let owner = fs::metadata(repo.path()).expect("the repository was just made").uid();
        if owner != 0 {
            return Some(Self { from_root: false });
        }
        let tried = Command::new(SETPRIV[0])
            .args(&SETPRIV[1..])
            .arg(LINEAGE)
            .arg("--version")
            .output();
        if tried.is_ok_and(|output| output.status.success()) {
            return Some(Self { from_root: true });
        }
        crate::support::skipped(&format!("root has no setpriv, or {LINEAGE} cannot be run by others"));
        None
    }

    /// True if the tests may give files away, which only root may.
    pub(crate) fn can_give_away(self) -> bool {
        self.from_root
    }

    /// Lets the unprivileged user own everything in the sandbox.
    pub(crate) fn give_sandbox(self, repo: &TestRepo) {
        if self.from_root {
            self.give(repo.sandbox().root());
        }
    }

    /// Lets the unprivileged user own `path` and all below it.
    pub(crate) fn give(self, path: &Path) {
        std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY)).expect("root may give files away");
        if path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
            for entry in fs::read_dir(path).expect("root may list folders") {
                self.give(&entry.expect("root may list folders").path());
            }
        }
    }

    /// The call as the unprivileged user.
    pub(crate) fn call(self, repo: &TestRepo) -> Call<'_> {
        if self.from_root {
            repo.call().through(&SETPRIV)
        } else {
            repo.call()
        }
    }

    /// Runs `test` while `path` and all below it cannot be written.
    pub(crate) fn while_protected(self, path: &Path, test: impl FnOnce()) {
        let modes = modes_below(path);
        for (path, mode) in &modes {
            set_mode(path, mode & !0o222);
        }
        test();
        // Or the sandbox could not be removed.
        for (path, mode) in &modes {
            set_mode(path, *mode);
        }
    }
}

/// All files and folders at or below `path`, with their permission bits.
fn modes_below(path: &Path) -> Vec<(PathBuf, u32)> {
    let meta = path.symlink_metadata().expect("it is there");
    let mut modes = Vec::new();
    if !meta.is_symlink() {
        modes.push((path.to_owned(), meta.permissions().mode()));
    }
    if meta.is_dir() {
        for entry in fs::read_dir(path).expect("a folder of the test can be read") {
            modes.extend(modes_below(&entry.expect("a folder of the test can be read").path()));
        }
    }
    modes
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours, or we are root");
}
