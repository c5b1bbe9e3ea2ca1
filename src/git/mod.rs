//! The git repository: objects and refs, read and written durably. The only room that knows gix's object and ref API.
//!
//! Guarantees: replace refs and grafts are ignored; a repository that git would refuse (foreign-owned, unknown
//! extension) is refused; what a write call reports as written is on disk (see [`durability`]); refs move only by
//! compare-and-swap. Refs of a reftable repository go through the git binary, because gix does not know that format.
//! What the objects mean is decided elsewhere.

mod absent;
mod blame;
pub(crate) mod command;
pub(crate) mod commit_graph;
mod deflate;
pub(crate) mod durability;
pub(crate) mod erase;
mod error;
mod every_ref;
mod format;
mod freshen;
pub(crate) mod gc;
mod head;
pub(crate) mod identity;
mod kept_pack;
pub(crate) mod light_commits;
mod list_refs;
mod locks;
mod look;
mod loose_refs;
mod maintenance;
mod new_objects;
pub(crate) mod objects;
mod open;
mod pack;
mod packed_refs;
pub(crate) mod path_at;
pub(crate) mod place;
mod process;
mod quarantine;
pub(crate) mod refs;
mod reftable;
pub(crate) mod scratch;
pub(crate) mod signatures;
mod signing;
mod sync_files;
mod turn;
pub(crate) mod versions;
mod worktrees;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
};

use gix::{ObjectId, bstr::BString, objs::Exists as _};
use tempfile::TempDir;

use crate::{id::HashKind, progress::Reporter, refname::RefPrefix};

pub(crate) use durability::Durability;
pub use error::GitError;
pub(crate) use every_ref::RefValue;
pub(crate) use look::{look_at, look_through};
pub(crate) use open::Environment;
pub(crate) use signing::Signer;
pub use signing::SigningError;
pub(crate) use turn::Turn;
pub(crate) use worktrees::WorktreeDir;

/// An opened project repository.
pub(crate) struct Repo {
    gix: gix::Repository,
    /// Canonical, so that linked worktrees agree on it.
    common_dir: PathBuf,
    /// Absolute.
    index_path: PathBuf,
    reftable: bool,
    prefix: RefPrefix,
    durability: Durability,
    /// Nothing is signed, whatever the settings say.
    signing_off: bool,
    /// Who is told how far things have come.
    progress: Reporter,
    /// Where git has told this hook that new objects lie.
    quarantine: Option<quarantine::Quarantine>,
    /// Holds the alternates by which they are read, as long as they are.
    _temporary: Option<TempDir>,
    /// While it is this process's turn to move refs: the lock that says so.
    turn: RefCell<Option<File>>,
}

/// What can be told of an object without reading all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: gix::objs::Kind,
    /// In bytes, uncompressed.
    pub(crate) size: u64,
    /// It is a file of its own, not part of a pack.
    pub(crate) is_loose: bool,
}

impl Repo {
    /// The gix repository, for the rooms that need its attributes, ignore rules, index or ancestry.
    pub(crate) fn gix(&self) -> &gix::Repository {
        &self.gix
    }

    /// The directory that all linked worktrees share, canonical.
    pub(crate) fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// The top of the work tree.
    ///
    /// # Errors
    /// [`GitError::Bare`] where there is none.
    pub(crate) fn work_tree(&self) -> Result<&Path, GitError> {
        self.gix.workdir().ok_or_else(|| GitError::Bare {
            git_dir: self.gix.git_dir().to_owned(),
        })
    }

    /// The index as it is now; an empty one where there is none.
    pub(crate) fn index(&self) -> Result<gix::index::File, GitError> {
        let skip_hash = self.config_bool("index.skipHash").unwrap_or(false);
        let options = gix::index::decode::Options::default();
        gix::index::File::at_or_default(&self.index_path, self.gix.object_hash(), skip_hash, options)
            .map_err(GitError::backend("read the index"))
    }

    pub(crate) fn hash_kind(&self) -> HashKind {
        HashKind::of(self.gix.object_hash())
    }

    /// Whether refs are stored as a reftable, which only git itself reads.
    pub(crate) fn is_reftable(&self) -> bool {
        self.reftable
    }

    /// How lineage refs are named here.
    pub(crate) fn prefix(&self) -> &RefPrefix {
        &self.prefix
    }

    pub(crate) fn durability(&self) -> &Durability {
        &self.durability
    }

    /// Who is told how far things have come.
    pub(crate) fn progress(&self) -> &Reporter {
        &self.progress
    }

    /// From now on this one is.
    pub(crate) fn report_to(&mut self, reporter: Reporter) {
        self.progress = reporter;
    }

    /// A text from git's configuration.
    pub(crate) fn config_string(&self, key: &str) -> Option<String> {
        self.gix.config_snapshot().string(key).map(|value| value.to_string())
    }

    /// What git's configuration says for `key`; `true` for one that stands there without a value.
    pub(crate) fn setting(&self, key: &str) -> Option<String> {
        let is_true = || self.config_bool(key).map(|value| value.to_string());
        self.config_string(key)
            .filter(|value| !value.is_empty())
            .or_else(is_true)
            .or_else(|| self.config_string(key))
    }

    /// The values of `key` in all subsections of `section`, by the names of the subsections; the last value counts.
    pub(crate) fn config_subsections(&self, section: &str, key: &str) -> BTreeMap<BString, BString> {
        let config = self.gix.config_snapshot();
        let mut values = BTreeMap::new();
        for section in config.plumbing().sections_by_name(section).into_iter().flatten() {
            if let (Some(name), Some(value)) = (section.header().subsection_name(), section.value(key)) {
                values.insert(name.to_owned(), value);
            }
        }
        values
    }

