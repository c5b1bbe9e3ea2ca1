//! What kills have shown, each at the one call that matters.

use std::path::Path;

use super::checks::age_our_locks;
use super::projects::{four, reftable};
use super::shim::{Point, Shim, Victim};
use crate::hooks::with_files_only;
use crate::merging::{LINES, with_line};
use crate::support::project::{HEAD_REF, ID, PATH, Project, World, text, texts};
use crate::support::{Output, TestRepo};

/// Kills a command at the first call of this name that concerns a place which ends so. What it said; `None` where no faults
/// can be injected.
#[track_caller]
pub(super) fn kill_at(repo: &TestRepo, victim: Victim, args: &[&str], name: &str, end: &str) -> Option<Output> {
    let shim = Shim::new(repo, false)?.only(name, end);
    let call = with_files_only(repo.call().within(60), repo);
    let point = Point {
        victim,
        at: 1,
        torn: false,
    };
    let output = shim.over(call, "git-lineage", point).lineage(args);
    assert!(shim.struck(), "{output}");
    age_our_locks(repo);
    Some(output)
}

/// What is unfinished stands before heads move that were there.
#[test]
fn heads_that_a_transaction_did_not_come_to_move_when_it_is_continued() {
    let project = Project::deployed();
    if !project.has_ref_files("files of refs and their locks") {
        return;
    }
    project.record_edit("SKILL.md", "one\n");
    project.edit("SKILL.md", "not recorded\n");
    let root = project.rev_parse(&format!("{HEAD_REF}~1"));
    let before = project.rev_parse(HEAD_REF);
    let Some(_) = kill_at(&project, Victim::Ours, &["restore", ID, &root], "rename", HEAD_REF) else {
        return;
    };
    assert_eq!(project.rev_parse(HEAD_REF), before);
    project.lineage_ok(&["sync", "--continue"]);
    assert_eq!(project.rev_parse(&format!("{HEAD_REF}~2")), before);
    let edit = project.git(&["show", &format!("{HEAD_REF}~1:SKILL.md")]);
    assert_eq!(edit.text(), "not recorded\n");
    assert_eq!(
        project.read(format!("{PATH}/SKILL.md")),
        b"# pdf\n\nRead and fill files.\n"
    );
    project.lineage_ok(&["verify"]);
}

/// Of several artifacts the one that did not come to stand is as before, in the manifest as well.
#[test]
fn what_did_not_come_to_stand_is_not_in_the_manifest() {
    let project = four(Project::new());
    if !project.has_ref_files("files of refs and their locks") {
        return;
    }
    let (args, pending) = (["--json", "sync"], "refs/lineage/pending/main/skill/c");
    let Some(_) = kill_at(&project, Victim::Ours, &args, "rename", pending) else {
        return;
    };
    let _continued = project.lineage(&["sync", "--continue"]).assert_code(0);
    project.lineage_ok(&["verify"]);
    let synced = project.lineage(&args).assert_code(3).json();
    assert_eq!(
        texts(&synced, "result"),
        ["up_to_date", "up_to_date", "conflict", "up_to_date"]
    );
}

/// The same where the head is left behind by a new root.
#[test]
fn the_head_of_a_second_deployment_moves_when_it_is_continued() {
    let project = Project::deployed();
    if !project.has_ref_files("files of refs and their locks") {
        return;
    }
    let before = project.rev_parse(HEAD_REF);
    project.lineage_ok(&["remove", ID]);
    project.commit("Remove");
    let args = ["deploy", "../upstream/skills/pdf", PATH];
    let Some(_) = kill_at(&project, Victim::Ours, &args, "rename", HEAD_REF) else {
        return;
    };
    project.lineage_ok(&["sync", "--continue"]);
    assert_ne!(project.rev_parse(HEAD_REF), before);
    assert_eq!(project.contents(ID).len(), 1, "a new root");
    assert_eq!(project.rev_parse(&format!("refs/lineage/kept/{before}")), before);
    project.lineage_ok(&["verify"]);
}

#[test]
fn nothing_is_left_in_the_work_tree_and_folders_made_for_files_go() {
    let project = Project::new();
    let before = World::of(project.path(), &[Path::new(".git")]);
    let args = ["deploy", "../upstream/skills/pdf", PATH];
    let first_file = format!("{PATH}/SKILL.md");
    let Some(_) = kill_at(&project, Victim::Ours, &args, "rename", &first_file) else {
        return;
    };
    let folders = World::of(project.path(), &[Path::new(".git")]);
    let new: Vec<&Path> = folders.paths().filter(|path| before.at(path).is_none()).collect();
    assert_eq!(new, [".claude", ".claude/skills", PATH].map(Path::new));
    project.lineage_ok(&["sync", "--abort"]);
    before.assert_same(&World::of(project.path(), &[Path::new(".git")]));
}

