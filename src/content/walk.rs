//! [`walk`]: what stands in a plain directory, as git would see it.
//!
//! Symbolic links are listed, never followed; empty directories vanish; what git could not store is an error that
//! names it. Nothing is skipped. Directories are read one after another, so their depth is limited by the system only.

use std::{
    fs::{self, File, FileType, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
};

use gix::bstr::{BString, ByteSlice};

use super::{ContentError, Entry, Mode, Refusal, gate, hash};
use crate::id::HashKind;

/// A file or symbolic link that [`walk`] found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Relative to the root of the walk, with `/` between the names; for a single file its name.
    pub(crate) path: BString,
    /// What it is.
    pub(crate) mode: Mode,
    /// Where it is: the root as it was given, and the path.
    pub(crate) absolute: PathBuf,
}

/// Lists the files and symbolic links in the directory `root`, sorted by the bytes of their paths; or `root` itself,
/// named as its last component, if it is a file or symbolic link.
///
/// A symbolic link given as root is listed, not followed, like every other, for so git stores it. Whoever means the
/// directory it leads to writes a `/` behind it.
///
/// # Errors
/// [`ContentError::Unreadable`], [`ContentError::Vanished`], [`ContentError::NestedRepository`] for an entry named
/// `.git`, [`ContentError::Refused`] for one that is `.git` on another file system, [`ContentError::SpecialFile`], and
/// [`ContentError::UnrepresentableName`].
pub(crate) fn walk(root: &Path) -> Result<Vec<Found>, ContentError> {
    let unreadable = |source| unreadable(root, source);
    let metadata = fs::symlink_metadata(root).map_err(unreadable)?;
    let mut found = Vec::new();
    if !metadata.is_dir() {
        let name = root
            .file_name()
            .ok_or_else(|| unreadable(io::ErrorKind::InvalidInput.into()))?;
        let name = checked_name(name, root)?;
        found.push(Found::new(name, root.to_owned(), &metadata)?);
        return Ok(found);
    }

    let mut pending = vec![(BString::default(), root.to_owned())];
    while let Some((prefix, directory)) = pending.pop() {
        // The root was there a moment ago as well.
        for entry in fs::read_dir(&directory).map_err(|source| vanished_or_unreadable(&directory, source))? {
            let entry = entry.map_err(|source| vanished_or_unreadable(&directory, source))?;
            let absolute = entry.path();
            let mut path = prefix.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&checked_name(&entry.file_name(), &absolute)?);
            let lost = |source| vanished_or_unreadable(&absolute, source);
            if entry.file_type().map_err(lost)?.is_dir() {
                pending.push((path, absolute));
            } else {
                let metadata = entry.metadata().map_err(lost)?;
                found.push(Found::new(path, absolute, &metadata)?);
            }
        }
    }
    found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

impl Found {
    fn new(path: BString, absolute: PathBuf, metadata: &Metadata) -> Result<Self, ContentError> {
        let mode = mode_of(metadata.file_type(), metadata);
        let mode = mode.ok_or_else(|| ContentError::SpecialFile { path: absolute.clone() })?;
        Ok(Self { path, mode, absolute })
    }

    /// The bytes of the file, or the target of the symbolic link, as they are.
    ///
    /// # Errors
    /// [`ContentError::Unreadable`], [`ContentError::Vanished`], and [`ContentError::Changed`] where it is no longer
    /// what was found.
    pub(crate) fn read(&self) -> Result<Vec<u8>, ContentError> {
        if self.mode == Mode::Symlink {
            return self.read_target();
        }
        let (mut file, _) = self.open()?;
        let mut data = Vec::new();
        file.read_to_end(&mut data).map_err(|source| self.lost(source))?;
        Ok(data)
    }

