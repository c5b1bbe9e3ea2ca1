//! `adopt`: lineages of what was vendored by hand, with git's own history as the oracle.

mod discover;
mod find;
mod history;
mod refusals;
mod rule;
mod sources;
mod upstream;
pub(crate) mod vendored;

use serde_json::Value;

use crate::support::TestRepo;
use crate::support::project::{PATH, text};

/// The content of `skill/pdf` in a commit; a single file is told by its own path.
#[track_caller]
pub(super) fn content(repo: &TestRepo, commit: &str) -> String {
    repo.rev_parse(&format!("{commit}:{PATH}"))
}

/// Commits `SKILL.md` of `skill/pdf` with one line.
#[track_caller]
pub(super) fn commit_skill(repo: &TestRepo, line: &str) -> String {
    repo.write(format!("{PATH}/SKILL.md"), format!("{line}\n"));
    repo.commit(line)
}

/// Adopts `skill/pdf`; its versions, oldest first.
#[track_caller]
pub(super) fn adopt(repo: &TestRepo) -> Vec<Value> {
    repo.lineage_json(&["adopt", PATH])
}

/// Asserts that a commit of everything and `record` add nothing to what `id` has, and that nothing is damaged.
#[track_caller]
pub(super) fn assert_settled(repo: &TestRepo, newest: &Value) {
    let id = text(newest, "artifact_id");
    for round in ["after the commit", "recorded again"] {
        let recorded = repo.lineage_json(&["record", id]);
        assert_eq!(recorded[0]["recorded"], false, "{round}: {}", recorded[0]);
        assert_eq!(recorded[0]["version_id"], newest["version_id"], "{round}");
    }
    repo.lineage_ok(&["verify"]);
}
