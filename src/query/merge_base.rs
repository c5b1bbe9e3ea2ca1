//! Common ancestors, by git's own definition and in the order of `git merge-base --all`.

use super::{Query, QueryError};
use crate::{git::GitError, id::VersionId, version::ArtifactVersion};

impl Query<'_> {
    /// The best common ancestors of two versions; none where they share no history.
    pub(crate) fn common_ancestors(&self, a: &VersionId, b: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        let bases = self.repo.gix().merge_bases_many(a.oid(), &[b.oid()]);
        let bases = bases.map_err(GitError::backend("find common ancestors"))?;
        let ids: Vec<VersionId> = bases.into_iter().map(|id| VersionId::from_oid(id.detach())).collect();
        self.versions(&ids)
    }
}
