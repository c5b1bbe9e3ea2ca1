//! Making files and directory entries durable.

use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
};

use super::GitError;

/// From this many files on, one sync of the whole file system is cheaper than one per file: a sync of one new file costs
/// about 0.2 ms here, and `syncfs` writes everything in one go.
const SYNC_WHOLE_FILE_SYSTEM_FROM: usize = 64;

/// Syncs the content of each file.
pub(super) fn sync_files<'a>(files: impl ExactSizeIterator<Item = (&'a File, &'a Path)>) -> Result<(), GitError> {
    let whole = files.len() >= SYNC_WHOLE_FILE_SYSTEM_FROM;
    for (file, path) in files {
        if whole {
            return sync_file_system(file, path);
        }
        file.sync_all().map_err(GitError::io("sync", path))?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn sync_file_system(file: &File, path: &Path) -> Result<(), GitError> {
    rustix::fs::syncfs(file).map_err(|error| GitError::io("sync the file system of", path)(error.into()))
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(_: &File, path: &Path) -> Result<(), GitError> {
    rustix::fs::sync();
    let _ = path;
    Ok(())
}

/// Syncs directories, so that the names just made in them survive a power loss.
pub(super) fn sync_directories(directories: &BTreeSet<PathBuf>) -> Result<(), GitError> {
    for directory in directories {
        match File::open(directory).and_then(|file| file.sync_all()) {
            // A gc has packed what was in it and removed it.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            synced => synced.map_err(GitError::io("sync", directory))?,
        }
    }
    Ok(())
}

/// The directories whose entries change when `path` is created: its parent, and above it every directory that has yet to
/// be made, up to the first one that exists.
pub(super) fn directories_to_sync(path: &Path, directories: &mut BTreeSet<PathBuf>) {
    let mut current = path.parent();
    while let Some(directory) = current {
        let exists = directory.is_dir();
        if !directories.insert(directory.to_owned()) || exists {
            return;
        }
        current = directory.parent();
    }
}
