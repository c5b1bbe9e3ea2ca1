//! Which versions a commit of a line holds, recorded where they are not yet: for what is done with them.

use gix::ObjectId;

use super::{OperationError, attempt::Attempt};
use crate::{
    git::objects::Mode,
    id::{ArtifactId, Line, VersionId},
    index::IndexError,
    project::{graph::Graph, state::Held},
};

/// What a commit holds of the artifacts its manifest names.
pub(crate) struct HeldAt {
    /// Those with a version.
    pub(crate) versions: Vec<(ArtifactId, VersionId)>,
    /// Those whose version is unknown, because what it builds on is not in this clone.
    pub(crate) missing: Vec<ArtifactId>,
}

/// One attempt: catches up with the line, and hands over what the commit, which is on it, holds. On a dry run nothing is
/// written, and the graph knows what would be.
pub(crate) fn held_at<T>(
    attempt: &mut Attempt<'_>,
    line: &Line,
    commit: ObjectId,
    dry_run: bool,
    with: impl FnOnce(&Graph<'_>, HeldAt) -> Result<T, IndexError>,
) -> Result<T, OperationError> {
    let tip = attempt.repo.branch_tip(line)?;
    let mode = if dry_run { Mode::Nothing } else { Mode::Objects };
    let mut planner = attempt.planner(line.clone(), tip, mode)?;
    let state = planner.held_at(commit)?;
    let mut found = HeldAt {
        versions: Vec::new(),
        missing: Vec::new(),
    };
    for (id, held) in state.all() {
        match held {
            Held::Missing(_) => found.missing.push(id.clone()),
            Held::Versions(versions) => found
                .versions
                .extend(versions.first().map(|version| (id.clone(), *version))),
        }
    }
    let answer = with(planner.graph(), found)?;
    let finished = (!dry_run).then(|| planner.finish()).transpose()?;
    attempt.done(finished, Vec::new());
    Ok(answer)
}
