//! `batch`: many versions as one pack, one ref transaction and one sidecar transaction, for deployment tools and imports.
//!
//! The caller says what each version is; everything is still checked: content passes the write gate, parents must be
//! known, ids must not differ from known ones by case only. No file of the work tree is touched.

use std::collections::{BTreeMap, HashMap, HashSet};

use gix::{bstr::BString, objs::Kind};

use super::{OperationError, attempt::Attempt, newer_format, planner::Finished};
use crate::{
    content::{self, Content, Entry, gate},
    git::{
        objects::{Mode, ObjectBatch},
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, ContentHash, Line, VersionId},
    index::IndexError,
    origin::ChangeOrigin,
    project::graph::Graph,
    snapshot::SnapshotError,
    version::{Signature, Upstream, commit::NewVersion},
};

/// The mode of a file in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileMode {
    /// A plain file.
    File,
    /// A file that may be executed.
    Executable,
    /// A symbolic link; its data is the target.
    Symlink,
}

/// One file of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchFile {
    /// Relative to the artifact, components separated by `/`; any bytes git allows.
    pub path: Vec<u8>,
    /// What it is.
    pub mode: FileMode,
    /// The bytes as git is to store them; no filter is applied.
    pub data: Vec<u8>,
}

/// One version of a batch.
#[derive(Debug, Clone)]
pub struct BatchVersion {
    /// Whose state it is.
    pub artifact_id: ArtifactId,
    /// All its files.
    pub files: Vec<BatchFile>,
    /// The versions it came from, known or of this batch; none for a root.
    pub parents: Vec<VersionId>,
    /// Why it is recorded; `None` is unknown.
    pub change_origin: Option<ChangeOrigin>,
    /// Who made the change.
    pub author: Signature,
    /// Who records it; the time becomes `created_at`.
    pub committer: Signature,
    /// What happened, in one line; not empty.
    pub summary: String,
    /// More about it.
    pub body: Option<String>,
    /// Where upstream content came from.
    pub upstream: Option<Upstream>,
}

/// Versions on their way, see [`LineageStore::batch`](crate::LineageStore::batch).
pub struct Batch<'a> {
    attempt: &'a Attempt<'a>,
    graph: Graph<'a>,
    objects: ObjectBatch<'a>,
    /// The versions of this batch.
    added: HashMap<VersionId, Added>,
    heads: BTreeMap<String, (Option<VersionId>, VersionId)>,
    ids: Option<Vec<ArtifactId>>,
}

/// A version of the batch, as far as later ones need it.
struct Added {
    artifact_id: ArtifactId,
    content: ContentHash,
    parents: Vec<VersionId>,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(attempt: &'a Attempt<'a>) -> Self {
        Batch {
            graph: Graph::new(attempt.repo, attempt.index),
            objects: attempt.repo.batch(Mode::Objects),
            attempt,
            added: HashMap::new(),
            heads: BTreeMap::new(),
            ids: None,
        }
    }

    /// Adds a version and returns its id; it is recorded when the batch ends. An equal version is the same version.
    ///
    /// # Errors
    /// [`OperationError::Snapshot`] for content that is refused, [`OperationError::UnknownParent`],
    /// [`OperationError::OtherArtifact`], [`OperationError::FutureFormat`], [`OperationError::CaseTwin`],
    /// [`OperationError::Unwritable`].
    pub fn add(&mut self, version: BatchVersion) -> Result<VersionId, OperationError> {
        self.check_id(&version.artifact_id)?;
        let repo = self.attempt.repo;
        let content = self.add_content(version.files)?;
        let mut parents = Vec::with_capacity(version.parents.len());
        for parent in version.parents {
            parents.push((parent, self.version_of(&version.artifact_id, parent)?));
            if !self.added.contains_key(&parent) {
                newer_format::refuse(repo, parent)?;
            }
        }
        let parent_ids = parents.iter().map(|(id, _)| *id).collect();
        let new = NewVersion {
            artifact_id: version.artifact_id.clone(),
            content,
            parents,
            origin: version.change_origin,
            author: version.author,
            committer: version.committer,
            summary: version.summary,
            body: version.body,
            upstream: version.upstream,
            project_commit: None,
        };
        let (id, raw, _) = repo.encode_version(&new)?;
        self.objects.add(Kind::Commit, &raw)?;
        let added = Added {
            artifact_id: version.artifact_id,
            content,
            parents: parent_ids,
        };
        self.added.insert(id, added);
        Ok(id)
    }

    /// The content of a version, known or of this batch, which must be one of that artifact.
    fn version_of(&self, artifact: &ArtifactId, id: VersionId) -> Result<ContentHash, OperationError> {
        let (owner, content) = match self.added.get(&id) {
            Some(added) => (added.artifact_id.clone(), added.content),
            None => match self.graph.node(id)? {
                Some(node) => (node.version.artifact_id.clone(), node.version.content_hash),
                None => return Err(OperationError::UnknownParent { version_id: id }),
            },
        };
        if owner == *artifact {
            return Ok(content);
        }
        Err(OperationError::OtherArtifact {
            version_id: id,
            owner,
            id: artifact.clone(),
        })
    }

