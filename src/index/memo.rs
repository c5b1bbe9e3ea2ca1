//! The memo of rule 3: which versions a project commit holds, kept so that no commit is walked twice.

use std::collections::BTreeMap;

use gix::ObjectId;

use super::{Index, IndexError};
use crate::id::{ArtifactId, CommitId, VersionId};

/// The versions at one commit, as what changes from those at its first parent; from nothing where it has none.
#[derive(Debug, Clone)]
pub(crate) struct StateToSave {
    pub(crate) commit: ObjectId,
    pub(crate) base: Option<ObjectId>,
    /// `None` for an artifact that has no version any more.
    pub(crate) changes: Vec<(ArtifactId, Option<VersionId>)>,
}

impl Index {
    /// The versions at a project commit, if they are remembered.
    pub(crate) fn project_state(
        &self,
        commit: ObjectId,
    ) -> Result<Option<BTreeMap<ArtifactId, VersionId>>, IndexError> {
        match self.sidecar.project_state(&CommitId::from_oid(commit))? {
            Some(state) => Ok(Some(self.sidecar.project_state_versions(state)?)),
            None => Ok(None),
        }
    }

    /// Remembers states, in order: bases before what builds on them.
    pub(crate) fn save_project_states(&mut self, states: &[StateToSave]) -> Result<(), IndexError> {
        if states.is_empty() || self.sidecar.is_read_only() {
            return Ok(());
        }
        self.sidecar.transaction(|tx| {
            for state in states {
                let base = match state.base {
                    // Without what it is a change of, a state says nothing: it was forgotten meanwhile.
                    Some(base) => match tx.project_state(&CommitId::from_oid(base))? {
                        Some(base) => Some(base),
                        None => return Ok(()),
                    },
                    None => None,
                };
                for (_, version) in &state.changes {
                    // One that was forgotten meanwhile is not to be remembered.
                    if let Some(version) = version
                        && tx.order_of(version)?.is_none()
                    {
                        return Ok(());
                    }
                }
                tx.save_project_state(&CommitId::from_oid(state.commit), base, &state.changes)?;
            }
            Ok(())
        })
    }
}
