//! Catching up with baselines at hand whose versions are not in this clone: they come first, and what commits hold stands on them.

use super::{
    super::{OperationError, attempt::Attempt},
    Planner,
    signed::Signing,
};
use crate::{
    git::objects::{Mode, ObjectBatch},
    id::Line,
    manifest::ManifestEntry,
    project::{
        rebuilt::Rebuilding,
        walk::{Plan, Walk},
    },
    query::LineView,
};

impl<'a> Planner<'a> {
    /// Catches up with the tip of a line, and rebuilds what is missing of these baselines there, and of what `others` name on top
    /// of it. The content of all of them is in the batch.
    pub(in crate::operation) fn rebuilding(
        attempt: &Attempt<'a>,
        (line, view): (Line, &LineView),
        batch: ObjectBatch<'a>,
        baselines: Rebuilding,
        others: &[ManifestEntry],
    ) -> Result<Self, OperationError> {
        let mut walk = Walk::new(attempt.repo, attempt.index, Plan::NewVersions);
        walk.rebuilding = baselines;
        let place = (attempt.repo, attempt.index);
        // What is rebuilt must be the same commit in every clone, so nobody signs it.
        let mut planner = Planner::over(walk, place, batch, (line, view.tip), Signing::of(Mode::Objects))?;
        let reached = planner.walk.rebuilding.versions.len();
        for entry in others {
            planner.walk.rebuild_on(entry, &view.commits(attempt.repo)?)?;
        }
        // No commit holds these yet.
        let added = planner.walk.rebuilding.versions[reached..].iter().map(|(id, _)| *id);
        for version in added.collect::<Vec<_>>() {
            planner.keep(version)?;
        }
        Ok(planner)
    }
}
