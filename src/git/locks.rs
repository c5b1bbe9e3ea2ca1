//! Lock files of git, looked for before anything is changed.
//!
//! A git that is killed leaves its locks behind. Who begins to write a work tree needs the index, and refs that git moves, at
//! the very end; a lock that is found only there leaves the command half done. Nothing is taken here and nothing removed:
//! whether a git is still at work only the user can say.

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{GitError, Repo, command::check_git, refs::RefUpdate};

/// Others hold these locks for as long as it takes to write a file; `git status` in an editor's background does it often.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// git moves many refs at a time in less, and packs very many.
const LONGEST_TRANSACTION: Duration = Duration::from_secs(5);
/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

impl Repo {
    /// Waits until git's index can be written, by a git that is there.
    ///
    /// # Errors
    /// [`GitError::Locked`] if it cannot be after a second; those of [`check_git`].
    pub(crate) fn wait_for_index(&self) -> Result<(), GitError> {
        check_git()?;
        wait_for(&self.gix().index_path())
    }

    /// Waits until git can delete refs and move `name`, a ref of this work tree.
    ///
    /// # Errors
    /// [`GitError::Locked`] if it cannot after a second.
    pub(crate) fn wait_for_refs_by_git(&self, name: &str) -> Result<(), GitError> {
        if self.is_reftable() {
            return self.wait_for_reftable();
        }
        self.remove_stale_lock(name)?;
        wait_for(&self.place_of_ref(name))?;
        wait_for(&self.common_dir().join("packed-refs"))
    }

    /// Waits until the tables of refs can be written, where there are any: git does not say which file is in its way.
    ///
    /// # Errors
    /// [`GitError::Locked`] if they cannot be after a second.
    pub(crate) fn wait_for_reftable(&self) -> Result<(), GitError> {
        if self.is_reftable() {
            wait_for(&self.common_dir().join("reftable/tables.list"))?;
        }
        Ok(())
    }

    /// After git could not move refs because of a lock: waits until that is another one or gone.
    ///
    /// # Errors
    /// [`GitError::Locked`] if it is the same one for five seconds: nobody comes to the end of a transaction there. One on a
    /// lineage ref is left to whoever tries again, who removes it once it is old enough.
    pub(super) fn wait_for_holder_of_refs(&self, updates: &[RefUpdate]) -> Result<(), GitError> {
        let prefix = format!("{}/", self.prefix().as_str());
        let is_ours = |name: &str| name.starts_with(&prefix);
        let refs = updates.iter().filter(|update| !is_ours(&update.name));
        let mut files: Vec<PathBuf> = refs.map(|update| self.place_of_ref(&update.name)).collect();
        files.push(self.common_dir().join("packed-refs"));
        if self.is_reftable() {
            files = [self.common_dir(), self.gix().git_dir()]
                .map(|dir| dir.join("reftable/tables.list"))
                .into();
        }
        let found = files
            .iter()
            .map(|file| lock_of(file))
            .find_map(|lock| Some((identity(&lock)?, lock)));
        let Some((first, path)) = found else { return Ok(()) };
        let mut waited = Duration::ZERO;
        while identity(&path) == Some(first) {
            if waited > LONGEST_TRANSACTION {
                return Err(GitError::Locked { path });
            }
            std::thread::sleep(LONGEST_PAUSE);
            waited += LONGEST_PAUSE;
        }
        Ok(())
    }

    /// Waits until the repository's configuration can be written.
    ///
    /// # Errors
    /// [`GitError::Locked`] if it cannot be after a second.
    pub(crate) fn wait_for_config(&self) -> Result<(), GitError> {
        wait_for(&self.common_dir().join("config"))
    }

    /// As [`run_git`](Self::run_git), for a command that writes the index: it is tried again while the index is locked.
    ///
    /// # Errors
    /// [`GitError::Locked`] if it is locked for more than a second.
    pub(crate) fn run_git_on_index(&self, args: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
        let mut waiting = Waiting::default();
        loop {
            match self.run_git(args, input) {
                Err(GitError::GitFailed { message, .. }) if message.contains(".lock': File exists") => {
                    if !waiting.wait() {
                        let path = lock_of(&self.gix().index_path());
                        return Err(GitError::Locked { path });
                    }
                }
                result => return result,
            }
        }
    }
}

fn wait_for(file: &Path) -> Result<(), GitError> {
    let path = lock_of(file);
    let mut waiting = Waiting::default();
    while std::fs::symlink_metadata(&path).is_ok() {
        if !waiting.wait() {
            return Err(GitError::Locked { path });
        }
    }
    Ok(())
}

/// What tells a lock from one that somebody else takes later.
fn identity(lock: &Path) -> Option<(u64, i64, i64)> {
    let found = std::fs::symlink_metadata(lock).ok()?;
    Some((found.ino(), found.ctime(), found.ctime_nsec()))
}

/// The file that says that another one is being written.
pub(super) fn lock_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

#[derive(Default)]
struct Waiting {
    waited: Duration,
}

impl Waiting {
    /// Sleeps for a while; false once it has been long enough.
    fn wait(&mut self) -> bool {
        let pause = (self.waited / 2).clamp(Duration::from_millis(1), LONGEST_PAUSE);
        std::thread::sleep(pause);
        self.waited += pause;
        self.waited < LONGEST_WAIT
    }
}
