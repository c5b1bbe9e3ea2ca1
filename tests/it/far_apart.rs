//! Questions about versions that lie far apart are answered alike with git's commit-graph, with one that lacks what is
//! newest, with one that is damaged, and without.

use std::{collections::HashSet, fs};

use git_lineage::{
    ArtifactId, BatchFile, BatchVersion, ChangeOrigin, FileMode, Line, LineageStore, Person, Signature, Timestamp,
    VersionId,
};

use serde_json::Value;

use crate::support::{
    Rng,
    project::{ID, Project},
};

const GRAPH: &str = ".git/objects/info/commit-graph";

/// A version of the artifact; its content is a line that says what it is.
fn new_version(name: &str, seconds: i64, parents: Vec<VersionId>) -> BatchVersion {
    let who = Signature {
        person: Person {
            name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
        },
        time: Timestamp { seconds, offset: 0 },
    };
    BatchVersion {
        artifact_id: ID.parse().expect("an id"),
        files: vec![BatchFile {
            path: b"SKILL.md".to_vec(),
            mode: FileMode::File,
            data: format!("{name}\n").into_bytes(),
        }],
        parents,
        change_origin: Some(ChangeOrigin::LocalModification),
        author: who.clone(),
        committer: who,
        summary: name.to_owned(),
        body: None,
        upstream: None,
    }
}

/// Puts a chain of edits on top of the head; every tenth merges what was made beside it.
fn edit_many(project: &Project, numbers: std::ops::Range<i64>) {
    let store = LineageStore::open(project.path()).expect("a repository");
    let (id, line): (ArtifactId, Line) = (ID.parse().expect("an id"), "main".parse().expect("a line"));
    let head = store.resolve(ID, Some(&line)).expect("it is deployed");
    let version = |name: &str, seconds: i64, parents| new_version(&format!("{name} {seconds}"), seconds, parents);
    let newest = numbers.end - 1;
    let added = store.batch(|batch| {
        let mut tip = head;
        for number in numbers.clone() {
            let seconds = 1_700_000_000 + number;
            let mut parents = vec![tip];
            if number % 10 == 9 {
                parents.push(batch.add(version("beside", seconds, vec![tip]))?);
            }
            tip = batch.add(version("edit", seconds, parents))?;
        }
        batch.set_head(&line, &id, tip)?;
        Ok(tip)
    });
    added.expect("recorded");
    project.edit("SKILL.md", format!("edit {}\n", 1_700_000_000 + newest));
    for gone in ["scripts", "references"] {
        let _ = fs::remove_dir_all(project.path().join(".claude/skills/pdf").join(gone));
    }
}

/// Whatever depends on what contains what, on a copy, because `record` writes.
fn answers(project: &Project) -> Vec<Vec<Value>> {
    let project = project.twin();
    project.edit("more.md", "More.\n");
    [
        &["status", ID][..],
        &["log", "-n", "2", ID],
        &["log", ID],
        &["find", ".claude/skills/pdf"],
        &["record", ID],
        &["status", ID],
        &["lineage", ID],
        &["merge-base", ID, "skill/pdf~45"],
        &["path", "skill/pdf~45", ID],
        &["sync", ID, "--dry-run"],
        &["verify"],
    ]
    .iter()
    .map(|args| project.call().at("2026-02-01T00:00:00Z").lineage_json(args))
    .collect()
}

#[track_caller]
fn assert_same(found: &[Vec<Value>], expected: &[Vec<Value>], graph: &str) {
    for (number, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.len(), expected.len(), "{graph}, question {number}");
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found, expected, "{graph}, question {number}");
        }
    }
}

