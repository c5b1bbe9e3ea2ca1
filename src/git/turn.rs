//! Taking turns: one process of this program at a time moves lineage refs, or writes the manifest.
//!
//! For refs nothing depends on it, because they move by compare-and-swap. It ends races early: whoever lost one keeps its
//! turn until its next attempt has won. And it tells a lock file that a killed process left behind from one that is in
//! use: during a turn no other process of this program has one. The manifest and git's index have no compare-and-swap; who
//! writes them has the turn from before it reads them.
//!
//! The lock is the kernel's, on a directory that every repository has, so it makes no file and ends with the process.

use std::{
    fs::{File, TryLockError},
    time::Duration,
};

use rustix::io::FdFlags;

use super::Repo;

/// After waiting so long, go on without: the other process may be stopped, or slow with much to write.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(5);

/// A turn, or a part of one that is had already; ends when dropped.
pub(crate) struct Turn<'repo> {
    repo: &'repo Repo,
    outermost: bool,
}

impl Repo {
    /// Waits for this process's turn.
    pub(crate) fn take_turn(&self) -> Turn<'_> {
        let outermost = self.turn.borrow().is_none();
        if outermost {
            *self.turn.borrow_mut() = self.wait_for_turn();
        }
        Turn { repo: self, outermost }
    }

    /// Lets a process that is started meanwhile have the turn as well. Should this process be killed, the turn ends with
    /// that one, so that nobody meets refs which it is about to move.
    pub(super) fn lend_turn(&self) -> Lent<'_> {
        self.pass_on(FdFlags::empty());
        Lent(self)
    }

    fn pass_on(&self, flags: FdFlags) {
        if let Some(lock) = &*self.turn.borrow() {
            // Where that is impossible, only a kill at the wrong moment would tell.
            let _ = rustix::io::fcntl_setfd(lock, flags);
        }
    }

    /// Whether no other process of this program can be at it.
    pub(super) fn has_turn(&self) -> bool {
        self.turn.borrow().is_some()
    }

    /// `None` where there is no such lock, as on some network file systems.
    fn wait_for_turn(&self) -> Option<File> {
        let directory = File::open(self.common_dir().join("refs")).ok()?;
        let mut pause = Duration::from_micros(100);
        let mut waited = Duration::ZERO;
        while waited < LONGEST_WAIT {
            match directory.try_lock() {
                Ok(()) => return Some(directory),
                Err(TryLockError::Error(_)) => return None,
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(pause);
                    waited += pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        None
    }
}

/// The time in which processes that are started have the turn as well.
pub(super) struct Lent<'repo>(&'repo Repo);

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.0.pass_on(FdFlags::CLOEXEC);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.outermost {
            self.repo.turn.take();
        }
    }
}
