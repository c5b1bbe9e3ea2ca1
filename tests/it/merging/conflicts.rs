//! Conflicts as git leaves them, and every way to end them.

use serde_json::Value;

use super::{LINES, conflict, lines, with_conflict, with_line, with_lines};
use crate::support::project::{HEAD_REF, ID, PATH, Project, text, texts};

const PENDING: &str = "refs/lineage/pending/main/skill/pdf";

/// `lines.txt` as the user resolves it.
fn resolved() -> String {
    with_line(&with_line(LINES, 1, "uno, eins"), 20, "zwanzig")
}

#[track_caller]
fn resolve(project: &Project) {
    project.edit("lines.txt", resolved());
    project.git(&["add", PATH]);
}

#[track_caller]
fn stands(project: &Project) -> bool {
    project
        .call()
        .git_any(&["rev-parse", "--verify", "--quiet", PENDING])
        .code
        == 0
}

/// The head is a merge of the recorded edit and upstream's version, with the resolved content, and nothing stands.
#[track_caller]
fn assert_ended(project: &Project) {
    assert!(!stands(project));
    assert_eq!(lines(project), resolved());
    let first = project.git(&["show", &format!("{HEAD_REF}^1:lines.txt")]);
    assert!(first.text().starts_with("uno\n"), "{first}");
    let second = project.git(&["show", &format!("{HEAD_REF}^2:lines.txt")]);
    assert!(second.text().starts_with("eins\n"), "{second}");
    let head = project.git(&["show", &format!("{HEAD_REF}:lines.txt")]);
    assert_eq!(head.text(), resolved());
    let shown = project.show(ID);
    assert_eq!(shown["change_origin"], "sync", "{shown}");
    let verified = project.lineage(&["verify"]);
    assert_eq!(verified.code, 0, "{verified}");
}

#[test]
fn a_conflict_stands_in_index_and_file_as_gits_own() {
    let project = with_conflict();
    let status = project.git(&["status", "--porcelain"]);
    assert!(status.text().contains(&format!("UU {PATH}/lines.txt\n")), "{status}");
    for (stage, line) in [(1, "1"), (2, "uno"), (3, "eins")] {
        let blob = project.git(&["show", &format!(":{stage}:{PATH}/lines.txt")]);
        assert!(blob.text().starts_with(&format!("{line}\n")), "{blob}");
    }
    assert_eq!(
        lines(&project),
        with_line(LINES, 20, "zwanzig").replacen("1\n", "<<<<<<< yours\nuno\n=======\neins\n>>>>>>> upstream\n", 1)
    );
    // The manifest line is there and staged.
    assert_ne!(project.git(&["diff", "--cached", "--", ".gitlineage"]).text(), "");
    assert_eq!(project.git(&["diff", "--", ".gitlineage"]).text(), "");
    // The edit is recorded; upstream's version is not yet one.
    assert_eq!(project.lineage_json(&["log", ID, "--all"]).len(), 2);
    assert_eq!(project.show(ID)["change_origin"], "local_modification");
}

#[test]
fn continue_records_what_was_resolved() {
    let project = with_conflict();
    let output = project.lineage(&["--json", "sync", "--continue"]).assert_code(3);
    assert_eq!(output.json()[0]["error"]["code"], "unresolved", "{output}");
    assert!(stands(&project));
    resolve(&project);
    let answer = project.lineage_json(&["sync", "--continue"]).remove(0);
    assert_eq!(answer["result"], "merged");
    assert_eq!(answer["version_id"], project.show(ID)["version_id"]);
    assert_ended(&project);
    project.commit("Sync");
    assert_eq!(project.record()["recorded"], false);
    for word in ["--continue", "--abort"] {
        let output = project.lineage(&["--json", "sync", word]).assert_code(1);
        assert_eq!(output.json_error()["code"], "nothing_unfinished", "{output}");
    }
}

#[test]
fn a_merge_tool_resolves_it() {
    let project = with_conflict();
    project.write("../tool.sh", format!("printf '%s' '{}' > \"$4\"\n", resolved()));
    let tool = format!(
        "sh {} \"$BASE\" \"$LOCAL\" \"$REMOTE\" \"$MERGED\"",
        project.beside("tool.sh").display()
    );
    project
        .call()
        .config("merge.tool", "scripted")
        .config("mergetool.scripted.cmd", &tool)
        .config("mergetool.scripted.trustExitCode", "true")
        .config("mergetool.keepBackup", "false")
        .git(&["mergetool", "--no-prompt"]);
    project.lineage_ok(&["sync", "--continue"]);
    assert_ended(&project);
}

