//! Which states of a path become versions.

use serde_json::{Value, json};

use super::{adopt, assert_settled, commit_skill, content};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, text, texts};

/// People and dates of a commit, as git prints them.
#[track_caller]
fn people(repo: &TestRepo, commit: &str) -> String {
    let format = "--format=%an%n%ae%n%ad%n%cn%n%ce%n%cd";
    repo.git(&["log", "-1", "--date=raw", format, commit]).text().to_owned()
}

/// The commits of the first parents that changed a path, oldest first.
#[track_caller]
fn changed(repo: &TestRepo, path: &str) -> Vec<String> {
    let log = ["log", "--first-parent", "-m", "--reverse", "--format=%H", "--", path];
    repo.git(&log).lines()
}

#[test]
fn every_state_of_the_path_becomes_a_version() {
    let repo = TestRepo::new();
    repo.write("README.md", "# Project\n");
    repo.commit("Begin");
    for line in ["A", "B", "A"] {
        commit_skill(&repo, line);
        repo.write("README.md", format!("# {line}\n"));
        repo.commit("Something else");
    }
    let before = repo.head();
    let versions = adopt(&repo);
    assert_eq!(repo.head(), before);
    let commits = changed(&repo, PATH);
    assert_eq!(texts(&versions, "project_commit"), commits);
    let expected: Vec<String> = commits.iter().map(|commit| content(&repo, commit)).collect();
    assert_eq!(texts(&versions, "content_hash"), expected);
    assert_eq!(expected[0], expected[2], "a revert is a version of its own");
    let mut parent = None::<&Value>;
    for (version, commit) in versions.iter().zip(&commits) {
        let id = text(version, "version_id");
        assert_eq!(version["recorded"], true);
        assert_eq!(version["artifact_id"], ID);
        assert_eq!(version["change_origin"], Value::Null);
        assert_eq!(version["upstream"], Value::Null);
        assert_eq!(people(&repo, id), people(&repo, commit));
        let mut trailers = vec!["Lineage-Format: 1".to_owned(), format!("Artifact-Id: {ID}")];
        trailers.extend(parent.map(|parent| format!("Parent-Hash: {}", text(parent, "content_hash"))));
        trailers.push(format!("Project-Commit: {commit}"));
        let written = repo.git(&["log", "-1", "--format=%(trailers:only,unfold)", id]);
        assert_eq!(written.text().trim(), trailers.join("\n"));
        let parents: Vec<&Value> = parent.map(|parent| &parent["version_id"]).into_iter().collect();
        assert_eq!(version["parent_ids"], json!(parents));
        parent = Some(version);
    }
    assert_eq!(repo.rev_parse(HEAD_REF), text(&versions[2], "version_id"));
    assert_eq!(
        repo.git(&["config", "-f", ".gitlineage", "--list"]).text(),
        format!("artifact.{ID}.path={PATH}\n")
    );
    assert_eq!(repo.git(&["status", "--short"]).text(), "A  .gitlineage\n");
    assert_settled(&repo, &versions[2]);
    repo.commit("Adopt the pdf skill");
    assert_settled(&repo, &versions[2]);
}

#[test]
fn two_clones_make_the_same_versions() {
    let repo = TestRepo::new();
    for line in ["A", "B", "C"] {
        commit_skill(&repo, line);
    }
    let clone = repo.clone_as("clone", &[]);
    // At other times, by somebody else.
    let by_bob = clone
        .call()
        .env("GIT_COMMITTER_NAME", "Bob")
        .env("GIT_AUTHOR_NAME", "Bob");
    assert_eq!(adopt(&repo), by_bob.lineage_json(&["adopt", PATH]));
}

#[test]
fn renames_of_the_whole_path_are_followed() {
    let repo = TestRepo::new();
    repo.write("vendor/pdf/SKILL.md", "# PDF\n\nRead and fill files.\n\nOne.\n");
    repo.write(
        "vendor/pdf/forms.md",
        "# Forms\n\nField names are case-sensitive.\n\nTwo.\n",
    );
    repo.write("vendor/other/SKILL.md", "# PDF\n\nRead and fill files.\n\nOther.\n");
    let first = repo.commit("Copy");
    // Moved as it is.
    repo.git(&["mv", "vendor/pdf", "skills"]);
    repo.commit("Move");
    // Moved and edited in one commit.
    repo.write("skills/SKILL.md", "# PDF\n\nRead and fill files.\n\nEdited.\n");
    std::fs::create_dir_all(repo.path().join(".claude/skills")).expect("the sandbox is writable");
    repo.git(&["mv", "skills", PATH]);
    let last = repo.commit("Move and edit");
    let versions = adopt(&repo);
    assert_eq!(texts(&versions, "project_commit"), [first.clone(), last.clone()]);
    let expected = [
        repo.rev_parse(&format!("{first}:vendor/pdf")),
        repo.rev_parse(&format!("{last}:{PATH}")),
    ];
    assert_eq!(texts(&versions, "content_hash"), expected);
    repo.commit("Adopt");
    assert_settled(&repo, &versions[1]);
}

#[test]
fn a_copy_is_not_followed_and_a_gap_is_bridged() {
    let repo = TestRepo::new();
    repo.write("vendor/pdf/SKILL.md", "A\n");
    repo.commit("An original that stays");
    let copied = commit_skill(&repo, "A");
    repo.git(&["rm", "-r", "--quiet", PATH]);
    repo.commit("Gone");
    commit_skill(&repo, "A");
    let edited = commit_skill(&repo, "B");
    let versions = adopt(&repo);
    assert_eq!(texts(&versions, "project_commit"), [copied, edited]);
}

