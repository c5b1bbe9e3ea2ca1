//! Catching up with the project's commits and nothing more: what a hook does.

use gix::ObjectId;

use super::{OperationError, attempt::Attempt};
use crate::{git::objects::Mode, id::Line};

/// One attempt; see [`LineageStore::run_hook`](crate::LineageStore::run_hook). The number of versions recorded.
pub(crate) fn catch_up(attempt: &mut Attempt<'_>, line: &Line, tip: ObjectId) -> Result<usize, OperationError> {
    let planner = attempt.planner(line.clone(), Some(tip), Mode::Objects)?;
    let recorded = planner.walk.planned.len();
    attempt.done(Some(planner.finish()?), Vec::new());
    Ok(recorded)
}
