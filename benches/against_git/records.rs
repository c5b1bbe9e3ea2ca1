//! Writing: one record, many in a batch, with and without the sidecar, and what a version takes on disk.

use std::{
    fmt::Write as _,
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use git_lineage::{Deploy, LineageStore};

use crate::{
    Sizes,
    generate::{Shape, artifact, caller, fill, text},
    processes::git,
    project::init,
    table::{Row, Table, Unit},
    timing::{LINEAGE, copy, in_turns, time},
};

/// Whose versions a batch holds.
const BULK_ARTIFACTS: usize = 100;

pub(crate) fn measure(table: &mut Table, dir: &Path, sizes: Sizes) {
    if table.wants("one record") {
        one_record(table, &dir.join("record"), sizes);
    }
    if table.wants("bulk") {
        bulk(table, &dir.join("bulk"), sizes);
    }
    if table.wants("with the sidecar") {
        with_sidecar(table, &dir.join("sidecar"), sizes);
    }
    if table.wants("bytes") {
        bytes(table, &dir.join("bytes"), sizes);
    }
}

/// A project with one artifact of ten files, committed.
fn project(dir: &Path, settings: &[(&str, &str)]) -> PathBuf {
    std::fs::create_dir_all(dir).expect("a directory");
    let project = init(dir, "project");
    for (key, value) in settings {
        git(&project, &["config", key, value]);
    }
    git(&project, &["commit", "--quiet", "--allow-empty", "--message", "Begin"]);
    let skill = dir.join("pdf");
    std::fs::create_dir(&skill).expect("a directory");
    for file in 0..10 {
        std::fs::write(skill.join(format!("{file}.md")), format!("file {file}\n")).expect("written");
    }
    let store = LineageStore::open(&project).expect("a repository");
    let deployed = store.deploy(&Deploy::new(skill.display().to_string()), &caller(0));
    deployed.expect("deployed");
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "--message", "Deploy"]);
    project
}

fn edit(project: &Path, run: usize) {
    std::fs::write(project.join("pdf/0.md"), format!("edit {run}\n")).expect("written");
}

fn one_record(table: &mut Table, dir: &Path, sizes: Sizes) {
    let ours = project(dir, &[]);
    let theirs = copy(&ours, "plain");
    // A record is one of many small commands: more runs than what takes long.
    let pair = in_turns(
        sizes.runs * 4 + 1,
        |run| {
            edit(&ours, run);
            time(&ours, LINEAGE, &["record"])
        },
        |run| {
            edit(&theirs, run);
            time(&theirs, "git", &["add", "pdf"]) + time(&theirs, "git", &["commit", "--quiet", "--message", "Edit"])
        },
    );
    let work = "one record of a 10-file artifact".to_owned();
    table.compare(work, "`git add` and `git commit`", (0.7, 0.4), pair);
    // git leaves loose objects and refs to the system by default.
    let durable = copy(&ours, "durable");
    git(&durable, &["config", "core.fsync", "loose-object,reference"]);
    let pair = in_turns(
        sizes.runs * 4 + 1,
        |run| {
            edit(&ours, 1_000_000 + run);
            time(&ours, LINEAGE, &["record"])
        },
        |run| {
            edit(&durable, 1_000_000 + run);
            time(&durable, "git", &["add", "pdf"]) + time(&durable, "git", &["commit", "--quiet", "--message", "Edit"])
        },
    );
    let work = "one record, against git that syncs what it writes".to_owned();
    table.compare(work, "`git add` and `git commit`, as durable", (0.7, 0.4), pair);
}

fn with_sidecar(table: &mut Table, dir: &Path, sizes: Sizes) {
    let with = project(&dir.join("with"), &[]);
    let without = project(&dir.join("without"), &[("lineage.sidecar", "false")]);
    let record = |project: &Path, run: usize| {
        edit(project, run);
        time(project, LINEAGE, &["record"])
    };
    let pair = in_turns(
        sizes.runs * 4 + 1,
        |run| record(&with, run),
        |run| record(&without, run),
    );
    let work = "recording with the sidecar".to_owned();
    table.compare(work, "recording without it", (1.15, 1.05), pair);
}