    /// A truth value from git's configuration; a value that is none counts as not set.
    pub(crate) fn config_bool(&self, key: &str) -> Option<bool> {
        self.gix.config_snapshot().boolean(key)
    }

    /// A number from git's configuration that counts something; `k`, `m` and `g` stand for what git takes them for.
    ///
    /// # Errors
    /// [`GitError::InvalidConfig`] for what is no such number.
    pub(crate) fn config_count(&self, key: &'static str) -> Result<Option<usize>, GitError> {
        let config = self.gix.config_snapshot();
        let invalid = || GitError::InvalidConfig {
            key,
            value: self.config_string(key).unwrap_or_default(),
            reason: "it must be a number, 0 or more".to_owned(),
        };
        let number = config.try_integer(key).map_err(|_| invalid())?;
        number
            .map(|number| usize::try_from(number).map_err(|_| invalid()))
            .transpose()
    }

    /// Reads one object whole.
    ///
    /// # Errors
    /// [`GitError::MissingObject`] if it is not here, [`GitError::CorruptObject`] if it cannot be decoded, [`GitError::Io`]
    /// if it cannot be told whether it is here.
    pub(crate) fn read(&self, id: ObjectId) -> Result<(gix::objs::Kind, Vec<u8>), GitError> {
        let mut data = Vec::new();
        let kind = self.read_into(id, &mut data)?;
        Ok((kind, data))
    }

    /// As [`read`](Self::read), into a buffer that the caller keeps.
    pub(crate) fn read_into(&self, id: ObjectId, data: &mut Vec<u8>) -> Result<gix::objs::Kind, GitError> {
        if self.is_foreign(id) {
            return Err(GitError::MissingObject { id: id.to_string() });
        }
        match read_here(&self.gix.objects, id, data) {
            Err(GitError::MissingObject { .. }) if self.fetch_promised(id) => read_object(&self.gix.objects, id, data),
            read => read,
        }
    }

    /// Whether an object that gix did not find really is not here: what it could not look at is not there for it, and a
    /// lineage that ends there would be a wrong answer.
    ///
    /// # Errors
    /// [`GitError::Io`] or [`GitError::CorruptObject`] if there is a file for it.
    pub(crate) fn confirm_missing(&self, id: ObjectId) -> Result<(), GitError> {
        confirm_missing(&self.gix.objects, id)
    }

    /// Reads an object that must be of `kind`.
    pub(crate) fn read_kind(&self, id: ObjectId, kind: gix::objs::Kind) -> Result<Vec<u8>, GitError> {
        let (found, data) = self.read(id)?;
        check_kind(id, found, kind)?;
        Ok(data)
    }

    /// What an object is, without reading all of it; `None` if it is not here.
    ///
    /// # Errors
    /// [`GitError::CorruptObject`] if even that cannot be read.
    pub(crate) fn header(&self, id: ObjectId) -> Result<Option<Header>, GitError> {
        if self.is_foreign(id) {
            return Ok(None);
        }
        match self.gix.try_find_header(id) {
            Ok(None) => self.confirm_missing(id).map(|()| None),
            Ok(Some(header)) => Ok(Some(Header {
                kind: header.kind(),
                size: header.size(),
                is_loose: matches!(header, gix::odb::find::Header::Loose { .. }),
            })),
            Err(source) => Err(GitError::CorruptObject {
                id: id.to_string(),
                source: source.into(),
            }),
        }
    }

    /// Whether an object is here, loose or packed.
    pub(crate) fn exists(&self, id: ObjectId) -> bool {
        !self.is_foreign(id) && (id == ObjectId::empty_tree(id.kind()) || self.gix.objects.exists(&id))
    }

    /// An id of the other hash function names nothing here; gix must not even be asked for one.
    fn is_foreign(&self, id: ObjectId) -> bool {
        id.kind() != self.gix.object_hash()
    }
}

/// Reads an object; one that is said to be missing really is.
fn read_here(objects: &gix::OdbHandle, id: ObjectId, data: &mut Vec<u8>) -> Result<gix::objs::Kind, GitError> {
    let read = read_object(objects, id, data);
    if let Err(GitError::MissingObject { .. }) = read {
        confirm_missing(objects, id)?;
    }
    read
}

/// See [`Repo::confirm_missing`].
fn confirm_missing(objects: &gix::OdbHandle, id: ObjectId) -> Result<(), GitError> {
    match look_at(&objects::loose_path_in(objects.store_ref().path(), id))? {
        None => Ok(()),
        Some(_) => Err(GitError::CorruptObject {
            id: id.to_string(),
            source: "its file is there, but could not be read".into(),
        }),
    }
}

/// Reads one object whole, into a buffer that the caller keeps. The empty tree need not be stored.
fn read_object(objects: &impl gix::objs::Find, id: ObjectId, data: &mut Vec<u8>) -> Result<gix::objs::Kind, GitError> {
    if id == ObjectId::empty_tree(id.kind()) {
        data.clear();
        return Ok(gix::objs::Kind::Tree);
    }
    match objects.try_find(&id, data) {
        Ok(Some(object)) => Ok(object.kind),
        Ok(None) => Err(GitError::MissingObject { id: id.to_string() }),
        Err(source) => Err(GitError::CorruptObject {
            id: id.to_string(),
            source: source.into(),
        }),
    }
}

fn check_kind(id: ObjectId, found: gix::objs::Kind, expected: gix::objs::Kind) -> Result<(), GitError> {
    if found == expected {
        return Ok(());
    }
    Err(GitError::WrongKind {
        id: id.to_string(),
        expected: expected.to_string(),
        found: found.to_string(),
    })
}
