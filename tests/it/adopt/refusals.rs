//! What cannot be adopted, and what was adopted before.

use super::{adopt, commit_skill};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, Project, text, texts};

/// The code of the error with which a call fails, having changed nothing.
#[track_caller]
fn refused(repo: &TestRepo, args: &[&str]) -> String {
    let args: Vec<&str> = ["--json", "adopt"].iter().chain(args).copied().collect();
    let refs = repo.git(&["for-each-ref"]).text().to_owned();
    let status = repo.git(&["status", "--short"]).text().to_owned();
    let failed = repo.lineage(&args);
    assert_ne!(failed.code, 0, "{failed}");
    assert_eq!(repo.git(&["for-each-ref"]).text(), refs);
    assert_eq!(repo.git(&["status", "--short"]).text(), status);
    let error = failed.json_error();
    assert!(!error["hints"].as_array().expect("a list").is_empty(), "{error}");
    text(&error, "code").to_owned()
}

#[test]
fn a_second_time_adds_nothing() {
    let repo = TestRepo::new();
    commit_skill(&repo, "A");
    commit_skill(&repo, "B");
    let first = adopt(&repo);
    for round in ["before", "after", "again"] {
        let refs = repo.git(&["for-each-ref", "refs/lineage"]).text().to_owned();
        let second = adopt(&repo);
        assert_eq!(texts(&second, "version_id"), texts(&first, "version_id"), "{round}");
        assert!(second.iter().all(|version| version["recorded"] == false));
        assert_eq!(repo.git(&["for-each-ref", "refs/lineage"]).text(), refs);
        let said = repo.lineage_ok(&["adopt", PATH]);
        assert!(said.text().starts_with("Already adopted skill/pdf"), "{said}");
        repo.commit(round);
    }
}

#[test]
fn the_project_itself_is_no_artifact() {
    let project = Project::deployed();
    let failed = project.lineage(&["adopt", "."]).assert_code(1);
    // The way out is no other command.
    assert_eq!(
        failed.err_text(),
        "error: '.' is the project root: an artifact is a file or directory below it\n\
         hint: name another file or directory below the project's root\n"
    );
}

#[test]
fn paths_and_ids_that_are_taken() {
    let project = Project::deployed();
    assert_eq!(refused(&project, &[PATH]), "already_tracked");
    assert_eq!(refused(&project, &[".claude"]), "path_overlap");
    assert_eq!(refused(&project, &[".claude/skills/pdf/scripts"]), "path_overlap");
    project.write("other/skills/pdf/SKILL.md", "other\n");
    project.write("skills/pdf/SKILL.md", "other\n");
    project.commit("Another one");
    assert_eq!(refused(&project, &["other/skills/pdf"]), "id_taken");
    assert_eq!(refused(&project, &["README.md", "--id", ID]), "already_deployed");
    assert_eq!(refused(&project, &["README.md", "--id", "skill/PDF"]), "case_twin");
    assert_eq!(
        refused(&project, &["README.md", "skills/pdf", "--id", "a/b"]),
        "one_id_for_many"
    );
    // One of several gets the longer id by itself.
    let both = project.lineage_json(&["adopt", "README.md", "other/skills/pdf"]);
    assert_eq!(texts(&both, "artifact_id"), ["artifact/README", "skill/other/pdf"]);
    assert_eq!(refused(&project, &["README.md", "--id", "a/b"]), "already_tracked");
}

#[test]
fn what_is_not_committed_has_no_past() {
    let repo = TestRepo::new();
    repo.write("new/SKILL.md", "A\n");
    assert_eq!(refused(&repo, &["new"]), "not_committed");
    commit_skill(&repo, "A");
    assert_eq!(refused(&repo, &["nothing"]), "not_committed");
    assert_eq!(refused(&repo, &["../outside"]), "outside");
    repo.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(refused(&repo, &[PATH]), "no_line");
}

#[test]
fn a_shallow_clone_would_find_another_past() {
    let repo = TestRepo::new();
    for line in ["A", "B", "C"] {
        commit_skill(&repo, line);
    }
    let url = format!("file://{}", repo.path().display());
    let path = repo.beside("shallow");
    repo.git(&["clone", "--quiet", "--depth=2", &url, path.to_str().expect("UTF-8")]);
    let shallow = repo.folder("shallow");
    assert_eq!(refused(&shallow, &[PATH]), "shallow");
    shallow.git(&["fetch", "--quiet", "--unshallow"]);
    assert_eq!(
        texts(&adopt(&shallow), "version_id"),
        texts(&adopt(&repo), "version_id")
    );
}

#[test]
fn a_dry_run_writes_nothing_and_undo_takes_it_back() {
    let repo = TestRepo::new();
    commit_skill(&repo, "A");
    let before = repo.git(&["status", "--short"]).text().to_owned();
    let planned = repo.lineage_json(&["adopt", PATH, "--dry-run"]);
    assert_eq!(planned[0]["version_id"], serde_json::Value::Null);
    assert_eq!(repo.git(&["status", "--short"]).text(), before);
    assert_eq!(repo.git(&["for-each-ref", "refs/lineage"]).text(), "");
    adopt(&repo);
    repo.lineage_ok(&["undo"]);
    assert_eq!(repo.git(&["status", "--short"]).text(), before);
    assert!(
        repo.git_fails(&["rev-parse", "--verify", "--quiet", HEAD_REF])
            .stdout
            .is_empty()
    );
    repo.lineage_ok(&["verify"]);
}

#[test]
fn without_an_upstream_there_is_nothing_to_sync() {
    let project = Project::deployed();
    project.lineage_ok(&["adopt", "README.md"]);
    assert_eq!(project.sync()["result"], "up_to_date");
    let all = project.lineage_json(&["sync"]);
    assert_eq!(texts(&all, "artifact_id"), [ID]);
    let failed = project.lineage(&["--json", "sync", "artifact/README"]).assert_code(1);
    assert_eq!(failed.json()[0]["error"]["code"], "no_upstream");
}

#[test]
fn many_at_once_are_one_transaction() {
    let repo = TestRepo::new();
    for name in ["a", "b", "c"] {
        repo.write(format!("skills/{name}/SKILL.md"), name);
        repo.commit(name);
    }
    let failed = refused(&repo, &["skills/a", "skills/b", "skills/none"]);
    assert_eq!(failed, "not_committed");
    let versions = repo.lineage_json(&["adopt", "skills/a", "skills/b", "skills/c"]);
    assert_eq!(texts(&versions, "artifact_id"), ["skill/a", "skill/b", "skill/c"]);
    repo.lineage_ok(&["verify"]);
    repo.lineage_ok(&["undo"]);
    assert!(repo.lineage_json(&["list"]).is_empty());
}
