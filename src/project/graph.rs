//! [`Graph`]: ancestor questions about versions, including those that are about to be written.
//!
//! Every version has an *order* number that is greater than those of all its ancestors: in the sidecar the row number,
//! because rows are inserted parents first; versions not written yet come after them. Dates play no part, they lie.
//! The order keeps walks short: a version can only be an ancestor of one with a greater number.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    rc::Rc,
};

use crate::{
    id::{ArtifactId, ContentHash, VersionId},
    index::{Index, IndexError},
    origin::ChangeOrigin,
    version::{ArtifactVersion, Timestamp},
};

/// Versions that are not written yet are numbered from here on.
const FIRST_PENDING_ORDER: i64 = i64::MAX / 2;

/// A version with its place in the topological order.
pub(crate) struct Node {
    pub(crate) version: ArtifactVersion,
    pub(crate) order: i64,
}

impl Node {
    pub(crate) fn id(&self) -> VersionId {
        self.version.version_id
    }

    /// True for records from the work tree; versions taken from project commits name the commit.
    pub(crate) fn made_in_work_tree(&self) -> bool {
        self.version.project_commit.is_none()
    }
}

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

/// What a manifest names as baseline, and where.
pub(crate) struct Baseline<'a> {
    pub(crate) artifact: &'a ArtifactId,
    pub(crate) content: ContentHash,
    /// The versions that come before.
    pub(crate) before: &'a [VersionId],
    /// What was recorded on top of them.
    pub(crate) head: Option<VersionId>,
    /// What comes before had another baseline.
    pub(crate) moved: bool,
    /// When the manifest was committed.
    pub(crate) at: Option<Timestamp>,
}

impl<'a> Baseline<'a> {
    /// The baseline that a version stands on.
    pub(crate) fn below(artifact: &'a ArtifactId, content: ContentHash, version: &'a VersionId) -> Self {
        Baseline {
            artifact,
            content,
            before: std::slice::from_ref(version),
            head: None,
            moved: false,
            at: None,
        }
    }
}

/// What a walk from a version and a base found.
struct Apart {
    added: Vec<Rc<Node>>,
    descends_from_all: bool,
}

/// The versions known here, plus pending ones.
pub(crate) struct Graph<'index> {
    index: &'index Index,
    nodes: RefCell<HashMap<VersionId, Option<Rc<Node>>>>,
    upstream: RefCell<HashMap<VersionId, bool>>,
    pending: Vec<Rc<Node>>,
}

impl<'index> Graph<'index> {
    pub(crate) fn new(index: &'index Index) -> Self {
        Graph {
            index,
            nodes: RefCell::default(),
            upstream: RefCell::default(),
            pending: Vec::new(),
        }
    }

    /// Adds a version that will be written with everything else; its parents must be known or pending.
    pub(crate) fn add_pending(&mut self, version: ArtifactVersion) {
        let order = FIRST_PENDING_ORDER + i64::try_from(self.pending.len()).unwrap_or(i64::MAX / 2);
        let node = Rc::new(Node { version, order });
        self.nodes.borrow_mut().insert(node.id(), Some(Rc::clone(&node)));
        self.pending.push(node);
    }

    pub(crate) fn is_pending(&self, id: VersionId) -> bool {
        let nodes = self.nodes.borrow();
        let node = nodes.get(&id).and_then(Option::as_ref);
        node.is_some_and(|node| node.order >= FIRST_PENDING_ORDER)
    }

    /// A version; `None` for the parent of an orphan.
    pub(crate) fn node(&self, id: VersionId) -> Result<Option<Rc<Node>>, IndexError> {
        if let Some(node) = self.nodes.borrow().get(&id) {
            return Ok(node.clone());
        }
        let node = self
            .index
            .version_with_order(&id)?
            .map(|(order, version)| Rc::new(Node { version, order }));
        self.nodes.borrow_mut().insert(id, node.clone());
        Ok(node)
    }

    /// A parent of a version; `None` for that of an orphan.
    ///
    /// # Errors
    /// [`IndexError::CorruptSidecar`] if it does not stand before its child, which all walks here rely on to end.
    fn parent(&self, child: &Node, parent: VersionId) -> Result<Option<Rc<Node>>, IndexError> {
        match self.node(parent)? {
            Some(node) if node.order >= child.order => Err(IndexError::circle(parent)),
            found => Ok(found),
        }
    }

    /// All versions of an artifact with exactly this content.
    pub(crate) fn with_content(
        &self,
        artifact: &ArtifactId,
        content: ContentHash,
    ) -> Result<Vec<Rc<Node>>, IndexError> {
        let matches = |version: &ArtifactVersion| version.artifact_id == *artifact && version.content_hash == content;
        let mut found = Vec::new();
        for version in self.index.find_by_content(&content)? {
            if matches(&version) {
                found.extend(self.node(version.version_id)?);
            }
        }
        found.extend(self.pending.iter().filter(|node| matches(&node.version)).cloned());
        Ok(found)
    }

