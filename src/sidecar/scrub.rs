//! [`Sidecar::scrub`]: leaving no byte of deleted rows in the file.
//!
//! SQLite deletes by marking pages as free, and what stood there stays until it is overwritten, in the file or in its
//! journal. Writing the whole file anew and emptying the journal leaves only what is still true.

use std::path::Path;

use super::{Sidecar, SidecarError, build::delete_files};

impl Sidecar {
    /// Writes the file anew and empties its journal. Nothing to do in memory.
    ///
    /// # Errors
    /// Not writable; busy if another process reads or writes for longer than ten seconds.
    pub(crate) fn scrub(&self) -> Result<(), SidecarError> {
        if self.path().is_none() {
            return Ok(());
        }
        let conn = self.reader.connection();
        // What it sorts on the way is not to lie in a file of its own.
        conn.execute_batch("PRAGMA temp_store = MEMORY; VACUUM;")?;
        let busy: i64 = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy != 0 {
            return Err(SidecarError::Busy {
                source: "its journal is being read".into(),
            });
        }
        Ok(())
    }

    /// Deletes a file that is not to be used.
    ///
    /// # Errors
    /// Not writable.
    pub(crate) fn delete(path: &Path) -> Result<(), SidecarError> {
        delete_files(path)
    }
}
