//! Remotes that had it: what is said of them, and that the command rewinds them.

use serde_json::json;

use super::{assert_gone, forget, found, record_secret};
use crate::support::project::{HEAD_REF, PATH, Project};

const FETCHED: &str = "refs/lineage/remotes/origin/main/skill/pdf";

/// A project whose lineage is on a bare remote, the secret included.
fn pushed() -> (Project, Project, String) {
    let project = Project::deployed();
    let remote = Project::over_worktree(project.sibling("remote", &["--bare"]));
    project.git(&["remote", "add", "origin", "../remote"]);
    let secret = record_secret(&project);
    project.remove(format!("{PATH}/token"));
    project.git(&["push", "-q", "origin", "refs/lineage/heads/*:refs/lineage/heads/*"]);
    project.git(&[
        "fetch",
        "-q",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/remotes/origin/*",
    ]);
    assert_eq!(project.rev_parse(FETCHED), secret);
    (project, remote, secret)
}

#[test]
fn the_command_rewinds_the_remote() {
    let (project, remote, secret) = pushed();
    let root = project.rev_parse(&format!("{secret}^"));
    let said = forget(&project, &[&secret], 0);
    assert_eq!(said["gone"], true, "it is, here");
    let rewind = json!([
        "push",
        format!("--force-with-lease={HEAD_REF}:{secret}"),
        "origin",
        format!("{root}:{HEAD_REF}")
    ]);
    assert_eq!(
        said["pushed"],
        json!([{"remote": "origin", "ref": HEAD_REF, "version_id": secret, "rewind_to": root, "rewind": rewind}])
    );
    assert_gone(&project);
    assert!(!found(&remote).is_empty());
    let words: Vec<&str> = rewind
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|word| word.as_str())
        .collect();
    project.git(&words);
    assert_eq!(remote.rev_parse(HEAD_REF), root);
    project.git(&[
        "fetch",
        "-q",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/remotes/origin/*",
    ]);
    assert_eq!(project.rev_parse(FETCHED), root);
    assert_gone(&project);
}

#[test]
fn a_remote_that_moved_on_is_not_overwritten() {
    let (project, remote, secret) = pushed();
    let tree = remote.rev_parse(&format!("{secret}^{{tree}}"));
    let newer = remote.plain_version(&tree, &[&secret], Some("local_modification"));
    remote.git(&["update-ref", HEAD_REF, &newer]);
    let said = forget(&project, &[&secret], 0);
    let rewind = said["pushed"][0]["rewind"].as_array().expect("a list").clone();
    let words: Vec<&str> = rewind.iter().filter_map(|word| word.as_str()).collect();
    assert!(project.git_fails(&words).err_text().contains("stale info"));
    assert_eq!(remote.rev_parse(HEAD_REF), newer);
}
