//! Refusing to write on top of a version of a newer program, whose meaning is not known here.

use super::OperationError;
use crate::{git::Repo, id::VersionId, index, version::trailers::FORMAT};

/// Refuses a parent whose `Lineage-Format` is above the one written here.
///
/// # Errors
/// [`OperationError::FutureFormat`]; [`OperationError::Index`] if its commit cannot be read.
pub(super) fn refuse(repo: &Repo, parent: VersionId) -> Result<(), OperationError> {
    let format = index::parsed(repo, parent)?.format;
    if format > FORMAT {
        return Err(OperationError::FutureFormat {
            version_id: parent,
            format,
        });
    }
    Ok(())
}
