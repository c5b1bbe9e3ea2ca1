//! `sync`: what comes in, what is merged without a question, and what is left untouched.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::project::{HEAD_REF, ID, PATH, Project, SOURCE, text, texts};

/// Syncs `skill/pdf`, which must fail with this code, exit 1, and leave every byte, ref and index entry alone.
#[track_caller]
fn untouched(project: &Project, code: &str) -> Value {
    let before = project.everything();
    let output = project.lineage(&["--json", "sync", ID]).assert_code(1);
    let answer = output.json().remove(0);
    assert_eq!(answer["result"], "failed", "{output}");
    assert_eq!(answer["error"]["code"], code, "{output}");
    assert_eq!(answer["version_id"], Value::Null);
    assert_eq!(answer["conflicts"], json!([]));
    before.assert_same(&project.everything());
    answer
}

#[test]
fn nothing_new_upstream_is_up_to_date() {
    let project = Project::deployed();
    let head = project.show(ID);
    let before = project.everything();
    let answer = project.sync();
    assert_eq!(
        answer,
        json!({"artifact_id": ID, "result": "up_to_date", "version_id": head["version_id"], "conflicts": [], "error": null})
    );
    before.assert_same(&project.everything());
    // What was edited here does not matter: up to date compares with the baseline.
    project.edit("SKILL.md", "ours\n");
    let before = project.everything();
    assert_eq!(project.sync()["result"], "up_to_date");
    before.assert_same(&project.everything());
}

#[test]
fn a_fast_forward_writes_deletes_renames_and_stages() {
    let project = Project::new();
    project.upstream("deep/er/only.md", "the only one in its folder\n");
    project.symlink("SKILL.md", project.upstream_dir("pdf").join("link"));
    project.symlink("SKILL.md", project.upstream_dir("pdf").join("becomes-file"));
    project.upstream("becomes-folder", "file\n");
    project.upstream("becomes-file-too/inner.md", "in a folder\n");
    project.upstream("plain.sh", "#!/bin/sh\n");
    project.deploy();
    project.commit("Add the pdf skill");

    let upstream = project.upstream_dir("pdf");
    project.remove(upstream.join("deep"));
    project.remove(upstream.join("references/forms.md"));
    project.upstream("references/renamed.md", "# Forms\n\nOne.\n");
    project.chmod(upstream.join("plain.sh"), 0o755);
    project.chmod(upstream.join("scripts/fill.sh"), 0o644);
    project.remove(upstream.join("link"));
    project.symlink("references/renamed.md", upstream.join("link"));
    project.remove(upstream.join("becomes-file"));
    project.upstream("becomes-file", "now a file\n");
    project.remove(upstream.join("becomes-folder"));
    project.upstream("becomes-folder/inner.md", "now a folder\n");
    project.remove(upstream.join("becomes-file-too"));
    project.upstream("becomes-file-too", "now a file as well\n");
    project.upstream("empty", "");
    // An untracked file of ours in the artifact would be a local change; one beside it is none of our business.
    project.write(".claude/skills/beside.md", "untracked\n");

    let answer = project.sync();
    assert_eq!(answer["result"], "fast_forward", "{answer}");
    // The work tree is upstream's, empty folders and all; git says so too, and everything is staged.
    project.commit("Sync");
    let diff = project.call().git_any(&["diff", "--no-index", "--stat", SOURCE, PATH]);
    assert_eq!((diff.code, diff.text()), (0, ""), "{diff}");
    assert!(!project.exists(format!("{PATH}/deep")));
    let mode = |path: &str| {
        project
            .path()
            .join(PATH)
            .join(path)
            .metadata()
            .map(|meta| meta.permissions().mode() & 0o111)
    };
    assert_eq!(
        (mode("plain.sh").ok(), mode("scripts/fill.sh").ok()),
        (Some(0o111), Some(0))
    );
    assert_eq!(
        project.git(&["ls-tree", "HEAD", &format!("{PATH}/link")]).text()[..6],
        *"120000"
    );
    assert_eq!(
        project.rev_parse(&format!("HEAD:{PATH}")),
        text(&project.show(ID), "content_hash")
    );
    assert_eq!(project.read(".claude/skills/beside.md"), b"untracked\n");
}

