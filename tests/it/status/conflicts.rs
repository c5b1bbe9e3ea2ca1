//! What stands unfinished in this work tree.

use serde_json::{Value, json};

use super::{files, status, summary};
use crate::merging::{conflict, lines, with_conflict, with_lines};
use crate::support::project::{ID, PATH, Project};

#[test]
fn a_conflict_is_told_until_it_is_resolved_and_continued() {
    let project = with_conflict();
    let now = status(&project);
    assert_eq!((&now["state"], &now["recorded"]), (&json!("conflicted"), &json!(false)));
    let unmerged: Vec<&Value> = now["files"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|file| file["unmerged"] == true)
        .collect();
    assert_eq!((unmerged.len(), &unmerged[0]["path"]), (1, &json!("lines.txt")));
    assert_eq!(summary(&now)[2], 1);
    assert_eq!(now["next"], "git mergetool");
    // Its content is what lies there, markers and all.
    assert!(lines(&project).contains("<<<<<<<"));
    let blob = project.git(&["hash-object", &format!("{PATH}/lines.txt")]).trimmed();
    assert_eq!(unmerged[0]["current_hash"], blob);
    assert_eq!(project.lineage(&["status", "--exit-code"]).code, 4);
    let shown = project.lineage_ok(&["status"]);
    assert_eq!(
        shown.lines()[1],
        "  skill/pdf  conflicted  1 file in conflict  git mergetool"
    );

    project.edit(
        "lines.txt",
        lines(&project).replace("<<<<<<<", "").replace(">>>>>>>", ""),
    );
    project.git(&["add", "--all"]);
    let now = status(&project);
    assert_eq!((&now["state"], summary(&now)[2]), (&json!("conflicted"), 0));
    assert_eq!(now["next"], "git lineage sync --continue");
    project.lineage_ok(&["sync", "--continue"]);
    let now = status(&project);
    assert_eq!((&now["state"], &now["recorded"]), (&json!("modified"), &json!(true)));
}

#[test]
fn a_conflict_that_is_taken_back_is_gone() {
    let project = with_conflict();
    project.lineage_ok(&["sync", "--abort"]);
    assert_eq!(status(&project)["state"], "diverged");
}

#[test]
fn a_commit_of_the_resolution_ends_it() {
    let project = with_conflict();
    project.edit("lines.txt", "resolved\n");
    project.commit("Resolve");
    // Nothing has been recorded by asking; the next command that writes will.
    let now = status(&project);
    assert_eq!((&now["state"], &now["recorded"]), (&json!("modified"), &json!(false)));
    assert_eq!(now["next"], format!("git lineage record {ID}"));
    project.record();
    assert_eq!(status(&project)["recorded"], true);
}

#[test]
fn a_conflict_taken_back_with_git_alone_has_ended_too() {
    let project = with_lines();
    project.record_edit("SKILL.md", "ours\n");
    project.commit("Ours");
    conflict(&project);
    project.git(&["reset", "--quiet", "--hard"]);
    assert_eq!(status(&project)["state"], "diverged");
}

#[test]
fn a_merge_of_the_projects_own_conflicts_as_well() {
    let project = Project::deployed();
    project.git(&["checkout", "--quiet", "-b", "side"]);
    project.edit("SKILL.md", "theirs\n");
    project.commit("Theirs");
    project.git(&["checkout", "--quiet", "main"]);
    project.edit("SKILL.md", "ours\n");
    project.commit("Ours");
    let merge = project.call().git_any(&["merge", "--quiet", "side"]);
    assert_eq!(merge.code, 1, "{merge}");
    let now = status(&project);
    assert_eq!(
        (&now["state"], files(&now)),
        (&json!("conflicted"), vec!["M local SKILL.md".to_owned()])
    );
    assert_eq!(
        (&now["files"][0]["unmerged"], &now["next"]),
        (&json!(true), &json!("git mergetool"))
    );
    // One that is deleted on this side, and decided nowhere.
    project.git(&["merge", "--abort"]);
    project.git(&["rm", "--quiet", &format!("{PATH}/SKILL.md")]);
    project.git(&["commit", "--quiet", "-m", "Delete"]);
    let merge = project.call().git_any(&["merge", "--quiet", "side"]);
    assert_eq!(merge.code, 1, "{merge}");
    project.remove(format!("{PATH}/SKILL.md"));
    let now = status(&project);
    assert_eq!(
        (&now["state"], files(&now)),
        (&json!("conflicted"), vec!["D local SKILL.md".to_owned()])
    );
}

/// From now on a command that writes files stops after them: git's index gets locked when it has begun.
fn stop_in_the_middle(project: &Project) {
    project.write(".gitattributes", "SKILL.md filter=lock\n");
    project.commit("Filter");
    project.git(&["config", "filter.lock.smudge", "touch .git/index.lock; cat"]);
}

#[test]
fn an_interrupted_command_is_told_before_all_else() {
    let project = Project::deployed();
    stop_in_the_middle(&project);
    project.upstream("SKILL.md", "theirs\n");
    project.lineage(&["sync"]).assert_code(1);
    let now = status(&project);
    assert_eq!(
        (&now["state"], &now["next"]),
        (&json!("interrupted"), &json!("git lineage sync --continue"))
    );
    let shown = project.lineage_ok(&["status"]);
    assert_eq!(
        shown.lines()[1],
        "  skill/pdf  interrupted  a command was stopped half-way  git lineage sync --continue"
    );
    assert_eq!(project.lineage(&["status", "--exit-code"]).code, 4);
    project.git(&["config", "--unset", "filter.lock.smudge"]);
    project.remove(".git/index.lock");
    project.lineage_ok(&["sync", "--continue"]);
    assert_eq!(status(&project)["state"], "clean");
}

#[test]
fn an_interrupted_deployment_is_told_though_the_manifest_is_silent() {
    let project = Project::deployed();
    project.make_upstream("zip");
    stop_in_the_middle(&project);
    project
        .lineage(&["deploy", "../upstream/skills/zip", ".claude/skills/zip"])
        .assert_code(1);
    project.git(&["config", "-f", ".gitlineage", "--remove-section", "artifact.skill/zip"]);
    let states = project.lineage_json(&["status"]);
    let states: Vec<(&Value, &Value)> = states.iter().map(|one| (&one["artifact_id"], &one["state"])).collect();
    assert_eq!(
        states,
        [
            (&json!(ID), &json!("clean")),
            (&json!("skill/zip"), &json!("interrupted"))
        ]
    );
}

#[test]
fn another_work_tree_is_not_concerned() {
    let project = with_conflict();
    let linked = project.worktree_add("linked", "side");
    let states = linked.lineage_json(&["status"]);
    assert_eq!(states[0]["state"], "outdated", "{states:?}");
    let main = linked.lineage_json(&["status", "--line", "main"]);
    assert_eq!(main[0]["state"], "outdated", "{main:?}");
}
