//! Which artifacts have an operation in this work tree that has not ended.

use std::collections::BTreeMap;

use super::super::{QueryError, head::LineView};
use crate::{
    git::Repo,
    id::{ArtifactId, VersionId},
    manifest::ManifestEntry,
    pending::{Pending, Phase, Standing},
};

/// An operation that has not ended.
#[derive(Debug, Clone)]
pub(super) struct Unfinished(Pending);

impl Unfinished {
    /// How far it came; `None` for a conflict that has been ended with git alone, by a commit or by taking it back. The
    /// next command that writes will see that, too.
    pub(super) fn phase(
        &self,
        repo: &Repo,
        entry: &ManifestEntry,
        is_unmerged: bool,
    ) -> Result<Option<Phase>, QueryError> {
        let may_have_ended = self.0.phase == Phase::Conflicted && !is_unmerged;
        if may_have_ended && self.0.ended_by_git(repo, entry.baseline)?.is_some() {
            return Ok(None);
        }
        Ok(Some(self.0.phase))
    }

    /// Where the artifact is, or was: the manifest may not say so yet, or not any more.
    pub(super) fn entry(&self) -> Option<&ManifestEntry> {
        let manifest = &self.0.manifest;
        manifest.after.as_ref().or(manifest.before.as_ref())
    }

    /// The newest version that the operation knows of.
    pub(super) fn head(&self) -> Option<VersionId> {
        self.0.head_after.or(self.0.head_before)
    }
}

/// The operations of this work tree; none where another line than its own is looked at.
pub(super) fn unfinished(repo: &Repo, view: &LineView) -> Result<BTreeMap<ArtifactId, Unfinished>, QueryError> {
    if !view.checked_out {
        return Ok(BTreeMap::new());
    }
    let standing = Standing::all(repo)?.into_iter();
    Ok(standing
        .map(|standing| (standing.pending.artifact_id.clone(), Unfinished(standing.pending)))
        .collect())
}
