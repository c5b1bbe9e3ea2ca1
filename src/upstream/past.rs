//! What an upstream's history holds at a path: every state it ever had, and in which commit it came up.
//!
//! All commits count, not only first parents. The path is followed back through renames, as [`moved`](super::moved) finds
//! them between a commit and its first parent.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    rc::Rc,
};

use gix::{ObjectId, objs::tree::EntryKind};

use super::{
    Before, Moved, Store, UpstreamError,
    refs::Resolved,
    request::{Depth, Request},
    source::path_inside,
};
use crate::git::{
    GitError, Repo,
    light_commits::{LightCommit, LightCommits},
    path_at::{Found, PathAt},
};

/// A state that came up in a commit: none of its parents has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) commit: ObjectId,
    /// Where it stands in that commit; empty for the upstream's root.
    pub(crate) path: String,
    pub(crate) found: Found,
}

/// Commits by their ids, and in an order in which parents stand before their children and, where that leaves a choice,
/// the smaller id first. A history that grows keeps the order of what it had.
pub(crate) struct Commits {
    pub(crate) known: HashMap<ObjectId, LightCommit>,
    pub(crate) order: Vec<ObjectId>,
}

impl Store {
    /// Every state of a path in the history of a commit, in the order of [`Commits`].
    ///
    /// # Errors
    /// [`UpstreamError::PathOutside`]; what [`fetch`](Store::fetch) returns.
    pub(crate) fn past(&self, tip: &Resolved, path: &str) -> Result<Vec<Occurrence>, UpstreamError> {
        let commits = self.commits(tip)?;
        let history = self.history_of(&commits, tip, path)?;
        let found: HashMap<ObjectId, Found> = history.iter().map(|(_, state)| (state.commit, state.found)).collect();
        let is_new = |state: &Occurrence| {
            let mut parents = commits.known[&state.commit].parents.iter();
            parents.all(|parent| found.get(parent) != Some(&state.found))
        };
        let states = history.into_iter().map(|(_, state)| state);
        Ok(states.filter(is_new).collect())
    }

    /// Every commit that holds something at a path, with its place in the order of [`Commits`].
    ///
    /// # Errors
    /// As [`past`](Store::past).
    pub(super) fn history_at(&self, tip: &Resolved, path: &str) -> Result<Vec<(usize, Occurrence)>, UpstreamError> {
        self.history_of(&self.commits(tip)?, tip, path)
    }

    fn history_of(
        &self,
        commits: &Commits,
        tip: &Resolved,
        path: &str,
    ) -> Result<Vec<(usize, Occurrence)>, UpstreamError> {
        let path = path_inside(path)?;
        let mut places = Places::new(self, commits, tip.commit, &path)?;
        let mut history = Vec::new();
        for (place, id) in commits.order.iter().enumerate() {
            if let Some(found) = places.found(*id)? {
                let state = Occurrence {
                    commit: *id,
                    path: places.paths[id].to_string(),
                    found,
                };
                history.push((place, state));
            }
        }
        Ok(history)
    }

    /// The whole history of a commit.
    ///
    /// # Errors
    /// What [`fetch`](Store::fetch) returns.
    pub(crate) fn commits(&self, tip: &Resolved) -> Result<Commits, UpstreamError> {
        self.attempt(tip.commit, || {
            self.fetch(tip)?;
            if let Some(commits) = read_all(&*self.repo()?, tip.commit)? {
                return Ok(commits);
            }
            self.fetch_history(tip)?;
            let commits = read_all(&*self.repo()?, tip.commit)?;
            commits.ok_or_else(|| {
                let id = tip.commit.to_string();
                UpstreamError::Git(GitError::MissingObject { id })
            })
        })
    }

    /// Fetches the history of a commit with all trees, and without blobs where the server can leave them out.
    fn fetch_history(&self, tip: &Resolved) -> Result<(), UpstreamError> {
        self.needs_network(tip.commit)?;
        let _lock = self.lock()?;
        let keep = format!("+{}:{}", tip.commit, Store::seen_ref(&tip.ref_name));
        let everything = "+refs/heads/*:refs/all/heads/*".to_owned();
        let mut refused = None;
        // A server that leaves nothing out, or gives out no commits by their id, is asked for more.
        for (filter, refspec) in [
            (self.leaves_blobs_out(), keep.clone()),
            (None, keep),
            (self.leaves_blobs_out(), everything),
        ] {
            let outcome = self.request(&Request {
                filter,
                depth: Depth::Rest,
                refspecs: vec![refspec],
                says_nothing: true,
                fetches_again: true,
                ..Request::default()
            })?;
            if outcome.success {
                return Ok(());
            }
            refused.get_or_insert(outcome.message);
        }
        Err(UpstreamError::FetchFailed {
            url: self.url().to_owned(),
            message: refused.unwrap_or_default(),
        })
    }
}

