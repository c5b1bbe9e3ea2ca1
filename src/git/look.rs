//! [`look_at`]: what lies at a path, where "nothing" is not the same as "nobody can tell".

use std::{
    fs::{self, Metadata},
    io::{self, ErrorKind},
    path::Path,
};

use super::GitError;

/// What lies at a path, a link itself and not where it leads; `None` where nothing does or can.
///
/// # Errors
/// [`GitError::Io`] where it cannot be told.
pub(crate) fn look_at(path: &Path) -> Result<Option<Metadata>, GitError> {
    told(path, fs::symlink_metadata(path))
}

/// As [`look_at`], where a link leads.
pub(crate) fn look_through(path: &Path) -> Result<Option<Metadata>, GitError> {
    told(path, fs::metadata(path))
}

fn told(path: &Path, found: io::Result<Metadata>) -> Result<Option<Metadata>, GitError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_nothing(error.kind()) => Ok(None),
        Err(error) => Err(GitError::io("look at", path)(error)),
    }
}

/// Whether an error says that there is nothing, or can be nothing of such a name.
pub(super) fn is_nothing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename | ErrorKind::InvalidInput
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_cannot_be_told_is_not_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "").expect("writable");
        symlink("nowhere", at("link")).expect("writable");
        symlink("circle", at("circle")).expect("writable");
        assert!(look_at(&at("file")).is_ok_and(|found| found.is_some_and(|found| found.is_file())));
        assert!(look_at(&at("link")).is_ok_and(|found| found.is_some_and(|found| found.is_symlink())));
        for nothing in ["absent", "file/below", "nul\0", &"long".repeat(100)] {
            assert!(look_at(&at(nothing)).is_ok_and(|found| found.is_none()), "{nothing:?}");
        }
        assert!(look_through(&at("link")).is_ok_and(|found| found.is_none()));
        let error = look_at(&at("circle/below")).expect_err("nobody can tell");
        assert!(error.to_string().contains("circle/below"), "{error}");
    }
}
