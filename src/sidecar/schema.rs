//! The tables and indexes of an index, and what its header says. The way from one schema to the next is in
//! [`migrate`](super::migrate).

use rusqlite::Connection;

use super::SidecarError;

/// Marks a file as ours in SQLite's header: "glin".
pub(super) const APPLICATION_ID: i32 = 0x676c_696e;

/// The newest schema, the only one that is read and written in daily work.
pub(crate) const LATEST: u32 = 2;

/// The schema number of an index in which damage was found.
pub(super) const CONDEMNED: i32 = -1;

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
pub(super) const VERSION_ID_INDEX: &str = "
CREATE UNIQUE INDEX idx_artifact_versions_version_id ON artifact_versions (version_id);
";

/// Small: only orphans are in it.
const ORPHAN_INDEX: &str = "
CREATE INDEX idx_artifact_versions_orphan ON artifact_versions (version_id) WHERE orphan = 1;
";

/// The column of schema 2. The check lets null pass: unknown.
pub(super) const ORIGIN_COLUMN: &str = "
ALTER TABLE artifact_versions ADD COLUMN change_origin TEXT
    CHECK (change_origin IN ('deployment', 'sync', 'local_modification'));
";

/// The indexes of schema 2.
pub(super) const LOOKUP_INDEXES: &str = "
CREATE INDEX idx_artifact_versions_content_hash ON artifact_versions (content_hash);
CREATE INDEX idx_artifact_versions_parent_hash ON artifact_versions (parent_hash);
CREATE INDEX idx_artifact_versions_artifact_created ON artifact_versions (artifact_id, created_at);
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

    pub(super) fn write(self, conn: &Connection) -> Result<(), SidecarError> {
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

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;

    pub(in crate::sidecar) fn objects(conn: &Connection) -> BTreeMap<String, Option<String>> {
        let mut all = conn.prepare("SELECT name, sql FROM sqlite_schema").expect("schema");
        let all = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        all.collect::<Result<_, _>>().expect("rows")
    }

    pub(in crate::sidecar) fn current() -> Connection {
        let conn = Connection::open_in_memory().expect("memory");
        create_tables(&conn).expect("tables");
        create_version_id_index(&conn).expect("index");
        create_other_indexes(&conn).expect("indexes");
        conn
    }

    #[test]
    fn the_check_admits_three_spellings_and_null() {
        let conn = current();
        let insert = |origin: Option<&str>, n: u8| {
            conn.execute(
                "INSERT INTO artifact_versions (version_id, artifact_id, content_hash, parent_ids, created_at, tz_offset,
                 author_id, summary, change_origin) VALUES (?1, 'skill/pdf', ?1, x'', 0, 0, 1, '', ?2)",
                rusqlite::params![[n; 20], origin],
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
