//! Rule 3 for all of git: every picture of `docs/branches.md` is told as a story, by git itself, and what comes of it is
//! compared with what the picture says.
//!
//! A story is told twice: with hooks that record while it happens, and caught up with only at its end. Both must come to the same
//! versions, and so must a clone that has fetched nothing but what was deployed, synced and recorded.

mod checks;
mod edits;
mod merges;
mod picture;
mod places;
mod rewritten;
mod story;
mod syncs;
mod undone;
mod unmerged;

use crate::merging::with_lines;
use crate::support::project::Project;
pub(crate) use picture::anchors_with_pictures;
use story::{Story, When};

/// Tells a story both ways. The test is named after the picture's heading.
#[track_caller]
fn tell(anchor: &str, story: impl Fn(&Story)) {
    tell_on(anchor, with_lines, story);
}

/// As [`tell`], on a project made otherwise.
#[track_caller]
fn tell_on(anchor: &str, project: impl Fn() -> Project, story: impl Fn(&Story)) {
    let [hooked, late] = [When::ByHooks, When::AtTheEnd].map(|when| {
        let told = Story::on(project(), anchor, when);
        story(&told);
        told.versions()
    });
    assert!(!hooked.is_empty(), "the story was never compared with its picture");
    assert_eq!(hooked, late, "when it is caught up with makes a difference");
}
