//! Branches that have synced, merged.

use super::tell;

#[test]
fn both_synced_the_same() {
    tell("both-synced-the-same", |story| {
        story.git(&["branch", "topic"]);
        story.edited("C1", 3, "three");
        story.synced("S1", 10, "ten", "merged");
        story.switch(&["topic"]);
        story.edited("T1", 7, "seven");
        story.sync("merged");
        story.commit("T2");
        story.switch(&["main"]);
        story.git(&["merge", "--quiet", "-m", "M", "topic"]);
        story.named("M", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 7, 10].map(|number| story.line(number)), ["three", "seven", "ten"]);
    });
}

#[test]
fn one_synced_further() {
    tell("one-synced-further", |story| {
        story.git(&["branch", "topic"]);
        story.synced("S1", 10, "ten", "fast_forward");
        story.switch(&["topic"]);
        story.sync("fast_forward");
        story.commit("T1");
        story.synced("T2", 15, "fifteen", "fast_forward");
        story.edited("T3", 3, "three");
        story.switch(&["main"]);
        story.git_stops(&["merge", "--quiet", "-m", "M", "topic"]);
        story.project.lineage_ok(&["record"]);
        story.commit("M");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(
            [3, 10, 15].map(|number| story.line(number)),
            ["three", "ten", "fifteen"]
        );
    });
}

#[test]
fn both_synced_different() {
    tell("both-synced-different", |story| {
        story.git(&["branch", "topic"]);
        story.synced("S1", 10, "ten", "fast_forward");
        story.switch(&["topic"]);
        story.synced("T1", 15, "fifteen", "fast_forward");
        story.edited("T2", 3, "three");
        story.switch(&["main"]);
        story.git_stops(&["merge", "--quiet", "-m", "M", "topic"]);
        story.record("m");
        story.commit("M");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(
            [3, 10, 15].map(|number| story.line(number)),
            ["three", "ten", "fifteen"]
        );
    });
}

#[test]
fn conflict_ended_by_a_commit() {
    tell("conflict-ended-by-a-commit", |story| {
        story.switch(&["-c", "topic"]);
        story.synced("T1", 10, "ten", "fast_forward");
        story.switch(&["main"]);
        story.edited("C1", 3, "three");
        story.edit(10, "zehn");
        story.record("h");
        story.git(&["commit", "--quiet", "--all", "--message", "C2"]);
        story.named("C2", "HEAD");
        story.sync("conflict");
        story.project.git(&["checkout", "--quiet", "--ours", "."]);
        story.edit(10, "ten of both");
        // What settles it is made now, by whoever notices: a hook, or the next command.
        let at = "1767300000 +0000";
        let commit = ["commit", "--quiet", "--all", "--message", "S1"];
        story.project.call().at(at).git(&commit);
        story.named("S1", "HEAD");
        story.project.call().at(at).lineage_ok(&["record"]);
        story.publish();
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 10].map(|number| story.line(number)), ["three", "ten of both"]);
    });
}
