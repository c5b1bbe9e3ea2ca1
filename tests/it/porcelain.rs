//! Lines for scripts: as docs/porcelain.md says, and the same as JSON says it.

use serde_json::Value;

use crate::docs::block;
use crate::support::project::{ID, PATH, Project};
use crate::support::terminal::on_a_terminal;
use crate::support::{Call, Output};

/// The records of an answer, in fields.
#[track_caller]
fn records(output: &Output, end: char) -> Vec<Vec<String>> {
    let text = output.text();
    assert!(text.is_empty() || text.ends_with(end), "{output}");
    let records = text.split_terminator(end);
    records
        .map(|record| record.split('\t').map(str::to_owned).collect())
        .collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

/// What the records of `list` say, from its JSON.
fn listed(json: &[Value]) -> Vec<Vec<String>> {
    let keys = [
        "artifact_id",
        "version_id",
        "content_hash",
        "change_origin",
        "created_at",
        "line",
        "baseline",
        "path",
    ];
    json.iter()
        .map(|line| keys.map(|key| text(&line[key])).to_vec())
        .collect()
}

/// The same for `status`.
fn stated(json: &[Value]) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    for line in json {
        let id = text(&line["artifact_id"]);
        let recorded = if line["recorded"] == true {
            "recorded"
        } else {
            "unrecorded"
        };
        records.push(vec![
            "artifact".to_owned(),
            id.clone(),
            text(&line["state"]),
            recorded.to_owned(),
            text(&line["version_id"]),
            text(&line["baseline"]),
            text(&line["summary"]["local_changes"]),
            text(&line["summary"]["upstream_changes"]),
            text(&line["summary"]["conflicts"]),
            text(&line["line"]),
            text(&line["path"]),
        ]);
        for file in line["files"].as_array().expect("a list") {
            let letter = match file["status"].as_str().expect("a text") {
                "added" => "A",
                "modified" => "M",
                "deleted" => "D",
                _ => ".",
            };
            let path = text(&file["path"]);
            let unmerged = if file["unmerged"] == true { "U" } else { "." };
            records.push(vec![
                "file".to_owned(),
                id.clone(),
                letter.to_owned(),
                text(&file["change_origin"]),
                unmerged.to_owned(),
                path,
            ]);
        }
    }
    records
}

/// Compares lines, NUL and JSON.
#[track_caller]
fn compare(project: &Project) {
    let call = |args: &[&str]| project.lineage_ok(args);
    let (lines, nul) = (call(&["list", "--porcelain"]), call(&["list", "-z"]));
    let expected = listed(&project.lineage_json(&["list"]));
    assert_eq!(records(&lines, '\n'), expected);
    assert_eq!(records(&nul, '\0'), expected);
    for more in [&["status"][..], &["status", "--unchanged"], &["status", ID]] {
        let with = |option: &'static str| call(&[more, &[option]].concat());
        let expected = stated(&project.lineage_json(more));
        assert_eq!(records(&with("--porcelain"), '\n'), expected);
        assert_eq!(records(&with("-z"), '\0'), expected);
        assert_eq!(call(&[more, &["--porcelain", "-z"]].concat()).stdout, with("-z").stdout);
    }
}

#[test]
fn it_says_what_json_says() {
    let project = Project::deployed();
    project.make_upstream("two words");
    project.lineage_ok(&["deploy", "../upstream/skills/two words", ".claude/skills/two words"]);
    project.commit("Add another");
    compare(&project);
    project.edit("SKILL.md", "# Ours\n");
    project.edit("added.md", "x\n");
    project.remove(format!("{PATH}/scripts"));
    project.upstream("references/forms.md", "# Forms\n\nTwo.\n");
    compare(&project);
    project.upstream("SKILL.md", "# Theirs\n");
    project.lineage(&["sync", ID]).assert_code(3);
    compare(&project);
    let status = records(&project.lineage_ok(&["status", "--porcelain", ID]), '\n');
    assert_eq!(status[0][2], "conflicted", "{status:?}");
    assert!(
        status
            .iter()
            .any(|record| record[0] == "file" && record[4] == "U" && record[5] == "SKILL.md"),
        "{status:?}"
    );
    project.lineage_ok(&["sync", "--abort"]);
    project.git(&["checkout", "--quiet", "--force", "--detach"]);
    compare(&project);
}

#[test]
fn names_that_are_hard_are_quoted_as_git_does() {
    let project = Project::deployed();
    let names = [
        "tab\there",
        "line\nend",
        "quo\"te",
        "back\\slash",
        "발布",
        "plain space",
    ];
    for name in names {
        project.edit(name, "x\n");
    }
    project.git(&["add", "--intent-to-add", "."]);
    let git = project.git(&["-c", "core.quotePath=false", "ls-files", "--", PATH]);
    let shown = project.lineage_ok(&["status", "--porcelain", ID]);
    let found: Vec<&str> = shown
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("file\t"))
        .collect();
    assert_eq!(found.len(), names.len(), "{shown}");
    for record in found {
        let path = record.split('\t').nth(4).expect("a path");
        // Ours is relative to the artifact.
        let from_root = match path.strip_prefix('"') {
            Some(rest) => format!("\"{PATH}/{rest}"),
            None => format!("{PATH}/{path}"),
        };
        assert!(git.lines().contains(&from_root), "{from_root} in {git}");
    }
    let nul = project.lineage_ok(&["status", "-z", ID]);
    for name in names {
        let end = format!("\t{name}\0");
        assert!(nul.text().contains(&end), "{name:?} in {nul}");
    }
}

#[test]
fn nothing_but_the_records_comes() {
    let project = Project::deployed();
    let plain = project.lineage_ok(&["list", "--porcelain"]);
    fn loud(call: Call<'_>) -> Call<'_> {
        call.config("color.ui", "always")
            .config("pager.lineage", "true")
            .env("GIT_PAGER", "sed s/^/paged:/")
            .env("CLICOLOR_FORCE", "1")
    }
    assert_eq!(
        loud(project.call())
            .lineage(&["list", "--porcelain", "--color", "always"])
            .stdout,
        plain.stdout
    );
    if let Some(output) = on_a_terminal(loud(project.call()), "git-lineage list --porcelain") {
        assert_eq!(output.text(), plain.text());
    }
    let empty = project.folder("empty");
    empty.git(&["init", "--quiet"]);
    for command in ["list", "status"] {
        let output = empty.lineage(&[command, "--porcelain"]).assert_code(0);
        assert_eq!(output.text(), "", "{output}");
        for option in ["--porcelain", "-z"] {
            project.lineage(&[command, option, "--json"]).assert_code(2);
        }
    }
    project.edit("SKILL.md", "# Ours\n");
    project
        .lineage(&["status", "--porcelain", "--exit-code"])
        .assert_code(4);
}

/// The loops of the page, in a real shell.
#[test]
fn the_examples_of_the_page_work() {
    let project = Project::deployed();
    project.edit("SKILL.md", "# Ours\n");
    let example = block("docs/porcelain.md", "# The ids of what has unrecorded edits");
    project.write("example.bash", example);
    let output = project.call().sh("bash example.bash");
    assert_eq!(output.text(), format!("{ID}\n{ID} is at {PATH}\n"), "{output}");
}
