//! `restore`, `mv`, `remove`.

use serde_json::Value;

use super::{LINES, lines, with_line, with_lines};
use crate::support::project::{HEAD_REF, ID, PATH, Project, text, texts};

#[test]
fn restore_brings_content_back_as_a_new_version() {
    let project = with_lines();
    project.record_edit("lines.txt", &with_line(LINES, 1, "second"));
    project.edit("lines.txt", with_line(LINES, 1, "not recorded"));
    let restored = project.lineage_json(&["restore", ID, &format!("{ID}~1")]).remove(0);
    assert_eq!(restored["recorded"], true);
    assert_eq!(restored["change_origin"], "local_modification");
    assert_eq!(lines(&project), LINES);
    let contents = project.contents(ID);
    assert_eq!(contents.len(), 4, "the unrecorded edit was recorded first");
    assert_eq!(contents[0], contents[3]);
    let edit = project.git(&["show", &format!("{HEAD_REF}~1:lines.txt")]);
    assert!(edit.text().starts_with("not recorded\n"), "{edit}");
    // There already: nothing more.
    let again = project
        .lineage_json(&["restore", ID, text(&restored, "version_id")])
        .remove(0);
    assert_eq!(again["recorded"], false);
    assert_eq!(project.contents(ID).len(), 4);
    // The baseline is what it was, so what upstream changes still comes.
    project.upstream("lines.txt", with_line(LINES, 9, "theirs"));
    project.commit("Restored");
    assert_eq!(project.sync()["result"], "merged");
    assert_eq!(lines(&project), with_line(LINES, 9, "theirs"));
}

#[test]
fn restore_brings_deleted_files_back_and_refuses_strangers() {
    let project = with_lines();
    project.remove(PATH);
    let restored = project.lineage_json(&["restore", ID, ID]).remove(0);
    assert_eq!(lines(&project), LINES);
    assert_eq!(restored["recorded"], false, "it is the head's content: {restored}");
    project.make_upstream("docx");
    project.lineage_ok(&["deploy", "../upstream/skills/docx", "skills/docx"]);
    let output = project.lineage(&["--json", "restore", ID, "skill/docx"]).assert_code(1);
    assert_eq!(output.json_error()["code"], "other_artifact", "{output}");
}

#[test]
fn mv_takes_files_index_and_manifest_along() {
    let project = with_lines();
    let head = project.rev_parse(HEAD_REF);
    let moved = project.lineage_json(&["mv", ID, "agents/pdf"]).remove(0);
    assert_eq!(moved["version_id"], *head, "no version: the content is what it was");
    assert!(!project.exists(PATH));
    let status = project.git(&["status", "--porcelain"]);
    assert!(
        status
            .lines()
            .iter()
            .all(|line| line.starts_with("R  ") || line == "M  .gitlineage"),
        "{status}"
    );
    project.commit("Move");
    assert_eq!(project.record()["recorded"], false);
    project.upstream("lines.txt", with_line(LINES, 1, "theirs"));
    assert_eq!(project.sync()["result"], "fast_forward");
    assert!(project.read("agents/pdf/lines.txt").starts_with(b"theirs\n"));
}

#[test]
fn mv_follows_what_git_mv_did() {
    let project = with_lines();
    project.git(&["mv", PATH, "elsewhere"]);
    project.lineage_ok(&["mv", ID, "elsewhere"]);
    project.commit("Moved by hand");
    assert_eq!(project.record()["recorded"], false);
    assert_eq!(project.lineage_json(&["list"])[0]["path"], "elsewhere");
}

#[test]
fn a_single_file_with_another_name_goes_on_from_the_same_baseline() {
    let project = Project::new();
    project.write("../upstream/agents/x.md", LINES);
    project.lineage_ok(&["deploy", "../upstream/agents/x.md", "agents/x.md"]);
    project.commit("Add an agent");
    project.write("agents/x.md", with_line(LINES, 20, "mine"));
    project.lineage_ok(&["mv", "agent/x", "agents/y.md"]);
    project.commit("Rename");
    let recorded = project.lineage_json(&["record", "agent/x"]).remove(0);
    assert_eq!(recorded["recorded"], false, "{recorded}");
    project.write("../upstream/agents/x.md", with_line(LINES, 1, "theirs"));
    let answer = project.lineage_json(&["sync", "agent/x"]).remove(0);
    assert_eq!(answer["result"], "merged", "{answer}");
    assert_eq!(
        String::from_utf8_lossy(&project.read("agents/y.md")),
        with_line(&with_line(LINES, 1, "theirs"), 20, "mine")
    );
}

#[test]
fn another_id_is_another_lineage_with_the_same_baseline() {
    let project = with_lines();
    project.edit("lines.txt", with_line(LINES, 20, "mine"));
    project.lineage_ok(&["mv", ID, "skills/forms", "--id", "skill/forms"]);
    project.commit("Rename");
    let listed = project.lineage_json(&["list"]);
    assert_eq!(texts(&listed, "artifact_id"), ["skill/forms"]);
    let log = project.lineage_json(&["log", "skill/forms"]);
    assert_eq!(texts(&log, "change_origin"), ["local_modification", "deployment"]);
    assert_eq!(
        project.lineage_json(&["log", ID, "--all"]).len(),
        2,
        "the old lineage stays"
    );
    project.upstream("lines.txt", with_line(LINES, 1, "theirs"));
    let answer = project.lineage_json(&["sync"]).remove(0);
    assert_eq!(answer["result"], "merged", "{answer}");
    let all = project.lineage(&["verify"]);
    assert_eq!(all.code, 0, "{all}");
}

#[test]
fn remove_takes_it_out_and_the_lineage_stays() {
    let project = with_lines();
    project.edit("lines.txt", "not recorded\n");
    let removed: Value = project.lineage_json(&["remove", ID]).remove(0);
    assert!(!project.exists(PATH));
    let last = project.git(&["show", &format!("{}:lines.txt", text(&removed, "version_id"))]);
    assert_eq!(last.text(), "not recorded\n");
    assert_eq!(
        project.git(&["status", "--porcelain", "--", ".gitlineage"]).text(),
        "M  .gitlineage\n"
    );
    project.commit("Remove");
    assert!(project.lineage_json(&["list"]).is_empty());
    assert_eq!(project.lineage_json(&["log", ID, "--all"]).len(), 2);
    // Deployed again it is a new root.
    let again = project.deploy();
    assert_eq!(again["parent_ids"], serde_json::json!([]));
    assert_eq!(project.lineage_json(&["log", ID, "--all"]).len(), 3);
}

#[test]
fn remove_can_leave_the_files_and_follows_who_deleted_them() {
    let project = with_lines();
    project.lineage_ok(&["remove", ID, "--keep-files"]);
    assert_eq!(lines(&project), LINES);
    assert_eq!(project.git(&["status", "--porcelain"]).text(), "M  .gitlineage\n");

    let project = with_lines();
    project.git(&["rm", "--quiet", "-r", PATH]);
    project.lineage_ok(&["remove", ID]);
    project.commit("Remove");
    assert!(project.lineage_json(&["list"]).is_empty());
}

#[test]
fn dry_runs_write_nothing() {
    let project = with_lines();
    project.edit("lines.txt", "mine\n");
    let before = project.everything();
    for args in [
        &["restore", ID, ID, "--dry-run"][..],
        &["mv", ID, "elsewhere", "--dry-run"],
        &["mv", ID, "elsewhere", "--id", "skill/x", "--dry-run"],
        &["remove", ID, "--dry-run"],
    ] {
        project.lineage_ok(args);
        before.assert_same(&project.everything());
    }
}
