//! Objects that a push has brought and git has not let in yet: its quarantine.
//!
//! git tells a `pre-receive` hook by its environment where they are (`GIT_OBJECT_DIRECTORY`) and where all others are
//! (`GIT_ALTERNATE_OBJECT_DIRECTORIES`). gix reads neither variable, only `info/alternates` of an object directory; and
//! none may be written into the quarantine, from where it would move into the project. So a directory is made for a moment
//! that holds nothing but alternates: the quarantine and all that git names.

use std::{
    os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    path::PathBuf,
};

use gix::bstr::ByteSlice as _;
use tempfile::TempDir;

use super::{GitError, Repo, open, scratch};
use crate::refname::RefPrefix;

/// Where git has put what it received, as the environment of a hook names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quarantine {
    /// The new objects first. Absolute.
    directories: Vec<PathBuf>,
}

impl Quarantine {
    /// What the environment says; `None` outside of a quarantine.
    pub(super) fn of_environment() -> Option<Self> {
        // git's own environment is how it tells a hook of the quarantine; this is read when a repository is opened.
        std::env::var_os("GIT_QUARANTINE_PATH")?;
        let objects = std::env::var_os("GIT_OBJECT_DIRECTORY").filter(|path| !path.is_empty())?;
        let alternates = std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
        let named = std::iter::once(PathBuf::from(objects)).chain(parse_alternates(alternates.as_bytes()));
        let absolute = named.map(|path| std::path::absolute(&path).unwrap_or(path));
        Some(Quarantine {
            directories: absolute.collect(),
        })
    }
}

impl Repo {
    /// The same repository, with the objects that are in quarantine. Outside of one, just the same.
    ///
    /// # Errors
    /// [`GitError::Io`] where no directory can be made for it.
    pub(crate) fn with_quarantine(&self) -> Result<Repo, GitError> {
        let mut gix = self.gix.clone();
        let mut directory = None;
        if let Some(quarantine) = &self.quarantine {
            let made = self.temporary_objects()?;
            // As for git, one that is not there holds nothing.
            let named = quarantine.directories.iter().filter(|path| path.exists()).cloned();
            let directories: Vec<PathBuf> = named.chain([self.objects_dir()]).collect();
            scratch::write_alternates(made.path(), &directories)?;
            let options = gix::odb::store::init::Options {
                slots: open::SLOTS,
                ..Default::default()
            };
            let objects = gix::odb::at_opts(made.path(), gix.object_hash(), None, options)
                .map_err(GitError::io("open the objects in", made.path()))?;
            gix.objects = gix::odb::memory::Proxy::from(objects).with_write_passthrough();
            directory = Some(made);
        }
        Ok(Repo {
            gix,
            common_dir: self.common_dir.clone(),
            index_path: self.index_path.clone(),
            reftable: self.reftable,
            prefix: RefPrefix::clone(&self.prefix),
            durability: self.durability.clone(),
            progress: self.progress.clone(),
            signing_off: self.signing_off,
            quarantine: None,
            _temporary: directory,
            turn: std::cell::RefCell::default(),
        })
    }

    /// An empty object directory where git puts its own, because git's gc removes what a killed process left behind under
    /// such a name; where that cannot be written, in the system's place for temporary files.
    pub(super) fn temporary_objects(&self) -> Result<TempDir, GitError> {
        let project = self.objects_dir();
        let mut name = tempfile::Builder::new();
        name.prefix("tmp_objdir-lineage-");
        name.tempdir_in(&project)
            .or_else(|_| name.tempdir())
            .map_err(GitError::io("create a directory in", &project))
    }
}

/// The paths in `GIT_ALTERNATE_OBJECT_DIRECTORIES`: separated by colons, quoted as in C where one holds a colon.
fn parse_alternates(mut text: &[u8]) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    while !text.is_empty() {
        let unquoted = text
            .starts_with(b"\"")
            .then(|| gix::quote::ansi_c::undo(text.as_bstr()).ok())
            .flatten();
        let (path, rest) = match unquoted {
            Some((path, consumed)) => (path.to_vec(), &text[consumed..]),
            None => {
                let end = text.find_byte(b':').unwrap_or(text.len());
                (text[..end].to_vec(), &text[end..])
            }
        };
        if !path.is_empty() {
            paths.push(PathBuf::from(std::ffi::OsString::from_vec(path)));
        }
        text = rest.strip_prefix(b":").unwrap_or_default();
    }
    paths
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, path::Path};

    use super::*;

    #[test]
    fn alternates_are_read_as_git_writes_them() {
        for (text, expected) in [
            ("", &[][..]),
            ("/a", &["/a"]),
            ("/a:/b c", &["/a", "/b c"]),
            (":/a::", &["/a"]),
            ("\"/a:b\\\"\":/c", &["/a:b\"", "/c"]),
            ("/c:\"/a\\303\\244\"", &["/c", "/aä"]),
            ("\"/unclosed:/b", &["\"/unclosed", "/b"]),
        ] {
            let expected: Vec<&Path> = expected.iter().map(Path::new).collect();
            assert_eq!(parse_alternates(text.as_bytes()), expected, "{text}");
        }
        let not_utf8 = parse_alternates(b"/a\xff");
        assert_eq!(not_utf8, [Path::new(OsStr::from_bytes(b"/a\xff"))]);
    }
}