    /// True if `ancestor` is `descendant` or one of its ancestors.
    pub(crate) fn contains(&self, descendant: VersionId, ancestor: VersionId) -> Result<bool, IndexError> {
        if descendant == ancestor {
            return Ok(true);
        }
        let (Some(start), Some(goal)) = (self.node(descendant)?, self.node(ancestor)?) else {
            return Ok(false);
        };
        let mut seen = HashSet::new();
        let mut stack = vec![start];
        while let Some(node) = stack.pop() {
            for parent in &node.version.parent_ids {
                if *parent == ancestor {
                    return Ok(true);
                }
                if let Some(parent) = self.parent(&node, *parent)?
                    && parent.order > goal.order
                    && seen.insert(parent.id())
                {
                    stack.push(parent);
                }
            }
        }
        Ok(false)
    }

    /// Those of `ids` that no other of them contains, in the given order, each once.
    pub(crate) fn maximal(&self, ids: &[VersionId]) -> Result<Vec<VersionId>, IndexError> {
        let mut distinct: Vec<VersionId> = Vec::with_capacity(ids.len());
        for id in ids {
            if !distinct.contains(id) {
                distinct.push(*id);
            }
        }
        if distinct.len() < 2 {
            return Ok(distinct);
        }
        let mut maximal = Vec::with_capacity(distinct.len());
        for id in &distinct {
            let mut contained = false;
            for other in &distinct {
                contained = contained || (other != id && self.contains(*other, *id)?);
            }
            if !contained {
                maximal.push(*id);
            }
        }
        Ok(maximal)
    }

    /// What `version` adds to `base`: itself and its ancestors without those of `base`; `None` if it does not descend
    /// from all of `base`.
    pub(crate) fn added(&self, version: VersionId, base: &[VersionId]) -> Result<Option<Vec<Rc<Node>>>, IndexError> {
        let walk = self.walk_apart(version, base, true)?;
        Ok(walk.descends_from_all.then_some(walk.added))
    }

