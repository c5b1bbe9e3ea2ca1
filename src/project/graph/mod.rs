//! [`Graph`]: ancestor questions about versions, including those that are about to be written.
//!
//! Every version has an *order* number that is greater than those of all its ancestors: in the sidecar the row number,
//! because rows are inserted parents first; versions not written yet come after them. Dates play no part, they lie.
//! The order keeps walks short: a version can only be an ancestor of one with a greater number.
//!
//! Walks meet a [`Vertex`] for each version, read many at a time: 50,000 versions may lie between a head and its baseline.
//! Whole versions ([`Node`]) are for those that come out of it. [`apart`] has what one version contains and others do not,
//! [`baseline`] which version a baseline is.

mod apart;
mod baseline;

use std::{
    cell::{OnceCell, RefCell},
    collections::{BinaryHeap, HashMap, HashSet},
    rc::Rc,
};

pub(crate) use self::baseline::Baseline;

use crate::{
    git::{Repo, commit_graph::CommitGraph},
    id::{ArtifactId, ContentHash, VersionId},
    index::{Index, IndexError},
    origin::ChangeOrigin,
    sidecar::{Vertex, Vertices},
    version::ArtifactVersion,
};

/// So many versions are walked before the commit-graph is opened: mostly what is asked for is near.
const NEAR: usize = 16;

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

    fn vertex(&self) -> Vertex {
        Vertex {
            id: self.id(),
            order: self.order,
            parents: self.version.parent_ids.clone(),
            origin: self.version.change_origin,
            made_in_work_tree: self.made_in_work_tree(),
        }
    }
}

/// The versions known here, plus pending ones.
pub(crate) struct Graph<'index> {
    repo: &'index Repo,
    index: &'index Index,
    commits: OnceCell<CommitGraph>,
    /// What walks found: whether the first contains the second.
    contained: RefCell<HashMap<(VersionId, VersionId), bool>>,
    ahead: RefCell<Vertices<'index>>,
    vertices: RefCell<HashMap<VersionId, Option<Rc<Vertex>>>>,
    nodes: RefCell<HashMap<VersionId, Option<Rc<Node>>>>,
    upstream: RefCell<HashMap<VersionId, bool>>,
    /// What will be written, in the order in which it was added, by content.
    pending: HashMap<ContentHash, Vec<Rc<Node>>>,
    pending_count: i64,
}

impl<'index> Graph<'index> {
    pub(crate) fn new(repo: &'index Repo, index: &'index Index) -> Self {
        Graph {
            repo,
            index,
            commits: OnceCell::new(),
            contained: RefCell::default(),
            ahead: RefCell::new(index.reader().vertices()),
            vertices: RefCell::default(),
            nodes: RefCell::default(),
            upstream: RefCell::default(),
            pending: HashMap::new(),
            pending_count: 0,
        }
    }

