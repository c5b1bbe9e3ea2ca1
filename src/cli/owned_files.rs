//! Files that are made outside of any project: manual pages and completions.
//!
//! Every one says in its first lines who made it. A file that does not say so is somebody else's: it is neither
//! overwritten nor removed.

use std::{
    fs,
    io::{self, ErrorKind, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use super::failure::Failure;

/// By which a file of ours is known; it stands in one of its first lines.
pub(super) const MARK: &str = "Made by git-lineage, which may write it anew";

/// How many of the first lines are looked at.
const FIRST_LINES: usize = 3;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Written,
    /// It was there already, just so.
    Unchanged,
    Removed,
    /// It was not there.
    Absent,
    /// It is somebody else's.
    LeftAlone,
}

/// Writes a file, whole or not at all, and the folders above it. What it says must hold the [`MARK`].
pub(super) fn write(path: &Path, text: &str, dry_run: bool) -> Result<Change, Failure> {
    let failed = |source| Failure::File {
        action: "write",
        path: path.to_owned(),
        source,
    };
    match fs::read(path) {
        Ok(there) if there == text.as_bytes() => return Ok(Change::Unchanged),
        Ok(there) if !is_ours(&there) => return Ok(Change::LeftAlone),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    if !dry_run {
        replace(path, text).map_err(failed)?;
    }
    Ok(Change::Written)
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let permissions = fs::Permissions::from_mode(0o644);
    let mut file = tempfile::Builder::new().permissions(permissions).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

/// Removes a file of ours.
pub(super) fn remove(path: &Path, dry_run: bool) -> Result<Change, Failure> {
    let failed = |source| Failure::File {
        action: "remove",
        path: path.to_owned(),
        source,
    };
    match fs::read(path) {
        Ok(there) if !is_ours(&there) => return Ok(Change::LeftAlone),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Change::Absent),
        Err(error) => return Err(failed(error)),
    }
    if !dry_run {
        fs::remove_file(path).map_err(failed)?;
    }
    Ok(Change::Removed)
}

fn is_ours(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').take(FIRST_LINES);
    lines.any(|line| String::from_utf8_lossy(line).contains(MARK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_with_the_mark_are_touched() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("below/page");
        let text = format!("# {MARK}\nx\n");
        assert_eq!(write(&path, &text, true).expect("looked at"), Change::Written);
        assert!(!path.exists(), "a dry run writes nothing");
        assert_eq!(write(&path, &text, false).expect("written"), Change::Written);
        assert_eq!(fs::read_to_string(&path).expect("there"), text);
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777 & !0o022, 0o644, "{mode:o}");
        assert_eq!(write(&path, &text, false).expect("written"), Change::Unchanged);
        let newer = format!("#!/bin/sh\n# {MARK}\ny\n");
        assert_eq!(write(&path, &newer, false).expect("written"), Change::Written);
        assert_eq!(remove(&path, true).expect("looked at"), Change::Removed);
        assert!(path.exists(), "a dry run removes nothing");
        assert_eq!(remove(&path, false).expect("removed"), Change::Removed);
        assert_eq!(remove(&path, false).expect("looked for"), Change::Absent);
        for other in ["", "x\n", &format!("1\n2\n3\n# {MARK}\n")] {
            fs::write(&path, other).expect("writable");
            assert_eq!(write(&path, &text, false).expect("looked at"), Change::LeftAlone);
            assert_eq!(remove(&path, false).expect("looked at"), Change::LeftAlone);
            assert_eq!(fs::read_to_string(&path).expect("there"), other);
        }
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().expect("temporary directory");
        let path = dir.path().join("file/page");
        fs::write(dir.path().join("file"), "").expect("writable");
        let error = write(&path, MARK, false).expect_err("a file is in the way");
        assert!(error.to_string().contains("page"), "{error}");
    }
}