    /// The ancestors of `version`, itself included, that `other` does not contain.
    pub(crate) fn only_in(&self, version: VersionId, other: VersionId) -> Result<Vec<Rc<Node>>, IndexError> {
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
            let Some(node) = self.node(id)? else { continue };
            mark(&node, side, &mut sides, &mut queue, &mut undecided);
        }
        let mut added = Vec::new();
        let mut met = 0;
        while let Some((_, id)) = queue.pop() {
            let Some(node) = self.node(id)? else { continue };
            let side = sides.get(&id).copied().unwrap_or_default();
            if base.contains(&id) && side.version {
                met += 1;
            } else if base.contains(&id) && meet_base {
                break;
            }
            if side.only_version() {
                undecided -= 1;
                added.push(Rc::clone(&node));
            }
            for parent in &node.version.parent_ids {
                if let Some(parent) = self.parent(&node, *parent)? {
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

    /// True for a version of pure upstream content: a deployment without parent, or a sync whose one parent is itself an
    /// upstream version.
    pub(crate) fn is_upstream(&self, node: &Node) -> Result<bool, IndexError> {
        let mut chain = Vec::new();
        let mut current = self.node(node.id())?;
        let verdict = loop {
            let Some(node) = current else { break false };
            if let Some(known) = self.upstream.borrow().get(&node.id()) {
                break *known;
            }
            chain.push(node.id());
            match (node.version.change_origin, node.version.parent_ids.as_slice()) {
                (Some(ChangeOrigin::Deployment), []) => break true,
                (Some(ChangeOrigin::Sync), [parent]) => current = self.parent(&node, *parent)?,
                _ => break false,
            }
        };
        let mut known = self.upstream.borrow_mut();
        known.extend(chain.into_iter().map(|id| (id, verdict)));
        Ok(verdict)
    }

    /// The newest upstream version that a version contains; `None` if it stands on none that is known.
    pub(crate) fn newest_upstream(&self, version: VersionId) -> Result<Option<Rc<Node>>, IndexError> {
        let mut queue = BinaryHeap::new();
        let mut seen = HashSet::new();
        queue.extend(self.node(version)?.map(|node| (node.order, version)));
        while let Some((_, id)) = queue.pop() {
            let Some(node) = self.node(id)? else { continue };
            if self.is_upstream(&node)? {
                return Ok(Some(node));
            }
            for parent in &node.version.parent_ids {
                if seen.insert(*parent)
                    && let Some(parent) = self.node(*parent)?
                {
                    queue.push((parent.order, parent.id()));
                }
            }
        }
        Ok(None)
    }

    /// The baseline's version; `None` if no upstream version with that content is known here. Of several the first that
    /// [`baseline_versions`](Self::baseline_versions) names.
    pub(crate) fn baseline_version(&self, baseline: &Baseline<'_>) -> Result<Option<VersionId>, IndexError> {
        Ok(self.baseline_versions(baseline)?.into_iter().next())
    }

    /// What may be the baseline's version, the likeliest first; none if no upstream version with that content is known here.
    ///
    /// Of several the newest one that is contained where [`Baseline`] says; else one that follows what is contained there;
    /// else, for an artifact that a commit made `at` this time deploys, the deployment that was the newest then: an artifact
    /// that was removed and deployed again has two roots, and each commit means its own. Else the one with the smallest id.
    /// A baseline that has moved is not what stood there before, as long as anything else can be it: upstreams go back to
    /// what they were. Only among those that follow what is contained there is more than one answer: several clones may have
    /// synced the same.
    pub(crate) fn baseline_versions(&self, baseline: &Baseline<'_>) -> Result<Vec<VersionId>, IndexError> {
        let (mut contained, mut following, mut passed, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let head = baseline.head.as_slice();
        for node in self.with_content(baseline.artifact, baseline.content)? {
            if !self.is_upstream(&node)? {
                continue;
            }
            if self.is_within(node.id(), baseline.before)? {
                let stays = if baseline.moved { &mut passed } else { &mut contained };
                stays.push(node);
                continue;
            }
            if self.is_within(node.id(), head)? {
                contained.push(node);
                continue;
            }
            match node.version.parent_ids.as_slice() {
                [parent] if self.is_within(*parent, baseline.before)? || self.is_within(*parent, head)? => {
                    following.push((*parent, node.id()));
                }
                _ => others.push(node),
            }
        }
        if let Some(newest) = self.newest_of(&contained)? {
            return Ok(vec![newest]);
        }
        if !following.is_empty() {
            return self.closest_first(baseline.artifact, &following);
        }
        if let Some(newest) = self.newest_of(&passed)? {
            return Ok(vec![newest]);
        }
        let by_then = others.iter().filter(|node| {
            baseline
                .at
                .is_some_and(|at| node.version.created_at.seconds <= at.seconds)
        });
        let best = by_then.min_by_key(newest_first);
        let best = best.or(others.iter().min_by_key(|node| node.id()));
        Ok(best.map(|node| node.id()).into_iter().collect())
    }

    /// Versions, each behind the parent that it follows: one that skipped what was synced here follows less closely. Then
    /// one that a remote has, then the one with the smallest id.
    fn closest_first(
        &self,
        artifact: &ArtifactId,
        following: &[(VersionId, VersionId)],
    ) -> Result<Vec<VersionId>, IndexError> {
        if let [(_, only)] = following {
            return Ok(vec![*only]);
        }
        let parents: Vec<_> = following.iter().map(|(parent, _)| *parent).collect();
        let newest = self.maximal(&parents)?;
        let mut ranked = Vec::with_capacity(following.len());
        for (parent, id) in following {
            ranked.push((!newest.contains(parent), !self.is_on_remote(artifact, *id)?, *id));
        }
        ranked.sort_unstable();
        Ok(ranked.into_iter().map(|(.., id)| id).collect())
    }

    fn newest_of(&self, nodes: &[Rc<Node>]) -> Result<Option<VersionId>, IndexError> {
        let ids: Vec<_> = nodes.iter().map(|node| node.id()).collect();
        let newest = self.maximal(&ids)?;
        let maximal = nodes.iter().filter(|node| newest.contains(&node.id()));
        Ok(maximal.min_by_key(newest_first).map(|node| node.id()))
    }

    /// True if one of `within` contains the version.
    pub(crate) fn is_within(&self, id: VersionId, within: &[VersionId]) -> Result<bool, IndexError> {
        for holder in within {
            if self.contains(*holder, id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// True if a head of one of the remotes, as last fetched, contains the version.
    pub(crate) fn is_on_remote(&self, artifact: &ArtifactId, id: VersionId) -> Result<bool, IndexError> {
        self.is_within(id, &self.index.remote_heads(artifact)?)
    }
}

fn newest_first(node: &&Rc<Node>) -> (Reverse<i64>, VersionId) {
    (Reverse(node.version.created_at.seconds), node.id())
}

/// Notes for a walk from which side a version is reached; one met for the first time is put into the queue.
fn mark(
    node: &Node,
    side: Sides,
    sides: &mut HashMap<VersionId, Sides>,
    queue: &mut BinaryHeap<(i64, VersionId)>,
    undecided: &mut usize,
) {
    let entry = sides.entry(node.id());
    if matches!(entry, std::collections::hash_map::Entry::Vacant(_)) {
        queue.push((node.order, node.id()));
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
