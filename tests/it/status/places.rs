//! Which work tree, which line, which HEAD.

use serde_json::{Value, json};

use super::{files, status, status_of};
use crate::support::{
    TestRepo,
    project::{ID, PATH, Project, one, text},
};

#[test]
fn a_bare_repository_has_nothing_to_compare() {
    let project = Project::deployed();
    let bare = project.clone_as("bare.git", &["--bare"]);
    let error = bare.lineage(&["--json", "status"]).assert_code(1).json_error();
    assert_eq!(error["code"], "bare");
    assert!(text(&error, "message").contains("has no work tree"), "{error}");
    TestRepo::bare().lineage(&["status"]).assert_code(1);
}

#[test]
fn a_detached_head_has_no_line_but_a_status() {
    let project = Project::deployed();
    project.record_edit("SKILL.md", "ours\n");
    project.commit("Ours");
    let head = project.record();
    project.git(&["checkout", "--quiet", "--detach"]);
    let now = status(&project);
    assert_eq!(
        (&now["line"], &now["state"], &now["recorded"]),
        (&Value::Null, &json!("modified"), &json!(true))
    );
    assert_eq!(now["version_id"], head["version_id"]);
    let shown = project.lineage_ok(&["status"]);
    assert_eq!(shown.lines()[0], "HEAD detached: 1 artifact, nothing to do");
    project.git(&["checkout", "--quiet", "HEAD~1"]);
    assert_eq!(status(&project)["state"], "clean");
}

#[test]
fn another_line_is_told_from_its_branch() {
    let project = Project::deployed();
    project.git(&["branch", "side"]);
    project.record_edit("SKILL.md", "ours\n");
    project.commit("Ours");
    project.upstream("references/forms.md", "theirs\n");
    let now = status_of(&project, &[ID, "--line", "side"]);
    assert_eq!((&now["line"], &now["state"]), (&json!("side"), &json!("outdated")));
    assert_eq!(files(&now), ["M upstream references/forms.md"]);
    assert_eq!(now["next"], Value::Null, "commands work on what is checked out");
    assert_eq!(status(&project)["state"], "diverged");
    // The same answer as where it is checked out, whatever lies in this work tree.
    project.git(&["checkout", "--quiet", "side"]);
    project.edit("SKILL.md", "lying around\n");
    let main = status_of(&project, &[ID, "--line", "main"]);
    assert_eq!(
        (&main["line"], &main["state"], &main["recorded"]),
        (&json!("main"), &json!("diverged"), &json!(true))
    );
    assert_eq!(files(&main), ["M local SKILL.md", "M upstream references/forms.md"]);
    assert!(main["modification_detected_at"].is_string());
    assert_eq!(
        status_of(&project, &[ID, "--line", "side"])["state"],
        "diverged",
        "the one checked out"
    );
    let shown = project.lineage_ok(&["status", "--line", "main"]);
    assert!(
        shown
            .text()
            .starts_with("On line main: 1 artifact, 1 needs attention\n"),
        "{shown}"
    );
    let unknown = project.lineage(&["--json", "status", "--line", "sid"]).assert_code(1);
    assert_eq!(unknown.json_error()["code"], "unknown_line");
}

#[test]
fn a_line_that_holds_no_content_misses_it() {
    let project = Project::deployed();
    project.git(&["checkout", "--quiet", "-b", "side"]);
    project.git(&["rm", "-r", "--quiet", PATH]);
    project.git(&["commit", "--quiet", "-m", "Delete the files"]);
    project.git(&["checkout", "--quiet", "main"]);
    let now = status_of(&project, &[ID, "--line", "side"]);
    assert_eq!((&now["state"], &now["content_hash"]), (&json!("missing"), &Value::Null));
    assert_eq!(status(&project)["state"], "clean");
}

#[test]
fn a_single_file_on_another_line() {
    let project = Project::new();
    project.write(project.beside("upstream/agents/review.md"), "# Review\n");
    project.lineage_ok(&["deploy", "../upstream/agents/review.md", "agents/reviewer.md"]);
    project.commit("Deploy");
    project.git(&["branch", "side"]);
    let ask = || status_of(&project, &["agent/reviewer", "--line", "side", "--unchanged"]);
    assert_eq!(
        (&ask()["state"], files(&ask())),
        (&json!("clean"), vec!["- none reviewer.md".to_owned()])
    );
    project.write(project.beside("upstream/agents/review.md"), "# Theirs\n");
    assert_eq!(files(&ask()), ["M upstream reviewer.md"]);
}

#[test]
fn a_linked_work_tree_has_its_own_content() {
    let project = Project::deployed();
    let linked = project.worktree_add("linked", "side");
    linked.write(format!("{PATH}/SKILL.md"), "there\n");
    project.edit("references/forms.md", "here\n");
    let ask = |repo: &TestRepo| one(repo.lineage_json(&["status", ID]));
    let (here, there) = (ask(&project), ask(&linked));
    assert_eq!(
        (&here["line"], files(&here)),
        (&json!("main"), vec!["M local references/forms.md".to_owned()])
    );
    assert_eq!(
        (&there["line"], files(&there)),
        (&json!("side"), vec!["M local SKILL.md".to_owned()])
    );
    // The upstream's path counts from the work tree's root; both lie beside it.
    assert_eq!(here["upstream_hash"], there["upstream_hash"]);
    // From a folder inside, from outside, and with git's own variables.
    let inside = project.call().cwd(PATH).lineage_json(&["status", ID]);
    assert_eq!(one(inside), here);
    let outside = project.folder("outside");
    let by_variables = outside
        .call()
        .env("GIT_DIR", project.git_dir())
        .env("GIT_WORK_TREE", project.path());
    assert_eq!(one(by_variables.lineage_json(&["status", ID])), here);
}

#[test]
fn a_branch_without_a_commit() {
    let project = Project::over_unborn();
    project.deploy();
    assert_eq!(status(&project)["state"], "clean");
    project.edit("SKILL.md", "ours\n");
    assert_eq!(status(&project)["state"], "modified");
}
