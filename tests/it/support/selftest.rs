//! The support keeps its own promises: hermetic children, a clock of its own, equal ids for equal steps.

use std::os::unix::fs::PermissionsExt as _;

use super::env::TAKEN_OVER;
use super::{TestRepo, fixtures};

#[test]
fn equal_steps_make_equal_commits_in_every_sandbox() {
    let head = || {
        let repo = TestRepo::new();
        repo.write("a/b.txt", "one\n");
        repo.write_exec("a/run", "#!/bin/sh\n");
        repo.commit("first")
    };
    assert_eq!(head(), head());
}

#[test]
fn the_clock_moves_one_second_per_call_and_a_given_date_wins() {
    let repo = TestRepo::new();
    let dates = |args: &[&str]| repo.call().at("1767225600 +0000").git(args).lines();
    repo.git(&["commit", "--quiet", "--allow-empty", "-m", "first"]);
    repo.git(&["commit", "--quiet", "--allow-empty", "-m", "second"]);
    repo.call()
        .at("2030-02-01T00:00:00+01:00")
        .git(&["commit", "--quiet", "--allow-empty", "-m", "third"]);
    assert_eq!(
        dates(&["log", "--reverse", "--format=%cd", "--date=raw"]),
        ["1767225600 +0000", "1767225601 +0000", "1896130800 +0100"]
    );
}

#[test]
fn children_see_nothing_of_the_machine() {
    let repo = TestRepo::new();
    let shell = ["PWD", "OLDPWD", "SHLVL", "_"];
    let expected = [
        "PATH",
        "HOME",
        "TMPDIR",
        "TZ",
        "LC_ALL",
        "TERM",
        "COLUMNS",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "OWN",
    ];
    for line in repo.call().env("OWN", "1").env_remove("GIT_PAGER").sh("env").lines() {
        let key = line.split('=').next().unwrap_or_default();
        let known = [&expected[..], &TAKEN_OVER, &shell]
            .iter()
            .any(|keys| keys.contains(&key));
        assert!(
            known || (key.starts_with("GIT_") && key != "GIT_PAGER"),
            "unexpected variable {line}"
        );
    }
    assert_eq!(repo.git_fails(&["config", "--global", "user.name"]).code, 1);
    assert_eq!(
        repo.call()
            .config("core.autocrlf", "true")
            .git(&["config", "core.autocrlf"])
            .trimmed(),
        "true"
    );
}

#[test]
fn all_kinds_of_repositories_are_made() {
    assert_eq!(TestRepo::sha256().commit("first").len(), 64);
    assert_eq!(
        TestRepo::bare().git(&["rev-parse", "--is-bare-repository"]).trimmed(),
        "true"
    );
    let repo = TestRepo::new();
    let head = repo.commit("first");
    let linked = repo.worktree_add("linked", "side");
    let clone = repo.clone_as("clone", &[]);
    assert_eq!([linked.head(), clone.head()], [head.clone(), head.clone()]);
    assert_eq!(linked.sidecar(), repo.sidecar());
    assert_ne!(linked.git_dir(), repo.git_dir());
    assert_eq!(TestRepo::in_dir(repo.path()).head(), head);
    let made = TestRepo::in_dir(repo.folder("plain").path().join("made"));
    assert_eq!(
        made.git(&["rev-parse", "--show-toplevel"]).trimmed(),
        made.path().to_string_lossy()
    );
    assert_ne!(repo.folder("plain").git_fails(&["rev-parse", "--git-dir"]).code, 0);
}

#[test]
fn fixtures_are_copied_with_modes_and_without_touching_the_project() {
    let repo = TestRepo::new();
    let copy = repo.fixture("skills/changelog-writer");
    assert_ne!(copy, fixtures().join("skills/changelog-writer"));
    let mode = copy
        .join("scripts/collect.sh")
        .metadata()
        .map(|meta| meta.permissions().mode() & 0o111);
    assert_eq!(mode.ok(), Some(0o111));
    repo.write(copy.join("SKILL.md"), "changed");
    repo.symlink("nowhere", copy.join("link"));
    repo.copy(fixtures().join("skills-next/changelog-writer"), &copy);
    assert!(repo.exists(copy.join("references/breaking-changes.md")));
    assert!(!repo.exists(copy.join("link")));
}

#[test]
fn input_and_failures_reach_the_test() {
    let repo = TestRepo::new();
    let large = "x".repeat(1 << 20);
    let blob = repo.git_stdin(&["hash-object", "-w", "--stdin"], &large).trimmed();
    assert_eq!(repo.git(&["cat-file", "blob", &blob]).text(), large);
    let failed = repo.git_fails(&["cat-file", "blob", "0000000"]);
    assert!(
        failed
            .to_string()
            .starts_with("$ git cat-file blob 0000000\nexit code 128\n--- stdout: empty\n--- stderr:\n")
    );
    assert_ne!(repo.lineage(&["--no-such-option"]).code, 0);
}
