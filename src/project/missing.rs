//! Which baselines a project's history calls for that are not in this clone.
//!
//! Not only the one that the last commit names: what a commit holds follows from what its parents hold, so of an artifact every
//! baseline counts since the commit that deployed it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use gix::ObjectId;

use super::{
    artifacts::Artifacts,
    history::ProjectCommit,
    rebuilt::is_known,
    rule,
    walk::{Walk, WalkError},
};
use crate::{
    id::{ArtifactId, ContentHash},
    manifest::ManifestEntry,
};

/// What is missing of the artifacts that some commits name.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    /// What the first commit with it says of each baseline, older commits first; of each artifact and content one.
    pub(crate) baselines: Vec<ManifestEntry>,
    /// Artifacts of which nothing can be said here, whatever baselines are known: the history of a shallow clone ends where
    /// they were edited.
    pub(crate) cut_off: Vec<ManifestEntry>,
}

/// What an artifact calls for at a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Needs {
    /// Places in the list of baselines.
    baselines: BTreeSet<usize>,
    cut_off: bool,
}

type AllNeeds = Rc<BTreeMap<ArtifactId, Needs>>;

/// Looks through the history of commits.
struct Search<'w, 'a> {
    walk: &'w mut Walk<'a>,
    needs: HashMap<ObjectId, AllNeeds>,
    found: Vec<ManifestEntry>,
    /// Where each baseline stands in the list; `None` where it is known.
    places: HashMap<(ArtifactId, ContentHash), Option<usize>>,
}

impl Walk<'_> {
    /// What is missing of the artifacts that the `tips` name, and those that `others` name on top of them.
    pub(crate) fn missing(&mut self, tips: &[ObjectId], others: &[ManifestEntry]) -> Result<Missing, WalkError> {
        let mut search = Search {
            walk: self,
            needs: HashMap::new(),
            found: Vec::new(),
            places: HashMap::new(),
        };
        let mut all = BTreeSet::new();
        let mut cut_off: BTreeMap<ArtifactId, ManifestEntry> = BTreeMap::new();
        for tip in tips {
            for (id, needs) in search.at(*tip)?.iter() {
                all.extend(&needs.baselines);
                if needs.cut_off
                    && let Some(entry) = search.walk.artifacts_at(*tip)?.get(id)
                {
                    cut_off.insert(id.clone(), entry.clone());
                }
            }
        }
        for entry in others {
            all.extend(search.place(entry)?);
        }
        let is_cut_off = |entry: &ManifestEntry| cut_off.contains_key(&entry.id);
        let found = search.found.into_iter().enumerate();
        let baselines = found.filter(|(place, entry)| all.contains(place) && !is_cut_off(entry));
        Ok(Missing {
            baselines: baselines.map(|(_, entry)| entry).collect(),
            cut_off: cut_off.into_values().collect(),
        })
    }
}

impl Search<'_, '_> {
    fn at(&mut self, tip: ObjectId) -> Result<AllNeeds, WalkError> {
        // Where the versions of a commit are remembered, nothing was missing.
        for commit in self.walk.unknown_commits(tip)? {
            if self.needs.contains_key(&commit.id) {
                continue;
            }
            let artifacts = self.walk.artifacts(&commit, tip)?;
            let needs = self.of(&commit, &artifacts)?;
            self.needs.insert(commit.id, needs);
        }
        Ok(self.needs.get(&tip).cloned().unwrap_or_default())
    }

    fn of(&mut self, commit: &ProjectCommit, artifacts: &Artifacts) -> Result<AllNeeds, WalkError> {
        if let [parent] = commit.parents.as_slice()
            && !commit.shallow
            && let Some(needs) = self.needs.get(parent)
            && self.walk.artifacts_at(*parent)?.is_same(artifacts)
        {
            return Ok(Rc::clone(needs));
        }
        let mut all = BTreeMap::new();
        for (id, entry) in artifacts.iter() {
            let mut needs = Needs::default();
            for parent in &commit.parents {
                if let Some(before) = self.needs.get(parent).and_then(|before| before.get(id)) {
                    needs.baselines.extend(&before.baselines);
                    needs.cut_off |= before.cut_off;
                }
            }
            needs.baselines.extend(self.place(entry)?);
            needs.cut_off |= commit.shallow && self.is_cut_off(commit, entry)?;
            if needs != Needs::default() {
                all.insert(id.clone(), needs);
            }
        }
        Ok(Rc::new(all))
    }

    /// Where the baseline stands in the list; `None` where there is none, or a version of it is known.
    fn place(&mut self, entry: &ManifestEntry) -> Result<Option<usize>, WalkError> {
        let Some(baseline) = entry.baseline else {
            return Ok(None);
        };
        let key = (entry.id.clone(), baseline);
        if let Some(place) = self.places.get(&key) {
            return Ok(*place);
        }
        let place = if is_known(&self.walk.graph, &entry.id, baseline)? {
            None
        } else {
            self.found.push(entry.clone());
            Some(self.found.len() - 1)
        };
        self.places.insert(key, place);
        Ok(place)
    }

    /// Whether neither a known version nor the baseline is what this commit, before which nothing is here, holds.
    fn is_cut_off(&self, commit: &ProjectCommit, entry: &ManifestEntry) -> Result<bool, WalkError> {
        let Some(content) = self.walk.history.content(commit.tree, &entry.path)? else {
            return Ok(false);
        };
        if entry.baseline == Some(content.hash) {
            return Ok(false);
        }
        let known = rule::known_with_content(&self.walk.graph, &entry.id, content.hash, entry.baseline)?;
        Ok(known.is_none())
    }
}
