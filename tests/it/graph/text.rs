//! For a terminal.

use super::{HOSTILE, hostile, merged, spelled_out};
use crate::support::project::{ID, Project, text};

/// Ids of what `log --json` lists, abbreviated, newest first, and the one relative date that all have.
fn ids(project: &Project) -> (Vec<String>, String) {
    let versions = project.lineage_json(&["log", ID, "--all"]);
    let ids = versions
        .iter()
        .map(|version| text(version, "version_id")[..7].to_owned());
    let log = project.lineage_ok(&["log", ID, "-n", "1"]);
    let date = log
        .text()
        .split("  ")
        .map(str::trim)
        .find(|field| field.ends_with("ago"));
    (ids.collect(), date.unwrap_or_else(|| panic!("{log}")).to_owned())
}

#[test]
fn lanes_marks_words_and_names() {
    let project = merged();
    let (ids, ago) = ids(&project);
    let [merge, upstream, edit, root] = ids.try_into().expect("four versions");
    let expected = format!(
        "\
*   {merge}  sync                {ago}  Ada Author  Sync skill/pdf  ← head of main
|\\
| o {upstream}  sync                {ago}  Ada Author  Sync skill/pdf  ← baseline
* | {edit}  local_modification  {ago}  Ada Author  Edit skill/pdf
|/
o   {root}  deployment          {ago}  Ada Author  Deploy skill/pdf
"
    );
    let graph = project.lineage_ok(&["graph"]);
    assert_eq!(graph.text(), expected);
    assert_eq!(
        graph.err_text(),
        "o is upstream's content alone, * holds what was made here\n"
    );
    assert_eq!(project.lineage_ok(&["log", ID, "--graph"]).text(), expected);
    assert_eq!(project.lineage_ok(&["graph", ID, "--all"]).text(), expected);
    // Colour repeats what is there.
    let coloured = project.lineage_ok(&["graph", "--color", "always"]);
    assert!(coloured.text().starts_with("\u{1b}[33m*\u{1b}[0m   "), "{coloured}");
    assert!(
        coloured.text().contains("\u{1b}[33m|\u{1b}[0m \u{1b}[34mo\u{1b}[0m "),
        "{coloured}"
    );
    assert!(coloured.text().contains("\u{1b}[34msync\u{1b}[0m"), "{coloured}");
    assert!(coloured.text().contains("\u{1b}[36m← baseline\u{1b}[0m"), "{coloured}");
    let plain: String = strip(coloured.text());
    assert_eq!(plain, expected);
}

