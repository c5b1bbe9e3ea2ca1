//! [`ScratchObjects`]: an object directory for a moment, on top of the project's.
//!
//! A git process told to use it finds there what the project has, what was added here, and nothing it writes reaches the
//! project. Nothing is synced.

use std::{
    collections::HashSet,
    fmt::Write as _,
    fs::File,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use gix::{ObjectId, objs::Exists as _, objs::Kind};
use tempfile::TempDir;

use super::{
    GitError, Repo, check_kind, command,
    deflate::Deflater,
    new_objects::NewObjects,
    objects::{ObjectBatch, write_loose},
    read_object,
};

/// A temporary object directory with the project's as alternate. It goes away with this value.
pub(crate) struct ScratchObjects<'repo> {
    repo: &'repo Repo,
    directory: TempDir,
    objects: gix::odb::Handle,
    /// Added, but not yet written.
    new: NewObjects,
    seen: HashSet<ObjectId>,
}

impl Repo {
    /// Makes one that holds what `batch` has not stored yet.
    pub(crate) fn scratch_objects(&self, batch: &ObjectBatch<'_>) -> Result<ScratchObjects<'_>, GitError> {
        let directory = self.temporary_objects()?;
        write_alternates(directory.path(), &[self.objects_dir()])?;
        let objects = gix::odb::at(directory.path(), self.gix().object_hash())
            .map_err(GitError::io("open the objects in", directory.path()))?;
        let mut scratch = ScratchObjects {
            repo: self,
            new: NewObjects::new(directory.path().to_owned()),
            directory,
            objects,
            seen: HashSet::new(),
        };
        scratch.new.add_all(batch.new_objects())?;
        scratch.write()?;
        Ok(scratch)
    }
}

impl ScratchObjects<'_> {
    /// Takes in an object, whether the project has it or not, and returns its id.
    pub(crate) fn add(&mut self, kind: Kind, data: &[u8]) -> Result<ObjectId, GitError> {
        let id = gix::objs::compute_hash(self.repo.gix().object_hash(), kind, data)
            .map_err(GitError::backend("hash an object"))?;
        if self.seen.insert(id) {
            self.new.add(id, kind, data)?;
        }
        Ok(id)
    }

    /// Makes what was added visible, here and to git.
    pub(crate) fn write(&mut self) -> Result<(), GitError> {
        let next = NewObjects::new(self.directory.path().to_owned());
        let (loose, pack) = std::mem::replace(&mut self.new, next).into_parts();
        let mut deflater = Deflater::new();
        for object in loose {
            let path = self.loose_path(object.id);
            let folder = path.parent().unwrap_or(&path);
            std::fs::create_dir_all(folder).map_err(GitError::io("create", folder))?;
            let file = File::create(&path).map_err(GitError::io("create", &path))?;
            write_loose(&mut deflater, &file, object.kind, &object.data).map_err(GitError::io("write", &path))?;
        }
        if let Some(pack) = pack {
            let mut index_pack = self.repo.index_pack(false);
            index_pack.env("GIT_OBJECT_DIRECTORY", self.directory.path());
            pack.finish(index_pack, self.repo.gix().object_hash())?;
        }
        Ok(())
    }

    fn loose_path(&self, id: ObjectId) -> PathBuf {
        let hex = id.to_string();
        self.directory.path().join(&hex[..2]).join(&hex[2..])
    }

    /// Runs a command of [`Repo::git_command`] on these objects.
    pub(crate) fn output_of(&self, mut git: Command, input: &[u8]) -> Result<Output, GitError> {
        git.env("GIT_OBJECT_DIRECTORY", self.directory.path());
        command::output_of(git, input)
    }

    /// Whether the directory is as it was made: `git gc --prune=now` deletes it with whatever else looks left behind.
    pub(crate) fn is_whole(&self) -> bool {
        self.directory.path().join("info/alternates").exists()
    }

    /// Whether an object is here or in the project.
    pub(crate) fn exists(&self, id: ObjectId) -> bool {
        id == ObjectId::empty_tree(id.kind()) || self.objects.exists(&id)
    }

