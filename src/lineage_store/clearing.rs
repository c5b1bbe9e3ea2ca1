//! What takes away: prune.

use super::LineageStore;
use crate::operation::{self, OperationError, Prune, Pruned};

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
}
