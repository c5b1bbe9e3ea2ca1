//! [`CommitGraph`]: whether a commit contains another, and its parents, by git's commit-graph where that has them.
//!
//! A step costs tens of nanoseconds there, a look-up in the sidecar some microseconds. A commit-graph has all ancestors of
//! what it has; one that is damaged, or says otherwise, answers nothing. In a shallow clone it is not used, as git does not.

use std::cell::RefCell;

use gix::{
    ObjectId,
    commitgraph::{Graph, Position},
};

use super::Repo;

/// What a repository has of it, perhaps nothing.
pub(crate) struct CommitGraph(Option<Graph>);

/// A commit as the graph has it.
pub(crate) struct GraphCommit {
    /// Greater than that of each of its parents.
    pub(crate) generation: u32,
    pub(crate) parents: Vec<ObjectId>,
}

/// The graph is damaged, or was written by a git that did not count generations.
pub(crate) struct Unusable;

impl Repo {
    /// The commit-graph as it is now.
    pub(crate) fn commit_graph(&self) -> CommitGraph {
        let used = self.gix().is_shallow().is_ok_and(|shallow| !shallow);
        let graph = used.then(|| self.gix().commit_graph_if_enabled().ok().flatten());
        CommitGraph(graph.flatten())
    }
}

impl CommitGraph {
    /// The search for one commit below others.
    pub(crate) fn search(&self, wanted: ObjectId) -> Search<'_> {
        let goal = self.0.as_ref().and_then(|graph| {
            let position = graph.lookup(wanted)?;
            Some((position, graph.commit_at(position).generation()))
        });
        Search {
            graph: self.0.as_ref(),
            goal,
            seen: RefCell::new(Positions::default()),
        }
    }

    /// A commit; `None` where the graph does not have it.
    pub(crate) fn commit(&self, id: ObjectId) -> Result<Option<GraphCommit>, Unusable> {
        let Some(graph) = &self.0 else { return Ok(None) };
        let Some(position) = graph.lookup(id) else {
            return Ok(None);
        };
        let commit = graph.commit_at(position);
        let generation = commit.generation();
        let mut parents = Vec::new();
        for parent in commit.iter_parents() {
            let parent = parent.map_err(|_| Unusable)?;
            if parent.0 >= graph.num_commits() {
                return Err(Unusable);
            }
            let parent = graph.commit_at(parent);
            if parent.generation() == 0 || parent.generation() >= generation {
                return Err(Unusable);
            }
            parents.push(parent.id().to_owned());
        }
        Ok(Some(GraphCommit { generation, parents }))
    }
}

/// A search for one commit; what was seen once is not looked at again.
pub(crate) struct Search<'graph> {
    graph: Option<&'graph Graph>,
    /// The commit looked for and its generation; `None` where it is not in the graph.
    goal: Option<(Position, u32)>,
    seen: RefCell<Positions>,
}

/// A set, one bit for each.
#[derive(Default)]
struct Positions(Vec<u64>);

impl Positions {
    /// True if it was not there.
    fn insert(&mut self, Position(at): Position) -> bool {
        let (word, bit) = (at as usize / 64, 1 << (at % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }
}

impl Search<'_> {
    /// Whether it is `from` or an ancestor of it; `None` where the graph cannot tell.
    pub(crate) fn is_below(&self, from: ObjectId) -> Option<bool> {
        let graph = self.graph?;
        let start = graph.lookup(from)?;
        let Some((goal, lowest)) = self.goal else {
            return Some(false);
        };
        if start == goal {
            return Some(true);
        }
        let mut seen = self.seen.borrow_mut();
        let mut waiting = vec![start];
        while let Some(position) = waiting.pop() {
            for parent in graph.commit_at(position).iter_parents() {
                let parent = parent.ok()?;
                if parent == goal {
                    return Some(true);
                }
                if parent.0 >= graph.num_commits() {
                    return None;
                }
                // Generations count up from 1 at the roots; 0 was written by a git that did not count.
                let generation = graph.commit_at(parent).generation();
                let above = generation == 0 || lowest == 0 || generation > lowest;
                if above && seen.insert(parent) {
                    waiting.push(parent);
                }
            }
        }
        Some(false)
    }
}
