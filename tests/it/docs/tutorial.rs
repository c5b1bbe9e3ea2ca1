//! `docs/tutorial.md`, typed by a newcomer: from a copied skill to the first conflict resolved.

use super::readme::{masked, seen};
use super::sessions;
use crate::support::TestRepo;

#[test]
fn a_newcomer_gets_from_a_copy_to_a_merged_conflict() {
    let repo = TestRepo::new();
    repo.fixture("skills/sql-review");
    let (mut cwd, mut dir) = (repo.folder("."), String::from("."));
    let mut compared = 0;
    for (command, shown) in sessions("docs/tutorial.md") {
        if let Some(below) = command.strip_prefix("cd ") {
            dir = format!("{dir}/{below}");
            cwd = repo.folder(&dir);
            continue;
        }
        let call = cwd.call().env("GIT_AUTHOR_NAME", "Ada");
        let output = if command == "git lineage sync" {
            // The one that ends in a conflict.
            call.sh(&format!("{command} && exit 1 || test $? = 3"))
        } else {
            call.sh(&command)
        };
        assert_eq!(masked(&seen(&output)), masked(&shown), "{command}");
        compared += usize::from(!shown.is_empty());
    }
    assert_eq!(compared, 10);
    let blamed = cwd.lineage_json(&["blame", "skill/sql-review", "references/checklist.md"]);
    let own: Vec<_> = blamed.iter().filter(|line| line["resolution"] == true).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(
        own[0]["text"],
        "- Soft deletes: every query filters on deleted_at, also in joins."
    );
}
