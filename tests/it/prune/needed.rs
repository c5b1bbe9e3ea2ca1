//! What somebody still has to go on from, or back to, stays however old it is.

use super::{keep, kept};
use crate::support::project::{HEAD_REF, ID, PATH, Project, text};

/// An edit that was recorded by a sync which then stops at a conflict.
fn conflicted() -> Project {
    let project = Project::deployed();
    project.edit("SKILL.md", "# Ours\n");
    project.upstream("SKILL.md", "# Theirs\n");
    project.lineage(&["sync"]).assert_code(3);
    project
}

#[test]
fn an_unfinished_operation_keeps_what_it_stands_on() {
    let project = conflicted();
    let head = project.rev_parse(HEAD_REF);
    let root = project.rev_parse(&format!("{HEAD_REF}~1"));
    // Somebody takes the line's head away meanwhile; only `kept` holds it now.
    keep(&project, &head);
    project.git(&["update-ref", HEAD_REF, &root]);
    assert_eq!(project.lineage_ok(&["prune", "--expire", "now"]).text(), "");
    assert_eq!(kept(&project), [head].into());
    project.lineage_ok(&["sync", "--abort"]);
    project.lineage_ok(&["verify"]);
}

#[test]
fn an_undo_in_another_work_tree_keeps_what_it_goes_back_to() {
    let project = Project::deployed();
    let other = Project::over_worktree(project.worktree_add("other", "topic"));
    let one = text(&other.record_edit("notes.md", "One.\n"), "version_id").to_owned();
    other.commit("One");
    other.upstream("SKILL.md", "# Theirs\n");
    assert_eq!(other.sync()["result"], "merged");
    let head = "refs/lineage/heads/topic/skill/pdf";
    let (merged, root) = (other.rev_parse(head), other.rev_parse(HEAD_REF));
    keep(&project, &merged);
    project.git(&["update-ref", head, &root]);
    assert_eq!(project.lineage_ok(&["prune", "--expire", "now"]).text(), "");
    assert_eq!(kept(&project), [merged.clone()].into());
    project.git(&["update-ref", head, &merged]);
    other.lineage_ok(&["undo"]);
    assert_eq!(other.rev_parse(head), one);
    assert_eq!(other.git(&["status", "--porcelain", "--", PATH]).text(), "");
    assert_eq!(other.show(ID)["version_id"], *one);
}

#[test]
fn what_nobody_needs_goes_beside_it() {
    let project = conflicted();
    let root = project.rev_parse(&format!("{HEAD_REF}~1"));
    let tree = project.rev_parse(&format!("{root}^{{tree}}"));
    let aside = project.plain_version(&tree, &[&root], Some("local_modification"));
    keep(&project, &aside);
    project.lineage_ok(&["prune", "--expire", "now"]);
    assert!(!kept(&project).contains(&aside));
}
