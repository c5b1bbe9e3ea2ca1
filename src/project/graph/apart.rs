//! What one version contains and others do not.

use std::{
    cell::Cell,
    collections::{BinaryHeap, HashMap, HashSet, hash_map::Entry},
    rc::Rc,
};

use super::{Graph, NEAR, Node, Vertex};
use crate::{
    git::commit_graph::{CommitGraph, Unusable},
    id::VersionId,
    index::IndexError,
};

/// What the commit-graph does not have comes before all that it has, as children come before parents.
const BEYOND_THE_COMMIT_GRAPH: i64 = u32::MAX as i64;

/// Which of the two starting points of a walk a version is reachable from.
#[derive(Debug, Clone, Copy)]
struct Sides {
    version: bool,
    base: bool,
}

impl Sides {
    const VERSION: Sides = Sides {
        version: true,
        base: false,
    };
    const BASE: Sides = Sides {
        version: false,
        base: true,
    };
    const NEITHER: Sides = Sides {
        version: false,
        base: false,
    };

    fn only_version(self) -> bool {
        self.version && !self.base
    }
}

/// A version that a walk has come to.
pub(crate) struct Step {
    pub(crate) id: VersionId,
    /// Greater than that of all its ancestors.
    order: i64,
    parents: Vec<VersionId>,
}

/// What a walk from a version and a base found.
struct Apart {
    /// Children before parents.
    added: Vec<Rc<Step>>,
    descends_from_all: bool,
}

/// Why a walk goes no further.
enum Stop {
    Index(IndexError),
    /// It is better made another way: with the commit-graph where it is long, without where that is damaged.
    OtherWay,
}

impl From<IndexError> for Stop {
    fn from(error: IndexError) -> Self {
        Stop::Index(error)
    }
}

impl From<Unusable> for Stop {
    fn from(_: Unusable) -> Self {
        Stop::OtherWay
    }
}

impl Graph<'_> {
    /// What `version` adds to `base`: itself and its ancestors without those of `base`; `None` if it does not descend
    /// from all of `base`.
    pub(crate) fn added(&self, version: VersionId, base: &[VersionId]) -> Result<Option<Vec<Rc<Vertex>>>, IndexError> {
        let walk = walk_apart(version, base, true, |id| self.step(id))?;
        if !walk.descends_from_all {
            return Ok(None);
        }
        let mut added = Vec::with_capacity(walk.added.len());
        for step in &walk.added {
            added.extend(self.vertex(step.id)?);
        }
        Ok(Some(added))
    }

    /// The ancestors of `version`, itself included, that `other` does not contain, children before parents.
    pub(crate) fn only_in(&self, version: VersionId, other: VersionId) -> Result<Vec<Rc<Step>>, IndexError> {
        let walked = Cell::new(0);
        let near = walk_apart(version, &[other], false, |id| {
            walked.set(walked.get() + 1);
            if walked.get() > NEAR {
                return Err(Stop::OtherWay);
            }
            Ok(self.step(id)?)
        });
        match near {
            Ok(walk) => return Ok(walk.added),
            Err(Stop::Index(error)) => return Err(error),
            Err(Stop::OtherWay) => {}
        }
        // Damage of the sidecar is met again below; what looks like it may be that of the commit-graph.
        let walk = match walk_apart(version, &[other], false, |id| self.step_by(self.commits(), id)) {
            Ok(walk) => walk,
            Err(Stop::Index(_) | Stop::OtherWay) => walk_apart(version, &[other], false, |id| self.step(id))?,
        };
        Ok(walk.added)
    }

    /// Those of the ancestors of `version`, itself included, that are not upstream's, that `other` does not contain, and that
    /// follow on no other of these.
    pub(crate) fn first_edits(&self, version: VersionId, other: VersionId) -> Result<Vec<Rc<Node>>, IndexError> {
        let mut firsts = Vec::new();
        let mut edits = HashSet::new();
        for step in self.only_in(version, other)?.iter().rev() {
            // What follows an edit is none of upstream's, which stand on upstream's alone: it need not be looked up.
            if step.parents.iter().any(|parent| edits.contains(parent)) {
                edits.insert(step.id);
            } else if !self.is_upstream(step.id)?
                && let Some(node) = self.node(step.id)?
            {
                edits.insert(step.id);
                firsts.push(node);
            }
        }
        Ok(firsts)
    }

    /// A version as the sidecar has it, or one that is pending; `None` for the parent of an orphan.
    fn step(&self, id: VersionId) -> Result<Option<Step>, IndexError> {
        Ok(self.vertex(id)?.map(|vertex| Step {
            id,
            order: BEYOND_THE_COMMIT_GRAPH + vertex.order,
            parents: vertex.parents.clone(),
        }))
    }

    /// The same by the commit-graph, where that has it.
    fn step_by(&self, commits: &CommitGraph, id: VersionId) -> Result<Option<Step>, Stop> {
        let Some(commit) = commits.commit(id.oid())? else {
            return Ok(self.step(id)?);
        };
        Ok(Some(Step {
            id,
            order: i64::from(commit.generation),
            parents: commit.parents.into_iter().map(VersionId::from_oid).collect(),
        }))
    }
}

