//! The tour of the README, typed by a stranger; and its example of the library.

use std::path::Path;

use super::{blocks, page, sessions};
use crate::support::{Output, TestRepo};

/// A text without what differs from run to run: ids, and how long ago something was; spaces between columns count once.
pub(super) fn masked(text: &str) -> String {
    let is_id = |word: &str| word.len() == 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let line = |line: &str| -> String {
        let mut words: Vec<String> = Vec::new();
        for word in line.split_whitespace() {
            match (word, words.len()) {
                // '2 minutes ago', 'just now'
                ("ago", length @ 2..) => words.splice(length - 2.., ["AGO".to_owned()]).for_each(drop),
                ("now", length @ 1..) if words[length - 1] == "just" => "AGO".clone_into(&mut words[length - 1]),
                _ if is_id(word) => words.push("ID".to_owned()),
                _ => words.push(match word.rsplit_once('@') {
                    // An upstream's commit.
                    Some((upstream, id)) if is_id(id) => format!("{upstream}@ID"),
                    _ => word.to_owned(),
                }),
            }
        }
        words.join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// What a person sees: the answer, and what stands below it.
pub(super) fn seen(output: &Output) -> String {
    format!("{}{}", output.text(), output.err_text()).trim_end().to_owned()
}

#[test]
fn the_tour_shows_what_the_program_prints() {
    let readme = page("README.md");
    let repo = TestRepo::new();
    let skill = repo.beside("skills/sql-review");
    repo.copy(repo.fixture("skills/sql-review"), &skill);
    repo.copy(&skill, repo.beside("home/Downloads/sql-review-copy"));
    repo.write(repo.beside("edit"), "#!/bin/sh\necho '- Our own rule.' >>\"$1\"\n");
    repo.chmod(repo.beside("edit"), 0o755);
    let mut compared = 0;
    for (command, shown) in sessions("README.md") {
        if command.starts_with("git lineage sync") {
            // Upstream moves on.
            repo.write(skill.join("references/indexes.md"), "# Indexes\n\nNew.\n");
        }
        let call = repo
            .call()
            .env("EDITOR", repo.beside("edit"))
            .env("GIT_AUTHOR_NAME", "Ada");
        let output = call.sh(&command);
        if command.starts_with("git lineage") {
            assert_eq!(masked(&seen(&output)), masked(&shown), "{command}");
            compared += 1;
        }
    }
    assert_eq!(compared, 9);
    let lineage = repo.lineage_json(&["lineage", "skill/sql-review"]);
    assert_eq!(lineage.len(), 3);
    // 'It is all plain git underneath.'
    let log = "git log --graph refs/lineage/heads/main/skill/sql-review";
    assert!(readme.contains(log));
    assert_eq!(
        repo.call()
            .sh(log)
            .lines()
            .iter()
            .filter(|line| line.starts_with("* commit"))
            .count(),
        3
    );
    // 'Lineage is shared over the remotes that the project has.'
    repo.commit("Our own rule");
    let (push, fetch) = ("git lineage push", "git lineage fetch");
    assert!(readme.contains(push) && readme.contains(fetch));
    let bare = repo.sibling("origin.git", &["--bare"]);
    repo.git(&["remote", "add", "origin", &bare.path().to_string_lossy()]);
    repo.git(&["push", "--quiet", "origin", "main"]);
    repo.call().sh(push);
    let clone = bare.clone_as("clone", &[]);
    assert_eq!(clone.lineage(&["list"]).code, 1, "it was not fetched yet");
    clone.call().sh(fetch);
    assert_eq!(clone.lineage_json(&["lineage", "skill/sql-review"]), lineage);
}

/// The lines of this function's body stand in the README.
fn as_in_the_readme(directory: &Path) -> Result<Vec<String>, git_lineage::QueryError> {
    use git_lineage::LineageStore;
    let mut lines = Vec::new();
    macro_rules! println {
        ($($argument:tt)*) => { lines.push(format!($($argument)*)) };
    }
    let store = LineageStore::discover(directory)?;
    let head = store.resolve("skill/sql-review", None)?;
    for version in store.lineage(&head)? {
        println!(
            "{} {:?} {}",
            version.content_hash, version.change_origin, version.summary
        );
    }
    Ok(lines)
}

#[test]
fn the_example_of_the_library_does_what_it_says() {
    let without_spaces = |text: &str| text.split_whitespace().collect::<String>();
    let own = without_spaces(&include_str!("readme.rs").replace("(directory)?", "(\".\".as_ref())?"));
    let (_, code) = blocks(&page("README.md"), "rust").remove(0);
    let lines: Vec<String> = code
        .lines()
        .map(without_spaces)
        .filter(|line| !line.is_empty())
        .collect();
    assert!(lines.len() >= 5, "{code}");
    for line in lines {
        let line = line.trim_end_matches(");");
        assert!(own.contains(line), "not tried here: {line}");
    }
    let repo = TestRepo::new();
    repo.write("README.md", "x\n");
    repo.commit("Begin");
    repo.fixture("skills/sql-review");
    repo.lineage_ok(&["deploy", "../fixtures/skills/sql-review", ".claude/skills/sql-review"]);
    let lines = as_in_the_readme(repo.path()).expect("recorded");
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].ends_with(" Some(Deployment) Deploy skill/sql-review"),
        "{lines:?}"
    );
}
