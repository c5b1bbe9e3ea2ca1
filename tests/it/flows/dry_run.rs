//! What only says what would happen, and what only asks, changes nothing at all.

use serde_json::{Value, json};

use crate::support::project::{ID, PATH, Project, SOURCE, one, text};

/// Runs the command with and without `--json`; neither may change a byte outside the sidecar. The JSON lines.
#[track_caller]
fn dry(project: &Project, args: &[&str]) -> Vec<Value> {
    let before = project.everything();
    let args: Vec<&str> = args.iter().copied().chain(["--dry-run"]).collect();
    let output = project.lineage_ok(&args);
    assert!(
        output.err_text().contains("nothing was written (--dry-run)") || output.stdout.is_empty(),
        "{output}"
    );
    let lines = project.lineage_json(&args);
    before.assert_same(&project.everything());
    lines
}

#[test]
fn a_dry_deployment_writes_nothing() {
    let project = Project::new();
    let planned = one(dry(&project, &["deploy", SOURCE, PATH]));
    assert_eq!(planned["version_id"], Value::Null, "it does not exist");
    assert_eq!(
        (&planned["recorded"], &planned["change_origin"]),
        (&json!(true), &json!("deployment"))
    );
    assert!(!project.exists(".gitlineage") && !project.exists(".claude"));
    let deployed = project.deploy();
    assert_eq!(planned["content_hash"], deployed["content_hash"]);
    // It is refused where the real one would be.
    for args in [
        &["deploy", SOURCE, PATH][..],
        &["deploy", SOURCE, "README.md"],
        &["deploy", "../nowhere", "x"],
    ] {
        let args: Vec<&str> = args.iter().copied().chain(["--dry-run"]).collect();
        assert_eq!(project.lineage(&args).code, 1);
    }
}

#[test]
fn a_dry_record_writes_nothing() {
    let project = Project::deployed();
    let root = project.show(ID);
    project.edit("SKILL.md", "committed\n");
    project.commit("Edit");
    project.edit("SKILL.md", "in the work tree\n");
    let planned = one(dry(&project, &["record", ID]));
    assert_eq!(
        (&planned["version_id"], &planned["recorded"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(planned["parent_hash"], project.rev_parse(&format!("HEAD:{PATH}")));
    let planned = one(dry(&project, &["record", "--rev", "HEAD", ID]));
    assert_eq!(
        (&planned["version_id"], &planned["recorded"]),
        (&Value::Null, &json!(true))
    );
    let planned = one(dry(&project, &["record", "--rev", "HEAD~1", ID]));
    assert_eq!(
        (&planned["version_id"], &planned["recorded"]),
        (&root["version_id"], &json!(false))
    );
    project.git(&["checkout", "--quiet", "HEAD~1", "--", PATH]);
    dry(&project, &["record"]);
    assert_eq!(project.contents(ID).len(), 1);
}

#[test]
fn a_dry_sync_writes_nothing() {
    let project = Project::deployed();
    let root = project.show(ID);
    let up_to_date = one(dry(&project, &["sync"]));
    assert_eq!(
        (&up_to_date["result"], &up_to_date["version_id"]),
        (&json!("up_to_date"), &root["version_id"])
    );
    project.upstream("SKILL.md", "theirs\n");
    project.upstream("new.md", "theirs\n");
    let planned = one(dry(&project, &["sync", ID]));
    assert_eq!(
        (&planned["result"], &planned["version_id"]),
        (&json!("fast_forward"), &Value::Null)
    );
    project.edit("SKILL.md", "theirs\n");
    project.edit("new.md", "theirs\n");
    let planned = one(dry(&project, &["sync", ID]));
    assert_eq!(
        (&planned["result"], &planned["version_id"]),
        (&json!("merged"), &Value::Null)
    );
    project.edit("SKILL.md", "ours\n");
    let before = project.everything();
    let output = project.lineage(&["--json", "sync", "--dry-run"]).assert_code(3);
    assert_eq!(output.json()[0]["conflicts"], json!(["SKILL.md"]));
    before.assert_same(&project.everything());
}

#[test]
fn questions_change_nothing() {
    let project = Project::deployed();
    let root = project.show(ID);
    project.edit("SKILL.md", "recorded\n");
    project.record();
    project.edit("SKILL.md", "committed, not recorded\n");
    project.commit("Edit");
    project.edit("SKILL.md", "not even committed\n");
    let (version, hash) = (text(&root, "version_id"), text(&root, "content_hash"));
    let questions: &[&[&str]] = &[
        &["list"],
        &["log"],
        &["log", ID, "--graph"],
        &["graph"],
        &["log", "--all"],
        &["show", ID],
        &["show", version],
        &["lineage", ID],
        &["lineage", ID, "--all-parents"],
        &["children", hash],
        &["find", hash],
        &["find", PATH],
        &["find", SOURCE],
        &["merge-base", version, ID],
        &["path", version, ID],
        &["blame", ID, "SKILL.md"],
        &["verify"],
        &["index", "status"],
    ];
    for warm in [false, true] {
        if !warm {
            project.remove(".git/lineage");
        }
        let before = project.everything();
        for question in questions {
            project.lineage_ok(question);
            project.lineage_json(question);
        }
        before.assert_same(&project.everything());
    }
}
