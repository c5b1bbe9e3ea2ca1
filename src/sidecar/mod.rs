//! The sidecar index: look-ups by content, parent, artifact and abbreviated id that commits alone answer slowly.
//!
//! A SQLite file, `lineage/index.sqlite` in the git directory that linked worktrees share. It is derived data: refs and
//! commits are the truth, and the file can be deleted at any time. This room never reads git. Its caller hands over
//! versions, the ref tips they were read from, and for a migration their origins; it compares the tips it finds here
//! with the real ones, adds what is new, or builds the index again.
//!
//! Guarantees: a change is there whole or not at all, also when the process is killed ([`Sidecar::transaction`],
//! [`Sidecar::build`], [`Sidecar::rebuild`], [`Older::migrate`]); a power cut can take the newest changes with it,
//! which the comparison of tips then heals, but never half of one. Several processes may read and write at once. Every
//! error is damaged, not writable, busy or neither ([`SidecarError`]), and that decides what to do next. What is read
//! is checked, so a row that somebody edited is damage, not an answer.
//!
//! How a caller goes about it: [`Sidecar::open`]; compare tips and add what is new in a [`Sidecar::transaction`], or
//! [`Older::migrate`], or [`Sidecar::build`]. An error that [is damage](SidecarError::is_corrupt), also from a query
//! much later: [`Sidecar::condemn`], build, and ask once more. One that [is the disk's](SidecarError::is_unwritable):
//! [`Sidecar::in_memory`] and [`Sidecar::rebuild`].
//!
//! Not promised: bytes that were changed inside of a row and still make a valid one are not noticed here (SQLite keeps
//! no checksums); `verify` compares with the commits.
//!
//! [`open`] finds a file and says what it is, [`build`] makes one, [`schema`] has the tables, [`migrate`] the way
//! between their versions, [`sql`] every query, [`rows`] turns rows into versions; [`read`], [`prefix`], [`lineage`],
//! [`contained`], [`above`] and [`order`] answer questions ([`ahead`] speeds their walks), [`write`] changes rows, [`project_state`] remembers
//! what rule 3 found, [`inspect`] reads all there is for `verify`.

mod above;
mod ahead;
mod build;
mod contained;
mod error;
mod inspect;
mod lineage;
mod migrate;
mod open;
mod order;
mod prefix;
mod project_state;
mod read;
mod rows;
mod schema;
mod scrub;
mod sql;
#[cfg(test)]
mod tests;
mod write;

use std::{
    ops::Deref,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use self::schema::Header;
use crate::{id::VersionId, origin::ChangeOrigin};

pub(crate) use above::Descendants;
pub(crate) use ahead::Vertices;
pub(crate) use build::Built;
pub(crate) use error::SidecarError;
pub(crate) use inspect::InspectedRow;
pub(crate) use open::Opened;
pub(crate) use order::topological_newest_first;
pub(crate) use read::Reader;
pub(crate) use rows::Vertex;
pub(crate) use schema::LATEST as LATEST_SCHEMA;
pub(crate) use write::{Inserter, Tx};

/// An index of the latest schema, on disk or in memory. All queries are methods of [`Reader`], to which it derefs.
#[derive(Debug)]
pub(crate) struct Sidecar {
    reader: Reader,
    /// `None` in memory.
    path: Option<PathBuf>,
    /// The file as it was found.
    file: Option<FileId>,
    read_only: bool,
}

impl Deref for Sidecar {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Sidecar {
    /// True if nothing can be written: the file or its folder is protected. Other ways not to be writable (a full disk)
    /// show only as an error.
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The file; `None` in memory.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Runs `work` in one transaction: all its changes together, or none if it returns an error or panics. No other
    /// process writes meanwhile, so `work` may look first (is this tip still the one I expect?) and then write; readers
    /// go on with the state before.
    ///
    /// # Errors
    /// Those of `work`; busy if another process writes for more than ten seconds; damage if somebody migrated or
    /// replaced the tables since the file was opened.
    pub(crate) fn transaction<T, E: From<SidecarError>>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let conn = self.reader.connection();
        let transaction =
            Transaction::new_unchecked(conn, TransactionBehavior::Immediate).map_err(SidecarError::from)?;
        schema::expect_current(conn)?;
        let value = work(&Tx::new(&self.reader))?;
        transaction.commit().map_err(SidecarError::from)?;
        self.trim_journal();
        Ok(value)
    }

    /// Takes the index down to schema `to` for an older program; gives back a handle that can take it up again.
    ///
    /// # Errors
    /// [`SidecarError::NoSuchSchema`]; those of writing.
    pub(crate) fn migrate_down(self, to: u32) -> Result<Older, SidecarError> {
        migrate::migrate(self.reader.connection(), to, |_| Ok::<_, SidecarError>(None))?;
        self.trim_journal();
        Ok(Older {
            sidecar: self,
            schema: to,
        })
    }

    fn over(conn: Connection, path: Option<PathBuf>, read_only: bool) -> Self {
        Sidecar {
            reader: Reader::over(conn),
            file: path.as_deref().and_then(FileId::of),
            path,
            read_only,
        }
    }

    /// Whether the file that was opened is the one at its path, and an index of the latest schema as it was then: nobody has
    /// deleted, replaced, cut, migrated or condemned it.
    pub(crate) fn is_still_there(&self) -> bool {
        let now = self.path().and_then(FileId::of);
        now.zip(self.file).is_some_and(|(now, then)| now.continues(then))
            && Header::read(self.reader.connection()).is_ok_and(|header| header == Header::CURRENT)
    }
}

/// What tells one file from another that was put in its place, or from itself cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    inode: u64,
    /// In bytes.
    len: u64,
}

impl FileId {
    fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        Some(FileId {
            device: found.dev(),
            inode: found.ino(),
            len: found.len(),
        })
    }

    fn continues(self, then: FileId) -> bool {
        (self.device, self.inode) == (then.device, then.inode) && self.len >= then.len
    }
}

/// An index of an older schema: nothing is read from it until it is migrated (or built anew, see [`Sidecar::build`]).
#[derive(Debug)]
pub(crate) struct Older {
    sidecar: Sidecar,
    schema: u32,
}

impl Older {
    /// Its schema number.
    pub(crate) fn schema(&self) -> u32 {
        self.schema
    }

    /// How many versions it holds.
    ///
    /// # Errors
    /// Those of reading.
    pub(crate) fn count(&self) -> Result<u64, SidecarError> {
        self.sidecar.count()
    }

    /// Brings it to the latest schema, keeping every row; `origin_of` reads from its commit why a version was recorded.
    /// If another process was faster, this does nothing.
    ///
    /// # Errors
    /// Those of `origin_of` and of writing; the schema then is the one before the step that failed.
    pub(crate) fn migrate<E: From<SidecarError>>(
        self,
        origin_of: impl FnMut(&VersionId) -> Result<Option<ChangeOrigin>, E>,
    ) -> Result<Sidecar, E> {
        let conn = self.sidecar.reader.connection();
        open::with_bulk_settings(conn, || migrate::migrate(conn, schema::LATEST, origin_of))?;
        self.sidecar.trim_journal();
        Ok(self.sidecar)
    }
}
