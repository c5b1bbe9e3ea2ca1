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
