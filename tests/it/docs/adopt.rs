//! `docs/adopt.md`: what adopting prints, on histories such as the page tells of.

use super::graph::numbered;
use super::readme::seen;
use super::sessions;
use crate::support::TestRepo;

const FILE: &str = ".claude/skills/pdf/SKILL.md";

/// Six states of upstream's, of which each has a line more than the one before.
fn upstream(project: &TestRepo) -> TestRepo {
    let skills = project.sibling("skills", &["--initial-branch=main"]);
    for state in 1..=6 {
        skills.write("skills/pdf/SKILL.md", lines(state));
        skills.commit("Write");
        skills.write("README.md", lines(state));
        skills.commit("Write about it");
    }
    skills
}

/// As many lines as there were states.
fn lines(count: usize) -> String {
    (1..=count).map(|line| format!("Line {line}.\n")).collect()
}

/// Commits a state of the copy in the project.
fn copy(project: &TestRepo, text: &str) {
    project.write(FILE, text);
    project.commit("Copy");
}

#[test]
fn the_sessions_of_adopting_are_what_the_program_prints() {
    let by_hand = TestRepo::new();
    let skills = upstream(&by_hand);
    (1..=12).for_each(|state| copy(&by_hand, &lines(state)));
    let from_upstream = by_hand.sibling("from-upstream", &["--initial-branch=main"]);
    (1..=6).for_each(|state| copy(&from_upstream, &lines(state)));
    (1..=8).for_each(|edit| copy(&from_upstream, &format!("{}Ours, {edit}.\n", lines(6))));
    let edited = by_hand.sibling("edited", &["--initial-branch=main"]);
    copy(&edited, &format!("{}Ours 1.\nOurs 2.\nOurs 3.\nOurs 4.\n", lines(5)));
    let address = format!("url.{}.insteadOf", skills.path().display());
    let sessions = sessions("docs/adopt.md");
    for (command, shown) in &sessions {
        let project = match command {
            command if command.starts_with("git lineage find") => &edited,
            command if command.contains("--upstream") => &from_upstream,
            _ => &by_hand,
        };
        let call = project.call().config(&address, "https://github.com/anthropics/skills");
        assert_eq!(numbered(&seen(&call.sh(command))), numbered(shown), "{command}");
    }
    assert_eq!(sessions.len(), 3);
}
