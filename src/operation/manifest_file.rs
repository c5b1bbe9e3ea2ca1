//! The manifest in the work tree: reading it, and writing it back without losing a byte of what people wrote.

use std::{fs, io::Write, os::unix::fs::PermissionsExt, path::PathBuf};

use super::OperationError;
use crate::{
    git::{GitError, Repo},
    manifest::{MANIFEST_FILE, Manifest},
};

/// The manifest as it is in the work tree; empty where there is none.
pub(crate) fn read(repo: &Repo) -> Result<Manifest, OperationError> {
    let path = path(repo)?;
    match fs::read(&path) {
        Ok(data) => Ok(Manifest::parse(&data)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Manifest::default()),
        Err(error) => Err(GitError::io("read", &path)(error).into()),
    }
}

/// True if the work tree has a manifest.
pub(super) fn exists(repo: &Repo) -> Result<bool, OperationError> {
    Ok(fs::symlink_metadata(path(repo)?).is_ok())
}

/// Writes the manifest through a temporary file, so that it is there whole or as before.
pub(super) fn write(repo: &Repo, manifest: &Manifest) -> Result<(), OperationError> {
    let path = path(repo)?;
    let failed = |error| OperationError::from(GitError::io("write", &path)(error));
    let metadata = fs::symlink_metadata(&path);
    if metadata.as_ref().is_ok_and(fs::Metadata::is_symlink) {
        return Err(failed(std::io::Error::other(
            "it is a symbolic link, which git would not follow either",
        )));
    }
    let mode = metadata.map_or(0o666, |metadata| metadata.permissions().mode() & 0o777);
    let mut file = tempfile::Builder::new()
        .prefix(".git-lineage-")
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(repo.work_tree()?)
        .map_err(failed)?;
    file.write_all(&manifest.to_bytes()).map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

fn path(repo: &Repo) -> Result<PathBuf, GitError> {
    Ok(repo.work_tree()?.join(MANIFEST_FILE))
}
