//! Conflicts that were ended with git alone, by a commit of the resolution or by taking the sync back.

use super::Pending;
use crate::{
    git::Repo,
    id::ContentHash,
    project::history::{History, HistoryError},
};

/// How a conflict was ended with git alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndByGit {
    /// HEAD's commit holds the resolution.
    Committed(ContentHash),
    /// The manifest says again what it said before.
    TakenBack,
}

impl Pending {
    /// How this one was ended, of which no path is unmerged any more; `None` if it still stands. `baseline` is what the
    /// manifest in the work tree says now.
    pub(crate) fn ended_by_git(
        &self,
        repo: &Repo,
        baseline: Option<ContentHash>,
    ) -> Result<Option<EndByGit>, HistoryError> {
        let after = self.manifest.after.as_ref().and_then(|entry| entry.baseline);
        if baseline != after {
            return Ok(Some(EndByGit::TakenBack));
        }
        let Some(head) = repo.head()?.commit.filter(|head| Some(*head) != self.started_at) else {
            return Ok(None);
        };
        let history = History::new(repo);
        let commit = history.commit(head)?;
        let artifacts = history.artifacts(&commit)?;
        let Some(entry) = artifacts.get(&self.artifact_id).filter(|entry| entry.baseline == after) else {
            return Ok(None);
        };
        let content = history.content(commit.tree, &entry.path)?;
        Ok(content.map(|content| EndByGit::Committed(content.hash)))
    }
}
