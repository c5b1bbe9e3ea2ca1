//! Hooks that fail: git goes on and hears nothing, `status` tells, and it ends with the next success.

use git_lineage::{HookEvent, HookFailure, LineageStore, Timestamp};

use super::{commit_quietly, hooked, log_of, refs, without_program};
use crate::support::Output;
use crate::support::project::{ID, Project};

/// A ref that no lineage has.
const WRONG: &str = "refs/lineage/heads/main/skill/wrong";

/// `status`, and what it notes about hooks.
#[track_caller]
fn noted(project: &Project) -> (Output, Vec<String>) {
    let output = project.lineage(&["status"]).assert_code(0);
    let notes = output.err_text().lines().filter(|line| line.contains("hook"));
    let notes = notes.map(str::to_owned).collect();
    (output, notes)
}

/// A project whose last commit made the hook fail.
fn failed() -> Project {
    let project = hooked();
    project.git(&["update-ref", WRONG, "HEAD"]);
    project.edit("SKILL.md", "# one\n");
    commit_quietly(&project, "one");
    project.git(&["update-ref", "-d", WRONG]);
    project
}

#[test]
fn a_failure_is_told_by_status_until_a_hook_succeeds() {
    let project = failed();
    let (output, notes) = noted(&project);
    assert_eq!(notes.len(), 1, "{output}");
    let note = &notes[0];
    assert!(note.starts_with("note: the post-commit hook failed "), "{note}");
    assert!(
        note.contains("git lineage record") && note.contains("git lineage hooks status --clear"),
        "{note}"
    );
    assert!(note.contains(".git/lineage/hooks.log"), "{note}");
    let quiet = project.lineage(&["status", "-q"]).assert_code(0);
    assert!(quiet.stderr.is_empty(), "{quiet}");
    let before = refs(&project);
    project.edit("SKILL.md", "# two\n");
    commit_quietly(&project, "two");
    assert_ne!(refs(&project), before);
    assert!(noted(&project).1.is_empty(), "it works again");
    let log = String::from_utf8(project.read(log_of(&project))).expect("text");
    let words: Vec<&str> = log.lines().filter_map(|line| line.split(' ').nth(2)).collect();
    assert_eq!(words, ["failed", "ok"], "{log}");
    // Only the first success after a failure is worth a line.
    project.edit("SKILL.md", "# three\n");
    commit_quietly(&project, "three");
    assert_eq!(String::from_utf8(project.read(log_of(&project))).expect("text"), log);
}

#[test]
fn a_failure_can_be_forgotten() {
    let project = failed();
    assert_eq!(noted(&project).1.len(), 1);
    let checks = super::status(&project);
    assert!(
        checks[0]["failure"]["message"]
            .as_str()
            .is_some_and(|message| !message.is_empty()),
        "{checks:#?}"
    );
    assert!(checks[1]["failure"].is_null());
    project.lineage_ok(&["hooks", "status", "--clear"]);
    assert!(!log_of(&project).exists());
    assert!(noted(&project).1.is_empty());
    project.lineage_ok(&["hooks", "status", "--clear"]);
}

#[test]
fn what_was_missed_is_caught_up_by_the_next_hook() {
    let project = failed();
    project.write("other", "x\n");
    commit_quietly(&project, "touches nothing, but the one before is not known");
    let head = project.rev_parse("HEAD~1:.claude/skills/pdf");
    assert_eq!(project.show(ID)["content_hash"], head.as_str());
    assert!(refs(&project).contains(&project.rev_parse("refs/lineage/heads/main/skill/pdf")));
    assert!(noted(&project).1.is_empty());
}

#[test]
fn without_the_program_git_goes_on_and_says_nothing() {
    let project = hooked();
    let path = without_program(&project);
    project.edit("SKILL.md", "# one\n");
    for args in [
        &["commit", "--quiet", "-a", "-m", "one"][..],
        &["checkout", "--quiet", "-b", "side"],
        &["commit", "--quiet", "--amend", "--no-edit"],
        &["checkout", "--quiet", "main"],
        &["merge", "--quiet", "--ff-only", "main"],
    ] {
        let output = project.call().env("PATH", &path).git(args);
        assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output}");
    }
    assert!(!log_of(&project).exists());
}

#[test]
fn the_hook_command_never_fails_and_prints_nothing() {
    let project = hooked();
    let outside = project.folder("no-repository");
    project.git(&["update-ref", WRONG, "HEAD"]);
    project.edit("SKILL.md", "# one\n");
    project.git(&["add", "--all"]);
    project
        .call()
        .env("GIT_LINEAGE_HOOKS", "0")
        .git(&["commit", "--quiet", "-m", "one"]);
    for repo in [&outside, &*project] {
        for args in [
            &["hook", "post-commit"][..],
            &["hook", "post-checkout", "--", "-x", "1"],
            &["hook", "post-merge", "0"],
        ] {
            let output = repo.lineage(args).assert_code(0);
            assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output}");
        }
    }
    assert!(log_of(&project).exists(), "it did fail");
    // A log that cannot be written is nobody's loss either.
    project.remove(log_of(&project));
    project.write(log_of(&project).join("in-the-way"), "");
    let output = project.lineage(&["hook", "post-commit"]).assert_code(0);
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output}");
    assert_eq!(project.lineage(&["hook", "pre-commit"]).code, 2, "no event of ours");
}

#[test]
fn the_log_does_not_grow_beyond_its_bound_and_keeps_the_newest() {
    let project = Project::deployed();
    let store = LineageStore::open(project.path()).expect("a repository");
    let at = Timestamp {
        seconds: 1_767_225_600,
        offset: 3600,
    };
    let mut largest = 0;
    for n in 0..200 {
        let message = format!("{n}: {}\nand a line end {}", "words ".repeat(300), "more ".repeat(n));
        let error = std::io::Error::other(message);
        let failure = HookFailure::new(HookEvent::PostMerge, &error, at);
        store.log_hook_failure(&failure).expect("written");
        largest = largest.max(project.read(log_of(&project)).len());
    }
    assert!((32 * 1024..=64 * 1024).contains(&largest), "{largest}");
    let standing = store.hook_failure().expect("readable").expect("it failed");
    assert_eq!((standing.at, standing.event), (at, HookEvent::PostMerge));
    assert!(standing.message.starts_with("199: words "), "{}", standing.message);
    assert!(!standing.message.contains('\n'));
    let log = String::from_utf8(project.read(log_of(&project))).expect("text");
    assert!(
        log.lines()
            .all(|line| line.starts_with("2026-01-01T01:00:00+01:00 post-merge failed ")),
        "{log}"
    );
    assert!(store.clear_hook_log().expect("removed"));
    assert!(!store.clear_hook_log().expect("nothing there"));
    assert_eq!(store.hook_failure().expect("readable"), None);
}

#[test]
fn a_log_that_somebody_else_wrote_is_no_failure() {
    let project = Project::deployed();
    for text in [
        "",
        "\n",
        "x\n",
        "2026-01-01T00:00:00+00:00 post-commit ok\n",
        "2026-01-01T00:00:00+00:00 pre-commit failed x\n",
    ] {
        project.write(log_of(&project), text);
        assert!(noted(&project).1.is_empty(), "{text:?}");
    }
    project.write(
        log_of(&project),
        "2026-01-01T00:00:00+00:00 post-commit failed a \u{1b}[31mtrick\n",
    );
    let (output, notes) = noted(&project);
    assert_eq!(notes.len(), 1, "{output}");
    assert!(!notes[0].contains('\u{1b}'), "{notes:?}");
}