    /// Reads an object, from here or the project, that must be of `kind`.
    ///
    /// # Errors
    /// As [`Repo::read_kind`].
    pub(crate) fn read_kind(&self, id: ObjectId, kind: Kind) -> Result<Vec<u8>, GitError> {
        let mut data = Vec::new();
        let found = read_object(&self.objects, id, &mut data)?;
        check_kind(id, found, kind)?;
        Ok(data)
    }
}

/// Writes `info/alternates`. The paths are quoted as git quotes them in C style, for they may begin with anything and hold
/// line breaks.
pub(super) fn write_alternates(directory: &Path, alternates: &[PathBuf]) -> Result<(), GitError> {
    let mut lines = String::new();
    for alternate in alternates {
        let alternate = alternate.canonicalize().map_err(GitError::io("resolve", alternate))?;
        lines.push('"');
        for byte in alternate.as_os_str().as_bytes() {
            match byte {
                b'"' | b'\\' | ..b' ' | 0x7f.. => {
                    // Writing to a string cannot fail.
                    let _ = write!(lines, "\\{byte:03o}");
                }
                _ => lines.push(char::from(*byte)),
            }
        }
        lines.push_str("\"\n");
    }
    let info = directory.join("info");
    std::fs::create_dir(&info).map_err(GitError::io("create", &info))?;
    let file = info.join("alternates");
    std::fs::write(&file, lines).map_err(GitError::io("write", &file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        content::testing::TestRepo,
        git::{Environment, objects::Mode},
        id::HashKind,
    };

    fn object(number: usize) -> Vec<u8> {
        // The last one is more than is buffered on the way to a file, and cannot be compressed.
        let length = if number == 99 { 1 << 21 } else { 20 };
        let mut state = number as u32;
        let random = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        random.take(length).collect()
    }

    #[test]
    fn what_a_batch_holds_is_seen_here_and_nowhere_else() {
        for (mode, few) in [
            (Mode::Objects, true),
            (Mode::Objects, false),
            (Mode::Nothing, true),
            (Mode::Nothing, false),
        ] {
            let git = TestRepo::new(HashKind::Sha1);
            let repo = Repo::open(&git.path(), Environment::Ignored).expect("a repository");
            let add = |batch: &mut ObjectBatch<'_>, numbers: std::ops::Range<usize>| -> Vec<ObjectId> {
                let ids = numbers.map(|number| batch.add(Kind::Blob, &object(number)).expect("added"));
                ids.collect()
            };
            let mut batch = repo.batch(mode);
            let mut kept = add(&mut batch, if few { 0..10 } else { 0..100 });
            let mark = batch.mark();
            let forgotten = add(&mut batch, 100..120);
            batch.roll_back(mark).expect("rolled back");
            kept.extend(add(&mut batch, 200..210));

            let mut scratch = repo.scratch_objects(&batch).expect("made");
            let own = scratch.add(Kind::Blob, b"own").expect("added");
            scratch.write().expect("written");
            for id in kept.iter().chain([&own]) {
                let data = scratch.read_kind(*id, Kind::Blob).expect("readable");
                assert_eq!(crate::content::hash_object(HashKind::Sha1, "blob", &data), *id);
                let git = scratch.output_of(repo.git_command(&["cat-file", "-e", &id.to_string()]), b"");
                assert!(git.expect("git runs").status.success(), "{mode:?} {few}");
                assert!(!repo.exists(*id));
            }
            assert!(!forgotten.iter().any(|id| scratch.exists(*id)));
            let wrong = scratch.read_kind(own, Kind::Tree);
            assert!(matches!(wrong, Err(GitError::WrongKind { .. })));
            drop(scratch);

            // The batch is none the worse for it.
            batch.commit().expect("stored");
            for id in kept {
                let stored = git.git(["cat-file", "-e", &id.to_string()], b"").status.success();
                assert_eq!(stored, mode == Mode::Objects);
            }
            let left = std::fs::read_dir(git.path().join(".git/objects")).expect("a folder");
            let left = left.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
            assert_eq!(left.filter(|name| name.starts_with("tmp_")).count(), 0);
        }
    }
}
