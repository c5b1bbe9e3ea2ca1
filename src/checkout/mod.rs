//! From content to files: writing an artifact into the work tree as git would check it out.
//!
//! Everything is checked before the first byte is written ([`Change::check`]): nothing goes through a symbolic link, and
//! no file that is not part of the old content is overwritten. Each file is there as before or as it is to be, never in between.
//! What is staged, and what is recorded, is the business of `operation`.

mod file_at;
mod placement;
mod stage;
mod write;

use std::{
    collections::{BTreeMap, HashSet},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use gix::bstr::BString;

use crate::{
    content::{Content, ContentError, Entry, gate, to_path},
    git::{GitError, Repo, look_at},
    project_path::ProjectPath,
    snapshot::SnapshotError,
};

pub(crate) use file_at::file_at;
pub(crate) use placement::Placement;
pub(crate) use stage::{IndexInfo, for_paths, stage};
pub(crate) use write::remove_emptied_folders;

/// Why files could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckoutError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A filter failed, or a file could not be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// Something in the work tree must not be written through or over.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A file that no version holds would be overwritten.
    #[error("'{path}' would be overwritten", path = .path.display())]
    FileInTheWay {
        /// The file, relative to the project.
        path: PathBuf,
    },
    /// A file is neither as an interrupted command found it nor as that command writes it.
    #[error("'{path}' was changed since the command was interrupted", path = .path.display())]
    ChangedMeanwhile {
        /// The file, relative to the project.
        path: PathBuf,
    },
}

/// From one content to another at an artifact's place.
pub(crate) struct Change<'a> {
    repo: &'a Repo,
    artifact: &'a ProjectPath,
    single_file: bool,
    /// To be written, by path relative to the artifact.
    write: BTreeMap<BString, Entry>,
    /// To be deleted.
    delete: Vec<BString>,
    new: &'a Content,
}

impl<'a> Change<'a> {
    /// `single_file` says that the artifact is one file, whose entry bears its name.
    pub(crate) fn new(
        repo: &'a Repo,
        artifact: &'a ProjectPath,
        single_file: bool,
        old: &Content,
        new: &'a Content,
    ) -> Self {
        let write = new
            .entries()
            .iter()
            .filter(|entry| old.get(entry.path.as_ref()) != Some(entry));
        let delete = old
            .entries()
            .iter()
            .filter(|entry| new.get(entry.path.as_ref()).is_none());
        Change {
            repo,
            artifact,
            single_file,
            write: write.map(|entry| (entry.path.clone(), entry.clone())).collect(),
            delete: delete.map(|entry| entry.path.clone()).collect(),
            new,
        }
    }

    /// How many files are written or deleted.
    pub(crate) fn len(&self) -> usize {
        self.write.len() + self.delete.len()
    }

    /// The paths touched, relative to the project.
    pub(crate) fn paths(&self) -> impl Iterator<Item = BString> + '_ {
        self.write.keys().chain(&self.delete).map(|path| self.in_project(path))
    }

    /// Looks for what stands in the way, and writes nothing.
    pub(crate) fn check(&self, old: &Content) -> Result<(), CheckoutError> {
        let root = self.repo.work_tree()?;
        let deleted: HashSet<&BString> = self.delete.iter().collect();
        for path in self.write.keys() {
            let relative = to_path(&self.in_project(path));
            // A directory of the old content may give way to a file; everything in it is deleted first.
            let replaces_directory = {
                let mut folder = path.clone();
                folder.push(b'/');
                self.delete.iter().any(|gone| gone.starts_with(&folder))
            };
            let replaces_parent = path
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'/')
                .any(|(at, _)| deleted.contains(&BString::from(&path[..at])));
            if !replaces_directory && !replaces_parent {
                gate::check_destination(root, &relative)?;
            }
            if replaces_directory && let Some(path) = self.left_below(root, &relative, &deleted)? {
                return Err(CheckoutError::FileInTheWay { path });
            }
            let known = old.get(path.as_ref()).is_some() || replaces_directory || replaces_parent;
            if !known && look_at(&root.join(&relative))?.is_some() {
                return Err(CheckoutError::FileInTheWay { path: relative });
            }
        }
        Ok(())
    }

    /// A file below a directory that is to give way which this change does not delete: one that git ignores.
    fn left_below(
        &self,
        root: &Path,
        directory: &Path,
        deleted: &HashSet<&BString>,
    ) -> Result<Option<PathBuf>, CheckoutError> {
        let gone: HashSet<PathBuf> = deleted.iter().map(|path| to_path(&self.in_project(path))).collect();
        let mut directories = vec![directory.to_owned()];
        while let Some(directory) = directories.pop() {
            let place = root.join(&directory);
            let entries = match std::fs::read_dir(&place) {
                Ok(entries) => entries,
                // Deleted by hand, or no directory at all.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
                Err(error) => return Err(GitError::io("list", &place)(error).into()),
            };
            for entry in entries {
                let entry = entry.map_err(GitError::io("list", &place))?;
                let path = directory.join(entry.file_name());
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    directories.push(path);
                } else if !gone.contains(&path) {
                    return Ok(Some(path));
                }
            }
        }
        Ok(None)
    }

    /// A path of the artifact, relative to the project.
    pub(crate) fn in_project(&self, path: &BString) -> BString {
        // The entry of a single file bears its name, and what a merge may put beside it one like it.
        let folder = if self.single_file {
            self.artifact.parent()
        } else {
            Some(self.artifact.clone())
        };
        let mut full = folder.map_or_else(BString::default, |folder| BString::from(format!("{folder}/")));
        full.extend_from_slice(path);
        full
    }
}
