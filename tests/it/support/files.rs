//! Files in a [`TestRepo`]: write, read, link, remove, copy.
//!
//! Paths are relative to the repository's folder; absolute ones are taken as they are.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::TestRepo;

impl TestRepo {
    /// Writes a file and the folders above it. A file that is there keeps its mode.
    #[track_caller]
    pub(crate) fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        make_parent(&path);
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }

    /// As [`write`](Self::write), with the executable bit.
    #[track_caller]
    pub(crate) fn write_exec(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        self.write(&path, bytes);
        self.chmod(path, 0o755);
    }

    /// Sets the permission bits of a file or folder.
    #[track_caller]
    pub(crate) fn chmod(&self, path: impl AsRef<Path>, mode: u32) {
        let path = self.path().join(path);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .unwrap_or_else(|error| panic!("cannot set the mode of {}: {error}", path.display()));
    }

    /// Makes a symbolic link at `path` that says `target`, whether that is there or not.
    #[track_caller]
    pub(crate) fn symlink(&self, target: impl AsRef<Path>, path: impl AsRef<Path>) {
        let path = self.path().join(path);
        make_parent(&path);
        std::os::unix::fs::symlink(target, &path)
            .unwrap_or_else(|error| panic!("cannot link {}: {error}", path.display()));
    }

    /// The bytes of a file.
    #[track_caller]
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path().join(path);
        fs::read(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
    }

    /// Whether something stands at `path`, a dangling link included.
    pub(crate) fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.path().join(path).symlink_metadata().is_ok()
    }

    /// Removes a file, a link or a folder with all in it.
    #[track_caller]
    pub(crate) fn remove(&self, path: impl AsRef<Path>) {
        let path = self.path().join(path);
        let done = match path.symlink_metadata() {
            Ok(meta) if meta.is_dir() => fs::remove_dir_all(&path),
            Ok(_) => fs::remove_file(&path),
            Err(error) => Err(error),
        };
        done.unwrap_or_else(|error| panic!("cannot remove {}: {error}", path.display()));
    }

    /// A copy of `fixtures/<name>` in the sandbox, made anew on every call, for tests to deploy from and to change.
    #[track_caller]
    pub(crate) fn fixture(&self, name: &str) -> PathBuf {
        let to = self.beside("fixtures").join(name);
        self.copy(fixtures().join(name), &to);
        to
    }

    /// Replaces `to` by a copy of `from`, a file or a folder, modes and links kept: what an upstream that moved on
    /// looks like.
    #[track_caller]
    pub(crate) fn copy(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) {
        let (from, to) = (self.path().join(from), self.path().join(to));
        if self.exists(&to) {
            self.remove(&to);
        }
        make_parent(&to);
        copy_tree(&from, &to).unwrap_or_else(|error| panic!("cannot copy {}: {error}", from.display()));
    }
}

/// The fixtures as they are in the project: to read, not to change.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

#[track_caller]
fn make_parent(path: &Path) {
    let parent = path.parent().expect("a path in a folder has a parent");
    fs::create_dir_all(parent).unwrap_or_else(|error| panic!("cannot make {}: {error}", parent.display()));
}

pub(super) fn copy_tree(from: &Path, to: &Path) -> std::io::Result<()> {
    let kind = from.symlink_metadata()?.file_type();
    if kind.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    if !kind.is_dir() {
        return fs::copy(from, to).map(|_| ());
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_tree(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
