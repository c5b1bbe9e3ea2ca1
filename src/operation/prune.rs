//! `prune`: heads that were left behind and that nobody needs under a name of their own any more.
//!
//! Guarantees: what an unfinished operation or the undo of the last command needs, in whichever work tree, stays. One walk
//! finds all that is contained elsewhere, however many kept heads there are.

use std::collections::HashSet;

use super::{OperationError, attempt::Attempt, needed, planner::Finished};
use crate::{
    git::refs::{Expected, RefUpdate},
    id::VersionId,
    index::{Index, IndexError},
    refname::LineageRef,
    version::{ArtifactVersion, Timestamp},
};

/// Which kept heads to give up.
///
/// ```
/// use git_lineage::Prune;
///
/// let only_what_is_contained_elsewhere = Prune::default();
/// assert_eq!(only_what_is_contained_elsewhere.expire, None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Prune {
    /// Also those whose version was made before this moment, with everything that nothing else holds.
    pub expire: Option<Timestamp>,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// A head that is kept no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pruned {
    /// What it pointed to.
    pub version: ArtifactVersion,
    /// Another head contains the version, which stays with that. If not it was older than asked for, and is gone.
    pub contained: bool,
}

/// A ref under `kept`, with its version and that one's place in the topological order.
struct Kept {
    ref_name: String,
    id: VersionId,
    order: i64,
    expired: bool,
}

/// One attempt. Newest first, children before their parents.
pub(crate) fn prune(attempt: &mut Attempt<'_>, request: &Prune) -> Result<Vec<Pruned>, OperationError> {
    let (repo, index) = (attempt.repo, attempt.index);
    let (mut kept, mut heads) = (Vec::new(), Vec::new());
    for (name, id) in index.reader().tips().map_err(IndexError::from)? {
        let name = String::from_utf8_lossy(&name).into_owned();
        match repo.prefix().parse(name.as_str().into()).map_err(IndexError::from)? {
            LineageRef::Kept { .. } => kept.push((name, id)),
            _ => heads.push(id),
        }
    }
    let mut candidates = Vec::with_capacity(kept.len());
    for (ref_name, id) in kept {
        let (order, version) = known(index, id)?;
        let made = version.created_at.seconds;
        let expired = request.expire.is_some_and(|date| made < date.seconds);
        candidates.push(Kept {
            ref_name,
            id,
            order,
            expired,
        });
    }
    candidates.sort_by_key(|one| std::cmp::Reverse(one.order));
    let Some(oldest) = candidates.last().map(|one| one.order) else {
        return Ok(Vec::new());
    };
    let needed = needed::versions(repo)?;
    let mut oldest = oldest;
    for id in &needed {
        // What hangs on nothing but an unfinished operation is not known yet.
        let order = index.reader().order_of(id).map_err(IndexError::from)?;
        oldest = order.map_or(oldest, |order| order.min(oldest));
    }
    let mut held = Held::down_to(index, oldest);
    for id in heads {
        if held.add(id)? {
            held.add_below(id)?;
        }
    }
    for one in candidates.iter().filter(|one| !one.expired) {
        held.add_below(one.id)?;
    }
    for one in candidates.iter_mut().filter(|one| one.expired) {
        // What it holds alone may be what somebody still has to go on from, or back to.
        if !held.has(one.id) && held.alone_holds_any(one.id, &needed)? {
            one.expired = false;
            held.add_below(one.id)?;
        }
    }
    let mut pruned = Vec::new();
    let mut updates = Vec::new();
    for one in candidates {
        let contained = held.has(one.id);
        if !contained && !one.expired {
            continue;
        }
        pruned.push(Pruned {
            version: known(index, one.id)?.1,
            contained,
        });
        updates.push(RefUpdate {
            name: one.ref_name,
            new: None,
            expected: Expected::Is(one.id.oid()),
        });
    }
    if !request.dry_run {
        repo.update_refs_to_recorded(&updates)?;
        let finished = Finished {
            tips: updates.into_iter().map(|update| (update.name, None)).collect(),
            states: Vec::new(),
        };
        attempt.done(Some(finished), Vec::new());
    }
    Ok(pruned)
}

fn known(index: &Index, id: VersionId) -> Result<(i64, ArtifactVersion), IndexError> {
    index
        .version_with_order(&id)?
        .ok_or_else(|| IndexError::CorruptSidecar {
            reason: format!("the version {id} that a ref points to is missing"),
        })
}

/// The versions that heads contain which stay, as far down as anybody asks.
struct Held<'index> {
    index: &'index Index,
    oldest: i64,
    versions: HashSet<VersionId>,
}

impl<'index> Held<'index> {
    fn down_to(index: &'index Index, oldest: i64) -> Self {
        Held {
            index,
            oldest,
            versions: HashSet::new(),
        }
    }

    fn has(&self, id: VersionId) -> bool {
        self.versions.contains(&id)
    }

    fn add(&mut self, id: VersionId) -> Result<bool, IndexError> {
        let new = self.versions.insert(id);
        // Below the oldest one nobody asks for anything.
        let order = self.index.reader().order_of(&id)?;
        Ok(new && order.is_some_and(|order| order > self.oldest))
    }

    /// All ancestors of a version, without itself.
    fn add_below(&mut self, id: VersionId) -> Result<(), IndexError> {
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            for parent in self.index.reader().parents(&id)?.unwrap_or_default() {
                if !self.has(parent) && self.add(parent)? {
                    stack.push(parent);
                }
            }
        }
        Ok(())
    }

    /// Whether `id` contains one of `wanted` that nothing else holds.
    fn alone_holds_any(&self, id: VersionId, wanted: &HashSet<VersionId>) -> Result<bool, IndexError> {
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