    /// The id of its blob, read piece by piece. Errors as [`read`](Self::read).
    pub(crate) fn hash(&self, kind: HashKind) -> Result<gix::ObjectId, ContentError> {
        if self.mode == Mode::Symlink {
            return Ok(hash::hash_object(kind, "blob", &self.read_target()?));
        }
        let (mut file, len) = self.open()?;
        hash::hash_blob_reader(kind, len, &mut file).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => self.changed(),
            _ => self.lost(source),
        })
    }

    /// The entry with the id of its blob. Errors as [`read`](Self::read).
    pub(crate) fn into_entry(self, kind: HashKind) -> Result<Entry, ContentError> {
        let id = self.hash(kind)?;
        Ok(Entry {
            path: self.path,
            mode: self.mode,
            id,
        })
    }

    /// The open file and its length in bytes. What took its place since is neither followed nor waited for.
    pub(crate) fn open(&self) -> Result<(File, u64), ContentError> {
        let mut options = fs::OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use rustix::fs::OFlags;
            let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY).bits();
            std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.cast_signed());
        }
        let file = options.open(&self.absolute).map_err(|source| self.lost(source))?;
        let metadata = file.metadata().map_err(|source| self.lost(source))?;
        if metadata.is_file() {
            Ok((file, metadata.len()))
        } else {
            Err(self.changed())
        }
    }

    fn read_target(&self) -> Result<Vec<u8>, ContentError> {
        let target = fs::read_link(&self.absolute).map_err(|source| self.lost(source))?;
        let target = gix::path::into_bstr(&target).map_err(|_| ContentError::UnrepresentableName {
            path: self.absolute.clone(),
        })?;
        Ok(target.into_owned().into())
    }

    fn lost(&self, source: io::Error) -> ContentError {
        // A link that is no link any more, and a file that is one now.
        if source.kind() == io::ErrorKind::InvalidInput || is_link_refusal(&source) {
            return self.changed();
        }
        vanished_or_unreadable(&self.absolute, source)
    }

    fn changed(&self) -> ContentError {
        ContentError::Changed {
            path: self.absolute.clone(),
        }
    }
}

fn mode_of(file_type: FileType, metadata: &Metadata) -> Option<Mode> {
    if file_type.is_symlink() {
        Some(Mode::Symlink)
    } else if !file_type.is_file() {
        None
    } else if is_executable(metadata) {
        Some(Mode::Executable)
    } else {
        Some(Mode::File)
    }
}

/// As git: what its owner may execute.
#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &Metadata) -> bool {
    false
}

/// What the system says when a symbolic link is opened that must not be followed.
#[cfg(unix)]
fn is_link_refusal(error: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::LOOP)
}

#[cfg(not(unix))]
fn is_link_refusal(_error: &io::Error) -> bool {
    false
}

fn checked_name(name: &std::ffi::OsStr, absolute: &Path) -> Result<BString, ContentError> {
    let path = || absolute.to_owned();
    let name = gix::path::os_str_into_bstr(name).map_err(|_| ContentError::UnrepresentableName { path: path() })?;
    if name.eq_ignore_ascii_case(b".git") {
        let path = absolute.parent().map_or_else(path, Path::to_owned);
        return Err(ContentError::NestedRepository { path });
    }
    if gate::is_dot_git(name) {
        return Err(ContentError::Refused {
            path: path(),
            reason: Refusal::DotGit,
        });
    }
    Ok(name.as_bytes().into())
}

