//! Edits on branches, recorded or not.

use super::tell;

#[test]
fn edit_on_a_branch() {
    tell("edit-on-a-branch", |story| {
        story.switch(&["-c", "topic"]);
        story.edited("T1", 3, "three");
        story.edited("T2", 5, "five");
        story.switch(&["main"]);
        story.project.write("README.md", "Changed\n");
        story.commit("C1");
        story.check();
        story.check_next_sync("fast_forward");
        assert_eq!(story.line(3), "3");
    });
}

#[test]
fn switch_back_and_edit() {
    tell("switch-back-and-edit", |story| {
        story.switch(&["-c", "topic"]);
        story.edited("T1", 3, "three");
        story.switch(&["main"]);
        story.edited("C1", 7, "seven");
        story.switch(&["topic"]);
        story.edited("T2", 3, "drei");
        story.switch(&["main"]);
        story.check();
        story.check_next_sync("merged");
        assert_eq!([story.line(3), story.line(7)], ["3", "seven"]);
    });
}

#[test]
fn record_then_commit_more() {
    tell("record-then-commit-more", |story| {
        story.edit(3, "three");
        story.record("h1");
        story.edit(3, "drei");
        story.record("h2");
        story.edited("C1", 3, "trois");
        story.edit(5, "five");
        story.record("h3");
        story.commit("C2");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([story.line(3), story.line(5)], ["trois", "five"]);
    });
}

#[test]
fn there_and_back_on_two_branches() {
    tell("there-and-back-on-two-branches", |story| {
        story.edited("C1", 3, "three");
        story.edited("C2", 3, "3");
        story.git(&["branch", "topic", "HEAD~2"]);
        story.switch(&["topic"]);
        story.edited("T1", 3, "three");
        story.edited("T2", 3, "3");
        story.switch(&["main"]);
        story.git(&["merge", "--quiet", "-m", "M", "topic"]);
        story.named("M", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(story.line(3), "3");
    });
}

#[test]
fn hooks_off_for_a_while() {
    tell("hooks-off-for-a-while", |story| {
        for number in 1..=10 {
            story.edited(&format!("C{number}"), 3, &format!("three {number}"));
        }
        story.git(&["branch", "topic", "HEAD~5"]);
        story.switch(&["topic"]);
        for number in 1..=10 {
            story.edited(&format!("T{number}"), 9, &format!("nine {number}"));
        }
        story.switch(&["main"]);
        story.git(&["merge", "--quiet", "-m", "M1", "topic~5"]);
        story.named("M1", "HEAD");
        story.git(&["merge", "--quiet", "-m", "M2", "topic"]);
        story.named("M2", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([story.line(3), story.line(9)], ["three 10", "nine 10"]);
    });
}