/// The versions of a batch as the library takes them, of a hundred artifacts in turns.
fn add_all(store: &LineageStore, versions: usize) -> Duration {
    let begun = Instant::now();
    fill(
        store,
        Shape {
            versions,
            artifacts: BULK_ARTIFACTS,
            merges: None,
        },
    );
    begun.elapsed()
}

/// The same versions for `git fast-import`.
fn stream(versions: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut parents: Vec<Option<usize>> = vec![None; BULK_ARTIFACTS];
    for number in 0..versions {
        let (of, mark) = (number % BULK_ARTIFACTS, number + 1);
        let id = artifact(of);
        let data = text(number);
        let mut message = format!("Version {number}\n\nLineage-Format: 1\nArtifact-Id: {id}\n");
        match parents[of] {
            None => message.push_str("Change-Origin: deployment\n"),
            Some(parent) => write!(
                message,
                "Change-Origin: local_modification\nParent-Hash: {parent:040x}\n"
            )
            .expect("a String takes all"),
        }
        let time = 1_700_000_000 + number;
        write!(
            stream,
            "commit refs/lineage/heads/main/{id}\nmark :{mark}\nauthor Bench <bench@example.org> {time} +0000\n\
             committer Bench <bench@example.org> {time} +0000\ndata {}\n{message}\n",
            message.len()
        )
        .expect("a Vec takes all");
        if let Some(parent) = parents[of] {
            writeln!(stream, "from :{parent}").expect("a Vec takes all");
        }
        write!(stream, "M 100644 inline SKILL.md\ndata {}\n", data.len()).expect("a Vec takes all");
        stream.extend(data);
        stream.push(b'\n');
        parents[of] = Some(mark);
    }
    stream
}

fn bulk(table: &mut Table, dir: &Path, sizes: Sizes) {
    std::fs::create_dir_all(dir).expect("a directory");
    let file = dir.join("stream");
    std::fs::write(&file, stream(sizes.bulk)).expect("written");
    let ours = |run: usize| {
        let project = init(dir, &format!("ours-{run}"));
        let store = LineageStore::open(&project).expect("a repository");
        add_all(&store, sizes.bulk)
    };
    let theirs = |run: usize| {
        let project = init(dir, &format!("theirs-{run}"));
        let begun = Instant::now();
        let status = Command::new("git")
            .args(["fast-import", "--quiet"])
            .current_dir(&project)
            .stdin(File::open(&file).expect("there"))
            .stdout(Stdio::null())
            .status();
        let took = begun.elapsed();
        assert!(status.expect("git runs").success());
        took
    };
    let pair = in_turns(sizes.runs.min(5), ours, theirs);
    table.add(Row {
        work: format!("bulk: {} versions in one batch", sizes.bulk),
        against: "`git fast-import`",
        bar: 0.8,
        goal: 2.0,
        unit: Unit::Rate,
        value: 1.0 / pair.ratio(),
        ours: Some(pair.ours),
        theirs: Some(pair.theirs),
    });
}

fn bytes(table: &mut Table, dir: &Path, sizes: Sizes) {
    std::fs::create_dir_all(dir).expect("a directory");
    let project = init(dir, "project");
    let before = size(&project.join(".git"));
    let store = LineageStore::open(&project).expect("a repository");
    fill(
        &store,
        Shape {
            versions: sizes.chain,
            artifacts: 1,
            merges: None,
        },
    );
    git(&project, &["repack", "-a", "-d", "--quiet"]);
    let after = size(&project.join(".git"));
    table.add(Row {
        work: format!(
            "bytes on disk for each of {} versions, packed, sidecar included",
            sizes.chain
        ),
        against: "",
        bar: 800.0,
        goal: 400.0,
        unit: Unit::Bytes,
        value: (after - before) as f64 / sizes.chain as f64,
        ours: None,
        theirs: None,
    });
}

/// What is in a folder.
fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries
        .map(|entry| {
            let found = entry.metadata().expect("there");
            if found.is_dir() {
                size(&entry.path())
            } else {
                found.len()
            }
        })
        .sum()
}
