//! Writing and deleting the files of a [`Change`].

use std::{
    fs::{self, Permissions},
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use gix::{
    bstr::{BString, ByteSlice},
    filter::plumbing::{driver::apply::Delay, pipeline::convert::ToWorktreeOutcome},
    objs::Kind,
};

use super::{Change, CheckoutError};
use crate::{
    content::{Entry, Mode, to_path},
    git::GitError,
    snapshot::filters::{self, ATTRIBUTES_FILE, Attributes},
};

impl Change<'_> {
    /// Deletes and writes. The blobs must be in the repository.
    pub(crate) fn apply(&self) -> Result<(), CheckoutError> {
        let root = self.repo.work_tree()?.to_owned();
        for path in &self.delete {
            self.delete_file(&root, path)?;
        }
        let attributes = Attributes::new(self.repo, self.artifact, self.attribute_files()?)?;
        let mut pipeline = attributes.pipeline()?;
        for (path, entry) in &self.write {
            let data = self.repo.read_kind(entry.id, Kind::Blob)?;
            let in_project = self.in_project(path);
            let destination = root.join(to_path(&in_project));
            if let Some(folder) = destination.parent() {
                fs::create_dir_all(folder).map_err(GitError::io("create", folder))?;
            }
            match entry.mode {
                Mode::Symlink => self.write_link(&destination, &data)?,
                Mode::File | Mode::Executable => {
                    let options = gix::filter::plumbing::pipeline::convert::to_worktree::Options {
                        can_delay: Delay::Forbid,
                        ..Default::default()
                    };
                    let converted = pipeline
                        .convert_to_worktree(&data, in_project.as_bstr(), options)
                        .map_err(|source| filters::failed(&destination, source))?;
                    write_file(&destination, entry, converted)?;
                }
            }
        }
        Ok(())
    }

    /// The attribute files that the new content brings, with paths relative to the project.
    fn attribute_files(&self) -> Result<Vec<(BString, Vec<u8>)>, CheckoutError> {
        let mut files = Vec::new();
        for entry in self.new.entries() {
            let name = entry.path.rsplit(|byte| *byte == b'/').next().unwrap_or(&entry.path);
            if entry.mode != Mode::Symlink && name == ATTRIBUTES_FILE.as_bytes() {
                files.push((self.in_project(&entry.path), self.repo.read_kind(entry.id, Kind::Blob)?));
            }
        }
        Ok(files)
    }

    fn delete_file(&self, root: &Path, path: &BString) -> Result<(), CheckoutError> {
        let file = root.join(to_path(&self.in_project(path)));
        match fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(GitError::io("delete", &file)(error).into()),
        }
        // Folders go with their last file, as in git; one that is not empty stays, and that ends it.
        let top = root.join(self.artifact.to_path());
        let mut folder = file.parent().map(Path::to_owned);
        while let Some(current) = folder {
            if !current.starts_with(&top) || fs::remove_dir(&current).is_err() {
                break;
            }
            folder = current.parent().map(Path::to_owned);
        }
        Ok(())
    }

    fn write_link(&self, destination: &Path, target: &[u8]) -> Result<(), CheckoutError> {
        if !self.repo.config_bool("core.symlinks").unwrap_or(true) {
            let file = temporary_beside(destination, Mode::File)?;
            file.as_file()
                .write_all(target)
                .map_err(GitError::io("write", destination))?;
            return persist(file, destination);
        }
        // A link cannot be written through a temporary file; it is made beside its place under a name of its own.
        let folder = destination.parent().unwrap_or(destination);
        let holder = tempfile::Builder::new()
            .prefix(".git-lineage-")
            .tempdir_in(folder)
            .map_err(GitError::io("create a file in", folder))?;
        let link = holder.path().join("link");
        symlink(to_path(target), &link).map_err(GitError::io("write", destination))?;
        fs::rename(&link, destination).map_err(GitError::io("write", destination))?;
        Ok(())
    }
}

fn write_file(destination: &Path, entry: &Entry, mut data: ToWorktreeOutcome<'_, '_>) -> Result<(), CheckoutError> {
    let mut file = temporary_beside(destination, entry.mode)?;
    let failed = || GitError::io("write", destination);
    match &mut data {
        ToWorktreeOutcome::Process(process) => {
            let result = match process {
                gix::filter::plumbing::driver::apply::MaybeDelayed::Immediate(reader) => {
                    std::io::copy(reader, &mut file).map(drop)
                }
                gix::filter::plumbing::driver::apply::MaybeDelayed::Delayed(_) => Err(std::io::Error::other(
                    "the filter delayed its answer although it must not",
                )),
            };
            result.map_err(failed())?;
        }
        ready => file.write_all(ready.as_bytes().unwrap_or_default()).map_err(failed())?,
    }
    persist(file, destination)
}

/// A temporary file with the permissions git gives, less those that the process's umask takes away.
fn temporary_beside(destination: &Path, mode: Mode) -> Result<tempfile::NamedTempFile, CheckoutError> {
    let folder = destination.parent().unwrap_or(destination);
    let permissions = if mode == Mode::Executable { 0o777 } else { 0o666 };
    Ok(tempfile::Builder::new()
        .prefix(".git-lineage-")
        .permissions(Permissions::from_mode(permissions))
        .tempfile_in(folder)
        .map_err(GitError::io("create a file in", folder))?)
}

fn persist(file: tempfile::NamedTempFile, destination: &Path) -> Result<(), CheckoutError> {
    file.persist(destination)
        .map_err(|error| GitError::io("write", destination)(error.error))?;
    Ok(())
}