#[test]
fn what_a_killed_git_recorded_is_not_recorded_again() {
    let project = crate::merging::with_lines();
    if !project.has_ref_files("files of refs and their locks") {
        return;
    }
    project.edit("lines.txt", with_line(LINES, 1, "mine"));
    crate::merging::conflict(&project);
    project.edit("lines.txt", with_line(LINES, 1, "both"));
    project.git(&["add", PATH]);
    // The head has moved, and what stands is about to go.
    let args = ["--json", "sync", "--continue"];
    let pending = "refs/lineage/pending/main/skill/pdf";
    let Some(killed) = kill_at(&project, Victim::Git, &args, "unlink", &format!(".git/{pending}")) else {
        return;
    };
    assert_eq!(killed.json_error()["code"], "locked", "{killed}");
    let head = project.rev_parse(HEAD_REF);
    for lock in [".git/packed-refs", &format!(".git/{pending}")] {
        project.remove(format!("{lock}.lock"));
    }
    project.lineage_ok(&["sync", "--continue"]);
    assert_eq!(project.rev_parse(HEAD_REF), head);
    assert_eq!(project.git(&["for-each-ref", "refs/lineage/pending"]).text(), "");
}

/// What a command began together is taken back together, though git was killed while it ended the one after the other.
#[test]
fn a_move_to_another_id_is_taken_back_as_a_whole() {
    let project = Project::deployed();
    if !project.has_ref_files("files of refs and their locks") {
        return;
    }
    let before = World::of(project.path(), &[Path::new(".git")]);
    let args = ["mv", ID, "skills/forms", "--id", "skill/forms"];
    let Some(_) = kill_at(
        &project,
        Victim::All,
        &args,
        "unlink",
        ".git/refs/lineage/pending/main/skill/pdf",
    ) else {
        return;
    };
    for lock in [
        "refs/lineage/pending/main/skill/forms",
        "refs/lineage/pending/main/skill/pdf",
        "packed-refs",
    ] {
        let lock = format!(".git/{lock}.lock");
        if project.exists(&lock) {
            project.remove(lock);
        }
    }
    let standing = project.git(&["for-each-ref", "--format=%(refname)", "refs/lineage/pending"]);
    assert_eq!(standing.lines().len(), 1, "{standing}");
    project.lineage_ok(&["sync", "--abort"]);
    before.assert_same(&World::of(project.path(), &[Path::new(".git")]));
    project.lineage_ok(&["verify"]);
}

/// What stands of a move may be one of its two halves only; whichever it is, all of the move is finished, or taken back.
#[test]
fn a_move_to_another_id_of_which_one_half_stands_is_one_move() {
    let project = Project::deployed();
    if !project.has_ref_files("files of refs and their locks") {
        return;
    }
    project.edit("SKILL.md", "not recorded\n");
    let world = |project: &Project| World::of(project.path(), &[Path::new(".git")]);
    let before = world(&project);
    // Refs in the order of their names: one comes before the old id, one after it.
    for new_id in ["skill/forms", "skill/tables"] {
        let args = ["mv", ID, "skills/new", "--id", new_id];
        let undisturbed = project.twin();
        undisturbed.lineage_ok(&args);
        let after = world(&undisturbed);
        let recorded = undisturbed.contents(ID);
        for (way, expected) in [("--continue", &after), ("--abort", &before)] {
            let twin = project.twin();
            let end = format!("pending/main/{new_id}.lock");
            let Some(_) = kill_at(&twin, Victim::Ours, &args, "unlink", &end) else {
                return;
            };
            let standing = twin.git(&["for-each-ref", "--format=%(refname)", "refs/lineage/pending"]);
            assert_eq!(standing.text(), format!("refs/lineage/pending/main/{new_id}\n"));
            twin.lineage_ok(&["sync", way]);
            expected.assert_same(&world(&twin));
            if way == "--continue" {
                assert_eq!(twin.contents(ID), recorded);
            }
            twin.lineage_ok(&["verify"]);
        }
    }
}

#[test]
fn an_undo_that_lacks_nothing_but_the_end_of_its_note_is_done() {
    let project = Project::deployed();
    project.upstream("new.md", "theirs\n");
    project.lineage_ok(&["sync", ID]);
    let Some(_) = kill_at(&project, Victim::Ours, &["undo"], "unlink", ".git/lineage-undo") else {
        return;
    };
    assert!(!project.exists(format!("{PATH}/new.md")));
    let again = project.lineage(&["--json", "undo"]).assert_code(1);
    assert_eq!(again.json_error()["code"], "nothing_to_undo", "{again}");
    assert!(!project.exists(".git/lineage-undo"));
}

