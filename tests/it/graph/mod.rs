//! `graph` and `log --graph`: pictures say what the versions say, in every format and whatever the versions hold.

mod browser;
mod dot;
mod html;
mod looked_at;
mod mermaid;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::project::{ID, Project, text};

/// Summaries that would end a string, a label, an element or a line in one of the formats.
const HOSTILE: [&str; 9] = [
    "\"]; evil -> x; \"",
    "\\\" \\N \\G \\l \\",
    "\"]) --> evil[\"x\"]",
    "</script><script>alert(1)</script><!-- <script>",
    "a\u{200b}b \u{202e}c",
    "&quot;&lt;b&gt;&#34; #quot; #34;",
    "`**1. list** _x_` %% comment",
    "end",
    "<img src=x onerror=alert(1)> {{x}} ${x}",
];

/// As the program spells out what cannot be seen.
fn spelled_out(text: &str) -> String {
    text.replace('\u{200b}', "\\u{200b}").replace('\u{202e}', "\\u{202e}")
}

/// A project whose artifact was synced over an edit: two lanes.
fn merged() -> Project {
    let project = Project::deployed();
    project.record_edit("SKILL.md", "# Ours\n");
    project.upstream("references/forms.md", "# Forms\n\nOne.\nTwo.\n");
    assert_eq!(project.sync()["result"], "merged");
    project
}

/// A project that has recorded every [hostile](HOSTILE) summary.
fn hostile() -> Project {
    let project = merged();
    for (at, summary) in HOSTILE.iter().enumerate() {
        project.edit("SKILL.md", format!("# {at}\n"));
        project.lineage_ok(&["record", ID, "-m", summary]);
    }
    project
}

/// Each with a parent of it.
type Arrows = BTreeSet<(String, String)>;

/// Ids and parents of all versions of the artifact.
fn parents(project: &Project) -> BTreeMap<String, BTreeSet<String>> {
    let versions = project.lineage_json(&["graph", ID, "--all"]);
    let ids = |value: &Value| {
        let ids = value.as_array().expect("a list").iter();
        ids.map(|id| id.as_str().expect("an id").to_owned()).collect()
    };
    let one = |version: &Value| (text(version, "version_id").to_owned(), ids(&version["parent_ids"]));
    versions.iter().map(one).collect()
}

/// The nodes of a picture are the versions, its arrows their parents.
#[track_caller]
fn assert_drawn<'a>(project: &Project, nodes: impl Iterator<Item = &'a String>, arrows: &Arrows) {
    let parents = parents(project);
    assert_eq!(nodes.collect::<Vec<_>>(), parents.keys().collect::<Vec<_>>());
    let expected = parents
        .iter()
        .flat_map(|(id, parents)| parents.iter().map(|parent| (id.clone(), parent.clone())));
    assert_eq!(*arrows, expected.collect());
}

#[test]
fn json_is_what_log_prints_and_no_picture() {
    let project = merged();
    for args in [
        &["graph"][..],
        &["graph", ID],
        &["graph", ID, "-n", "2"],
        &["graph", "skill/pdf~1", "--all"],
    ] {
        let same: Vec<&str> = std::iter::once("log").chain(args[1..].iter().copied()).collect();
        assert_eq!(project.lineage_json(args), project.lineage_json(&same), "{args:?}");
    }
    for args in [
        &["--format", "dot"][..],
        &["--output", "x"],
        &["--format", "text", "-o", "x"],
    ] {
        let args: Vec<&str> = ["--json", "graph", ID].iter().chain(args).copied().collect();
        let error = project.lineage(&args).assert_code(2).json_error();
        assert_eq!(error["code"], "picture_as_json");
        assert!(!project.exists("x"));
    }
}

#[test]
fn a_file_takes_what_stdout_would_have() {
    let project = merged();
    for format in ["text", "dot", "mermaid", "html"] {
        let printed = project.lineage_ok(&["graph", "--format", format]);
        let written = project.lineage_ok(&["graph", "--format", format, "--color", "always", "-o", "picture"]);
        assert_eq!(written.text(), "");
        assert!(written.err_text().ends_with("wrote picture\n"), "{written}");
        assert_eq!(project.read("picture"), printed.stdout);
    }
    let failed = project.lineage(&["graph", "-o", "no/such/folder"]).assert_code(1);
    assert!(
        failed
            .err_text()
            .starts_with("error: could not write 'no/such/folder'\n"),
        "{failed}"
    );
    assert!(
        project
            .lineage(&["graph", "--format", "svg"])
            .assert_code(2)
            .err_text()
            .contains("mermaid")
    );
}

#[test]
fn what_is_left_out_is_said() {
    let project = merged();
    let all = parents(&project).len();
    let dot = project.lineage_ok(&["graph", ID, "-n", "3", "--format", "dot"]);
    let left_out = format!("skill/pdf ({} older versions are left out)", all - 3);
    assert!(dot.text().contains(&left_out), "{dot}");
    let mermaid = project.lineage_ok(&["graph", ID, "-n", "3", "--format", "mermaid"]);
    assert!(mermaid.text().contains("older versions are left out"), "{mermaid}");
    assert_eq!(project.lineage_ok(&["graph", ID, "-n", "0"]).text(), "");
}