    /// Adds a version that will be written with everything else; its parents must be known or pending.
    pub(crate) fn add_pending(&mut self, version: ArtifactVersion) {
        let order = FIRST_PENDING_ORDER + self.pending_count;
        self.pending_count += 1;
        let node = Rc::new(Node { version, order });
        let vertex = Rc::new(node.vertex());
        self.vertices.borrow_mut().insert(node.id(), Some(vertex));
        self.nodes.borrow_mut().insert(node.id(), Some(Rc::clone(&node)));
        self.pending.entry(node.version.content_hash).or_default().push(node);
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

    /// What a walk needs of a version; `None` for the parent of an orphan.
    fn vertex(&self, id: VersionId) -> Result<Option<Rc<Vertex>>, IndexError> {
        if let Some(vertex) = self.vertices.borrow().get(&id) {
            return Ok(vertex.clone());
        }
        let vertex = self.ahead.borrow_mut().take(&id)?.map(Rc::new);
        self.vertices.borrow_mut().insert(id, vertex.clone());
        Ok(vertex)
    }

    /// A parent of a version; `None` for that of an orphan.
    ///
    /// # Errors
    /// [`IndexError::CorruptSidecar`] if it does not stand before its child, which all walks here rely on to end.
    fn parent(&self, child: &Vertex, parent: VersionId) -> Result<Option<Rc<Vertex>>, IndexError> {
        match self.vertex(parent)? {
            Some(vertex) if vertex.order >= child.order => Err(IndexError::circle(parent)),
            found => Ok(found),
        }
    }

    /// All versions of an artifact with exactly this content.
    pub(crate) fn with_content(
        &self,
        artifact: &ArtifactId,
        content: ContentHash,
    ) -> Result<Vec<Rc<Node>>, IndexError> {
        let mut found = Vec::new();
        for version in self.index.find_by_content(&content)? {
            if version.artifact_id == *artifact {
                found.extend(self.node(version.version_id)?);
            }
        }
        let pending = self.pending.get(&content).into_iter().flatten();
        found.extend(pending.filter(|node| node.version.artifact_id == *artifact).cloned());
        Ok(found)
    }

    /// True if `ancestor` is `descendant` or one of its ancestors.
    pub(crate) fn contains(&self, descendant: VersionId, ancestor: VersionId) -> Result<bool, IndexError> {
        if descendant == ancestor {
            return Ok(true);
        }
        if let Some(known) = self.contained.borrow().get(&(descendant, ancestor)) {
            return Ok(*known);
        }
        // The goal first: what is read ahead is then what lies below the start.
        let (Some(goal), Some(start)) = (self.vertex(ancestor)?, self.vertex(descendant)?) else {
            return Ok(false);
        };
        let contained = self.leads_to(start, &goal)?;
        self.contained.borrow_mut().insert((descendant, ancestor), contained);
        Ok(contained)
    }

    fn commits(&self) -> &CommitGraph {
        self.commits.get_or_init(|| self.repo.commit_graph())
    }

    /// Walks back from a version until it meets another.
    fn leads_to(&self, start: Rc<Vertex>, goal: &Vertex) -> Result<bool, IndexError> {
        let mut seen = HashSet::new();
        let mut stack = vec![start];
        let mut by_commits = None;
        while let Some(vertex) = stack.pop() {
            if seen.len() >= NEAR && by_commits.is_none() {
                by_commits = Some(self.commits().search(goal.id.oid()));
            }
            match by_commits.as_ref().and_then(|search| search.is_below(vertex.id.oid())) {
                Some(true) => return Ok(true),
                Some(false) => continue,
                None => {}
            }
            for parent in &vertex.parents {
                if *parent == goal.id {
                    return Ok(true);
                }
                if let Some(parent) = self.parent(&vertex, *parent)?
                    && parent.order > goal.order
                    && seen.insert(parent.id)
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

    /// True for a version of pure upstream content: a deployment without parent, or a sync whose one parent is itself an
    /// upstream version.
    pub(crate) fn is_upstream(&self, version: VersionId) -> Result<bool, IndexError> {
        let mut chain = Vec::new();
        let mut current = self.vertex(version)?;
        let verdict = loop {
            let Some(vertex) = current else { break false };
            if let Some(known) = self.upstream.borrow().get(&vertex.id) {
                break *known;
            }
            chain.push(vertex.id);
            match (vertex.origin, vertex.parents.as_slice()) {
                (Some(ChangeOrigin::Deployment), []) => break true,
                (Some(ChangeOrigin::Sync), [parent]) => current = self.parent(&vertex, *parent)?,
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
        queue.extend(self.vertex(version)?.map(|vertex| (vertex.order, version)));
        while let Some((_, id)) = queue.pop() {
            let Some(vertex) = self.vertex(id)? else { continue };
            if self.is_upstream(id)? {
                return self.node(id);
            }
            for parent in &vertex.parents {
                if seen.insert(*parent)
                    && let Some(parent) = self.vertex(*parent)?
                {
                    queue.push((parent.order, parent.id));
                }
            }
        }
        Ok(None)
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
