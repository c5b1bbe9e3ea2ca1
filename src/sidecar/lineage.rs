//! Walks along parents: the chain of first parents, and everything a version contains.
//!
//! Guarantees: walks end. A version that is its own ancestor, which only a hand-edited index can hold, is
//! [`SidecarError::Cycle`]; a parent that is not known here ends its branch and is named in the result.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
};

use super::{
    Reader, SidecarError,
    order::{self, Node},
    rows::Decoder,
    sql,
};
use crate::{
    id::{ContentHash, VersionId},
    version::ArtifactVersion,
};

/// A parent that is named by a version but not in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MissingParent {
    /// Its id.
    pub(crate) version_id: VersionId,
    /// Its content, which the child knows.
    pub(crate) content_hash: Option<ContentHash>,
}

/// A chain of first parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chain<T> {
    /// Oldest first; the last is the one asked for.
    pub(crate) links: Vec<T>,
    /// The first parent of the oldest one, if that is no root but its parent is not known here.
    pub(crate) missing: Option<MissingParent>,
}

/// How a walk along first parents ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChainEnd<B> {
    /// The version to start from is not known.
    Unknown,
    /// At a root.
    Root,
    /// At a version whose first parent is not known here.
    Missing(MissingParent),
    /// The visitor broke off.
    Stopped(B),
}

/// Everything a version contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ancestry {
    /// The version and all its ancestors, along all parents. None stands before one of its descendants; beyond that,
    /// newest first, then the smaller id first.
    pub(crate) versions: Vec<ArtifactVersion>,
    /// Parents that are not known here, sorted.
    pub(crate) missing: Vec<VersionId>,
}

impl Reader {
    /// Calls `visit` with a version, its first parent, that one's first parent and so on, without holding on to them.
    ///
    /// # Errors
    /// [`SidecarError::Cycle`] when a version comes up again; each is visited once before.
    pub(crate) fn walk_first_parents<B>(
        &self,
        start: &VersionId,
        mut visit: impl FnMut(ArtifactVersion) -> ControlFlow<B>,
    ) -> Result<ChainEnd<B>, SidecarError> {
        self.snapshot(|| {
            let mut statement = self.connection().prepare_cached(sql::VERSION)?;
            let mut decoder = Decoder::default();
            let mut seen = HashSet::new();
            let mut from: Option<MissingParent> = None;
            loop {
                let id = from.map_or(*start, |parent| parent.version_id);
                if !seen.insert(id) {
                    return Err(SidecarError::Cycle { version_id: id });
                }
                let mut result = statement.query([id.as_bytes()])?;
                let Some(row) = result.next()? else {
                    return Ok(from.map_or(ChainEnd::Unknown, ChainEnd::Missing));
                };
                let version = decoder.version(row)?;
                let parent = version.first_parent().map(|version_id| MissingParent {
                    version_id,
                    content_hash: version.parent_hash,
                });
                if let ControlFlow::Break(value) = visit(version) {
                    return Ok(ChainEnd::Stopped(value));
                }
                if parent.is_none() {
                    return Ok(ChainEnd::Root);
                }
                from = parent;
            }
        })
    }

    /// The lineage of a version: from its root to itself along first parents. `None` if the version is not known.
    ///
    /// # Errors
    /// [`SidecarError::Cycle`].
    pub(crate) fn lineage(&self, id: &VersionId) -> Result<Option<Chain<ArtifactVersion>>, SidecarError> {
        let mut links = Vec::new();
        let end = self.walk_first_parents::<()>(id, |version| {
            links.push(version);
            ControlFlow::Continue(())
        })?;
        links.reverse();
        Ok(match end {
            ChainEnd::Unknown => None,
            ChainEnd::Missing(parent) => Some(Chain {
                links,
                missing: Some(parent),
            }),
            ChainEnd::Root | ChainEnd::Stopped(()) => Some(Chain { links, missing: None }),
        })
    }

    /// The lineage as ids and content hashes only, which is less than half the work. `None` if the version is not known.
    ///
    /// # Errors
    /// [`SidecarError::Cycle`].
    pub(crate) fn lineage_ids(&self, id: &VersionId) -> Result<Option<Chain<(VersionId, ContentHash)>>, SidecarError> {
        self.snapshot(|| {
            let mut chain = Chain {
                links: Vec::new(),
                missing: None,
            };
            let mut seen = HashSet::new();
            let mut next = MissingParent {
                version_id: *id,
                content_hash: None,
            };
            loop {
                if !seen.insert(next.version_id) {
                    return Err(SidecarError::Cycle {
                        version_id: next.version_id,
                    });
                }
                let Some(step) = self.step(&next.version_id)? else {
                    chain.missing = Some(next);
                    break;
                };
                chain.links.push((next.version_id, step.content_hash));
                let Some(parent) = step.parents.first() else { break };
                next = MissingParent {
                    version_id: *parent,
                    content_hash: step.parent_hash,
                };
            }
            chain.links.reverse();
            Ok((!chain.links.is_empty()).then_some(chain))
        })
    }

    /// A version and all its ancestors along all parents, topologically. `None` if the version is not known.
    ///
    /// # Errors
    /// [`SidecarError::Cycle`].
    pub(crate) fn ancestors(&self, id: &VersionId) -> Result<Option<Ancestry>, SidecarError> {
        self.snapshot(|| {
            let mut statement = self.connection().prepare_cached(sql::VERSION)?;
            let mut decoder = Decoder::default();
            let mut found = Vec::new();
            let mut missing = Vec::new();
            let mut seen = HashSet::from([*id]);
            let mut waiting = vec![*id];
            while let Some(id) = waiting.pop() {
                let mut result = statement.query([id.as_bytes()])?;
                match result.next()? {
                    None => missing.push(id),
                    Some(row) => {
                        let version = decoder.version(row)?;
                        waiting.extend(version.parent_ids.iter().filter(|parent| seen.insert(**parent)));
                        found.push(version);
                    }
                }
            }
            if found.is_empty() {
                return Ok(None);
            }
            missing.sort();
            let nodes: Vec<Node> = found.iter().map(Node::of).collect();
            let rank: HashMap<VersionId, usize> = order::topological(&nodes)?
                .into_iter()
                .enumerate()
                .map(|(rank, at)| (nodes[at].id, rank))
                .collect();
            found.sort_by_key(|version| rank[&version.version_id]);
            Ok(Some(Ancestry {
                versions: found,
                missing,
            }))
        })
    }
}
