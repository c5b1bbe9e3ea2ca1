//! What is taken back: revert, reset, stash.

use super::tell;

#[test]
fn revert_of_a_sync() {
    tell("revert-of-a-sync", |story| {
        story.synced("S1", 10, "ten", "fast_forward");
        story.git(&["revert", "--no-edit", "HEAD"]);
        story.named("R", "HEAD");
        assert_eq!(story.line(10), "10");
        story.sync("merged");
        story.commit("S2");
        assert_eq!(story.line(10), "ten");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(story.line(10), "ten");
    });
}

#[test]
fn upstreams_change_rejected() {
    tell("upstreams-change-rejected", |story| {
        story.synced("S1", 10, "ten", "fast_forward");
        story.edited("C1", 10, "10");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(story.line(10), "10", "what was rejected has come back");
    });
}

#[test]
fn reset_past_a_sync() {
    tell("reset-past-a-sync", |story| {
        story.synced("S1", 10, "ten", "fast_forward");
        story.edited("C1", 3, "three");
        story.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
        story.edited("C2", 7, "seven");
        story.sync("merged");
        story.commit("S2");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 7, 10].map(|number| story.line(number)), ["3", "seven", "ten"]);
    });
}

#[test]
fn reset_of_an_uncommitted_sync() {
    tell("reset-of-an-uncommitted-sync", |story| {
        story.upstream(10, "ten");
        story.sync("fast_forward");
        let first = story.project.show("skill/pdf")["version_id"].clone();
        story.git(&["reset", "--quiet", "--hard"]);
        assert_eq!(story.line(10), "10");
        story.edited("C1", 7, "seven");
        story.sync("merged");
        story.commit("S1");
        story.check();
        assert_eq!(first, story.called("U1"), "upstream's version is known already");
        story.check_next_sync("merged");
        assert_eq!([7, 10].map(|number| story.line(number)), ["seven", "ten"]);
    });
}

#[test]
fn edits_stashed_across_a_sync() {
    tell("edits-stashed-across-a-sync", |story| {
        story.edit(3, "three");
        story.git(&["stash", "push", "--quiet"]);
        story.synced("S1", 10, "ten", "fast_forward");
        story.git(&["stash", "pop", "--quiet"]);
        story.commit("C1");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 10].map(|number| story.line(number)), ["three", "ten"]);
    });
}

#[test]
fn sync_stashed() {
    tell("sync-stashed", |story| {
        story.edited("C1", 3, "three");
        story.upstream(10, "ten");
        story.sync("merged");
        story.git(&["stash", "push", "--quiet"]);
        assert_eq!(story.line(10), "10");
        story.edited("C2", 17, "seventeen");
        story.git(&["stash", "pop", "--quiet"]);
        story.commit("S1");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(
            [3, 10, 17].map(|number| story.line(number)),
            ["three", "ten", "seventeen"]
        );
    });
}

#[test]
fn sync_stashed_and_recorded_meanwhile() {
    tell("sync-stashed-and-recorded-meanwhile", |story| {
        story.edited("C1", 3, "three");
        story.upstream(10, "ten");
        story.sync("merged");
        let synced = story.record("Synced");
        for _ in 0..2 {
            story.git(&["stash", "push", "--quiet"]);
            let meanwhile = story.record("Meanwhile");
            assert_ne!(meanwhile["version_id"], synced["version_id"]);
            story.git(&["stash", "pop", "--quiet"]);
            let again = story.record("Back");
            assert_eq!(again["version_id"], synced["version_id"], "{again}");
            assert_eq!(again["recorded"], false, "{again}");
        }
        story.commit("S1");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 10].map(|number| story.line(number)), ["three", "ten"]);
    });
}
