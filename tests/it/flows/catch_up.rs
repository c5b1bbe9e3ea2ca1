//! `record` and the project's history: commits that were made without the program, or made again.

use serde_json::{Value, json};

use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, Project, one, text, texts};

/// Commits everything as somebody, at some time, with a message of any shape.
#[track_caller]
fn commit_as(project: &TestRepo, name: &str, dates: [&str; 2], message: &str) -> String {
    project.git(&["add", "--all"]);
    project
        .call()
        .env("GIT_AUTHOR_NAME", name)
        .env("GIT_AUTHOR_EMAIL", format!("{name}@example.org"))
        .env("GIT_AUTHOR_DATE", dates[0])
        .env("GIT_COMMITTER_DATE", dates[1])
        .stdin(message)
        .git(&[
            "commit",
            "--quiet",
            "--allow-empty-message",
            "--cleanup=verbatim",
            "-F",
            "-",
        ]);
    project.head()
}

/// People, dates and subject of a commit as git prints them.
#[track_caller]
fn people(project: &TestRepo, commit: &str) -> Vec<String> {
    let format = "--format=%an%n%ae%n%ad%n%cn%n%ce%n%cd";
    project.git(&["log", "-1", "--date=raw", format, commit]).lines()
}

#[test]
fn commits_become_versions_oldest_first() {
    let project = Project::deployed();
    let root = project.show(ID);
    let mut commits = Vec::new();
    let messages = [
        (
            "Bob",
            ["2026-03-01T10:00:00+05:30", "2026-03-01T10:00:01+05:30"],
            "First\n\nWith a body.\n",
        ),
        // Dates run backwards: the order is the commits', not the calendar's.
        (
            "Zoë",
            ["2001-01-01T00:00:00-11:00", "2002-02-02T00:00:00+14:00"],
            "Second,\nin two lines\n",
        ),
        ("Eve", ["2026-03-03T10:00:00+0000", "2026-03-03T10:00:00+0000"], ""),
        (
            "Eve",
            ["2026-03-04T10:00:00+0000", "2026-03-04T10:00:00+0000"],
            "--- a/file\n",
        ),
        (
            "Eve",
            ["2026-03-05T10:00:00+0000", "2026-03-05T10:00:00+0000"],
            "Artifact-Id: skill/forged\n",
        ),
        (
            "Eve",
            ["2026-03-06T10:00:00+0000", "2026-03-06T10:00:00+0000"],
            "Last\n\nChange-Origin: sync\nParent-Hash: x\n",
        ),
    ];
    for (number, (name, dates, message)) in messages.into_iter().enumerate() {
        project.edit("SKILL.md", format!("edit {number}\n"));
        // What does not touch the artifact makes no version.
        commits.push(commit_as(&project, name, dates, message));
        project.write("other.txt", number.to_string());
        project.commit("Something else");
    }
    let caught_up = project.record();
    assert_eq!(caught_up["recorded"], true, "this run recorded it: {caught_up}");
    let lineage = project.lineage_json(&["lineage", ID]);
    assert_eq!(lineage.len(), 1 + commits.len());
    assert_eq!(lineage[0]["version_id"], root["version_id"]);
    assert_eq!(
        lineage[0]["project_commit"],
        Value::Null,
        "recorded before it was committed"
    );
    let summaries = texts(&lineage[1..], "summary");
    let expected = [
        "First",
        "Second, in two lines",
        "Record skill/pdf",
        "Record skill/pdf",
        "Artifact-Id: skill/forged",
        "Last",
    ];
    assert_eq!(summaries, expected);
    for ((version, before), commit) in lineage[1..].iter().zip(&lineage).zip(&commits) {
        let id = text(version, "version_id");
        assert_eq!(version["project_commit"], **commit);
        assert_eq!(version["parent_ids"], json!([before["version_id"]]));
        assert_eq!(version["change_origin"], "local_modification");
        assert_eq!(version["content_hash"], project.rev_parse(&format!("{commit}:{PATH}")));
        assert_eq!(people(&project, id), people(&project, commit));
        let trailers = project.git(&["log", "-1", "--format=%(trailers:only,unfold)", id]);
        let parent = text(before, "content_hash");
        let expected = format!(
            "Lineage-Format: 1\nArtifact-Id: {ID}\nChange-Origin: local_modification\nParent-Hash: {parent}\nProject-Commit: {commit}"
        );
        assert_eq!(trailers.text().trim(), expected);
    }
    assert_eq!(lineage[1]["created_at"], "2026-03-01T10:00:01+05:30");
    let before = project.everything();
    assert_eq!(project.record()["recorded"], false);
    before.assert_same(&project.everything());
}

