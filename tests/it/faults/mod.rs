//! What goes wrong around a command, without anybody being killed: a disk with no room, a repository that may only be read,
//! objects that are missing or cut short, clocks that go backwards, a git that is missing or too old, readers that go away.
//!
//! In each case the error names what and where, nothing is lost, no answer is wrong, and the next command works once the
//! fault is gone. That a single call fails is in `crash/errors.rs`, concurrency in `races`.

mod clocks;
mod disk;
mod git_program;
mod interrupts;
mod objects;
mod rights;

use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, Project, text};

/// Three versions of `skill/pdf`, something new upstream, and an edit that is not recorded.
#[track_caller]
fn world() -> Project {
    let project = Project::deployed();
    project.record_edit("SKILL.md", "one\n");
    project.record_edit("added/file.md", "two\n");
    project.commit("Edit");
    project.upstream("new.md", "theirs\n");
    project.edit("SKILL.md", "not recorded\n");
    project
}

/// Questions that between them read everything.
const QUESTIONS: [&[&str]; 7] = [
    &["status"],
    &["log", "--all"],
    &["show", ID],
    &["lineage", ID],
    &["merge-base", ID, "skill/pdf~2"],
    &["blame", ID, "SKILL.md"],
    &["diff", ID],
];

/// What is answered to a question: the exit code, and what was printed.
type Answer = (i32, String);

#[track_caller]
fn answers(repo: &TestRepo) -> Vec<Answer> {
    let ask = |question: &&[&str]| {
        let args: Vec<&str> = ["--json"].iter().chain(*question).copied().collect();
        let output = repo.call().within(60).lineage(&args);
        (output.code, output.text().to_owned())
    };
    QUESTIONS.iter().map(ask).collect()
}

/// A command fails with this code, a message that holds all of `words`, and changes no ref, file or index entry.
#[track_caller]
fn refuses(project: &Project, call: impl FnOnce(&TestRepo) -> crate::support::Output, code: &str, words: &[&str]) {
    let before = project.all_but_objects();
    let head = project.rev_parse(HEAD_REF);
    let output = call(project);
    assert_eq!(output.code, 1, "{output}");
    let error = output.json_error();
    assert_eq!(error["code"], code, "{output}");
    for word in words {
        assert!(text(&error, "message").contains(word), "{word}: {output}");
    }
    assert_eq!(project.rev_parse(HEAD_REF), head);
    before.assert_same(&project.all_but_objects());
}

/// All is as if nothing had been: what was asked for can be done, and git and `verify` find nothing.
#[track_caller]
fn works_again(project: &Project) {
    assert_eq!(project.lineage_json(&["record", ID])[0]["recorded"], true);
    project.lineage_ok(&["sync"]);
    project.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
    project.lineage_ok(&["verify"]);
}
