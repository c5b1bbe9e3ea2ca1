//! Leaving no trace of versions that are gone, in the sidecar and beside it.

use std::fs;

use super::{Index, IndexError, stamps::Stamps};
use crate::{
    git::{GitError, Repo},
    sidecar::{Sidecar, SidecarError},
};

impl Index {
    /// Writes the sidecar anew from refs and commits, every byte of it, and forgets what is remembered beside it. One that
    /// is switched off is deleted.
    ///
    /// # Errors
    /// [`IndexError::Sidecar`] if it cannot be written, or another process does not let go of it.
    pub(crate) fn scrub(&mut self, repo: &Repo) -> Result<(), IndexError> {
        let path = repo.sidecar_path();
        let memo = path.with_file_name("sources");
        match fs::remove_file(&memo) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(GitError::io("delete", &memo)(error).into());
            }
            _ => {}
        }
        if !repo.sidecar_enabled() {
            return Ok(Sidecar::delete(&path)?);
        }
        if self.sidecar.path().is_none() || self.sidecar.is_read_only() {
            let cause = std::io::Error::other("it could not be opened for writing");
            return Err(SidecarError::scrub(cause).into());
        }
        let stamps = Stamps::take(repo)?.marked(repo);
        self.refill(repo, &stamps)?;
        Ok(self.sidecar.scrub()?)
    }
}