/// Writes a number over the first parent of every commit in a commit-graph.
fn with_first_parents(graph: &[u8], hash_len: usize, parent: u32) -> Vec<u8> {
    let offset = |chunk: &[u8]| {
        let entry = graph[8..]
            .chunks(12)
            .find(|entry| &entry[..4] == chunk)
            .expect("a chunk");
        u64::from_be_bytes(entry[4..].try_into().expect("eight bytes")) as usize
    };
    let fan = offset(b"OIDF");
    let commits = u32::from_be_bytes(graph[fan + 1020..fan + 1024].try_into().expect("four bytes")) as usize;
    let data = offset(b"CDAT");
    let mut damaged = graph.to_vec();
    for commit in 0..commits {
        let at = data + commit * (hash_len + 16) + hash_len;
        damaged[at..at + 4].copy_from_slice(&parent.to_be_bytes());
    }
    damaged
}

#[test]
fn a_commit_graph_changes_no_answer() {
    let project = Project::deployed();
    edit_many(&project, 0..60);
    project.commit("Edit a lot");
    let without = answers(&project);
    let write = ["commit-graph", "write", "--reachable", "--no-progress"];
    project.git(&write);
    assert_same(&answers(&project), &without, "with all of it");

    let hash_len = project.rev_parse("HEAD").len() / 2;
    project.chmod(GRAPH, 0o644);
    let whole = project.read(GRAPH);
    // No such commit, and an edge list that is not there.
    for parent in [0x6fff_ffff, 0xffff_fff0] {
        project.write(GRAPH, with_first_parents(&whole, hash_len, parent));
        assert_same(&answers(&project), &without, &format!("first parents are {parent:x}"));
    }

    project.write(GRAPH, &whole);
    edit_many(&project, 60..90);
    project.commit("Edit more");
    let with_older = answers(&project);
    project.remove(GRAPH);
    assert_same(&with_older, &answers(&project), "with all but the newest");
}

/// Puts a random history of edits and merges, with dates that lie, on top of the head; the last is the new head. The date
/// of the earliest of those edits in it that follow on the old head alone.
fn grow(project: &Project, seed: u64) -> i64 {
    let store = LineageStore::open(project.path()).expect("a repository");
    let (id, line): (ArtifactId, Line) = (ID.parse().expect("an id"), "main".parse().expect("a line"));
    let baseline = store.resolve(ID, Some(&line)).expect("it is deployed");
    let made = store.batch(|batch| {
        let (mut rng, mut made) = (Rng(seed), vec![(baseline, 0, Vec::new())]);
        for number in 0..20 + rng.below(60) {
            let seconds = 1_700_000_000 + i64::try_from(rng.below(1000)).expect("small");
            // What came last, so that much of it hangs together, or whatever.
            let mut parents = vec![made[made.len() - 1 - rng.below(made.len().min(3))].0];
            let other = made[rng.below(made.len())].0;
            if rng.one_in(3) && other != parents[0] {
                parents.push(other);
            }
            let added = batch.add(new_version(&number.to_string(), seconds, parents.clone()))?;
            made.push((added, seconds, parents));
        }
        batch.set_head(&line, &id, made[made.len() - 1].0)?;
        Ok(made)
    });
    let made = made.expect("recorded");
    let mut contained = HashSet::from([made[made.len() - 1].0]);
    for (id, _, parents) in made.iter().rev() {
        if contained.contains(id) {
            contained.extend(parents);
        }
    }
    let firsts = made
        .iter()
        .filter(|(id, _, parents)| contained.contains(id) && *parents == [baseline]);
    firsts
        .map(|(_, seconds, _)| *seconds)
        .min()
        .expect("all stand on the old head")
}

#[test]
fn since_when_it_is_modified() {
    for seed in 0..12 {
        let project = Project::deployed();
        let first = grow(&project, seed);
        project.edit("SKILL.md", "Edited.\n");
        let since = |graph: &str| {
            let status = project.lineage_json(&["status", ID]).remove(0);
            let at = status["modification_detected_at"].as_str().expect("it is modified");
            let at: Timestamp = at.parse().expect("a date");
            assert_eq!(at.seconds, first, "seed {seed}, {graph}");
        };
        since("no commit-graph");
        project.git(&["commit-graph", "write", "--reachable", "--no-progress"]);
        since("a commit-graph");
    }
}
