//! `path`: how one version leads to another.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{Query, QueryError};
use crate::{id::VersionId, index::IndexError, version::ArtifactVersion};

impl Query<'_> {
    /// The chain from `a` to `b`, both included: straight through the ancestry where one contains the other, else from
    /// `a` back to their common ancestor and from there on to `b`. Empty where they share no history.
    pub(crate) fn path_between(&self, a: &VersionId, b: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        let Some(base) = self.common_ancestors(a, b)?.into_iter().next() else {
            return Ok(Vec::new());
        };
        let base = base.version_id;
        let mut path = self.chain_back(a, &base)?;
        let forward = self.chain_back(b, &base)?;
        path.extend(forward.into_iter().rev().skip(1));
        self.versions(&path)
    }

    /// The shortest chain from a version back to one of its ancestors; of equally short ones that along earlier parents.
    fn chain_back(&self, from: &VersionId, to: &VersionId) -> Result<Vec<VersionId>, QueryError> {
        let mut came_from: HashMap<VersionId, VersionId> = HashMap::new();
        let mut seen = HashSet::from([*from]);
        let mut waiting = VecDeque::from([*from]);
        while let Some(id) = waiting.pop_front() {
            if id == *to {
                break;
            }
            for parent in self
                .index
                .reader()
                .parents(&id)
                .map_err(IndexError::from)?
                .unwrap_or_default()
            {
                if seen.insert(parent) {
                    came_from.insert(parent, id);
                    waiting.push_back(parent);
                }
            }
        }
        let mut chain = vec![*to];
        while let Some(next) = chain.last().and_then(|last| came_from.get(last)) {
            chain.push(*next);
        }
        chain.reverse();
        Ok(chain)
    }
}
