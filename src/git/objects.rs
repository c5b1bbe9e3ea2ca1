//! [`ObjectBatch`]: objects written together and made durable together.
//!
//! gix writes loose objects without syncing them, and an object found present is not freshened, so a concurrent gc may
//! take it. A batch does both: new objects go to temporary files in the object directory, [`ObjectBatch::commit`] syncs
//! them, gives them their names and syncs the directories; objects found present are freshened. Until then nothing is
//! visible, and a batch that is dropped leaves nothing behind. Few objects become loose ones, many become one pack.

use std::{
    collections::{BTreeSet, HashSet},
    fs::File,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::ZlibEncoder};
use gix::{ObjectId, objs::Exists as _, objs::Kind};
use tempfile::NamedTempFile;

use super::{
    GitError, Repo,
    deflate::Deflater,
    freshen::Freshener,
    gc::Written,
    new_objects::{NewObject, NewObjects, PACK_FROM},
    pack::PackSpool,
    sync_files,
};

/// How often what a concurrent gc clears away (an empty directory, a temporary file) is made again.
const MOST_TRIES: usize = 5;

/// What a batch does with the objects it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Store them.
    Objects,
    /// Store none, but keep them for a merge to see, for `--dry-run`.
    Nothing,
    /// Only compute their ids, for looking; not even whether those that should be here are here is looked at.
    Ids,
}

/// Objects on their way into the repository.
pub(crate) struct ObjectBatch<'repo> {
    repo: &'repo Repo,
    write: Mode,
    /// Knows the packs as they were when the batch began: gix looks for new ones whenever an object is not found, which
    /// in a batch is most of the time.
    stored: gix::OdbHandle,
    new: NewObjects,
    present: Vec<ObjectId>,
    /// The first of those that are present, with their data: unlike what the index or a commit names, nothing may reach
    /// them, so that a gc can delete them.
    found: Vec<NewObject>,
    seen: HashSet<ObjectId>,
}

/// A point in the life of one [`ObjectBatch`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    new: usize,
    present: usize,
    found: usize,
}

impl Repo {
    /// Begins a batch.
    pub(crate) fn batch(&self, write: Mode) -> ObjectBatch<'_> {
        let new = match write {
            Mode::Objects => NewObjects::new(self.objects_dir()),
            // What is never stored leaves no trace, not even for a moment.
            Mode::Nothing | Mode::Ids => NewObjects::in_memory(),
        };
        if write != Mode::Ids {
            // A failed look-up takes in what packs there are now.
            let _ = self.gix().objects.exists(&ObjectId::null(self.gix().object_hash()));
        }
        let mut stored = self.gix().objects.clone();
        stored.refresh_never();
        ObjectBatch {
            repo: self,
            write,
            stored,
            new,
            present: Vec::new(),
            found: Vec::new(),
            seen: HashSet::new(),
        }
    }

    pub(super) fn objects_dir(&self) -> PathBuf {
        self.gix().objects.store_ref().path().to_owned()
    }

    pub(super) fn loose_path(&self, id: ObjectId) -> PathBuf {
        loose_path_in(&self.objects_dir(), id)
    }

    /// Writes an object to a file that has no name as an object yet.
    pub(super) fn write_temporary(
        &self,
        deflater: &mut Deflater,
        kind: Kind,
        data: &[u8],
    ) -> Result<NamedTempFile, GitError> {
        let directory = self.objects_dir();
        // git's own gc removes files of this name that a killed process left behind.
        let file = tempfile::Builder::new()
            .prefix("tmp_obj_")
            .tempfile_in(&directory)
            .map_err(GitError::io("create a file in", &directory))?;
        let failed = || GitError::io("write", file.path());
        write_loose(deflater, file.as_file(), kind, data).map_err(failed())?;
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o444))
            .map_err(failed())?;
        Ok(file)
    }

    /// Gives a written object its name; `directories` collects what must be synced for the name to last.
    pub(super) fn name_loose_object(
        &self,
        object: &NewObject,
        mut file: NamedTempFile,
        directories: &mut BTreeSet<PathBuf>,
    ) -> Result<(), GitError> {
        let path = self.loose_path(object.id);
        sync_files::directories_to_sync(&path, directories);
        let directory = path.parent().unwrap_or(&path);
        for left in (0..MOST_TRIES).rev() {
            std::fs::create_dir_all(directory).map_err(GitError::io("create", directory))?;
            // Equal names mean equal bytes, so replacing what another process wrote meanwhile changes nothing.
            match file.persist(&path) {
                Ok(_) => break,
                Err(error) if error.error.kind() == std::io::ErrorKind::NotFound && left > 0 => {
                    file = self.write_temporary(&mut Deflater::new(), object.kind, &object.data)?;
                    if self.durability().objects {
                        let synced = file.as_file().sync_all();
                        synced.map_err(GitError::io("sync", file.path()))?;
                    }
                }
                Err(error) => return Err(GitError::io("write", &path)(error.error)),
            }
        }
        Ok(())
    }

    /// Writes loose objects, all synced before the first gets its name.
    pub(super) fn write_loose_objects(&self, objects: &[NewObject]) -> Result<(), GitError> {
        let sync = self.durability().objects;
        let mut directories = BTreeSet::new();
        let mut written = Vec::with_capacity(objects.len());
        let mut deflater = Deflater::new();
        for object in objects {
            let file = self.write_temporary(&mut deflater, object.kind, &object.data)?;
            written.push((object, file));
        }
        if sync {
            sync_files::sync_files(written.iter().map(|(_, file)| (file.as_file(), file.path())))?;
        }
        for (object, file) in written {
            self.name_loose_object(object, file, &mut directories)?;
        }
        if sync {
            sync_files::sync_directories(&directories)?;
        }
        Ok(())
    }
}

