//! Somebody who never lets go: whoever waits does so for a bounded time, and then goes on, or says which file is in the way.
//!
//! Locks of git's index are in `merging/locks.rs`, those of the refs in `crash/by_time.rs`, the sidecar's in
//! `sidecar/unwritable.rs`.

use std::fs::{self, File};
use std::time::{Duration, Instant, SystemTime};

use crate::support::project::{HEAD_REF, ID, PATH, Project, text};

/// The lock of one of our refs goes by itself once it is old. This one, whose clock is ahead, never is.
#[test]
fn the_lock_of_a_ref_that_never_goes_is_named() {
    let project = Project::deployed();
    if !project.has_ref_files("a lock of one ref") {
        return;
    }
    project.git(&["config", "core.filesRefLockTimeout", "1"]);
    project.edit("SKILL.md", "one\n");
    let lock = project.path().join(".git").join(format!("{HEAD_REF}.lock"));
    project.write(&lock, "");
    let file = File::options().write(true).open(&lock).expect("it was just made");
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    file.set_modified(tomorrow).expect("it is ours");
    let before = project.rev_parse(HEAD_REF);
    let output = project
        .call()
        .within(60)
        .lineage(&["--json", "record", ID])
        .assert_code(1);
    let error = output.json_error();
    assert_eq!(error["code"], "ref_locked", "{output}");
    assert!(text(&error, "message").contains("skill/pdf.lock"), "{output}");
    assert!(error["hints"].to_string().contains("remove the lock file"), "{output}");
    assert_eq!(project.rev_parse(HEAD_REF), before);
    fs::remove_file(lock).expect("it is ours");
    project.record();
}

/// A process of ours that was stopped, or that a debugger holds.
#[test]
fn a_turn_that_never_ends_is_not_waited_for_any_longer() {
    let project = Project::deployed();
    let refs = File::open(project.path().join(".git/refs")).expect("git makes it");
    refs.lock().expect("nobody has it");
    let began = Instant::now();
    project.edit("SKILL.md", "one\n");
    let output = project.call().within(60).lineage_ok(&["--json", "record", ID]);
    assert_eq!(output.json()[0]["recorded"], true);
    assert!(began.elapsed() >= Duration::from_secs(5), "nobody waited");
    drop(refs);
    project.lineage_ok(&["verify"]);
}

#[test]
fn a_gc_that_never_ends_keeps_nobody_from_recording_and_is_named_where_objects_are_deleted() {
    let project = Project::deployed();
    let secret = text(&project.record_edit("token", "secret\n"), "version_id").to_owned();
    project.remove(format!("{PATH}/token"));
    let host = project.call().sh("uname -n").trimmed();
    project.write(".git/gc.pid", format!("{} {host}", std::process::id()));
    let output = project
        .call()
        .within(60)
        .lineage(&["--json", "forget", &secret])
        .assert_code(1);
    let error = output.json_error();
    assert_eq!(error["code"], "locked", "{output}");
    assert!(text(&error, "message").contains(".git/gc.pid"), "{output}");
    project.record_edit("SKILL.md", "one\n");
    project.remove(".git/gc.pid");
    project.lineage_ok(&["forget", &secret, "--descendants"]);
    project.lineage_ok(&["verify"]);
}

/// git keeps gc out while refs move: a gc that begins just then ends at once, and what is recorded stays.
#[test]
fn a_gc_between_the_objects_and_their_ref_is_kept_out() {
    let project = Project::deployed();
    // With a reflog git moves the ref, and this hook runs before it does.
    project.git(&["config", "core.logAllRefUpdates", "always"]);
    let said = project.beside("said");
    project.write_exec(
        ".git/hooks/reference-transaction",
        format!(
            "#!/bin/sh\ntest \"$1\" = prepared || exit 0\ngit gc --quiet --prune=now >>'{}' 2>&1\nexit 0\n",
            said.display()
        ),
    );
    for number in [1, 50] {
        for file in 0..number {
            project.edit(&format!("many/{file}.md"), format!("{number} {file}\n"));
        }
        let version = text(&project.record(), "version_id").to_owned();
        project.git(&["rev-list", "--objects", "--quiet", &version]);
        project.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
        assert_eq!(project.rev_parse(HEAD_REF), version);
    }
    let said = String::from_utf8(project.read(&said)).expect("text");
    assert!(said.contains("gc is already running"), "{said}");
    project.lineage_ok(&["verify"]);
}
