//! `docs/json.md` and the program print the same keys; where the page shows the lineage of `docs/format.md`, the same
//! values too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::schemas::{Schemas, schema_of_headings};
use super::{blocks, page};
use crate::outsider::write_by_script;
use crate::support::TestRepo;
use crate::support::project::{ID, PATH, Project, SOURCE};

/// The examples of the page, by the heading they stand under, which is a command or another name of a shape.
pub(super) fn examples() -> BTreeMap<String, Vec<Value>> {
    let mut examples: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (heading, text) in blocks(&page("docs/json.md"), "json") {
        let values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
        for value in values {
            let value = value.unwrap_or_else(|error| panic!("{heading}: {error}\n{text}"));
            examples.entry(heading.clone()).or_default().push(value);
        }
    }
    examples
}

/// The keys that the tables under each heading list; `a.b` stands for `b` in `a`.
pub(super) fn tables() -> BTreeMap<String, BTreeSet<String>> {
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut heading, mut inside) = (String::new(), false);
    for line in page("docs/json.md").lines() {
        if line.starts_with('#') {
            line.trim_start_matches('#').trim().clone_into(&mut heading);
        }
        inside = line.starts_with("| key |") || (inside && line.starts_with('|'));
        if inside && let Some((key, _)) = line.strip_prefix("| `").and_then(|row| row.split_once('`')) {
            tables.entry(heading.clone()).or_default().insert(key.to_owned());
        }
    }
    tables
}

/// Every key of a value, also of what lies in it, as a path; lists add nothing to it.
fn keys(value: &Value) -> BTreeSet<String> {
    fn add(value: &Value, path: &str, all: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let path = format!("{path}{key}");
                    add(value, &format!("{path}."), all);
                    all.insert(path);
                }
            }
            Value::Array(list) => list.iter().for_each(|value| add(value, path, all)),
            _ => {}
        }
    }
    let mut all = BTreeSet::new();
    add(value, "", &mut all);
    all
}

/// The keys at the top of a value.
pub(super) fn top(value: &Value) -> BTreeSet<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

/// Panics unless two values have the same keys, at every depth where both have any.
#[track_caller]
fn same_keys(shown: &Value, real: &Value) {
    match (shown, real) {
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(top(shown), top(real), "in the page: {shown}\nreal: {real}");
            a.iter().for_each(|(key, value)| same_keys(value, &b[key]));
        }
        (Value::Array(a), Value::Array(b)) => {
            for (shown, real) in a.iter().zip(b) {
                same_keys(shown, real);
            }
        }
        _ => {}
    }
}

#[test]
fn tables_and_examples_have_the_same_keys() {
    let (examples, tables) = (examples(), tables());
    let version = top(&examples["A version"][0]);
    for (heading, listed) in &tables {
        let shown = examples
            .get(heading)
            .unwrap_or_else(|| panic!("no example under '{heading}'"));
        let all: BTreeSet<String> = shown.iter().flat_map(keys).collect();
        for key in listed {
            let there = all.iter().any(|path| path == key || path.ends_with(&format!(".{key}")));
            assert!(there, "'{heading}' lists {key}, which no example of it has");
        }
        for key in shown.iter().flat_map(top) {
            let explained = listed.iter().any(|listed| listed.split('.').next() == Some(&key));
            assert!(
                explained || version.contains(&key),
                "'{heading}' does not explain {key}"
            );
        }
    }
    assert_eq!(version, tables["A version"], "these are all of its keys");
}

/// What the program prints where the page shows exactly that: the lineage of `docs/format.md`.
#[test]
fn the_examples_of_the_common_lineage_are_real() {
    let repo = TestRepo::usual();
    write_by_script(&repo);
    let examples = examples();
    for (heading, args) in [
        ("A version", &["show", "skill/pdf~1"][..]),
        ("`show VERSION`", &["show", "skill/pdf~1"]),
        ("`list`", &["list"]),
        ("`status`", &["status"]),
        ("`diff [A [B]]`", &["diff"]),
        ("`deploy`", &["show", "skill/pdf~2"]),
        ("`record`", &["record", "skill/pdf"]),
    ] {
        let shown = &examples[heading][0];
        let real = repo.lineage_json(args).remove(0);
        for (key, value) in shown.as_object().expect("an object") {
            // Whether it had to be recorded is the one thing that the script decides.
            if key != "recorded" {
                assert_eq!(&real[key], value, "{heading}: {key}");
            }
        }
    }
    let blamed = repo.lineage_json(&["blame", "skill/pdf", "forms.md"]);
    for shown in &examples["`blame VERSION [FILE]`"][..2] {
        assert!(blamed.contains(shown), "{shown}");
    }
    let failed = repo.lineage(&["--json", "record", "skill/pdff"]).assert_code(1);
    assert_eq!(examples["Errors"][0]["error"], failed.json_error());
}

