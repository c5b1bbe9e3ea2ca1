//! What is refused, with nothing changed.

use super::{forget, record_secret};
use crate::support::project::{ID, Project, text};

#[test]
fn a_version_that_others_descend_from() {
    let project = Project::deployed();
    let secret = record_secret(&project);
    let child = text(&project.record_edit("token", "Clean.\n"), "version_id").to_owned();
    let grandchild = text(&project.record_edit("notes.md", "One.\n"), "version_id").to_owned();
    let before = project.everything();
    for args in [
        &["--json", "forget", &secret][..],
        &["--json", "forget", &secret, "--dry-run"],
    ] {
        let error = project.lineage(args).assert_code(1).json_error();
        assert_eq!(error["code"], "has_descendants");
        let hints = error["hints"].to_string();
        assert!(
            hints.contains(&child[..7]) && hints.contains(&grandchild[..7]),
            "{hints}"
        );
    }
    before.assert_same(&project.everything());
    project.lineage(&["--json", "forget", "no/such"]).assert_code(1);
}

#[test]
fn an_artifact_with_an_unfinished_operation() {
    let project = Project::deployed();
    let other = Project::over_worktree(project.worktree_add("other", "topic"));
    project.edit("SKILL.md", "# Ours\n");
    project.upstream("SKILL.md", "# Theirs\n");
    project.lineage(&["sync"]).assert_code(3);
    let version = project.rev_parse("refs/lineage/heads/main/skill/pdf");
    let before = project.everything();
    let here = project.lineage(&["--json", "forget", &version]).assert_code(1);
    assert_eq!(here.json_error()["code"], "unfinished");
    let elsewhere = other.lineage(&["--json", "forget", &version]).assert_code(1);
    assert_eq!(elsewhere.json_error()["code"], "unfinished_elsewhere");
    before.assert_same(&project.everything());
    project.lineage_ok(&["sync", "--abort"]);
    // git remembers in the index what a conflict was resolved from.
    assert_eq!(
        forget(&other, &[&version], 1)["held"]["indexes"],
        serde_json::json!(["main"])
    );
    project.git(&["update-index", "--clear-resolve-undo"]);
    forget(&other, &[&version], 0);
    assert_eq!(project.show(ID)["parent_hash"], serde_json::Value::Null);
}
