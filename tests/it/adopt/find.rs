//! `find PATH --upstream`: where in an upstream's history a copy comes from.

use serde_json::{Value, json};

use crate::support::TestRepo;
use crate::support::project::{one, text, texts};

/// A project without anything in it, and an upstream of two skills with three states of one.
fn upstream() -> (TestRepo, TestRepo, Vec<String>) {
    let project = TestRepo::new();
    project.write("README.md", "# Project\n");
    project.commit("Begin");
    let upstream = project.sibling("skills", &[]);
    let mut commits = Vec::new();
    for (number, lines) in [(1, "a\nb\nc\n"), (2, "a\nB\nc\nd\n"), (3, "A\nB\nc\nd\ne\n")] {
        upstream.write("skills/pdf/SKILL.md", "# PDF\n");
        upstream.write("skills/pdf/lines.txt", lines);
        upstream.write("skills/docx/SKILL.md", "# DOCX\n");
        commits.push(upstream.commit(&format!("{number}")));
        upstream.write("README.md", format!("{number}\n"));
        commits.push(upstream.commit("Something else"));
    }
    (project, upstream, commits)
}

#[track_caller]
fn find(project: &TestRepo, args: &[&str]) -> Vec<Value> {
    let before = project.git(&["count-objects", "-v"]).text().to_owned();
    let args = [["find"].as_slice(), args, &["--upstream", "../skills"]].concat();
    let found = project.lineage_json(&args);
    assert_eq!(
        project.git(&["count-objects", "-v"]).text(),
        before,
        "nothing enters the project"
    );
    found
}

#[test]
fn an_exact_copy_is_found_wherever_it_was() {
    let (project, upstream, commits) = upstream();
    project.write("copy/SKILL.md", "# PDF\n");
    project.write("copy/lines.txt", "a\nB\nc\nd\n");
    for from in [[].as_slice(), &["--from", "skills/pdf"]] {
        let found = one(find(&project, &[["copy"].as_slice(), from].concat()));
        let expected = json!({
            "upstream": {"url": "../skills", "path": "skills/pdf", "ref": "main", "commit": commits[2]},
            "oldest_commit": commits[2], "newest_commit": commits[3],
            "exact": true, "differing_files": 0, "added_lines": 0, "deleted_lines": 0,
        });
        assert_eq!(found, expected);
    }
    let said = project.lineage_ok(&["find", "copy", "--upstream", "../skills"]);
    assert_eq!(
        said.text(),
        format!(
            "it is skills/pdf of ../skills@{} (main), until {}\n",
            &commits[2][..7],
            &commits[3][..7]
        )
    );
    // Moved since: the path it had then.
    upstream.git(&["mv", "skills", "all"]);
    upstream.commit("Move");
    let found = one(find(&project, &["copy", "--from", "all/pdf"]));
    assert_eq!(
        (&found["upstream"]["path"], &found["exact"]),
        (&json!("skills/pdf"), &json!(true))
    );
    // A single file under another name, and one that is at two places.
    project.write("renamed.md", "# DOCX\n");
    upstream.write("again/copy.md", "# DOCX\n");
    upstream.commit("Twice");
    let found = find(&project, &["renamed.md"]);
    let paths: Vec<&str> = found.iter().map(|one| text(&one["upstream"], "path")).collect();
    assert_eq!(
        paths,
        ["again/copy.md", "skills/docx/SKILL.md"],
        "all/docx is the same place"
    );
    assert_eq!(texts(&found, "newest_commit"), vec![upstream.head(); 2]);
}

#[test]
fn an_edited_copy_is_nearest_to_the_state_it_was_made_of() {
    let (project, upstream, commits) = upstream();
    project.write("my-pdf/SKILL.md", "# PDF\n");
    project.write("my-pdf/lines.txt", "a\nB\nc\nd\nours\n");
    project.write("my-pdf/ours.md", "1\n2\n");
    for from in [[].as_slice(), &["--from", "skills/pdf"]] {
        let found = one(find(&project, &[["my-pdf"].as_slice(), from].concat()));
        assert_eq!(
            (&found["exact"], &found["upstream"]["commit"]),
            (&json!(false), &json!(commits[2]))
        );
        let numbers = ["differing_files", "added_lines", "deleted_lines"].map(|key| found[key].as_u64().expect(key));
        assert_eq!(numbers, [2, 3, 0]);
        // As git counts it.
        let theirs = upstream.folder("theirs");
        for file in ["SKILL.md", "lines.txt"] {
            let data = upstream
                .git(&["show", &format!("{}:skills/pdf/{file}", commits[2])])
                .stdout;
            theirs.write(file, data);
        }
        let counted = project
            .call()
            .git_any(&["diff", "--no-index", "--numstat", "../theirs", "my-pdf"]);
        let sums = counted.lines().iter().fold([0, 0, 0], |[files, added, deleted], line| {
            let mut numbers = line.split('\t').map(|number| number.parse::<u64>().unwrap_or(0));
            let mut next = || numbers.next().expect("a number");
            [files + 1, added + next(), deleted + next()]
        });
        assert_eq!(sums, numbers);
    }
    let said = project.lineage_ok(&["find", "my-pdf", "--upstream", "../skills"]);
    assert!(said.text().contains("2 files differ, +3 -0 lines"), "{said}");
    // A single file.
    project.write("lines.txt", "a\nb\nc\nours\n");
    let found = one(find(&project, &["lines.txt"]));
    assert_eq!(
        (&found["upstream"]["commit"], &found["added_lines"]),
        (&json!(commits[0]), &json!(1))
    );
}

#[test]
fn what_was_never_there_has_no_place() {
    let (project, _, _) = upstream();
    project.write("other/main.rs", "fn main() {}\n");
    assert!(find(&project, &["other"]).is_empty());
    assert!(find(&project, &["other", "--from", "nowhere"]).is_empty());
    project.folder("plain").write("SKILL.md", "# PDF\n");
    let failed = project
        .lineage(&["--json", "find", "other", "--upstream", "../plain"])
        .assert_code(1);
    assert_eq!(failed.json_error()["code"], "no_history");
    let failed = project
        .lineage(&["--json", "find", "nothing", "--upstream", "../skills"])
        .assert_code(1);
    assert!(failed.stdout.is_empty());
}

#[test]
fn files_decide_however_deep_they_are() {
    let (project, upstream, _) = upstream();
    for plugin in ["a", "b", "c"] {
        upstream.write(format!("plugins/{plugin}/agents/{plugin}.md"), format!("# {plugin}\n"));
        upstream.write(format!("plugins/{plugin}/commands/run.md"), format!("Run {plugin}\n"));
    }
    let commit = upstream.commit("Plugins");
    project.write("mine/agents/b.md", "# b\n");
    project.write("mine/commands/run.md", "Run b\nours\n");
    let found = one(find(&project, &["mine"]));
    assert_eq!(
        (&found["upstream"]["path"], &found["upstream"]["commit"]),
        (&json!("plugins/b"), &json!(commit))
    );
    assert_eq!(
        (&found["differing_files"], &found["added_lines"]),
        (&json!(1), &json!(1))
    );
}
