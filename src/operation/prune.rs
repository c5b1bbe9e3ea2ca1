//! `prune`: heads that were left behind and that nobody needs under a name of their own any more.
//!
//! Guarantees: what an unfinished operation or the undo of the last command needs, in whichever work tree, stays. One walk
//! finds all that is contained elsewhere, however many kept heads there are.

use super::{OperationError, attempt::Attempt, held::Held, needed, planner::Finished};
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
        held.add(id)?;
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