/// Everything that a commit leads to; `None` where some of it is not here with its tree.
fn read_all(repo: &Repo, tip: ObjectId) -> Result<Option<Commits>, GitError> {
    let mut commits = LightCommits::new(repo);
    let mut known: HashMap<ObjectId, LightCommit> = HashMap::new();
    let mut children: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
    let mut next = vec![tip];
    while let Some(id) = next.pop() {
        if known.contains_key(&id) {
            continue;
        }
        let commit = match commits.get(id) {
            Err(GitError::MissingObject { .. }) => return Ok(None),
            commit => commit?,
        };
        if !repo.exists(commit.tree) {
            return Ok(None);
        }
        for parent in &commit.parents {
            children.entry(*parent).or_default().push(id);
        }
        next.extend(&commit.parents);
        known.insert(id, commit);
    }
    let mut waiting: HashMap<ObjectId, usize> = known.iter().map(|(id, commit)| (*id, commit.parents.len())).collect();
    let roots = waiting.iter().filter(|(_, parents)| **parents == 0);
    let mut ready: BinaryHeap<Reverse<ObjectId>> = roots.map(|(id, _)| Reverse(*id)).collect();
    let mut order = Vec::with_capacity(known.len());
    while let Some(Reverse(id)) = ready.pop() {
        order.push(id);
        for child in children.get(&id).into_iter().flatten() {
            let left = waiting.entry(*child).or_default();
            *left = left.saturating_sub(1);
            if *left == 0 {
                ready.push(Reverse(*child));
            }
        }
    }
    Ok(Some(Commits { known, order }))
}

/// Where the path was in each commit, and what stood there.
struct Places {
    repo: Rc<Repo>,
    paths: HashMap<ObjectId, Rc<str>>,
    trees: HashMap<ObjectId, ObjectId>,
    found: HashMap<ObjectId, Option<Found>>,
    lookups: HashMap<Rc<str>, PathAt>,
}

impl Places {
    /// From the tip back. Of several children the one that comes last says where its parent's path was.
    fn new(store: &Store, commits: &Commits, tip: ObjectId, path: &str) -> Result<Self, UpstreamError> {
        let mut places = Places {
            repo: store.repo()?,
            paths: HashMap::from([(tip, Rc::from(path))]),
            trees: commits.known.iter().map(|(id, commit)| (*id, commit.tree)).collect(),
            found: HashMap::new(),
            lookups: HashMap::new(),
        };
        for id in commits.order.iter().rev() {
            let path = Rc::clone(&places.paths[id]);
            let here = places.found(*id)?;
            let parents = &commits.known[id].parents;
            let mut came_up = here.is_some() && !path.is_empty();
            for parent in parents {
                came_up = came_up && places.look(*parent, &path)?.is_none();
            }
            for (at, parent) in parents.iter().enumerate() {
                if places.paths.contains_key(parent) {
                    continue;
                }
                let moved = if came_up && at == 0 {
                    let before = Before {
                        commit: *id,
                        path: &path,
                        id: None,
                    };
                    store.moved(before, *parent)?
                } else {
                    Moved::Still
                };
                let place = match moved {
                    Moved::To(place) => Rc::from(place.as_str()),
                    Moved::Still | Moved::Deleted => Rc::clone(&path),
                };
                places.paths.insert(*parent, place);
            }
        }
        Ok(places)
    }

    fn found(&mut self, commit: ObjectId) -> Result<Option<Found>, GitError> {
        if let Some(known) = self.found.get(&commit) {
            return Ok(*known);
        }
        let path = Rc::clone(&self.paths[&commit]);
        let found = self.look(commit, &path)?;
        self.found.insert(commit, found);
        Ok(found)
    }

    /// A submodule is another repository's content, and a directory without files none.
    fn look(&mut self, commit: ObjectId, path: &Rc<str>) -> Result<Option<Found>, GitError> {
        let lookup = self
            .lookups
            .entry(Rc::clone(path))
            .or_insert_with(|| PathAt::new(path.as_bytes()));
        let found = lookup.at(&self.repo, self.trees[&commit])?;
        Ok(found.filter(|found| found.kind != EntryKind::Commit && found.id != ObjectId::empty_tree(found.id.kind())))
    }
}
