//! `git lineage blame` as people and programs meet it.

use git_lineage::ChangeOrigin;
use serde_json::{Value, json};

use super::oracle::version_of_tree;
use crate::support::project::{ID, PATH, Project, text};

/// A project whose `references/forms.md` has lines of a deployment, a sync and a record.
fn mixed() -> (Project, [String; 3]) {
    let project = Project::deployed();
    let deployed = text(&project.show(ID), "version_id").to_owned();
    project.upstream("references/forms.md", "# Forms\n\nOne.\nTwo.\n");
    let synced = text(&project.sync(), "version_id").to_owned();
    let recorded = project.record_edit("references/forms.md", "# Forms\n\nOne.\nOur \u{1b}[31m.\nTwo.\n");
    let recorded = text(&recorded, "version_id").to_owned();
    (project, [deployed, synced, recorded])
}

const FILE: &str = "references/forms.md";

#[test]
fn one_json_object_for_each_line() {
    let (project, [deployed, synced, recorded]) = mixed();
    let line = |line_no, version_id: &str, origin, text| json!({"line_no": line_no, "version_id": version_id, "change_origin": origin, "resolution": false, "text": text});
    let expected = [
        line(1, &deployed, "deployment", "# Forms"),
        line(2, &deployed, "deployment", ""),
        line(3, &deployed, "deployment", "One."),
        line(4, &recorded, "local_modification", "Our \u{1b}[31m."),
        line(5, &synced, "sync", "Two."),
    ];
    assert_eq!(project.lineage_json(&["blame", ID, FILE]), expected);
    // Edits that are not recorded are not shown.
    project.edit(FILE, "something else\n");
    assert_eq!(project.lineage_json(&["blame", ID, FILE]), expected);
    for version in ["skill/pdf@main", recorded.as_str(), &recorded[..7]] {
        assert_eq!(project.lineage_json(&["blame", version, FILE]), expected, "{version}");
    }
    let before = project.lineage_json(&["blame", "skill/pdf~1", FILE]);
    assert_eq!(before[..3], expected[..3]);
    assert_eq!(before[3..], [line(4, &synced, "sync", "Two.")]);
}

