//! The project's commits as they are in the end, and which versions they hold: what `record --rev` says of each.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    act::MISSING,
    contents::Content,
    versions::Versions,
    world::{ARTIFACTS, Deployed, FIXED, World, field, manifest},
};
use crate::support::{Output, TestRepo};

const MANIFEST: &str = ".gitlineage";

/// A commit of the project.
pub(crate) struct Commit {
    pub(crate) id: String,
    pub(crate) parents: Vec<String>,
    /// A branch that it is on.
    branch: String,
    contents: BTreeMap<&'static str, Content>,
    /// What its manifest names.
    pub(crate) deployed: BTreeMap<String, Deployed>,
}

/// Which version a commit holds of an artifact, by the ids of both.
pub(crate) type Held = BTreeMap<(String, String), String>;

/// The branches there are.
pub(crate) fn branches(repo: &TestRepo) -> Vec<String> {
    repo.call()
        .at(FIXED)
        .git(&["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"])
        .lines()
}

/// All commits that are on one of these branches, parents first.
pub(crate) fn commits(world: &World, branches: &[String]) -> Vec<Commit> {
    let paths = [MANIFEST, ARTIFACTS[0].path, ARTIFACTS[1].path, ARTIFACTS[2].path];
    let mut seen = BTreeSet::new();
    let mut commits = Vec::new();
    let mut manifests: BTreeMap<String, BTreeMap<String, Deployed>> = BTreeMap::new();
    for branch in branches {
        let listed = world
            .ask()
            .git(&["rev-list", "--topo-order", "--reverse", "--parents", branch]);
        for line in listed.lines() {
            let mut ids = line.split(' ').map(str::to_owned);
            let id = ids.next().expect("a commit has an id");
            if !seen.insert(id.clone()) {
                continue;
            }
            let mut contents = BTreeMap::new();
            let mut deployed = BTreeMap::new();
            for (path, mode, object) in world.entries(&id, &paths) {
                if path == MANIFEST {
                    let read = || manifest(world.ask().git(&["cat-file", "blob", &object]).text());
                    deployed = manifests.entry(object.clone()).or_insert_with(read).clone();
                } else {
                    let artifact = ARTIFACTS.iter().find(|artifact| artifact.path == path);
                    let artifact = artifact.expect("only these were asked for");
                    contents.insert(artifact.id, world.content(artifact, mode, object));
                }
            }
            commits.push(Commit {
                parents: ids.collect(),
                branch: branch.clone(),
                contents,
                deployed,
                id,
            });
        }
    }
    commits
}

impl Commit {
    /// True if it holds something else than its one parent, so that the rule has something to decide.
    fn decides(&self, commits: &BTreeMap<&str, &Commit>) -> bool {
        match self.parents.as_slice() {
            [parent] => {
                let parent = commits[parent.as_str()];
                parent.contents != self.contents || parent.deployed != self.deployed
            }
            _ => true,
        }
    }
}

/// What `record --rev` says of every commit.
pub(crate) fn held(repo: &TestRepo, commits: &[Commit]) -> Held {
    let by_id: BTreeMap<&str, &Commit> = commits.iter().map(|commit| (commit.id.as_str(), commit)).collect();
    let mut held = Held::new();
    for commit in commits {
        if !commit.decides(&by_id) {
            let parent = &commit.parents[0];
            for artifact in &ARTIFACTS {
                if let Some(version) = held.get(&(parent.clone(), artifact.id.to_owned())).cloned() {
                    held.insert((commit.id.clone(), artifact.id.to_owned()), version);
                }
            }
            continue;
        }
        if commit.deployed.is_empty() {
            continue;
        }
        let args = [
            "--json",
            "record",
            "--dry-run",
            "--line",
            &commit.branch,
            "--rev",
            &commit.id,
        ];
        let mut note = |answers: &Output| {
            for answer in answers.json() {
                let id = field(&answer, "artifact_id").to_owned();
                // Without an id it has yet to be written.
                if let Some(version) = answer["version_id"].as_str() {
                    held.insert((commit.id.clone(), id), version.to_owned());
                }
            }
        };
        let answers = repo.call().at(FIXED).lineage(&args);
        if answers.code == 0 {
            note(&answers);
            continue;
        }
        // One by one, because a clone may lack what one of them stands on.
        for id in commit.deployed.keys() {
            let answer = repo.call().at(FIXED).lineage(&[&args[..], &[id]].concat());
            if answer.code == 0 {
                note(&answer);
            } else {
                assert_eq!(answer.json_error()["code"], MISSING, "{answer}");
            }
        }
    }
    held
}

