//! Reading project commits: their manifest, the content of an artifact in them, and who made them.
//!
//! Only git objects are read, never the work tree. The commits, trees and manifests read last are kept.

use std::{cell::RefCell, rc::Rc};

use gix::{ObjectId, objs::tree::EntryKind};

use super::{artifacts::Artifacts, recent::Recent, tree::Tree};
use crate::{
    git::{GitError, Repo},
    id::ContentHash,
    manifest::{MANIFEST_FILE, Manifest, ManifestError},
    project_path::ProjectPath,
    version::{Person, Signature, Timestamp},
};

/// Why a project commit could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The manifest in a commit cannot be used.
    #[error("the manifest of commit {commit} cannot be used")]
    Manifest {
        /// The project commit.
        commit: String,
        /// What is wrong with it.
        source: ManifestError,
    },
}

/// What is read of a project commit.
#[derive(Debug, Clone)]
pub(crate) struct ProjectCommit {
    pub(crate) id: ObjectId,
    pub(crate) tree: ObjectId,
    /// Only those that are here.
    pub(crate) parents: Vec<ObjectId>,
    /// True if a parent is missing: a shallow clone's history ends here.
    pub(crate) shallow: bool,
    pub(crate) author: Signature,
    pub(crate) committer: Signature,
    /// git's `%s`: the first paragraph of the message on one line.
    pub(crate) subject: String,
}

/// The content of an artifact in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectContent {
    pub(crate) hash: ContentHash,
    /// For a single file: the tree object around it, which the project does not have.
    pub(crate) tree_object: Option<Vec<u8>>,
}

impl ProjectContent {
    /// That of a directory.
    pub(crate) fn of_directory(tree: ObjectId) -> Self {
        ProjectContent {
            hash: ContentHash::from_oid(tree),
            tree_object: None,
        }
    }

    /// That of a single file or link with the name `name`.
    pub(crate) fn of_file(
        hash: gix::hash::Kind,
        name: &str,
        kind: EntryKind,
        blob: ObjectId,
    ) -> Result<Self, GitError> {
        let mut data = format!("{:o} {name}\0", kind as u16).into_bytes();
        data.extend_from_slice(blob.as_slice());
        let id =
            gix::objs::compute_hash(hash, gix::objs::Kind::Tree, &data).map_err(GitError::backend("hash a tree"))?;
        Ok(ProjectContent {
            hash: ContentHash::from_oid(id),
            tree_object: Some(data),
        })
    }
}

/// How many commits are kept at least: each is looked at once more as the parent of the next.
const KEPT_COMMITS: usize = 256;
/// How many trees are kept at least.
const KEPT_TREES: usize = 256;
/// How many manifests are kept at least, which may name thousands of artifacts each.
const KEPT_MANIFESTS: usize = 32;

/// Reads project commits.
pub(crate) struct History<'repo> {
    repo: &'repo Repo,
    commits: RefCell<Recent<Rc<ProjectCommit>>>,
    trees: RefCell<Recent<Rc<Tree>>>,
    manifests: RefCell<Recent<Artifacts>>,
}

impl<'repo> History<'repo> {
    pub(crate) fn new(repo: &'repo Repo) -> Self {
        History {
            repo,
            commits: RefCell::new(Recent::new(KEPT_COMMITS)),
            trees: RefCell::new(Recent::new(KEPT_TREES)),
            manifests: RefCell::new(Recent::new(KEPT_MANIFESTS)),
        }
    }

