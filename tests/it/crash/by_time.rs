//! Processes killed at any time, and what they leave behind.

use std::collections::HashSet;
use std::fs;
use std::time::{Duration, Instant, SystemTime};

use crate::support::Rng;
use crate::support::project::{HEAD_REF, ID, PATH, Project, text};
use crate::support::run::wait;
use crate::support::writer;

/// Everything that was reported is on the line, git finds no fault, and a record still works.
#[track_caller]
fn assert_sound(project: &Project, reported: &HashSet<String>, content: &str) {
    project.edit("after.md", content);
    let recorded = project
        .call()
        .within(60)
        .lineage(&["--json", "record", ID])
        .assert_code(0)
        .json();
    assert_eq!(recorded[0]["recorded"], true);
    let chain = project.git(&["rev-list", "--first-parent", HEAD_REF]).lines();
    assert_eq!(chain[0], text(&recorded[0], "version_id"));
    let chain: HashSet<String> = chain.into_iter().collect();
    let lost: Vec<&String> = reported.difference(&chain).collect();
    assert!(lost.is_empty(), "{lost:?}");
    let fsck = project.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
    assert_eq!((fsck.text(), fsck.err_text()), ("", ""), "{fsck}");
    project.lineage_ok(&["verify"]);
    let lineage = project.lineage_json(&["lineage", ID]);
    assert_eq!(lineage.len(), chain.len());
}

#[test]
fn a_record_killed_at_any_instant_loses_nothing() {
    let project = Project::deployed();
    let mut rng = Rng(0x9e37_79b9_7f4a_7c15);
    let mut usual = Duration::ZERO;
    let mut reported = HashSet::new();
    let mut killed = 0;
    for round in 0..60 {
        if round % 6 == 0 {
            // How long it takes here and now, so that every part of it is hit.
            let start = Instant::now();
            project.record_edit("SKILL.md", &format!("whole {round}\n"));
            usual = start.elapsed();
        }
        project.edit("SKILL.md", format!("edit {round}\n"));
        let mut child = project.call().spawn_lineage(&["--json", "record", ID]);
        std::thread::sleep(usual * u32::try_from(rng.below(125)).expect("small") / 100);
        child.kill().expect("a child can be killed");
        let output = wait(child);
        killed += usize::from(output.code != 0);
        // What was printed whole was reported.
        let whole = output.stdout.ends_with(b"\n");
        reported.extend(whole.then(|| text(&output.json()[0], "version_id").to_owned()));
        if round % 6 == 5 {
            assert_sound(&project, &reported, &format!("after {round}\n"));
        }
    }
    assert!(
        killed > 0 && !reported.is_empty(),
        "{killed} killed, {} done",
        reported.len()
    );
}

#[test]
fn a_batch_killed_at_any_instant_loses_nothing() {
    let project = Project::deployed();
    let mut rng = Rng(0x2545_f491_4f6c_dd1d);
    let mut reported = HashSet::new();
    for round in 0..30 {
        let child = writer::spawn(&project, &format!("writer{round}"), 1000);
        let after = Duration::from_micros(rng.below(10_000) as u64);
        reported.extend(writer::kill_at_work(child, after));
        if round % 5 == 4 {
            assert_sound(&project, &reported, &format!("after {round}\n"));
        }
    }
    assert!(reported.len() >= 30, "each recorded something: {}", reported.len());
}

#[test]
fn a_lock_left_behind_is_removed_and_one_in_use_is_waited_for() {
    let project = Project::deployed();
    if !project.has_ref_files("files of refs and their locks") {
        return;
    }
    let lock = project.path().join(".git").join(format!("{HEAD_REF}.lock"));
    project.write(&lock, "");
    let file = fs::File::options().write(true).open(&lock).expect("it was just made");
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    file.set_modified(an_hour_ago).expect("it is ours");
    drop(file);
    project.record_edit("SKILL.md", "one\n");
    assert!(!lock.exists());

    project.write(&lock, "");
    project.edit("SKILL.md", "two\n");
    let mut child = project.call().spawn_lineage(&["--json", "record", ID]);
    std::thread::sleep(Duration::from_millis(700));
    let waiting = child.try_wait().expect("a child can be asked").is_none();
    assert!(waiting && lock.exists(), "somebody is using it");
    fs::remove_file(&lock).expect("it is ours");
    let recorded = wait(child).assert_code(0).json();
    assert_eq!(recorded[0]["version_id"], project.rev_parse(HEAD_REF));
    // With a reflog git moves the ref.
    project.git(&["config", "core.logAllRefUpdates", "always"]);
    project.write(&lock, "");
    let file = fs::File::options().write(true).open(&lock).expect("it was just made");
    file.set_modified(an_hour_ago).expect("it is ours");
    project.record_edit("SKILL.md", "three\n");
    assert_eq!(project.git(&["reflog", "show", HEAD_REF]).lines().len(), 1);
}

