//! Versions as git commits: reading one back, and the id a new one will have.

use gix::{ObjectId, objs::Kind};

use super::{GitError, Repo, read_here};
use crate::{
    id::{HashKind, VersionId},
    version::{
        ArtifactVersion, Damage,
        commit::{self, NewVersion, ParsedVersion, UnwritableVersion},
    },
};

/// Why an object could not be read as a version.
#[derive(Debug)]
pub(crate) enum VersionReadError {
    /// It is not here, as in a shallow clone.
    Missing,
    /// It is here, but not a version.
    Damaged(Damage),
}

/// Where versions are read from.
pub(crate) trait ReadVersion {
    /// Reads a version from its commit. Whether its parents are here is not looked at.
    fn parse_version(&self, id: VersionId, buffer: &mut Vec<u8>) -> Result<ParsedVersion, VersionReadError>;
}

impl ReadVersion for Repo {
    fn parse_version(&self, id: VersionId, buffer: &mut Vec<u8>) -> Result<ParsedVersion, VersionReadError> {
        Repo::parse_version(self, id, buffer)
    }
}

impl<S: ReadVersion> ReadVersion for &S {
    fn parse_version(&self, id: VersionId, buffer: &mut Vec<u8>) -> Result<ParsedVersion, VersionReadError> {
        (**self).parse_version(id, buffer)
    }
}

/// The objects of a repository, for another thread.
pub(crate) struct VersionObjects {
    objects: gix::OdbHandle,
    hash_kind: HashKind,
}

impl ReadVersion for VersionObjects {
    fn parse_version(&self, id: VersionId, buffer: &mut Vec<u8>) -> Result<ParsedVersion, VersionReadError> {
        let read = if HashKind::of(id.oid().kind()) == self.hash_kind {
            read_here(&self.objects, id.oid(), buffer)
        } else {
            Err(GitError::MissingObject { id: id.to_string() })
        };
        parse(id, read, buffer, self.hash_kind)
    }
}

impl Repo {
    /// Reads a version from its commit. Whether its parents are here is not looked at.
    pub(crate) fn parse_version(&self, id: VersionId, buffer: &mut Vec<u8>) -> Result<ParsedVersion, VersionReadError> {
        let read = self.read_into(id.oid(), buffer);
        parse(id, read, buffer, self.hash_kind())
    }

    /// For reading versions in another thread; `None` where what is missing has to be fetched first.
    pub(crate) fn version_objects(&self) -> Option<VersionObjects> {
        if self.is_partial_clone() {
            return None;
        }
        let mut objects = self.gix().objects.clone();
        // Each commit is read once.
        objects.unset_pack_cache();
        let hash_kind = self.hash_kind();
        Some(VersionObjects { objects, hash_kind })
    }

    /// The commit of a new version: its id, its bytes, and how it reads back.
    pub(crate) fn encode_version(
        &self,
        version: &NewVersion,
    ) -> Result<(VersionId, Vec<u8>, ArtifactVersion), UnwritableVersion> {
        self.read_back(version.encode()?)
    }

    /// The same of bytes that were made already, and signed perhaps.
    pub(crate) fn read_back(&self, raw: Vec<u8>) -> Result<(VersionId, Vec<u8>, ArtifactVersion), UnwritableVersion> {
        let id = gix::objs::compute_hash(self.gix().object_hash(), Kind::Commit, &raw);
        // Only a collision attack on SHA-1 makes hashing fail, and nothing of that kind can stand in our own commit.
        let id = VersionId::from_oid(id.unwrap_or_else(|_| ObjectId::null(self.gix().object_hash())));
        let parsed = commit::parse(id, &raw, self.hash_kind()).map_err(UnwritableVersion::DoesNotReadBack)?;
        Ok((id, raw, parsed.version))
    }
}

fn parse(
    id: VersionId,
    read: Result<Kind, GitError>,
    data: &[u8],
    hash_kind: HashKind,
) -> Result<ParsedVersion, VersionReadError> {
    match read {
        Ok(Kind::Commit) => commit::parse(id, data, hash_kind).map_err(VersionReadError::Damaged),
        Ok(kind) => Err(VersionReadError::Damaged(Damage::NotACommit { kind: kind.to_string() })),
        Err(GitError::MissingObject { .. }) => Err(VersionReadError::Missing),
        Err(error) => {
            let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
            let message = causes.fold(error.to_string(), |message, cause| format!("{message}: {cause}"));
            Err(VersionReadError::Damaged(Damage::Unreadable { message }))
        }
    }
}
