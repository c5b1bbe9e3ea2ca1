//! Merges that need no one: over the right base, again and again.

use serde_json::Value;

use super::{LINES, lines, with_line, with_lines};
use crate::support::project::{HEAD_REF, ID, PATH, Project, text};

#[track_caller]
fn merged(project: &Project) -> Value {
    let answer = project.sync();
    assert_eq!(answer["result"], "merged", "{answer}");
    answer
}

/// The baseline in the manifest.
#[track_caller]
fn baseline(project: &Project) -> String {
    let key = format!("artifact.{ID}.baseline");
    project.git(&["config", "-f", ".gitlineage", &key]).trimmed()
}

#[test]
fn edits_apart_in_one_file_merge_and_the_next_sync_has_the_new_base() {
    let project = with_lines();
    let deployed = project.rev_parse(HEAD_REF);
    project.edit("lines.txt", with_line(LINES, 20, "mine"));
    let first = with_line(LINES, 1, "theirs");
    project.upstream("lines.txt", &first);
    let answer = merged(&project);
    assert_eq!(lines(&project), with_line(&first, 20, "mine"));
    // (head, upstream): the recorded edit, and upstream's version, which follows the deployment.
    let head = text(&answer, "version_id");
    assert_eq!(project.rev_parse(HEAD_REF), head);
    assert_eq!(project.rev_parse(&format!("{head}^1^")), deployed);
    assert_eq!(project.rev_parse(&format!("{head}^2^")), deployed);
    assert_eq!(
        project.rev_parse(&format!("{head}^2^{{tree}}")),
        baseline(&project),
        "the manifest names upstream's content"
    );
    let shown = project.show(head);
    assert_eq!(shown["change_origin"], "sync");
    assert_eq!(shown["parent_hash"], project.show(&format!("{ID}~1"))["content_hash"]);
    // Everything is staged, and committing it makes no version more.
    project.commit("Sync");
    assert_eq!(project.record()["recorded"], false);

    // Upstream goes on at the same place: over the old base that would be a conflict.
    let second = with_line(&first, 1, "theirs again");
    project.upstream("lines.txt", &second);
    merged(&project);
    assert_eq!(lines(&project), with_line(&second, 20, "mine"));
}

#[test]
fn a_fix_that_is_here_already_advances_the_baseline_all_the_same() {
    let project = with_lines();
    let fixed = with_line(LINES, 5, "fixed");
    project.edit("lines.txt", with_line(&fixed, 20, "mine"));
    project.upstream("lines.txt", &fixed);
    let before = baseline(&project);
    let answer = merged(&project);
    assert_eq!(lines(&project), with_line(&fixed, 20, "mine"), "nothing to write");
    assert_ne!(baseline(&project), before);
    assert_eq!(
        project.show(text(&answer, "version_id"))["content_hash"],
        project.show(&format!("{ID}~1"))["content_hash"],
        "a version all the same"
    );
    project.commit("Sync");
    let next = with_line(&fixed, 5, "fixed better");
    project.upstream("lines.txt", &next);
    merged(&project);
    assert_eq!(lines(&project), with_line(&next, 20, "mine"));
}

#[test]
fn a_reverted_sync_can_be_taken_again() {
    let project = with_lines();
    project.edit("lines.txt", with_line(LINES, 20, "mine"));
    project.commit("Mine");
    let new = with_line(LINES, 1, "theirs");
    project.upstream("lines.txt", &new);
    merged(&project);
    project.commit("Sync");
    project.git(&["revert", "--no-edit", "HEAD"]);
    assert_eq!(lines(&project), with_line(LINES, 20, "mine"));
    merged(&project);
    assert_eq!(lines(&project), with_line(&new, 20, "mine"));
    project.commit("Sync again");
    assert_eq!(project.record()["recorded"], false);
    project.git(&["fsck", "--strict"]);
}

#[test]
fn deletions_renames_and_modes_of_both_sides_meet() {
    let project = with_lines();
    // Here: a file deleted, one made executable. There: a file renamed and edited, a new one.
    project.remove(format!("{PATH}/references/forms.md"));
    project.chmod(format!("{PATH}/SKILL.md"), 0o755);
    project.edit("lines.txt", with_line(LINES, 20, "mine"));
    project.remove(project.upstream_dir("pdf").join("lines.txt"));
    project.upstream("texts/lines.txt", with_line(LINES, 1, "theirs"));
    project.upstream("new.md", "new\n");
    merged(&project);
    assert!(
        !project.exists(format!("{PATH}/references/forms.md")),
        "mine stays deleted"
    );
    assert!(!project.exists(format!("{PATH}/lines.txt")), "renamed");
    let renamed = project.read(format!("{PATH}/texts/lines.txt"));
    assert_eq!(
        String::from_utf8_lossy(&renamed),
        with_line(&with_line(LINES, 1, "theirs"), 20, "mine")
    );
    project.commit("Sync");
    let mode = project.git(&["ls-tree", "HEAD", &format!("{PATH}/SKILL.md")]);
    assert!(mode.text().starts_with("100755"), "{mode}");
    assert_eq!(project.record()["recorded"], false);
}

#[test]
fn a_dry_run_says_what_the_merge_would_be_and_writes_nothing() {
    let project = with_lines();
    project.edit("lines.txt", with_line(LINES, 20, "mine"));
    project.upstream("lines.txt", with_line(LINES, 1, "theirs"));
    let before = project.everything();
    let answer = project.lineage_json(&["sync", ID, "--dry-run"]).remove(0);
    assert_eq!(answer["result"], "merged", "{answer}");
    assert_eq!(answer["version_id"], Value::Null);
    project.upstream("lines.txt", with_line(LINES, 20, "theirs"));
    let output = project.lineage(&["--json", "sync", ID, "--dry-run"]).assert_code(3);
    assert_eq!(output.json()[0]["result"], "conflict", "{output}");
    before.assert_same(&project.everything());
}

