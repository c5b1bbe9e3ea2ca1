//! [`Folder`] and [`FileStat`]: listing folders and looking at files, with as few calls to the system as that takes.
//!
//! The standard library asks twice for every folder and builds a path for every file, which counts where ten thousand files
//! are looked at and none is read. Symbolic links are never followed.

use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd},
    path::Path,
};

use gix::{
    bstr::{BStr, ByteSlice},
    index::entry::{Stat, stat},
};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};

/// A folder that is open.
pub(super) struct Folder(Dir);

/// Opens a folder that paths are to be relative to.
pub(super) fn open_root(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

impl Folder {
    /// Opens the folder at `path`, from `root`.
    pub(super) fn open(root: BorrowedFd<'_>, path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(root, path, flags, Mode::empty())?;
        Ok(Folder(Dir::new(folder)?))
    }

    /// Calls `visit` with the name of each entry, and what it is.
    ///
    /// # Errors
    /// Those of listing and of `visit`.
    pub(super) fn each<E: From<io::Error>>(
        mut self,
        mut visit: impl FnMut(&BStr, Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(entry) = self.0.next() {
            let entry = entry.map_err(io::Error::from)?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            // Most file systems tell what is a folder while they list, without another call.
            let found = if entry.file_type() == FileType::Directory {
                Entry::Folder
            } else {
                let folder = self.0.fd().map_err(io::Error::from)?;
                match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => Entry::Folder,
                    Ok(stat) => Entry::File(FileStat(stat)),
                    // Deleted since it was listed.
                    Err(rustix::io::Errno::NOENT) => continue,
                    Err(error) => return Err(E::from(error.into())),
                }
            };
            visit(name.to_bytes().as_bstr(), found)?;
        }
        Ok(())
    }
}

/// What stands in a folder under a name.
pub(super) enum Entry {
    Folder,
    /// A file, a link, or something that git could not store.
    File(FileStat),
}

/// What the system says of a file, a link itself and not what it leads to.
#[derive(Clone, Copy)]
pub(super) struct FileStat(rustix::fs::Stat);

impl FileStat {
    /// Of the file at `path`, from `root`.
    pub(super) fn of(root: BorrowedFd<'_>, path: &Path) -> io::Result<Self> {
        Ok(FileStat(rustix::fs::statat(root, path, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    pub(super) fn is_folder(&self) -> bool {
        self.kind() == FileType::Directory
    }

    pub(super) fn is_file(&self) -> bool {
        self.kind() == FileType::RegularFile
    }

    pub(super) fn is_link(&self) -> bool {
        self.kind() == FileType::Symlink
    }

    fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.0.st_mode)
    }

    /// As git: what its owner may execute.
    pub(super) fn is_executable(&self) -> bool {
        self.0.st_mode & 0o100 != 0
    }

    /// What git keeps of it in the index: the lower 32 bits of each number.
    pub(super) fn in_index(&self) -> Stat {
        let [_, size, mtime, mtime_nsec, ctime, ctime_nsec, ino, dev] = self.numbers().map(|number| number as u32);
        Stat {
            mtime: stat::Time {
                secs: mtime,
                nsecs: mtime_nsec,
            },
            ctime: stat::Time {
                secs: ctime,
                nsecs: ctime_nsec,
            },
            dev,
            ino,
            uid: self.0.st_uid,
            gid: self.0.st_gid,
            size,
        }
    }

    /// All that changes when the file does: mode, size, both times in seconds and nanoseconds, inode, device.
    fn numbers(&self) -> [i64; 8] {
        let stat = &self.0;
        [
            i64::from(stat.st_mode),
            stat.st_size,
            stat.st_mtime,
            stat.st_mtime_nsec as i64,
            stat.st_ctime,
            stat.st_ctime_nsec as i64,
            stat.st_ino as i64,
            stat.st_dev as i64,
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, os::fd::AsFd, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn a_listing_is_that_of_the_standard_library() {
        let root = tempfile::tempdir().expect("temporary directory");
        let at = |path: &str| root.path().join(path);
        std::fs::create_dir_all(at("folder/inner")).expect("folders");
        std::fs::write(at("folder/file"), "four").expect("written");
        std::fs::write(at("folder/script"), "").expect("written");
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(at("folder/script"), executable).expect("set");
        symlink("inner", at("folder/link")).expect("a link");
        symlink("folder", at("way")).expect("a link");
        let root_fd = open_root(root.path()).expect("a folder");
        let list = |path: &str| {
            let mut found = BTreeMap::new();
            let folder = Folder::open(root_fd.as_fd(), Path::new(path))?;
            folder.each(|name, entry| {
                let told = match entry {
                    Entry::Folder => "folder".to_owned(),
                    Entry::File(stat) => format!("{} {} {}", stat.is_file(), stat.is_link(), stat.is_executable()),
                };
                found.insert(name.to_string(), told);
                Ok::<_, io::Error>(())
            })?;
            Ok::<_, io::Error>(found)
        };
        let expected = [
            ("file", "true false false"),
            ("inner", "folder"),
            ("link", "false true true"),
            ("script", "true false true"),
        ];
        let expected = expected.map(|(name, told)| (name.to_owned(), told.to_owned()));
        assert_eq!(list("folder").expect("listed"), BTreeMap::from(expected));
        assert!(list("way").is_err(), "a link is not followed");
        assert!(list("folder/file").is_err() && list("none").is_err());

        let stat = FileStat::of(root_fd.as_fd(), Path::new("folder/file")).expect("it is there");
        assert!(!stat.is_folder());
        let gix = gix::index::fs::Metadata::from_path_no_follow(&at("folder/file")).expect("it is there");
        assert_eq!(stat.in_index(), Stat::from_fs(&gix).expect("times after 1970"));
    }
}
