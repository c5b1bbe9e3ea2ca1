//! [`Index`]: the entries of a manifest by id, and the rules that hold between them.
//!
//! Guarantees: no two paths contain one another, and no two ids differ only by case. Each check costs a look-up, so
//! that deploying a thousand artifacts does not cost a million comparisons.

use std::collections::{BTreeMap, HashMap};

use super::{ManifestEntry, ManifestError};
use crate::{id::ArtifactId, project_path::ProjectPath};

#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    entries: BTreeMap<ArtifactId, ManifestEntry>,
    /// Paths order a directory directly before its contents, so only neighbours can contain one another.
    by_path: BTreeMap<ProjectPath, ArtifactId>,
    by_folded_id: HashMap<String, ArtifactId>,
}

impl Index {
    /// All entries at once, which costs less than one by one; `None` if they cannot stand beside one another.
    pub(super) fn of(entries: &[ManifestEntry]) -> Option<Self> {
        if !stand_beside_one_another(entries) {
            return None;
        }
        let paths = entries.iter().map(|entry| (entry.path.clone(), entry.id.clone()));
        let folded = entries.iter().map(|entry| (entry.id.case_folded(), entry.id.clone()));
        Some(Index {
            entries: entries.iter().map(|entry| (entry.id.clone(), entry.clone())).collect(),
            by_path: paths.collect(),
            by_folded_id: folded.collect(),
        })
    }

    /// Sorted by id.
    pub(super) fn into_entries(self) -> Vec<ManifestEntry> {
        self.entries.into_values().collect()
    }

    pub(super) fn get(&self, id: &ArtifactId) -> Option<&ManifestEntry> {
        self.entries.get(id)
    }

    /// Sorted by id.
    pub(super) fn entries(&self) -> impl ExactSizeIterator<Item = &ManifestEntry> {
        self.entries.values()
    }

    /// The greatest id before this one.
    pub(super) fn before(&self, id: &ArtifactId) -> Option<&ArtifactId> {
        self.entries.range(..id).next_back().map(|(id, _)| id)
    }

    /// The entry whose artifact is or contains this path.
    pub(super) fn containing(&self, path: &ProjectPath) -> Option<&ManifestEntry> {
        let (found, id) = self.by_path.range(..=path).next_back()?;
        if found.contains(path) { self.get(id) } else { None }
    }

    /// Takes an entry in, in the place of one with the same id.
    ///
    /// # Errors
    /// As [`check`](Self::check); then nothing has changed.
    pub(super) fn insert(&mut self, entry: ManifestEntry) -> Result<(), ManifestError> {
        self.check(&entry)?;
        self.remove(&entry.id);
        self.by_folded_id.insert(entry.id.case_folded(), entry.id.clone());
        self.by_path.insert(entry.path.clone(), entry.id.clone());
        self.entries.insert(entry.id.clone(), entry);
        Ok(())
    }

    /// Whether an entry can stand beside the others.
    ///
    /// # Errors
    /// [`ManifestError::CaseTwins`], [`ManifestError::OverlappingPaths`].
    pub(super) fn check(&self, entry: &ManifestEntry) -> Result<(), ManifestError> {
        let same_folded = self.by_folded_id.get(&entry.id.case_folded());
        match same_folded.filter(|other| **other != entry.id) {
            Some(twin) => Err(ManifestError::CaseTwins {
                first: twin.clone(),
                second: entry.id.clone(),
            }),
            None => self.check_path(entry),
        }
    }

    fn check_path(&self, entry: &ManifestEntry) -> Result<(), ManifestError> {
        let others = |(_, id): &(&ProjectPath, &ArtifactId)| **id != entry.id;
        let above = self.by_path.range(..=&entry.path).rev().find(others);
        let below = self.by_path.range(&entry.path..).find(others);
        let overlapping =
            |outer: (&ProjectPath, &ArtifactId), inner: (&ProjectPath, &ArtifactId)| ManifestError::OverlappingPaths {
                outer: outer.1.clone(),
                outer_path: outer.0.clone(),
                inner: inner.1.clone(),
                inner_path: inner.0.clone(),
            };
        let own = (&entry.path, &entry.id);
        match (above, below) {
            (Some(other), _) if other.0.contains(own.0) => Err(overlapping(other, own)),
            (_, Some(other)) if own.0.contains(other.0) => Err(overlapping(own, other)),
            _ => Ok(()),
        }
    }

    /// False if there is none with this id.
    pub(super) fn remove(&mut self, id: &ArtifactId) -> bool {
        let Some(removed) = self.entries.remove(id) else {
            return false;
        };
        self.by_path.remove(&removed.path);
        self.by_folded_id.remove(&id.case_folded());
        true
    }
}

/// Whether these can be the entries of one manifest.
pub(super) fn stand_beside_one_another(entries: &[ManifestEntry]) -> bool {
    let mut folded: Vec<_> = entries.iter().map(|entry| entry.id.case_folded()).collect();
    folded.sort_unstable();
    let mut paths: Vec<_> = entries.iter().map(|entry| &entry.path).collect();
    paths.sort_unstable();
    !(folded.windows(2).any(|pair| pair[0] == pair[1]) || paths.windows(2).any(|pair| pair[0].contains(pair[1])))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_at_once_is_one_by_one(artifacts in proptest::collection::btree_map("[abA]{1,2}", "[ab.]{1,2}(/[ab]){0,2}", 0..6)) {
            let artifacts = artifacts.into_iter();
            let entries: Vec<ManifestEntry> = artifacts
                .filter_map(|(name, path)| {
                    Some(ManifestEntry::new(format!("skill/{name}").parse().ok()?, path.parse().ok()?))
                })
                .collect();
            let mut one_by_one = Index::default();
            let fits = entries.iter().all(|entry| one_by_one.insert(entry.clone()).is_ok());
            match Index::of(&entries) {
                None => prop_assert!(!fits),
                Some(at_once) => {
                    prop_assert!(fits);
                    prop_assert_eq!(at_once.entries, one_by_one.entries);
                    prop_assert_eq!(at_once.by_path, one_by_one.by_path);
                    prop_assert_eq!(at_once.by_folded_id, one_by_one.by_folded_id);
                }
            }
        }
    }
}
