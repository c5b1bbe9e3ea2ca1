//! Random lineages: `verify` against the other commands, and against a simple model of what it looks for.

use std::collections::{BTreeMap, BTreeSet};

use super::{commit, findings, pairs, tree_of};
use crate::support::project::ID;
use crate::support::{Rng, TestRepo};

/// One of several.
fn any<'a, T>(rng: &mut Rng, choices: &'a [T]) -> &'a T {
    &choices[rng.below(choices.len())]
}

struct Version {
    id: String,
    tree: String,
    artifact: &'static str,
}

/// A version that may be damaged in one of the ways that show in commits.
#[track_caller]
fn any_version(repo: &TestRepo, rng: &mut Rng, trees: &[String], known: &[Version], wrong: usize) -> Version {
    let artifact = *any(rng, &["skill/a", "skill/b"]);
    let tree = any(rng, trees).clone();
    let own: Vec<&Version> = known.iter().filter(|version| version.artifact == artifact).collect();
    let mut parents: Vec<&Version> = Vec::new();
    for _ in 0..rng.below(3) {
        let candidates: Vec<&Version> = if rng.one_in(wrong) {
            known.iter().collect()
        } else {
            own.clone()
        };
        if !candidates.is_empty() {
            parents.push(candidates[rng.below(candidates.len())]);
        }
    }
    parents.dedup_by_key(|parent| &parent.id);
    let mut trailers = format!("Lineage-Format: {}\n", 1 + usize::from(rng.one_in(8)));
    if !rng.one_in(wrong) {
        trailers.push_str(&format!("Artifact-Id: {artifact}\n"));
    }
    let origin = if rng.one_in(wrong) {
        *any(rng, &["deployment", "Sync", "merge"])
    } else if parents.is_empty() {
        *any(rng, &["deployment", "local_modification"])
    } else {
        *any(rng, &["sync", "local_modification"])
    };
    trailers.push_str(&format!("Change-Origin: {origin}\n"));
    if let Some(parent) = parents.first().filter(|_| !rng.one_in(wrong)) {
        let hash = if rng.one_in(wrong) {
            any(rng, trees)
        } else {
            &parent.tree
        };
        trailers.push_str(&format!("Parent-Hash: {hash}\n"));
    }
    if rng.one_in(wrong) {
        trailers.push_str("Project-Commit: HEAD\n");
    }
    let parents: Vec<&str> = parents.iter().map(|parent| parent.id.as_str()).collect();
    Version {
        id: commit(repo, &tree, &parents, &trailers),
        tree,
        artifact,
    }
}

#[test]
fn verify_finds_something_exactly_where_the_versions_cannot_be_read() {
    let (mut readable, mut damaged) = (0, 0);
    for seed in 0..24 {
        let repo = TestRepo::new();
        repo.commit("Begin");
        let mut rng = Rng(seed);
        let trees: Vec<String> = ["one", "two", "three"]
            .iter()
            .map(|text| tree_with(&repo, text))
            .collect();
        // So rare that about half of the lineages are whole.
        let wrong = 60;
        let mut versions: Vec<Version> = Vec::new();
        for _ in 0..6 {
            let version = any_version(&repo, &mut rng, &trees, &versions, wrong);
            versions.push(version);
        }
        for (number, version) in versions.iter().enumerate().skip(2) {
            let artifact = if rng.one_in(wrong) { "skill/c" } else { version.artifact };
            repo.git(&[
                "update-ref",
                &format!("refs/lineage/heads/line-{number}/{artifact}"),
                &version.id,
            ]);
        }
        let found = findings(&repo, &[]);
        let read = repo.lineage(&["index", "rebuild"]);
        assert_eq!(found.is_empty(), read.code == 0, "seed {seed}: {found:#?}\n{read}");
        if read.code == 0 {
            readable += 1;
            assert!(
                findings(&repo, &[]).is_empty(),
                "seed {seed}: nor does the sidecar contradict"
            );
        } else {
            damaged += 1;
        }
    }
    assert!(
        readable >= 6 && damaged >= 6,
        "{readable} to {damaged}: a one-sided test"
    );
}

