//! `status`: states and files against git as the oracle, in every kind of work tree, and nothing is written.

mod conflicts;
mod files;
mod moved;
mod places;
mod states;
mod upstream;
mod work_tree;

use serde_json::Value;

use crate::support::project::{ID, Project, one, text};

/// The status of `skill/pdf`; asking changes nothing.
#[track_caller]
pub(super) fn status(project: &Project) -> Value {
    status_of(project, &[ID])
}

/// The one status that `status --json <args>` prints; asking changes nothing.
#[track_caller]
pub(super) fn status_of(project: &Project, args: &[&str]) -> Value {
    let before = project.everything();
    let args: Vec<&str> = ["status"].iter().chain(args).copied().collect();
    let answer = one(project.lineage_json(&args));
    before.assert_same(&project.everything());
    answer
}

/// `<letter> <origin> <path>` for each file of a status, as `git status` would letter it.
pub(super) fn files(status: &Value) -> Vec<String> {
    let files = status["files"].as_array().expect("a list").iter();
    files
        .map(|file| {
            let letter = match text(file, "status") {
                "added" => "A",
                "modified" => "M",
                "deleted" => "D",
                "unchanged" => "-",
                other => panic!("{other}"),
            };
            format!("{letter} {} {}", text(file, "change_origin"), text(file, "path"))
        })
        .collect()
}

/// The three numbers of a summary.
pub(super) fn summary(status: &Value) -> [u64; 3] {
    ["upstream_changes", "local_changes", "conflicts"].map(|key| status["summary"][key].as_u64().expect(key))
}
