//! Several lines, work trees and kept heads that contain what is forgotten.

use serde_json::json;

use super::{SECRET, assert_gone, forget, found, record_secret};
use crate::support::project::{HEAD_REF, ID, PATH, Project, text};

const TOPIC: &str = "refs/lineage/heads/topic/skill/pdf";

#[test]
fn every_line_goes_back_to_its_own() {
    let project = Project::deployed();
    let root = project.rev_parse(HEAD_REF);
    let secret = record_secret(&project);
    let tree = project.rev_parse(&format!("{root}^{{tree}}"));
    let own = project.plain_version(&tree, &[&root], Some("local_modification"));
    let merged = project.plain_version(&tree, &[&own, &secret], Some("local_modification"));
    project.git(&["update-ref", TOPIC, &merged]);
    project.git(&["update-ref", &format!("refs/lineage/kept/{merged}"), &merged]);
    project.remove(format!("{PATH}/token"));
    let forgotten = forget(&project, &[&secret, "--descendants"], 0);
    assert_eq!(
        forgotten["refs"],
        json!([
            {"ref": HEAD_REF, "before": secret, "after": root},
            {"ref": TOPIC, "before": merged, "after": own},
            {"ref": format!("refs/lineage/kept/{merged}"), "before": merged, "after": null},
        ])
    );
    assert_eq!(forgotten["kept"], json!([]));
    assert_gone(&project);
    assert_eq!(project.rev_parse(TOPIC), own);
}

/// The line goes along first parents; what came in from the side is not lost with the merge.
#[test]
fn what_was_merged_in_is_kept() {
    let project = Project::deployed();
    let root = project.rev_parse(HEAD_REF);
    let tree = project.rev_parse(&format!("{root}^{{tree}}"));
    let side = project.plain_version(&tree, &[&root], Some("local_modification"));
    let blob = project.git_stdin(&["hash-object", "-w", "--stdin"], SECRET).trimmed();
    let with = project
        .git_stdin(&["mktree"], format!("100644 blob {blob}\ttoken\n"))
        .trimmed();
    let merged = project.plain_version(&with, &[&root, &side], Some("local_modification"));
    project.git(&["update-ref", HEAD_REF, &merged]);
    let forgotten = forget(&project, &[&merged], 0);
    assert_eq!(forgotten["refs"][0]["after"], *root);
    assert_eq!(forgotten["kept"], json!([side]));
    assert_eq!(project.rev_parse(&format!("refs/lineage/kept/{side}")), side);
    assert_gone(&project);
}

#[test]
fn a_kept_head_after_undo() {
    let project = Project::deployed();
    let secret = record_secret(&project);
    project.lineage_ok(&["undo"]);
    project.remove(format!("{PATH}/token"));
    project.lineage_ok(&["show", &secret]);
    let forgotten = forget(&project, &[&secret], 0);
    assert_eq!(forgotten["refs"][0]["after"], serde_json::Value::Null);
    assert_gone(&project);
}

/// What a sync overwrites is saved for `undo`, also as it lay in the work tree: with other line endings than git stores.
#[test]
fn the_undo_of_a_linked_work_tree_goes_too() {
    let project = Project::deployed();
    project.write(".gitattributes", "*.md text eol=crlf\n");
    project.commit("Attributes");
    let other = Project::over_worktree(project.worktree_add("other", "topic"));
    other.edit("SKILL.md", format!("# pdf\r\n\r\nRead and fill files. {SECRET}\r\n"));
    other.upstream("references/forms.md", "# Forms\n\nTwo.\n");
    other.upstream("SKILL.md", "# PDF\n\nRead and fill files.\n");
    assert_eq!(other.sync()["result"], "merged");
    let head = other.rev_parse(TOPIC);
    let secret = other.rev_parse(&format!("{head}^1"));
    other.git(&["checkout", "-q", "HEAD", "--", "."]);
    let said = forget(&project, &[&secret, "--descendants"], 0);
    assert_eq!(said["undo"], json!(["other"]));
    assert_gone(&project);
    let undo = other.lineage(&["--json", "undo"]).assert_code(1);
    assert_eq!(undo.json_error()["code"], "nothing_to_undo");
    assert!(!found(&project).iter().any(|path| path.contains("lineage-undo")));
    other.lineage_ok(&["status"]);
}

#[test]
fn an_undo_that_has_nothing_of_it_stays() {
    let project = Project::deployed();
    let secret = record_secret(&project);
    project.remove(format!("{PATH}/token"));
    project.git(&["update-ref", TOPIC, &secret]);
    let root = project.rev_parse(&format!("{secret}^"));
    project.git(&["update-ref", HEAD_REF, &root]);
    project.upstream("SKILL.md", "# New\n");
    assert_eq!(project.sync()["result"], "fast_forward");
    let forgotten = forget(&project, &[&secret], 0);
    assert_eq!(forgotten["undo"], json!([]));
    assert_eq!(text(&project.lineage_json(&["undo"])[0], "version_id"), root);
    assert_gone(&project);
    assert_eq!(project.show(ID)["version_id"], *root);
}
