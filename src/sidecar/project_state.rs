//! A memo for rule 3: which version of every artifact stands at a project commit.
//!
//! Most commits touch few artifacts, so a commit has a *state*, and a state is what it changes of its base; a commit
//! that changes nothing has the state of the one before. A chain of bases that would grow longer than 64 is written out
//! in full instead, so that reading a state is never more than 65 look-ups. Derived and disposable: what it says
//! follows from commits and versions, and [`Tx::clear_project_states`] costs only the next walk.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::{Reader, SidecarError, Tx, rows, sql};
use crate::id::{ArtifactId, CommitId, VersionId};

/// The longest chain of bases.
const MOST_BASES: i64 = 64;

/// The number of a state. Valid until the memo is cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StateId(i64);

impl Reader {
    /// The state of a project commit, if it was saved.
    pub(crate) fn project_state(&self, commit: &CommitId) -> Result<Option<StateId>, SidecarError> {
        let mut statement = self.connection().prepare_cached(sql::PROJECT_STATE)?;
        let state = statement.query_row([commit.as_bytes()], |row| row.get(0)).optional()?;
        Ok(state.map(StateId))
    }

    /// The versions of a state, by artifact; an artifact without a version there is not in the map.
    ///
    /// # Errors
    /// Damage if the state or one of its bases is not there.
    pub(crate) fn project_state_versions(
        &self,
        state: StateId,
    ) -> Result<BTreeMap<ArtifactId, VersionId>, SidecarError> {
        self.snapshot(|| {
            let mut versions = BTreeMap::new();
            let mut changes = self.connection().prepare_cached(sql::STATE_CHANGES)?;
            let mut next = Some(state);
            // Nearest first: what a state says of an artifact hides what its bases say.
            for _ in 0..=MOST_BASES {
                let Some(state) = next else { break };
                next = self.base(state)?.0;
                let mut result = changes.query([state.0])?;
                while let Some(row) = result.next()? {
                    let version = rows::optional_blob(row, 1)?.map(rows::version_id).transpose()?;
                    versions
                        .entry(rows::artifact_id(rows::text(row, 0)?)?)
                        .or_insert(version);
                }
            }
            if next.is_some() {
                return Err(SidecarError::corrupt(format!("project state {} has no end", state.0)));
            }
            Ok(versions
                .into_iter()
                .filter_map(|(artifact, version)| Some((artifact, version?)))
                .collect())
        })
    }

    /// The base of a state and the length of its chain.
    fn base(&self, state: StateId) -> Result<(Option<StateId>, i64), SidecarError> {
        let mut statement = self.connection().prepare_cached(sql::STATE_BASE)?;
        statement
            .query_row([state.0], |row| {
                Ok((row.get::<_, Option<i64>>(0)?.map(StateId), row.get(1)?))
            })
            .optional()?
            .ok_or_else(|| SidecarError::corrupt(format!("project state {} is not there", state.0)))
    }
}

impl Tx<'_> {
    /// Saves the state of a project commit as what it changes of `base`, the state of one of its parents (`None`: of
    /// nothing). A version of `None` means that the artifact has none there. Without changes the commit shares its
    /// base's state. A commit that was saved before gets the new state.
    ///
    /// # Errors
    /// Those of writing; damage if `base` is not there.
    pub(crate) fn save_project_state(
        &self,
        commit: &CommitId,
        base: Option<StateId>,
        changes: &[(ArtifactId, Option<VersionId>)],
    ) -> Result<StateId, SidecarError> {
        let state = match base {
            Some(base) if changes.is_empty() => base,
            Some(base) => match self.base(base)?.1 {
                depth if depth < MOST_BASES => self.add_state(Some(base), depth + 1, changes)?,
                _ => {
                    let mut all = self.project_state_versions(base)?;
                    for (artifact, version) in changes {
                        match version {
                            Some(version) => all.insert(artifact.clone(), *version),
                            None => all.remove(artifact),
                        };
                    }
                    let all: Vec<_> = all.into_iter().map(|(id, version)| (id, Some(version))).collect();
                    self.add_state(None, 0, &all)?
                }
            },
            None => self.add_state(None, 0, changes)?,
        };
        self.connection()
            .prepare_cached("INSERT OR REPLACE INTO project_commits (commit_id, state) VALUES (?1, ?2)")?
            .execute(params![commit.as_bytes(), state.0])?;
        Ok(state)
    }

    /// Forgets the states of all project commits.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn clear_project_states(&self) -> Result<(), SidecarError> {
        self.connection().execute_batch(
            "DELETE FROM project_commits; DELETE FROM project_states; DELETE FROM project_state_versions;",
        )?;
        Ok(())
    }

    fn add_state(
        &self,
        base: Option<StateId>,
        depth: i64,
        versions: &[(ArtifactId, Option<VersionId>)],
    ) -> Result<StateId, SidecarError> {
        let conn = self.connection();
        let state = conn
            .prepare_cached("INSERT INTO project_states (base, depth) VALUES (?1, ?2)")?
            .insert(params![base.map(|base| base.0), depth])?;
        let mut insert = conn.prepare_cached(
            "INSERT OR REPLACE INTO project_state_versions (state, artifact_id, version_id) VALUES (?1, ?2, ?3)",
        )?;
        for (artifact, version) in versions {
            insert.execute(params![
                state,
                artifact.as_str(),
                version.as_ref().map(VersionId::as_bytes)
            ])?;
        }
        Ok(StateId(state))
    }
}
