//! [`ObjectBatch`]: objects written together and made durable together.
//!
//! gix writes loose objects without syncing them, and an object found present is not freshened, so a concurrent gc may
//! take it. A batch does both: new objects go to temporary files in the object directory, [`ObjectBatch::commit`] syncs
//! them, gives them their names and syncs the directories; objects found present are freshened. Until then nothing is
//! visible, and a batch that is dropped leaves nothing behind. Few objects become loose ones, many become one pack.

use std::{
    collections::{BTreeSet, HashSet},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
};

use flate2::{Compression, write::ZlibEncoder};
use gix::{ObjectId, objs::Kind};
use tempfile::NamedTempFile;

use super::{GitError, Repo, freshen::Freshener, pack::PackSpool, sync_files};

/// From so many new objects on they go into a pack: each loose one costs a file, a directory entry and a sync, about
/// 0.2 ms, while starting `git index-pack` costs about 4 ms once.
const PACK_FROM: usize = 40;

/// What a batch does with the objects it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Store them.
    Objects,
    /// Only compute their ids, for `--dry-run` and for looking.
    Nothing,
}

/// Objects on their way into the repository.
pub(crate) struct ObjectBatch<'repo> {
    repo: &'repo Repo,
    write: Mode,
    /// Objects to be written loose; they move to the pack once there are many.
    new: Vec<NewObject>,
    pack: Option<PackSpool>,
    present: Vec<ObjectId>,
    seen: HashSet<ObjectId>,
}

/// A point in the life of one [`ObjectBatch`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    new: usize,
    present: usize,
}

struct NewObject {
    id: ObjectId,
    kind: Kind,
    data: Vec<u8>,
}

impl Repo {
    /// Begins a batch.
    pub(crate) fn batch(&self, write: Mode) -> ObjectBatch<'_> {
        ObjectBatch {
            repo: self,
            write,
            new: Vec::new(),
            pack: None,
            present: Vec::new(),
            seen: HashSet::new(),
        }
    }

    pub(super) fn objects_dir(&self) -> PathBuf {
        self.gix().objects.store_ref().path().to_owned()
    }

    pub(super) fn loose_path(&self, id: ObjectId) -> PathBuf {
        let hex = id.to_string();
        self.objects_dir().join(&hex[..2]).join(&hex[2..])
    }

    /// Writes an object to a file that has no name as an object yet.
    pub(super) fn write_temporary(&self, kind: Kind, data: &[u8]) -> Result<NamedTempFile, GitError> {
        let directory = self.objects_dir();
        // git's own gc removes files of this name that a killed process left behind.
        let file = tempfile::Builder::new()
            .prefix("tmp_obj_")
            .tempfile_in(&directory)
            .map_err(GitError::io("create a file in", &directory))?;
        let failed = || GitError::io("write", file.path());
        // git's default for loose objects: speed first, packing compresses them again.
        let mut encoder = ZlibEncoder::new(file.as_file(), Compression::fast());
        encoder
            .write_all(&gix::objs::encode::loose_header(kind, data.len() as u64))
            .map_err(failed())?;
        encoder.write_all(data).map_err(failed())?;
        encoder.finish().map_err(failed())?;
        file.as_file()
            .set_permissions(std::fs::Permissions::from_mode(0o444))
            .map_err(failed())?;
        Ok(file)
    }

    /// Gives a written object its name; `directories` collects what must be synced for the name to last.
    pub(super) fn name_loose_object(
        &self,
        id: ObjectId,
        file: NamedTempFile,
        directories: &mut BTreeSet<PathBuf>,
    ) -> Result<(), GitError> {
        let path = self.loose_path(id);
        sync_files::directories_to_sync(&path, directories);
        let directory = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(directory).map_err(GitError::io("create", directory))?;
        // Equal names mean equal bytes, so replacing what another process wrote meanwhile changes nothing.
        file.persist(&path)
            .map_err(|error| GitError::io("write", &path)(error.error))?;
        Ok(())
    }
}

