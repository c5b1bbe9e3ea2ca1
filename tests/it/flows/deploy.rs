//! What `deploy` refuses, what it takes over, and what a second deployment is.

use serde_json::{Value, json};

use crate::support::project::{HEAD_REF, ID, PATH, Project, SOURCE, one, text, texts};

/// Runs a deployment that must be refused: exit 1, the code, and nothing changed. Returns the error.
#[track_caller]
fn refused(project: &Project, args: &[&str], code: &str) -> Value {
    let before = project.everything();
    let args: Vec<&str> = ["--json", "deploy"].iter().chain(args).copied().collect();
    let output = project.lineage(&args).assert_code(1);
    let error = output.json_error();
    assert_eq!(error["code"], code, "{output}");
    assert_eq!(output.text(), "", "{output}");
    before.assert_same(&project.everything());
    error
}

fn hints(error: &Value) -> String {
    error["hints"].to_string()
}

#[test]
fn what_is_deployed_is_not_deployed_again() {
    let project = Project::deployed();
    let error = refused(&project, &[SOURCE, PATH], "already_deployed");
    assert!(hints(&error).contains("git lineage sync skill/pdf"), "{error}");
    let error = refused(&project, &[SOURCE, "elsewhere", "--id", ID], "already_deployed");
    assert!(text(&error, "message").contains(PATH), "{error}");
}

#[test]
fn a_taken_id_is_refused_with_a_proposal() {
    let project = Project::deployed();
    let path = "plugins/office/skills/pdf";
    let error = refused(&project, &[SOURCE, path], "id_taken");
    assert!(hints(&error).contains("--id skill/office/pdf"), "{error}");
    let deployed = one(project.lineage_json(&["deploy", SOURCE, path, "--id", "skill/office/pdf"]));
    assert_eq!(deployed["artifact_id"], "skill/office/pdf");
    assert_eq!(
        project.rev_parse("refs/lineage/heads/main/skill/office%2Fpdf"),
        text(&deployed, "version_id")
    );
    // The proposal is taken as well now: then there is none, but the way out is still said.
    let error = refused(&project, &[SOURCE, "more/office/skills/pdf"], "id_taken");
    assert!(
        !hints(&error).contains("skill/office/pdf") && hints(&error).contains("--id"),
        "{error}"
    );
}

#[test]
fn artifacts_never_contain_one_another() {
    let project = Project::deployed();
    for path in [".claude/skills/pdf/inner", ".claude/skills", ".claude"] {
        let error = refused(&project, &[SOURCE, path, "--id", "skill/other"], "path_overlap");
        assert!(text(&error, "message").contains(ID), "{error}");
    }
    // A common beginning of two names is no overlap.
    project.lineage_ok(&["deploy", SOURCE, ".claude/skills/pdf2"]);
    for path in [".", ".git/x", ".gitlineage", "../outside", "a/../../outside"] {
        let output = project.lineage(&["--json", "deploy", SOURCE, path, "--id", "skill/other"]);
        assert_eq!(output.code, 1, "{output}");
        assert_eq!(output.text(), "");
    }
}

#[test]
fn other_content_in_the_way_is_never_touched() {
    let project = Project::new();
    project.edit("SKILL.md", "somebody's own\n");
    refused(&project, &[SOURCE, PATH], "content_in_the_way");
    project.commit("Our own");
    refused(&project, &[SOURCE, PATH], "content_in_the_way");
    // The same with one file too many, and with one that differs in its mode only.
    project.remove(PATH);
    project.copy(SOURCE, PATH);
    project.edit("extra.md", "");
    refused(&project, &[SOURCE, PATH], "content_in_the_way");
    project.remove(format!("{PATH}/extra.md"));
    project.chmod(format!("{PATH}/scripts/fill.sh"), 0o644);
    refused(&project, &[SOURCE, PATH], "content_in_the_way");
    // A single file does not replace a folder, nor the other way round.
    refused(
        &project,
        &["../upstream/skills/pdf/SKILL.md", PATH],
        "content_in_the_way",
    );
    project.remove(PATH);
    project.write(PATH, "a file\n");
    refused(&project, &[SOURCE, PATH], "content_in_the_way");
}

#[test]
fn an_ignored_file_in_the_way_is_content_too() {
    let project = Project::new();
    project.write(".gitignore", "SKILL.md\n");
    project.edit("SKILL.md", "mine, and ignored\n");
    let before = project.everything();
    let output = project.lineage(&["--json", "deploy", SOURCE, PATH]).assert_code(1);
    assert_eq!(output.json_error()["code"], "file_in_the_way", "{output}");
    before.assert_same(&project.everything());
}

#[test]
fn an_id_that_differs_by_case_only_is_refused() {
    let project = Project::deployed();
    let error = refused(&project, &[SOURCE, "other/skills/PDF"], "case_twin");
    assert!(text(&error, "message").contains("skill/PDF") && text(&error, "message").contains("skill/pdf"));
    // Also when the first one is not deployed any more, for its ref is still there.
    project.git(&["config", "-f", ".gitlineage", "--remove-section", "artifact.skill/pdf"]);
    refused(&project, &[SOURCE, "other/skills/PDF"], "case_twin");
}

