//! What still holds it: the project, its index, other versions, refs of others. And the way out.

use serde_json::json;

use super::{SECRET, assert_gone, assert_whole, forget, found, record_secret};
use crate::support::project::{HEAD_REF, ID, PATH, Project, text};

/// The secret in a commit of the project, recorded from it.
fn committed() -> (Project, String) {
    let project = Project::deployed();
    project.edit("token", format!("The token is {SECRET}.\n"));
    project.commit("Add the token");
    let recorded = project.record();
    let version = text(&recorded, "version_id").to_owned();
    (project, version)
}

#[test]
fn the_projects_commits_are_named_and_the_way_out_works() {
    let (project, version) = committed();
    let commit = project.head();
    let said = forget(&project, &[&version], 1);
    assert_eq!(said["gone"], false);
    assert_eq!(said["held"]["commits"], json!([commit]));
    assert_eq!(said["held"]["files"], json!(["token"]));
    assert_eq!(said["held"]["indexes"], json!(["main"]));
    assert_eq!(said["held"]["versions"], json!([]));
    assert!(!found(&project).is_empty());
    assert!(
        project
            .git(&["cat-file", "-t", "HEAD:.claude/skills/pdf/token"])
            .text()
            .contains("blob")
    );

    // Catching up records it again, as was said.
    assert_eq!(project.record()["version_id"], *version);
    // The way out: first the project's history, then its reflogs.
    project.git(&["reset", "-q", "--hard", "HEAD~1"]);
    project.commit("Something else");
    let said = forget(&project, &[&version], 1);
    assert_eq!(said["held"]["commits"], json!([]));
    assert_eq!(said["held"]["reflogs"], true);
    project.git(&["reflog", "expire", "--expire=now", "--all"]);
    // ORIG_HEAD and the project's old commit are nothing that lineage deletes; the file is.
    let said = forget(&project, &[&version], 0);
    assert_eq!(said["gone"], true);
    assert_eq!(found(&project), [] as [&str; 0]);
    assert_whole(&project);
    assert_eq!(project.record()["recorded"], false);
    assert_eq!(project.show(ID)["change_origin"], "deployment");
}

#[test]
fn the_index_of_any_work_tree() {
    let project = Project::deployed();
    let other = Project::over_worktree(project.worktree_add("other", "topic"));
    let secret = record_secret(&project);
    other.write(format!("{PATH}/token"), format!("The token is {SECRET}.\n"));
    other.git(&["add", "--all"]);
    let said = forget(&project, &[&secret], 1);
    assert_eq!(said["held"]["indexes"], json!(["other"]));
    assert_eq!(said["held"]["commits"], json!([]));
    assert_eq!(other.git(&["write-tree"]).code, 0, "nothing was taken from it");
    other.git(&["reset", "-q", "--hard"]);
    let said = forget(&project, &[&secret], 0);
    assert_eq!(said["version_ids"], json!([secret]));
    // What `write-tree` made above is git's, and not reachable; the file is gone from it.
    assert_eq!(found(&project), [] as [&str; 0]);
    assert_whole(&project);
}

#[test]
fn other_versions_with_the_same_file() {
    let project = Project::deployed();
    let root = project.rev_parse(HEAD_REF);
    let secret = record_secret(&project);
    let tree = project.rev_parse(&format!("{secret}^{{tree}}"));
    let other = project.plain_version(&tree, &[&root], Some("local_modification"));
    project.git(&["update-ref", "refs/lineage/heads/topic/skill/pdf", &other]);
    let said = forget(&project, &[&secret], 1);
    assert_eq!(said["held"]["versions"], json!([other]));
    assert_eq!(forget(&project, &[&other], 0)["gone"], true);
    // The first one is finished as well: it had left its note behind.
    assert_eq!(forget(&project, &[&secret], 0)["gone"], true);
    assert_gone(&project);
}

#[test]
fn a_branch_that_somebody_made_of_it() {
    let project = Project::deployed();
    let secret = record_secret(&project);
    project.git(&["branch", "look", &secret]);
    let said = forget(&project, &[&secret], 1);
    assert_eq!(said["held"]["refs"], json!(["refs/heads/look"]));
    project.git(&["cat-file", "-e", &secret]);
    project.git(&["branch", "-q", "-D", "look"]);
    forget(&project, &[&secret], 0);
    assert_gone(&project);
}

#[test]
fn a_baseline_that_is_forgotten_is_told_of() {
    let project = Project::deployed();
    let root = project.rev_parse(HEAD_REF);
    let said = forget(&project, &[&root], 1);
    assert_eq!(said["baseline_lost"], true);
    assert_eq!(said["refs"], json!([{"ref": HEAD_REF, "before": root, "after": null}]));
    let status = project.lineage(&["--json", "status"]).assert_code(1);
    assert_eq!(status.json_error()["code"], "missing_versions");
}
