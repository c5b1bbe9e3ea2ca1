//! What the program writes, read with nothing but git: the same keys and values that its JSON says.

use serde_json::{Value, json};

use super::{KEYS, git_says, trailers};
use crate::support::project::{ID, PATH, Project, SOURCE, one, text, texts};

/// Compares everything the program says of every version with what git says, and the order of the trailers with the
/// format's. Returns the versions, oldest first.
#[track_caller]
fn check_all(project: &Project) -> Vec<Value> {
    let mut versions = project.lineage_json(&["log", "--all"]);
    versions.reverse();
    for version in &versions {
        let id = text(version, "version_id");
        assert_eq!(git_says(project, id), *version);
        let found: Vec<String> = trailers(project, id).into_iter().map(|(key, _)| key).collect();
        let mut rest = KEYS.iter();
        assert!(found.iter().all(|key| rest.any(|known| known == key)), "{found:?}");
        assert_eq!(found[..2], KEYS[..2]);
        let shown = one(project.lineage_json(&["show", id]));
        assert_eq!(shown["trailers"], json!([]), "nothing in it is unknown to the program");
    }
    versions
}

/// `version`'s trailers as `key: value` lines of `git log` on a lineage ref, newest version first.
fn log_column(project: &Project, name: &str, key: &str) -> Vec<String> {
    let format = format!("--format=%(trailers:key={key},valueonly,separator=)");
    project.git(&["log", "--first-parent", &format, name]).lines()
}

#[test]
fn every_kind_of_version_reads_the_same_with_git() {
    let project = Project::deployed();
    // A fast-forward, a record with a body that looks like trailers, one of a commit, a merge version of a sync.
    project.upstream("references/forms.md", "# Forms\n\nTwo.\n");
    let forward = project.sync();
    assert_eq!(forward["result"], "fast_forward", "{forward}");
    project.commit("Sync");
    project.edit("SKILL.md", "# Ours\n");
    let message = "checklist: ours\n\nArtifact-Id: forged/id\nParent-Hash: none\n\n---\nSigned-off-by: Ada <a@e>";
    project.lineage_ok(&["record", ID, "-m", message]);
    project.edit("references/forms.md", "# Forms\n\nCommitted.\n");
    project.commit("Commit: with a colon\n\nChange-Origin: sync");
    project.lineage_ok(&["record"]);
    project.copy(SOURCE, PATH);
    project.commit("Back to upstream's");
    project.upstream("SKILL.md", "# pdf\n\nNew.\n");
    project.edit("SKILL.md", "# pdf\n\nNew.\n");
    let merged = project.sync();
    assert_eq!(merged["result"], "merged", "{merged}");
    project.commit("Sync again");
    let versions = check_all(&project);
    let kinds: Vec<(&Value, usize, bool)> = versions
        .iter()
        .map(|v| {
            let parents = v["parent_ids"].as_array().expect("a list").len();
            (&v["change_origin"], parents, v["project_commit"].is_string())
        })
        .collect();
    let (local, sync) = (json!("local_modification"), json!("sync"));
    for kind in [
        (&json!("deployment"), 0, false),
        (&local, 1, false),
        (&local, 1, true),
        (&sync, 1, false),
        (&sync, 2, false),
    ] {
        assert!(kinds.contains(&kind), "{kind:?} in {kinds:#?}");
    }
    // Whole columns at once, as a script would read them.
    let name = "refs/lineage/heads/main/skill/pdf";
    let lineage = project.lineage_json(&["lineage", ID]);
    let mut origins = log_column(&project, name, "Change-Origin");
    origins.reverse();
    assert_eq!(origins, texts(&lineage, "change_origin"));
    let mut parents = log_column(&project, name, "Parent-Hash");
    parents.reverse();
    assert_eq!(parents[0], "");
    assert_eq!(parents[1..], texts(&lineage[1..], "parent_hash"));
}

#[test]
fn merged_branches_and_strange_names_read_the_same_with_git() {
    let project = Project::deployed();
    let ids = ["agent/Ünïcode — 设计", "prompt/it's ~1 @main: 50%"];
    for (id, path) in ids.iter().zip(["agents/one.md", "prompts/two words.md"]) {
        project.lineage_ok(&["deploy", "../upstream/skills/pdf/SKILL.md", path, "--id", id]);
    }
    project.commit("Two more");
    project.git(&["checkout", "--quiet", "-b", "side"]);
    project.edit("SKILL.md", "# Side\n");
    project
        .call()
        .env("GIT_AUTHOR_NAME", "Zoë  O'Neill, Jr.")
        .env("GIT_AUTHOR_EMAIL", "zoë@example.org")
        .env("GIT_AUTHOR_DATE", "1767300000 -0330")
        .env("GIT_COMMITTER_DATE", "1767300001 +1245")
        .git(&["commit", "--quiet", "-am", "Side"]);
    project.lineage_ok(&["record"]);
    project.git(&["checkout", "--quiet", "main"]);
    project.edit("references/forms.md", "# Main\n");
    project.commit("Main");
    project.lineage_ok(&["record"]);
    project.git(&["merge", "--quiet", "--no-edit", "side"]);
    project.lineage_ok(&["record"]);
    let head = project.show(ID);
    assert_eq!(head["parent_ids"].as_array().map(Vec::len), Some(2), "{head}");
    assert_eq!(head["project_commit"], project.head());
    let versions = check_all(&project);
    assert_eq!(versions.len(), 6);
    for id in ids {
        assert!(versions.iter().any(|version| version["artifact_id"] == *id), "{id}");
    }
}