#[test]
fn hooks_are_put_aside_and_brought_back_once() {
    let project = Project::deployed();
    project.write_exec(".git/hooks/post-merge", "#!/usr/bin/env python3\n");
    project.write_exec(".git/their-hook", "#!/bin/sh\n");
    project.symlink("../their-hook", ".git/hooks/pre-push");
    let before = World::of(&project.path().join(".git/hooks"), &[]);
    let install = ["hooks", "install"];
    for hook in ["hooks/post-merge", "hooks/pre-push"] {
        let Some(_) = kill_at(&project, Victim::Ours, &install, "rename", hook) else {
            return;
        };
        with_files_only(project.call(), &project).lineage_ok(&install);
        let uninstall = ["hooks", "uninstall"];
        let Some(_) = kill_at(&project, Victim::Ours, &uninstall, "unlink", "lineage-chained/pre-push") else {
            return;
        };
        with_files_only(project.call(), &project).lineage_ok(&["hooks", "uninstall"]);
        before.assert_same(&World::of(&project.path().join(".git/hooks"), &[]));
    }
}

#[test]
fn a_commit_graph_never_names_what_was_forgotten() {
    let project = Project::deployed();
    let secret = text(&project.record_edit("token", "secret\n"), "version_id").to_owned();
    project.remove(format!("{PATH}/token"));
    project.git(&["gc", "--quiet"]);
    assert!(project.exists(".git/objects/info/commit-graph"));
    let Some(_) = kill_at(&project, Victim::Ours, &["forget", &secret], "unlink", ".idx") else {
        return;
    };
    project.git(&["fsck", "--strict", "--no-dangling"]);
    project.lineage_ok(&["forget", &secret]);
    project.git(&["fsck", "--strict", "--no-dangling"]);
}

/// A lock that a killed git left behind is named in the end, here and over there.
#[test]
fn locks_that_nobody_will_release_are_named() {
    let project = Project::deployed();
    if !project.has_ref_files("files of refs and their locks") {
        return;
    }
    let remote = project.sibling("remote", &["--bare"]);
    project.git(&["remote", "add", "origin", "../remote"]);
    project.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    remote.write(format!("{HEAD_REF}.lock"), "");
    let refused = project.call().within(60).lineage(&["--json", "push"]).assert_code(1);
    assert_eq!(refused.json_error()["code"], "transport", "{refused}");
    let message = text(&refused.json_error(), "message").to_owned();
    assert!(message.contains("skill/pdf.lock': File exists"), "{message}");

    let one = text(&project.record_edit("SKILL.md", "one\n"), "version_id").to_owned();
    project.record_edit("SKILL.md", "two\n");
    project.git(&["update-ref", &format!("refs/lineage/kept/{one}"), &one]);
    project.write(".git/packed-refs.lock", "");
    let refused = project.call().within(60).lineage(&["--json", "prune"]).assert_code(1);
    assert_eq!(refused.json_error()["code"], "locked", "{refused}");
    let message = text(&refused.json_error(), "message").to_owned();
    assert!(message.contains("packed-refs.lock"), "{message}");
}

/// A git that was killed before it had answered was taken to say that there is no such ref, and undo gave up a head for lost.
#[test]
fn a_git_that_was_killed_has_not_said_that_there_is_none() {
    let Some(project) = reftable() else { return };
    project.deploy();
    project.commit("Deploy");
    let before = project.rev_parse(HEAD_REF);
    project.record_edit("SKILL.md", "mine\n");
    project.lineage_ok(&["restore", ID, &before]);
    let undisturbed = project.twin();
    undisturbed.lineage_ok(&["undo"]);
    let after = undisturbed.contents(ID);
    let (mut answers, mut killed) = (0, 0);
    loop {
        let twin = project.twin();
        let Some(shim) = Shim::new(&twin, false) else { return };
        let shim = shim.only("write", "]");
        let point = Point {
            victim: Victim::Git,
            at: answers + 1,
            torn: false,
        };
        let call = twin.call().within(60);
        let output = shim.over(call, "git-lineage", point).lineage(&["--json", "undo"]);
        if !shim.struck() {
            break;
        }
        answers += 1;
        if output.code != 0 {
            killed += 1;
            let message = text(&output.json_error(), "message").to_owned();
            assert!(message.contains("signal: 9"), "{answers}: {output}");
        }
        let lock = ".git/reftable/tables.list.lock";
        if twin.exists(lock) {
            twin.remove(lock);
        }
        if twin.contents(ID) != after {
            twin.lineage_ok(&["undo"]);
        }
        assert_eq!(twin.contents(ID), after, "{answers}: {output}");
    }
    assert!(answers > 3 && killed > 3, "{answers} answers, {killed} errors");
}
