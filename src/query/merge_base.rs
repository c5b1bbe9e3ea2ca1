//! Common ancestors, by git's own definition and in the order of `git merge-base --all`.
//!
//! The walk is git's (`commit-reach.c`): paint down from both sides, newest date first, then drop what another candidate
//! contains. gix 0.90 has the same walk, but thins out its candidates along first parents only, so that where dates lie
//! it keeps ancestors of others; and it does not sort by date. Dates decide how long the walk is and the order of the
//! answer, never what is in it.

use std::{cmp::Reverse, collections::BinaryHeap};

use gix::{ObjectId, revwalk::graph::Commit};

use super::{Query, QueryError};
use crate::{
    git::{GitError, Repo},
    id::VersionId,
    version::ArtifactVersion,
};

/// Reachable from the first side.
const ONE: u8 = 1;
/// Reachable from the second side.
const TWO: u8 = 2;
const BOTH: u8 = ONE | TWO;
/// Contained in a candidate.
const STALE: u8 = 4;
/// Already among the candidates.
const CANDIDATE: u8 = 8;
/// In the queue.
const WAITING: u8 = 16;

type Graph<'repo, 'cache> = gix::revwalk::Graph<'repo, 'cache, Commit<u8>>;

impl Query<'_> {
    /// The best common ancestors of two versions; none where they share no history.
    pub(crate) fn common_ancestors(&self, a: &VersionId, b: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        if a == b {
            return Ok(vec![self.version(a)?]);
        }
        self.version(a)?;
        self.version(b)?;
        let bases = merge_bases(self.repo, a.oid(), b.oid())?;
        self.versions(&bases.into_iter().map(VersionId::from_oid).collect::<Vec<_>>())
    }
}

/// What `git merge-base --all` answers for two different commits that are both here.
fn merge_bases(repo: &Repo, a: ObjectId, b: ObjectId) -> Result<Vec<ObjectId>, GitError> {
    // Without a commit-graph, or with one that is damaged, the same is read from the commits.
    match repo.gix().commit_graph_if_enabled().ok().flatten() {
        Some(cache) => bases_by(repo, Some(&cache), a, b).or_else(|_| bases_by(repo, None, a, b)),
        None => bases_by(repo, None, a, b),
    }
}

fn bases_by(
    repo: &Repo,
    cache: Option<&gix::commitgraph::Graph>,
    a: ObjectId,
    b: ObjectId,
) -> Result<Vec<ObjectId>, GitError> {
    let mut graph: Graph<'_, '_> = repo.gix().revision_graph(cache);
    let candidates = paint_down(repo, &mut graph, a, &[b])?;
    let mut dated: Vec<(i64, ObjectId)> = Vec::with_capacity(candidates.len());
    for base in without_redundant(repo, &mut graph, candidates)? {
        dated.push((date(&graph, base), base));
    }
    dated.sort_by_key(|(date, _)| Reverse(*date));
    let tied = dated.windows(2).any(|pair| pair[0].0 == pair[1].0);
    let mut bases: Vec<ObjectId> = dated.into_iter().map(|(_, base)| base).collect();
    if tied && cache.is_some() {
        order_as_git(repo, a, b, &mut bases);
    }
    Ok(bases)
}

/// With a commit-graph git walks by corrected dates, which gix does not read; that decides the order of bases made in
/// the same second, and only that. Where git cannot be asked, they stay in the order without a commit-graph.
fn order_as_git(repo: &Repo, a: ObjectId, b: ObjectId, bases: &mut [ObjectId]) {
    let (a, b) = (a.to_string(), b.to_string());
    let Ok(printed) = repo.run_git(&["merge-base", "--all", &a, &b], b"") else {
        return;
    };
    let printed: Vec<&[u8]> = printed.split(|byte| *byte == b'\n').collect();
    bases.sort_by_key(|base| {
        let base = base.to_string();
        printed.iter().position(|line| *line == base.as_bytes())
    });
}

