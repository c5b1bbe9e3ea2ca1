//! The way from one schema number to the next, up and down.
//!
//! Guarantees: each step is one exclusive transaction that reads the number, changes the tables, fills what the step
//! adds and writes the new number. So two processes that migrate at once cannot both take the same step, and an
//! interruption leaves the number and the tables of one side or the other. No step loses a row in either direction.
//! A ready-made runner would be a dependency for two steps, and the ones looked at read the number before the
//! transaction starts.
//!
//! Everything in an index is derived; what a step up adds comes from the commits, through a closure of the caller.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{
    SidecarError, rows,
    schema::{APPLICATION_ID, Header, LATEST, LOOKUP_INDEXES, ORIGIN_COLUMN},
};
use crate::{id::VersionId, origin::ChangeOrigin};

const DOWN_TO_1: &str = "
DROP INDEX idx_artifact_versions_content_hash;
DROP INDEX idx_artifact_versions_parent_hash;
DROP INDEX idx_artifact_versions_artifact_created;
ALTER TABLE artifact_versions DROP COLUMN change_origin;
";

/// Takes the file at `conn` to schema `to`, up or down, step by step. `origin_of` says why a version was recorded; it
/// is asked once per version when the step adds origins.
///
/// # Errors
/// [`SidecarError::NoSuchSchema`]; damage if the file has no schema number of ours; whatever `origin_of` returns, in
/// which case the step it was asked for has not happened.
pub(super) fn migrate<E: From<SidecarError>>(
    conn: &Connection,
    to: u32,
    mut origin_of: impl FnMut(&VersionId) -> Result<Option<ChangeOrigin>, E>,
) -> Result<(), E> {
    if !(1..=LATEST).contains(&to) {
        return Err(SidecarError::NoSuchSchema {
            asked: to,
            latest: LATEST,
        }
        .into());
    }
    loop {
        let step = Transaction::new_unchecked(conn, TransactionBehavior::Exclusive).map_err(SidecarError::from)?;
        let header = Header::read(conn)?;
        let now = known_schema(header)?;
        let next = match now {
            _ if now == to => return Ok(()),
            1 => {
                conn.execute_batch(ORIGIN_COLUMN).map_err(SidecarError::from)?;
                fill_origins(conn, &mut origin_of)?;
                conn.execute_batch(LOOKUP_INDEXES).map_err(SidecarError::from)?;
                2
            }
            _ => {
                conn.execute_batch(DOWN_TO_1).map_err(SidecarError::from)?;
                1
            }
        };
        let header = Header { schema: next, ..header };
        header.write(conn)?;
        step.commit().map_err(SidecarError::from)?;
    }
}

fn known_schema(header: Header) -> Result<u32, SidecarError> {
    u32::try_from(header.schema)
        .ok()
        .filter(|schema| header.application_id == APPLICATION_ID && (1..=LATEST).contains(schema))
        .ok_or_else(|| SidecarError::corrupt(format!("its schema number is {}", header.schema)))
}

/// Asks for the origin of every version and writes the known ones.
fn fill_origins<E: From<SidecarError>>(
    conn: &Connection,
    origin_of: &mut impl FnMut(&VersionId) -> Result<Option<ChangeOrigin>, E>,
) -> Result<(), E> {
    let sql = |error: rusqlite::Error| E::from(SidecarError::from(error));
    // Row by row along the primary key rather than with one open cursor: the table is changed on the way.
    let mut next = conn
        .prepare("SELECT id, version_id FROM artifact_versions WHERE id > ?1 ORDER BY id LIMIT 1")
        .map_err(sql)?;
    let mut update = conn
        .prepare("UPDATE artifact_versions SET change_origin = ?2 WHERE id = ?1")
        .map_err(sql)?;
    let mut after = i64::MIN;
    loop {
        let row = next
            .query_row([after], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))
            .optional()
            .map_err(sql)?;
        let Some((row_id, version_id)) = row else {
            return Ok(());
        };
        let version_id = rows::version_id(&version_id)?;
        if let Some(origin) = origin_of(&version_id)? {
            update.execute(params![row_id, origin.as_str()]).map_err(sql)?;
        }
        after = row_id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sidecar::schema::tests::{current, objects};

    fn no_origins(_: &VersionId) -> Result<Option<ChangeOrigin>, SidecarError> {
        Ok(None)
    }

    #[test]
    fn building_and_migrating_make_the_same_tables() {
        let conn = current();
        let built = objects(&conn);
        migrate(&conn, 1, no_origins).expect("down");
        let names = |name: &str| objects(&conn).contains_key(name);
        assert!(names("idx_artifact_versions_version_id") && !names("idx_artifact_versions_content_hash"));
        migrate(&conn, 1, no_origins).expect("nothing to do");
        migrate(&conn, 2, no_origins).expect("up");
        assert_eq!(objects(&conn), built);
        assert_eq!(Header::read(&conn).expect("header"), Header::CURRENT);
    }

    #[test]
    fn schemas_that_do_not_exist_are_refused() {
        let conn = current();
        for to in [0, 3, u32::MAX] {
            let refused = migrate(&conn, to, no_origins);
            assert!(matches!(refused, Err(SidecarError::NoSuchSchema { asked, .. }) if asked == to));
        }
        conn.pragma_update(None, "user_version", 77).expect("future");
        assert!(migrate(&conn, 1, no_origins).expect_err("future").is_corrupt());
    }
}
