//! `sync --each`: many artifacts by where they come from, in one go.

use crate::support::{
    TestRepo,
    project::{PATH, Project, SOURCE, text, texts},
};

/// A git upstream with these files, as its first commit.
#[track_caller]
fn upstream(project: &Project, name: &str, files: &[&str]) -> TestRepo {
    let repo = project.sibling(name, &[]);
    for file in files {
        repo.write(file, "one\n");
    }
    repo.commit("Begin");
    repo
}

/// Two git upstreams, and one artifact that is all of its plain directory.
#[track_caller]
fn deployed() -> (Project, [TestRepo; 2]) {
    let project = Project::new();
    let skills = upstream(
        &project,
        "skills.git-tree",
        &["skills/a/x.md", "skills/b/x.md", "agents/r.md"],
    );
    let others = upstream(&project, "others.git-tree", &["skills/c/x.md", "tools/d/x.md"]);
    project.lineage_ok(&["deploy", "../skills.git-tree", "skills", "--each", "skills/*"]);
    project.lineage_ok(&["deploy", "../skills.git-tree", "agents/r.md", "--from", "agents/r.md"]);
    project.lineage_ok(&["deploy", "../others.git-tree", "skills/c", "--from", "skills/c"]);
    project.lineage_ok(&["deploy", "../others.git-tree", "skills/d", "--from", "tools/d"]);
    project.lineage_ok(&["deploy", SOURCE, PATH]);
    project.commit("Deploy");
    for file in ["skills/a/x.md", "skills/b/x.md", "agents/r.md"] {
        skills.write(file, "two\n");
    }
    skills.commit("News");
    for file in ["skills/c/x.md", "tools/d/x.md"] {
        others.write(file, "two\n");
    }
    others.commit("News");
    project.upstream("SKILL.md", "two\n");
    (project, [skills, others])
}

#[test]
fn what_comes_from_there_is_synced_from_all_upstreams_at_once() {
    let (project, _upstreams) = deployed();
    // One of them is changed on both sides, another one's conflict is its own.
    project.write("skills/a/mine.md", "mine\n");
    project.write("skills/b/x.md", "mine\n");
    let output = project
        .lineage(&["--json", "sync", "--each", "skills/*"])
        .assert_code(3);
    let answers = output.json();
    assert_eq!(texts(&answers, "artifact_id"), ["skill/a", "skill/b", "skill/c"]);
    assert_eq!(texts(&answers, "result"), ["merged", "conflict", "fast_forward"]);
    assert_eq!(project.read("skills/c/x.md"), b"two\n");
    for untouched in ["skills/d/x.md", "agents/r.md"] {
        assert_eq!(project.read(untouched), b"one\n", "{untouched}");
    }
    // One command, so one step back.
    project.lineage_ok(&["sync", "--abort"]);
    project.lineage_ok(&["undo"]);
    assert_eq!(project.read("skills/c/x.md"), b"one\n");
    assert_eq!(
        project.git(&["status", "--porcelain"]).text(),
        " M skills/b/x.md\n?? skills/a/mine.md\n"
    );
}

#[test]
fn an_artifact_that_is_all_of_its_upstream_goes_by_its_own_path() {
    let (project, _upstreams) = deployed();
    let ids = |pattern: &str| {
        let answers = project.lineage_json(&["sync", "--dry-run", "--each", pattern]);
        texts(&answers, "artifact_id")
    };
    assert_eq!(ids(".claude/skills/*"), ["skill/pdf"]);
    assert_eq!(ids("agents/*.md"), ["agent/r"]);
    assert_eq!(ids("./tools/d/"), ["skill/d"]);
    assert_eq!(ids("**/[cd]"), ["skill/c", "skill/d"]);
    assert_eq!(ids("**").len(), 6);
}

#[test]
fn nothing_that_matches_is_an_error_that_says_what_there_is() {
    let (project, _upstreams) = deployed();
    let before = project.everything();
    let output = project.lineage(&["--json", "sync", "--each", "skill/*"]).assert_code(1);
    let error = output.json_error();
    assert_eq!(error["code"], "no_deployed_match", "{output}");
    assert!(text(&error, "message").contains("'skill/*'"), "{output}");
    let hints = error["hints"].to_string();
    for path in [PATH, "agents/r.md", "skills/a", "tools/d"] {
        assert!(hints.contains(&format!("'{path}'")), "{path}: {output}");
    }
    let output = project.lineage(&["--json", "sync", "--each", "../*"]).assert_code(1);
    assert_eq!(output.json_error()["code"], "path_outside", "{output}");
    before.assert_same(&project.everything());

    let output = Project::new()
        .lineage(&["--json", "sync", "--each", "*"])
        .assert_code(1);
    assert!(
        output.json_error()["hints"].to_string().contains("nothing is deployed"),
        "{output}"
    );
}

#[test]
fn it_is_one_of_the_ways_to_choose() {
    let project = Project::deployed();
    for other in ["skill/pdf", "--all", "--continue", "--abort"] {
        let output = project.lineage(&["sync", "--each", "*", other]).assert_code(2);
        assert!(output.err_text().contains("--each"), "{output}");
    }
}