/// Walks back from `version` and `base` at once, from the greatest order down: every version is met after all its
/// descendants, so what is known about it then is complete. Ends when nothing that only `version` has is left.
fn walk_apart<E: From<IndexError>>(
    version: VersionId,
    base: &[VersionId],
    meet_base: bool,
    mut look_up: impl FnMut(VersionId) -> Result<Option<Step>, E>,
) -> Result<Apart, E> {
    let mut walk = Walk::default();
    walk.mark(version, Sides::VERSION, None, &mut look_up)?;
    for id in base {
        walk.mark(*id, Sides::BASE, None, &mut look_up)?;
    }
    let mut added = Vec::new();
    let mut met = 0;
    while let Some((_, id)) = walk.queue.pop() {
        let Some((side, step)) = walk.reached.get(&id) else {
            continue;
        };
        let (side, step) = (*side, Rc::clone(step));
        if base.contains(&id) && side.version {
            met += 1;
        } else if base.contains(&id) && meet_base {
            break;
        }
        if side.only_version() {
            walk.undecided -= 1;
            added.push(Rc::clone(&step));
        }
        for parent in &step.parents {
            walk.mark(*parent, side, Some(step.order), &mut look_up)?;
        }
        if walk.undecided == 0 && (met == base.len() || !meet_base) {
            break;
        }
    }
    Ok(Apart {
        added,
        descends_from_all: met == base.len(),
    })
}

#[derive(Default)]
struct Walk {
    queue: BinaryHeap<(i64, VersionId)>,
    reached: HashMap<VersionId, (Sides, Rc<Step>)>,
    /// How many in the queue only `version` has, as far as is known.
    undecided: usize,
}

impl Walk {
    /// Notes from which side a version is reached, below a child of that order; one met for the first time is put into the
    /// queue.
    fn mark<E: From<IndexError>>(
        &mut self,
        id: VersionId,
        side: Sides,
        child: Option<i64>,
        look_up: &mut impl FnMut(VersionId) -> Result<Option<Step>, E>,
    ) -> Result<(), E> {
        let known = match self.reached.entry(id) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let Some(step) = look_up(id)? else { return Ok(()) };
                self.queue.push((step.order, id));
                entry.insert((Sides::NEITHER, Rc::new(step)))
            }
        };
        // The walk relies on it to end.
        if child.is_some_and(|order| known.1.order >= order) {
            return Err(IndexError::circle(id).into());
        }
        let was_undecided = known.0.only_version();
        known.0.version |= side.version;
        known.0.base |= side.base;
        match (was_undecided, known.0.only_version()) {
            (false, true) => self.undecided += 1,
            (true, false) => self.undecided -= 1,
            _ => {}
        }
        Ok(())
    }
}
