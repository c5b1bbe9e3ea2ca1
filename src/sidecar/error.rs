//! [`SidecarError`]: what can go wrong with the index, sorted by what its reader does next.
//!
//! Every SQLite error is put into one of a few drawers where it appears: damaged (rebuild, then ask again), not
//! writable (go on without the disk), busy (go on without the index, or later), and the rest, which is a bug or a
//! machine out of memory. No type of SQLite's shows.

use std::error::Error;

use rusqlite::ErrorCode;

use crate::id::VersionId;

type Cause = Box<dyn Error + Send + Sync>;

/// Why the sidecar index did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SidecarError {
    /// The file is no index, or what it holds contradicts itself.
    #[error("the sidecar index is damaged: {what}; 'git lineage index rebuild' makes it anew from the commits")]
    Corrupt {
        /// What was seen.
        what: String,
        /// SQLite's own words, where it noticed.
        source: Option<Cause>,
    },
    /// First parents lead in a circle, which commits cannot: somebody edited the index.
    #[error(
        "the sidecar index is damaged: version {version_id} is its own ancestor there; 'git lineage index rebuild' \
         makes it anew from the commits"
    )]
    Cycle {
        /// A version on the circle.
        version_id: VersionId,
    },
    /// The file cannot be opened or written: missing rights, a read-only or full disk, a folder in its place.
    #[error("the sidecar index lineage/index.sqlite in the git directory cannot be {doing}; answers come without it")]
    Unwritable {
        /// "opened" or "written".
        doing: &'static str,
        /// What the system said.
        source: Cause,
    },
    /// Another process held the index for longer than the time-out.
    #[error("the sidecar index is in use by another process; try again when that one is done")]
    Busy {
        /// SQLite's own words.
        source: Cause,
    },
    /// A schema number outside of what this program knows.
    #[error("there is no sidecar schema {asked}; this program knows 1 to {latest}")]
    NoSuchSchema {
        /// The number asked for.
        asked: u32,
        /// The newest one this program knows.
        latest: u32,
    },
    /// Anything else, such as no memory left.
    #[error("the sidecar index failed")]
    Failed {
        /// SQLite's own words.
        source: Cause,
    },
}

impl SidecarError {
    /// A finding of our own that only damage explains.
    pub(super) fn corrupt(what: impl Into<String>) -> Self {
        SidecarError::Corrupt {
            what: what.into(),
            source: None,
        }
    }

    /// A file operation beside SQLite failed.
    pub(super) fn io(doing: &'static str, source: std::io::Error) -> Self {
        SidecarError::Unwritable {
            doing,
            source: source.into(),
        }
    }

    /// The folder for the index could not be made.
    pub(crate) fn folder(source: std::io::Error) -> Self {
        SidecarError::io("made", source)
    }

    /// The index could not be written anew, every byte of it.
    pub(crate) fn scrub(source: std::io::Error) -> Self {
        SidecarError::io("written", source)
    }

    /// True if the index cannot be trusted as it stands: rebuild it, once, and ask again.
    pub(crate) fn is_corrupt(&self) -> bool {
        matches!(self, SidecarError::Corrupt { .. } | SidecarError::Cycle { .. })
    }

    /// True if the disk does not let us: an index in memory gives the same answers, only slower.
    pub(crate) fn is_unwritable(&self) -> bool {
        matches!(self, SidecarError::Unwritable { .. })
    }

    /// True if another process is using the index and did not let go in time.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, SidecarError::Busy { .. })
    }
}

impl From<rusqlite::Error> for SidecarError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as Sql;
        let Some(code) = error.sqlite_error_code() else {
            return match error {
                // A column that is not what the schema says it is.
                Sql::FromSqlConversionFailure(..)
                | Sql::IntegralValueOutOfRange(..)
                | Sql::InvalidColumnType(..)
                | Sql::InvalidColumnIndex(_)
                | Sql::InvalidColumnName(_)
                | Sql::QueryReturnedNoRows
                | Sql::Utf8Error(..) => corrupt_because("a value is not what its column says", error),
                // Our statements are tested, so one that does not compile means that a table, column or index is gone.
                Sql::SqlInputError { .. } => corrupt_because("its tables are not those of its schema number", error),
                other => SidecarError::Failed { source: other.into() },
            };
        };
        match code {
            ErrorCode::NotADatabase => corrupt_because("the file is not a database", error),
            ErrorCode::DatabaseCorrupt => corrupt_because("the file contradicts itself", error),
            // "No such table" and its like come as the unknown error. Constraints cannot fail on typed values unless
            // the rows already there are wrong.
            ErrorCode::Unknown
            | ErrorCode::SchemaChanged
            | ErrorCode::TypeMismatch
            | ErrorCode::ConstraintViolation => corrupt_because("its tables are not those of its schema number", error),
            ErrorCode::CannotOpen => SidecarError::Unwritable {
                doing: "opened",
                source: error.into(),
            },
            ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::AuthorizationForStatementDenied
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::NoLargeFileSupport => SidecarError::Unwritable {
                doing: "written",
                source: error.into(),
            },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
                SidecarError::Busy { source: error.into() }
            }
            _ => SidecarError::Failed { source: error.into() },
        }
    }
}

fn corrupt_because(what: &str, source: rusqlite::Error) -> SidecarError {
    SidecarError::Corrupt {
        what: what.to_owned(),
        source: Some(source.into()),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn of(code: std::ffi::c_int) -> SidecarError {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()
    }

    #[test]
    fn every_sqlite_error_lands_in_one_drawer() {
        for (code, drawer) in [
            (ffi::SQLITE_NOTADB, "corrupt"),
            (ffi::SQLITE_CORRUPT, "corrupt"),
            (ffi::SQLITE_CORRUPT_INDEX, "corrupt"),
            (ffi::SQLITE_ERROR, "corrupt"),
            (ffi::SQLITE_CONSTRAINT_CHECK, "corrupt"),
            (ffi::SQLITE_READONLY, "unwritable"),
            (ffi::SQLITE_READONLY_DBMOVED, "unwritable"),
            (ffi::SQLITE_CANTOPEN_ISDIR, "unwritable"),
            (ffi::SQLITE_FULL, "unwritable"),
            (ffi::SQLITE_IOERR_WRITE, "unwritable"),
            (ffi::SQLITE_IOERR_SHMMAP, "unwritable"),
            (ffi::SQLITE_BUSY, "busy"),
            (ffi::SQLITE_BUSY_RECOVERY, "busy"),
            (ffi::SQLITE_LOCKED, "busy"),
            (ffi::SQLITE_PROTOCOL, "busy"),
            (ffi::SQLITE_NOMEM, "failed"),
            (ffi::SQLITE_MISUSE, "failed"),
        ] {
            let error = of(code);
            let found = [
                ("corrupt", error.is_corrupt()),
                ("unwritable", error.is_unwritable()),
                ("busy", error.is_busy()),
            ];
            let hits: Vec<_> = found.iter().filter(|(_, hit)| *hit).map(|(name, _)| *name).collect();
            let expected: &[&str] = if drawer == "failed" { &[] } else { &[drawer] };
            assert_eq!(hits, expected, "code {code}: {error:?}");
        }
    }

    #[test]
    fn the_cause_is_not_in_the_message_as_well() {
        let error = of(ffi::SQLITE_CORRUPT);
        let cause = error.source().expect("SQLite's words").to_string();
        assert!(!error.to_string().contains(&cause), "{error} / {cause}");
    }
}
