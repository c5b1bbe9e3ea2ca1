//! Proving merges: is a state of the project what git makes of merging one of upstream's into the state before it?

use std::collections::BTreeMap;

use gix::{
    bstr::BStr,
    objs::{Kind, tree::EntryKind},
};

use super::{
    super::{OperationError, planner::Planner},
    sources::Source,
};
use crate::{
    adoption::{MergeQuestion, Past},
    content::{Content, Entry, flatten},
    git::Repo,
    id::ContentHash,
    merge::{self, Labels, MergeRequest},
};

/// So many of upstream's states are tried for one state.
const MOST_FOR_A_STATE: usize = 64;
/// And so many for one artifact.
const MOST_FOR_AN_ARTIFACT: usize = 4096;

/// Answers the questions of one artifact.
pub(super) struct Merges<'a> {
    pub(super) sources: &'a [Source],
    pub(super) past: &'a Past,
    tried: usize,
    files: BTreeMap<(usize, usize), Option<Content>>,
    /// For states that were not compared with all that came later: how many were tried, and of how many.
    pub(super) not_all: BTreeMap<usize, (usize, usize)>,
}

impl<'a> Merges<'a> {
    pub(super) fn new(sources: &'a [Source], past: &'a Past) -> Self {
        Merges {
            sources,
            past,
            tried: 0,
            files: BTreeMap::new(),
            not_all: BTreeMap::new(),
        }
    }

    /// The first place whose merge gives just the state; `None` if none of those tried does.
    pub(super) fn prove(
        &mut self,
        planner: &mut Planner<'_>,
        question: &MergeQuestion,
    ) -> Result<Option<usize>, OperationError> {
        let repo = planner.repo;
        let (mine, result) = (&self.past.states[question.state - 1], &self.past.states[question.state]);
        // A file under another name is another content on every side.
        let is_tree = |kind| kind == EntryKind::Tree;
        let is_alike = is_tree(mine.found.kind) == is_tree(result.found.kind)
            && (is_tree(mine.found.kind) || mine.path.file_name() == result.path.file_name());
        if !is_alike || question.candidates.is_empty() {
            return Ok(None);
        }
        let chosen = self.choose(repo, question)?;
        if chosen.len() < question.candidates.len() {
            self.not_all
                .insert(question.state, (chosen.len(), question.candidates.len()));
        }
        self.tried += chosen.len();
        let source = &self.sources[question.base.source];
        source.prefetch(&[chosen.as_slice(), &[question.base.place]].concat())?;
        let before = planner.batch.mark();
        let proven = self.merge(planner, question, &chosen);
        planner.batch.roll_back(before)?;
        proven
    }

    fn merge(
        &self,
        planner: &mut Planner<'_>,
        question: &MergeQuestion,
        chosen: &[usize],
    ) -> Result<Option<usize>, OperationError> {
        let repo = planner.repo;
        let (mine, result) = (&self.past.states[question.state - 1], &self.past.states[question.state]);
        let source = &self.sources[question.base.source];
        if let Some(tree) = &mine.content.tree_object {
            planner.batch.add(Kind::Tree, tree)?;
        }
        let base = source.take_in(repo, question.base.place, &result.path, &mut planner.batch)?;
        let mut theirs = Vec::with_capacity(chosen.len());
        for place in chosen {
            match source.take_in(repo, *place, &result.path, &mut planner.batch) {
                Ok(taken) if taken.single_file == base.single_file => theirs.push((*place, taken.snapshot.hash)),
                // What could not have come in did not.
                Ok(_) | Err(OperationError::Snapshot(_) | OperationError::Content(_)) => {}
                Err(error) => return Err(error),
            }
        }
        if base.single_file != result.content.tree_object.is_some() {
            return Ok(None);
        }
        let requests: Vec<MergeRequest<'_>> = theirs
            .iter()
            .map(|(_, theirs)| MergeRequest {
                path: &result.path,
                single_file: base.single_file,
                base: base.snapshot.hash,
                ours: mine.content.hash,
                theirs: *theirs,
                labels: Labels {
                    base: "baseline",
                    ours: "yours",
                    theirs: "upstream",
                },
            })
            .collect();
        let merged = merge::merge_all(repo, &planner.batch, &requests, None)?;
        let gives_it = |merged: &Result<merge::Merged, _>| {
            merged
                .as_ref()
                .is_ok_and(|merged| merged.clean && merged.hash == result.content.hash)
        };
        let proven = theirs.iter().zip(&merged).filter(|(_, merged)| gives_it(merged));
        Ok(proven.map(|((place, _), _)| *place).min())
    }

