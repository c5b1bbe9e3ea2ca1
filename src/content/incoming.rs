//! [`Incoming`]: the files of an artifact from outside, with their bytes, wherever they were read.

use std::path::Path;

use gix::{ObjectId, bstr::BString};

use super::{ContentError, Mode, walk};

/// One file, executable or symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IncomingFile {
    /// Relative to the artifact, with `/` between the names; for a single file its name.
    pub(crate) path: BString,
    /// What it is.
    pub(crate) mode: Mode,
    /// Its bytes; for a symbolic link the target.
    pub(crate) data: Vec<u8>,
    /// The id of these bytes where it is known, of whichever hash function.
    pub(crate) id: Option<ObjectId>,
}

/// The files of one artifact. Nothing is checked: see [`gate`](super::gate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incoming {
    pub(crate) files: Vec<IncomingFile>,
    /// The artifact is the one file, not a directory that holds it.
    pub(crate) single_file: bool,
    /// The id of the tree with these files where it is known, of whichever hash function.
    pub(crate) tree: Option<ObjectId>,
}

impl Incoming {
    /// Reads the plain directory, file or symbolic link `source`.
    ///
    /// # Errors
    /// As [`walk`] and [`Found::read`](super::Found::read).
    pub(crate) fn read(source: &Path) -> Result<Self, ContentError> {
        let found = walk(source)?;
        // What is no directory is found as itself: a symbolic link is not followed.
        let single_file = matches!(found.as_slice(), [only] if only.absolute == source);
        let mut files = Vec::with_capacity(found.len());
        for file in found {
            files.push(IncomingFile {
                data: file.read()?,
                path: file.path,
                mode: file.mode,
                id: None,
            });
        }
        Ok(Incoming {
            files,
            single_file,
            tree: None,
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_a_link_are_themselves_and_a_directory_is_what_it_holds() {
        let root = tempfile::tempdir().expect("temporary directory");
        let at = |path: &str| root.path().join(path);
        std::fs::create_dir(at("dir")).expect("a directory");
        std::fs::write(at("dir/file"), "x").expect("written");
        std::os::unix::fs::symlink("dir", at("link")).expect("a link");
        let read = |path: &str| {
            let incoming = Incoming::read(&at(path)).expect("readable");
            let [file] = incoming.files.as_slice() else {
                panic!("{incoming:?}");
            };
            (
                file.path.to_string(),
                file.mode,
                file.data.clone(),
                incoming.single_file,
            )
        };
        assert_eq!(read("dir"), ("file".to_owned(), Mode::File, b"x".to_vec(), false));
        assert_eq!(read("dir/file"), ("file".to_owned(), Mode::File, b"x".to_vec(), true));
        assert_eq!(read("link"), ("link".to_owned(), Mode::Symlink, b"dir".to_vec(), true));
        assert_eq!(read("link/"), ("file".to_owned(), Mode::File, b"x".to_vec(), false));
    }
}