/// Where the file of a loose object is.
pub(super) fn loose_path_in(objects_dir: &Path, id: ObjectId) -> PathBuf {
    let hex = id.to_string();
    objects_dir.join(&hex[..2]).join(&hex[2..])
}

/// Objects beyond this size, in bytes, are compressed on their way to the disk.
const STREAMED_FROM: usize = 1 << 20;

/// Writes an object as it stands in a file of its own.
pub(super) fn write_loose(deflater: &mut Deflater, mut file: &File, kind: Kind, data: &[u8]) -> std::io::Result<()> {
    let header = gix::objs::encode::loose_header(kind, data.len() as u64);
    if data.len() < STREAMED_FROM {
        return file.write_all(deflater.deflate(&[&header, data].concat())?);
    }
    let mut encoder = ZlibEncoder::new(file, Compression::fast());
    encoder.write_all(&header)?;
    encoder.write_all(data)?;
    encoder.finish().map(drop)
}

impl<'repo> ObjectBatch<'repo> {
    /// Declares objects that a version recorded earlier already reaches: they are durable and safe from gc, so the batch
    /// need not look at them.
    pub(crate) fn assume_recorded(&mut self, ids: impl IntoIterator<Item = ObjectId>) {
        self.seen.extend(ids);
    }

    /// Takes in one object and returns its id.
    pub(crate) fn add(&mut self, kind: Kind, data: &[u8]) -> Result<ObjectId, GitError> {
        let id = gix::objs::compute_hash(self.repo.gix().object_hash(), kind, data)
            .map_err(GitError::backend("hash an object"))?;
        if !self.seen.insert(id) || self.write == Mode::Ids {
            return Ok(id);
        }
        if !self.is_stored(id) {
            self.new.add(id, kind, data)?;
            return Ok(id);
        }
        self.present.push(id);
        if self.found.len() < PACK_FROM {
            let data = data.to_vec();
            self.found.push(NewObject { id, kind, data });
        }
        Ok(id)
    }

    /// As [`Repo::exists`], but the empty tree must really be stored: versions are to be readable by every tool. What
    /// another process stores meanwhile is written once more.
    fn is_stored(&self, id: ObjectId) -> bool {
        self.stored.exists(&id)
    }

    /// Whether nobody will ask this batch for objects.
    pub(crate) fn only_ids(&self) -> bool {
        self.write == Mode::Ids
    }

    /// Takes in an object that must already be in the repository, e.g. one that the index names.
    pub(crate) fn add_present(&mut self, id: ObjectId) -> Result<(), GitError> {
        if self.write == Mode::Ids || !self.seen.insert(id) {
            return Ok(());
        }
        if !self.is_stored(id) && !self.repo.gix().objects.exists(&id) {
            return Err(GitError::MissingObject { id: id.to_string() });
        }
        self.present.push(id);
        Ok(())
    }

    /// What was taken in and is not in the repository yet; empty with [`Mode::Ids`].
    pub(super) fn new_objects(&self) -> &NewObjects {
        &self.new
    }

    /// Whether an object is in the batch, or need not be because a recorded version reaches it.
    pub(crate) fn holds(&self, id: ObjectId) -> bool {
        self.seen.contains(&id)
    }

    /// Where the batch stands, to go back to.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            new: self.new.len(),
            present: self.present.len(),
            found: self.found.len(),
        }
    }

    /// Forgets what was taken in since `mark`; nothing of it is left in the repository.
    ///
    /// # Errors
    /// [`GitError::Io`] if a pack that was begun cannot be cut back.
    pub(crate) fn roll_back(&mut self, mark: Mark) -> Result<(), GitError> {
        let forgotten = self.new.truncate(mark.new)?;
        for id in forgotten.into_iter().chain(self.present.drain(mark.present..)) {
            self.seen.remove(&id);
        }
        self.found.truncate(mark.found);
        Ok(())
    }

    /// Makes everything in the batch visible and durable. What it returns is for [`Repo::update_refs`].
    pub(crate) fn commit(mut self) -> Result<Written<'repo>, GitError> {
        if self.write != Mode::Objects {
            return Ok(Written::new(self.repo, Vec::new(), None));
        }
        let (mut loose, mut pack) = self.new.into_parts();
        if !(loose.is_empty() && self.found.is_empty()) && self.repo.gc_is_at_work() {
            let pack = match &mut pack {
                Some(pack) => pack,
                None => pack.insert(PackSpool::new(self.repo.objects_dir())?),
            };
            for object in loose.drain(..).chain(self.found.drain(..)) {
                pack.add(object.id, object.kind, &object.data)?;
            }
        }
        self.repo.write_loose_objects(&loose)?;
        loose.append(&mut self.found);
        let pack = pack.map(|pack| self.repo.keep_pack(pack)).transpose()?;
        let sync = self.repo.durability().objects;
        let mut directories = BTreeSet::new();
        let mut freshener = Freshener::new(self.repo);
        for id in self.present {
            match freshener.freshen(id, sync, &mut directories) {
                // Deleted since it was found: it is written again when the refs are moved.
                Err(GitError::MissingObject { .. }) if loose.iter().any(|object| object.id == id) => {}
                freshened => freshened?,
            }
        }
        if sync {
            sync_files::sync_directories(&directories)?;
        }
        Ok(Written::new(self.repo, loose, pack))
    }
}