impl ObjectBatch<'_> {
    /// Declares objects that a version recorded earlier already reaches: they are durable and safe from gc, so the batch
    /// need not look at them.
    pub(crate) fn assume_recorded(&mut self, ids: impl IntoIterator<Item = ObjectId>) {
        self.seen.extend(ids);
    }

    /// Takes in one object and returns its id.
    pub(crate) fn add(&mut self, kind: Kind, data: &[u8]) -> Result<ObjectId, GitError> {
        let id = gix::objs::compute_hash(self.repo.gix().object_hash(), kind, data)
            .map_err(GitError::backend("hash an object"))?;
        if !self.seen.insert(id) || self.write == Mode::Nothing {
            return Ok(id);
        }
        if self.repo.gix_has(id) {
            self.present.push(id);
        } else {
            self.add_new(id, kind, data)?;
        }
        Ok(id)
    }

    fn add_new(&mut self, id: ObjectId, kind: Kind, data: &[u8]) -> Result<(), GitError> {
        if let Some(pack) = &mut self.pack {
            return pack.add(id, kind, data);
        }
        if self.new.len() < PACK_FROM {
            self.new.push(NewObject {
                id,
                kind,
                data: data.to_vec(),
            });
            return Ok(());
        }
        let mut pack = PackSpool::new(self.repo)?;
        for object in self.new.drain(..) {
            pack.add(object.id, object.kind, &object.data)?;
        }
        pack.add(id, kind, data)?;
        self.pack = Some(pack);
        Ok(())
    }

    /// Takes in an object that must already be in the repository, e.g. one that the index names.
    pub(crate) fn add_present(&mut self, id: ObjectId) -> Result<(), GitError> {
        if !self.seen.insert(id) {
            return Ok(());
        }
        if !self.repo.gix_has(id) {
            return Err(GitError::MissingObject { id: id.to_string() });
        }
        self.present.push(id);
        Ok(())
    }

    /// Where the batch stands, to go back to.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            new: self.pack.as_ref().map_or(self.new.len(), PackSpool::len),
            present: self.present.len(),
        }
    }

    /// Forgets what was taken in since `mark`; nothing of it is left in the repository.
    ///
    /// # Errors
    /// [`GitError::Io`] if a pack that was begun cannot be cut back.
    pub(crate) fn roll_back(&mut self, mark: Mark) -> Result<(), GitError> {
        // What was loose at the mark may have moved to the pack since, in the same order.
        let forgotten = match &mut self.pack {
            Some(pack) => pack.truncate(mark.new)?,
            None => self.new.drain(mark.new..).map(|object| object.id).collect(),
        };
        for id in forgotten.into_iter().chain(self.present.drain(mark.present..)) {
            self.seen.remove(&id);
        }
        Ok(())
    }

    /// Makes everything in the batch visible and durable.
    pub(crate) fn commit(self) -> Result<(), GitError> {
        if self.write == Mode::Nothing {
            return Ok(());
        }
        let sync = self.repo.durability().objects;
        let mut directories = BTreeSet::new();
        let mut written = Vec::with_capacity(self.new.len());
        for object in &self.new {
            written.push((object.id, self.repo.write_temporary(object.kind, &object.data)?));
        }
        if sync {
            sync_files::sync_files(written.iter().map(|(_, file)| (file.as_file(), file.path())))?;
        }
        for (id, file) in written {
            self.repo.name_loose_object(id, file, &mut directories)?;
        }
        if let Some(pack) = self.pack {
            pack.finish(self.repo)?;
        }
        let mut freshener = Freshener::new(self.repo);
        for id in self.present {
            freshener.freshen(id, sync, &mut directories)?;
        }
        if sync {
            sync_files::sync_directories(&directories)?;
        }
        Ok(())
    }
}

impl Repo {
    /// As [`exists`](Repo::exists), but the empty tree must really be stored: versions are to be readable by every tool.
    fn gix_has(&self, id: ObjectId) -> bool {
        use gix::objs::Exists as _;
        self.gix().objects.exists(&id)
    }
}