/// Paints everything reachable from `one` and from `twos` until only ancestors of candidates are left; returns the
/// candidates, the commits that both sides reach first. Where dates lie one of them may contain another.
fn paint_down(
    repo: &Repo,
    graph: &mut Graph<'_, '_>,
    one: ObjectId,
    twos: &[ObjectId],
) -> Result<Vec<ObjectId>, GitError> {
    graph.clear_commit_data(|marks| *marks = 0);
    let mut queue = Queue::default();
    queue.add(repo, graph, one, ONE)?;
    for two in twos {
        queue.add(repo, graph, *two, TWO)?;
    }
    let mut candidates = Vec::new();
    while let Some((id, mut marks, parents)) = queue.next(graph) {
        if marks == BOTH {
            let commit = graph.get_mut(&id).expect("what was waiting is in the graph");
            if commit.data & CANDIDATE == 0 {
                commit.data |= CANDIDATE;
                candidates.push(id);
            }
            marks |= STALE;
        }
        for parent in parents {
            queue.add(repo, graph, parent, marks)?;
        }
    }
    candidates.retain(|id| marks(graph, *id) & STALE == 0);
    Ok(candidates)
}

/// Drops the candidates that another one contains; the others keep their order.
fn without_redundant(
    repo: &Repo,
    graph: &mut Graph<'_, '_>,
    mut candidates: Vec<ObjectId>,
) -> Result<Vec<ObjectId>, GitError> {
    let mut at = 0;
    while candidates.len() > 1 && at < candidates.len() {
        let one = candidates[at];
        let others: Vec<ObjectId> = candidates.iter().copied().filter(|id| *id != one).collect();
        paint_down(repo, graph, one, &others)?;
        let contained = |id: ObjectId| marks(graph, id) & if id == one { TWO } else { ONE } != 0;
        // Whatever stood before and goes now moves the next one forward.
        let gone_before = candidates[..=at].iter().filter(|id| contained(**id)).count();
        candidates.retain(|id| !contained(*id));
        at = at + 1 - gone_before;
    }
    Ok(candidates)
}

fn marks(graph: &Graph<'_, '_>, id: ObjectId) -> u8 {
    graph.get(&id).map_or(0, |commit| commit.data)
}

fn date(graph: &Graph<'_, '_>, id: ObjectId) -> i64 {
    graph.get(&id).map_or(0, |commit| commit.commit_time)
}

/// Commits to look at, newest first, of one second those that came first.
#[derive(Default)]
struct Queue {
    waiting: BinaryHeap<(i64, Reverse<u64>, ObjectId)>,
    added: u64,
    /// How many of them no candidate contains; without any the walk is over.
    fresh: usize,
}

impl Queue {
    /// Adds marks to a commit, which then is to be looked at (again) unless it had them. In a shallow clone one that is not
    /// here ends its branch; elsewhere it was lost, and nobody can tell what lay behind it.
    fn add(&mut self, repo: &Repo, graph: &mut Graph<'_, '_>, id: ObjectId, marks: u8) -> Result<(), GitError> {
        let found = graph.get_or_insert_full_commit(id, |_| {});
        let Some(commit) = found.map_err(GitError::backend("find common ancestors"))? else {
            repo.confirm_missing(id)?;
            if !repo.shallow_boundary()?.is_empty() {
                return Ok(());
            }
            return Err(GitError::MissingObject { id: id.to_string() });
        };
        let before = commit.data;
        if before & marks == marks {
            return Ok(());
        }
        commit.data |= marks | WAITING;
        let was_fresh = before & (WAITING | STALE) == WAITING;
        let is_fresh = commit.data & STALE == 0;
        self.fresh = self.fresh + usize::from(is_fresh) - usize::from(was_fresh);
        if before & WAITING == 0 {
            self.waiting.push((commit.commit_time, Reverse(self.added), id));
            self.added += 1;
        }
        Ok(())
    }

    /// The next commit with its marks and parents; `None` when everything waiting is stale.
    fn next(&mut self, graph: &mut Graph<'_, '_>) -> Option<(ObjectId, u8, Vec<ObjectId>)> {
        if self.fresh == 0 {
            return None;
        }
        let (_, _, id) = self.waiting.pop()?;
        let commit = graph.get_mut(&id)?;
        commit.data &= !WAITING;
        let marks = commit.data & (BOTH | STALE);
        self.fresh -= usize::from(marks & STALE == 0);
        Some((id, marks, commit.parents.to_vec()))
    }
}
