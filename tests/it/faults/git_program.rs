//! The git program: none, one that is too old, one that ends in the middle.

use std::path::PathBuf;

use super::{refuses, works_again, world};
use crate::support::project::{ID, PATH, Project, SOURCE};
use crate::support::{Call, TestRepo};

/// A call that finds only the programs in a folder of its own.
fn with_path(repo: &TestRepo) -> (Call<'_>, PathBuf) {
    let folder = repo.beside("programs");
    std::fs::create_dir_all(&folder).expect("the sandbox is writable");
    (repo.call().within(60).env("PATH", &folder), folder)
}

/// A git that says it is of this version and otherwise is the real one.
fn git_of_version<'a>(repo: &'a TestRepo, version: &str) -> Call<'a> {
    let (call, folder) = with_path(repo);
    let real = repo.call().sh("command -v git").trimmed();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in version|--version) echo 'git version {version}' ;; *) exec '{real}' \"$@\" ;; esac\n"
    );
    repo.write_exec(folder.join("git"), script);
    call
}

#[test]
fn without_git_what_needs_it_is_refused_before_anything_is_changed() {
    let project = world();
    for args in [
        &["sync"][..],
        &["remove", ID],
        &["mv", ID, "skills/pdf"],
        &["restore", ID, "skill/pdf~2"],
    ] {
        let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
        refuses(
            &project,
            |repo| with_path(repo).0.lineage(&args),
            "git_not_found",
            &["could not run git"],
        );
    }
    let fresh = Project::new();
    let output = with_path(&fresh)
        .0
        .lineage(&["--json", "deploy", SOURCE, PATH])
        .assert_code(1);
    let error = output.json_error();
    assert_eq!(error["code"], "git_not_found", "{output}");
    assert!(error["hints"].to_string().contains("2.39 or newer"), "{output}");
    assert!(!fresh.exists(PATH) && !fresh.exists(".gitlineage"));
    // Recording and most questions need none.
    if project.has_ref_files("what is done without a git, which alone reads its refs") {
        with_path(&project).0.lineage_ok(&["status"]);
        with_path(&project).0.lineage_ok(&["log"]);
        with_path(&project).0.lineage_ok(&["record"]);
    }
    project.edit("SKILL.md", "more\n");
    works_again(&project);
}

#[test]
fn a_git_that_is_older_than_debians_is_refused() {
    let project = world();
    for (version, needed) in [("2.38.5", "2.39"), ("1.9.1", "2.39")] {
        for args in [&["sync"][..], &["remove", ID], &["blame", ID, "SKILL.md"], &["fetch"]] {
            project.git(&["config", "remote.origin.url", "../nowhere"]);
            let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
            let number = &version[..version.rfind('.').expect("three numbers")];
            refuses(
                &project,
                |repo| git_of_version(repo, version).lineage(&args),
                "git_too_old",
                &[needed, &format!("this is {number}")],
            );
        }
    }
    for version in ["2.39.0", "2.39.5 (Apple Git-154)", "3.0-rc1", "something else"] {
        let twin = project.twin();
        git_of_version(&twin, version).lineage_ok(&["sync"]);
        twin.lineage_ok(&["verify"]);
    }
    works_again(&project);
}

/// Whatever git ends with, its own words are passed on, or how it ended.
#[test]
fn a_git_that_fails_is_quoted() {
    let project = world();
    let (_, folder) = with_path(&project);
    let real = project.call().sh("command -v git").trimmed();
    for (end, words) in [
        (
            "echo 'fatal: no way' >&2; exit 128",
            &["git update-index", "no way"][..],
        ),
        ("kill -9 $$", &["git update-index", "SIGKILL"]),
    ] {
        let twin = project.twin();
        let script = format!("#!/bin/sh\ncase \"$*\" in *update-index*) {end} ;; *) exec '{real}' \"$@\" ;; esac\n");
        twin.write_exec(twin.beside("programs/git"), script);
        assert!(folder.exists());
        let output = with_path(&twin).0.lineage(&["--json", "sync"]).assert_code(1);
        let message = output.json_error()["message"].to_string();
        assert!(words.iter().all(|word| message.contains(word)), "{output}");
        twin.lineage_ok(&["sync", "--continue"]);
        twin.lineage_ok(&["verify"]);
        assert!(twin.exists(format!("{PATH}/new.md")));
    }
}