#[test]
fn staged_is_only_what_the_sync_wrote() {
    let project = Project::deployed();
    project.write("README.md", "# Changed, not staged\n");
    project.write("new.md", "new, staged\n");
    project.git(&["add", "new.md"]);
    project.upstream("SKILL.md", "theirs\n");
    project.remove(project.upstream_dir("pdf").join("references/forms.md"));
    project.sync();
    let status = project.git(&["status", "--porcelain"]);
    let expected = "M  .claude/skills/pdf/SKILL.md\nD  .claude/skills/pdf/references/forms.md\nM  .gitlineage\n M README.md\nA  new.md\n";
    assert_eq!(status.text(), expected);

    let project = Project::deployed();
    project.upstream("SKILL.md", "theirs\n");
    project.lineage_ok(&["sync", "--no-stage", ID]);
    let status = project.git(&["status", "--porcelain"]);
    assert_eq!(status.text(), " M .claude/skills/pdf/SKILL.md\n M .gitlineage\n");
    assert_eq!(project.sync()["result"], "up_to_date");
}

#[test]
fn a_reverted_edit_is_merged_with_two_parents() {
    let project = Project::deployed();
    let base = project.show(ID);
    let original = project.read(format!("{PATH}/SKILL.md"));
    project.record_edit("SKILL.md", "ours\n");
    project.edit("SKILL.md", original);
    let head = project.record();
    project.commit("Back again");
    project.upstream("SKILL.md", "theirs\n");
    merged(&project, &base, &head);
}

#[test]
fn both_sides_alike_is_merged_with_two_parents() {
    let project = Project::deployed();
    let base = project.show(ID);
    let head = project.record_edit("SKILL.md", "alike\n");
    project.upstream("SKILL.md", "alike\n");
    merged(&project, &base, &head);
}

#[test]
fn what_both_sides_changed_alike_is_staged_with_the_manifest() {
    // Else a commit of what is staged would hold upstream's new line in the manifest, and the content before it.
    let project = Project::deployed();
    project.upstream("SKILL.md", "alike\n");
    project.remove(project.upstream_dir("pdf").join("references"));
    project.edit("SKILL.md", "alike\n");
    project.remove(format!("{PATH}/references"));
    assert_eq!(project.sync()["result"], "merged");
    let status = project.git(&["status", "--porcelain"]);
    let expected = "M  .claude/skills/pdf/SKILL.md\nD  .claude/skills/pdf/references/forms.md\nM  .gitlineage\n";
    assert_eq!(status.text(), expected);
}

#[test]
fn unrecorded_edits_are_recorded_before_they_are_merged() {
    let project = Project::deployed();
    let base = project.show(ID);
    project.edit("SKILL.md", "alike\n");
    project.upstream("SKILL.md", "alike\n");
    let output = project.lineage_ok(&["sync", ID]);
    assert!(output.text().contains("your edits recorded first as "), "{output}");
    let version = project.show(ID);
    let edit = project.show(&format!("{ID}~1"));
    assert_eq!(version["parent_ids"][0], edit["version_id"]);
    assert_eq!(edit["change_origin"], "local_modification");
    assert_eq!(edit["parent_ids"], json!([base["version_id"]]));
}

/// Syncs and checks the merge version of `head` and a new upstream version on `base`, both of upstream's content.
#[track_caller]
fn merged(project: &Project, base: &Value, head: &Value) {
    let answer = project.sync();
    assert_eq!(answer["result"], "merged", "{answer}");
    let version = project.show(ID);
    assert_eq!(version["version_id"], answer["version_id"]);
    assert_eq!(version["change_origin"], "sync");
    assert_eq!(version["parent_hash"], head["content_hash"]);
    assert_eq!(version["upstream"]["url"], SOURCE);
    let parents = version["parent_ids"].as_array().expect("a list");
    assert_eq!((parents.len(), &parents[0]), (2, &head["version_id"]));
    let upstream = project.show(parents[1].as_str().expect("an id"));
    assert_eq!(upstream["parent_ids"], json!([base["version_id"]]));
    assert_eq!(upstream["change_origin"], "sync");
    assert_eq!(upstream["content_hash"], version["content_hash"]);
    assert_eq!(project.staged_tree(PATH), text(&version, "content_hash"));
    // The next sync begins at the new baseline; the commit of all this is that version.
    assert_eq!(project.sync()["result"], "up_to_date");
    project.commit("Sync");
    assert_eq!(project.record()["version_id"], version["version_id"]);
    project.upstream("SKILL.md", "and on it goes\n");
    let answer = project.sync();
    assert_eq!(
        answer["result"], "merged",
        "the head is more than the baseline's version: {answer}"
    );
    assert_eq!(
        project.git(&["status", "--porcelain", "--", PATH]).text(),
        "M  .claude/skills/pdf/SKILL.md\n"
    );
}

