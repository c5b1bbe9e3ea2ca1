//! Moving loose refs: several in one transaction by compare-and-swap, under git's own lock files.
//!
//! gix can do this, but it holds `packed-refs.lock` wherever there are packed refs, and a process killed while it does
//! blocks every git command that packs or deletes refs. Here new values are written and synced first, beside the objects;
//! a lock then is a second name for such a file, there for no longer than comparing and renaming take.
//!
//! Guarantees: a ref moves only if it has its expected value; what a ref comes to say is on disk before it says so; refs
//! that are created come before refs that are moved, so that killed in between, a head that is left behind is kept
//! already; otherwise they move in the order given. A lock that nobody can be holding any more is removed, see [`STALE`].

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use gix::{ObjectId, bstr::ByteSlice};
use tempfile::NamedTempFile;

use super::{
    GitError, Repo,
    error::Cause,
    gc::Written,
    locks::lock_of,
    refs::{Expected, RefUpdate},
    sync_files,
};

/// A lock older than this, while it is this process's turn, was left behind: this program holds locks for less than a
/// millisecond, git for as long as its transaction takes.
const STALE: Duration = Duration::from_secs(10);
/// The longest pause between two tries for a lock.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);
/// How often what a concurrent gc clears away (an empty directory, a temporary file) is made again.
const MOST_TRIES: usize = 5;

impl Repo {
    /// Moves refs of a repository with loose refs; none is deleted and none has a reflog.
    pub(super) fn update_loose_refs(&self, updates: &[RefUpdate], written: Written<'_>) -> Result<(), GitError> {
        let mut new_values = Vec::with_capacity(updates.len());
        for update in updates {
            new_values.push(self.write_value(update.new)?);
        }
        let sync = self.durability().refs;
        if sync {
            sync_files::sync_files(new_values.iter().map(|value| (value.as_file(), value.path())))?;
        }
        let mut ordered: Vec<_> = updates.iter().zip(new_values).enumerate().collect();
        // The order in which git takes locks too, so that nobody waits for one another.
        ordered.sort_by(|(_, (a, _)), (_, (b, _))| a.name.cmp(&b.name));
        let mut directories = BTreeSet::new();
        let mut locked = Vec::with_capacity(ordered.len());
        for (place, (update, mut value)) in ordered {
            let path = self.common_dir().join(&update.name);
            if sync {
                sync_files::directories_to_sync(&path, &mut directories);
            }
            let lock = self.lock(path, &mut value, update.new)?;
            let is_checked = update.expected != Expected::Anything;
            if is_checked && self.value_under_lock(&update.name)? != update.expected {
                return Err(GitError::RefMoved {
                    name: update.name.clone(),
                });
            }
            locked.push((update.expected != Expected::Absent, place, lock));
        }
        locked.sort_by_key(|(is_moved, place, _)| (*is_moved, *place));
        let secured = written.secure()?;
        for (.., lock) in locked {
            lock.move_ref()?;
        }
        drop(secured);
        if sync {
            sync_files::sync_directories(&directories)?;
        }
        Ok(())
    }

    /// Removes the lock of a lineage ref that was left behind, for git, which would stop at it.
    pub(super) fn remove_stale_lock(&self, name: &str) -> Result<(), GitError> {
        let lock = lock_of(&self.place_of_ref(name));
        if lock.exists() && self.has_turn() && is_stale(&lock, &self.write_value(None)?) {
            remove_if_there(&lock).map_err(GitError::io("remove", &lock))?;
        }
        Ok(())
    }

    /// Where the file of a ref is; those of one work tree do not lie in the common directory.
    pub(super) fn place_of_ref(&self, name: &str) -> PathBuf {
        if name.starts_with("refs/worktree/") {
            self.gix().git_dir().join(name)
        } else {
            self.common_dir().join(name)
        }
    }

    /// A file that says what a ref will say.
    pub(super) fn write_value(&self, new: Option<ObjectId>) -> Result<NamedTempFile, GitError> {
        let directory = self.objects_dir();
        let written = tempfile::Builder::new()
            // git's own gc removes files of this name that a killed process left behind.
            .prefix("tmp_ref_")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(&directory)
            .and_then(|file| file.as_file().write_all(&content(new)).map(|()| file));
        written.map_err(GitError::io("write a ref's value in", &directory))
    }

