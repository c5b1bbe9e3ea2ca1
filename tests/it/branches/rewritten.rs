//! Commits that are made again: rebase, amend, cherry-pick, mails.

use super::{story::Story, tell};

/// T1, T2 and T3 edit lines 3, 5 and 7 on `topic`, C1 line 9 on main; `topic` is checked out.
fn three_on_topic(story: &Story) {
    story.switch(&["-c", "topic"]);
    story.edited("T1", 3, "three");
    story.edited("T2", 5, "five");
    story.edited("T3", 7, "seven");
}

/// Rebases with the todo list edited by `sed`.
#[track_caller]
fn rebase_interactively(story: &Story, sed: &str) {
    let editor = format!("sed -i.old -e '{sed}'");
    let call = story.project.call().env("GIT_SEQUENCE_EDITOR", editor);
    call.git(&["rebase", "--quiet", "--interactive", "C0"]);
    story.after();
}

#[test]
fn rebase() {
    tell("rebase", |story| rebased(story, "--merge"));
}

#[test]
fn rebase_by_apply() {
    tell("rebase-by-apply", |story| rebased(story, "--apply"));
}

fn rebased(story: &Story, backend: &str) {
    three_on_topic(story);
    story.switch(&["main"]);
    story.edited("C1", 9, "nine");
    story.switch(&["topic"]);
    story.git(&["rebase", "--quiet", backend, "main"]);
    for (name, revision) in [("T1'", "HEAD~2"), ("T2'", "HEAD~1"), ("T3'", "HEAD")] {
        story.named(name, revision);
    }
    story.check();
    story.check_next_sync("merged");
    let lines = [3, 5, 7, 9].map(|number| story.line(number));
    assert_eq!(lines, ["three", "five", "seven", "nine"]);
}

#[test]
fn rebase_that_stops() {
    tell("rebase-that-stops", |story| {
        story.switch(&["-c", "topic"]);
        story.edited("T1", 3, "three");
        story.edited("T2", 5, "five");
        story.switch(&["main"]);
        story.edited("C1", 5, "cinq");
        story.switch(&["topic"]);
        story.git_stops(&["rebase", "--quiet", "main"]);
        story.project.git(&["checkout", "--quiet", "--theirs", "."]);
        story.edit(5, "five of both");
        story.project.git(&["add", "--all"]);
        story.project.git(&["rebase", "--continue"]);
        story.after();
        story.named("T1'", "HEAD~1");
        story.named("T2'", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([story.line(3), story.line(5)], ["three", "five of both"]);
    });
}

#[test]
fn rebase_that_drops() {
    tell("rebase-that-drops", |story| {
        story.project.git(&["tag", "C0"]);
        three_on_topic(story);
        rebase_interactively(story, "s/^pick \\([0-9a-f]* .*T2\\)$/drop \\1/");
        story.named("T3'", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 5, 7].map(|number| story.line(number)), ["three", "5", "seven"]);
    });
}

#[test]
fn rebase_that_reorders() {
    tell("rebase-that-reorders", |story| {
        story.project.git(&["tag", "C0"]);
        three_on_topic(story);
        // The first line goes below the second.
        rebase_interactively(story, "1{h;d;};2{G;}");
        for (name, revision) in [("T2'", "HEAD~2"), ("T1'", "HEAD~1"), ("T3'", "HEAD")] {
            story.named(name, revision);
        }
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 5, 7].map(|number| story.line(number)), ["three", "five", "seven"]);
    });
}

