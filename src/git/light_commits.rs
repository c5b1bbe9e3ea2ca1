//! [`LightCommits`]: the tree and the parents of commits, from the commit-graph where it has them.
//!
//! Parents are those that commits name; that replace refs and grafts are ignored holds here too.

use gix::{ObjectId, objs::Kind};

use super::{GitError, Repo};

/// What a walk needs to know of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LightCommit {
    pub(crate) tree: ObjectId,
    pub(crate) parents: Vec<ObjectId>,
}

/// Reads commits.
pub(crate) struct LightCommits<'repo> {
    repo: &'repo Repo,
    graph: Option<gix::commitgraph::Graph>,
    buffer: Vec<u8>,
}

impl<'repo> LightCommits<'repo> {
    pub(crate) fn new(repo: &'repo Repo) -> Self {
        LightCommits {
            // One that cannot be read only makes it slower.
            graph: repo.gix().commit_graph_if_enabled().ok().flatten(),
            buffer: Vec::new(),
            repo,
        }
    }

    /// A commit.
    ///
    /// # Errors
    /// [`GitError::MissingObject`] where it is not here, [`GitError::CorruptObject`].
    pub(crate) fn get(&mut self, id: ObjectId) -> Result<LightCommit, GitError> {
        if let Some(commit) = self.in_graph(id) {
            return Ok(commit);
        }
        let corrupt = |source: gix::Error| GitError::CorruptObject {
            id: id.to_string(),
            source: source.into(),
        };
        let kind = self.repo.read_into(id, &mut self.buffer)?;
        super::check_kind(id, kind, Kind::Commit)?;
        let commit = gix::objs::CommitRef::from_bytes(&self.buffer, id.kind()).map_err(corrupt)?;
        Ok(LightCommit {
            tree: commit.tree(),
            parents: commit.parents().collect(),
        })
    }

    fn in_graph(&self, id: ObjectId) -> Option<LightCommit> {
        let graph = self.graph.as_ref()?;
        let commit = graph.commit_by_id(id)?;
        let parents = commit
            .iter_parents()
            .map(|parent| parent.ok().filter(|parent| parent.0 < graph.num_commits()))
            .map(|parent| Some(graph.id_at(parent?).to_owned()));
        Some(LightCommit {
            tree: commit.root_tree_id().to_owned(),
            parents: parents.collect::<Option<_>>()?,
        })
    }
}
