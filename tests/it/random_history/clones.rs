//! At the end: others that know as much, or less, and what they come to.
//!
//! What is promised (rule 3): V(C) is a function of the project commit C, the versions of its parents, the baseline in its
//! manifest, and the versions known, among which the line's head and what remotes have tell equals apart. So
//!
//! - [`recomputed`](Past::recomputed): who knows the same versions and heads comes to the same. Nothing is remembered but in
//!   the sidecar, so without one the versions of all commits are still the same, and none is written.
//! - [`fetched`](Past::fetched): who has fetched the heads of all lines comes to the same for every commit whose version
//!   one of these contains, and writes none for it. Versions that no head contains, those of an artifact that was removed and
//!   deployed again, do not travel: for commits that hold such a one new ones are written.
//! - [`anew`](Past::anew): who knows nothing but the upstream versions comes to *as good* versions for all commits, and to the
//!   *same* one for C if both hold the same for C's parents and none knew a version for C before but one that was taken from C
//!   itself. Excused is what a record of the work tree stands for, which only one of them knows, or the version of a twin, a
//!   commit with the same content on the same versions, that one of them met first; and all that stands on these.

use super::{
    held::{self, Commit, Held},
    versions::Versions,
    world::{FIXED, World, version_refs},
};
use crate::support::TestRepo;

/// How often a clone that began from scratch came to the same.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Agreement {
    pub(super) equal: usize,
    pub(super) excused: usize,
}

/// The project in the end, all branches recorded.
struct Past<'a> {
    world: &'a World,
    branches: Vec<String>,
    commits: Vec<Commit>,
    held: Held,
    versions: Versions,
}

/// Ends what stands, records every branch, and holds others against it.
pub(super) fn at_the_end(world: &mut World) -> Agreement {
    if !world.unfinished().is_empty() {
        world.abort();
    }
    world.git(&["add", "--all"]);
    world.git(&["commit", "-q", "-m", "The end"]);
    let branches = held::branches(&world.project);
    for branch in &branches {
        world
            .lineage(&["record", "--line", branch, "--rev", branch])
            .assert_code(0);
    }
    let refs = world.version_refs();
    let commits = held::commits(world, &branches);
    let past = Past {
        held: held::held(&world.project, &commits),
        versions: Versions::of(world),
        world,
        branches,
        commits,
    };
    assert_eq!(world.version_refs(), refs, "every branch was recorded already");
    held::what_holds_of_every_commit(&past.commits, &past.held, &past.versions);
    past.recomputed();
    past.fetched();
    past.anew()
}

impl Past<'_> {
    fn recomputed(&self) {
        let copy = self.world.project.folder("recomputed");
        self.world.project.copy("", copy.path());
        copy.remove(".git/lineage");
        self.record(&copy);
        assert_eq!(version_refs(&copy), self.world.version_refs(), "recomputed");
        assert_eq!(held::held(&copy, &self.commits), self.held, "recomputed");
    }

    fn fetched(&self) {
        let clone = self.clone("fetched");
        let lineage = "+refs/lineage/heads/*:refs/lineage/remotes/origin/*";
        clone.call().at(FIXED).git(&["fetch", "-q", "origin", lineage]);
        let travelled = Versions::in_repository(&clone);
        self.record(&clone);
        let held_there = held::held(&clone, &self.commits);
        for (key, version) in &self.held {
            if travelled.get(version).is_some() {
                assert_eq!(held_there.get(key), Some(version), "fetched: {key:?}");
            }
        }
        for (id, version) in Versions::in_repository(&clone).iter() {
            let own = self.held.get(&(version.taken_from.clone(), version.artifact.clone()));
            let needed = own.is_some_and(|own| travelled.get(own).is_none());
            assert!(
                travelled.get(id).is_some() || needed,
                "fetched: {id} was written: {version:?}"
            );
        }
    }

    fn anew(&self) -> Agreement {
        let clone = self.clone("from-scratch");
        let upstream = self.versions.iter().filter(|(id, _)| self.versions.is_upstream(id));
        let refspecs: Vec<String> = upstream
            .enumerate()
            .map(|(number, (id, version))| format!("{id}:refs/lineage/remotes/origin/{number}/{}", version.artifact))
            .collect();
        let project = self.world.project.call().at(FIXED);
        project.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let args: Vec<&str> = ["fetch", "-q", "origin"]
            .into_iter()
            .chain(refspecs.iter().map(String::as_str))
            .collect();
        clone.call().at(FIXED).git(&args);
        assert!(self.record(&clone), "all baselines are known");
        let theirs = held::held(&clone, &self.commits);
        let their_versions = Versions::in_repository(&clone);
        held::what_holds_of_every_commit(&self.commits, &theirs, &their_versions);
        held::what_they_were_made_from(&self.commits, &theirs, &their_versions);
        let mut agreement = Agreement::default();
        for commit in &self.commits {
            for id in commit.deployed.keys() {
                let at = |commit: &String| (commit.clone(), id.clone());
                let here = (self.held.get(&at(&commit.id)), &self.versions);
                let there = (theirs.get(&at(&commit.id)), &their_versions);
                if here.0 == there.0 {
                    agreement.equal += 1;
                    continue;
                }
                let same_before = commit
                    .parents
                    .iter()
                    .all(|parent| self.held.get(&at(parent)) == theirs.get(&at(parent)));
                let promised = same_before && own(commit, here, &their_versions) && own(commit, there, &self.versions);
                assert!(
                    !promised,
                    "{id} at {}: {:?}, from scratch {:?}",
                    commit.id, here.0, there.0
                );
                agreement.excused += 1;
            }
        }
        agreement
    }

    /// Catches up with every branch; false if versions are missing for one.
    fn record(&self, repo: &TestRepo) -> bool {
        let record = |branch: &String| {
            let recorded = repo
                .call()
                .at(FIXED)
                .lineage(&["--json", "record", "--line", branch, "--rev", branch]);
            let missing = recorded.code == 1 && recorded.json_error()["code"] == "missing_versions";
            assert!(recorded.code == 0 || missing, "{recorded}");
            recorded.code == 0
        };
        let recorded: Vec<bool> = self.branches.iter().map(record).collect();
        recorded.into_iter().all(|recorded| recorded)
    }

    /// A clone with all branches, and without versions.
    fn clone(&self, name: &str) -> TestRepo {
        let clone = self.world.project.folder(name);
        clone
            .call()
            .at(FIXED)
            .git(&["clone", "-q", "--no-checkout", "../repo", "."]);
        for branch in &self.branches {
            let (here, there) = (format!("refs/heads/{branch}"), format!("refs/remotes/origin/{branch}"));
            clone.call().at(FIXED).git(&["update-ref", &here, &there]);
        }
        clone
    }
}

/// True if a version was taken from this very commit, or is upstream's, and the others know what it was made from.
fn own(commit: &Commit, (version, versions): (Option<&String>, &Versions), others: &Versions) -> bool {
    let Some(id) = version else { return false };
    let version = versions.get(id).expect("what a commit holds is known");
    let from_here = version.taken_from == commit.id || versions.is_upstream(id);
    from_here && version.parents.iter().all(|parent| others.get(parent).is_some())
}