#[test]
fn the_projects_attributes_and_drivers_count_at_the_artifacts_path() {
    let project = with_lines();
    project.write(".gitattributes", format!("{PATH}/lines.txt merge=union\n"));
    project.commit("Union");
    project.edit("lines.txt", with_line(LINES, 1, "mine"));
    project.upstream("lines.txt", with_line(LINES, 1, "theirs"));
    merged(&project);
    assert!(lines(&project).starts_with("mine\ntheirs\n2\n"), "{}", lines(&project));
}

#[test]
fn what_is_untracked_here_and_new_there_is_a_conflict_and_what_is_ignored_stops_the_sync() {
    let project = with_lines();
    project.edit("extra.md", "mine\n");
    project.upstream("extra.md", "theirs\n");
    let output = project.lineage(&["--json", "sync", ID]).assert_code(3);
    assert_eq!(
        output.json()[0]["conflicts"],
        serde_json::json!(["extra.md"]),
        "{output}"
    );
    project.lineage_ok(&["sync", "--abort"]);
    assert_eq!(project.read(format!("{PATH}/extra.md")), b"mine\n");

    project.write(".gitignore", "*.md.ignored\n");
    project.remove(format!("{PATH}/extra.md"));
    project.commit("Ignore");
    project.edit("x.md.ignored", "mine\n");
    project.remove(project.upstream_dir("pdf").join("extra.md"));
    project.upstream("x.md.ignored", "theirs\n");
    project.edit("lines.txt", with_line(LINES, 20, "mine"));
    let output = project.lineage(&["--json", "sync", ID]).assert_code(1);
    assert_eq!(output.json()[0]["error"]["code"], "file_in_the_way", "{output}");
    assert_eq!(project.read(format!("{PATH}/x.md.ignored")), b"mine\n");
}

#[test]
fn a_folder_gives_way_to_a_file_unless_something_ignored_is_in_it() {
    let project = with_lines();
    project.upstream("one/x.md", "x\n");
    project.lineage_ok(&["sync"]);
    project.write(".gitignore", "*.ignored\n");
    project.commit("A folder");
    project.edit("one/deep/a.ignored", "mine\n");
    project.remove(project.upstream_dir("pdf").join("one"));
    project.upstream("one", "a file now\n");
    for mine in [None, Some("mine")] {
        // As a fast-forward and as a merge.
        mine.inspect(|line| project.edit("lines.txt", with_line(LINES, 20, line)));
        let before = project.all_but_objects();
        let output = project.lineage(&["--json", "sync", ID]).assert_code(1);
        assert_eq!(output.json()[0]["error"]["code"], "file_in_the_way", "{output}");
        assert!(output.text().contains("one/deep/a.ignored"), "{output}");
        before.assert_same(&project.all_but_objects());
    }
    // Empty folders are nothing.
    project.remove(format!("{PATH}/one/deep/a.ignored"));
    merged(&project);
    assert_eq!(project.read(format!("{PATH}/one")), b"a file now\n");
}

#[test]
fn an_ignored_file_is_not_staged_where_upstreams_of_that_name_went_elsewhere() {
    let project = with_lines();
    project.upstream("one/x.md", "x\n");
    project.lineage_ok(&["sync"]);
    project.write(".gitignore", "*.ignored\n");
    project.git(&["config", "merge.directoryRenames", "true"]);
    project.git(&["mv", &format!("{PATH}/one"), &format!("{PATH}/two")]);
    project.commit("A folder of another name");
    project.edit("one/a.ignored", "mine\n");
    project.upstream("one/a.ignored", "upstream's\n");
    merged(&project);
    assert_eq!(project.read(format!("{PATH}/two/a.ignored")), b"upstream's\n");
    assert_eq!(project.read(format!("{PATH}/one/a.ignored")), b"mine\n");
    let staged = project.git(&["diff", "--cached", "--name-only", "--", PATH]);
    assert_eq!(staged.trimmed(), format!("{PATH}/two/a.ignored"));
}

#[test]
fn what_git_cannot_check_out_is_refused_with_the_way_out() {
    let project = with_lines();
    project.upstream("two/a.md", LINES);
    project.upstream("two/b.md", "b\n");
    project.lineage_ok(&["sync"]);
    project.commit("A folder");
    project.git(&["mv", &format!("{PATH}/two"), &format!("{PATH}/three")]);
    project.edit("three/a.md", with_line(LINES, 20, "mine"));
    project.commit("A folder of another name");
    project.lineage_ok(&["record"]);
    project.remove(project.upstream_dir("pdf").join("two/a.md"));
    project.upstream("two/a.md/within.md", "within\n");
    project.upstream("two/new.md", "new\n");
    let before = project.all_but_objects();
    let output = project.lineage(&["--json", "sync", ID]).assert_code(1);
    let error = &output.json()[0]["error"];
    assert_eq!(error["code"], "merge", "{output}");
    assert!(error["hints"].to_string().contains("rename it again"), "{output}");
    before.assert_same(&project.all_but_objects());
    // The way out.
    project.git(&["mv", &format!("{PATH}/three"), &format!("{PATH}/two")]);
    project.commit("The old name");
    project.lineage(&["sync", ID]).assert_code(3);
}
