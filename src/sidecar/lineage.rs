//! Walks along first parents.
//!
//! Guarantees: walks end. A version that is its own ancestor, which only a hand-edited index can hold, is
//! [`SidecarError::Cycle`]; a parent that is not known here ends its branch and is named in the result.

use std::{collections::HashSet, ops::ControlFlow};

use super::{
    Reader, SidecarError,
    ahead::ReadAhead,
    rows::{FromRow, Step},
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

impl ChainEnd<()> {
    /// The chain of `links`, oldest first, that ended like this.
    pub(super) fn chain<T>(self, links: Vec<T>) -> Option<Chain<T>> {
        match self {
            ChainEnd::Unknown => None,
            ChainEnd::Missing(parent) => Some(Chain {
                links,
                missing: Some(parent),
            }),
            ChainEnd::Root | ChainEnd::Stopped(()) => Some(Chain { links, missing: None }),
        }
    }
}

/// What stands in a chain of first parents.
trait Link: FromRow {
    /// The first parent, as far as its child knows it.
    fn parent(&self) -> Option<MissingParent>;
}

impl Link for ArtifactVersion {
    fn parent(&self) -> Option<MissingParent> {
        self.first_parent().map(|version_id| MissingParent {
            version_id,
            content_hash: self.parent_hash,
        })
    }
}

impl Link for Step {
    fn parent(&self) -> Option<MissingParent> {
        self.parents.first().map(|version_id| MissingParent {
            version_id: *version_id,
            content_hash: self.parent_hash,
        })
    }
}

impl Reader {
    /// Calls `visit` with the versions of a lineage, from the root to `id`, without holding on to them: the way to
    /// print a long one. How the chain ends at its old side is known before the first call but told after the last; a
    /// version whose first parent is not known here is marked as an orphan.
    ///
    /// # Errors
    /// [`SidecarError::Cycle`], before the first call.
    pub(crate) fn walk_lineage<B>(
        &self,
        id: &VersionId,
        mut visit: impl FnMut(ArtifactVersion) -> ControlFlow<B>,
    ) -> Result<ChainEnd<B>, SidecarError> {
        enum Halt<B> {
            Stopped(B),
            Failed(SidecarError),
        }
        impl<B> From<SidecarError> for Halt<B> {
            fn from(error: SidecarError) -> Self {
                Halt::Failed(error)
            }
        }
        self.snapshot(|| {
            let mut rows = Vec::new();
            let end = self.walk::<Step, B>(id, |row, _| {
                rows.push(row);
                ControlFlow::Continue(())
            })?;
            let visited = self.each_row(rows.into_iter().rev(), |version| match visit(version) {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(value) => Err(Halt::Stopped(value)),
            });
            match visited {
                Ok(()) => Ok(end),
                Err(Halt::Stopped(value)) => Ok(ChainEnd::Stopped(value)),
                Err(Halt::Failed(error)) => Err(error),
            }
        })
    }

    /// The lineage as ids and content hashes only, which holds a tenth of the memory. `None` if the version is not
    /// known.
    ///
    /// # Errors
    /// [`SidecarError::Cycle`].
    pub(crate) fn lineage_ids(&self, id: &VersionId) -> Result<Option<Chain<(VersionId, ContentHash)>>, SidecarError> {
        let mut links = Vec::new();
        let end = self.walk::<Step, ()>(id, |_, step| {
            links.push((step.version_id, step.content_hash));
            ControlFlow::Continue(())
        })?;
        links.reverse();
        Ok(end.chain(links))
    }

    fn walk<T: Link, B>(
        &self,
        start: &VersionId,
        mut visit: impl FnMut(i64, T) -> ControlFlow<B>,
    ) -> Result<ChainEnd<B>, SidecarError> {
        self.snapshot(|| {
            let mut ahead = ReadAhead::<T>::new(self);
            let mut seen = HashSet::new();
            let mut from: Option<MissingParent> = None;
            loop {
                let id = from.map_or(*start, |parent| parent.version_id);
                if !seen.insert(id) {
                    return Err(SidecarError::Cycle { version_id: id });
                }
                let Some((row, version)) = ahead.take(&id)? else {
                    return Ok(from.map_or(ChainEnd::Unknown, ChainEnd::Missing));
                };
                from = version.parent();
                if let ControlFlow::Break(value) = visit(row, version) {
                    return Ok(ChainEnd::Stopped(value));
                }
                if from.is_none() {
                    return Ok(ChainEnd::Root);
                }
            }
        })
    }
}
