//! What one version contains and others do not.

use std::{
    collections::{BinaryHeap, HashMap},
    rc::Rc,
};

use super::{Graph, Vertex};
use crate::{id::VersionId, index::IndexError};

/// Which of the two starting points of a walk a version is reachable from.
#[derive(Debug, Clone, Copy, Default)]
struct Sides {
    version: bool,
    base: bool,
}

impl Sides {
    fn only_version(self) -> bool {
        self.version && !self.base
    }
}

/// What a walk from a version and a base found.
struct Apart {
    added: Vec<Rc<Vertex>>,
    descends_from_all: bool,
}

impl Graph<'_> {
    /// What `version` adds to `base`: itself and its ancestors without those of `base`; `None` if it does not descend
    /// from all of `base`.
    pub(crate) fn added(&self, version: VersionId, base: &[VersionId]) -> Result<Option<Vec<Rc<Vertex>>>, IndexError> {
        let walk = self.walk_apart(version, base, true)?;
        Ok(walk.descends_from_all.then_some(walk.added))
    }

    /// The ancestors of `version`, itself included, that `other` does not contain.
    pub(crate) fn only_in(&self, version: VersionId, other: VersionId) -> Result<Vec<Rc<Vertex>>, IndexError> {
        Ok(self.walk_apart(version, &[other], false)?.added)
    }

    /// Walks back from `version` and `base` at once, from the greatest order down: every version is met after all its
    /// descendants, so what is known about it then is complete. Ends when nothing that only `version` has is left.
    fn walk_apart(&self, version: VersionId, base: &[VersionId], meet_base: bool) -> Result<Apart, IndexError> {
        let mut queue: BinaryHeap<(i64, VersionId)> = BinaryHeap::new();
        let mut sides: HashMap<VersionId, Sides> = HashMap::new();
        let mut undecided = 0;
        let starts = std::iter::once((
            version,
            Sides {
                version: true,
                base: false,
            },
        ));
        let starts = starts.chain(base.iter().map(|id| {
            (
                *id,
                Sides {
                    version: false,
                    base: true,
                },
            )
        }));
        for (id, side) in starts {
            let Some(vertex) = self.vertex(id)? else { continue };
            mark(&vertex, side, &mut sides, &mut queue, &mut undecided);
        }
        let mut added = Vec::new();
        let mut met = 0;
        while let Some((_, id)) = queue.pop() {
            let Some(vertex) = self.vertex(id)? else { continue };
            let side = sides.get(&id).copied().unwrap_or_default();
            if base.contains(&id) && side.version {
                met += 1;
            } else if base.contains(&id) && meet_base {
                break;
            }
            if side.only_version() {
                undecided -= 1;
                added.push(Rc::clone(&vertex));
            }
            for parent in &vertex.parents {
                if let Some(parent) = self.parent(&vertex, *parent)? {
                    mark(&parent, side, &mut sides, &mut queue, &mut undecided);
                }
            }
            if undecided == 0 && (met == base.len() || !meet_base) {
                break;
            }
        }
        Ok(Apart {
            added,
            descends_from_all: met == base.len(),
        })
    }
}

/// Notes for a walk from which side a version is reached; one met for the first time is put into the queue.
fn mark(
    vertex: &Vertex,
    side: Sides,
    sides: &mut HashMap<VersionId, Sides>,
    queue: &mut BinaryHeap<(i64, VersionId)>,
    undecided: &mut usize,
) {
    let entry = sides.entry(vertex.id);
    if matches!(entry, std::collections::hash_map::Entry::Vacant(_)) {
        queue.push((vertex.order, vertex.id));
    }
    let known = entry.or_default();
    let was_undecided = known.only_version();
    known.version |= side.version;
    known.base |= side.base;
    match (was_undecided, known.only_version()) {
        (false, true) => *undecided += 1,
        (true, false) => *undecided -= 1,
        _ => {}
    }
}