#[test]
fn a_known_upstream_version_is_used_again() {
    let project = Project::deployed();
    project.git(&["branch", "side"]);
    project.upstream("SKILL.md", "theirs\n");
    project.sync();
    let on_main = project.show(ID);
    project.commit("Sync on main");
    project.git(&["switch", "--quiet", "side"]);
    assert_eq!(project.contents(ID).len(), 1, "not synced on this line");
    let answer = project.sync();
    assert_eq!(answer["result"], "fast_forward");
    assert_eq!(
        answer["version_id"], on_main["version_id"],
        "equal syncs are one version"
    );
    assert_eq!(
        project.rev_parse("refs/lineage/heads/side/skill/pdf"),
        project.rev_parse(HEAD_REF)
    );
    // Equal syncs on two branches write equal lines: merging them is no conflict.
    project.commit("Sync on side");
    project.git(&["merge", "--quiet", "main"]);
    assert_eq!(project.record()["version_id"], on_main["version_id"]);
}

#[test]
fn a_file_in_the_way_stops_that_artifact_untouched() {
    let project = Project::new();
    project.write(".gitignore", "*.log\n");
    project.deploy();
    project.commit("Add the pdf skill");
    project.edit("run.log", "mine, and ignored\n");
    project.upstream("run.log", "theirs\n");
    let answer = untouched(&project, "file_in_the_way");
    assert!(text(&answer["error"], "message").contains("run.log"), "{answer}");
    // Equal bytes are still not ours to take: nothing says they are the same file.
    project.remove(format!("{PATH}/run.log"));
    assert_eq!(project.sync()["result"], "fast_forward");
    let staged = project.git(&["ls-files", "--", PATH]);
    assert!(
        staged.text().contains("run.log"),
        "upstream's is staged with force: {staged}"
    );
}

#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let project = Project::deployed();
    let outside = project.folder("outside");
    // A folder of the artifact replaced by a link to the same content elsewhere: for git that is a link.
    project.copy(format!("{PATH}/references"), outside.path().join("references"));
    project.remove(format!("{PATH}/references"));
    project.symlink(outside.path().join("references"), format!("{PATH}/references"));
    project.upstream("references/forms.md", "theirs\n");
    // Ours is the link; theirs cannot be written below it, so it lies beside it.
    let output = project.lineage(&["--json", "sync", ID]).assert_code(3);
    assert_eq!(output.json()[0]["result"], "conflict", "{output}");
    assert_eq!(outside.read("references/forms.md"), b"# Forms\n\nOne.\n");
    project.lineage_ok(&["sync", "--abort"]);
    // The same above the artifact.
    project.remove(format!("{PATH}/references"));
    project.git(&["checkout", "--quiet", "--", PATH]);
    project.copy(".claude", outside.path().join("claude"));
    project.remove(".claude");
    project.symlink(outside.path().join("claude"), ".claude");
    untouched(&project, "missing_content");
    assert_eq!(
        outside.read("claude/skills/pdf/references/forms.md"),
        b"# Forms\n\nOne.\n"
    );
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let project = Project::deployed();
    for name in ["docx", "xlsx", "gone"] {
        project.make_upstream(name);
        let (from, to) = (format!("../upstream/skills/{name}"), format!(".claude/skills/{name}"));
        project.lineage_ok(&["deploy", &from, &to]);
    }
    project.commit("Add more skills");
    // docx: nothing new; gone: no upstream any more; pdf: a file in the way; xlsx: new.
    project.remove(project.upstream_dir("gone"));
    project.write(".git/info/exclude", "in-the-way\n");
    project.edit("in-the-way", "ours\n");
    project.upstream("in-the-way", "theirs\n");
    project.write(project.upstream_dir("xlsx").join("SKILL.md"), "new\n");
    let heads = project.git(&["for-each-ref", "refs/lineage"]).lines();
    let output = project.lineage(&["--json", "sync", "--all"]).assert_code(1);
    let answers = output.json();
    assert_eq!(
        texts(&answers, "artifact_id"),
        ["skill/docx", "skill/gone", "skill/pdf", "skill/xlsx"]
    );
    assert_eq!(
        texts(&answers, "result"),
        ["up_to_date", "failed", "failed", "fast_forward"]
    );
    assert_eq!(answers[1]["error"]["code"], "no_source");
    assert_eq!(answers[2]["error"]["code"], "file_in_the_way");
    let now = project.git(&["for-each-ref", "refs/lineage"]).lines();
    let moved: Vec<_> = heads.iter().zip(&now).filter(|(before, now)| before != now).collect();
    assert!(
        matches!(moved.as_slice(), [(before, _)] if before.ends_with("skill/xlsx")),
        "{moved:?}"
    );
    let status = project.git(&["status", "--porcelain"]);
    assert_eq!(status.text(), "M  .claude/skills/xlsx/SKILL.md\nM  .gitlineage\n");
    // In words: what worked on stdout, what did not on stderr.
    let output = project.lineage(&["sync"]).assert_code(1);
    assert_eq!(output.lines().len(), 4, "{output}");
    assert_eq!(output.err_text().matches("error: ").count(), 2, "{output}");
}

