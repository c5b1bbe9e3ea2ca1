//! What cannot be rebuilt: said for each artifact, with the way out; nothing of it is changed, and the others go on.

use serde_json::Value;

use super::{Unshared, rebuild, refs};
use crate::support::project::{ID, PATH, Project, text};

/// A second artifact from the same upstream, with which all is well.
const OTHER: &str = "agent/review";

impl Unshared {
    fn with_another() -> Self {
        let unshared = Unshared::deployed(&[]);
        unshared.upstream.write("agents/review.md", "# Review\n");
        unshared.upstream.commit("Agent");
        let place = [".claude/agents/review.md", "--from", "agents/review.md"];
        unshared
            .project
            .lineage_ok(&[&["deploy", "../skills.git-tree"][..], &place].concat());
        unshared.project.commit("Deploy an agent");
        unshared.publish();
        unshared
    }
}

/// Rebuilds, expects that `skill/pdf` fails with this code and `agent/review` does not; the error.
#[track_caller]
fn fails(clone: &Project, code: &str) -> Value {
    let files = clone.git(&["status", "--porcelain"]).stdout;
    let answer = rebuild(clone);
    let of = |id: &str| {
        let found: Vec<&Value> = answer.iter().filter(|one| one["artifact_id"] == id).collect();
        assert_eq!(found.len(), 1, "{answer:#?}");
        found[0].clone()
    };
    assert!(of(OTHER)["error"].is_null(), "{answer:#?}");
    let failed = of(ID);
    assert_eq!(failed["error"]["code"], code, "{failed:#}");
    assert!(failed["version_id"].is_null());
    let all: Vec<String> = ["heads", "kept"]
        .iter()
        .flat_map(|area| refs(clone, &format!("refs/lineage/{area}/")).into_values())
        .collect();
    assert!(
        all.iter().all(|version| clone.show(version)["artifact_id"] == OTHER),
        "{all:?}"
    );
    assert_eq!(clone.git(&["status", "--porcelain"]).stdout, files);
    failed["error"].clone()
}

#[track_caller]
fn has_hint(error: &Value, words: &str) {
    let hints = error["hints"].as_array().expect("a list");
    assert!(
        hints
            .iter()
            .any(|hint| hint.as_str().is_some_and(|hint| hint.contains(words))),
        "{error:#}"
    );
}

#[test]
fn other_content_than_the_manifest_says_is_refused() {
    let unshared = Unshared::with_another();
    unshared.news("SKILL.md", "other\n");
    let commit = unshared.upstream.head();
    for (key, value) in [("upstream-commit", commit.as_str()), ("upstream-path", "agents")] {
        let name = format!("artifact.{ID}.{key}");
        unshared.project.git(&["config", "-f", ".gitlineage", &name, value]);
        unshared.project.git(&["commit", "-q", "-a", "--amend", "-m", "Forged"]);
        unshared.project.git(&["push", "-q", "--force"]);
        // All of the history says so.
        let clone = unshared.clone(key);
        clone.git(&["checkout", "-q", "--orphan", "alone"]);
        clone.git(&["commit", "-q", "-m", "All"]);
        let error = fails(&clone, "other_baseline");
        has_hint(&error, "git lineage push");
        has_hint(&error, "--remove-section artifact.skill/pdf");
    }
    let nothing = format!("artifact.{ID}.upstream-path");
    let clone = unshared.clone("nothing");
    clone.git(&["config", "-f", ".gitlineage", &nothing, "no/such"]);
    clone.git(&["checkout", "-q", "--orphan", "alone"]);
    clone.git(&["commit", "-q", "-a", "-m", "All"]);
    let error = fails(&clone, "other_baseline");
    assert!(
        text(&error, "message").contains("has nothing at 'no/such'"),
        "{error:#}"
    );
}

#[test]
fn an_upstream_that_is_gone_is_found_where_the_newest_manifest_says() {
    let unshared = Unshared::with_another();
    let clone = unshared.clone("clone");
    let place = format!("artifact.{ID}.upstream");
    clone.git(&["config", "-f", ".gitlineage", &place, "../gone"]);
    clone.git(&["checkout", "-q", "--orphan", "alone"]);
    clone.git(&["commit", "-q", "-a", "-m", "All"]);
    let error = fails(&clone, "no_source");
    has_hint(&error, "'upstream' in .gitlineage");
    unshared.upstream.clone_as("moved", &["--bare"]);
    clone.git(&["config", "-f", ".gitlineage", &place, "../moved"]);
    clone.git(&["commit", "-q", "-a", "-m", "It is elsewhere now"]);
    let answer = rebuild(&clone);
    assert_eq!(answer.len(), 1, "{answer:?}");
    // Where it came from is what the manifest said then: so it is the same version, wherever it is found.
    let version = clone.show(text(&answer[0], "version_id"));
    assert_eq!(version["upstream"]["url"], "../gone");
    assert_eq!(clone.lineage(&["status"]).code, 0);
    assert_eq!(clone.lineage(&["verify"]).code, 0);
}

