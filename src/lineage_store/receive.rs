//! What a server does with lineage that is pushed to it.

use super::LineageStore;
use crate::{
    git::refs::{Expected, RefUpdate},
    id::VersionId,
    verify::receive::{self, PushCheck, PushedRef, ReceiveError},
};

impl LineageStore {
    /// Checks the lineage refs of a push before git takes it, as a `pre-receive` hook: every version that it brings is held against
    /// the rules of `verify`, each once, and refs that no push may move are refused. Other refs are not looked at.
    ///
    /// A store that was opened by [`discover_in_hook`](Self::discover_in_hook) sees the objects that git keeps in quarantine until
    /// then. The settings `lineage.refPrefix`, `lineage.maxReceiveRefs`, `lineage.maxReceiveVersions`, `lineage.allowUnknownOrigin`
    /// and `lineage.denyRewinds` count. Nothing is written.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, _, _) = project_with_skill()?;
    /// use git_lineage::{LineageStore, PushRefusal, PushedRef};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let (null, id) = ("0".repeat(40), "3cf9a8d1b54e1e7d0e2b0c1a4f6d8e9a0b1c2d3e");
    /// let pushed = PushedRef::parse(format!("{null} {id} refs/lineage/kept/{id}\n").as_bytes())?;
    /// let check = store.check_push(&pushed)?;
    /// assert!(matches!(check.refused[0].refusal, PushRefusal::Private { area: "kept" }));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ReceiveError::TooManyRefs`] and [`ReceiveError::TooManyVersions`] for a push that is refused for that alone;
    /// [`ReceiveError::Git`].
    pub fn check_push(&self, pushed: &[PushedRef]) -> Result<PushCheck, ReceiveError> {
        receive::check(&self.repo, pushed)
    }

    /// Keeps what a push has left behind, as a `post-receive` hook: the old value of every head that was moved or deleted, if no
    /// head contains it any more, gets a ref below `kept`. Returns these values.
    ///
    /// # Errors
    /// [`ReceiveError::Git`].
    pub fn keep_left_behind(&self, pushed: &[PushedRef]) -> Result<Vec<VersionId>, ReceiveError> {
        let left = receive::left_by(&self.repo, pushed)?;
        let mut updates = Vec::new();
        for version in &left {
            let name = self.repo.prefix().kept(version);
            if self.repo.find_ref(&name)?.is_none() {
                updates.push(RefUpdate {
                    name,
                    new: Some(version.oid()),
                    expected: Expected::Absent,
                });
            }
        }
        self.repo.update_refs_to_recorded(&updates)?;
        Ok(left)
    }
}