#[test]
fn equal_content_is_taken_over_as_it_is() {
    let project = Project::new();
    project.copy(SOURCE, PATH);
    let hash = {
        project.commit("Vendored by hand");
        project.rev_parse(&format!("HEAD:{PATH}"))
    };
    let before = project.read(format!("{PATH}/SKILL.md"));
    let output = project.lineage_ok(&["deploy", SOURCE, PATH]);
    assert!(output.text().starts_with("Took over skill/pdf  "), "{output}");
    let version = project.show(ID);
    assert_eq!(version["content_hash"], hash);
    assert_eq!(version["change_origin"], "deployment");
    assert_eq!(project.read(format!("{PATH}/SKILL.md")), before);
    assert_eq!(project.git(&["status", "--porcelain"]).text(), "A  .gitlineage\n");
    // Untracked files that are equal are taken over and staged.
    project.make_upstream("docx");
    project.copy(project.upstream_dir("docx"), ".claude/skills/docx");
    project.lineage_ok(&["deploy", "../upstream/skills/docx", ".claude/skills/docx"]);
    let staged = project.git(&["diff", "--cached", "--name-only", "--", ".claude/skills/docx"]);
    assert_eq!(staged.lines().len(), 3);
}

#[test]
fn after_the_section_is_removed_a_deployment_is_a_new_root() {
    let project = Project::deployed();
    let first = project.record_edit("SKILL.md", "edited\n");
    let old_head = text(&first, "version_id");
    project.commit("Edit");
    project.git(&["config", "-f", ".gitlineage", "--remove-section", "artifact.skill/pdf"]);
    project.git(&["rm", "-rq", PATH]);
    project.commit("Remove the pdf skill");
    assert_eq!(project.lineage_json(&["list"]), [Value::Null; 0]);

    let second = project.deploy();
    assert_eq!(second["parent_ids"], json!([]));
    assert_eq!(second["change_origin"], "deployment");
    assert_eq!(second["recorded"], true);
    assert_eq!(project.rev_parse(HEAD_REF), text(&second, "version_id"));
    assert_eq!(project.rev_parse(&format!("refs/lineage/kept/{old_head}")), old_head);
    assert_eq!(project.contents(ID), [text(&second, "content_hash")]);
    // The old lineage is still there to be asked for.
    assert_eq!(project.contents(old_head).len(), 2);
    let all = texts(&project.lineage_json(&["log", "--all", ID]), "version_id");
    assert_eq!(all.len(), 3);
    project.commit("Deploy it again");
    assert_eq!(project.record()["version_id"], second["version_id"]);
    assert_eq!(project.contents(ID), [text(&second, "content_hash")]);

    // Equal as they are, each deployment belongs to its own commits, also where nothing is remembered of them.
    let refs = project.git(&["for-each-ref", "refs/lineage"]).stdout;
    project.remove(".git/lineage");
    assert_eq!(project.record()["version_id"], second["version_id"]);
    assert_eq!(project.git(&["for-each-ref", "refs/lineage"]).stdout, refs);
    project.upstream("SKILL.md", "theirs\n");
    assert_eq!(project.sync()["result"], "fast_forward");
    assert_eq!(project.show(ID)["parent_ids"], json!([second["version_id"]]));
}

#[test]
fn what_cannot_be_a_source_is_refused() {
    let project = Project::new();
    refused(&project, &["../nowhere", "x/y"], "no_source");
    refused(&project, &[SOURCE, "x/y", "--from", "nowhere"], "no_source");
    refused(&project, &[SOURCE, "x/y", "--from", "../pdf"], "path_outside");
    std::fs::create_dir(project.beside("empty")).expect("the sandbox is writable");
    refused(&project, &["../empty", "x/y"], "empty_source");
    // A symbolic link is itself, and by itself it leads out of what would be deployed.
    project.symlink("pdf", "../upstream/skills/link");
    refused(&project, &["../upstream/skills/link", "x/y"], "refused");
    refused(&project, &["ext::sh -c 'touch x'", "x/y"], "refused_url");
    refused(&project, &["foo://me:secret@example.org/x.git", "x/y"], "refused_url");
    // Nobody listens there.
    let url = "http://me:secret@127.0.0.1:1/x.git";
    refused(&project, &[url, "x/y"], "unreachable");
    for url in [url, "foo://me:secret@example.org/x.git"] {
        let output = project.lineage(&["deploy", url, "x/y"]);
        assert!(!output.err_text().contains("secret"), "{output}");
    }
}

#[test]
fn a_single_file_is_an_artifact_named_by_its_place() {
    let project = Project::new();
    let deployed = one(project.lineage_json(&["deploy", "../upstream/skills/pdf/SKILL.md", "agents/reviewer.md"]));
    assert_eq!(deployed["artifact_id"], "agent/reviewer");
    project.commit("Add the reviewer");
    let blob = project.rev_parse("HEAD:agents/reviewer.md");
    let entry = format!("100644 blob {blob}\treviewer.md\n");
    let tree = project.git_stdin(&["mktree"], entry).trimmed();
    assert_eq!(deployed["content_hash"], tree);
    let files = project.show("agent/reviewer")["files"].clone();
    assert_eq!(
        files,
        json!([{"path": "reviewer.md", "mode": "100644", "hash": blob, "size": 28}])
    );
    project.write("../upstream/skills/pdf/SKILL.md", "# pdf\n\nNew.\n");
    let synced = one(project.lineage_json(&["sync", "agent/reviewer"]));
    assert_eq!(synced["result"], "fast_forward");
    assert_eq!(project.read("agents/reviewer.md"), b"# pdf\n\nNew.\n");
    project.chmod("agents/reviewer.md", 0o755);
    let recorded = one(project.lineage_json(&["record", "agent/reviewer"]));
    assert_eq!(recorded["recorded"], true);
    assert_eq!(project.show("agent/reviewer")["files"][0]["mode"], "100755");
}