    /// Takes the lock of the ref at `path`, waiting as long as `core.filesRefLockTimeout` says.
    pub(super) fn lock(
        &self,
        path: PathBuf,
        value: &mut NamedTempFile,
        new: Option<ObjectId>,
    ) -> Result<Lock, GitError> {
        let lock = lock_of(&path);
        let directory = path.parent().unwrap_or(&path);
        let (mut tries, mut waited, mut pause) = (0, Duration::ZERO, Duration::from_micros(200));
        loop {
            fs::create_dir_all(directory).map_err(GitError::io("create", directory))?;
            match give_name(value, &lock, &content(new)) {
                Ok(()) => return Ok(Lock { lock, path }),
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < MOST_TRIES => {
                    tries += 1;
                    *value = self.write_value(new)?;
                    if self.durability().refs {
                        let synced = value.as_file().sync_all();
                        synced.map_err(GitError::io("sync", value.path()))?;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if self.has_turn() && is_stale(&lock, value) {
                        remove_if_there(&lock).map_err(GitError::io("remove", &lock))?;
                    } else if waited < self.lock_timeout() {
                        std::thread::sleep(pause);
                        waited += pause;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    } else {
                        let source = format!("'{}' exists", lock.display());
                        return Err(GitError::RefLocked { source: source.into() });
                    }
                }
                Err(error) => return Err(GitError::io("create", &lock)(error)),
            }
        }
    }

    /// What a ref says while its lock is held: nobody can move it, and `git pack-refs` cannot take the loose one away.
    fn value_under_lock(&self, name: &str) -> Result<Expected, GitError> {
        match self.loose_value_of(name)? {
            Some(id) => Ok(Expected::Is(id)),
            None => self.packed_value(name).map_err(|source| GitError::UnreadableRef {
                name: name.to_owned(),
                source,
            }),
        }
    }

    /// What the file of a ref says; `None` if there is none.
    pub(super) fn loose_value_of(&self, name: &str) -> Result<Option<ObjectId>, GitError> {
        let path = self.common_dir().join(name);
        let value = match fs::read(&path) {
            Ok(value) => value,
            // An empty directory may be left of a ref with a longer name.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(GitError::io("read", &path)(error)),
        };
        match ObjectId::from_hex(value.trim_ascii()) {
            Ok(id) => Ok(Some(id)),
            Err(_) => Err(GitError::UnreadableRef {
                name: name.to_owned(),
                source: format!("it says '{}'", value.as_bstr()).into(),
            }),
        }
    }

    fn packed_value(&self, name: &str) -> Result<Expected, Cause> {
        // Read anew each time: the buffer that gix keeps may be from before the lock.
        let Some(packed) = self.gix().refs.open_packed_buffer()? else {
            return Ok(Expected::Absent);
        };
        let name = gix::refs::FullName::try_from(name)?;
        let found = packed.try_find(name.as_ref())?;
        Ok(found.map_or(Expected::Absent, |found| Expected::Is(found.target())))
    }

    fn lock_timeout(&self) -> Duration {
        match self.gix().config_snapshot().integer("core.filesRefLockTimeout") {
            None => Duration::from_millis(100),
            // git waits for ever on a negative value; a bounded wait with an error is kinder than a silent hang.
            Some(millis) => Duration::from_millis(u64::try_from(millis).unwrap_or(60_000)),
        }
    }
}

/// A ref's lock file, which already says what the ref will say. Dropped, it is gone, and the ref is as it was.
pub(super) struct Lock {
    lock: PathBuf,
    path: PathBuf,
}

impl Lock {
    pub(super) fn new(lock: PathBuf, path: PathBuf) -> Self {
        Lock { lock, path }
    }

    pub(super) fn move_ref(self) -> Result<(), GitError> {
        let moved = fs::rename(&self.lock, &self.path).or_else(|error| {
            // What git leaves of a ref with a longer name.
            if remove_empty_directories(&self.path) {
                fs::rename(&self.lock, &self.path)
            } else {
                Err(error)
            }
        });
        moved.map_err(GitError::io("write", &self.path))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // After the ref has moved there is none.
        let _ = fs::remove_file(&self.lock);
    }
}

fn content(new: Option<ObjectId>) -> Vec<u8> {
    new.map(|id| format!("{id}\n").into_bytes()).unwrap_or_default()
}

/// Gives a file its second name, unless that is taken.
pub(super) fn give_name(value: &NamedTempFile, name: &Path, content: &[u8]) -> io::Result<()> {
    match fs::hard_link(value.path(), name) {
        // The objects may be on another file system, or this one may know no second names.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::CrossesDevices | io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported
            ) =>
        {
            let mut file: File = OpenOptions::new().write(true).create_new(true).open(name)?;
            let written = file.write_all(content).and_then(|()| file.sync_all());
            written.inspect_err(|_| drop(fs::remove_file(name)))
        }
        given => given,
    }
}

/// Whether a lock file is older than [`STALE`] by the clock of the file system, which made `now` just now.
fn is_stale(lock: &Path, now: &NamedTempFile) -> bool {
    let made = fs::metadata(lock).and_then(|found| found.modified());
    let now = now.as_file().metadata().and_then(|found| found.modified());
    match (made, now) {
        (Ok(made), Ok(now)) => now.duration_since(made).is_ok_and(|age| age > STALE),
        _ => false,
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes a directory if there is nothing in it but such directories.
fn remove_empty_directories(path: &Path) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return false };
    for entry in entries.flatten() {
        if !remove_empty_directories(&entry.path()) {
            return false;
        }
    }
    fs::remove_dir(path).is_ok()
}

#[cfg(test)]
mod tests;
