//! [`Contents`]: what stands at the artifacts' paths, in the work tree or, for a line that is not checked out, at its tip.

use gix::{ObjectId, bstr::BString, index::State, objs::Kind};

use super::super::{QueryError, head::LineView};
use crate::{
    content::{Content, flatten},
    git::{Repo, objects::ObjectBatch},
    id::ContentHash,
    project::history::History,
    project_path::ProjectPath,
    snapshot::work_tree::WorkTree,
};

/// Reads contents of one line.
pub(crate) struct Contents<'repo> {
    repo: &'repo Repo,
    place: Place<'repo>,
}

enum Place<'repo> {
    WorkTree(Box<WorkTree<'repo>>),
    Commit {
        history: Box<History<'repo>>,
        tree: ObjectId,
    },
    /// A branch without a commit.
    Nothing,
}

/// What stands at an artifact's path.
#[derive(Debug, Default)]
pub(crate) struct Present {
    /// `None` where there is nothing.
    pub(crate) hash: Option<ContentHash>,
    /// The files, where they had to be read anyway.
    content: Option<Content>,
    /// Unmerged paths, relative to the artifact.
    pub(crate) unmerged: Vec<BString>,
}

impl<'repo> Contents<'repo> {
    pub(crate) fn open(repo: &'repo Repo, view: &LineView) -> Result<Self, QueryError> {
        let place = match view.tip {
            _ if view.checked_out => Place::WorkTree(Box::new(WorkTree::open(repo)?)),
            Some(tip) => {
                let history = Box::new(History::new(repo));
                let tree = history.commit(tip)?.tree;
                Place::Commit { history, tree }
            }
            None => Place::Nothing,
        };
        Ok(Contents { repo, place })
    }

    /// What stands at each of the paths. The objects of the work tree's files go to `batch`. While the file system is
    /// waited for, other work is done.
    pub(crate) fn of_all<T>(
        &mut self,
        artifacts: &[&ProjectPath],
        batch: &mut ObjectBatch<'_>,
        meanwhile: impl FnOnce() -> Result<T, QueryError>,
    ) -> Result<(Vec<Present>, T), QueryError> {
        let mut present = Vec::with_capacity(artifacts.len());
        match &mut self.place {
            Place::WorkTree(tree) => {
                let (scans, done) = tree.scan_all(artifacts, meanwhile);
                let done = done?;
                for (artifact, scan) in artifacts.iter().zip(scans) {
                    let scan = scan?;
                    let unmerged = scan.unmerged_in(artifact);
                    let snapshot = tree.take(artifact, scan, batch)?;
                    let is_there = !snapshot.content.is_empty();
                    present.push(Present {
                        hash: is_there.then_some(snapshot.hash),
                        content: Some(snapshot.content),
                        unmerged,
                    });
                }
                Ok((present, done))
            }
            Place::Commit { history, tree } => {
                for artifact in artifacts {
                    let content = history.content(*tree, artifact)?;
                    // The tree around a single file is stored nowhere, so its files are taken from it right away.
                    let content = content.map(|content| (content.hash, content.tree_object));
                    present.push(Present {
                        hash: content.as_ref().map(|(hash, _)| *hash),
                        content: match content {
                            Some((hash, Some(tree))) => {
                                let entries = flatten(hash.oid(), &mut |_| Ok::<_, QueryError>(tree.clone()))?;
                                Some(Content::new(entries))
                            }
                            _ => None,
                        },
                        unmerged: Vec::new(),
                    });
                }
                Ok((present, meanwhile()?))
            }
            Place::Nothing => {
                present.resize_with(artifacts.len(), Present::default);
                Ok((present, meanwhile()?))
            }
        }
    }

    /// The files of what stands somewhere.
    pub(crate) fn files(&self, present: &Present) -> Result<Content, QueryError> {
        match (&present.content, present.hash) {
            (Some(content), _) => Ok(content.clone()),
            (None, Some(hash)) => self.stored(hash),
            (None, None) => Ok(Content::default()),
        }
    }

    /// The files of a content that is stored.
    pub(crate) fn stored(&self, hash: ContentHash) -> Result<Content, QueryError> {
        let read = &mut |tree| self.repo.read_kind(tree, Kind::Tree).map_err(QueryError::from);
        Ok(Content::new(flatten(hash.oid(), read)?))
    }

    /// The index of the work tree, if that is what is read.
    pub(crate) fn index(&self) -> Option<&State> {
        match &self.place {
            Place::WorkTree(tree) => Some(tree.index()),
            Place::Commit { .. } | Place::Nothing => None,
        }
    }
}