#[test]
fn every_command_prints_the_keys_of_its_example() {
    let mut examples = examples();
    let (schemas, names) = (Schemas::load(), schema_of_headings());
    let mut compare = |heading: &str, real: &[Value]| {
        real.iter().for_each(|value| schemas.check(&names[heading], value));
        let shown = examples
            .remove(heading)
            .unwrap_or_else(|| panic!("the page has no '{heading}'"));
        assert!(!real.is_empty(), "{heading}");
        for value in real {
            let alike = shown.iter().find(|shown| top(shown) == top(value));
            same_keys(
                alike.unwrap_or_else(|| panic!("{heading} does not show {value}")),
                value,
            );
        }
        for value in &shown {
            assert!(
                real.iter().any(|real| top(real) == top(value)),
                "{heading}: nothing prints {value}"
            );
        }
    };
    let project = Project::new();
    let ask = |args: &[&str]| project.lineage_json(args);
    let planned = ask(&["deploy", SOURCE, PATH, "--dry-run"]);
    compare("`init`", &ask(&["init"]));
    compare("`deploy`", &[planned, ask(&["deploy", SOURCE, PATH])].concat());
    project.commit("Add the pdf skill");
    compare("`adopt`", &adopted());
    compare("`adopt --discover`", &discovered());
    compare("`find PATH --upstream SRC`", &found_upstream());
    project.upstream("SKILL.md", "# New\n");
    let mut synced = ask(&["sync"]);
    project.git(&["config", "-f", ".gitlineage", "--unset", "artifact.skill/pdf.upstream"]);
    synced.extend(project.lineage(&["--json", "sync"]).assert_code(1).json());
    compare("`sync`", &synced);
    project.edit("SKILL.md", "# Ours\n");
    compare("`record`", &[ask(&["record", "--dry-run"]), ask(&["record"])].concat());
    compare("`list`", &ask(&["list"]));
    compare("`status`", &ask(&["status"]));
    compare("`diff [A [B]]`", &ask(&["diff"]));
    compare(
        "`show VERSION`",
        &[ask(&["show", ID]), ask(&["show", "skill/pdf~1"])].concat(),
    );
    let version = ask(&["show", ID]).remove(0);
    let hash = |key: &str| version[key].as_str().expect("a hash").to_owned();
    let mut versions = ask(&["log"]);
    for args in [
        &["log", ID][..],
        &["log", "--all"],
        &["log", ID, "--graph"],
        &["graph"],
        &["graph", ID, "--all"],
        &["lineage", ID],
        &["lineage", ID, "--all-parents"],
        &["children", &hash("parent_hash")],
        &["find", &hash("content_hash")],
        &["find", PATH],
        &["merge-base", ID, "skill/pdf~1"],
        &["path", "skill/pdf~1", ID],
    ] {
        let answer = ask(args);
        assert!(!answer.is_empty(), "{args:?}");
        versions.extend(answer);
    }
    compare("A version", &versions);
    project.edit("latin-1.md", b"100% na\xefve\nASCII\n");
    project.record();
    compare("`blame VERSION [FILE]`", &ask(&["blame", ID, "latin-1.md"]));
    let gate = ["--json", "gate", "--max-local", "1", "--max-unknown", "0"];
    compare("`gate`", &project.lineage(&gate).assert_code(4).json());
    let mut sidecar = ask(&["index", "status"]);
    for args in [&["index", "rebuild"][..], &["index", "migrate", "--to", "1"]] {
        sidecar.extend(ask(args));
    }
    compare("`index status`, `index rebuild`, `index migrate`", &sidecar);
    compare(
        "`hooks install`, `hooks uninstall`",
        &[ask(&["hooks", "install"]), ask(&["hooks", "uninstall"])].concat(),
    );
    let at = "2026-01-01T00:00:00+00:00";
    project.write(
        project.sidecar().with_file_name("hooks.log"),
        format!("{at} post-commit failed why\n"),
    );
    compare("`hooks status`", &ask(&["hooks", "status"]));
    let failed = project.lineage(&["--json", "show", "no/such"]).assert_code(1);
    let error = failed.err_text().lines().last().map(serde_json::from_str);
    compare("Errors", &[error.expect("a line").expect("JSON")]);
    compare(
        "`find HASH|PATH --where`",
        &ask(&["find", &hash("parent_hash"), "--where"]),
    );
    let hub = hub();
    for (heading, answer) in hub {
        compare(heading, &answer);
    }
    compare("`sync --abort`", &aborted());
    let (fetched, pushed) = shared();
    compare("`fetch`", &fetched);
    compare("`push`", &pushed);
    compare("`mv`", &ask(&["mv", ID, "elsewhere"]));
    compare("`remove`", &ask(&["remove", ID]));
    compare("`undo`", &ask(&["undo"]));
    compare("`prune`", &pruned());
    compare("`forget`", &forgotten());
    compare("`setup`, `man --dir`", &ask(&["setup"]));
    compare("`demo`", &ask(&["demo", "--dir", "../demo"]));
    // Findings need damage, which is for the tests of `verify` to make.
    assert_eq!(
        examples.into_keys().collect::<Vec<_>>(),
        ["`verify`"],
        "shapes that nobody compares"
    );
}