#[test]
fn merges_count_as_one_step_of_the_first_parents() {
    let repo = TestRepo::new();
    let first = commit_skill(&repo, "A");
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    commit_skill(&repo, "B");
    commit_skill(&repo, "C");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["merge", "--quiet", "--no-ff", "-m", "Merge", "side"]);
    let merge = repo.head();
    let versions = adopt(&repo);
    assert_eq!(texts(&versions, "project_commit"), [first, merge]);
    assert_eq!(changed(&repo, PATH), texts(&versions, "project_commit"));
}

#[test]
fn single_files_links_and_modes_have_a_past_too() {
    let repo = TestRepo::sha256();
    repo.write(
        "agents/first.md",
        "# Reviewer\n\nA first text that stays mostly the same.\n",
    );
    repo.commit("A file");
    repo.git(&["mv", "agents/first.md", "agents/reviewer.md"]);
    repo.commit("Another name is another content");
    repo.write_exec(
        "agents/reviewer.md",
        "# Reviewer\n\nA first text that stays mostly the same.\n",
    );
    repo.commit("Executable");
    repo.git(&["rm", "--quiet", "agents/reviewer.md"]);
    std::fs::create_dir_all(repo.path().join("agents")).expect("the sandbox is writable");
    std::os::unix::fs::symlink("other.md", repo.path().join("agents/reviewer.md")).expect("the sandbox is writable");
    repo.commit("A link");
    let versions = repo.lineage_json(&["adopt", "agents/reviewer.md"]);
    assert_eq!(versions.len(), 4);
    for (version, (name, mode)) in versions.iter().zip([
        ("first.md", "100644"),
        ("reviewer.md", "100644"),
        ("reviewer.md", "100755"),
        ("reviewer.md", "120000"),
    ]) {
        let commit = text(version, "project_commit");
        let blob = repo.rev_parse(&format!("{commit}:agents/{name}"));
        let entry = format!("{mode} blob {blob}\t{name}\n");
        assert_eq!(version["content_hash"], repo.git_stdin(&["mktree"], entry).trimmed());
        assert_eq!(version["artifact_id"], "agent/reviewer");
    }
    repo.commit("Adopt");
    assert_settled(&repo, &versions[3]);
}

#[test]
fn what_can_be_no_version_ends_the_past() {
    let repo = TestRepo::new();
    commit_skill(&repo, "A");
    let commit = repo.head();
    repo.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{commit},{PATH}/nested"),
    ]);
    repo.git(&["commit", "--quiet", "-m", "A repository inside"]);
    repo.git(&["rm", "--quiet", "--cached", &format!("{PATH}/nested")]);
    let last = commit_skill(&repo, "B");
    let output = repo.lineage_ok(&["adopt", PATH]);
    assert!(output.err_text().contains("can be no version"), "{output}");
    let lineage = repo.lineage_json(&["lineage", ID]);
    assert_eq!(texts(&lineage, "project_commit"), [last]);
    assert_settled(&repo, &lineage[0]);
}

#[test]
fn with_a_commit_graph_and_packed_the_answer_is_the_same() {
    let repo = TestRepo::new();
    for number in 0..60 {
        commit_skill(&repo, &number.to_string());
        repo.write("other.md", number.to_string());
        repo.commit("Something else");
    }
    let twin = repo.twin();
    twin.git(&["gc", "--quiet"]);
    twin.git(&["commit-graph", "write", "--reachable"]);
    commit_skill(&repo, "last");
    commit_skill(&twin, "last");
    let versions = adopt(&repo);
    assert_eq!(texts(&versions, "project_commit"), changed(&repo, PATH));
    let ids = |versions: &[Value]| texts(versions, "content_hash");
    assert_eq!(ids(&versions), ids(&adopt(&twin)));
    assert_eq!(versions.len(), 61);
    repo.lineage_ok(&["verify"]);
}

#[test]
fn edits_that_are_not_committed_stay_where_they_are() {
    let repo = TestRepo::new();
    commit_skill(&repo, "A");
    repo.write(format!("{PATH}/SKILL.md"), "edited\n");
    repo.write(format!("{PATH}/new.md"), "untracked\n");
    let versions = adopt(&repo);
    assert_eq!(versions.len(), 1);
    assert_eq!(versions[0]["content_hash"], content(&repo, "HEAD"));
    assert_eq!(repo.read(format!("{PATH}/SKILL.md")), b"edited\n");
    let status = repo.lineage_json(&["status", ID]).remove(0);
    assert_eq!(
        (&status["state"], &status["recorded"]),
        (&json!("modified"), &json!(false))
    );
    assert_eq!(status["summary"]["local_changes"], 2);
    let recorded = repo.lineage_json(&["record", ID]).remove(0);
    assert_eq!(recorded["parent_ids"], json!([versions[0]["version_id"]]));
    assert_eq!(recorded["change_origin"], "local_modification");
    let status = repo.lineage_json(&["status", ID]).remove(0);
    assert_eq!(
        (&status["state"], &status["recorded"]),
        (&json!("unknown"), &json!(true))
    );
    // What was recorded before the first commit of the manifest is what that commit holds.
    repo.commit("Adopt and edit");
    assert_settled(&repo, &recorded);
}