#[test]
fn a_plain_commit_of_the_resolution_is_its_end() {
    let project = with_conflict();
    resolve(&project);
    project.git(&["commit", "--quiet", "-am", "Sync, resolved"]);
    // Questions have an answer already, and write nothing.
    let before = project.git(&["for-each-ref"]).text().to_owned();
    assert_eq!(
        project.lineage_json(&["list"])[0]["change_origin"],
        "local_modification"
    );
    assert_eq!(project.git(&["for-each-ref"]).text(), before);
    project.lineage_ok(&["record"]);
    assert_ended(&project);
    let versions = project.lineage_json(&["log", ID]).len();
    project.lineage_ok(&["record"]);
    assert_eq!(project.lineage_json(&["log", ID]).len(), versions);
}

#[test]
fn what_was_committed_is_not_aborted() {
    let project = with_conflict();
    resolve(&project);
    project.git(&["commit", "--quiet", "-am", "Sync, resolved"]);
    let output = project.lineage(&["--json", "sync", "--abort"]).assert_code(1);
    assert_eq!(output.json_error()["code"], "nothing_unfinished", "{output}");
    assert_ended(&project);
}

#[test]
fn upstreams_version_stays_where_a_commit_elsewhere_names_it() {
    for back in [&["record"][..], &["sync", "--abort"]] {
        let project = with_conflict();
        resolve(&project);
        project.git(&["switch", "--quiet", "-c", "other"]);
        project.git(&["commit", "--quiet", "-am", "Sync, resolved"]);
        // Here the sync never happened.
        project.git(&["switch", "--quiet", "main"]);
        project.lineage_ok(back);
        assert!(!stands(&project));
        project.git(&["switch", "--quiet", "--force", "other"]);
        let recorded = project.record();
        assert_eq!(recorded["summary"], "Sync, resolved", "{back:?}");
        let upstream = project.show(text(&recorded, "version_id"))["parent_ids"][0].clone();
        let upstream = project.show(upstream.as_str().expect("it was made from upstream's version"));
        assert_eq!(upstream["change_origin"], "sync");
        project.lineage_ok(&["verify"]);
    }
}

#[test]
fn who_resets_has_not_continued() {
    let project = with_conflict();
    project.git(&["reset", "--hard", "--quiet"]);
    let head = project.rev_parse(HEAD_REF);
    project.lineage_ok(&["record"]);
    assert!(!stands(&project), "it was taken back with git");
    // The edit that was recorded first is in the lineage, and so is that it was taken back.
    assert_eq!(project.rev_parse(&format!("{HEAD_REF}^")), head);
    let contents = project.contents(ID);
    assert_eq!(contents.len(), 3);
    assert_eq!(contents[2], contents[0]);
    // And the sync can be tried again: now nothing is in its way.
    assert_eq!(project.sync()["result"], "merged");
    assert!(lines(&project).starts_with("eins\n"));
}

#[test]
fn another_sync_meanwhile_is_refused_and_the_others_go_on() {
    let project = with_lines();
    project.make_upstream("docx");
    project.lineage_ok(&["deploy", "../upstream/skills/docx", ".claude/skills/docx"]);
    project.commit("Add docx");
    project.write(project.upstream_dir("docx").join("SKILL.md"), "new\n");
    project.edit("lines.txt", with_line(LINES, 1, "uno"));
    project.upstream("lines.txt", with_line(LINES, 1, "eins"));
    let answers = project.lineage(&["--json", "sync", "--all"]).assert_code(3).json();
    assert_eq!(texts(&answers, "result"), ["fast_forward", "conflict"]);

    project.write(project.upstream_dir("docx").join("SKILL.md"), "newer\n");
    let output = project.lineage(&["--json", "sync"]).assert_code(1);
    assert_eq!(texts(&output.json(), "result"), ["fast_forward", "failed"]);
    let error = output.json()[1]["error"].clone();
    assert_eq!(error["code"], "unfinished");
    assert!(error["hints"].to_string().contains("--abort"), "{error}");
    for args in [
        &["record", ID][..],
        &["restore", ID, ID],
        &["remove", ID],
        &["mv", ID, "elsewhere"],
    ] {
        let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
        let output = project.lineage(&args).assert_code(1);
        assert_eq!(output.json_error()["code"], "unfinished", "{output}");
    }
    // Recording everything leaves it out, and says so.
    let output = project.lineage_ok(&["record"]);
    assert!(output.err_text().contains("unfinished sync"), "{output}");
    assert!(stands(&project));
}

#[test]
fn a_branch_made_in_the_middle_harms_nothing() {
    let project = with_conflict();
    project.git(&["switch", "--quiet", "-c", "feature"]);
    resolve(&project);
    project.lineage_ok(&["sync", "--continue"]);
    let head = project.rev_parse("refs/lineage/heads/feature/skill/pdf");
    let parents = project.git(&["rev-list", "--parents", "-1", &head]).trimmed();
    assert_eq!(parents.split(' ').count(), 3, "{parents}");
    project.git(&["merge-base", "--is-ancestor", HEAD_REF, &head]);
    project.commit("Sync on a branch");
    assert_eq!(project.record()["recorded"], false);
}

