//! Freshening: telling a concurrent gc that an object found present is needed again.
//!
//! git prunes unreachable objects by the age of their file, and when it finds an object already present it renews that
//! age (`freshen_packed_object` and `freshen_loose_object` in git's `object-file.c`). gix does not, so it is done here.

use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
};

use gix::ObjectId;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW};

use super::{GitError, Repo, deflate::Deflater, new_objects::NewObject, sync_files};

/// Freshens objects; keeps the pack indexes it had to open.
pub(super) struct Freshener<'repo> {
    repo: &'repo Repo,
    packs: Option<Vec<Pack>>,
}

struct Pack {
    index: gix::odb::pack::index::File,
    path: PathBuf,
    freshened: bool,
}

impl<'repo> Freshener<'repo> {
    pub(super) fn new(repo: &'repo Repo) -> Self {
        Freshener { repo, packs: None }
    }

    /// Renews the age of the file that holds `id`; a loose one is synced too, because git by default does not.
    ///
    /// An object that only a read-only place holds (an alternate) is copied into this repository's own store.
    pub(super) fn freshen(
        &mut self,
        id: ObjectId,
        sync: bool,
        directories: &mut BTreeSet<PathBuf>,
    ) -> Result<(), GitError> {
        let loose = self.repo.loose_path(id);
        if let Ok(file) = File::open(&loose) {
            touch(&file).map_err(GitError::io("freshen", &loose))?;
            if sync {
                file.sync_all().map_err(GitError::io("sync", &loose))?;
                directories.extend(loose.parent().map(Path::to_owned));
            }
            return Ok(());
        }
        if self.freshen_pack(id)? {
            return Ok(());
        }
        self.copy_as_loose(id, sync, directories)
    }

    /// Whether an object is here, by what is on disk now.
    pub(super) fn is_stored(&mut self, id: ObjectId) -> Result<bool, GitError> {
        Ok(self.repo.loose_path(id).exists() || self.pack_with(id)?.is_some())
    }

    /// The same, or in a store that this repository borrows from.
    pub(super) fn is_stored_anywhere(&mut self, id: ObjectId) -> Result<bool, GitError> {
        if self.is_stored(id)? {
            return Ok(true);
        }
        let borrowed = self.repo.gix().objects.store_ref().alternate_db_paths();
        let borrowed = borrowed.map_err(GitError::backend("read the alternates"))?;
        Ok(!borrowed.is_empty() && self.repo.exists(id))
    }

    fn pack_with(&mut self, id: ObjectId) -> Result<Option<&mut Pack>, GitError> {
        if self.packs.is_none() {
            self.packs = Some(open_packs(self.repo)?);
        }
        let mut packs = self.packs.iter_mut().flatten();
        Ok(packs.find(|pack| pack.index.lookup(id).is_some()))
    }

    fn freshen_pack(&mut self, id: ObjectId) -> Result<bool, GitError> {
        let Some(pack) = self.pack_with(id)? else {
            return Ok(false);
        };
        if !pack.freshened {
            let touched = File::open(&pack.path).and_then(|file| touch(&file));
            if touched.is_err() {
                return Ok(false);
            }
            pack.freshened = true;
        }
        Ok(true)
    }

    fn copy_as_loose(&self, id: ObjectId, sync: bool, directories: &mut BTreeSet<PathBuf>) -> Result<(), GitError> {
        let (kind, data) = self.repo.read(id)?;
        let file = self.repo.write_temporary(&mut Deflater::new(), kind, &data)?;
        if sync {
            sync_files::sync_files([(file.as_file(), file.path())].into_iter())?;
        }
        let object = NewObject { id, kind, data };
        self.repo.name_loose_object(&object, file, directories)
    }
}

fn touch(file: &File) -> std::io::Result<()> {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    rustix::fs::futimens(file, &times).map_err(Into::into)
}

fn open_packs(repo: &Repo) -> Result<Vec<Pack>, GitError> {
    let directory = repo.objects_dir().join("pack");
    let entries = match std::fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(GitError::io("list", &directory)(error)),
    };
    let mut packs = Vec::new();
    for entry in entries {
        let path = entry.map_err(GitError::io("list", &directory))?.path();
        if path.extension().is_some_and(|extension| extension == "idx") {
            // A pack that a concurrent repack has just removed cannot hold the object we are looking for.
            if let Ok(index) = gix::odb::pack::index::File::at(&path, repo.gix().object_hash()) {
                packs.push(Pack {
                    index,
                    path: path.with_extension("pack"),
                    freshened: false,
                });
            }
        }
    }
    Ok(packs)
}
