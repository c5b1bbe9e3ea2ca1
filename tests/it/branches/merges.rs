//! Merges of every kind.

use super::{story::Story, tell};
use crate::support::project::ID;

/// Line 3 is edited on `topic` in T1, line `number` on main in C1.
fn both_edited(story: &Story, number: usize) {
    story.switch(&["-c", "topic"]);
    story.edited("T1", 3, "three");
    story.switch(&["main"]);
    story.edited("C1", number, "main");
}

#[test]
fn merge_clean() {
    tell("merge-clean", |story| {
        both_edited(story, 7);
        story.git(&["merge", "--quiet", "-m", "M", "topic"]);
        story.named("M", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([story.line(3), story.line(7)], ["three", "main"]);
    });
}

#[test]
fn merge_conflicted() {
    tell("merge-conflicted", |story| {
        both_edited(story, 3);
        story.git_stops(&["merge", "--quiet", "-m", "M", "topic"]);
        story.project.git(&["checkout", "--quiet", "--theirs", "."]);
        story.edited("M", 3, "three of both");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(story.line(3), "three of both");
    });
}

#[test]
fn record_in_the_middle_of_a_merge() {
    tell("record-in-the-middle-of-a-merge", |story| {
        both_edited(story, 3);
        story.git_stops(&["merge", "--quiet", "-m", "M", "topic"]);
        story.project.git(&["checkout", "--quiet", "--theirs", "."]);
        story.edit(3, "three of both");
        story.project.git(&["add", "--all"]);
        let recorded = story.record("r");
        let listed = story.project.show(ID);
        assert_eq!(
            listed["version_id"], recorded["version_id"],
            "it is the head before it is committed"
        );
        story.commit("M");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(story.line(3), "three of both");
    });
}

#[test]
fn merge_that_keeps_ours() {
    tell("merge-that-keeps-ours", |story| {
        both_edited(story, 7);
        story.git(&["merge", "--quiet", "-m", "M", "--strategy=ours", "topic"]);
        story.named("M", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([story.line(3), story.line(7)], ["3", "main"]);
    });
}

#[test]
fn merge_octopus() {
    tell("merge-octopus", |story| {
        for (branch, name, number) in [("a", "A1", 3), ("b", "B1", 7)] {
            story.switch(&["-c", branch, "main"]);
            story.edited(name, number, branch);
        }
        story.switch(&["main"]);
        story.edited("C1", 11, "main");
        story.git(&["merge", "--quiet", "-m", "M", "a", "b"]);
        story.named("M", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([story.line(3), story.line(7), story.line(11)], ["a", "b", "main"]);
    });
}

#[test]
fn merge_fast_forward() {
    tell("merge-fast-forward", |story| {
        story.switch(&["-c", "topic"]);
        story.edited("T1", 3, "three");
        story.edited("T2", 5, "five");
        story.switch(&["main"]);
        story.git(&["merge", "--quiet", "--ff-only", "topic"]);
        story.check();
        story.check_next_sync("merged");
        assert_eq!([story.line(3), story.line(5)], ["three", "five"]);
    });
}

#[test]
fn merge_squash() {
    tell("merge-squash", |story| {
        story.switch(&["-c", "topic"]);
        story.edited("T1", 3, "three");
        story.synced("T2", 10, "ten", "merged");
        story.switch(&["main"]);
        story.edited("C1", 7, "seven");
        story.git(&["merge", "--quiet", "--squash", "topic"]);
        story.commit("Q");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(
            [story.line(3), story.line(7), story.line(10)],
            ["three", "seven", "ten"]
        );
    });
}