    /// The candidates that can be tried: first those that fit file by file, then the nearest.
    fn choose(&mut self, repo: &Repo, question: &MergeQuestion) -> Result<Vec<usize>, OperationError> {
        let most = MOST_FOR_A_STATE.min(MOST_FOR_AN_ARTIFACT.saturating_sub(self.tried));
        if question.candidates.len() <= most {
            return Ok(question.candidates.clone());
        }
        let (mine, result) = (&self.past.states[question.state - 1], &self.past.states[question.state]);
        let source = question.base.source;
        let mut ranked: Vec<(usize, usize)> = Vec::with_capacity(question.candidates.len());
        if result.found.kind == EntryKind::Tree {
            let (mine, result) = (stored(repo, mine.content.hash)?, stored(repo, result.content.hash)?);
            for place in &question.candidates {
                self.read(repo, source, question.base.place)?;
                self.read(repo, source, *place)?;
                let of = |place: usize| self.files.get(&(source, place)).and_then(Option::as_ref);
                let misfits = match (of(question.base.place), of(*place)) {
                    (Some(base), Some(theirs)) => misfits([base, &mine, theirs, &result]),
                    _ => 0,
                };
                ranked.push((misfits, *place));
            }
        } else {
            ranked.extend(question.candidates.iter().map(|place| (0, *place)));
        }
        ranked.sort_unstable();
        ranked.truncate(most);
        Ok(ranked.into_iter().map(|(_, place)| place).collect())
    }

    fn read(&mut self, repo: &Repo, source: usize, place: usize) -> Result<(), OperationError> {
        if let std::collections::btree_map::Entry::Vacant(entry) = self.files.entry((source, place)) {
            entry.insert(self.sources[source].files(repo, place)?);
        }
        Ok(())
    }
}

fn stored(repo: &Repo, hash: ContentHash) -> Result<Content, OperationError> {
    let read = &mut |tree| repo.read_kind(tree, Kind::Tree).map_err(OperationError::from);
    Ok(Content::new(flatten(hash.oid(), read)?))
}

/// In how many paths a result is not what a merge without renames would give there.
fn misfits([base, mine, theirs, result]: [&Content; 4]) -> usize {
    let mut paths: Vec<&BStr> = [base, mine, theirs, result]
        .iter()
        .flat_map(|content| content.entries())
        .map(|entry| entry.path.as_ref())
        .collect();
    paths.sort_unstable();
    paths.dedup();
    let is_same = |a: Option<&Entry>, b: Option<&Entry>| match (a, b) {
        (Some(a), Some(b)) => (a.id, a.mode) == (b.id, b.mode),
        (None, None) => true,
        _ => false,
    };
    let misfit = |path: &&&BStr| {
        let [base, mine, theirs, result] = [base, mine, theirs, result].map(|content| content.get(path));
        if is_same(base, mine) {
            !is_same(result, theirs)
        } else if is_same(base, theirs) || is_same(mine, theirs) {
            !is_same(result, mine)
        } else {
            // Only git can say.
            false
        }
    };
    paths.iter().filter(misfit).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{content::Mode, id::HashKind};

    fn content(files: &[(&str, &str)]) -> Content {
        let entries = files
            .iter()
            .map(|(path, text)| Entry::of_data(*path, Mode::File, text.as_bytes(), HashKind::Sha1));
        Content::new(entries.collect())
    }

    #[test]
    fn a_path_fits_that_one_side_explains() {
        let base = content(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let mine = content(&[("a", "2"), ("b", "1"), ("c", "1"), ("mine", "x")]);
        let theirs = content(&[("a", "1"), ("b", "3"), ("theirs", "y")]);
        let merged = content(&[("a", "2"), ("b", "3"), ("mine", "x"), ("theirs", "y")]);
        assert_eq!(misfits([&base, &mine, &theirs, &merged]), 0);
        assert_eq!(misfits([&base, &mine, &base, &mine]), 0);
        assert_eq!(misfits([&base, &mine, &theirs, &mine]), 3, "b, c and theirs");
        assert_eq!(misfits([&base, &mine, &theirs, &theirs]), 2, "a and mine");
        // Both changed it: whatever came of it.
        let both = content(&[("a", "4"), ("b", "1"), ("c", "1")]);
        let result = content(&[("a", "5"), ("b", "1"), ("c", "1"), ("mine", "x")]);
        assert_eq!(misfits([&base, &mine, &both, &result]), 0);
    }
}
