//! The versions that are reachable, as git lists them, and questions about their ancestry answered the long way.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{FIXED, World};
use crate::support::TestRepo;

/// A version as its commit says.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) artifact: String,
    pub(crate) content: String,
    pub(crate) parents: Vec<String>,
    pub(crate) origin: String,
    /// The project commit it was taken from; empty for a record of the work tree.
    pub(crate) taken_from: String,
}

/// All versions of a repository.
#[derive(Debug, Default)]
pub(crate) struct Versions(BTreeMap<String, Version>);

const FORMAT: &str = "--format=%H\x1f%T\x1f%P\x1f%(trailers:key=Artifact-Id,valueonly,separator=%x2C)\x1f\
    %(trailers:key=Change-Origin,valueonly,separator=%x2C)\x1f%(trailers:key=Project-Commit,valueonly,separator=%x2C)";

impl Versions {
    /// What is reachable from the refs of versions.
    pub(crate) fn of(world: &World) -> Self {
        Self::in_repository(&world.project)
    }

    pub(crate) fn in_repository(repo: &TestRepo) -> Self {
        let globs = ["heads", "remotes", "kept"].map(|kind| format!("--glob=refs/lineage/{kind}"));
        let mut args = vec!["log", "--no-show-signature", FORMAT];
        args.extend(globs.iter().map(String::as_str));
        let listed = repo.call().at(FIXED).git(&args);
        let mut versions = BTreeMap::new();
        for line in listed.lines() {
            let fields: Vec<&str> = line.split('\x1f').collect();
            let [id, content, parents, artifact, origin, taken_from] = fields[..] else {
                panic!("git prints all fields: {line:?}");
            };
            let version = Version {
                artifact: artifact.to_owned(),
                content: content.to_owned(),
                parents: parents.split_whitespace().map(str::to_owned).collect(),
                origin: origin.to_owned(),
                taken_from: taken_from.to_owned(),
            };
            versions.insert(id.to_owned(), version);
        }
        Versions(versions)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Version> {
        self.0.get(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Version)> {
        self.0.iter()
    }

    /// A version and all that it was made from.
    pub(crate) fn contained(&self, id: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut next: Vec<&str> = self
            .0
            .get_key_value(id)
            .map(|(id, _)| id.as_str())
            .into_iter()
            .collect();
        while let Some(id) = next.pop() {
            if found.insert(id) {
                next.extend(self.0[id].parents.iter().map(String::as_str));
            }
        }
        found
    }

    pub(crate) fn contains(&self, id: &str, ancestor: &str) -> bool {
        self.contained(id).contains(ancestor)
    }

    /// Pure upstream content: a deployment, or a sync on top of an upstream version alone.
    pub(crate) fn is_upstream(&self, id: &str) -> bool {
        let Some(version) = self.get(id) else { return false };
        match (version.origin.as_str(), version.parents.as_slice()) {
            ("deployment", []) => true,
            ("sync", [parent]) => self.is_upstream(parent),
            _ => false,
        }
    }

    /// True if a version stands on upstream content with this hash.
    pub(crate) fn contains_baseline(&self, id: &str, baseline: &str) -> bool {
        let contained = self.contained(id);
        contained
            .into_iter()
            .any(|id| self.0[id].content == baseline && self.is_upstream(id))
    }
}
