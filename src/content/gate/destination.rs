//! [`check_destination`]: nothing is written through what stands in the work tree.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use crate::content::{ContentError, Refusal};

/// The longest name and the longest path of the file systems we meet, in bytes. Told here, before anything is written.
const MAX_NAME: usize = 255;
const MAX_PATH: usize = 4095;

/// May a file be written at `relative` below `project_root`?
///
/// Every directory on the way, as far as it exists, must be a real directory and no symbolic link, and no directory
/// may stand where the file is to be. A file or symbolic link may stand there: it is the one that is replaced, so the
/// caller must put the new one in its place (rename, or remove and create anew) and never open it for writing. The
/// root itself is the user's and may be reached through links.
///
/// The answer holds for the moment it is given; it protects from content, not from another program that rebuilds the
/// work tree meanwhile.
///
/// # Errors
/// [`ContentError::Obstructed`] naming what stands in the way; [`ContentError::Refused`] for a path that is empty,
/// absolute, contains `..`, or is too long for the file system; [`ContentError::Unreadable`].
pub(crate) fn check_destination(project_root: &Path, relative: &Path) -> Result<(), ContentError> {
    let refuse = |reason| ContentError::Refused {
        path: relative.to_owned(),
        reason,
    };
    let mut at = project_root.to_owned();
    let mut walked = PathBuf::new();
    let names: Vec<_> = relative.components().collect();
    if names.is_empty() {
        return Err(refuse(Refusal::EmptyName));
    }
    if !names.iter().all(|name| matches!(name, Component::Normal(_))) {
        return Err(refuse(Refusal::RelativeName));
    }
    if names.iter().any(|name| name.as_os_str().len() > MAX_NAME) {
        return Err(refuse(Refusal::NameTooLong { limit: MAX_NAME }));
    }
    if project_root.as_os_str().len() + 1 + relative.as_os_str().len() > MAX_PATH {
        return Err(refuse(Refusal::PathTooLong { limit: MAX_PATH }));
    }
    for (position, name) in names.iter().enumerate() {
        at.push(name);
        walked.push(name);
        let is_leaf = position + 1 == names.len();
        let obstacle = match fs::symlink_metadata(&at) {
            // Nothing below it can exist.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(ContentError::Unreadable { path: at, source }),
            Ok(found) if is_leaf && found.is_dir() => "a directory stands there; move it away",
            Ok(found) if is_leaf || found.is_dir() => continue,
            Ok(found) if found.is_symlink() => {
                "it is a symbolic link, and what lies behind it is not the artifact's; remove the link"
            }
            Ok(_) => "a file stands where a directory is needed; move it away",
        };
        return Err(ContentError::Obstructed { path: walked, obstacle });
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_way() {
        let root = tempfile::tempdir().expect("temporary directory");
        let outside = tempfile::tempdir().expect("temporary directory");
        let at = |path: &str| root.path().join(path);
        fs::create_dir_all(at("dir/sub")).expect("directories");
        fs::write(at("dir/file"), "").expect("a file");
        std::os::unix::fs::symlink(outside.path(), at("link")).expect("a link");
        std::os::unix::fs::symlink("dir", at("inner")).expect("a link");
        std::os::unix::fs::symlink("nowhere", at("dangling")).expect("a link");

        let check = |path: &str| check_destination(root.path(), Path::new(path));
        for free in [
            "new",
            "new/deep/file",
            "dir/new",
            "dir/sub/x",
            "dir/file",
            "link",
            "dangling",
        ] {
            assert!(check(free).is_ok(), "{free}");
        }
        for blocked in [
            "link/x",
            "inner/x",
            "dangling/x",
            "dir/file/x",
            "dir/sub",
            "dir",
            "link/a/b",
        ] {
            assert!(
                matches!(check(blocked), Err(ContentError::Obstructed { .. })),
                "{blocked}"
            );
        }
        for wrong in [
            "",
            ".",
            "..",
            "../x",
            "dir/../x",
            "/etc/passwd",
            "./new",
            "new/../../x",
            "dir/..",
        ] {
            assert!(
                matches!(check(wrong), Err(ContentError::Refused { .. })),
                "{wrong}: {:?}",
                check(wrong)
            );
        }
    }

    #[test]
    fn what_is_too_long_is_known_before_it_is_written() {
        let root = tempfile::tempdir().expect("temporary directory");
        let check = |path: String| check_destination(root.path(), Path::new(&path));
        assert!(check("new/".to_owned() + &"x".repeat(255)).is_ok());
        assert!(check("new/".to_owned() + &"x".repeat(256)).is_err());
        assert!(check("x/".repeat(1900) + "y").is_ok());
        assert!(check("x/".repeat(2048) + "y").is_err());
    }

    #[test]
    fn the_root_may_be_reached_through_a_link() {
        let home = tempfile::tempdir().expect("temporary directory");
        fs::create_dir_all(home.path().join("real/dir")).expect("directories");
        std::os::unix::fs::symlink("real", home.path().join("project")).expect("a link");
        assert!(check_destination(&home.path().join("project"), Path::new("dir/file")).is_ok());
    }
}
