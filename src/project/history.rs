//! Reading project commits: their manifest, the content of an artifact in them, and who made them.
//!
//! Only git objects are read, never the work tree. Trees and manifests are kept, because neighbouring commits share most
//! of them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use gix::{ObjectId, bstr::BString, objs::tree::EntryKind};

use crate::{
    git::{GitError, Repo},
    id::{ArtifactId, ContentHash},
    manifest::{MANIFEST_FILE, Manifest, ManifestEntry, ManifestError},
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

/// One entry of a git tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeEntry {
    pub(crate) name: BString,
    pub(crate) kind: EntryKind,
    pub(crate) id: ObjectId,
}

type Tree = Rc<Vec<TreeEntry>>;
/// The artifacts that a manifest names.
pub(crate) type Artifacts = Rc<BTreeMap<ArtifactId, ManifestEntry>>;

/// Reads project commits.
pub(crate) struct History<'repo> {
    repo: &'repo Repo,
    trees: RefCell<HashMap<ObjectId, Tree>>,
    manifests: RefCell<HashMap<ObjectId, Artifacts>>,
}

impl<'repo> History<'repo> {
    pub(crate) fn new(repo: &'repo Repo) -> Self {
        History {
            repo,
            trees: RefCell::default(),
            manifests: RefCell::default(),
        }
    }

    pub(crate) fn commit(&self, id: ObjectId) -> Result<ProjectCommit, GitError> {
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
        Ok(ProjectCommit {
            id,
            tree: commit.tree(),
            parents,
            shallow: !missing.is_empty(),
            author: signature(commit.author().map_err(corrupt)?),
            committer: signature(commit.committer().map_err(corrupt)?),
            subject,
        })
    }

    /// The artifacts that the manifest of a commit names; none where it has no manifest.
    pub(crate) fn artifacts(&self, commit: &ProjectCommit) -> Result<Artifacts, HistoryError> {
        let manifest = self
            .tree(commit.tree)?
            .iter()
            .find(|entry| entry.name == MANIFEST_FILE)
            .cloned();
        let Some(manifest) = manifest.filter(|entry| is_file(entry.kind)) else {
            return Ok(Artifacts::default());
        };
        if let Some(known) = self.manifests.borrow().get(&manifest.id) {
            return Ok(Rc::clone(known));
        }
        let data = self.repo.read_kind(manifest.id, gix::objs::Kind::Blob)?;
        let parsed = Manifest::parse(&data).map_err(|source| HistoryError::Manifest {
            commit: commit.id.to_string(),
            source,
        })?;
        let artifacts: Artifacts = Rc::new(
            parsed
                .entries()
                .map(|entry| (entry.id.clone(), entry.clone()))
                .collect(),
        );
        self.manifests.borrow_mut().insert(manifest.id, Rc::clone(&artifacts));
        Ok(artifacts)
    }

    /// The id of the manifest's blob in a commit, to see cheaply whether it changed.
    pub(crate) fn manifest_blob(&self, commit: &ProjectCommit) -> Result<Option<ObjectId>, GitError> {
        let tree = self.tree(commit.tree)?;
        Ok(tree
            .iter()
            .find(|entry| entry.name == MANIFEST_FILE)
            .map(|entry| entry.id))
    }

    /// The content at an artifact's path in a root tree; `None` where there is none.
    pub(crate) fn content(&self, root: ObjectId, path: &ProjectPath) -> Result<Option<ProjectContent>, GitError> {
        let Some(entry) = self.entry_at(root, path)? else {
            return Ok(None);
        };
        match entry.kind {
            EntryKind::Tree => {
                let content = ProjectContent::of_directory(entry.id);
                Ok((!content.hash.is_empty_tree()).then_some(content))
            }
            EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link => {
                let hash = self.repo.gix().object_hash();
                ProjectContent::of_file(hash, path.file_name(), entry.kind, entry.id).map(Some)
            }
            // A submodule at the artifact's own path is another repository's content.
            EntryKind::Commit => Ok(None),
        }
    }

    fn entry_at(&self, root: ObjectId, path: &ProjectPath) -> Result<Option<TreeEntry>, GitError> {
        let mut tree = root;
        let mut components = path.as_str().split('/').peekable();
        while let Some(component) = components.next() {
            let entries = self.tree(tree)?;
            let Some(entry) = entries.iter().find(|entry| entry.name == component) else {
                return Ok(None);
            };
            if components.peek().is_none() {
                return Ok(Some(entry.clone()));
            }
            if entry.kind != EntryKind::Tree {
                return Ok(None);
            }
            tree = entry.id;
        }
        Ok(None)
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

    /// The entries of a tree.
    pub(crate) fn tree(&self, id: ObjectId) -> Result<Tree, GitError> {
        if let Some(tree) = self.trees.borrow().get(&id) {
            return Ok(Rc::clone(tree));
        }
        let data = self.repo.read_kind(id, gix::objs::Kind::Tree)?;
        let mut entries = Vec::new();
        for entry in gix::objs::TreeRefIter::from_bytes(&data, id.kind()) {
            let entry = entry.map_err(|source| GitError::CorruptObject {
                id: id.to_string(),
                source: source.into(),
            })?;
            entries.push(TreeEntry {
                name: entry.filename.to_owned(),
                kind: entry.mode.kind(),
                id: entry.oid.to_owned(),
            });
        }
        let tree = Rc::new(entries);
        self.trees.borrow_mut().insert(id, Rc::clone(&tree));
        Ok(tree)
    }
}

fn is_file(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable)
}