    pub(crate) fn commit(&self, id: ObjectId) -> Result<Rc<ProjectCommit>, GitError> {
        if let Some(known) = self.commits.borrow_mut().get(id) {
            return Ok(known);
        }
        let data = self.repo.read_kind(id, gix::objs::Kind::Commit)?;
        let corrupt = |source: gix::Error| GitError::CorruptObject {
            id: id.to_string(),
            source: source.into(),
        };
        let commit = gix::objs::CommitRef::from_bytes(&data, id.kind()).map_err(corrupt)?;
        let signature = |found: gix::actor::SignatureRef<'_>| Signature {
            person: Person {
                name: found.name.to_string(),
                email: found.email.to_string(),
            },
            time: Timestamp::from_gix(found.time().unwrap_or_default()),
        };
        let subject = gix::objs::commit::MessageRef::from_bytes(commit.message)
            .summary()
            .to_string();
        let (parents, missing): (Vec<_>, Vec<_>) = commit.parents().partition(|parent| self.repo.exists(*parent));
        let commit = Rc::new(ProjectCommit {
            id,
            tree: commit.tree(),
            parents,
            shallow: !missing.is_empty(),
            author: signature(commit.author().map_err(corrupt)?),
            committer: signature(commit.committer().map_err(corrupt)?),
            subject,
        });
        self.commits.borrow_mut().insert(id, Rc::clone(&commit));
        Ok(commit)
    }

    /// The artifacts that the manifest of a commit names; none where it has no manifest.
    pub(crate) fn artifacts(&self, commit: &ProjectCommit) -> Result<Artifacts, HistoryError> {
        let root = self.tree(commit.tree)?;
        let Some(manifest) = root.find(MANIFEST_FILE).filter(|entry| is_file(entry.kind)) else {
            return Ok(Artifacts::default());
        };
        if let Some(known) = self.manifests.borrow_mut().get(manifest.id) {
            return Ok(known);
        }
        let data = self.repo.read_kind(manifest.id, gix::objs::Kind::Blob)?;
        let entries = Manifest::entries_of(&data).map_err(|source| HistoryError::Manifest {
            commit: commit.id.to_string(),
            source,
        })?;
        let artifacts: Artifacts = entries.into_iter().collect();
        self.manifests.borrow_mut().insert(manifest.id, artifacts.clone());
        Ok(artifacts)
    }

    /// The id of the manifest's blob in a commit, to see cheaply whether it changed.
    pub(crate) fn manifest_blob(&self, commit: &ProjectCommit) -> Result<Option<ObjectId>, GitError> {
        Ok(self.tree(commit.tree)?.find(MANIFEST_FILE).map(|entry| entry.id))
    }

    /// The content at an artifact's path in a root tree; `None` where there is none.
    pub(crate) fn content(&self, root: ObjectId, path: &ProjectPath) -> Result<Option<ProjectContent>, GitError> {
        let Some((kind, id)) = self.entry_at(root, path)? else {
            return Ok(None);
        };
        match kind {
            EntryKind::Tree => {
                let content = ProjectContent::of_directory(id);
                Ok((!content.hash.is_empty_tree()).then_some(content))
            }
            EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link => {
                let hash = self.repo.gix().object_hash();
                ProjectContent::of_file(hash, path.file_name(), kind, id).map(Some)
            }
            // A submodule at the artifact's own path is another repository's content.
            EntryKind::Commit => Ok(None),
        }
    }

    fn entry_at(&self, root: ObjectId, path: &ProjectPath) -> Result<Option<(EntryKind, ObjectId)>, GitError> {
        let mut found = (EntryKind::Tree, root);
        for component in path.as_str().split('/') {
            if found.0 != EntryKind::Tree {
                return Ok(None);
            }
            match self.tree(found.1)?.find(component) {
                Some(entry) => found = (entry.kind, entry.id),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// Visits a tree and everything below it, trees before what is in them.
    pub(crate) fn for_each_object<E: From<GitError>>(
        &self,
        tree: ObjectId,
        visit: &mut dyn FnMut(ObjectId) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut trees = vec![tree];
        while let Some(tree) = trees.pop() {
            visit(tree)?;
            for entry in self.tree(tree)?.iter() {
                match entry.kind {
                    EntryKind::Tree => trees.push(entry.id),
                    // A submodule's commit is another repository's object.
                    EntryKind::Commit => {}
                    EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link => visit(entry.id)?,
                }
            }
        }
        Ok(())
    }

    /// A tree.
    pub(crate) fn tree(&self, id: ObjectId) -> Result<Rc<Tree>, GitError> {
        if let Some(tree) = self.trees.borrow_mut().get(id) {
            return Ok(tree);
        }
        let data = self.repo.read_kind(id, gix::objs::Kind::Tree)?;
        let tree = Rc::new(Tree::read(id, data)?);
        self.trees.borrow_mut().insert(id, Rc::clone(&tree));
        Ok(tree)
    }
}

fn is_file(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable)
}
