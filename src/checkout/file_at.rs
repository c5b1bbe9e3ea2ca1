//! [`file_at`]: what lies at a path of the work tree, and not where a link leads to.

use std::{
    fs::{self, Metadata},
    io::{self, ErrorKind},
    path::Path,
};

/// The file or link at `relative`; `None` where there is none, where a directory stands, or where a link or file stands
/// above: what lies beyond a link is not in this place.
pub(crate) fn file_at(root: &Path, relative: &Path) -> io::Result<Option<Metadata>> {
    let mut at = root.to_owned();
    let mut names = relative.components().peekable();
    while let Some(name) = names.next() {
        at.push(name);
        let found = match fs::symlink_metadata(&at) {
            Ok(found) => found,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(error),
        };
        match (names.peek().is_some(), found.is_dir()) {
            (true, true) => {}
            (false, false) => return Ok(Some(found)),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_beyond_a_link_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir_all(root.join("real/deep")).expect("writable");
        fs::write(root.join("real/deep/file"), "x").expect("writable");
        symlink("real", root.join("link")).expect("writable");
        let there = |path: &str| file_at(root, Path::new(path)).expect("readable").is_some();
        assert!(there("real/deep/file") && there("link"));
        for path in [
            "real",
            "real/deep",
            "link/deep/file",
            "real/deep/file/below",
            "none",
            "real/none",
        ] {
            assert!(!there(path), "{path}");
        }
    }
}
