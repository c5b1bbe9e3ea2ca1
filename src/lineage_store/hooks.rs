//! What git hooks do, and how they are put where git runs them.

use std::path::PathBuf;

use super::LineageStore;
use crate::{
    git::GitError,
    hooks::{self, CheckHooks, HookCall, HookChange, HookCheck, HookEnd, HookFailure, HooksError, InstallHooks},
    operation::{self, Caller, OperationError},
    version::Timestamp,
};

impl LineageStore {
    /// What a hook does: catches up with the project's commits, early and at little cost where none touches an artifact. With
    /// HEAD detached or a rebase running it does nothing. How it ended goes to the [log of failures](Self::hook_failure),
    /// dated `now`.
    ///
    /// `caller` records the end of a conflict that a commit has just resolved; with `None` it is left to the next command.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, _, caller) = project_with_skill()?;
    /// use git_lineage::{HookCall, HookEnd, HookEvent, LineageStore};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let call = HookCall { event: HookEvent::PostCommit, arguments: Vec::new() };
    /// let end = store.run_hook(&call, Some(&caller), caller.committer.time)?;
    /// assert_eq!(end, HookEnd::Ignored, "nothing is deployed");
    /// assert_eq!(store.hook_failure()?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of catching up; they are in the log, too.
    pub fn run_hook(
        &self,
        call: &HookCall,
        caller: Option<&Caller>,
        now: Timestamp,
    ) -> Result<HookEnd, OperationError> {
        let end = self.answer_hook(call, caller);
        match &end {
            // It says nothing about whether recording works.
            Ok(HookEnd::Ignored) => {}
            Ok(_) => hooks::log::succeeded(&self.repo, call.event, now)?,
            Err(error) => self.log_hook_failure(&HookFailure::new(call.event, error, now))?,
        }
        end
    }

    fn answer_hook(&self, call: &HookCall, caller: Option<&Caller>) -> Result<HookEnd, OperationError> {
        let Some((line, tip)) = hooks::call::place(&self.repo, call)? else {
            return Ok(HookEnd::Ignored);
        };
        if let Some(end) = hooks::call::calls_for_nothing(&self.repo, tip)? {
            return Ok(end);
        }
        if let Some(caller) = caller {
            self.settle_ended(caller)?;
        }
        let recorded = self.attempt(|attempt| operation::catch_up::catch_up(attempt, &line, tip))?;
        Ok(match recorded {
            0 => HookEnd::Unchanged,
            recorded => HookEnd::Recorded(recorded),
        })
    }

    /// The last failure of a hook that no success has followed yet.
    ///
    /// # Errors
    /// [`GitError::Io`] if the log cannot be read.
    pub fn hook_failure(&self) -> Result<Option<HookFailure>, GitError> {
        hooks::log::standing(&self.repo)
    }

    /// Notes that a hook failed before it could do anything. [`run_hook`](Self::run_hook) notes its own failures.
    ///
    /// # Errors
    /// [`GitError::Io`] if the log cannot be written.
    pub fn log_hook_failure(&self, failure: &HookFailure) -> Result<(), GitError> {
        hooks::log::failed(&self.repo, failure)
    }

    /// Forgets what hooks have failed at; false if there was nothing.
    ///
    /// # Errors
    /// [`GitError::Io`] if the log cannot be removed.
    pub fn clear_hook_log(&self) -> Result<bool, GitError> {
        hooks::log::clear(&self.repo)
    }

    /// Where failures of hooks are noted, whether there are any or not.
    pub fn hook_log_path(&self) -> PathBuf {
        self.repo.hook_log_path()
    }

    /// Puts hooks where git runs them: into the repository's configuration from git 2.54 on, else as files into the folder that
    /// git uses here, beside the hooks that are there. Installing again changes nothing.
    ///
    /// # Errors
    /// [`HooksError::SharedDirectory`] where other repositories may use that folder, too, unless the request says so;
    /// [`HooksError::SwitchedOff`], [`HooksError::Unwritable`]: nothing was changed then. [`HooksError::Io`].
    pub fn install_hooks(&self, request: InstallHooks) -> Result<Vec<HookChange>, HooksError> {
        hooks::install::install(&self.repo, request)
    }

    /// Takes the hooks out again, wherever they are. What was there before is there again, byte for byte; of a hook that was
    /// edited since, only our part goes.
    ///
    /// # Errors
    /// [`HooksError::Git`], [`HooksError::Io`].
    pub fn uninstall_hooks(&self, request: InstallHooks) -> Result<Vec<HookChange>, HooksError> {
        hooks::install::uninstall(&self.repo, request)
    }

    /// Fires the hooks of all events, without effect, and says which of them reach a `git-lineage` in the search path, and
    /// whether those do no harm where there is none.
    ///
    /// # Errors
    /// [`HooksError::Git`], [`HooksError::Io`].
    pub fn check_hooks(&self, request: &CheckHooks) -> Result<Vec<HookCheck>, HooksError> {
        hooks::status::check(&self.repo, request)
    }
}
