//! Recording through the library in a process of its own, which can be raced against others and killed.
//!
//! The process is the test binary again, told by a variable to run [`library_writer`] as a writer.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use git_lineage::{
    ArtifactId, BatchFile, BatchVersion, ChangeOrigin, FileMode, Line, LineageStore, Person, Signature, Timestamp,
};

use super::project::ID;
use super::repo::utf8;
use super::run::wait;
use super::{Call, TestRepo};

/// Tells the binary what to write: the repository, the writer's name, and how many versions, separated by line feeds.
const JOB: &str = "GIT_LINEAGE_TEST_WRITER";

/// Starts a writer of `count` versions of `skill/pdf` on line main. It prints the id of each when it is recorded.
#[track_caller]
#[must_use = "a child that nobody waits for outlives its folder"]
pub(crate) fn spawn(repo: &TestRepo, name: &str, count: usize) -> Child {
    spawn_by(repo.call(), repo, name, count)
}

/// The same, by a call that sees more.
#[track_caller]
#[must_use = "a child that nobody waits for outlives its folder"]
pub(crate) fn spawn_by(call: Call<'_>, repo: &TestRepo, name: &str, count: usize) -> Child {
    let path = utf8(repo.path());
    let job = format!("{path}\n{name}\n{count}");
    let name = concat!(module_path!(), "::library_writer");
    let name = name.split_once("::").expect("the first part is the binary's name").1;
    call.env(JOB, job)
        .spawn_self(&[name, "--exact", "--nocapture", "--test-threads=1"])
}

/// Waits until a writer has recorded something, and kills it so long after that. The ids it reported.
#[track_caller]
pub(crate) fn kill_at_work(mut writer: Child, after: Duration) -> Vec<String> {
    let mut stdout = BufReader::new(writer.stdout.take().expect("standard output is piped"));
    let mut printed = Vec::new();
    while reported(&printed).is_empty() {
        let read = stdout.read_until(b'\n', &mut printed).expect("a pipe can be read");
        assert!(read > 0, "it ended too early: {}", wait(writer));
    }
    std::thread::sleep(after);
    writer.kill().expect("a child can be killed");
    stdout.read_to_end(&mut printed).expect("a pipe can be read");
    let output = wait(writer);
    assert_ne!(output.code, 0, "there was more to record\n{output}");
    reported(&printed)
}

/// The ids in what a writer printed, killed or not; the harness prints lines of its own between.
pub(crate) fn reported(stdout: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(stdout);
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let ids = lines.filter_map(|line| Some(line.split_once("recorded ")?.1.trim().to_owned()));
    ids.collect()
}

/// The writer. Where nobody asked for one there is nothing to do.
#[test]
fn library_writer() {
    let Ok(job) = std::env::var(JOB) else { return };
    let parts: Vec<&str> = job.split('\n').collect();
    let [path, name, count] = parts[..] else {
        panic!("a job has three parts: {job:?}");
    };
    let store = LineageStore::open(Path::new(path)).expect("the repository is there");
    let count: usize = count.parse().expect("a number");
    for number in 0..count {
        println!("recorded {}", record(&store, name, number));
    }
}

fn record(store: &LineageStore, name: &str, number: usize) -> String {
    let line: Line = "main".parse().expect("a line");
    let artifact: ArtifactId = ID.parse().expect("an id");
    let signature = Signature {
        person: Person {
            name: name.to_owned(),
            email: format!("{name}@example.org"),
        },
        time: Timestamp {
            seconds: 1_767_225_600 + i64::try_from(number).expect("small"),
            offset: 0,
        },
    };
    let recorded = store.batch(|batch| {
        let head = batch.head(&line, &artifact)?;
        let version = batch.add(BatchVersion {
            artifact_id: artifact.clone(),
            files: vec![BatchFile {
                path: b"folder/own.md".to_vec(),
                mode: FileMode::File,
                data: format!("{name} {number}\n").into_bytes(),
            }],
            parents: head.into_iter().collect(),
            change_origin: Some(ChangeOrigin::LocalModification),
            author: signature.clone(),
            committer: signature.clone(),
            summary: format!("{name} {number}"),
            body: None,
            upstream: None,
        })?;
        batch.set_head(&line, &artifact, version)?;
        Ok(version)
    });
    recorded
        .unwrap_or_else(|error| panic!("{name} {number}: {error}: {error:?}"))
        .to_string()
}
