//! [`Attempt`]: what an operation works with, and what it leaves behind.

use gix::ObjectId;

pub(crate) use super::planner::Finished;
use super::{OperationError, planner::Planner};
use crate::{
    git::{Repo, objects::Mode},
    id::Line,
    index::{Index, Notice},
    query::Query,
};

/// One attempt of an operation.
pub(crate) struct Attempt<'a> {
    pub(crate) repo: &'a Repo,
    pub(crate) index: &'a Index,
    /// What was written, for the index to take in.
    pub(crate) finished: Option<Finished>,
    pub(crate) notices: Vec<Notice>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(repo: &'a Repo, index: &'a Index) -> Self {
        Attempt {
            repo,
            index,
            finished: None,
            notices: Vec::new(),
        }
    }

    /// The line that was asked for, or the branch checked out.
    ///
    /// # Errors
    /// [`OperationError::NoLine`] with HEAD detached; that of a line that does not exist: a typing mistake must not begin
    /// one.
    pub(super) fn line(&self, asked: Option<&Line>) -> Result<Line, OperationError> {
        let Some(line) = asked else {
            return self.repo.head()?.line.ok_or(OperationError::NoLine);
        };
        let query = Query {
            repo: self.repo,
            index: self.index,
        };
        query.line_view(Some(line))?;
        Ok(line.clone())
    }

    /// The planner of a command on the line that was asked for, or on the branch checked out, caught up with HEAD.
    ///
    /// # Errors
    /// As [`line`](Self::line); those of catching up.
    pub(super) fn planner_at_head(&self, line: Option<&Line>, dry_run: bool) -> Result<Planner<'a>, OperationError> {
        let line = self.line(line)?;
        let mode = if dry_run { Mode::Nothing } else { Mode::Objects };
        self.planner(line, self.repo.head()?.commit, mode)
    }

    pub(super) fn planner(&self, line: Line, tip: Option<ObjectId>, mode: Mode) -> Result<Planner<'a>, OperationError> {
        Planner::new(self.repo, self.index, line, tip, mode)
    }

    pub(super) fn done(&mut self, finished: Option<Finished>, notices: Vec<Notice>) {
        self.finished = finished;
        self.notices.extend(notices);
    }
}
