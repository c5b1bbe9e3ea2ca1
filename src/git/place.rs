//! Putting whole files and links into the work tree: each is there as before or as it is to be, never in between.
//!
//! They are made beside the objects, under names that git's own gc clears away, and renamed from there: a process that is
//! killed leaves nothing in the work tree, where it would be taken for a file of the project or of an artifact. Only where
//! the work tree is on another file system than the repository they are made beside their place.

use std::{
    fs::Permissions,
    io::{self, ErrorKind, Write},
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use tempfile::{Builder, NamedTempFile, PathPersistError, PersistError};

use super::Repo;

/// What is made beside the objects.
const BESIDE_OBJECTS: &str = "tmp_file_";
/// What is made beside its place.
const BESIDE_PLACE: &str = ".git-lineage-";
/// How often what a concurrent gc clears away, between its being made and its being renamed, is made again.
const MOST_TRIES: usize = 5;

/// The permissions of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bits {
    /// Those that a new file gets: less what the process's umask takes away.
    New(u32),
    /// Exactly these.
    Exactly(u32),
}

impl Repo {
    /// Writes a file, in the place of what is there.
    pub(crate) fn place_file(&self, destination: &Path, data: &[u8], mode: Bits) -> io::Result<()> {
        tried_again(|| self.try_to_place_file(destination, data, mode))
    }

    fn try_to_place_file(&self, destination: &Path, data: &[u8], mode: Bits) -> io::Result<()> {
        let made = make_file(Builder::new().prefix(BESIDE_OBJECTS), &self.objects_dir(), data, mode)?;
        match made.persist(destination) {
            Err(PersistError { error, .. }) if is_elsewhere(&error) => {
                let made = make_file(Builder::new().prefix(BESIDE_PLACE), folder_of(destination), data, mode)?;
                made.persist(destination).map_err(|failed| failed.error).map(drop)
            }
            placed => placed.map_err(|failed| failed.error).map(drop),
        }
    }

    /// Makes a symbolic link, in the place of what is there.
    pub(crate) fn place_link(&self, destination: &Path, target: &Path) -> io::Result<()> {
        tried_again(|| self.try_to_place_link(destination, target))
    }

    fn try_to_place_link(&self, destination: &Path, target: &Path) -> io::Result<()> {
        let make = |prefix: &str, folder: &Path| {
            let made = Builder::new()
                .prefix(prefix)
                .make_in(folder, |path| symlink(target, path));
            made.map(NamedTempFile::into_temp_path)
        };
        match make(BESIDE_OBJECTS, &self.objects_dir())?.persist(destination) {
            Err(PathPersistError { error, .. }) if is_elsewhere(&error) => {
                let made = make(BESIDE_PLACE, folder_of(destination))?;
                made.persist(destination).map_err(|failed| failed.error)
            }
            placed => placed.map_err(|failed| failed.error),
        }
    }
}

fn tried_again(place: impl Fn() -> io::Result<()>) -> io::Result<()> {
    for _ in 1..MOST_TRIES {
        match place() {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            placed => return placed,
        }
    }
    place()
}

fn make_file(builder: &mut Builder<'_, '_>, folder: &Path, data: &[u8], mode: Bits) -> io::Result<NamedTempFile> {
    let (Bits::New(bits) | Bits::Exactly(bits)) = mode;
    let mut file = builder
        .permissions(Permissions::from_mode(bits & 0o777))
        .tempfile_in(folder)?;
    file.write_all(data)?;
    if let Bits::Exactly(bits) = mode {
        file.as_file().set_permissions(Permissions::from_mode(bits))?;
    }
    Ok(file)
}

fn folder_of(destination: &Path) -> &Path {
    destination.parent().unwrap_or(destination)
}

fn is_elsewhere(error: &io::Error) -> bool {
    error.kind() == ErrorKind::CrossesDevices
}
