//! Lineage over git remotes: `fetch`, `push` and the pre-push hook, with real remotes and plain git as the oracle.

mod along;
mod back_and_forth;
mod fresh;
mod rebuilt;
mod settings;
mod transports;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::project::{ID, Project, one};
use crate::support::{Output, TestRepo};

/// A project with `skill/pdf` deployed and committed, and a bare remote called `origin`, which has nothing yet.
fn shared() -> (Project, TestRepo) {
    let project = Project::deployed();
    let remote = project.sibling("remote", &["--bare"]);
    project.git(&["remote", "add", "origin", "../remote"]);
    project.lineage_ok(&["init"]);
    (project, remote)
}

/// The same with everything pushed, and a second clone, prepared and up to date.
fn shared_by_two() -> (Project, TestRepo, Project) {
    let (project, remote) = shared();
    project.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    project.lineage_ok(&["push"]);
    let other = Project::over_worktree(remote.clone_as("other", &[]));
    other.lineage_ok(&["init"]);
    other.lineage_ok(&["fetch"]);
    (project, remote, other)
}

/// The lineage heads of a repository by what follows `heads/`: what is there for everybody.
fn heads(repo: &TestRepo) -> BTreeMap<String, String> {
    refs(repo, "refs/lineage/heads/")
}

/// The refs below a folder, without it.
fn refs(repo: &TestRepo, dir: &str) -> BTreeMap<String, String> {
    let listed = repo.git(&["for-each-ref", "--format=%(refname) %(objectname)", dir]);
    let lines = listed.lines();
    let refs = lines.iter().filter_map(|line| line.split_once(' '));
    refs.map(|(name, id)| (name[dir.len()..].to_owned(), id.to_owned()))
        .collect()
}

/// The version of a commit, as `record` names it.
#[track_caller]
fn version_of(repo: &TestRepo, commit: &str) -> String {
    let answer = one(repo.lineage_json(&["record", "--rev", commit, ID]));
    answer["version_id"].as_str().expect("an id").to_owned()
}

/// The one answer of `fetch` or `push`.
#[track_caller]
fn asked(repo: &TestRepo, args: &[&str]) -> Value {
    one(repo.lineage_json(args))
}

/// What a push did, head by head.
fn results(answer: &Value) -> Vec<(String, String)> {
    let heads = answer["heads"].as_array().expect("a list").iter();
    let text = |head: &Value, key: &str| head[key].as_str().unwrap_or_default().to_owned();
    heads.map(|head| (text(head, "line"), text(head, "result"))).collect()
}

/// Panics if a git push said anything of lineage.
#[track_caller]
fn assert_no_warning(output: &Output) {
    assert!(!output.err_text().contains("lineage was"), "{output}");
}
