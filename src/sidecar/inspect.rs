//! Looking an index over, for `verify`: the file, its tables and every row, going on past what is wrong.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{Reader, Sidecar, SidecarError, rows, rows::Decoder, sql};
use crate::{id::VersionId, version::ArtifactVersion};

/// A row of `artifact_versions`.
pub(crate) struct InspectedRow {
    /// Its number.
    pub(crate) number: i64,
    /// The version it is about, also where the rest cannot be read.
    pub(crate) version_id: Option<VersionId>,
    /// What it says.
    pub(crate) version: Result<ArtifactVersion, SidecarError>,
}

/// Something that the memo of project states says of a version that is not there, or is not this artifact's.
pub(crate) struct WrongState {
    /// The artifact it names.
    pub(crate) artifact_id: String,
    /// The version it names; `None` if its bytes are none.
    pub(crate) version_id: Option<VersionId>,
}

impl Reader {
    /// What SQLite's own `integrity_check` finds, a line each; empty if all is well.
    pub(crate) fn faults_in_file(&self) -> Result<Vec<String>, SidecarError> {
        let mut check = self.connection().prepare("PRAGMA integrity_check")?;
        let lines = check.query_map([], |row| row.get::<_, String>(0))?;
        let mut faults = Vec::new();
        for line in lines {
            let line = line?;
            if line != "ok" {
                faults.push(line);
            }
        }
        Ok(faults)
    }

    /// The tables and indexes that the schema has and this file has not, or has otherwise.
    pub(crate) fn faults_in_schema(&self) -> Result<Vec<String>, SidecarError> {
        let expected = Sidecar::in_memory()?;
        let found = objects(self.connection())?;
        let mut faults = Vec::new();
        for ((kind, name), text) in objects(expected.connection())? {
            match found.get(&(kind.clone(), name.clone())) {
                None => faults.push(format!("the {kind} {name} is missing")),
                Some(other) if *other != text => faults.push(format!("the {kind} {name} is not as it was made")),
                Some(_) => {}
            }
        }
        Ok(faults)
    }

    /// Hands over all rows of versions, in the order of their numbers.
    ///
    /// # Errors
    /// Those of `visit`; damage where SQLite cannot get to the next row.
    pub(crate) fn each_version<E: From<SidecarError>>(
        &self,
        mut visit: impl FnMut(InspectedRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = |error: rusqlite::Error| E::from(SidecarError::from(error));
        let mut statement = self.connection().prepare_cached(sql::ROWS).map_err(sql)?;
        let mut result = statement.query([i64::MIN, i64::MAX]).map_err(sql)?;
        let mut decoder = Decoder::default();
        while let Some(row) = result.next().map_err(sql)? {
            visit(InspectedRow {
                number: row.get(0).map_err(sql)?,
                version_id: rows::blob(row, 1).and_then(rows::version_id).ok(),
                version: decoder.version(row),
            })?;
        }
        Ok(())
    }

    /// All parents beyond the first, with the rows of their children, as the table of them has it.
    pub(crate) fn merge_parents(&self) -> Result<Vec<(i64, VersionId)>, SidecarError> {
        let mut statement = self
            .connection()
            .prepare("SELECT child, parent_id FROM merge_parents")?;
        let mut result = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = result.next()? {
            found.push((row.get(0)?, rows::version_id(rows::blob(row, 1)?)?));
        }
        Ok(found)
    }

    /// What the memo of project states says that cannot be.
    pub(crate) fn faults_in_states(&self) -> Result<Vec<WrongState>, SidecarError> {
        const QUERY: &str = "
            SELECT DISTINCT s.artifact_id, s.version_id FROM project_state_versions s
            LEFT JOIN artifact_versions v ON v.version_id = s.version_id
            WHERE s.version_id IS NOT NULL AND v.artifact_id IS NOT s.artifact_id
            ORDER BY s.artifact_id, s.version_id";
        let mut statement = self.connection().prepare(QUERY)?;
        let mut result = statement.query([])?;
        let mut faults = Vec::new();
        while let Some(row) = result.next()? {
            faults.push(WrongState {
                artifact_id: rows::text(row, 0)?.to_owned(),
                version_id: rows::blob(row, 1).and_then(rows::version_id).ok(),
            });
        }
        Ok(faults)
    }
}

/// The statements that made the tables and indexes, by kind and name; what SQLite makes of itself is not among them.
fn objects(conn: &Connection) -> Result<BTreeMap<(String, String), Option<String>>, SidecarError> {
    let mut all = conn.prepare(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'index') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let all = all.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    Ok(all.collect::<Result<_, _>>()?)
}
