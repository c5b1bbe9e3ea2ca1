//! The manifest in the work tree: reading it, and writing it back without losing a byte of what people wrote.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use gix::bstr::BString;

use super::OperationError;
use crate::{
    checkout::stage,
    git::{GitError, Repo, look_at, place::Bits},
    index::Index,
    manifest::{MANIFEST_FILE, Manifest, ManifestError},
    project::unmerged,
};

/// The manifest as it is in the work tree, with what a merge left open decided; empty where there is none.
pub(crate) fn read(repo: &Repo, index: &Index) -> Result<Manifest, OperationError> {
    let data = read_bytes(repo)?;
    let (manifest, _) = unmerged::read(repo, index, data.as_deref().unwrap_or_default())?;
    Ok(manifest)
}

/// Writes and stages a manifest that a merge left with markers, if every key of it is decided.
pub(crate) fn settle(repo: &Repo, index: &Index) -> Result<(), OperationError> {
    if repo.work_tree().is_err() {
        return Ok(());
    }
    let Some(data) = read_bytes(repo)? else {
        return Ok(());
    };
    if !matches!(Manifest::parse(&data), Err(ManifestError::Conflicted { .. })) {
        return Ok(());
    }
    let _turn = repo.take_turn();
    let (manifest, merged) = unmerged::read(repo, index, &data)?;
    if merged {
        write_bytes(repo, Some(&manifest.to_bytes()))?;
        stage(repo, [BString::from(MANIFEST_FILE)], [], [])?;
    }
    Ok(())
}

/// The file as it is; `None` where there is none.
pub(super) fn read_bytes(repo: &Repo) -> Result<Option<Vec<u8>>, GitError> {
    let path = path(repo)?;
    match fs::read(&path) {
        Ok(data) => Ok(Some(data)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(GitError::io("read", &path)(error)),
    }
}

/// True if the work tree has a manifest.
pub(super) fn exists(repo: &Repo) -> Result<bool, OperationError> {
    Ok(look_at(&path(repo)?)?.is_some())
}

/// Writes the file through a temporary one, so that it is there whole or as before; `None` deletes it.
pub(super) fn write_bytes(repo: &Repo, data: Option<&[u8]>) -> Result<(), OperationError> {
    let path = path(repo)?;
    let failed = |error| OperationError::from(GitError::io("write", &path)(error));
    let metadata = fs::symlink_metadata(&path);
    if metadata.as_ref().is_ok_and(fs::Metadata::is_symlink) {
        return Err(failed(std::io::Error::other(
            "it is a symbolic link, which git would not follow either",
        )));
    }
    let Some(data) = data else {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        };
    };
    let mode = metadata.map_or(Bits::New(0o666), |found| {
        Bits::Exactly(found.permissions().mode() & 0o7777)
    });
    repo.place_file(&path, data, mode).map_err(failed)
}

fn path(repo: &Repo) -> Result<PathBuf, GitError> {
    Ok(repo.work_tree()?.join(MANIFEST_FILE))
}
