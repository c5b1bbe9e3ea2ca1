//! [`Objects`]: reading objects for a check, where not being there is an answer.
//!
//! gix believes what it finds under an id. Here the bytes of commits and trees are hashed again: they are small, have
//! been read anyway, and everything else is told from them. So are files that are not in a pack, for those a crash leaves
//! half written. The bytes of packed files are not; `git fsck` reads them.

use gix::{ObjectId, objs::Kind};

use crate::git::{GitError, Header, Repo};

/// Why an object is not what its id promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not here.
    Missing,
    /// It is here, but not whole.
    Corrupt(String),
}

pub(super) struct Objects<'repo> {
    pub(super) repo: &'repo Repo,
    /// What is not here may be fetched by git when it is needed, so it is not lost.
    partial: bool,
}

impl<'repo> Objects<'repo> {
    pub(super) fn new(repo: &'repo Repo) -> Self {
        Objects {
            repo,
            partial: repo.is_partial_clone(),
        }
    }

    /// Reads an object whole and hashes its bytes.
    pub(super) fn read(&self, id: ObjectId, data: &mut Vec<u8>) -> Result<Kind, Fault> {
        let kind = self.repo.read_into(id, data).map_err(fault)?;
        match gix::objs::compute_hash(id.kind(), kind, data) {
            Ok(actual) if actual == id => Ok(kind),
            Ok(actual) => Err(Fault::Corrupt(format!("its bytes are those of {actual}"))),
            Err(error) => Err(Fault::Corrupt(error.to_string())),
        }
    }

    /// What an object is, without reading all of it.
    pub(super) fn header(&self, id: ObjectId) -> Result<Header, Fault> {
        self.repo.header(id).map_err(fault)?.ok_or(Fault::Missing)
    }

    /// What the object of a file is; hashes its bytes unless they are packed.
    pub(super) fn file(&self, id: ObjectId, data: &mut Vec<u8>) -> Result<Kind, Fault> {
        let header = self.header(id)?;
        if header.is_loose && header.kind == Kind::Blob {
            return self.read(id, data);
        }
        Ok(header.kind)
    }

    /// Whether a missing tree or file is one that git can still fetch.
    pub(super) fn is_promised(&self, fault: &Fault) -> bool {
        self.partial && *fault == Fault::Missing
    }
}

fn fault(error: GitError) -> Fault {
    match error {
        GitError::MissingObject { .. } => Fault::Missing,
        GitError::CorruptObject { source, .. } => Fault::Corrupt(source.to_string()),
        other => Fault::Corrupt(other.to_string()),
    }
}
