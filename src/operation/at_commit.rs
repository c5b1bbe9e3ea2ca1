//! Which versions a commit of a line holds, recorded where they are not yet: for what is done with them.

use gix::ObjectId;

use super::{OperationError, attempt::Attempt};
use crate::{
    git::objects::Mode,
    id::{ArtifactId, Line, VersionId},
    index::IndexError,
    project::graph::Graph,
};

/// One attempt: catches up with the line, and hands over what the commit, which is on it, holds. On a dry run nothing is
/// written, and the graph knows what would be.
pub(crate) fn held_at<T>(
    attempt: &mut Attempt<'_>,
    line: &Line,
    commit: ObjectId,
    dry_run: bool,
    with: impl FnOnce(&Graph<'_>, &[(ArtifactId, VersionId)]) -> Result<T, IndexError>,
) -> Result<T, OperationError> {
    let tip = attempt.repo.branch_tip(line)?;
    let mode = if dry_run { Mode::Nothing } else { Mode::Objects };
    let mut planner = attempt.planner(line.clone(), tip, mode)?;
    let state = planner.held_at(commit)?;
    let held = state
        .iter()
        .filter_map(|(id, held)| Some((id.clone(), held.version()?)));
    let held: Vec<_> = held.collect();
    let answer = with(planner.graph(), &held)?;
    let finished = (!dry_run).then(|| planner.finish()).transpose()?;
    attempt.done(finished, Vec::new());
    Ok(answer)
}