/// git holds this one while it packs or deletes refs; recording does neither.
#[test]
fn the_lock_of_packed_refs_is_nothing_to_wait_for() {
    let project = Project::deployed();
    project.git(&["pack-refs", "--all"]);
    project.write(".git/packed-refs.lock", "");
    project.record_edit("SKILL.md", "one\n");
    project.remove(".git/packed-refs.lock");
    project.git(&["pack-refs", "--all"]);
    project.record_edit("SKILL.md", "two\n");
    assert_eq!(project.contents(ID).len(), 3);
}

#[test]
fn the_mark_of_a_gc_that_died_is_no_obstacle() {
    let project = Project::deployed();
    let host = project.call().sh("uname -n").trimmed();
    let kept_packs = || {
        let packs = fs::read_dir(project.path().join(".git/objects/pack")).expect("git makes it");
        packs
            .filter(|entry| {
                entry
                    .as_ref()
                    .is_ok_and(|entry| entry.path().extension() == Some("keep".as_ref()))
            })
            .count()
    };
    // Of one that died, of one that is at work (this process is), of one on another machine.
    let marks = [
        (format!("{} {host}", i32::MAX), false),
        (format!("{} {host}", std::process::id()), true),
        (format!("{} elsewhere.example.org", i32::MAX), true),
    ];
    for (mark, stays) in marks {
        project.write(".git/gc.pid", &mark);
        project.record_edit("SKILL.md", &mark);
        assert_eq!(project.exists(".git/gc.pid"), stays, "{mark}");
        assert_eq!(kept_packs(), 0, "a pack is kept no longer than it takes");
    }
    project.remove(".git/gc.pid");
    // What a killed process kept is let go of by the next one that writes a pack.
    let pack = fs::read_dir(project.path().join(".git/objects/pack"))
        .expect("git makes it")
        .map(|entry| entry.expect("git makes it").path())
        .find(|path| path.extension() == Some("pack".as_ref()))
        .expect("records beside a gc are packs");
    project.write(
        pack.with_extension("keep"),
        format!("git lineage {} {host}\n", i32::MAX),
    );
    let foreign = pack.with_file_name("pack-of-somebody.keep");
    project.write(&foreign, "do not touch\n");
    for number in 0..50 {
        project.edit(&format!("many/{number}.md"), format!("{number}\n"));
    }
    project.record();
    assert!(!pack.with_extension("keep").exists() && foreign.exists());
    project.git(&["fsck", "--strict", "--no-progress"]);
}

/// Refs that are created come first: where the second half of a transaction fails, a head that was left behind is kept.
#[test]
fn a_head_is_kept_before_it_is_left_behind() {
    let project = Project::deployed();
    if !project.has_ref_files("files of refs and their locks") {
        return;
    }
    project.edit("SKILL.md", "first try\n");
    project.commit("Edit");
    let first = text(&project.record(), "version_id").to_owned();
    project.edit("SKILL.md", "second try\n");
    project.git(&["commit", "--quiet", "--amend", "--all", "--message=Edit, better"]);
    // Something is in the way of the ref that is to keep it.
    let obstacle = project.path().join(format!(".git/refs/lineage/kept/{first}"));
    project.write(obstacle.join("x.lock"), "");
    let output = project.lineage(&["--json", "record", ID]).assert_code(1);
    assert_eq!(output.json_error()["code"], "io", "{output}");
    assert_eq!(project.rev_parse(HEAD_REF), first, "nothing moved");
    fs::remove_file(obstacle.join("x.lock")).expect("it is ours");
    // An empty folder, as git leaves them, is none.
    let second = project.record();
    assert_eq!(second["summary"], "Edit, better");
    assert_eq!(project.rev_parse(&format!("refs/lineage/kept/{first}")), first);
    assert_eq!(project.read(format!("{PATH}/SKILL.md")), b"second try\n");
}
