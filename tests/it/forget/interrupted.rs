//! Killed in the middle, and at the same time as others: a second run finishes it, and nothing of others is lost.

use std::thread;
use std::time::{Duration, Instant};

use super::{assert_gone, assert_whole, forget, found, record_secret};
use crate::support::project::{ID, PATH, Project, one, text};
use crate::support::run::wait;

/// A project with the secret in a pack, which is work to be interrupted in.
fn packed() -> (Project, String) {
    let project = Project::deployed();
    let secret = record_secret(&project);
    project.remove(format!("{PATH}/token"));
    project.git(&["gc", "--quiet"]);
    (project, secret)
}

#[test]
fn killed_at_any_instant_a_second_run_finishes_it() {
    let (project, secret) = packed();
    let start = Instant::now();
    forget(&project.twin(), &[&secret], 0);
    let whole = start.elapsed();
    for part in 1..=16 {
        let twin = project.twin();
        let mut child = twin.call().spawn_lineage(&["--json", "forget", &secret]);
        thread::sleep(whole * part / 17);
        child.kill().expect("it is ours");
        let output = wait(child);
        if output.code == 0 {
            assert_gone(&twin);
            continue;
        }
        // Nothing but git's own order of things keeps anybody waiting now.
        twin.lineage_ok(&["status"]);
        let said = twin.lineage(&["--json", "forget", &secret]);
        if said.code != 0 {
            // Killed when all was done.
            assert_eq!(said.json_error()["code"], "unknown_version", "{part}: {output}{said}");
        }
        assert_gone(&twin);
    }
}

/// The newest version means another one after an interruption; that one is not forgotten in its place.
#[test]
fn after_an_interruption_only_the_same_version_is_taken() {
    let (project, secret) = packed();
    let root = project.rev_parse(&format!("{secret}^"));
    let held = project.git_dir().join("gc.pid");
    let host = project.call().sh("uname -n").trimmed();
    // A gc that is at work for ever: the refs have moved when that is noticed.
    std::fs::write(&held, format!("1 {host}\n")).expect("it can be written");
    let stopped = project.lineage(&["--json", "forget", ID]).assert_code(1);
    assert_eq!(stopped.json_error()["code"], "locked");
    assert!(!found(&project).is_empty());
    std::fs::remove_file(&held).expect("it is there");
    let refused = project.lineage(&["--json", "forget", ID]).assert_code(1).json_error();
    assert_eq!(refused["code"], "forget_interrupted");
    assert!(refused["hints"].to_string().contains(&secret), "{refused}");
    let said = forget(&project, &[&secret], 0);
    assert_eq!(said["version_ids"], serde_json::json!([secret]));
    assert_gone(&project);
    assert_eq!(project.show(ID)["version_id"], *root);
}

/// Somebody records the same files, and others, while they are being deleted.
#[test]
fn records_at_the_same_time_lose_nothing() {
    let (project, secret) = packed();
    let other = Project::over_worktree(project.worktree_add("other", "topic"));
    other.edit(
        "token",
        project.git(&["cat-file", "blob", &format!("{secret}:token")]).stdout,
    );
    for round in 0..6 {
        let twin = project.twin();
        // The copy of the linked work tree still leads to the first project; it gets one of its own.
        twin.git(&["worktree", "prune"]);
        let place = twin.beside(&format!("again-{round}"));
        twin.git(&[
            "worktree",
            "add",
            "-q",
            "-f",
            "-B",
            "mine",
            place.to_str().expect("UTF-8"),
        ]);
        let mine = twin.folder(&format!("again-{round}"));
        mine.write(
            format!("{PATH}/token"),
            twin.git(&["cat-file", "blob", &format!("{secret}:token")]).stdout,
        );
        let forgetting = twin
            .call()
            .spawn_lineage(&["--json", "forget", &secret, "--descendants"]);
        thread::sleep(Duration::from_millis(15 * round));
        let recording = mine.call().spawn_lineage(&["--json", "record", ID]);
        let (forgotten, recorded) = (wait(forgetting), wait(recording).assert_code(0));
        assert!(forgotten.code < 2, "{forgotten}");
        let version = text(&one(recorded.json()), "version_id").to_owned();
        // It may have been recorded on top of the secret and forgotten with it; if it is there, all of it is.
        if twin.call().git_any(&["cat-file", "-e", &version]).code == 0 {
            twin.git(&["rev-list", "--objects", &version]);
        }
        twin.git(&["fsck", "--strict", "--no-dangling"]);
        assert_eq!(twin.lineage_ok(&["verify", "--json"]).text(), "");
        mine.lineage_ok(&["record"]);
        assert_eq!(mine.lineage_ok(&["verify", "--json"]).text(), "");
    }
    assert_whole(&project);
}
