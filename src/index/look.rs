//! [`look`]: the sidecar as it lies there, for who wants to check it and not to use it.

use super::{IndexError, stamps::Stamps};
use crate::{
    git::Repo,
    sidecar::{Opened, Reader, Sidecar, SidecarError},
};

/// What lies where the sidecar should be.
pub(crate) enum Look {
    /// One of this program's schema.
    Sidecar(Looked),
    /// Something damaged.
    Corrupt {
        /// What was seen.
        reason: String,
    },
    /// Nothing that could be compared: no file, one that the next command migrates or replaces, one that cannot be
    /// opened, or none is wanted.
    Nothing,
}

/// An opened sidecar; nothing is brought up to date, and nothing is written to it.
pub(crate) struct Looked {
    sidecar: Sidecar,
}

/// Opens the sidecar for reading only.
///
/// # Errors
/// [`IndexError::Sidecar`] while another process builds it.
pub(crate) fn look(repo: &Repo) -> Result<Look, IndexError> {
    if !repo.sidecar_enabled() {
        return Ok(Look::Nothing);
    }
    match Sidecar::open_read_only(&repo.sidecar_path()) {
        Ok(Opened::Ready(sidecar)) => Ok(Look::Sidecar(Looked { sidecar })),
        Ok(Opened::Corrupt { reason }) => Ok(Look::Corrupt { reason }),
        Ok(Opened::Absent | Opened::Older(_) | Opened::Future { .. }) => Ok(Look::Nothing),
        Err(error) if error.is_unwritable() => Ok(Look::Nothing),
        Err(error) => Err(error.into()),
    }
}

impl Look {
    /// Runs `work` while nothing that other processes write to the sidecar can be seen in it.
    ///
    /// # Errors
    /// Those of `work`; [`IndexError::Sidecar`].
    pub(crate) fn at_one_moment<T, E: From<IndexError>>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let Look::Sidecar(looked) = self else {
            return work();
        };
        let result = looked.sidecar.snapshot(|| {
            // The moment is that of the first read. Whether it can be read is for `work` to find out.
            let _ = looked.sidecar.tips();
            Ok::<_, SidecarError>(work())
        });
        result.map_err(IndexError::from)?
    }
}

impl Looked {
    pub(crate) fn reader(&self) -> &Reader {
        &self.sidecar
    }

    /// Whether the next command will take this sidecar for equal to the refs as they are now, without comparing them. If
    /// not, it brings it up to date, and then being behind is no fault.
    ///
    /// # Errors
    /// As SQLite meets them; [`IndexError::Git`].
    pub(crate) fn is_taken_for_current(&self, repo: &Repo) -> Result<bool, IndexError> {
        let now = Stamps::take(repo)?;
        let before = Stamps(self.sidecar.stamps()?);
        let unchanged = before.changed_places(&now).is_some_and(|places| places.is_empty());
        Ok(unchanged && !before.shallow_changed(&now))
    }
}
