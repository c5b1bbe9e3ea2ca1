//! The shape of versions: parent, origin, lineage; what makes a new one and what does not.

use serde_json::{Value, json};

use crate::support::project::{HEAD_REF, ID, PATH, Project, SOURCE, text, texts};

/// The contents along first parents, oldest first, read by git alone.
#[track_caller]
fn trees(project: &Project, reference: &str) -> Vec<String> {
    let ids = project
        .git(&["rev-list", "--first-parent", "--reverse", reference])
        .lines();
    ids.iter()
        .map(|id| project.rev_parse(&format!("{id}^{{tree}}")))
        .collect()
}

/// The commit that the program says is a version: its parents, and that one of its trailers.
#[track_caller]
fn trailer(project: &Project, version: &Value, key: &str) -> String {
    let format = format!("--format=%(trailers:key={key},valueonly,separator=%x2C)");
    project
        .git(&["log", "-1", &format, text(version, "version_id")])
        .trimmed()
}

#[test]
fn a_deployment_is_a_root() {
    let project = Project::new();
    let deployed = project.deploy();
    assert_eq!(deployed["artifact_id"], ID);
    assert_eq!(deployed["parent_hash"], Value::Null);
    assert_eq!(deployed["parent_ids"], json!([]));
    assert_eq!(deployed["change_origin"], "deployment");
    assert_eq!(deployed["recorded"], true);
    assert_eq!(deployed["project_commit"], Value::Null);
    assert_eq!(
        deployed["upstream"],
        json!({"url": SOURCE, "path": null, "ref": null, "commit": null})
    );
    let hash = text(&deployed, "content_hash");
    assert_eq!(project.show(ID)["version_lineage"], json!([hash]));
    assert_eq!(project.contents(ID), [hash]);

    // Git agrees: the ref, its tree, no parent; and what is staged is just that content.
    let id = text(&deployed, "version_id");
    assert_eq!(project.rev_parse(HEAD_REF), id);
    assert_eq!(trees(&project, HEAD_REF), [hash]);
    assert_eq!(project.staged_tree(PATH), hash);
    assert_eq!(trailer(&project, &deployed, "Change-Origin"), "deployment");
    assert_eq!(trailer(&project, &deployed, "Parent-Hash"), "");
    project.commit("Add the pdf skill");
    assert_eq!(project.rev_parse(&format!("HEAD:{PATH}")), hash);
    assert_eq!(project.git(&["status", "--porcelain"]).text(), "");
    assert_eq!(
        project.record()["version_id"],
        *id,
        "the commit's version is the deployment"
    );
}

#[test]
fn a_sync_follows_what_was_there() {
    let project = Project::deployed();
    let before = project.show(ID);
    project.upstream("SKILL.md", "# pdf\n\nNew upstream.\n");
    let synced = project.sync();
    assert_eq!(synced["result"], "fast_forward", "{synced}");
    let version = project.show(ID);
    assert_eq!(synced["version_id"], version["version_id"]);
    assert_eq!(version["parent_hash"], before["content_hash"]);
    assert_eq!(version["parent_ids"], json!([before["version_id"]]));
    assert_eq!(version["change_origin"], "sync");
    assert_eq!(version["upstream"]["url"], SOURCE);
    let hashes = [text(&before, "content_hash"), text(&version, "content_hash")];
    assert_eq!(version["version_lineage"], json!(hashes));
    assert_eq!(trees(&project, HEAD_REF), hashes);
    assert_eq!(project.staged_tree(PATH), hashes[1]);
    assert_eq!(project.read(format!("{PATH}/SKILL.md")), b"# pdf\n\nNew upstream.\n");
    let baseline = project.git(&["config", "-f", ".gitlineage", "artifact.skill/pdf.baseline"]);
    assert_eq!(baseline.trimmed(), hashes[1]);
}

#[test]
fn a_local_edit_follows_what_was_there() {
    let project = Project::deployed();
    let before = project.show(ID);
    project.edit("SKILL.md", "# pdf\n\nOur words.\n");
    let output = project
        .call()
        .lineage_json(&["record", ID, "-m", "Our words\n\nWhy: because."]);
    let version = &output[0];
    assert_eq!(version["parent_hash"], before["content_hash"]);
    assert_eq!(version["parent_ids"], json!([before["version_id"]]));
    assert_eq!(version["change_origin"], "local_modification");
    assert_eq!(version["upstream"], Value::Null);
    assert_eq!(version["summary"], "Our words");
    assert_eq!(
        version["author"],
        json!({"name": "Ada Author", "email": "ada@example.org"})
    );
    let body = project.git(&["log", "-1", "--format=%b", HEAD_REF]);
    assert!(
        body.text().starts_with("Why: because.\n\nLineage-Format: 1\n"),
        "{body}"
    );
    assert_eq!(trailer(&project, version, "Parent-Hash"), text(&before, "content_hash"));
    // The manifest's baseline moves with upstream and with nothing else; nothing is staged by recording.
    assert_eq!(
        project.git(&["status", "--porcelain"]).text(),
        " M .claude/skills/pdf/SKILL.md\n"
    );
}