/// Without the escape sequences of colours.
fn strip(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

#[test]
fn versions_stand_where_git_puts_them() {
    let project = merged();
    project.git(&["checkout", "--quiet", "-b", "topic"]);
    project.commit("Sync");
    project.record_edit("SKILL.md", "# On the side\n");
    project.commit("On the side");
    project.git(&["checkout", "--quiet", "main"]);
    project.git(&["merge", "--quiet", "--ff-only", "topic~1"]);
    project.record_edit("references/own.md", "# Own\n");
    project.commit("Own");
    project.git(&["merge", "--quiet", "-m", "Merge", "topic"]);
    project.record();
    let shown = project.lineage_ok(&["log", ID, "--graph"]);
    let by_git = project.git(&[
        "log",
        "--graph",
        "--format=%h",
        "--abbrev=7",
        "refs/lineage/heads/main/skill/pdf",
    ]);
    // The same lanes, but for the marks and git's padding.
    let lanes = |text: &str| -> Vec<String> {
        let ids = |line: &str| line.split_whitespace().find(|word| word.len() == 7).map(str::to_owned);
        text.lines()
            .map(|line| match ids(line) {
                Some(id) => {
                    let lanes = line.split(&id).next().unwrap_or_default().trim_end();
                    format!("{} {id}", lanes.replace('o', "*"))
                }
                None => line.trim_end().to_owned(),
            })
            .collect()
    };
    assert_eq!(lanes(shown.text()), lanes(by_git.text()), "{shown}\n{by_git}");
    assert!(shown.lines().len() > 10, "{shown}");
    // On a branch where nothing was recorded there is no ref; its head is known all the same.
    project.git(&["checkout", "--quiet", "-b", "fresh"]);
    let graph = project.lineage_ok(&["graph"]);
    assert!(graph.lines()[0].ends_with("← head of fresh, head of main"), "{graph}");
    let elsewhere = project.lineage_ok(&["graph", "--line", "topic"]);
    assert!(elsewhere.lines()[0].ends_with("← head of topic"), "{elsewhere}");
}

#[test]
fn what_was_left_behind_and_what_is_elsewhere_have_names() {
    let project = Project::deployed();
    let kept = text(&project.record_edit("SKILL.md", "# Ours\n"), "version_id")[..7].to_owned();
    project.lineage_ok(&["undo"]);
    project.sibling("origin", &["--bare"]);
    project.git(&["remote", "add", "origin", "../origin"]);
    project.git(&["push", "--quiet", "origin", "main"]);
    project.lineage_ok(&["push"]);
    project.lineage_ok(&["fetch"]);
    let graph = project.lineage_ok(&["graph", ID, "--all"]);
    let lines = graph.lines();
    assert_eq!(lines.len(), 2, "{graph}");
    assert!(
        lines[0].starts_with(&format!("* {kept}")) && lines[0].ends_with("← kept"),
        "{graph}"
    );
    assert!(
        lines[1].starts_with("o ") && lines[1].ends_with("← head of main, head of origin/main, baseline"),
        "{graph}"
    );
    // Without --all only what the version contains.
    assert_eq!(project.lineage_ok(&["graph", ID]).lines().len(), 1);
}

#[test]
fn several_artifacts_stand_below_their_names() {
    let project = merged();
    project.make_upstream("two");
    project.lineage_ok(&["deploy", "../upstream/skills/two", ".claude/skills/two"]);
    let graph = project.lineage_ok(&["graph"]);
    let lines = graph.lines();
    let one: Vec<String> = project.lineage_ok(&["graph", ID]).lines();
    assert_eq!(lines[0], "skill/pdf");
    assert_eq!(lines[1..=one.len()], one);
    assert_eq!(lines[one.len() + 1], "");
    assert_eq!(lines[one.len() + 2], "skill/two");
    assert_eq!(lines.len(), one.len() + 4);
    let empty = Project::new();
    let nothing = empty.lineage_ok(&["graph"]);
    assert_eq!(nothing.text(), "");
    assert!(nothing.err_text().contains("git lineage deploy"), "{nothing}");
}

#[test]
fn each_version_is_one_line_whatever_it_says() {
    let project = hostile();
    let graph = project.lineage_ok(&["graph"]);
    assert_eq!(graph.lines().len(), HOSTILE.len() + 6, "{graph}");
    for summary in HOSTILE {
        assert!(graph.text().contains(&spelled_out(summary)), "{graph}");
    }
    assert!(!graph.text().contains(['\u{200b}', '\u{202e}']), "{graph}");
}

#[test]
fn where_a_clone_ends_is_said() {
    let project = merged();
    let merge = project.rev_parse("refs/lineage/heads/main/skill/pdf");
    let clone = project.sibling("shallow", &[]);
    let from = format!("file://{}", project.path().display());
    let refspec = "refs/lineage/heads/*:refs/lineage/remotes/origin/*";
    clone.git(&["fetch", "--quiet", "--depth=1", &from, refspec]);
    let graph = clone.lineage_ok(&["graph", &merge]);
    assert_eq!(graph.lines().len(), 1, "{graph}");
    assert!(
        graph
            .text()
            .ends_with("← head of origin/main, a parent is not in this clone\n"),
        "{graph}"
    );
    let page = clone.lineage_ok(&["graph", &merge, "--format", "html"]);
    assert!(
        page.text().contains("What it was made from is not in this clone."),
        "{page}"
    );
    for format in ["dot", "mermaid"] {
        let picture = clone.lineage_ok(&["graph", &merge, "--format", format]);
        assert!(
            picture.text().contains(&merge) && !picture.text().contains("->"),
            "{picture}"
        );
    }
}

#[test]
fn a_terminal_gets_no_longer_lines_than_it_has_room_for() {
    let project = merged();
    let summary = "a summary that is much too long for a narrow terminal, and goes on and on";
    project.edit("SKILL.md", "# Wide\n");
    project.lineage_ok(&["record", ID, "-m", summary]);
    let at = |columns: u32| {
        let inside = format!("stty rows 24 cols {columns} && git-lineage graph -q --color never");
        let script = format!("command -v script >/dev/null || exit 0; script -qec '{inside}' /dev/null </dev/null");
        let output = project.call().sh(&script);
        let lines = output.text().replace('\r', "");
        lines.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    if at(300).is_empty() {
        crate::support::skipped("no 'script' from util-linux, so there is no terminal to be narrow");
        return;
    }
    let wide = at(300);
    assert!(
        wide[0].contains(summary) && wide[0].ends_with("← head of main"),
        "{wide:#?}"
    );
    let narrow = at(100);
    assert_eq!(narrow.len(), wide.len());
    assert!(narrow.iter().all(|line| line.chars().count() <= 100), "{narrow:#?}");
    assert!(narrow[0].ends_with("…  ← head of main"), "{narrow:#?}");
}
