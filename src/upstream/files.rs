//! The files of an artifact in an upstream commit.

use gix::{
    ObjectId,
    actor::SignatureRef,
    bstr::BString,
    objs::{CommitRefIter, Kind},
};

use super::{Store, UpstreamError, source::path_inside, tree};
use crate::{
    content::{ContentError, Entry, Incoming, IncomingFile, Mode, flatten},
    id::CommitId,
    version::{Person, Signature, Timestamp},
};

/// What an upstream commit holds at a path: a directory, a single file, or all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    commit: ObjectId,
    /// Relative to the artifact, sorted by path; for a single file one entry with its name.
    pub(crate) entries: Vec<Entry>,
    /// The artifact is the one file, not a directory that holds it.
    pub(crate) single_file: bool,
    /// The upstream's own id of the directory.
    pub(crate) tree: Option<ObjectId>,
}

impl Store {
    /// What stands at `path` in a commit; `None` if nothing does. Bytes are not read.
    ///
    /// # Errors
    /// [`UpstreamError::PathOutside`], and [`UpstreamError::Content`] for a submodule or a damaged tree; what
    /// [`fetch`](Store::fetch) returns if the commit is not here.
    pub(crate) fn files(&self, commit: ObjectId, path: Option<&str>) -> Result<Option<Files>, UpstreamError> {
        let path = path_inside(path.unwrap_or_default())?;
        self.read(commit, |repo| {
            let Some(node) = tree::find(repo, commit, &path)? else {
                return Ok(None);
            };
            if node.is_tree() {
                return Ok(Some(Files {
                    commit,
                    entries: flatten(node.id, &mut |id| {
                        repo.read_kind(id, Kind::Tree).map_err(UpstreamError::from)
                    })?,
                    single_file: false,
                    tree: Some(node.id),
                }));
            }
            let name = path.rsplit('/').next().unwrap_or_default();
            let mode = Mode::from_git_lenient(node.mode);
            Ok(Some(Files {
                commit,
                entries: vec![Entry {
                    path: BString::from(name),
                    mode: mode.ok_or_else(|| ContentError::NestedRepository {
                        path: path.clone().into(),
                    })?,
                    id: node.id,
                }],
                single_file: true,
                tree: None,
            }))
        })
    }

    /// Reads the files; blobs that are not here yet are fetched in one go.
    ///
    /// # Errors
    /// As [`fetch`](Store::fetch).
    pub(crate) fn load(&self, files: &Files) -> Result<Incoming, UpstreamError> {
        let loaded = self.attempt(files.commit, || {
            self.ensure(files.commit)?;
            self.ensure_blobs(files.commit, files.entries.iter().map(|entry| entry.id))?;
            let repo = self.repo()?;
            let mut loaded = Vec::with_capacity(files.entries.len());
            for entry in &files.entries {
                loaded.push(IncomingFile {
                    path: entry.path.clone(),
                    mode: entry.mode,
                    data: repo.read_kind(entry.id, Kind::Blob)?,
                    id: Some(entry.id),
                });
            }
            Ok(loaded)
        })?;
        Ok(Incoming {
            files: loaded,
            single_file: files.single_file,
            tree: files.tree,
        })
    }

    /// Makes the files at paths of commits available, all in one go, for [`load`](Store::load).
    ///
    /// # Errors
    /// As [`fetch`](Store::fetch).
    pub(crate) fn load_ahead(&self, wanted: &[(ObjectId, &str)]) -> Result<(), UpstreamError> {
        let mut blobs = Vec::new();
        for (commit, path) in wanted {
            let files = self.files(*commit, Some(path))?;
            blobs.extend(files.into_iter().flat_map(|files| files.entries).map(|entry| entry.id));
        }
        match wanted.last() {
            Some((commit, _)) => self.ensure_blobs(*commit, blobs),
            None => Ok(()),
        }
    }

    /// Who wrote a commit, and when.
    ///
    /// # Errors
    /// [`UpstreamError::DamagedCommit`]; as [`fetch`](Store::fetch), if the commit is not here.
    pub(crate) fn commit_author(&self, commit: ObjectId) -> Result<Signature, UpstreamError> {
        self.commit_signature(commit, |commit| commit.author())
    }

    /// Who committed it, and when.
    ///
    /// # Errors
    /// As [`commit_author`](Self::commit_author).
    pub(crate) fn commit_committer(&self, commit: ObjectId) -> Result<Signature, UpstreamError> {
        self.commit_signature(commit, |commit| commit.committer())
    }

    fn commit_signature(
        &self,
        commit: ObjectId,
        choose: impl for<'c> Fn(CommitRefIter<'c>) -> Result<SignatureRef<'c>, gix::Error>,
    ) -> Result<Signature, UpstreamError> {
        self.read(commit, |repo| {
            let data = repo.read_kind(commit, Kind::Commit)?;
            let signature = choose(CommitRefIter::from_bytes(&data, commit.kind()));
            let signature = signature.map_err(|source| UpstreamError::DamagedCommit {
                url: self.url().to_owned(),
                commit: CommitId::from_oid(commit),
                source: source.into(),
            })?;
            Ok(Signature {
                person: Person {
                    name: signature.name.to_string(),
                    email: signature.email.to_string(),
                },
                // History is full of dates that are none.
                time: Timestamp::from_gix(signature.time().unwrap_or_default()),
            })
        })
    }
}