#[test]
fn five_mixed_versions_have_one_lineage_however_it_is_asked() {
    let project = Project::deployed();
    let original = project.read(format!("{PATH}/SKILL.md"));
    project.record_edit("SKILL.md", "first edit\n");
    // Back to the baseline, so that the sync has nothing to merge with.
    project.edit("SKILL.md", &original);
    project.record();
    project.upstream("new.md", "upstream's\n");
    assert_eq!(project.sync()["result"], "merged");
    project.record_edit("new.md", "second edit\n");

    let lineage = project.lineage_json(&["lineage", ID]);
    let origins = texts(&lineage, "change_origin");
    let expected = [
        "deployment",
        "local_modification",
        "local_modification",
        "sync",
        "local_modification",
    ];
    assert_eq!(origins, expected);
    let hashes = texts(&lineage, "content_hash");
    assert_eq!(project.show(ID)["version_lineage"], json!(hashes));
    assert_eq!(trees(&project, HEAD_REF), hashes);
    assert_eq!(hashes[0], hashes[2], "the content that came back");
    for (version, before) in lineage[1..].iter().zip(&hashes) {
        assert_eq!(version["parent_hash"], **before);
    }
    let ids = project
        .git(&["rev-list", "--first-parent", "--reverse", HEAD_REF])
        .lines();
    assert_eq!(texts(&lineage, "version_id"), ids);
    // The timeline is what git finds along all parents; the upstream version of the merge is in it too.
    let log = texts(&project.lineage_json(&["log", ID]), "version_id");
    let mut all = project.git(&["rev-list", HEAD_REF]).lines();
    assert_eq!((log.len(), log.first()), (6, all.first()));
    let mut sorted = log;
    sorted.sort();
    all.sort();
    assert_eq!(sorted, all);
}

#[test]
fn content_that_returns_is_a_version_each_time() {
    let project = Project::deployed();
    let original = project.read(format!("{PATH}/SKILL.md"));
    let a = project.show(ID);
    let b = project.record_edit("SKILL.md", "b\n");
    project.edit("SKILL.md", original);
    let again = project.record();
    assert_eq!(again["recorded"], true);
    assert_eq!(again["content_hash"], a["content_hash"]);
    assert_eq!(again["parent_ids"], json!([b["version_id"]]));
    assert_eq!(again["change_origin"], "local_modification");
    assert_eq!(
        project.contents(ID),
        [
            text(&a, "content_hash"),
            text(&b, "content_hash"),
            text(&a, "content_hash")
        ]
    );
    let found = project.lineage_json(&["find", text(&a, "content_hash")]);
    assert_eq!(
        texts(&found, "version_id"),
        [text(&again, "version_id"), text(&a, "version_id")]
    );
    let children = project.lineage_json(&["children", text(&a, "content_hash")]);
    assert_eq!(texts(&children, "version_id"), [text(&b, "version_id")]);
}

#[test]
fn records_between_two_commits_are_one_chain() {
    let project = Project::deployed();
    let mut ids = vec![text(&project.show(ID), "version_id").to_owned()];
    for number in 1..=4 {
        let recorded = project.record_edit("SKILL.md", &format!("edit {number}\n"));
        assert_eq!(recorded["parent_ids"], json!([ids.last()]));
        ids.push(text(&recorded, "version_id").to_owned());
    }
    assert_eq!(texts(&project.lineage_json(&["lineage", ID]), "version_id"), ids);
    // The commit of the last of them is that version; one with another content continues from it.
    project.commit("Edit");
    assert_eq!(project.record()["version_id"], **ids.last().expect("there are five"));
    project.edit("SKILL.md", "committed, never recorded\n");
    project.commit("Edit again");
    let caught_up = project.record();
    assert_eq!(caught_up["parent_ids"], json!([ids.last()]));
    assert_eq!(caught_up["project_commit"], project.head());
}

#[test]
fn recording_equal_content_records_nothing() {
    let project = Project::deployed();
    let edited = project.record_edit("SKILL.md", "edited\n");
    let refs = project.git(&["for-each-ref", "refs/lineage"]).text().to_owned();
    let again = project.record();
    assert_eq!(again["recorded"], false);
    assert_eq!(again["version_id"], edited["version_id"]);
    project.commit("Edit");
    assert_eq!(project.record()["version_id"], edited["version_id"]);
    // Touched, but not changed.
    project.edit("SKILL.md", "edited\n");
    project.chmod(format!("{PATH}/SKILL.md"), 0o600);
    assert_eq!(project.record()["recorded"], false);
    assert_eq!(project.git(&["for-each-ref", "refs/lineage"]).text(), refs);
    assert_eq!(project.contents(ID).len(), 2);
}

#[test]
fn equal_content_in_two_artifacts_is_two_versions_with_one_hash() {
    let project = Project::deployed();
    let output = project.lineage_json(&["deploy", SOURCE, "other/skills/pdf-copy"]);
    let (first, second) = (project.show(ID), &output[0]);
    assert_eq!(second["artifact_id"], "skill/pdf-copy");
    assert_eq!(first["content_hash"], second["content_hash"]);
    assert_ne!(first["version_id"], second["version_id"]);
    let mut both = [text(&first, "version_id"), text(second, "version_id")];
    both.sort_unstable();
    for what in [text(&first, "content_hash"), PATH, SOURCE, "other/skills/pdf-copy"] {
        let mut found = texts(&project.lineage_json(&["find", what]), "version_id");
        found.sort();
        assert_eq!(found, both, "find {what}");
    }
    // Each goes its own way.
    project.record_edit("SKILL.md", "only here\n");
    assert_eq!(project.contents("skill/pdf-copy").len(), 1);
    let children = project.lineage_json(&["children", text(&first, "content_hash")]);
    assert_eq!(texts(&children, "artifact_id"), [ID]);
}
