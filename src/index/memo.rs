//! The memo of rule 3: which versions a project commit holds, kept so that no commit is walked twice.

use std::collections::BTreeMap;

use gix::ObjectId;

use super::{Index, IndexError};
use crate::id::{ArtifactId, CommitId, VersionId};

/// The versions at one commit, and the commit whose versions they are best stored as changes of.
pub(crate) struct StateToSave {
    pub(crate) commit: ObjectId,
    pub(crate) base: Option<ObjectId>,
    pub(crate) versions: BTreeMap<ArtifactId, VersionId>,
    pub(crate) base_versions: BTreeMap<ArtifactId, VersionId>,
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
                    Some(base) => tx.project_state(&CommitId::from_oid(base))?,
                    None => None,
                };
                let nothing = BTreeMap::new();
                let before = if base.is_some() { &state.base_versions } else { &nothing };
                let mut changes = Vec::new();
                for (artifact, version) in &state.versions {
                    if before.get(artifact) != Some(version) {
                        // One that was forgotten meanwhile is not to be remembered.
                        if tx.order_of(version)?.is_none() {
                            return Ok(());
                        }
                        changes.push((artifact.clone(), Some(*version)));
                    }
                }
                for artifact in before.keys().filter(|artifact| !state.versions.contains_key(*artifact)) {
                    changes.push((artifact.clone(), None));
                }
                tx.save_project_state(&CommitId::from_oid(state.commit), base, &changes)?;
            }
            Ok(())
        })
    }
}