#[test]
fn columns_for_people() {
    let (project, [deployed, synced, recorded]) = mixed();
    let [deployed, synced, recorded] = [deployed, synced, recorded].map(|id| id[..7].to_owned());
    let shown = project.lineage_ok(&["blame", ID, FILE]);
    let expected = format!(
        "\
{deployed}  deployment          2026-01-01  Ada Author  1  # Forms
{deployed}  deployment          2026-01-01  Ada Author  2
{deployed}  deployment          2026-01-01  Ada Author  3  One.
{recorded}  local_modification  2026-01-01  Ada Author  4  Our \\x1b[31m.
{synced}  sync                2026-01-01  Ada Author  5  Two.
"
    );
    assert_eq!(shown.text(), expected);
    assert_eq!(shown.err_text(), "");
    let coloured = project.lineage_ok(&["blame", "--color", "always", ID, FILE]);
    let lines = coloured.lines();
    assert!(lines[4].contains("\u{1b}[34msync\u{1b}[0m"), "{coloured}");
    assert!(lines[3].contains("\u{1b}[33mlocal_modification\u{1b}[0m"), "{coloured}");
}

#[test]
fn a_merge_says_what_was_resolved() {
    let (project, [deployed, synced, recorded]) = mixed();
    let upstream = project.rev_parse(&format!("{synced}^{{tree}}"));
    let other = version_of_tree(&project, &upstream, &[&synced], Some(ChangeOrigin::Sync));
    project.edit(FILE, "# Forms\n\nOne.\nBoth.\n\tTwo.\r\n\u{feff}\u{202e}\n");
    project.git(&["add", PATH]);
    let tree = project.staged_tree(PATH);
    let merge = version_of_tree(&project, &tree, &[&recorded, &other], Some(ChangeOrigin::Sync));
    let shown = project.lineage_ok(&["blame", &merge, FILE]);
    let (deployed, short) = (&deployed[..7], &merge[..7]);
    let expected = format!(
        "\
{deployed}  deployment       2026-01-01  Ada Author  1  # Forms
{deployed}  deployment       2026-01-01  Ada Author  2
{deployed}  deployment       2026-01-01  Ada Author  3  One.
{short}  sync (resolved)  2026-01-01  Ada Author  4  Both.
{short}  sync (resolved)  2026-01-01  Ada Author  5  \tTwo.
{short}  sync (resolved)  2026-01-01  Ada Author  6  \\u{{feff}}\\u{{202e}}
"
    );
    assert_eq!(shown.text(), expected, "tabs stand, line ends do not");
    let json = project.lineage_json(&["blame", &merge, FILE]);
    let flags: Vec<&Value> = json.iter().map(|line| &line["resolution"]).collect();
    assert_eq!(flags, [false, false, false, true, true, true]);
    assert_eq!(json[4]["text"], "\tTwo.\r");
}

#[test]
fn text_that_is_not_utf8_says_so() {
    let project = Project::deployed();
    project.edit(FILE, b"100% \xff\n100%\n");
    project.record();
    let lines = project.lineage_json(&["blame", ID, FILE]);
    assert_eq!(lines[0]["text"], "100%25 %FF");
    assert_eq!(lines[0]["text_encoding"], "percent");
    assert_eq!(lines[1]["text"], "100%");
    assert_eq!(lines[1].get("text_encoding"), None);
    let shown = project.lineage_ok(&["blame", ID, FILE]);
    assert!(shown.lines()[0].ends_with("  100% \\xff"), "{shown}");
}

#[test]
fn the_one_file_of_an_artifact_need_not_be_named() {
    let project = Project::new();
    project.write(
        project.beside("upstream/agents/reviewer.md"),
        "# Reviewer\n\nBe kind.\n",
    );
    project.lineage_ok(&["deploy", "../upstream/agents/reviewer.md", ".claude/agents/reviewer.md"]);
    let named = project.lineage_json(&["blame", "agent/reviewer", "reviewer.md"]);
    assert_eq!(named.len(), 3);
    assert_eq!(project.lineage_json(&["blame", "agent/reviewer"]), named);
    // Elsewhere under another name: still the same lines.
    let old = text(&named[0], "version_id").to_owned();
    let blob = project.rev_parse(&format!("{old}:reviewer.md"));
    let tree = project
        .git_stdin(&["mktree"], format!("100644 blob {blob}\tcritic.md\n"))
        .trimmed();
    let before = project.rev_parse(&format!("{old}^{{tree}}"));
    let message = format!(
        "Move\n\nLineage-Format: 1\nArtifact-Id: agent/reviewer\nChange-Origin: local_modification\nParent-Hash: {before}\n"
    );
    let moved = project
        .git_stdin(&["commit-tree", &tree, "-p", &old], message)
        .trimmed();
    project.git(&["update-ref", "refs/lineage/heads/moved/agent/reviewer", &moved]);
    assert_eq!(project.lineage_json(&["blame", "agent/reviewer@moved"]), named);
    let failed = project.lineage(&["--json", "blame", "agent/reviewer@moved", "reviewer.md"]);
    assert_eq!(failed.assert_code(1).json_error()["code"], "no_such_file");
}

#[test]
fn an_empty_file_has_no_lines() {
    let project = Project::deployed();
    project.edit("empty.md", "");
    project.record();
    let shown = project.lineage_ok(&["blame", ID, "empty.md"]);
    assert_eq!((shown.text(), shown.err_text()), ("", "'empty.md' is empty\n"));
    assert!(project.lineage_json(&["blame", ID, "empty.md"]).is_empty());
}

#[test]
fn what_cannot_be_blamed_says_what_can() {
    let project = Project::deployed();
    project.edit("logo.png", b"\x89PNG\0\n");
    let version = text(&project.record(), "version_id")[..7].to_owned();
    let error = |args: &[&str]| {
        let mut all = vec!["--json", "blame"];
        all.extend(args);
        project.lineage(&all).assert_code(1).json_error()
    };
    let list = format!("git lineage show {version}   lists its files");
    for (typed, similar) in [
        ("SKIL.md", vec!["SKILL.md"]),
        ("fill.sh", vec!["scripts/fill.sh"]),
        (".claude/skills/pdf/references/forms.md", vec!["references/forms.md"]),
        ("references", vec!["references/forms.md"]),
        ("skill.md", vec!["SKILL.md"]),
        ("entirely/different", vec![]),
    ] {
        let mut hints: Vec<String> = similar.iter().map(|path| format!("did you mean '{path}'?")).collect();
        hints.push(list.clone());
        assert_eq!(
            error(&[ID, typed]),
            json!({"code": "no_such_file", "message": format!("there is no file '{typed}' in version {version}"), "hints": hints})
        );
    }
    assert_eq!(
        error(&[ID]),
        json!({"code": "which_file", "message": format!("version {version} has 4 files: which one is meant?"), "hints": [list]})
    );
    let binary = error(&[ID, "logo.png"]);
    assert_eq!(binary["code"], "binary_file");
    assert_eq!(
        binary["message"],
        format!("'logo.png' in version {version} is binary, it has no lines")
    );
    assert_eq!(error(&["skill/pdff", "SKILL.md"])["code"], "unknown_version");
    // Where the version is to be named, the place of the artifact.
    for place in [
        ".claude/skills/pdf",
        "./.claude/skills/pdf/",
        ".claude/skills/pdf/SKILL.md",
    ] {
        let hints = error(&[place])["hints"].clone();
        assert_eq!(hints[0], "did you mean 'skill/pdf'?", "{place}");
    }
    assert_eq!(
        error(&[".claude/skills/pdfs"])["hints"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(project.lineage(&["blame"]).code, 2);
}

#[test]
fn where_the_question_is_asked_changes_no_answer() {
    let (project, _) = mixed();
    project.commit("Edit");
    let expected = project.lineage_json(&["blame", ID, FILE]);
    let below = |folder: &str| project.call().cwd(folder).lineage_json(&["blame", ID, FILE]);
    assert_eq!(below(PATH), expected);
    assert_eq!(below(".git"), expected);
    let linked = project.worktree_add("linked", "side");
    assert_eq!(linked.lineage_json(&["blame", ID, FILE]), expected);
    let bare = project.clone_as("bare.git", &["--mirror"]);
    assert_eq!(bare.lineage_json(&["blame", ID, FILE]), expected);
    assert_eq!(bare.call().cwd("objects").lineage_json(&["blame", ID, FILE]), expected);
    project.git(&["config", "lineage.sidecar", "false"]);
    assert_eq!(project.lineage_json(&["blame", ID, FILE]), expected);
}