#[test]
fn linked_work_trees_have_conflicts_of_their_own() {
    let project = with_conflict();
    let linked = Project::over_worktree(project.worktree_add("linked", "other"));
    let output = linked.lineage(&["--json", "sync", "--continue"]).assert_code(1);
    assert_eq!(output.json_error()["code"], "nothing_unfinished", "{output}");
    conflict(&linked);
    let refs = project.git(&["for-each-ref", "--format=%(refname)", "refs/lineage/pending"]);
    assert_eq!(refs.lines(), ["refs/lineage/pending/linked-linked/skill/pdf", PENDING]);
    linked.lineage_ok(&["sync", "--abort"]);
    assert!(stands(&project));
    resolve(&project);
    project.lineage_ok(&["sync", "--continue"]);
    assert_ended(&project);
}

#[test]
fn a_side_can_be_favoured() {
    for (side, line) in [("ours", "uno"), ("theirs", "eins")] {
        let project = with_lines();
        project.edit("lines.txt", with_line(LINES, 1, "uno"));
        project.upstream("lines.txt", with_line(&with_line(LINES, 1, "eins"), 20, "zwanzig"));
        let answer = project.lineage_json(&["sync", ID, "--favor", side]).remove(0);
        assert_eq!(answer["result"], "merged", "{answer}");
        assert_eq!(lines(&project), with_line(&with_line(LINES, 1, line), 20, "zwanzig"));
    }
}

#[test]
fn binary_files_and_deletions_conflict_without_markers() {
    let project = with_lines();
    project.upstream("image.bin", b"\0\x01base");
    project.lineage_ok(&["sync"]);
    project.commit("Image");
    project.edit("image.bin", b"\0\x01mine");
    project.remove(format!("{PATH}/references/forms.md"));
    project.upstream("image.bin", b"\0\x01theirs");
    project.upstream("references/forms.md", "changed\n");
    let output = project.lineage(&["--json", "sync"]).assert_code(3);
    let conflicts = output.json()[0]["conflicts"].clone();
    assert_eq!(conflicts, serde_json::json!(["image.bin", "references/forms.md"]));
    assert_eq!(
        project.read(format!("{PATH}/image.bin")),
        b"\0\x01mine",
        "ours lies there"
    );
    let status = project.git(&["status", "--porcelain"]);
    assert!(
        status.text().contains(&format!("DU {PATH}/references/forms.md")),
        "{status}"
    );
    // Their image, my deletion.
    project.git(&["checkout", "--theirs", "--", &format!("{PATH}/image.bin")]);
    project.git(&["add", &format!("{PATH}/image.bin")]);
    project.git(&["rm", "--quiet", &format!("{PATH}/references/forms.md")]);
    project.lineage_ok(&["sync", "--continue"]);
    let shown = project.show(ID);
    let files: Vec<&str> = shown["files"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|file| text(file, "path"))
        .collect();
    assert_eq!(files, ["SKILL.md", "image.bin", "lines.txt", "scripts/fill.sh"]);
    assert_eq!(project.read(format!("{PATH}/image.bin")), b"\0\x01theirs");
}

#[test]
fn the_projects_conflict_style_is_used() {
    let project = with_lines();
    project.git(&["config", "merge.conflictStyle", "diff3"]);
    project.edit("lines.txt", with_line(LINES, 1, "uno"));
    project.upstream("lines.txt", with_line(LINES, 1, "eins"));
    project.lineage(&["sync"]).assert_code(3);
    assert!(
        lines(&project).starts_with("<<<<<<< yours\nuno\n||||||| baseline\n1\n=======\neins\n>>>>>>> upstream\n"),
        "{}",
        lines(&project)
    );
}

#[test]
fn single_files_conflict_too() {
    let project = Project::new();
    project.write("../upstream/agents/x.md", LINES);
    project.lineage_ok(&["deploy", "../upstream/agents/x.md", "agents/x.md"]);
    project.commit("Add an agent");
    project.write("agents/x.md", with_line(LINES, 1, "uno"));
    project.write("../upstream/agents/x.md", with_line(LINES, 1, "eins"));
    let output = project.lineage(&["--json", "sync"]).assert_code(3);
    assert_eq!(output.json()[0]["conflicts"], serde_json::json!(["x.md"]), "{output}");
    project.write("agents/x.md", with_line(LINES, 1, "both"));
    project.git(&["add", "agents/x.md"]);
    let answer: Value = project.lineage_json(&["sync", "--continue"]).remove(0);
    assert_eq!(answer["result"], "merged");
    let tree = project.git(&["ls-tree", &format!("{}^{{tree}}", text(&answer, "version_id"))]);
    assert!(tree.text().ends_with("\tx.md\n"), "{tree}");
}
