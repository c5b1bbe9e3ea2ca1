//! `gate`: every line is counted once, by where it comes from, and limits hold.

use serde_json::{Value, json};

use crate::support::{
    TestRepo,
    project::{ID, Project, one},
};

fn gate(repo: &TestRepo, args: &[&str], code: i32) -> Value {
    let args: Vec<&str> = ["--json", "gate"].iter().chain(args).copied().collect();
    one(repo.lineage(&args).assert_code(code).json())
}

fn counts(upstream: u64, local: u64, unknown: u64) -> Value {
    json!({"upstream": upstream, "local": local, "unknown": unknown})
}

#[test]
fn lines_are_counted_by_where_they_come_from() {
    let project = Project::deployed();
    // SKILL.md and forms.md have three lines each, fill.sh two.
    assert_eq!(gate(&project, &[], 0)["lines"], counts(8, 0, 0));
    project.record_edit("SKILL.md", "# pdf\n\nOur own words.\nMore of them, without an end");
    project.record_edit("picture.png", "\0\u{1}\u{2}\n\n\n");
    let found = gate(&project, &[], 0);
    assert_eq!(found["lines"], counts(7, 2, 0));
    assert_eq!(found["artifacts"][0]["binary_files"], 1);
    assert_eq!(found["limits"], json!({"local": null, "unknown": null}));
    // What is upstream's again byte for byte is upstream's, whoever wrote it last.
    project.record_edit("SKILL.md", "# pdf\n\nRead and fill files.\n");
    assert_eq!(gate(&project, &[ID], 0)["lines"], counts(8, 0, 0));
    project.lineage(&["gate", "skill/other"]).assert_code(1);
}

#[test]
fn they_are_those_of_blame() {
    let project = Project::deployed();
    project.record_edit("references/forms.md", "# Forms\n\nOne, or two.\nThree.\n");
    project.commit("Edit");
    project.upstream("references/forms.md", "# Forms\n\nOne.\n\nUpstream's end.\n");
    project.upstream("SKILL.md", "# New\n");
    project.lineage(&["sync", ID]).assert_code(3);
    project.edit(
        "references/forms.md",
        "# Forms\n\nOne, or two.\nResolved.\n\nUpstream's end.\n",
    );
    project.git(&["add", "--all"]);
    project.lineage_ok(&["sync", "--continue"]);
    let mut expected = [0, 0, 0];
    for file in ["SKILL.md", "references/forms.md", "scripts/fill.sh"] {
        for line in project.lineage_json(&["blame", ID, file]) {
            let origin = line["change_origin"].as_str();
            let is_local = line["resolution"] == true || origin == Some("local_modification");
            expected[if is_local { 1 } else { usize::from(origin.is_none()) * 2 }] += 1;
        }
    }
    assert!(expected[1] >= 2, "{expected:?}");
    let [upstream, local, unknown] = expected;
    assert_eq!(gate(&project, &[], 0)["lines"], counts(upstream, local, unknown));
}

#[test]
fn what_was_vendored_by_hand_is_unknown_until_upstream_is_named() {
    let project = Project::new();
    project.write("vendored/SKILL.md", "# pdf\n\nRead and fill files.\n");
    project.commit("Copy a skill");
    project.lineage_ok(&["adopt", "vendored", "--id", ID]);
    project.commit("Adopt it");
    let found = gate(&project, &["--max-unknown", "2"], 4);
    assert_eq!(found["lines"], counts(0, 0, 3));
    assert_eq!(found["exceeded"], json!(["unknown"]));
    assert_eq!(found["passed"], false);
}

#[test]
fn limits_come_from_options_or_settings() {
    let project = Project::deployed();
    project.record_edit("SKILL.md", "# pdf\n\nRead and fill files.\nOurs.\n");
    for (args, code) in [
        (&["--max-local", "0"][..], 4),
        (&["--max-local", "1"], 0),
        (&["--max-local", "11%"], 4),
        (&["--max-local", "12%", "--max-unknown", "0%"], 0),
    ] {
        assert_eq!(gate(&project, args, code)["passed"], code == 0, "{args:?}");
    }
    project.git(&["config", "lineage.gateMaxLocal", "0"]);
    let said = project.lineage(&["gate"]).assert_code(4);
    assert_eq!(
        said.text(),
        "skill/pdf  8 lines upstream, 1 yours, 0 unknown\n1 artifact: 8 lines upstream, 1 yours, 0 unknown\n\
         1 line is yours, 0 allowed\n"
    );
    gate(&project, &["--max-local", "5"], 0);
    project.git(&["config", "lineage.gateMaxLocal", "some"]);
    let error = project.lineage(&["--json", "gate"]).assert_code(1).json_error();
    assert!(error.to_string().contains("lineage.gateMaxLocal"), "{error}");
    project.lineage(&["gate", "--max-local", "half"]).assert_code(2);
}

#[test]
fn edits_that_are_not_recorded_make_no_verdict() {
    let project = Project::deployed();
    project.edit("SKILL.md", "# Ours\n");
    let found = gate(&project, &[], 4);
    assert_eq!(found["unrecorded"], json!([ID]));
    assert_eq!(found["exceeded"], json!([]));
    let said = project.lineage(&["gate"]).assert_code(4);
    assert!(said.err_text().contains("git lineage record"), "{}", said.err_text());
    project.record();
    gate(&project, &[], 0);
    // Another line is judged as its branch is.
    project.commit("Edit");
    project.git(&["switch", "--quiet", "--create", "other"]);
    project.edit("SKILL.md", "# Theirs\n");
    assert_eq!(gate(&project, &["--line", "main"], 0)["passed"], true);
}
