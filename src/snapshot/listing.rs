//! [`Folder`] and [`FileStat`]: listing folders and looking at files, with as few calls to the system as that takes.
//!
//! The standard library asks twice for every folder and builds a path for every file, which counts where ten thousand files
//! are looked at and none is read. Symbolic links are never followed.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
    time::Duration,
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

/// Whether a folder's time tells that a name in it came or went, on the file system that this one is on.
///
/// It does on the usual ones. On others it may not: FAT keeps no time of its root and gets none from some systems, a
/// network's or a user's file system may make it up.
#[cfg(target_os = "linux")]
pub(super) fn folder_times_tell(folder: BorrowedFd<'_>) -> bool {
    // Numbers of linux/magic.h: ext2 to ext4, XFS, Btrfs, F2FS, bcachefs, ZFS, tmpfs, overlayfs.
    const TOLD: [u32; 8] = [
        0xEF53,
        0x5846_5342,
        0x9123_683E,
        0xF2F5_2010,
        0xCA45_1A4E,
        0x2FC1_2FC1,
        0x0102_1994,
        0x794C_7630,
    ];
    // Some of them are negative where the field is a signed one.
    rustix::fs::fstatfs(folder).is_ok_and(|told| TOLD.contains(&(told.f_type as u32)))
}

/// Whether a folder's time tells that a name in it came or went, which is only known of Linux's file systems.
#[cfg(not(target_os = "linux"))]
pub(super) fn folder_times_tell(_folder: BorrowedFd<'_>) -> bool {
    false
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

    /// Of a file that is open.
    pub(super) fn of_open(file: impl AsFd) -> io::Result<Self> {
        Ok(FileStat(rustix::fs::fstat(file)?))
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

    pub(super) fn device(&self) -> i64 {
        let [.., device] = self.numbers();
        device
    }

    /// Whether its times may have no parts of a second. Not every file system keeps both alike.
    pub(super) fn counts_seconds(&self) -> bool {
        let [_, _, _, mtime_nsec, _, ctime_nsec, ..] = self.numbers();
        mtime_nsec == 0 || ctime_nsec == 0
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
    pub(super) fn numbers(&self) -> [i64; 8] {
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

    /// The later of the times at which its content and its inode changed, since 1970.
    pub(super) fn latest(&self) -> Duration {
        let [_, _, mtime, mtime_nsec, ctime, ctime_nsec, _, _] = self.numbers();
        let time = |seconds: i64, nanoseconds: i64| {
            let nanoseconds = u32::try_from(nanoseconds).unwrap_or_default();
            Duration::new(u64::try_from(seconds).unwrap_or_default(), nanoseconds)
        };
        time(mtime, mtime_nsec).max(time(ctime, ctime_nsec))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, os::fd::AsFd, os::unix::fs::symlink, time::UNIX_EPOCH};

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
        let known = std::fs::symlink_metadata(at("folder/file")).expect("it is there");
        let modified = known
            .modified()
            .expect("a time")
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        assert!(stat.latest() >= modified && !stat.is_folder());
        let gix = gix::index::fs::Metadata::from_path_no_follow(&at("folder/file")).expect("it is there");
        assert_eq!(stat.in_index(), Stat::from_fs(&gix).expect("times after 1970"));
        let file = std::fs::File::open(at("folder/file")).expect("it is there");
        assert_eq!(FileStat::of_open(&file).expect("open").numbers(), stat.numbers());
        let device = std::os::unix::fs::MetadataExt::dev(&known);
        assert_eq!(stat.device(), device.cast_signed());
    }

    #[test]
    fn where_a_folders_time_tells_it_does() {
        let root = tempfile::tempdir().expect("temporary directory");
        let look = || FileStat::of(rustix::fs::CWD, root.path()).expect("there").numbers();
        let folder = open_root(root.path()).expect("a folder");
        let changes: [&dyn Fn() -> io::Result<()>; 4] = [
            &|| std::fs::write(root.path().join("a"), ""),
            &|| std::fs::rename(root.path().join("a"), root.path().join("b")),
            &|| std::fs::remove_file(root.path().join("b")),
            &|| std::fs::create_dir(root.path().join("c")),
        ];
        for change in changes {
            let before = look();
            std::thread::sleep(Duration::from_millis(50));
            change().expect("done");
            assert!(look() != before || !folder_times_tell(folder.as_fd()));
        }
        let told_nothing = open_root(Path::new("/proc")).is_ok_and(|proc| folder_times_tell(proc.as_fd()));
        assert!(!told_nothing);
    }

    #[test]
    fn whole_seconds_are_not_taken_for_exact_times() {
        let root = tempfile::tempdir().expect("temporary directory");
        let file = std::fs::File::create(root.path().join("file")).expect("created");
        let seconds = |file: &std::fs::File| FileStat::of_open(file).expect("open").counts_seconds();
        let set = |nanoseconds| file.set_modified(UNIX_EPOCH + Duration::new(1_700_000_000, nanoseconds));
        set(0).expect("set");
        assert!(seconds(&file));
        set(5).expect("set");
        let keeps = std::fs::metadata(root.path().join("file")).expect("there");
        let keeps = std::os::unix::fs::MetadataExt::mtime_nsec(&keeps) == 5;
        assert_ne!(seconds(&file), keeps);
    }
}
