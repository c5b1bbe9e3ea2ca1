//! Opening a file and saying what it is, without changing it. What to do about it is the caller's decision.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};

use super::{
    Older, Sidecar, SidecarError,
    schema::{self, APPLICATION_ID, CONDEMNED, Header},
};

/// How long to wait for another process before giving up as busy.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The size of a page, in bytes: SQLite's default. 1,024 and 2,048 were no faster.
const PAGE: u32 = 4096;

/// More than there are different statements, so that none is compiled twice.
const KEPT_STATEMENTS: usize = 64;

/// What is at the path of an index.
#[derive(Debug)]
pub(crate) enum Opened {
    /// An index of the latest schema. Whether it is up to date with the refs is for the caller to compare.
    Ready(Sidecar),
    /// Nothing, or an empty file: [`Sidecar::build`] makes one.
    Absent,
    /// An index of an older schema: [`Older::migrate`], or [`Sidecar::build`].
    Older(Older),
    /// An index of a schema that only a newer program knows: [`Sidecar::build`] replaces it.
    Future {
        /// Its schema number.
        schema: u32,
    },
    /// Not an index, or a damaged one: [`Sidecar::build`] replaces it.
    Corrupt {
        /// What was seen.
        reason: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    ReadWrite,
    ReadOnly,
    /// Without locks and journal: nobody can be writing, since nothing here can be written.
    Immutable,
}

impl Sidecar {
    /// Opens the file at `path`, read-only if it cannot be written ([`Sidecar::is_read_only`]).
    ///
    /// # Errors
    /// Not writable if there is something that cannot even be read (rights, a folder in its place), busy if another
    /// process is building the index. Damage is not an error but [`Opened::Corrupt`].
    pub(crate) fn open(path: &Path) -> Result<Opened, SidecarError> {
        match open_as(path, Access::ReadWrite) {
            // A file in a folder that cannot be written needs another way in: SQLite cannot put its journal there.
            Err(error) if error.is_unwritable() && path.is_file() => Sidecar::open_read_only(path),
            other => other,
        }
    }

    /// Opens the file at `path` for reading only, also on a disk or in a folder that cannot be written.
    ///
    /// # Errors
    /// As [`Sidecar::open`]. A file whose newest changes still are in its journal can only be read where SQLite may
    /// write beside it or finds its shared memory file; elsewhere it is not readable rather than out of date.
    pub(crate) fn open_read_only(path: &Path) -> Result<Opened, SidecarError> {
        match open_as(path, Access::ReadOnly) {
            Err(error) if error.is_unwritable() && journal_is_empty(path) => open_as(path, Access::Immutable),
            other => other,
        }
    }

    /// An empty index in memory: for `lineage.sidecar=false` and for disks that cannot be written.
    ///
    /// # Errors
    /// None but running out of memory.
    pub(crate) fn in_memory() -> Result<Sidecar, SidecarError> {
        let conn = Connection::open_in_memory()?;
        // No temporary files either: this is what remains where nothing can be written.
        conn.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY;")?;
        conn.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
        stable_plans(&conn)?;
        let transaction = Transaction::new_unchecked(&conn, TransactionBehavior::Deferred)?;
        schema::create_tables(&conn)?;
        schema::create_version_id_index(&conn)?;
        schema::create_other_indexes(&conn)?;
        transaction.commit()?;
        Ok(Sidecar::over(conn, None, false))
    }
}

fn open_as(path: &Path, access: Access) -> Result<Opened, SidecarError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Opened::Absent),
        Err(error) => return Err(SidecarError::io("opened", error)),
        Ok(found) if !found.is_file() => {
            let error = io::Error::other("something that is not a file is in its place");
            return Err(SidecarError::io("opened", error));
        }
        // For SQLite this is an empty database, but nobody wrote one on purpose.
        Ok(found) if found.len() == 0 => return Ok(Opened::Absent),
        // SQLite would fill the last page up with zeros and miss the rows that stood there.
        Ok(found) if !found.len().is_multiple_of(u64::from(PAGE)) => {
            return Ok(Opened::Corrupt {
                reason: "the file ends in the middle of a page".to_owned(),
            });
        }
        Ok(_) => {}
    }
    match connect(path, access).and_then(|conn| classify(conn, path)) {
        Err(SidecarError::Corrupt { what, source }) => Ok(Opened::Corrupt {
            reason: source.map_or(what.clone(), |source| format!("{what}: {source}")),
        }),
        other => other,
    }
}

fn connect(path: &Path, access: Access) -> Result<Connection, SidecarError> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = match access {
        Access::ReadWrite => Connection::open_with_flags(plain(path), flags | OpenFlags::SQLITE_OPEN_READ_WRITE)?,
        Access::ReadOnly => Connection::open_with_flags(plain(path), flags | OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        Access::Immutable => Connection::open_with_flags(
            immutable_uri(path)?,
            flags | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
        )?,
    };
    configure(&conn)?;
    Ok(conn)
}