#[test]
fn one_that_fails_after_many_files_leaves_no_object() {
    let project = Project::deployed();
    project.make_upstream("zip");
    project.lineage_ok(&["deploy", "../upstream/skills/zip", ".claude/skills/zip"]);
    project.commit("Add the zip skill");
    // So many new files that they go into one pack, some of them of the artifact that is refused.
    for n in 0..30 {
        project.upstream(&format!("many/{n}"), format!("pdf {n}\n"));
        let zip = project.upstream_dir("zip");
        project.write(zip.join(format!("many/{n}")), format!("zip {n}\n"));
    }
    project.write(".git/info/exclude", "in-the-way\n");
    project.write(".claude/skills/zip/in-the-way", "ours\n");
    project.write(project.upstream_dir("zip").join("in-the-way"), "theirs\n");
    let answers = project.lineage(&["--json", "sync"]).assert_code(1).json();
    assert_eq!(texts(&answers, "result"), ["fast_forward", "failed"]);
    let stored = |text: &str| {
        let id = project.call().stdin(text).git(&["hash-object", "--stdin"]).trimmed();
        project.call().git_any(&["cat-file", "-e", &id]).code == 0
    };
    assert!(stored("pdf 0\n") && stored("pdf 29\n"));
    assert!(!stored("zip 0\n") && !stored("zip 29\n"));
    project.git(&["fsck", "--strict"]);
}

#[test]
fn an_unknown_id_stops_before_anything_is_done() {
    let project = Project::deployed();
    project.upstream("SKILL.md", "theirs\n");
    let before = project.everything();
    let output = project.lineage(&["--json", "sync", ID, "skill/pdff"]).assert_code(1);
    let error = output.json_error();
    assert_eq!(error["code"], "not_deployed");
    assert_eq!(error["hints"][0], "did you mean 'skill/pdf'?");
    before.assert_same(&project.everything());
}

#[test]
fn missing_files_are_not_a_reason_to_overwrite() {
    let project = Project::deployed();
    project.upstream("SKILL.md", "theirs\n");
    // One of them deleted here is a local change like any other: it stays deleted.
    project.remove(format!("{PATH}/references/forms.md"));
    assert_eq!(project.sync()["result"], "merged");
    assert!(!project.exists(format!("{PATH}/references/forms.md")));
    project.upstream("SKILL.md", "theirs again\n");
    project.remove(PATH);
    untouched(&project, "missing_content");
}

#[test]
fn without_an_upstream_there_is_nothing_to_sync_with() {
    let project = Project::deployed();
    project.git(&["config", "-f", ".gitlineage", "--unset", "artifact.skill/pdf.upstream"]);
    untouched(&project, "no_upstream");
}