/// What is printed when lineage is fetched and pushed.
fn shared() -> (Vec<Value>, Vec<Value>) {
    let project = Project::deployed();
    project.sibling("remote", &["--bare"]);
    project.git(&["remote", "add", "origin", "../remote"]);
    project.git(&["push", "--quiet", "origin", "main"]);
    project.git(&["branch", "topic"]);
    let pushed = project.lineage_json(&["push"]);
    let clone = project.folder("remote").clone_as("clone", &[]);
    (clone.lineage_json(&["fetch"]), pushed)
}

/// What is printed when something is adopted.
fn adopted() -> Vec<Value> {
    let project = Project::new();
    let planned = project.lineage_json(&["adopt", "README.md", "--dry-run"]);
    [planned, project.lineage_json(&["adopt", "README.md"])].concat()
}

/// What is printed of kept heads that are given up.
fn pruned() -> Vec<Value> {
    let project = Project::deployed();
    project.record_edit("notes.md", "One.\n");
    project.lineage_ok(&["undo"]);
    project.lineage_json(&["prune", "--expire", "2100-01-01"])
}

/// What is printed when something is forgotten that a remote has.
fn forgotten() -> Vec<Value> {
    let project = Project::deployed();
    let recorded = project.record_edit("notes.md", "One.\n");
    let version = crate::support::project::text(&recorded, "version_id");
    project.git(&["update-ref", "refs/lineage/remotes/origin/main/skill/pdf", version]);
    project.lineage_json(&["forget", version])
}

/// What is printed of where a copy comes from.
fn found_upstream() -> Vec<Value> {
    let repo = TestRepo::new();
    let upstream = repo.sibling("skills", &[]);
    upstream.write("skills/pdf/SKILL.md", "# PDF\n");
    upstream.commit("One");
    repo.write("copy/SKILL.md", "# PDF\n");
    repo.lineage_json(&["find", "copy", "--upstream", "../skills"])
}

/// What is printed of what there is to adopt.
fn discovered() -> Vec<Value> {
    let repo = TestRepo::new();
    repo.write("skills/pdf/SKILL.md", "# PDF\n");
    repo.commit("Copy");
    repo.lineage_json(&["adopt", "--discover"])
}

/// What is printed about a hub.
fn hub() -> Vec<(&'static str, Vec<Value>)> {
    let project = Project::deployed();
    let hub = project.folder("hub.git");
    let made = hub.lineage_json(&["hub", "init"]);
    let mut projects = hub.lineage_json(&["hub", "add", "../repo", "--name", "shop"]);
    hub.lineage_ok(&["hub", "add", "file:///nowhere/blog"]);
    let fetched = hub.lineage(&["--json", "hub", "fetch"]).assert_code(1).json();
    projects.extend(hub.lineage_json(&["hub", "list"]));
    projects.extend(hub.lineage_json(&["hub", "remove", "shop"]));
    vec![
        ("`hub init`", made),
        ("`hub add`, `hub list`, `hub remove`", projects),
        ("`hub fetch`", fetched),
    ]
}

/// What is printed when a conflict is taken back.
fn aborted() -> Vec<Value> {
    let project = Project::deployed();
    project.edit("SKILL.md", "# Ours\n");
    project.upstream("SKILL.md", "# Theirs\n");
    project.lineage(&["sync"]).assert_code(3);
    project.lineage_json(&["sync", "--abort"])
}

#[test]
fn every_command_has_its_place_on_the_page() {
    let text = page("docs/json.md");
    for name in TestRepo::new().commands() {
        let heading = |line: &str| line.starts_with("###") && line.contains(&format!("`{name}"));
        assert!(text.lines().any(heading), "no section of docs/json.md is about {name}");
    }
}
