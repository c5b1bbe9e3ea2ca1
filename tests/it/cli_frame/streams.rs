//! stdout is the answer and nothing else; a reader who has seen enough is no failure.

use git_lineage::{ArtifactId, BatchFile, BatchVersion, ChangeOrigin, FileMode, Line, LineageStore, Signature};

use crate::support::project::{ID, PATH, Project, SOURCE, text};
use crate::support::{Output, TestRepo};

/// Runs a command for people, quiet, and for programs; returns the first. The answer is the same quiet or not, a quiet
/// success says nothing on stderr, and a program reads nothing but JSON.
#[track_caller]
fn check(project: &TestRepo, args: &[&str]) -> Output {
    let with = |option: &str| {
        let args: Vec<&str> = std::iter::once(option).chain(args.iter().copied()).collect();
        project.lineage_ok(&args)
    };
    let people = project.lineage_ok(args);
    let quiet = with("-q");
    assert_eq!(quiet.text(), people.text(), "{people}");
    assert_eq!(quiet.err_text(), "", "{quiet}");
    let programs = with("--json");
    assert_eq!(programs.json().is_empty(), programs.text().is_empty());
    assert_eq!(programs.err_text(), "", "{programs}");
    people
}

#[test]
fn stdout_is_the_answer_only() {
    let project = Project::deployed();
    let root = project.show(ID);
    project.record_edit("SKILL.md", "# Ours\n");
    let (version, hash) = (text(&root, "version_id"), text(&root, "content_hash"));
    for (args, lines) in [
        (&["list"][..], 1),
        (&["log"], 2),
        (&["log", ID, "--graph"], 2),
        (&["graph"], 2),
        (&["log", ID, "-n", "1"], 1),
        (&["log", ID, "-n", "0"], 0),
        (&["log", "--until", "2000-01-01"], 0),
        (&["lineage", ID], 2),
        (&["children", hash], 1),
        (&["children", "0123456"], 0),
        (&["find", hash], 1),
        (&["find", PATH], 1),
        (&["find", "README.md"], 0),
        (&["merge-base", version, ID], 1),
        (&["path", version, ID], 2),
        (&["blame", ID, "SKILL.md"], 1),
        (&["record"], 0),
        (&["record", ID], 1),
        (&["sync"], 1),
        (&["init"], 1),
        (&["index", "status"], 5),
        (&["deploy", SOURCE, "x", "--dry-run", "--id", "skill/x"], 1),
    ] {
        let output = check(&project, args);
        assert_eq!(output.lines().len(), lines, "{output}");
    }
    for args in [&["show", ID][..], &["verify"]] {
        assert!(!check(&project, args).text().is_empty());
    }
    // What to do next, and what an empty answer means, is for people and stands on stderr.
    let empty = project.lineage_ok(&["find", "README.md"]);
    assert!(
        empty.err_text().starts_with("no recorded version has this content"),
        "{empty}"
    );
    let none = project.lineage(&["merge-base", ID, ID, "-q"]).assert_code(0);
    assert_eq!(none.err_text(), "");
}

#[test]
fn what_writes_tells_the_next_step_on_stderr() {
    let project = Project::new();
    let deployed = project.lineage_ok(&["deploy", SOURCE, PATH]);
    assert_eq!(deployed.lines().len(), 1, "{deployed}");
    assert!(
        deployed
            .err_text()
            .contains("staged .claude/skills/pdf and .gitlineage"),
        "{deployed}"
    );
    project.upstream("SKILL.md", "# New\n");
    let synced = project.lineage_ok(&["sync"]);
    assert_eq!(synced.lines().len(), 1, "{synced}");
    assert!(synced.err_text().contains("staged what was written"), "{synced}");
    project.upstream("SKILL.md", "# Newer\n");
    let quiet = project.lineage_ok(&["-q", "sync"]);
    assert_eq!((quiet.lines().len(), quiet.err_text()), (1, ""));
    // News of the sidecar are notes beside any answer, also beside JSON.
    project.remove(".git/lineage");
    let rebuilt = project.lineage_ok(&["--json", "list"]);
    assert!(
        rebuilt.err_text().starts_with("note: the sidecar was rebuilt"),
        "{rebuilt}"
    );
    assert_eq!(rebuilt.json().len(), 1);
}

/// A chain of as many versions, written at once.
fn long_lineage(count: u32) -> TestRepo {
    let repo = TestRepo::new();
    repo.write("README.md", "x\n");
    repo.commit("Begin");
    let store = LineageStore::open(repo.path()).expect("a repository");
    let id: ArtifactId = "prompt/long".parse().expect("an id");
    let line: Line = "main".parse().expect("a line");
    let person = Signature {
        person: git_lineage::Person {
            name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
        },
        time: git_lineage::Timestamp {
            seconds: 1_767_225_600,
            offset: 0,
        },
    };
    let written = store.batch(|batch| {
        let mut parents = Vec::new();
        for at in 0..count {
            let version = batch.add(BatchVersion {
                artifact_id: id.clone(),
                files: vec![BatchFile {
                    path: b"long.md".to_vec(),
                    mode: FileMode::File,
                    data: at.to_string().into_bytes(),
                }],
                change_origin: parents.first().map(|_| ChangeOrigin::LocalModification),
                parents,
                author: person.clone(),
                committer: person.clone(),
                summary: format!("version {at}"),
                body: None,
                upstream: None,
            })?;
            parents = vec![version];
        }
        batch.set_head(&line, &id, parents[0])
    });
    written.expect("recorded");
    repo
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let repo = long_lineage(3_000);
    for command in [
        "log prompt/long",
        "log --all --json",
        "lineage prompt/long --json",
        "log prompt/long --graph",
        "graph prompt/long --format dot -n 3000",
        "help-reference",
    ] {
        // More than a pipe holds, so that writing goes on after the reader has gone.
        let script = format!("{{ git-lineage {command}; echo \"ended with $?\" >&2; }} | head -n 1");
        let output = repo.call().sh(&script);
        assert_eq!(output.lines().len(), 1, "{output}");
        assert_eq!(output.err_text(), "ended with 0\n", "{output}");
    }
    let all = repo.lineage_json(&["lineage", "prompt/long"]);
    assert_eq!(all.len(), 3_000);
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let project = Project::deployed();
    if !std::path::Path::new("/dev/full").exists() {
        crate::support::skipped("there is no /dev/full on this system");
        return;
    }
    let output = project.call().sh("git-lineage list >/dev/full || echo \"exit $?\"");
    assert_eq!(output.text(), "exit 1\n", "{output}");
    assert!(
        output.err_text().starts_with("error: could not write the answer\n"),
        "{output}"
    );
    // Nobody reads stderr: nothing changes.
    let output = project
        .call()
        .sh("git-lineage show no/such 2>&- || echo \"exit $?\"; git-lineage list 2>&-");
    assert_eq!(output.lines().len(), 2, "{output}");
    assert_eq!(output.lines()[0], "exit 1");
}