#[track_caller]
fn tree_with(repo: &TestRepo, text: &str) -> String {
    let blob = repo.git_stdin(&["hash-object", "-w", "--stdin"], text).trimmed();
    tree_of(repo, &[("100644", "SKILL.md", &blob)])
}

/// What the model knows of a version.
struct Known {
    parents: Vec<String>,
    tree: String,
    is_upstream: bool,
}

#[test]
fn baselines_are_contained_exactly_where_an_ancestor_says_so() {
    let repo = TestRepo::new();
    let trees: Vec<String> = ["one", "two", "three", "four"]
        .iter()
        .map(|text| tree_with(&repo, text))
        .collect();
    let commits: Vec<(String, &String)> = trees
        .iter()
        .map(|tree| {
            repo.write(
                ".gitlineage",
                format!("[artifact \"{ID}\"]\n\tpath = pdf\n\tbaseline = {tree}\n"),
            );
            (repo.commit("A baseline"), tree)
        })
        .collect();
    let mut rng = Rng(7);
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let mut expected: Vec<(String, String)> = Vec::new();
    for number in 0..60 {
        let ids: Vec<String> = known.keys().cloned().collect();
        let mut parents: BTreeSet<String> = BTreeSet::new();
        for _ in 0..rng.below(3) {
            if !ids.is_empty() {
                parents.insert(any(&mut rng, &ids).clone());
            }
        }
        let parents: Vec<String> = parents.into_iter().collect();
        let tree = any(&mut rng, &trees);
        let origin = match parents.len() {
            0 => *any(&mut rng, &["deployment", "deployment", "local_modification"]),
            1 => *any(&mut rng, &["sync", "sync", "local_modification"]),
            _ => *any(&mut rng, &["sync", "local_modification"]),
        };
        let (project_commit, baseline) = any(&mut rng, &commits);
        let mut trailers = format!("Lineage-Format: 1\nArtifact-Id: {ID}\nChange-Origin: {origin}\n");
        if let Some(parent) = parents.first() {
            trailers.push_str(&format!("Parent-Hash: {}\n", known[parent].tree));
        }
        trailers.push_str(&format!("Project-Commit: {project_commit}\nNumber: {number}\n"));
        let borrowed: Vec<&str> = parents.iter().map(String::as_str).collect();
        let id = commit(&repo, tree, &borrowed, &trailers);
        repo.git(&["update-ref", &format!("refs/lineage/kept/{id}"), &id]);
        let is_upstream = match parents.as_slice() {
            [] => origin == "deployment",
            [parent] => origin == "sync" && known[parent].is_upstream,
            _ => false,
        };
        known.insert(
            id.clone(),
            Known {
                parents,
                tree: tree.clone(),
                is_upstream,
            },
        );
        expected.push((id, (*baseline).clone()));
    }
    let holds = |id: &String, baseline: &String| known[id].is_upstream && known[id].tree == *baseline;
    expected.retain(|(id, baseline)| {
        let is_here = known.keys().any(|id| holds(id, baseline));
        is_here && !ancestors(&known, id).iter().any(|id| holds(id, baseline))
    });
    let mut expected: Vec<_> = expected
        .into_iter()
        .map(|(id, _)| ("baseline_not_contained".to_owned(), Some(id)))
        .collect();
    expected.sort();
    assert!(
        (10..50).contains(&expected.len()),
        "{}: a one-sided test",
        expected.len()
    );
    assert_eq!(pairs(&findings(&repo, &[])), expected);
}

/// A version and all it descends from.
fn ancestors(known: &BTreeMap<String, Known>, id: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut next = vec![id.to_owned()];
    while let Some(id) = next.pop() {
        if seen.insert(id.clone()) {
            next.extend(known[&id].parents.iter().cloned());
        }
    }
    seen
}
