//! Making an index: all versions at once, in one exclusive transaction, indexes last and the schema number last of all.
//!
//! Guarantees: an interruption leaves the old state or an empty file. A file that is a database is emptied in place,
//! never replaced: another process may have it open, and would go on with a journal that belongs to the new one. Only a
//! file that is no database, or a damaged one, is deleted, while an advisory lock keeps other builders out.

use std::{
    fs::{self, File},
    io,
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use super::{
    Inserter, Older, Opened, Reader, Sidecar, SidecarError,
    open::{BUSY_TIMEOUT, beside, connect_or_create, use_journal, with_bulk_settings},
    schema::{self, CONDEMNED, Header},
};

/// The files SQLite keeps beside an index.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// After a transaction that left more than this in the journal, in bytes, it is emptied. The first process to open an
/// index reads all of the journal (0.8 µs per page of 4 KiB), emptying it costs two syncs. Measured over 400 processes
/// that each record one version, mean and median: 64 pages 0.79 and 0.57 ms, 128 pages 0.64 and 0.39, 256 pages 0.62
/// and 0.43, 512 pages 0.70 and 0.56. SQLite's own limit would sync with every commit beyond it, since how much was
/// already copied into the file is forgotten when the last process closes it.
const JOURNAL_LIMIT: u64 = 512 << 10;

/// What [`Sidecar::build`] returns.
#[derive(Debug)]
pub(crate) struct Built {
    /// The index.
    pub(crate) sidecar: Sidecar,
    /// False if another process built it meanwhile: compare the tips as after opening.
    pub(crate) by_us: bool,
}

impl Sidecar {
    /// Makes the file at `path` an index of the latest schema, whatever is there (nothing, damage, another schema),
    /// with the rows that `fill` inserts. If it already is one (another process was faster), `fill` is not called.
    ///
    /// # Errors
    /// Those of `fill` (then nothing has changed); not writable; busy if another process is at it for ten seconds.
    pub(crate) fn build<E: From<SidecarError>>(
        path: &Path,
        fill: impl FnOnce(&mut Inserter<'_>) -> Result<(), E>,
    ) -> Result<Built, E> {
        let conn = match prepare(path)? {
            Prepared::Ready(sidecar) => return Ok(Built { sidecar, by_us: false }),
            Prepared::ToFill(conn) => conn,
        };
        let sidecar = Sidecar::over(conn, Some(path.to_owned()), false);
        let by_us = write_all(&sidecar.reader, true, fill)?;
        use_journal(sidecar.reader.connection());
        sidecar.trim_journal();
        Ok(Built { sidecar, by_us })
    }

    /// An empty index at `path`, for tests.
    #[cfg(test)]
    pub(crate) fn create(path: &Path) -> Result<Sidecar, SidecarError> {
        Ok(Sidecar::build(path, |_| Ok::<_, SidecarError>(()))?.sidecar)
    }

    /// Replaces everything in this index by what `fill` inserts: versions, tips, stamps; the memo of project states
    /// ends up empty.
    ///
    /// # Errors
    /// Those of `fill` (then nothing has changed); not writable; busy.
    pub(crate) fn rebuild<E: From<SidecarError>>(
        &mut self,
        fill: impl FnOnce(&mut Inserter<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        write_all(&self.reader, false, fill)?;
        self.trim_journal();
        Ok(())
    }

    /// Gives up a file in which a query found damage: marks it, so that this and every other process takes it for
    /// [`Opened::Corrupt`] and [`Sidecar::build`] replaces it. Nothing is deleted here: by now another process may have
    /// put a good one in its place, to which the mark then does not apply.
    ///
    /// # Errors
    /// Not writable; busy.
    pub(crate) fn condemn(self) -> Result<(), SidecarError> {
        let marked = self.reader.connection().pragma_update(None, "user_version", CONDEMNED);
        match (marked.map_err(SidecarError::from), self.path) {
            // Not even its first page can be written.
            (Err(error), Some(path)) if error.is_corrupt() => {
                drop(self.reader);
                let _builders = lock_out_other_builders(&path);
                delete_files(&path)
            }
            (result, _) => result,
        }
    }

    /// Empties the journal if it has grown large. Never waits and never fails: the next one will.
    pub(super) fn trim_journal(&self) {
        let Some(path) = self.path() else { return };
        let large = fs::metadata(beside(path, "-wal")).is_ok_and(|found| found.len() > JOURNAL_LIMIT);
        if large {
            // A truncating checkpoint calls the busy handler for every reader; without one it returns at once.
            let conn = self.reader.connection();
            let _ = conn.busy_timeout(Duration::ZERO);
            let _ = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            let _ = conn.busy_timeout(BUSY_TIMEOUT);
        }
    }
}

/// Deletes an index with everything beside it. Only for files that are no index, and with no connection of this process
/// to it.
///
/// The file goes first. A process killed in between then leaves a journal without its file, which nobody reads: where
/// the next index is made, left-over journals are deleted before. The other way round it would leave a file without its
/// journal, and that may be half of a state.
///
/// # Errors
/// Not writable, naming the first file that could not be deleted. Files that are not there are fine.
pub(crate) fn delete_files(path: &Path) -> Result<(), SidecarError> {
    remove(path)?;
    COMPANIONS.iter().try_for_each(|suffix| remove(&beside(path, suffix)))
}

fn remove(path: &Path) -> Result<(), SidecarError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(SidecarError::io("written", error)),
        _ => Ok(()),
    }
}

enum Prepared {
    Ready(Sidecar),
    ToFill(Connection),
}

/// Clears away what cannot be emptied in place, and opens what is to be filled.
fn prepare(path: &Path) -> Result<Prepared, SidecarError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| SidecarError::io("written", error))?;
    }
    let _builders = lock_out_other_builders(path);
    match Sidecar::open(path)? {
        Opened::Ready(sidecar) => return Ok(Prepared::Ready(sidecar)),
        Opened::Older(Older { sidecar, .. }) => {
            if !is_sound(sidecar.reader.connection()) {
                drop(sidecar);
                delete_files(path)?;
            }
        }
        Opened::Future { .. } => {
            if !is_sound(&connect_or_create(path)?) {
                delete_files(path)?;
            }
        }
        Opened::Corrupt { .. } => delete_files(path)?,
        Opened::Absent => {
            // SQLite would take a left-over journal for that of the new file, unless it finds the file empty.
            if !path.exists() {
                COMPANIONS.iter().try_for_each(|suffix| remove(&beside(path, suffix)))?;
            }
        }
    }
    let conn = connect_or_create(path)?;
    share_like_folder(path);
    Ok(Prepared::ToFill(conn))
}

