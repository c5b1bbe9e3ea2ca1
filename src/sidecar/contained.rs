//! What versions contain, newest first, found as far as it is asked for.
//!
//! This is Kahn's algorithm as `git log --topo-order` runs it with generation numbers: rows are numbered parents first, so a
//! version is known to have no further descendant in the answer once all rows above its own have been walked on from.
//! However long the lineage, its newest versions cost what lies between them, and what is held is the frontier of the walk.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    ops::ControlFlow,
};

use super::{Reader, SidecarError, ahead::ReadAhead, rows::Step};
use crate::{id::VersionId, version::ArtifactVersion};

impl Reader {
    /// Calls `visit` with the versions and all their ancestors along all parents, each once, until it breaks off. None comes
    /// before one of its descendants; beyond that newest first, then the smaller id first. A parent that is not known here
    /// ends its branch.
    ///
    /// # Errors
    /// [`SidecarError::Cycle`] with a version whose row does not stand before those of its children.
    pub(crate) fn walk_contained(
        &self,
        versions: &[VersionId],
        mut visit: impl FnMut(ArtifactVersion) -> ControlFlow<()>,
    ) -> Result<(), SidecarError> {
        /// Why reading rows ends early.
        enum Halt {
            Wanted,
            Failed(SidecarError),
        }
        impl From<SidecarError> for Halt {
            fn from(error: SidecarError) -> Self {
                Halt::Failed(error)
            }
        }
        self.snapshot(|| {
            let mut walk = Walk::from(self, versions)?;
            let mut failed = None;
            let rows = std::iter::from_fn(|| {
                walk.next().unwrap_or_else(|error| {
                    failed = Some(error);
                    None
                })
            });
            let visited = self.each_row(rows, |version| match visit(version) {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(()) => Err(Halt::Wanted),
            });
            match (visited, failed) {
                (Err(Halt::Failed(error)), _) | (_, Some(error)) => Err(error),
                (Ok(()) | Err(Halt::Wanted), None) => Ok(()),
            }
        })
    }
}

/// A version that was met and has not come out yet.
struct Met {
    row: i64,
    created_at: i64,
    parents: Vec<VersionId>,
    /// How many of its children were walked on from and have not come out.
    waits_for: usize,
    walked: bool,
}

struct Walk<'a> {
    ahead: ReadAhead<'a, Step>,
    met: HashMap<VersionId, Met>,
    /// What was not walked on from, the greatest row first.
    unwalked: BinaryHeap<(i64, VersionId)>,
    /// How many of those wait for no child, as far as is known.
    perhaps_ready: usize,
    /// What may come out next, the best first.
    ready: BinaryHeap<(i64, Reverse<VersionId>)>,
}

impl<'a> Walk<'a> {
    fn from(reader: &'a Reader, versions: &[VersionId]) -> Result<Self, SidecarError> {
        let mut walk = Walk {
            ahead: ReadAhead::new(reader),
            met: HashMap::new(),
            unwalked: BinaryHeap::new(),
            perhaps_ready: 0,
            ready: BinaryHeap::new(),
        };
        for id in versions {
            if !walk.met.contains_key(id) && walk.meet(id, i64::MAX)? {
                walk.perhaps_ready += 1;
            }
        }
        Ok(walk)
    }

    /// The row of the next version to come out.
    fn next(&mut self) -> Result<Option<i64>, SidecarError> {
        while self.perhaps_ready > 0 {
            self.walk_on()?;
        }
        let Some((_, Reverse(id))) = self.ready.pop() else {
            return Ok(None);
        };
        let version = self.met.remove(&id).expect("what is ready was met");
        for id in &version.parents {
            let Some(parent) = self.met.get_mut(id) else { continue };
            parent.waits_for -= 1;
            match (parent.waits_for, parent.walked) {
                (0, true) => self.ready.push((parent.created_at, Reverse(*id))),
                (0, false) => self.perhaps_ready += 1,
                _ => {}
            }
        }
        Ok(Some(version.row))
    }

    /// Walks on from the version with the greatest row: nothing that is met later can be its descendant.
    fn walk_on(&mut self) -> Result<(), SidecarError> {
        let (row, id) = self
            .unwalked
            .pop()
            .expect("what is perhaps ready was not walked on from");
        let version = self.met.get_mut(&id).expect("it has not come out");
        version.walked = true;
        if version.waits_for == 0 {
            self.perhaps_ready -= 1;
            self.ready.push((version.created_at, Reverse(id)));
        }
        for parent in version.parents.clone() {
            if let Some(met) = self.met.get_mut(&parent) {
                if met.row >= row {
                    return Err(SidecarError::Cycle { version_id: parent });
                }
                self.perhaps_ready -= usize::from(met.waits_for == 0);
                met.waits_for += 1;
            } else if self.meet(&parent, row)? {
                self.met.entry(parent).and_modify(|met| met.waits_for = 1);
            }
        }
        Ok(())
    }

    /// Takes in a version, whose row must be below this one; false if it is not known here.
    fn meet(&mut self, id: &VersionId, below: i64) -> Result<bool, SidecarError> {
        let Some((row, step)) = self.ahead.take(id)? else {
            return Ok(false);
        };
        if row >= below {
            return Err(SidecarError::Cycle { version_id: *id });
        }
        self.unwalked.push((row, *id));
        let met = Met {
            row,
            created_at: step.created_at,
            parents: step.parents,
            waits_for: 0,
            walked: false,
        };
        self.met.insert(*id, met);
        Ok(true)
    }
}
