//! `undo`: the last command that wrote, taken back; nothing of it is lost.

use std::path::Path;

use serde_json::Value;

use super::{LINES, conflict, lines, with_line, with_lines};
use crate::support::project::{HEAD_REF, ID, PATH, Project, SOURCE, World, text};

/// Runs a command, takes it back, and compares files, index, status and the head of `skill/pdf`.
#[track_caller]
fn there_and_back(project: &Project, args: &[&str]) -> Value {
    let state = || {
        (
            World::of(project.path(), &[Path::new(".git")]),
            project.git(&["ls-files", "--stage"]).text().to_owned(),
            project.git(&["status", "--porcelain=v2"]).text().to_owned(),
        )
    };
    let head = |reference: &str| {
        project
            .call()
            .git_any(&["rev-parse", "--verify", "--quiet", reference])
            .trimmed()
    };
    let before = state();
    project.lineage_ok(args);
    let made = head(HEAD_REF);
    let undone = project.lineage_json(&["undo"]).remove(0);
    let after = state();
    before.0.assert_same(&after.0);
    assert_eq!(before.1, after.1, "{args:?}");
    assert_eq!(before.2, after.2, "{args:?}");
    if !made.is_empty() && head(HEAD_REF) != made {
        assert_eq!(undone["taken_back"], *made);
        project.git(&["rev-parse", "--verify", &format!("refs/lineage/kept/{made}")]);
    }
    let output = project.lineage(&["--json", "undo"]).assert_code(1);
    assert_eq!(output.json_error()["code"], "nothing_to_undo", "{output}");
    project.git(&["gc", "--quiet", "--prune=now"]);
    project.git(&["fsck", "--strict"]);
    undone
}

#[test]
fn every_command_can_be_taken_back() {
    let project = Project::new();
    project.upstream("lines.txt", LINES);
    let undone = there_and_back(&project, &["deploy", SOURCE, PATH]);
    assert_eq!(undone["command"], "deploy");
    assert_eq!(undone["version_id"], Value::Null);
    assert!(!project.exists(".gitlineage"));

    let project = with_lines();
    project.edit("lines.txt", with_line(LINES, 20, "mine"));
    let undone = there_and_back(&project, &["record", ID]);
    assert_eq!(undone["command"], "record");
    project.upstream("lines.txt", with_line(LINES, 1, "theirs"));
    // The edit is recorded by the sync and stays so; the merge goes.
    let undone = there_and_back(&project, &["sync", ID]);
    assert_eq!(undone["version_id"], *project.rev_parse(HEAD_REF));
    assert_eq!(project.show(ID)["change_origin"], "local_modification");
    there_and_back(&project, &["restore", ID, &format!("{ID}~1")]);
    there_and_back(&project, &["mv", ID, "elsewhere/pdf"]);
    there_and_back(&project, &["remove", ID]);
    // All of it can be done after all.
    assert_eq!(project.sync()["result"], "merged");
}

#[test]
fn edits_made_since_are_recorded_and_kept() {
    let project = with_lines();
    project.upstream("lines.txt", with_line(LINES, 1, "theirs"));
    assert_eq!(project.sync()["result"], "fast_forward");
    project.edit("lines.txt", "made since\n");
    let undone = project.lineage_json(&["undo"]).remove(0);
    assert_eq!(lines(&project), LINES);
    let kept = text(&undone, "recorded_edits");
    project.git(&["rev-parse", "--verify", &format!("refs/lineage/kept/{kept}")]);
    let blob = project.git(&["show", &format!("{kept}:lines.txt")]);
    assert_eq!(blob.text(), "made since\n");
}

#[test]
fn a_resolved_conflict_goes_back_to_before_the_sync() {
    let project = with_lines();
    conflict(&project);
    project.edit("lines.txt", "resolved\n");
    project.git(&["add", PATH]);
    project.lineage_ok(&["sync", "--continue"]);
    project.lineage_ok(&["undo"]);
    assert_eq!(lines(&project), with_line(LINES, 1, "uno"));
    let status = project.git(&["status", "--porcelain"]);
    assert_eq!(status.text(), format!(" M {PATH}/lines.txt\n"));
}

#[test]
fn what_is_committed_or_recorded_over_is_too_late() {
    let project = with_lines();
    project.upstream("lines.txt", with_line(LINES, 1, "theirs"));
    project.sync();
    project.commit("Sync");
    let before = project.everything();
    let output = project.lineage(&["--json", "undo"]).assert_code(1);
    assert_eq!(output.json_error()["code"], "undo_too_late", "{output}");
    before.assert_same(&project.everything());

    let other = project.worktree_add("linked", "other");
    let output = other.lineage(&["--json", "undo"]).assert_code(1);
    assert_eq!(
        output.json_error()["code"],
        "nothing_to_undo",
        "the note is the other work tree's: {output}"
    );
}