/// False for a database in which SQLite finds damage: it could not be emptied in place. Where that cannot be found out
/// it counts as sound, and whoever fills it meets the reason.
fn is_sound(conn: &Connection) -> bool {
    let found = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    match found.map_err(SidecarError::from) {
        Ok(found) => found == "ok",
        Err(error) => !error.is_corrupt(),
    }
}

/// Held while a file is judged and deleted, so that nobody deletes what another builder just made in its place. Where
/// the file system knows no locks, two builders of a damaged index can get in each other's way once; both then see
/// damage or a missing file, and the next command builds again.
fn lock_out_other_builders(path: &Path) -> Option<File> {
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(beside(path, "-build"))
        .ok()?;
    lock.lock().ok()?;
    Some(lock)
}

/// In a repository shared by a group (`core.sharedRepository`) git makes folders that the group can write; the index
/// follows its folder, and SQLite gives its journal the mode of the file.
fn share_like_folder(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |of: &Path| fs::metadata(of).map(|found| found.permissions().mode());
        let (Some(Ok(folder)), Ok(file)) = (path.parent().map(mode), mode(path)) else {
            return;
        };
        let write = folder & 0o022;
        let wanted = file | write | write << 1;
        if wanted != file {
            // Only the owner may; everybody else goes on with what there is.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(wanted));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// What is inserted in bulk is typed, so the checks in the tables would only repeat what the types say: 1.3 µs per
/// version.
const UNCHECKED: &str = "PRAGMA ignore_check_constraints = ON";

/// Empties and fills a database. With `unless_current`, one that meanwhile is an index is left alone; returns whether
/// it was written.
fn write_all<E: From<SidecarError>>(
    reader: &Reader,
    unless_current: bool,
    fill: impl FnOnce(&mut Inserter<'_>) -> Result<(), E>,
) -> Result<bool, E> {
    let conn = reader.connection();
    with_bulk_settings(conn, || {
        conn.execute_batch(UNCHECKED).map_err(SidecarError::from)?;
        let result = write_all_in_transaction(reader, unless_current, fill);
        // Kept statements were compiled without the checks.
        conn.flush_prepared_statement_cache();
        conn.execute_batch("PRAGMA ignore_check_constraints = OFF")
            .map_err(SidecarError::from)?;
        result
    })
}

fn write_all_in_transaction<E: From<SidecarError>>(
    reader: &Reader,
    unless_current: bool,
    fill: impl FnOnce(&mut Inserter<'_>) -> Result<(), E>,
) -> Result<bool, E> {
    let conn = reader.connection();
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Exclusive).map_err(SidecarError::from)?;
    if unless_current && Header::read(conn)? == Header::CURRENT {
        return Ok(false);
    }
    schema::drop_everything(conn)?;
    schema::create_tables(conn)?;
    fill(&mut Inserter::new(reader)?)?;
    create_indexes(conn)?;
    transaction.commit().map_err(SidecarError::from)?;
    Ok(true)
}

/// Makes the indexes. A version that was inserted twice is one version, as with [`Tx::insert_version`](super::Tx): the
/// unique index finds it, so nothing has to be looked up row by row.
fn create_indexes(conn: &Connection) -> Result<(), SidecarError> {
    const FORGET_REPEATS: &str = "
        DELETE FROM artifact_versions WHERE id NOT IN (SELECT min(id) FROM artifact_versions GROUP BY version_id);
        DELETE FROM merge_parents WHERE child NOT IN (SELECT id FROM artifact_versions);";
    match schema::create_version_id_index(conn) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            conn.execute_batch(FORGET_REPEATS)?;
            schema::create_version_id_index(conn)?;
        }
        other => other?,
    }
    schema::create_other_indexes(conn)
}