/// The versions have the contents of their commits, and contain those of the parents and the baseline.
pub(crate) fn what_holds_of_every_commit(commits: &[Commit], held: &Held, versions: &Versions) {
    for commit in commits {
        for (id, deployed) in &commit.deployed {
            let Some(version) = held.get(&(commit.id.clone(), id.clone())) else {
                assert!(
                    !commit.contents.contains_key(id.as_str()),
                    "{} holds nothing of {id}",
                    commit.id
                );
                continue;
            };
            let place = format!("{id} at {}: {version}", commit.id);
            if let Some(content) = commit.contents.get(id.as_str()) {
                assert_eq!(
                    versions.get(version).map(|found| &found.content),
                    Some(&content.hash),
                    "{place}"
                );
            }
            let contained = versions.contained(version);
            for parent in &commit.parents {
                if let Some(before) = held.get(&(parent.clone(), id.clone())) {
                    let passed_on = !commit.contents.contains_key(id.as_str()) && commit.parents.len() > 1;
                    assert!(
                        passed_on || contained.contains(before.as_str()),
                        "{place} leaves out {before}"
                    );
                }
            }
            assert!(
                versions.contains_baseline(version, &deployed.baseline),
                "{place} lacks {}",
                deployed.baseline
            );
        }
    }
}

/// Where nothing was recorded from the work tree, a version taken from a commit was made from those of the commit's parents
/// and the baseline's, without what another of them contains, and says whether that brings in anything of upstream's.
pub(crate) fn what_they_were_made_from(commits: &[Commit], held: &Held, versions: &Versions) {
    for commit in commits {
        for (id, deployed) in &commit.deployed {
            let Some(name) = held.get(&(commit.id.clone(), id.clone())) else {
                continue;
            };
            let version = versions.get(name).expect("it is held");
            if version.taken_from != commit.id {
                continue;
            }
            let before: BTreeSet<&str> = commit
                .parents
                .iter()
                .filter_map(|parent| held.get(&(parent.clone(), id.clone())).map(String::as_str))
                .collect();
            let parents = &version.parents;
            let place = format!("{id} at {}: {name} of {parents:?} after {before:?}", commit.id);
            for parent in parents {
                let of_baseline = || {
                    let content = versions
                        .get(parent)
                        .is_some_and(|version| version.content == deployed.baseline);
                    content && versions.is_upstream(parent) && parents.last() == Some(parent)
                };
                assert!(before.contains(parent.as_str()) || of_baseline(), "{place}");
                let others = parents.iter().filter(|other| *other != parent);
                let contained = others.filter(|other| versions.contains(other, parent)).count();
                assert_eq!(contained, 0, "{place}");
            }
            let origin = match parents.as_slice() {
                [] => "",
                [_] => "local_modification",
                [first, others @ ..] => {
                    let known = versions.contained(first);
                    let brought = others.iter().flat_map(|other| versions.contained(other));
                    let mut brought = brought.filter(|id| !known.contains(id));
                    if brought.any(|id| versions.is_upstream(id)) {
                        "sync"
                    } else {
                        "local_modification"
                    }
                }
            };
            assert_eq!(version.origin, origin, "{place}");
        }
    }
}