/// Opens the file at `path`, or makes an empty one.
pub(super) fn connect_or_create(path: &Path) -> Result<Connection, SidecarError> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let conn = Connection::open_with_flags(plain(path), flags)?;
    conn.pragma_update(None, "page_size", PAGE)?;
    configure(&conn)?;
    Ok(conn)
}

/// SQLite takes names that start with `file:` for URIs and `:memory:` for no file; a path never is either.
fn plain(path: &Path) -> PathBuf {
    if path.is_relative() {
        Path::new(".").join(path)
    } else {
        path.to_owned()
    }
}

fn immutable_uri(path: &Path) -> Result<String, SidecarError> {
    use std::fmt::Write;
    let path = fs::canonicalize(path).map_err(|error| SidecarError::io("opened", error))?;
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            write!(uri, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    uri.push_str("?immutable=1");
    Ok(uri)
}

/// Sets what is not stored in the file.
fn configure(conn: &Connection) -> Result<(), SidecarError> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
    // Closing would otherwise copy the journal into the file and sync both: two syncs for each short process.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    stable_plans(conn)?;
    // The file holds neither; one that does was not written by us.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.execute_batch(SETTINGS)?;
    Ok(())
}

/// Without this SQLite compiles a kept statement anew whenever it is bound to other values, in case they suggest
/// another plan: 30 µs per look-up instead of 4. Ours name their index, so there is nothing to reconsider.
fn stable_plans(conn: &Connection) -> Result<(), SidecarError> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// NORMAL syncs only when the journal is copied into the file, never per transaction: a power cut may lose the newest
/// rows, not mix them. Copying is left to `trim_journal`. Reading through a memory map takes 5 µs per random look-up
/// among a million versions, through the cache 8 µs; the cache is for writing.
const SETTINGS: &str = "
PRAGMA synchronous = NORMAL;
PRAGMA foreign_keys = OFF;
PRAGMA cache_size = -65536;
PRAGMA mmap_size = 4294967296;
PRAGMA wal_autocheckpoint = 0;
";

/// SQLite sorts the keys of a new index in pieces of the cache's size, which is twice as fast when they fit the
/// processor's, and with a second thread: a million versions take 1.4 s for all indexes instead of 3.3 s.
const BULK_SETTINGS: &str = "PRAGMA cache_size = -4096; PRAGMA threads = 2;";

/// Runs `work`, which makes indexes, with the settings for that.
pub(super) fn with_bulk_settings<T, E: From<SidecarError>>(
    conn: &Connection,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    conn.execute_batch(BULK_SETTINGS).map_err(SidecarError::from)?;
    let result = work();
    conn.execute_batch("PRAGMA threads = 0;").map_err(SidecarError::from)?;
    conn.execute_batch(SETTINGS).map_err(SidecarError::from)?;
    result
}

fn classify(conn: Connection, path: &Path) -> Result<Opened, SidecarError> {
    // One transaction, so that the two numbers and the tables are from one moment.
    let moment = Transaction::new_unchecked(&conn, TransactionBehavior::Deferred)?;
    let header = Header::read(&conn)?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    moment.finish()?;
    let read_only = conn.is_readonly("main")?;
    let sidecar = |conn| Sidecar::over(conn, Some(path.to_owned()), read_only);
    let schema = u32::try_from(header.schema).unwrap_or(0);
    Ok(match header {
        _ if header == Header::CURRENT => {
            if !read_only {
                use_journal(&conn);
            }
            Opened::Ready(sidecar(conn))
        }
        Header { schema: 0, .. } if tables == 0 => Opened::Absent,
        Header { application_id, .. } if application_id != APPLICATION_ID => Opened::Corrupt {
            reason: format!("the application number in its header is {application_id:#x}, not ours"),
        },
        Header { schema: CONDEMNED, .. } => Opened::Corrupt {
            reason: "a command found damage in it".to_owned(),
        },
        _ if schema == 0 => Opened::Corrupt {
            reason: format!("its schema number is {}", header.schema),
        },
        _ if schema > schema::LATEST => Opened::Future { schema },
        _ => Opened::Older(Older {
            sidecar: sidecar(conn),
            schema,
        }),
    })
}

/// Switches to a write-ahead journal, with which readers and a writer do not wait for each other; the file remembers.
/// Where that does not work (no shared memory on this file system, or another process is just reading), SQLite stays
/// with its other journal, and all is as right; the next to open the index tries again.
pub(super) fn use_journal(conn: &Connection) {
    let mode = conn.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0));
    if mode.is_ok_and(|mode| mode != "wal") {
        let _ = conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()));
    }
}

fn journal_is_empty(path: &Path) -> bool {
    ["-wal", "-journal"]
        .into_iter()
        .all(|suffix| fs::metadata(beside(path, suffix)).map_or(true, |found| found.len() == 0))
}

/// The name of a file that SQLite or we keep beside the index.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}