    /// The head of an artifact on a line, as this batch leaves it.
    ///
    /// # Errors
    /// Only those of reading.
    pub fn head(&self, line: &Line, artifact: &ArtifactId) -> Result<Option<VersionId>, OperationError> {
        let name = self.attempt.repo.prefix().head(line, artifact);
        match self.heads.get(&name) {
            Some((_, new)) => Ok(Some(*new)),
            None => Ok(self.attempt.index.tip(&name)?),
        }
    }

    /// Moves the head of an artifact on a line to a version, known or of this batch. The old head must be contained in
    /// it, or it is kept.
    ///
    /// # Errors
    /// [`OperationError::UnknownParent`] for a version that is neither, [`OperationError::OtherArtifact`] for one of
    /// another artifact; [`OperationError::Git`].
    pub fn set_head(&mut self, line: &Line, artifact: &ArtifactId, version: VersionId) -> Result<(), OperationError> {
        self.version_of(artifact, version)?;
        let name = self.attempt.repo.prefix().head(line, artifact);
        let old = match self.heads.get(&name) {
            Some((old, _)) => *old,
            None => self.attempt.index.tip(&name)?,
        };
        self.heads.insert(name, (old, version));
        Ok(())
    }

    fn add_content(&mut self, files: Vec<BatchFile>) -> Result<ContentHash, OperationError> {
        let kind = self.attempt.repo.hash_kind();
        let mut entries = Vec::with_capacity(files.len());
        let mut links = HashMap::new();
        for file in files {
            let mode = match file.mode {
                FileMode::File => content::Mode::File,
                FileMode::Executable => content::Mode::Executable,
                FileMode::Symlink => content::Mode::Symlink,
            };
            let path = BString::from(file.path);
            if mode != content::Mode::Symlink {
                gate::check_blob(&path, &file.data)
                    .map_err(|reason| SnapshotError::from(content::ContentError::refused(&path, reason)))?;
            }
            let id = self.objects.add(Kind::Blob, &file.data)?;
            if mode == content::Mode::Symlink {
                links.insert(path.clone(), file.data);
            }
            entries.push(Entry { path, mode, id });
        }
        let content = Content::new(entries);
        let options = gate::GateOptions {
            ignore_case: self.attempt.repo.config_bool("core.ignoreCase").unwrap_or(false),
            single_file: false,
        };
        let target = &mut |entry: &Entry| Ok(links.get(&entry.path).cloned().unwrap_or_default());
        gate::check_entries::<SnapshotError>(content.entries(), target, options)?;
        Ok(content::write_trees(content.entries(), kind, &mut |data, _| {
            self.objects
                .add(Kind::Tree, data)
                .map(drop)
                .map_err(SnapshotError::from)
        })?)
    }

    fn check_id(&mut self, id: &ArtifactId) -> Result<(), OperationError> {
        let known = match &mut self.ids {
            Some(known) => known,
            None => self
                .ids
                .insert(self.attempt.index.reader().artifact_ids().map_err(IndexError::from)?),
        };
        if known.contains(id) {
            return Ok(());
        }
        let folded = id.case_folded();
        if let Some(existing) = known.iter().find(|other| other.case_folded() == folded) {
            return Err(OperationError::CaseTwin {
                id: id.clone(),
                existing: existing.clone(),
            });
        }
        known.push(id.clone());
        Ok(())
    }

    /// Writes the pack, then the refs.
    pub(crate) fn finish(self) -> Result<Finished, OperationError> {
        let repo = self.attempt.repo;
        let written = self.objects.commit()?;
        let mut moves = Vec::with_capacity(self.heads.len());
        let mut left_behind = Vec::new();
        for (name, (old, new)) in self.heads {
            if old == Some(new) {
                continue;
            }
            left_behind.extend(old.map(|old| (old, new)));
            moves.push(RefUpdate {
                name,
                new: Some(new.oid()),
                expected: old.map_or(Expected::Absent, |old| Expected::Is(old.oid())),
            });
        }
        for (old, new) in left_behind {
            if !contains(&self.graph, &self.added, new, old)? {
                let name = repo.prefix().kept(&old);
                // Also one that is there, which `prune` may be about to take away.
                let there = repo.find_ref(&name)?;
                moves.push(RefUpdate {
                    name,
                    new: Some(old.oid()),
                    expected: there.map_or(Expected::Absent, Expected::Is),
                });
            }
        }
        repo.update_refs(&moves, written)?;
        let tips = moves
            .into_iter()
            .map(|change| (change.name, change.new.map(VersionId::from_oid)));
        Ok(Finished {
            tips: tips.collect(),
            states: Vec::new(),
        })
    }
}

/// True if `ancestor` is `descendant` or one of its ancestors; of those the batch itself holds, `batch` says the parents.
fn contains(
    graph: &Graph<'_>,
    batch: &HashMap<VersionId, Added>,
    descendant: VersionId,
    ancestor: VersionId,
) -> Result<bool, OperationError> {
    let mut seen = HashSet::new();
    let mut stack = vec![descendant];
    while let Some(id) = stack.pop() {
        if id == ancestor {
            return Ok(true);
        }
        match batch.get(&id) {
            Some(added) => stack.extend(added.parents.iter().filter(|parent| seen.insert(**parent))),
            None if graph.contains(id, ancestor)? => return Ok(true),
            None => {}
        }
    }
    Ok(false)
}
