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
    let files: Vec<_> = files.collect();
    match files.as_slice() {
        [(file, path), ..] if files.len() >= SYNC_WHOLE_FILE_SYSTEM_FROM => sync_file_system(file, path),
        _ => all_at_once(&files, |(file, path)| {
            file.sync_all().map_err(GitError::io("sync", path))
        }),
    }
}

/// Syncs that wait at the same time are served by one write of the file system's journal; one after the other, each waits for
/// its own.
fn all_at_once<T: Sync>(all: &[T], sync: impl Fn(&T) -> Result<(), GitError> + Sync) -> Result<(), GitError> {
    let Some((last, others)) = all.split_last() else {
        return Ok(());
    };
    std::thread::scope(|scope| {
        let sync = &sync;
        let mut synced = Ok(());
        let mut waiting = Vec::with_capacity(others.len());
        for one in others {
            match std::thread::Builder::new().spawn_scoped(scope, move || sync(one)) {
                Ok(thread) => waiting.push(thread),
                // No more threads are to be had.
                Err(_) => synced = synced.and(sync(one)),
            }
        }
        synced = synced.and(sync(last));
        for thread in waiting {
            synced = synced.and(thread.join().expect("syncing does not panic"));
        }
        synced
    })
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
    let directories: Vec<&PathBuf> = directories.iter().collect();
    all_at_once(&directories, |directory| {
        match File::open(directory).and_then(|file| file.sync_all()) {
            // A gc has packed what was in it and removed it.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            synced => synced.map_err(GitError::io("sync", directory)),
        }
    })
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
