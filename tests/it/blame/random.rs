//! Random histories: every line of every file is blamed as git does and, where each line is written once only, as a model
//! that keeps the writer beside the line.

use git_lineage::{
    ArtifactId, BatchFile, BatchVersion, Blame, FileMode, LineageStore, Person, Signature, Timestamp, VersionId,
};

use super::{
    model::{self, Made},
    oracle::{by_git, id, lines},
};
use crate::support::{Rng, TestRepo};

/// How many histories are compared with git and with the model.
const HISTORIES: usize = 300;
/// How many more write the same lines again and again, so that only git can say whose they are.
const WITH_EQUAL_LINES: usize = 100;
/// How many git processes run at the same time.
const THREADS: usize = 2;

/// A history that is written to a repository, as an artifact of its own.
struct Written {
    versions: Vec<Made>,
    ids: Vec<VersionId>,
}

/// What was met, so that a test can tell whether it met anything.
#[derive(Debug, Default)]
struct Met {
    lines: usize,
    /// Lines written while resolving a merge.
    resolved: usize,
    /// Lines of files that were called otherwise when they were written.
    renamed: usize,
}

/// Writes all histories as one batch.
fn write(repo: &TestRepo, histories: Vec<Vec<Made>>, equal_lines: bool) -> Vec<Written> {
    let store = LineageStore::open(repo.path()).expect("a repository");
    let line = "main".parse().expect("a line");
    let ids = store.batch(|batch| {
        let mut all = Vec::new();
        for (number, versions) in histories.iter().enumerate() {
            let artifact_id: ArtifactId = format!("skill/history-{number}").parse().expect("an id");
            let mut ids: Vec<VersionId> = Vec::new();
            for made in versions {
                ids.push(batch.add(version(&artifact_id, made, &ids, equal_lines))?);
            }
            batch.set_head(&line, &artifact_id, *ids.last().expect("there is a root"))?;
            all.push(ids);
        }
        Ok(all)
    });
    let ids = ids.expect("they are written");
    let written = histories.into_iter().zip(ids);
    written.map(|(versions, ids)| Written { versions, ids }).collect()
}

fn version(artifact_id: &ArtifactId, made: &Made, ids: &[VersionId], open_end: bool) -> BatchVersion {
    let ada = Signature {
        person: Person {
            name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
        },
        time: Timestamp {
            seconds: made.date,
            offset: 0,
        },
    };
    let files = made.files.iter().map(|(path, file)| BatchFile {
        path: path.clone().into_bytes(),
        mode: FileMode::File,
        data: model::bytes(file, open_end),
    });
    BatchVersion {
        artifact_id: artifact_id.clone(),
        files: files.collect(),
        parents: made.parents.iter().map(|parent| ids[*parent]).collect(),
        change_origin: made.origin,
        author: ada.clone(),
        committer: ada,
        summary: format!("Version {}", ids.len()),
        body: None,
        upstream: None,
    }
}

/// Compares the newest version of each history; `check` has a further look at each file.
fn compare(repo: &TestRepo, written: &[Written], check: fn(&Blame, &Written, &str, &mut Met)) -> Met {
    let some = |thread: usize| {
        let store = LineageStore::open(repo.path()).expect("a repository");
        let mut met = Met::default();
        for history in written.iter().skip(thread).step_by(THREADS) {
            let head = history.ids.last().expect("there is a root").to_string();
            let newest = history.versions.last().expect("there is a root");
            for path in newest.files.keys() {
                let blame = store.blame(&id(&head), Some(path.as_bytes())).expect("an answer");
                assert_eq!(lines(&blame), by_git(repo, &head, path), "{path} in {head}");
                met.lines += blame.lines.len();
                check(&blame, history, path, &mut met);
            }
        }
        met
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || some(thread))).collect();
        let mut all = Met::default();
        for thread in threads {
            let met = thread.join().expect("no difference");
            all.lines += met.lines;
            all.resolved += met.resolved;
            all.renamed += met.renamed;
        }
        all
    })
}

/// The model says the same, and knows origins and resolutions.
fn as_the_model(blame: &Blame, history: &Written, path: &str, met: &mut Met) {
    let newest = history.versions.last().expect("there is a root");
    assert_eq!(blame.lines.len(), newest.files[path].len());
    for (line, (place, writer)) in blame.lines.iter().zip(&newest.writers[path]) {
        let made = &history.versions[*writer];
        let merged = made.parents.len() > 1;
        assert_eq!(
            (line.version_id, line.change_origin, line.resolution),
            (history.ids[*writer], made.origin, merged),
            "line {} of {path} in {:?}",
            line.line_no,
            history.ids.last()
        );
        met.resolved += usize::from(merged);
        let there = made.files.get(path).is_some_and(|file| file.contains_key(place));
        met.renamed += usize::from(!there);
    }
}

fn histories(seed: u64, count: usize, equal_lines: bool) -> Vec<Vec<Made>> {
    let mut rng = Rng(seed);
    (0..count).map(|_| model::history(&mut rng, equal_lines)).collect()
}

#[test]
fn random_histories_are_blamed_as_by_git_and_as_they_were_written() {
    let repo = TestRepo::new();
    let written = write(&repo, histories(1, HISTORIES, false), false);
    let met = compare(&repo, &written, as_the_model);
    assert!(
        met.lines > 5000 && met.resolved > 300 && met.renamed > 300,
        "the histories are too tame: {met:?}"
    );
}

#[test]
fn equal_lines_are_blamed_as_by_git() {
    let repo = TestRepo::new();
    let written = write(&repo, histories(2, WITH_EQUAL_LINES, true), true);
    let met = compare(&repo, &written, |_, _, _, _| {});
    assert!(met.lines > 1000, "the histories are too tame: {met:?}");
}

#[test]
fn sha256_histories_are_blamed_alike() {
    let repo = TestRepo::sha256();
    let written = write(&repo, histories(3, 30, false), false);
    assert!(compare(&repo, &written, as_the_model).lines > 300);
}
