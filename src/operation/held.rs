//! [`Held`]: which versions are contained in heads, found in one walk however many are asked about.

use std::collections::HashSet;

use crate::{
    id::VersionId,
    index::{Index, IndexError},
};

/// The versions that heads contain which stay, as far down as anybody asks.
pub(super) struct Held<'index> {
    index: &'index Index,
    /// In the topological order: what stands before it is of no interest.
    oldest: i64,
    versions: HashSet<VersionId>,
}

impl<'index> Held<'index> {
    /// None yet; nobody will ask for any that stands before `oldest` in the topological order.
    pub(super) fn down_to(index: &'index Index, oldest: i64) -> Self {
        Held {
            index,
            oldest,
            versions: HashSet::new(),
        }
    }

    pub(super) fn has(&self, id: VersionId) -> bool {
        self.versions.contains(&id)
    }

    /// A version and all its ancestors.
    pub(super) fn add(&mut self, id: VersionId) -> Result<(), IndexError> {
        if self.note(id)? {
            self.add_below(id)?;
        }
        Ok(())
    }

    /// True where the ancestors have yet to be looked at.
    fn note(&mut self, id: VersionId) -> Result<bool, IndexError> {
        let new = self.versions.insert(id);
        // Below the oldest one nobody asks for anything.
        let order = self.index.reader().order_of(&id)?;
        Ok(new && order.is_some_and(|order| order > self.oldest))
    }

    /// All ancestors of a version, without itself.
    pub(super) fn add_below(&mut self, id: VersionId) -> Result<(), IndexError> {
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            for parent in self.index.reader().parents(&id)?.unwrap_or_default() {
                if !self.has(parent) && self.note(parent)? {
                    stack.push(parent);
                }
            }
        }
        Ok(())
    }

    /// Whether `id` contains one of `wanted` that nothing else holds.
    pub(super) fn alone_holds_any(&self, id: VersionId, wanted: &HashSet<VersionId>) -> Result<bool, IndexError> {
        if wanted.is_empty() {
            return Ok(false);
        }
        let mut seen = HashSet::from([id]);
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            if wanted.contains(&id) {
                return Ok(true);
            }
            for parent in self.index.reader().parents(&id)?.unwrap_or_default() {
                let order = self.index.reader().order_of(&parent)?;
                let in_scope = order.is_some_and(|order| order >= self.oldest);
                if in_scope && !self.has(parent) && seen.insert(parent) {
                    stack.push(parent);
                }
            }
        }
        Ok(false)
    }
}
