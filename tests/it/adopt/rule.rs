//! Rule 3 after an adoption: the commit that first names the artifact holds the newest adopted version, whatever else
//! happens to the project.

use serde_json::{Value, json};

use super::{adopt, assert_settled, commit_skill};
use crate::support::TestRepo;
use crate::support::project::{ID, PATH, one, text, texts};

#[track_caller]
fn record(repo: &TestRepo) -> Value {
    one(repo.lineage_json(&["record", ID]))
}

/// A -> B -> A, adopted and committed; the versions.
#[track_caller]
fn adopted() -> (TestRepo, Vec<Value>) {
    let repo = TestRepo::new();
    for line in ["A", "B", "A"] {
        commit_skill(&repo, line);
    }
    let versions = adopt(&repo);
    repo.commit("Adopt");
    (repo, versions)
}

#[test]
fn later_commits_continue_the_adopted_lineage() {
    let (repo, versions) = adopted();
    let commit = commit_skill(&repo, "C");
    let next = record(&repo);
    assert_eq!(next["parent_ids"], json!([versions[2]["version_id"]]));
    assert_eq!(next["change_origin"], "local_modification");
    assert_eq!(next["project_commit"], *commit);
    // The content of the first state comes back: to a fresh sidecar the commit of the adoption holds the third all the same.
    commit_skill(&repo, "A");
    let newest = record(&repo);
    repo.lineage_ok(&["index", "rebuild"]);
    assert_settled(&repo, &newest);
    assert_eq!(repo.lineage_json(&["lineage", ID]).len(), 5);
}

#[test]
fn a_clone_that_fetched_the_lineage_computes_the_same() {
    let (repo, versions) = adopted();
    let clone = repo.clone_as("clone", &[]);
    clone.lineage_ok(&["init"]);
    clone.git(&["fetch", "--quiet"]);
    clone.git(&["checkout", "--quiet", "-b", "work"]);
    let recorded = record(&clone);
    assert_eq!(recorded["version_id"], versions[2]["version_id"]);
    assert_eq!(recorded["recorded"], false);
}

#[test]
fn side_branches_from_before_the_adoption_merge_in() {
    let (repo, versions) = adopted();
    repo.git(&["checkout", "--quiet", "-b", "side", "main~1"]);
    repo.write(format!("{PATH}/side.md"), "side\n");
    repo.commit("An edit that knows nothing of the adoption");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["merge", "--quiet", "-m", "Merge", "side"]);
    let merged = record(&repo);
    assert_eq!(merged["parent_ids"], json!([versions[2]["version_id"]]));
    assert_eq!(merged["content_hash"], repo.rev_parse(&format!("HEAD:{PATH}")));
    assert_settled(&repo, &merged);
}

#[test]
fn two_branches_that_adopted_share_their_past() {
    let (repo, versions) = adopted();
    // The other branch forks before the last state and adopts for itself.
    repo.git(&["checkout", "--quiet", "-b", "side", "main~2"]);
    repo.write(format!("{PATH}/side.md"), "side\n");
    repo.commit("Side");
    let side = adopt(&repo);
    assert_eq!(side[0]["version_id"], versions[0]["version_id"]);
    assert_eq!(side[1]["version_id"], versions[1]["version_id"]);
    repo.commit("Adopt on the side");
    assert_settled(&repo, &side[2]);
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["merge", "--quiet", "-m", "Merge", "side"]);
    let merged = record(&repo);
    assert_eq!(
        merged["parent_ids"],
        json!([versions[2]["version_id"], side[2]["version_id"]])
    );
    assert_eq!(merged["change_origin"], "local_modification");
    assert_settled(&repo, &merged);
}

#[test]
fn a_rebased_adoption_keeps_its_past() {
    let repo = TestRepo::new();
    for line in ["A", "B"] {
        commit_skill(&repo, line);
    }
    repo.git(&["checkout", "--quiet", "-b", "work"]);
    let versions = adopt(&repo);
    repo.commit("Adopt");
    repo.git(&["checkout", "--quiet", "main"]);
    commit_skill(&repo, "C");
    repo.git(&["checkout", "--quiet", "work"]);
    repo.git(&["rebase", "--quiet", "main"]);
    // The content of the commit is one that the adoption never saw.
    let rebased = record(&repo);
    assert_eq!(rebased["parent_ids"], json!([versions[1]["version_id"]]));
    assert_settled(&repo, &rebased);

    // All of it rewritten: the commits that the versions name are gone, what they hold is not.
    let (repo, versions) = adopted();
    repo.git(&["commit", "--quiet", "--amend", "--allow-empty", "-m", "Adopt, reworded"]);
    repo.call()
        .env("GIT_SEQUENCE_EDITOR", "true")
        .git(&["rebase", "--quiet", "--force-rebase", "--root"]);
    repo.git(&["reflog", "expire", "--expire=all", "--all"]);
    repo.git(&["gc", "--quiet", "--prune=now"]);
    repo.lineage_ok(&["index", "rebuild"]);
    assert_settled(&repo, &versions[2]);
}

#[test]
fn a_deployment_after_a_removal_is_a_new_root() {
    let (repo, _) = adopted();
    repo.lineage_ok(&["remove", ID]);
    repo.commit("Remove");
    repo.write("../upstream/SKILL.md", "A\n");
    let deployed = one(repo.lineage_json(&["deploy", "../upstream", PATH]));
    assert_eq!(deployed["parent_ids"], json!([]));
    repo.commit("Deploy");
    assert_settled(&repo, &deployed);
}

#[test]
fn removed_but_kept_files_can_be_adopted_again() {
    let (repo, versions) = adopted();
    repo.lineage_ok(&["remove", ID, "--keep-files"]);
    let failed = repo.lineage(&["--json", "adopt", PATH]).assert_code(1);
    assert_eq!(text(&failed.json_error(), "code"), "still_tracked");
    repo.commit("Remove");
    commit_skill(&repo, "D");
    let again = adopt(&repo);
    assert_eq!(texts(&again[..3], "version_id"), texts(&versions, "version_id"));
    assert_eq!(again.len(), 4);
    repo.commit("Adopt again");
    assert_settled(&repo, &again[3]);
}