#[test]
fn a_query_answers_with_what_is_written_until_then() {
    let project = Project::deployed();
    let root = project.show(ID);
    project.edit("SKILL.md", "one\n");
    project.commit("One");
    assert_eq!(project.show(ID)["version_id"], root["version_id"]);
    let recorded = project.record();
    project.edit("SKILL.md", "two\n");
    project.commit("Two");
    assert_eq!(project.show(ID)["version_id"], recorded["version_id"]);
    // A writing command catches up before it does its own work.
    project.edit("SKILL.md", "three\n");
    project.record();
    let lineage = project.lineage_json(&["lineage", ID]);
    let from_commits: Vec<bool> = lineage
        .iter()
        .map(|version| !version["project_commit"].is_null())
        .collect();
    assert_eq!(from_commits, [false, true, true, false]);
}

#[test]
fn two_clones_make_the_same_versions() {
    let project = Project::deployed();
    let clone = |name: &str| {
        let clone = project.clone_as(name, &[]);
        clone.lineage_ok(&["init"]);
        clone.git(&["fetch", "--quiet"]);
        clone
    };
    let (first, second) = (clone("first"), clone("second"));
    for number in 0..3 {
        project.edit("SKILL.md", format!("edit {number}\n"));
        commit_as(&project, "Bob", ["2026-05-05T10:00:00-03:30"; 2], "Edit\n\nBody\n");
    }
    let ids = |clone: &TestRepo| {
        clone.git(&["pull", "--quiet"]);
        clone.lineage_ok(&["record"]);
        texts(&clone.lineage_json(&["lineage", ID]), "version_id")
    };
    let ids_of_first = ids(&first);
    assert_eq!(ids_of_first.len(), 4);
    assert_eq!(ids(&second), ids_of_first);
    project.lineage_ok(&["record"]);
    assert_eq!(
        texts(&project.lineage_json(&["lineage", ID]), "version_id"),
        ids_of_first
    );

    // One that fetches them has nothing left to write.
    let third = clone("third");
    let head = ids_of_first.last().expect("there are four");
    let refs = third.git(&["for-each-ref", "refs/lineage"]).stdout;
    assert_eq!(third.lineage_json(&["list"])[0]["version_id"], **head);
    let recorded = one(third.lineage_json(&["record", ID]));
    assert_eq!(
        (&recorded["recorded"], &recorded["version_id"]),
        (&json!(false), &json!(head))
    );
    assert_eq!(third.git(&["for-each-ref", "refs/lineage"]).stdout, refs);
}