#[test]
fn a_commit_that_upstream_has_no_longer_is_named() {
    let unshared = Unshared::with_another();
    let head = unshared
        .upstream
        .git(&["commit-tree", "HEAD^{tree}", "-m", "Rewritten"])
        .trimmed();
    unshared.upstream.git(&["reset", "-q", "--hard", &head]);
    unshared.upstream.git(&["reflog", "expire", "--expire=all", "--all"]);
    unshared.upstream.git(&["gc", "-q", "--prune=now"]);
    let clone = unshared.clone("clone");
    let cache = clone.beside("fresh-cache");
    let call = || clone.call().env("XDG_CACHE_HOME", &cache);
    let output = call().lineage(&["fetch", "--rebuild"]).assert_code(1);
    let gone = output.err_text().matches("does not have the commit").count();
    assert_eq!(gone, 2, "{output}");
    assert!(output.text().contains("failed"), "{output}");
    assert!(output.err_text().contains("git lineage adopt"), "{output}");
    assert!(refs(&clone, "refs/lineage/").is_empty());
}

/// The way out that is named then.
#[test]
fn what_is_lost_for_good_can_be_adopted() {
    let unshared = Unshared::new();
    let clone = unshared.clone("clone");
    clone.git(&["config", "-f", ".gitlineage", "--remove-section", "artifact.skill/pdf"]);
    clone.commit("No longer an artifact");
    clone.lineage_ok(&[
        "adopt",
        PATH,
        "--upstream",
        "../skills.git-tree",
        "--from",
        "skills/pdf",
    ]);
    clone.commit("Adopted");
    assert_eq!(clone.lineage(&["status"]).code, 0);
    assert_eq!(clone.lineage(&["verify"]).code, 0);
}

#[test]
fn a_plain_directory_says_nothing_of_the_past() {
    let project = Project::deployed();
    let clone = project.clone_as("clone", &["--single-branch"]);
    clone.git(&["remote", "remove", "origin"]);
    let answer = rebuild(&clone);
    assert_eq!(answer[0]["error"]["code"], "no_upstream_commit", "{answer:?}");
    assert!(refs(&clone, "refs/lineage/").is_empty());
}

/// The tree is just what the manifest names. It must not come in all the same.
#[test]
fn hostile_content_stays_out() {
    let unshared = Unshared::with_another();
    let skill = unshared.upstream.path().join("skills/pdf");
    std::os::unix::fs::symlink("../../../../etc/passwd", skill.join("link")).expect("a link");
    let commit = unshared.upstream.commit("Hostile");
    let tree = unshared.upstream.rev_parse("HEAD:skills/pdf");
    let clone = unshared.clone("clone");
    for (key, value) in [("upstream-commit", &commit), ("baseline", &tree)] {
        let name = format!("artifact.{ID}.{key}");
        clone.git(&["config", "-f", ".gitlineage", &name, value]);
    }
    clone.git(&["checkout", "-q", "--orphan", "alone"]);
    clone.git(&["commit", "-q", "-a", "-m", "All"]);
    fails(&clone, "refused");
    let _absent = clone.git_fails(&["cat-file", "-e", &tree]);
}

#[test]
fn of_several_baselines_all_are_rebuilt_or_none() {
    let unshared = Unshared::new();
    let clone = unshared.clone("clone");
    let name = format!("artifact.{ID}.upstream-path");
    clone.git(&["config", "-f", ".gitlineage", &name, "elsewhere"]);
    let baseline = format!("artifact.{ID}.baseline");
    clone.git(&["config", "-f", ".gitlineage", &baseline, &clone.id_of('1')]);
    let answer = rebuild(&clone);
    assert_eq!(answer.len(), 1, "{answer:?}");
    assert_eq!(answer[0]["error"]["code"], "other_baseline");
    assert!(refs(&clone, "refs/lineage/").is_empty());
}
