//! The tour of the README, typed by a stranger; and its example of the library.

use std::path::Path;

use super::migrate::{online, project};
use super::{block, blocks, page, sessions};
use crate::support::project::{ID, PATH, Project, World, texts};
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

#[test]
fn many_artifacts_come_from_a_repository_at_once() {
    let project = project();
    let skills = project.folder("skills");
    skills.write("skills/docx/SKILL.md", "# Word\n");
    skills.commit("A second skill");
    let script = block("README.md", "git lineage deploy https://");
    let (deploy, syncs) = script.split_once('\n').expect("several lines");
    online(&project).sh(deploy);
    project.commit("Deploy");
    assert_eq!(
        texts(&project.lineage_json(&["list"]), "artifact_id"),
        ["skill/docx", "skill/pdf"]
    );
    skills.write("skills/docx/SKILL.md", "# Word, mended\n");
    skills.write("skills/new/SKILL.md", "# New\n");
    skills.commit("Go on");
    online(&project).sh(syncs);
    assert_eq!(project.read(".claude/skills/docx/SKILL.md"), b"# Word, mended\n");
    let (_, rest) = syncs.split_once('\n').expect("several lines");
    assert!(syncs.starts_with("git lineage sync --dry-run ") && rest.starts_with("git lineage sync "));
}

#[test]
fn a_conflict_is_resolved_or_given_up() {
    let project = Project::deployed();
    project.edit("references/forms.md", "# Forms\n\nOurs.\n");
    project.commit("Ours");
    project.upstream("references/forms.md", "# Forms\n\nTheirs.\n");
    let files = |project: &Project| World::of(project.path(), &[Path::new(".git")]);
    let before = files(&project);
    project.lineage(&["sync"]).assert_code(3);
    let script = block("README.md", "git mergetool");
    let (resolve, give_up) = script.split_once("git lineage sync --abort").expect("ways out");
    let other = project.twin();
    let tool = "cp \"$REMOTE\" \"$MERGED\"";
    let with_tool = project
        .call()
        .config("merge.tool", "theirs")
        .config("mergetool.theirs.cmd", tool)
        .config("mergetool.theirs.trustExitCode", "true");
    with_tool.sh(resolve);
    assert_eq!(
        project.read(format!("{PATH}/references/forms.md")),
        b"# Forms\n\nTheirs.\n"
    );
    assert_eq!(project.show(ID)["change_origin"], "sync");
    other.call().sh(&format!("git lineage sync --abort{give_up}"));
    before.assert_same(&files(&other));
    assert_eq!(other.git(&["status", "--porcelain"]).text(), "");
}

#[test]
fn what_was_copied_by_hand_is_adopted() {
    let project = project();
    project.write(".claude/skills/pdf/README.md", "# One\n");
    project.write(".claude/skills/own/SKILL.md", "# Ours\n");
    project.commit("Copy a skill");
    let other = project.twin();
    online(&project).sh(&block("README.md", "git lineage adopt --discover"));
    let listed = project.lineage_json(&["list"]);
    assert_eq!(texts(&listed, "artifact_id"), ["skill/own", "skill/pdf"]);
    online(&other).sh(&block("README.md", "git lineage adopt .claude/skills/pdf --upstream"));
    assert_eq!(other.lineage_json(&["list"])[0]["change_origin"], "deployment");
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