#[test]
fn without_the_versions_nothing_is_recorded_on_a_guess() {
    let project = Project::deployed();
    let clone = project.clone_as("clone", &[]);
    let before = crate::support::project::World::of(clone.path(), &[".git/lineage".as_ref()]);
    for args in [
        &["record"][..],
        &["record", ID],
        &["list"],
        &["sync", ID],
        &["record", "--rev", "HEAD"],
    ] {
        let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
        let output = clone.lineage(&args).assert_code(1);
        let error = match output.json().first() {
            Some(answer) => answer["error"].clone(),
            None => output.json_error(),
        };
        assert_eq!(error["code"], "missing_versions", "{output}");
        assert!(error["hints"].to_string().contains("git lineage fetch"), "{output}");
    }
    before.assert_same(&crate::support::project::World::of(
        clone.path(),
        &[".git/lineage".as_ref()],
    ));
    clone.git(&[
        "fetch",
        "--quiet",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/remotes/origin/*",
    ]);
    assert_eq!(one(clone.lineage_json(&["record", ID]))["recorded"], false);
}

#[test]
fn an_amended_commit_is_another_one_on_the_same_parent() {
    let project = Project::deployed();
    let root = project.show(ID);
    project.edit("SKILL.md", "first try\n");
    project.commit("Edit");
    let first = project.record();
    project.edit("SKILL.md", "second try\n");
    project.git(&["commit", "--quiet", "--amend", "-a", "-m", "Edit, better"]);
    let second = project.record();
    assert_eq!(second["summary"], "Edit, better");
    assert_eq!(second["parent_ids"], json!([root["version_id"]]));
    assert_eq!(project.contents(ID).len(), 2);
    assert_eq!(project.rev_parse(HEAD_REF), text(&second, "version_id"));
    let kept = format!("refs/lineage/kept/{}", text(&first, "version_id"));
    assert_eq!(project.rev_parse(&kept), text(&first, "version_id"));
    // Only the message amended: the content is the same, and so is the version.
    project.git(&["commit", "--quiet", "--amend", "-m", "Edit, best"]);
    assert_eq!(project.record()["version_id"], second["version_id"]);
}

#[test]
fn after_a_reset_the_head_is_the_older_version_and_the_newer_is_kept() {
    let project = Project::deployed();
    let root = project.show(ID);
    project.edit("SKILL.md", "edit\n");
    project.commit("Edit");
    let edited = project.record();
    // Two more that only the work tree ever had.
    project.record_edit("SKILL.md", "more\n");
    let last = project.record_edit("SKILL.md", "more and more\n");
    project.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    assert_eq!(
        project.show(ID)["version_id"],
        root["version_id"],
        "known without writing anything"
    );
    let recorded = project.record();
    assert_eq!(
        (&recorded["version_id"], &recorded["recorded"]),
        (&root["version_id"], &json!(false))
    );
    assert_eq!(project.rev_parse(HEAD_REF), text(&root, "version_id"));
    let last = text(&last, "version_id");
    assert_eq!(project.rev_parse(&format!("refs/lineage/kept/{last}")), last);
    assert_eq!(project.contents(last).len(), 4);
    // And forward again: the versions are still the same.
    project.git(&["reset", "--quiet", "--hard", "ORIG_HEAD"]);
    let recorded = project.record();
    assert_eq!(
        (&recorded["version_id"], &recorded["recorded"]),
        (&edited["version_id"], &json!(false))
    );
    // An edit after the way back continues from there.
    project.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let other = project.record_edit("SKILL.md", "another way\n");
    assert_eq!(other["parent_ids"], json!([root["version_id"]]));
}

#[test]
fn a_commit_can_be_recorded_by_name() {
    let project = Project::deployed();
    let root = project.show(ID);
    let mut commits = Vec::new();
    for number in 1..=3 {
        project.edit("SKILL.md", format!("edit {number}\n"));
        commits.push(project.commit(&format!("Edit {number}")));
    }
    project.edit("SKILL.md", "not committed\n");
    let record = |rev: &str| one(project.lineage_json(&["record", "--rev", rev, ID]));
    let second = record("HEAD~1");
    assert_eq!(
        (&second["summary"], &second["recorded"]),
        (&json!("Edit 2"), &json!(true))
    );
    assert_eq!(second["project_commit"], *commits[1]);
    assert_eq!(record("HEAD~1")["recorded"], false);
    assert_eq!(record(&commits[0][..10])["summary"], "Edit 1");
    assert_eq!(record("HEAD~3")["version_id"], root["version_id"]);
    assert_eq!(record("main")["summary"], "Edit 3");
    assert_eq!(project.contents(ID).len(), 4, "the work tree was not looked at");
    assert_eq!(project.record()["parent_hash"], text(&record("HEAD"), "content_hash"));

    let fails = |args: &[&str], code: &str| {
        let args: Vec<&str> = ["--json", "record"].iter().chain(args).copied().collect();
        let output = project.lineage(&args).assert_code(1);
        assert_eq!(output.json_error()["code"], code, "{output}");
    };
    fails(&["--rev", "no-such-branch"], "no_commit");
    fails(&["--rev", "HEAD:README.md"], "no_commit");
    fails(&["--rev", "HEAD~4", ID], "not_deployed");
    let aside = project.git(&["commit-tree", "-m", "Aside", "HEAD^{tree}"]).trimmed();
    project.git(&["branch", "aside", &aside]);
    fails(&["--rev", "aside"], "not_on_line");
    // Nobody means an option by a revision.
    fails(&["--rev=--all"], "no_commit");
}

#[test]
fn a_commit_without_the_files_passes_the_version_on() {
    let project = Project::deployed();
    project.make_upstream("docx");
    project.lineage_ok(&["deploy", "../upstream/skills/docx", ".claude/skills/docx"]);
    project.commit("Add docx");
    let root = project.show(ID);
    project.git(&["rm", "-rq", PATH]);
    project.commit("Lose the files");
    // Asked for by name it is an error; among all a remark.
    let output = project.lineage(&["--json", "record", ID]).assert_code(1);
    assert_eq!(output.json_error()["code"], "missing_content");
    let output = project.call().lineage_ok(&["--json", "record"]);
    assert_eq!(texts(&output.json(), "artifact_id"), ["skill/docx"]);
    assert!(output.err_text().contains(ID), "{output}");
    project.git(&["revert", "--no-edit", "HEAD"]);
    let recorded = project.record();
    assert_eq!(
        (&recorded["version_id"], &recorded["recorded"]),
        (&root["version_id"], &json!(false))
    );
}

#[test]
fn a_moved_artifact_keeps_its_lineage() {
    let project = Project::deployed();
    let root = project.show(ID);
    project.git(&["mv", PATH, "tools"]);
    project.git(&["config", "-f", ".gitlineage", "artifact.skill/pdf.path", "tools"]);
    project.commit("Move the skill");
    assert_eq!(project.record()["version_id"], root["version_id"]);
    project.write("tools/SKILL.md", "edited there\n");
    project.commit("Edit");
    assert_eq!(project.record()["parent_ids"], json!([root["version_id"]]));
    assert_eq!(project.lineage_json(&["list"])[0]["path"], "tools");
}

#[test]
fn what_was_committed_by_hand_is_caught_up_with_before_a_sync() {
    let project = Project::deployed();
    let original = project.read(format!("{PATH}/SKILL.md"));
    project.edit("SKILL.md", "ours\n");
    project.commit("Ours");
    project.edit("SKILL.md", original);
    project.commit("Not ours");
    project.upstream("SKILL.md", "theirs\n");
    assert_eq!(project.sync()["result"], "merged");
    let lineage = project.lineage_json(&["lineage", ID]);
    let summaries = texts(&lineage, "summary");
    assert_eq!(summaries, ["Deploy skill/pdf", "Ours", "Not ours", "Sync skill/pdf"]);
}

#[test]
fn what_is_recorded_on_another_branch_is_the_head_of_this_one_once_it_was_said() {
    let project = Project::deployed();
    project.git(&["branch", "other"]);
    project.git(&["branch", "older", "HEAD~1"]);
    project.upstream("SKILL.md", "newer\n");
    let synced = project.sync();
    // The uncommitted sync comes along to a branch that does not have it yet.
    project.git(&["switch", "--quiet", "other"]);
    let recorded = project.record();
    assert_eq!(
        (&recorded["version_id"], &recorded["recorded"]),
        (&synced["version_id"], &json!(false))
    );
    assert_eq!(project.show(ID)["version_id"], recorded["version_id"]);
    // And to one that does not even have the artifact.
    project.git(&["symbolic-ref", "HEAD", "refs/heads/older"]);
    let recorded = project.record();
    assert_eq!(recorded["version_id"], synced["version_id"]);
    assert_eq!(project.show(ID)["version_id"], recorded["version_id"]);
    let heads = project.git(&["for-each-ref", "refs/lineage/heads"]).lines();
    assert_eq!(heads.len(), 3, "{heads:?}");
    // What was taken back is the head no longer.
    project.git(&["switch", "--quiet", "--force", "other"]);
    assert_eq!(project.show(ID)["change_origin"], "deployment");
}

#[test]
fn an_edit_committed_with_its_sync_is_the_same_version_with_and_without_the_head() {
    let project = Project::deployed();
    project.upstream("SKILL.md", "newer\n");
    project.sync();
    let clone = project.clone_as("clone", &[]);
    let lineage = "+refs/lineage/heads/*:refs/lineage/remotes/origin/*";
    clone.git(&["fetch", "--quiet", "origin", lineage]);
    project.edit("SKILL.md", "newer, and edited\n");
    project.commit("Sync and edit");
    clone.git(&["pull", "--quiet"]);
    let there = one(clone.lineage_json(&["record", ID]));
    assert_eq!(there["change_origin"], "local_modification");
    assert_eq!(there["upstream"], Value::Null, "what it adds is not upstream's");
    assert_eq!(project.record()["version_id"], there["version_id"]);
}

#[test]
fn what_a_deployment_replaces_is_caught_up_with_and_kept() {
    let project = Project::deployed();
    project.edit("SKILL.md", "edited\n");
    let commit = project.commit("Edit");
    // Taken out by hand, and deployed again before anybody has caught up with the edit.
    project.remove(PATH);
    project.remove(".gitlineage");
    project.deploy();
    let edited = one(project.lineage_json(&["record", "--rev", &commit, ID]));
    assert_eq!(
        (&edited["summary"], &edited["recorded"]),
        (&json!("Edit"), &json!(false)),
        "{edited}"
    );
    let id = text(&edited, "version_id");
    assert_eq!(project.rev_parse(&format!("refs/lineage/kept/{id}")), id);
}

#[test]
fn commits_that_never_hold_the_artifact_are_walked_once() {
    let project = Project::new();
    // What is ignored as a whole lives in the work tree alone.
    project.write(".gitignore", ".claude/\n");
    project.deploy();
    for number in 0..3 {
        project.write("other.txt", number.to_string());
        project.commit("Something else");
    }
    project.record();
    let sidecar = rusqlite::Connection::open(project.sidecar()).expect("it is there");
    let remembered = sidecar.query_row("SELECT count(*) FROM project_commits", [], |row| row.get::<_, i64>(0));
    let commits = project.git(&["rev-list", "--count", "HEAD"]).trimmed();
    assert_eq!(remembered.expect("a number").to_string(), commits);
}

#[test]
fn what_is_in_the_manifest_and_was_never_committed_is_no_unknown_artifact() {
    let project = Project::new();
    project.write("README.md", "Begin\n");
    project.commit("Begin");
    project.deploy();
    project.git(&["add", ".gitlineage"]);
    project.git(&["rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "--", PATH]);
    project.git(&["commit", "--quiet", "--message", "Only the manifest"]);
    // The second time from what is remembered.
    for _ in 0..2 {
        let recorded = project.lineage_json(&["record", "--rev", "HEAD", ID]);
        assert!(recorded.is_empty(), "{recorded:?}");
    }
    let unknown = project.lineage(&["--json", "record", "--rev", "HEAD", "skill/other"]);
    assert_eq!(unknown.json_error()["code"], "not_deployed", "{unknown}");
}

#[test]
fn an_upstream_that_goes_back_is_followed_and_not_edited() {
    let project = Project::deployed();
    let original = project.read(project.upstream_dir("pdf").join("SKILL.md"));
    project.git(&["branch", "other"]);
    project.upstream("SKILL.md", "newer\n");
    project.sync();
    project.commit("Sync");
    project.git(&["branch", "--force", "other"]);
    project.upstream("SKILL.md", original);
    let back = project.sync();
    project.commit("Sync back");
    let recorded = project.record();
    assert_eq!(
        (&recorded["version_id"], &recorded["recorded"]),
        (&back["version_id"], &json!(false))
    );
    let origins = texts(&project.lineage_json(&["lineage", ID]), "change_origin");
    assert_eq!(origins, ["deployment", "sync", "sync"]);
    // The same before it is committed, on a branch that has no head of its own.
    project.git(&["reset", "--quiet", "--soft", "HEAD~1"]);
    project.git(&["switch", "--quiet", "other"]);
    assert_eq!(project.record()["version_id"], back["version_id"]);
    // The next one stands on it.
    project.git(&["commit", "--quiet", "--message", "Sync back, elsewhere"]);
    project.upstream("SKILL.md", "newest\n");
    let newest = project.sync();
    assert_eq!(newest["result"], "fast_forward");
    assert_eq!(
        project.show(text(&newest, "version_id"))["parent_ids"],
        json!([back["version_id"]])
    );
}

/// Equal edits on two branches, one committed, one recorded from the work tree first: each branch stays with its own.
#[test]
fn what_a_line_was_recorded_as_stays_without_the_sidecar_and_is_one_version_in_clones() {
    let project = Project::deployed();
    project.git(&["branch", "other"]);
    project.edit("SKILL.md", "the same edit\n");
    project.commit("Edit here");
    let here = project.record();
    project.git(&["switch", "--quiet", "other"]);
    let there = project.record_edit("SKILL.md", "the same edit\n");
    project.commit("Edit there");
    assert_ne!(here["version_id"], there["version_id"]);
    project.remove(".git/lineage");
    let refs = project.git(&["for-each-ref", "refs/lineage"]).stdout;
    assert_eq!(project.record()["version_id"], there["version_id"]);
    project.git(&["switch", "--quiet", "main"]);
    assert_eq!(project.record()["version_id"], here["version_id"]);
    assert_eq!(project.git(&["for-each-ref", "refs/lineage"]).stdout, refs);

    let clone = project.clone_as("clone", &[]);
    clone.lineage_ok(&["init"]);
    clone.git(&["fetch", "--quiet"]);
    clone.git(&["branch", "--quiet", "other", "origin/other"]);
    // Of several that the remote has, the one made in the work tree counts: for everybody who has fetched, on every line.
    for line in ["main", "other"] {
        let recorded = one(clone.lineage_json(&["record", "--line", line, "--rev", line]));
        assert_eq!(recorded["version_id"], there["version_id"], "{line}");
    }
    assert_eq!(clone.git(&["for-each-ref", "refs/lineage/heads"]).text(), "");
    // Without a head that says so, a version is that of the commit it was taken from.
    project.git(&[
        "update-ref",
        &format!("refs/lineage/kept/{}", text(&here, "version_id")),
        HEAD_REF,
    ]);
    project.git(&["update-ref", "-d", HEAD_REF]);
    assert_eq!(project.record()["version_id"], here["version_id"]);
}

/// Equal content of upstream, synced from older content on another branch: each branch follows its own.
#[test]
fn a_sync_that_skipped_a_version_is_not_taken_for_one_that_did_not() {
    // By chance the right one of two had the smaller id.
    for number in 0..4 {
        let project = Project::deployed();
        project.git(&["branch", "other"]);
        project.upstream("SKILL.md", format!("first {number}\n"));
        project.sync();
        project.commit("Sync");
        project.upstream("SKILL.md", format!("second {number}\n"));
        project.git(&["switch", "--quiet", "other"]);
        let skipped = project.sync();
        project.commit("Sync, skipping one");
        project.git(&["switch", "--quiet", "main"]);
        let synced = project.sync();
        project.commit("Sync again");
        for (line, version) in [("main", &synced), ("other", &skipped)] {
            let recorded = one(project.lineage_json(&["record", "--line", line, "--rev", line, ID]));
            let found = (&recorded["version_id"], &recorded["recorded"]);
            assert_eq!(found, (&version["version_id"], &json!(false)), "{line} {number}");
        }
    }
}
