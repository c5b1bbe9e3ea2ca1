//! Writing and deleting the files of a [`Change`].

use std::{
    fs,
    io::{ErrorKind, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use gix::{
    bstr::{BString, ByteSlice},
    filter::plumbing::{
        driver::apply::{Delay, MaybeDelayed},
        pipeline::convert::ToWorktreeOutcome,
    },
    objs::Kind,
};

use super::{Change, CheckoutError, file_at};
use crate::{
    content::{Entry, Mode, gate, to_path},
    git::{GitError, place::Bits},
    snapshot::filters::{self, ATTRIBUTES_FILE, Attributes},
};

/// Takes a path, its entry, and the bytes of the file.
type Visit<'v> = dyn FnMut(&BString, &Entry, &[u8]) -> Result<(), CheckoutError> + 'v;

impl Change<'_> {
    /// Deletes and writes. The blobs must be in the repository.
    pub(crate) fn apply(&self) -> Result<(), CheckoutError> {
        let root = self.repo.work_tree()?.to_owned();
        for path in &self.delete {
            self.delete_file(&root, path)?;
        }
        self.for_each_rendered(&mut |path, entry, data| {
            let destination = root.join(to_path(path));
            if let Some(folder) = destination.parent() {
                fs::create_dir_all(folder).map_err(GitError::io("create", folder))?;
            }
            remove_empty_folders(&destination);
            self.place(&destination, entry.mode, data)
        })
    }

    /// Whether each path lies there as `before` says it did, or already as this change writes it: a change that was
    /// interrupted can go on. Anything else was made by somebody since.
    ///
    /// # Errors
    /// [`CheckoutError::ChangedMeanwhile`] names the first path that is neither.
    pub(crate) fn check_interrupted(
        &self,
        before: &dyn Fn(&BString, &Path) -> Result<bool, CheckoutError>,
    ) -> Result<(), CheckoutError> {
        let root = self.repo.work_tree()?.to_owned();
        let changed = |path: &BString| CheckoutError::ChangedMeanwhile { path: to_path(path) };
        for path in &self.delete {
            let path = self.in_project(path);
            let file = root.join(to_path(&path));
            let found = file_at(&root, &to_path(&path)).map_err(GitError::io("look at", &file))?;
            if found.is_some() && !before(&path, &file)? {
                return Err(changed(&path));
            }
        }
        self.for_each_rendered(&mut |path, entry, data| {
            let file = root.join(to_path(path));
            if before(path, &file)? || self.is_written(&file, entry.mode, data) {
                return Ok(());
            }
            Err(changed(path))
        })
    }

    /// Calls `visit` with each path to write (relative to the project), its entry, and the bytes as they are to lie there.
    fn for_each_rendered(&self, visit: &mut Visit<'_>) -> Result<(), CheckoutError> {
        let attributes = Attributes::new(self.repo, self.artifact, self.attribute_files()?)?;
        let mut pipeline = attributes.pipeline()?;
        for (path, entry) in &self.write {
            let data = self.repo.read_kind(entry.id, Kind::Blob)?;
            let in_project = self.in_project(path);
            if entry.mode == Mode::Symlink {
                visit(&in_project, entry, &data)?;
                continue;
            }
            let options = gix::filter::plumbing::pipeline::convert::to_worktree::Options {
                can_delay: Delay::Forbid,
                ..Default::default()
            };
            let relative = to_path(&in_project);
            let converted = pipeline
                .convert_to_worktree(&data, in_project.as_bstr(), options)
                .map_err(|source| filters::failed(&relative, source))?;
            let rendered = all_bytes(converted).map_err(|source| filters::failed(&relative, source))?;
            visit(&in_project, entry, &rendered)?;
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
        let path = to_path(&self.in_project(path));
        let file = root.join(&path);
        // When an interrupted change goes on, a folder may have taken the file's place already.
        if file_at(root, &path).map_err(GitError::io("look at", &file))?.is_some() {
            fs::remove_file(&file).map_err(GitError::io("delete", &file))?;
        }
        remove_emptied_folders(root, &path);
        Ok(())
    }

    fn is_written(&self, file: &Path, mode: Mode, data: &[u8]) -> bool {
        let Ok(metadata) = fs::symlink_metadata(file) else {
            return false;
        };
        if mode == Mode::Symlink && self.repo.config_bool("core.symlinks").unwrap_or(true) {
            return fs::read_link(file).is_ok_and(|target| target == to_path(data));
        }
        let executable = metadata.permissions().mode() & 0o100 != 0;
        let has_bit =
            executable == (mode == Mode::Executable) || !self.repo.config_bool("core.fileMode").unwrap_or(true);
        metadata.is_file() && has_bit && fs::read(file).is_ok_and(|found| found == data)
    }

    fn place(&self, destination: &Path, mode: Mode, data: &[u8]) -> Result<(), CheckoutError> {
        let placed = match mode {
            Mode::Symlink if self.repo.config_bool("core.symlinks").unwrap_or(true) => {
                self.repo.place_link(destination, &to_path(data))
            }
            // The permissions that git gives.
            Mode::Executable => self.repo.place_file(destination, data, Bits::New(0o777)),
            Mode::Symlink | Mode::File => self.repo.place_file(destination, data, Bits::New(0o666)),
        };
        Ok(placed.map_err(GitError::io("write", destination))?)
    }
}

/// Removes the folders above a file that is gone, as git does: they go with their last file. One that is not empty stays,
/// and that ends it; one that is gone already does not, for a killed process may have left those above it. Nothing beyond a
/// link is touched.
pub(crate) fn remove_emptied_folders(root: &Path, relative: &Path) {
    if gate::check_destination(root, relative).is_err() {
        return;
    }
    let file = root.join(relative);
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != root) {
        match fs::remove_dir(folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => return,
            _ => {}
        }
    }
}

/// Removes a folder in which there are only folders, which are nothing to git; anything else stays as it is.
fn remove_empty_folders(folder: &Path) {
    let is_folder = fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir());
    let Some(entries) = is_folder.then(|| fs::read_dir(folder).ok()).flatten() else {
        return;
    };
    for entry in entries.flatten() {
        remove_empty_folders(&entry.path());
    }
    // Fails where something is left in it, and then writing the file will.
    let _ = fs::remove_dir(folder);
}

fn all_bytes(converted: ToWorktreeOutcome<'_, '_>) -> std::io::Result<Vec<u8>> {
    match converted {
        ToWorktreeOutcome::Process(MaybeDelayed::Immediate(mut reader)) => {
            let mut data = Vec::new();
            reader.read_to_end(&mut data)?;
            Ok(data)
        }
        ToWorktreeOutcome::Process(MaybeDelayed::Delayed(_)) => Err(std::io::Error::other(
            "the filter delayed its answer although it must not",
        )),
        ready => Ok(ready.as_bytes().unwrap_or_default().to_vec()),
    }
}
