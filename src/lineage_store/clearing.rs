//! What takes away: prune, forget, maintenance.

use super::LineageStore;
use crate::{
    index::Index,
    operation::{
        self, Forget, Forgotten, OperationError, Prune, Pruned,
        forget::{Erased, Plan},
    },
};

/// How often versions that are made meanwhile are forgotten as well.
const MOST_ROUNDS: u32 = 20;

impl LineageStore {
    /// Gives up heads that were left behind by a reset, a rebase or the like and kept: those whose version another head
    /// contains, and with [`Prune::expire`] those that are older. What an unfinished operation or an undo needs stays, in
    /// whichever work tree. Answers newest first, children before their parents.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, LineageStore, Prune};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// store.undo(&caller)?; // what was deployed is kept
    /// assert!(store.prune(&Prune::default())?.is_empty(), "nothing else contains it");
    /// let tomorrow = "2026-11-23T10:00:00+00:00".parse()?;
    /// let pruned = store.prune(&Prune { expire: Some(tomorrow), dry_run: false })?;
    /// assert_eq!(pruned[0].version, deployed.version);
    /// assert!(!pruned[0].contained);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`OperationError::Git`] if a ref cannot be deleted; then none is.
    pub fn prune(&self, request: &Prune) -> Result<Vec<Pruned>, OperationError> {
        let _turn = self.turn_unless(request.dry_run);
        self.attempt(|attempt| operation::prune::prune(attempt, request))
    }

    /// Has git tidy up once there are many loose objects or packs (`gc.auto`, `gc.autoPackLimit`), as git's own commands do at
    /// their end: in the background, unless `maintenance.autoDetach` or `gc.autoDetach` says otherwise. Returns whether there
    /// were. The program does this after each command that writes objects; who records through the library alone calls it now
    /// and then. Not in a hook: the git command that runs it tidies up by itself.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, _skill, _caller) = project_with_skill()?;
    /// use git_lineage::LineageStore;
    ///
    /// let store = LineageStore::open(&project)?;
    /// assert!(!store.maintain()?, "there is not much yet");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`OperationError::Git`] if git cannot be started. What git itself fails at is for its next maintenance.
    pub fn maintain(&self) -> Result<bool, OperationError> {
        Ok(self.repo.maintain()?)
    }

    /// Forgets a version and, with [`Forget::descendants`], all that was made from it: refs move to what does not contain
    /// it, objects that nothing else reaches are deleted, packed ones, too, and the sidecar is written anew. What still holds
    /// it is told: commits of the project, other versions, refs of remotes. Interrupted, the same call finishes it.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, Forget, LineageStore, Record};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// let file = project.join(deployed.path.as_str()).join("token");
    /// std::fs::write(&file, "secret")?;
    /// let recorded = store.record_local_modification(&Record::default(), &caller)?;
    /// std::fs::remove_file(&file)?;
    ///
    /// let forgotten = store.forget(&Forget::new(recorded[0].version.version_id))?;
    /// assert!(forgotten.is_gone());
    /// assert_eq!(forgotten.refs[0].after, Some(deployed.version.version_id));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`OperationError::HasDescendants`]; [`OperationError::Unfinished`] and [`OperationError::UnfinishedElsewhere`];
    /// [`OperationError::ForgetInterrupted`] if another one was; [`OperationError::Query`] for a version that is not known
    /// and not stored: nothing was changed then. [`OperationError::Git`] and [`OperationError::Index`] if something cannot
    /// be deleted: then the same call goes on with it.
    pub fn forget(&self, request: &Forget) -> Result<Forgotten, OperationError> {
        let mut turn = self.turn_unless(request.dry_run);
        if request.dry_run {
            let mut plan = self.attempt(|attempt| operation::forget::detach(attempt, request))?;
            return self.with_index(|index| operation::forget::foretell(&self.repo, index, &mut plan));
        }
        let mut before: Option<Plan> = None;
        for _ in 0..MOST_ROUNDS {
            let mut plan = self.attempt(|attempt| operation::forget::detach(attempt, request))?;
            if let Some(before) = before.take() {
                plan = plan.after(before);
            }
            let alone = self.repo.without_gc()?;
            let erased = self.with_index(|index| operation::forget::erase(&self.repo, index, &mut plan, &alone))?;
            drop(alone);
            match erased {
                Erased::KnownAgain => before = Some(plan),
                Erased::Done(forgotten) => {
                    // Whoever waits for it reads the sidecar meanwhile, and is in the way of its being written anew.
                    drop(turn.take());
                    self.scrub_index()?;
                    plan.journal.end(&self.repo, !forgotten.is_gone())?;
                    return Ok(*forgotten);
                }
            }
        }
        Err(OperationError::Contended { attempts: MOST_ROUNDS })
    }

    fn scrub_index(&self) -> Result<(), OperationError> {
        let mut index = self.index.borrow_mut();
        let index: &mut Index = match index.as_mut() {
            Some(index) => index,
            None => index.insert(Index::open(&self.repo, &mut self.notices.borrow_mut())?),
        };
        Ok(index.scrub(&self.repo)?)
    }
}