fn unreadable(path: &Path, source: io::Error) -> ContentError {
    ContentError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

fn vanished_or_unreadable(path: &Path, source: io::Error) -> ContentError {
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ContentError::Vanished { path: path.to_owned() },
        _ => unreadable(path, source),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::{
        fs::{PermissionsExt, symlink},
        net::UnixListener,
    };

    use super::*;
    use crate::content::testing::write_files;

    fn listed(root: &Path) -> Vec<(String, Mode)> {
        let found = walk(root).expect("a good directory");
        found
            .into_iter()
            .map(|found| (found.path.to_string(), found.mode))
            .collect()
    }

    #[test]
    fn lists_files_and_links_and_follows_none() {
        let root = tempfile::tempdir().expect("temporary directory");
        write_files(
            root.path(),
            &[("a/x", "1"), ("a.b", ""), ("a0", ""), ("run", ""), ("group", "")],
        );
        fs::create_dir_all(root.path().join("empty/empty")).expect("directories");
        symlink("..", root.path().join("a/up")).expect("a link");
        symlink("nowhere", root.path().join("dangling")).expect("a link");
        let set_mode = |name, mode| fs::set_permissions(root.path().join(name), fs::Permissions::from_mode(mode));
        set_mode("run", 0o700).expect("set");
        set_mode("group", 0o654).expect("set");
        let expected = [
            ("a.b", Mode::File),
            ("a/up", Mode::Symlink),
            ("a/x", Mode::File),
            ("a0", Mode::File),
            ("dangling", Mode::Symlink),
            ("group", Mode::File),
            ("run", Mode::Executable),
        ];
        assert_eq!(
            listed(root.path()),
            expected.map(|(path, mode)| (path.to_owned(), mode))
        );
        assert_eq!(listed(&root.path().join("run")), [("run".to_owned(), Mode::Executable)]);
        assert_eq!(listed(&root.path().join("a/up")), [("up".to_owned(), Mode::Symlink)]);
        assert_eq!(listed(&root.path().join("a/up/")).len(), expected.len());
        let found = walk(root.path()).expect("a good directory");
        let data: Vec<_> = found.iter().map(|found| found.read().expect("readable")).collect();
        assert_eq!((data[1].as_slice(), data[2].as_slice()), (&b".."[..], &b"1"[..]));
    }

    #[test]
    fn depth_does_not_matter() {
        let root = tempfile::tempdir().expect("temporary directory");
        let deep: PathBuf = std::iter::repeat_n("d", 1200).collect();
        fs::create_dir_all(root.path().join(&deep)).expect("directories");
        fs::write(root.path().join(&deep).join("f"), "").expect("written");
        let found = walk(root.path()).expect("a good directory");
        assert_eq!(found[0].path.len(), 2 * 1200 + 1);
    }

    #[test]
    fn what_git_could_not_store_is_named() {
        let with = |path: &str| {
            let root = tempfile::tempdir().expect("temporary directory");
            write_files(root.path(), &[("ok", ""), (path, "")]);
            walk(root.path())
                .map(|found| found.len())
                .map_err(|error| error.to_string().replace(&*root.path().to_string_lossy(), ""))
        };
        let nested = |directory: &str| {
            Err(format!(
                "'{directory}' is a nested repository: an artifact cannot hold one; move it away, or remove its .git"
            ))
        };
        assert_eq!(with("sub/.git/HEAD"), nested("/sub"));
        assert_eq!(with("sub/.git"), nested("/sub"));
        assert_eq!(with(".Git"), nested(""));
        for path in ["git~1", ".git ", "x/.g\u{200c}it/y", "a\\.git", ".git:x"] {
            assert!(with(path).is_err_and(|error| error.contains("refused")), "{path}");
        }
        for path in [".gitignore", ".gitmodules", "git~2", "a:b", "x.", ".github/x"] {
            assert_eq!(with(path), Ok(2), "{path}");
        }
    }

    #[test]
    fn special_files_are_errors() {
        let root = tempfile::tempdir().expect("temporary directory");
        let _socket = UnixListener::bind(root.path().join("socket")).expect("a socket");
        assert!(matches!(walk(root.path()), Err(ContentError::SpecialFile { path }) if path.ends_with("socket")));
        assert!(matches!(
            walk(&root.path().join("socket")),
            Err(ContentError::SpecialFile { .. })
        ));
        assert!(matches!(
            walk(&root.path().join("none")),
            Err(ContentError::Unreadable { .. })
        ));
        assert!(walk(Path::new("/dev/null")).is_err());
    }

    #[test]
    fn what_changes_between_listing_and_reading_is_an_error() {
        let root = tempfile::tempdir().expect("temporary directory");
        let at = |name: &str| root.path().join(name);
        write_files(root.path(), &[("gone", ""), ("linked", ""), ("dir", ""), ("x", "")]);
        symlink("x", at("plain")).expect("a link");
        let found = walk(root.path()).expect("a good directory");
        for name in ["gone", "linked", "dir", "plain"] {
            fs::remove_file(at(name)).expect("removed");
        }
        symlink("x", at("linked")).expect("a link");
        fs::create_dir(at("dir")).expect("a directory");
        fs::write(at("plain"), "x").expect("written");
        let reads = found
            .iter()
            .map(|found| (found.path.to_string(), found.read(), found.hash(HashKind::Sha1)));
        for (path, read, hash) in reads {
            match path.as_str() {
                "x" => assert!(read.is_ok() && hash.is_ok()),
                "gone" => {
                    assert!(matches!(read, Err(ContentError::Vanished { .. })), "{read:?}");
                    assert!(matches!(hash, Err(ContentError::Vanished { .. })), "{hash:?}");
                }
                _ => {
                    assert!(matches!(read, Err(ContentError::Changed { .. })), "{path}: {read:?}");
                    assert!(matches!(hash, Err(ContentError::Changed { .. })), "{path}: {hash:?}");
                }
            }
        }
    }

    #[test]
    fn unreadable_directories_and_files_are_named() {
        let root = tempfile::tempdir().expect("temporary directory");
        write_files(root.path(), &[("dir/x", ""), ("file", "")]);
        let lock =
            |name, mode| fs::set_permissions(root.path().join(name), fs::Permissions::from_mode(mode)).expect("set");
        lock("file", 0o000);
        let found = walk(&root.path().join("file")).expect("listing needs no permission");
        // The superuser may read everything.
        let is_root = fs::read(root.path().join("file")).is_ok();
        assert!(is_root || matches!(found[0].read(), Err(ContentError::Unreadable { .. })));
        lock("dir", 0o000);
        assert!(
            is_root || matches!(walk(root.path()), Err(ContentError::Unreadable { path, .. }) if path.ends_with("dir"))
        );
        lock("dir", 0o755);
    }
}
