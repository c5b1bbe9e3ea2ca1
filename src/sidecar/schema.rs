//! The tables, their schema numbers, and the way from one number to the next.
//!
//! Guarantees: each step of a migration is one exclusive transaction that reads the number, changes the tables, fills
//! what the step adds and writes the new number. So two processes that migrate at once cannot both take the same step,
//! and an interruption leaves the number and the tables of one side or the other. No step loses a row in either
//! direction. A ready-made runner would be one dependency for two steps, and the ones looked at read the number before
//! the transaction starts.
//!
//! Everything here is derived data; what a step up adds comes from the commits, through a closure of the caller.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{SidecarError, rows};
use crate::{id::VersionId, origin::ChangeOrigin};

/// Marks a file as ours in SQLite's header: "glin".
pub(super) const APPLICATION_ID: i32 = 0x676c_696e;

/// The newest schema, the only one that is read and written in daily work.
pub(crate) const LATEST: u32 = 2;

/// Schema 1 without the index on the version id.
///
/// `merge_parents` holds only parents beyond the first: the first ones are found through `parent_hash`. `upstreams` and
/// `people` keep rows small, since thousands of versions share a few of each. The three `project_` tables are a memo
/// (see `project_state`). Foreign keys are not declared: rows are written by this module only, and the checks would
/// cost a look-up per row in a rebuild; a row that names nobody is noticed when it is read.
const TABLES: &str = "
CREATE TABLE artifact_versions (
    id INTEGER PRIMARY KEY,
    version_id BLOB NOT NULL CHECK (length(version_id) IN (20, 32)),
    artifact_id TEXT NOT NULL,
    content_hash BLOB NOT NULL CHECK (length(content_hash) IN (20, 32)),
    parent_hash BLOB CHECK (length(parent_hash) IN (20, 32)),
    parent_ids BLOB NOT NULL CHECK (length(parent_ids) % length(version_id) = 0),
    created_at INTEGER NOT NULL,
    tz_offset INTEGER NOT NULL,
    author_id INTEGER NOT NULL,
    summary TEXT NOT NULL,
    upstream_id INTEGER,
    upstream_commit BLOB CHECK (length(upstream_commit) IN (20, 32)),
    upstream_tree BLOB CHECK (length(upstream_tree) IN (20, 32)),
    project_commit BLOB CHECK (length(project_commit) IN (20, 32)),
    orphan INTEGER NOT NULL DEFAULT 0 CHECK (orphan IN (0, 1))
) STRICT;
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, UNIQUE (name, email)) STRICT;
CREATE TABLE upstreams (id INTEGER PRIMARY KEY, url TEXT, path TEXT, ref TEXT, UNIQUE (url, path, ref)) STRICT;
CREATE TABLE merge_parents (
    parent_id BLOB NOT NULL,
    child INTEGER NOT NULL,
    PRIMARY KEY (parent_id, child)
) STRICT, WITHOUT ROWID;
CREATE TABLE ref_tips (ref_name BLOB PRIMARY KEY NOT NULL, version_id BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE ref_stamps (place TEXT PRIMARY KEY NOT NULL, stamp BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE project_commits (commit_id BLOB PRIMARY KEY NOT NULL, state INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE project_states (state INTEGER PRIMARY KEY, base INTEGER, depth INTEGER NOT NULL) STRICT;
CREATE TABLE project_state_versions (
    state INTEGER NOT NULL,
    artifact_id TEXT NOT NULL,
    version_id BLOB,
    PRIMARY KEY (state, artifact_id)
) STRICT, WITHOUT ROWID;
";

/// The rest of schema 1. A unique index rather than a constraint, so that a rebuild can make it last.
const VERSION_ID_INDEX: &str = "
CREATE UNIQUE INDEX idx_artifact_versions_version_id ON artifact_versions (version_id);
";

/// Small: only orphans are in it.
const ORPHAN_INDEX: &str = "
CREATE INDEX idx_artifact_versions_orphan ON artifact_versions (version_id) WHERE orphan = 1;
";

/// The column of schema 2. The check lets null pass: unknown.
const ORIGIN_COLUMN: &str = "
ALTER TABLE artifact_versions ADD COLUMN change_origin TEXT
    CHECK (change_origin IN ('deployment', 'sync', 'local_modification'));
";

/// The indexes of schema 2.
const LOOKUP_INDEXES: &str = "
CREATE INDEX idx_artifact_versions_content_hash ON artifact_versions (content_hash);
CREATE INDEX idx_artifact_versions_parent_hash ON artifact_versions (parent_hash);
CREATE INDEX idx_artifact_versions_artifact_created ON artifact_versions (artifact_id, created_at);
";

const DOWN_TO_1: &str = "
DROP INDEX idx_artifact_versions_content_hash;
DROP INDEX idx_artifact_versions_parent_hash;
DROP INDEX idx_artifact_versions_artifact_created;
ALTER TABLE artifact_versions DROP COLUMN change_origin;
";

/// What SQLite's header says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) application_id: i32,
    pub(super) schema: i32,
}

impl Header {
    /// The header of a file in the state this program works with.
    pub(super) const CURRENT: Header = Header {
        application_id: APPLICATION_ID,
        schema: LATEST as i32,
    };

    pub(super) fn read(conn: &Connection) -> Result<Header, SidecarError> {
        Ok(Header {
            application_id: conn
                .prepare_cached("PRAGMA application_id")?
                .query_row([], |row| row.get(0))?,
            schema: conn
                .prepare_cached("PRAGMA user_version")?
                .query_row([], |row| row.get(0))?,
        })
    }

    fn write(self, conn: &Connection) -> Result<(), SidecarError> {
        conn.pragma_update(None, "application_id", self.application_id)?;
        conn.pragma_update(None, "user_version", self.schema)?;
        Ok(())
    }
}

/// Makes all tables of the latest schema, without the indexes on versions. Only inside a transaction.
pub(super) fn create_tables(conn: &Connection) -> Result<(), SidecarError> {
    conn.execute_batch(TABLES)?;
    conn.execute_batch(ORIGIN_COLUMN)?;
    Ok(())
}

/// Makes the unique index on the version id; fails with a constraint violation where one is there twice. Only inside a
/// transaction.
pub(super) fn create_version_id_index(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(VERSION_ID_INDEX)
}

/// Makes the other indexes on versions and then, last of all, writes the schema number. Only inside a transaction.
pub(super) fn create_other_indexes(conn: &Connection) -> Result<(), SidecarError> {
    conn.execute_batch(ORPHAN_INDEX)?;
    conn.execute_batch(LOOKUP_INDEXES)?;
    Header::CURRENT.write(conn)
}

/// Takes everything out of the file, also what another program or a newer schema put there. Only inside a transaction.
pub(super) fn drop_everything(conn: &Connection) -> Result<(), SidecarError> {
    let mut found = conn.prepare(
        "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let found = found
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    for (kind, name) in found {
        let name = name.replace('"', "\"\"");
        conn.execute_batch(&format!("DROP {kind} \"{name}\""))?;
    }
    Ok(())
}

/// Takes the file at `conn` to schema `to`, up or down, step by step. `origin_of` says why a version was recorded; it is
/// asked once per version when the step adds origins.
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

/// Fails unless the file at `conn` is of the latest schema: another process may have migrated it since it was opened.
pub(super) fn expect_current(conn: &Connection) -> Result<(), SidecarError> {
    match Header::read(conn)? {
        Header::CURRENT => Ok(()),
        other => Err(SidecarError::corrupt(format!(
            "its schema number is now {}, somebody changed it",
            other.schema
        ))),
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
    use std::collections::BTreeMap;

    use super::*;

    fn objects(conn: &Connection) -> BTreeMap<String, Option<String>> {
        let mut all = conn.prepare("SELECT name, sql FROM sqlite_schema").expect("schema");
        let all = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        all.collect::<Result<_, _>>().expect("rows")
    }

    fn current() -> Connection {
        let conn = Connection::open_in_memory().expect("memory");
        create_tables(&conn).expect("tables");
        create_version_id_index(&conn).expect("index");
        create_other_indexes(&conn).expect("indexes");
        conn
    }

    fn no_origins(_: &VersionId) -> Result<Option<ChangeOrigin>, SidecarError> {
        Ok(None)
    }

    #[test]
    fn building_and_migrating_make_the_same_tables() {
        let built = current();
        let stepped = Connection::open_in_memory().expect("memory");
        stepped.execute_batch(TABLES).expect("schema 1");
        stepped.execute_batch(VERSION_ID_INDEX).expect("schema 1");
        stepped.execute_batch(ORPHAN_INDEX).expect("schema 1");
        Header {
            schema: 1,
            ..Header::CURRENT
        }
        .write(&stepped)
        .expect("header");
        let first = objects(&stepped);
        migrate(&stepped, 2, no_origins).expect("up");
        assert_eq!(objects(&stepped), objects(&built));
        assert_eq!(Header::read(&stepped).expect("header"), Header::CURRENT);
        migrate(&stepped, 1, no_origins).expect("down");
        assert_eq!(
            objects(&stepped).keys().collect::<Vec<_>>(),
            first.keys().collect::<Vec<_>>()
        );
        migrate(&stepped, 1, no_origins).expect("nothing to do");
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

    #[test]
    fn the_check_admits_three_spellings_and_null() {
        let conn = current();
        let insert = |origin: Option<&str>, n: u8| {
            conn.execute(
                "INSERT INTO artifact_versions (version_id, artifact_id, content_hash, parent_ids, created_at, tz_offset,
                 author_id, summary, change_origin) VALUES (?1, 'skill/pdf', ?1, x'', 0, 0, 1, '', ?2)",
                params![[n; 20], origin],
            )
        };
        for (n, good) in [None, Some("deployment"), Some("sync"), Some("local_modification")]
            .into_iter()
            .enumerate()
        {
            insert(good, n as u8).expect("one of ours");
        }
        for bad in [
            "Sync",
            "merge",
            "",
            " sync",
            "sync\0",
            "unknown",
            "null",
            "local-modification",
        ] {
            let error = insert(Some(bad), 99).expect_err(bad);
            assert_eq!(
                error.sqlite_error_code(),
                Some(rusqlite::ErrorCode::ConstraintViolation),
                "{bad:?}"
            );
        }
        let update = conn.execute("UPDATE artifact_versions SET change_origin = 'merge'", []);
        assert!(update.is_err(), "not by the back door either");
    }

    #[test]
    fn dropping_everything_copes_with_strange_names() {
        let conn = current();
        conn.execute_batch("CREATE TABLE \"a\"\"; b\" (x); CREATE VIEW v AS SELECT 1; CREATE TABLE sqliteX (y)")
            .expect("tables");
        drop_everything(&conn).expect("dropped");
        assert_eq!(objects(&conn), BTreeMap::new());
    }
}