#[test]
fn rebase_onto_anothers_work() {
    tell("rebase-onto-anothers-work", |story| {
        story.git(&["branch", "theirs"]);
        story.edit(3, "three");
        story.record("h");
        story.commit("C1");
        story.switch(&["theirs"]);
        zoe_commits(story, "Z1");
        story.project.git(&["switch", "--quiet", "main"]);
        story.git(&["rebase", "--quiet", "theirs"]);
        story.named("C1'", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([story.line(3), story.line(9)], ["three", "nine"]);
    });
}

#[test]
fn rebase_of_a_sync_onto_another() {
    tell("rebase-of-a-sync-onto-another", |story| {
        story.git(&["branch", "topic"]);
        story.synced("S1", 10, "ten", "fast_forward");
        story.switch(&["topic"]);
        story.synced("T1", 15, "fifteen", "fast_forward");
        story.edited("T2", 3, "three");
        story.git_stops(&["rebase", "--quiet", "main"]);
        story.record("r");
        story.project.git(&["rebase", "--continue"]);
        story.after();
        story.named("T1'", "HEAD~1");
        story.named("T2'", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(
            [3, 10, 15].map(|number| story.line(number)),
            ["three", "ten", "fifteen"]
        );
    });
}

/// Commits line 9 in Zoë's name and in her clone, where nobody here catches up.
#[track_caller]
fn zoe_commits(story: &Story, name: &str) {
    story.edit(9, "nine");
    let call = story
        .project
        .call()
        .env("GIT_COMMITTER_NAME", "Zoë")
        .env("GIT_LINEAGE_HOOKS", "0");
    let message = format!("--message={name}");
    call.git(&["commit", "--quiet", "--all", "--author=Zoë <zoe@example.org>", &message]);
    story.named(name, "HEAD");
}

#[test]
fn fast_forward_under_recorded_edits() {
    tell("fast-forward-under-recorded-edits", |story| {
        story.project.git(&["switch", "--quiet", "-c", "theirs"]);
        zoe_commits(story, "Z1");
        story.project.git(&["switch", "--quiet", "main"]);
        story.project.edit("SKILL.md", "Ours.\n");
        story.record("h");
        story.git(&["merge", "--quiet", "--ff-only", "theirs"]);
        story.commit("C1");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(story.line(9), "nine");
    });
}

#[test]
fn amend() {
    tell("amend", |story| {
        story.edited("C1", 3, "three");
        story.edit(3, "drei");
        story.git(&["commit", "--quiet", "--all", "--amend", "--message=C1'"]);
        story.named("C1'", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(story.line(3), "drei");
    });
}

#[test]
fn amend_of_a_sync() {
    tell("amend-of-a-sync", |story| {
        story.synced("S1", 10, "ten", "fast_forward");
        story.edit(3, "three");
        story.git(&["commit", "--quiet", "--all", "--amend", "--message=S1'"]);
        story.named("S1'", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!([story.line(3), story.line(10)], ["three", "ten"]);
    });
}

#[test]
fn cherry_pick_of_a_sync() {
    tell("cherry-pick-of-a-sync", |story| {
        story.git(&["branch", "untouched"]);
        story.switch(&["-c", "topic"]);
        story.edited("T1", 3, "three");
        story.synced("T2", 10, "ten", "merged");
        story.switch(&["main"]);
        story.edited("C1", 7, "seven");
        story.git(&["cherry-pick", "topic"]);
        story.named("P1", "HEAD");
        story.switch(&["untouched"]);
        story.git(&["cherry-pick", "topic"]);
        story.named("P2", "HEAD");
        story.switch(&["main"]);
        story.check();
        story.check_next_sync("merged");
        assert_eq!([3, 7, 10].map(|number| story.line(number)), ["3", "seven", "ten"]);
    });
}

#[test]
fn mails_applied() {
    tell("mails-applied", |story| {
        story.switch(&["-c", "topic"]);
        story.edited("T1", 3, "three");
        story.synced("T2", 10, "ten", "merged");
        story.switch(&["main"]);
        story.edited("C1", 17, "seventeen");
        let mails = story.project.git(&["format-patch", "--stdout", "HEAD~1..topic"]);
        story.project.git_stdin(&["am", "--quiet"], mails.stdout);
        story.after();
        story.named("A1", "HEAD~1");
        story.named("A2", "HEAD");
        story.check();
        story.check_next_sync("merged");
        assert_eq!(
            [3, 10, 17].map(|number| story.line(number)),
            ["three", "ten", "seventeen"]
        );
    });
}
