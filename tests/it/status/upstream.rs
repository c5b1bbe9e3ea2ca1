//! Git upstreams as last seen, and what cannot be seen.

use serde_json::{Value, json};

use super::{files, status, status_of};
use crate::support::{
    TestRepo,
    project::{ID, PATH, Project, one, text},
};

/// The upstream as a git repository, with one commit.
#[track_caller]
fn repository(project: &Project) -> TestRepo {
    let repo = project.sibling("skills.git-tree", &["--initial-branch=main"]);
    project.copy(project.upstream_dir("pdf"), repo.path().join("skills/pdf"));
    repo.commit("Begin");
    repo
}

#[track_caller]
fn deployed_from_git() -> (Project, TestRepo) {
    let project = Project::new();
    let upstream = repository(&project);
    project.lineage_ok(&["deploy", "../skills.git-tree", PATH, "--from", "skills/pdf"]);
    project.commit("Deploy");
    (project, upstream)
}

#[test]
fn a_git_upstream_is_as_it_was_last_fetched() {
    let (project, upstream) = deployed_from_git();
    let now = status(&project);
    assert_eq!(now["state"], "clean", "{now}");
    assert!(now["upstream_seen_at"].is_string(), "{now}");
    upstream.write("skills/pdf/SKILL.md", "theirs\n");
    upstream.write("skills/pdf/new.md", "theirs\n");
    upstream.commit("News");
    assert_eq!(status(&project)["state"], "clean", "nobody has asked");
    let before = project.everything();
    let now = one(project.lineage_json(&["status", ID, "--fetch"]));
    before.assert_same(&project.everything());
    assert_eq!(
        (&now["state"], files(&now)),
        (
            &json!("outdated"),
            ["M upstream SKILL.md", "A upstream new.md"].map(str::to_owned).to_vec()
        )
    );
    assert_eq!(status(&project), now, "and it is remembered");
    // What else happens there is none of this artifact's business.
    project.sync();
    assert_eq!(status(&project)["state"], "clean");
    upstream.write("elsewhere.md", "other\n");
    upstream.commit("Elsewhere");
    let now = one(project.lineage_json(&["status", ID, "--fetch"]));
    assert_eq!((&now["state"], files(&now)), (&json!("clean"), Vec::new()));
}

#[test]
fn a_git_upstream_that_was_never_fetched_here_is_unknown() {
    let (project, upstream) = deployed_from_git();
    for (news, state) in [(false, "clean"), (true, "outdated")] {
        if news {
            upstream.write("skills/pdf/SKILL.md", "theirs\n");
            upstream.commit("News");
        }
        project.remove(project.beside("home/.cache"));
        project.remove(".git/lineage");
        let now = status(&project);
        assert_eq!(
            (&now["state"], &now["upstream_seen_at"]),
            (&json!("unknown"), &Value::Null)
        );
        let shown = project.lineage_ok(&["status"]);
        assert!(shown.err_text().contains("git lineage status --fetch"), "{shown}");
        assert_eq!(one(project.lineage_json(&["status", "--fetch"]))["state"], state);
        assert_eq!(status(&project)["state"], state);
    }
}

#[test]
fn a_server_that_does_not_answer_is_said_beside_what_was_seen() {
    let (project, upstream) = deployed_from_git();
    let path = upstream.path().to_owned();
    let away = project.beside("away");
    std::fs::rename(&path, &away).expect("both are ours");
    std::fs::create_dir(&path).expect("it is free");
    // An empty directory is no git upstream any more.
    assert_eq!(status(&project)["state"], "unknown");
    std::fs::remove_dir(&path).expect("it is empty");
    std::fs::rename(&away, &path).expect("both are ours");
    project.git(&["config", "-f", ".gitlineage", "artifact.skill/pdf.upstream-ref", "gone"]);
    let output = project.lineage(&["--json", "status", "--fetch"]).assert_code(1);
    let now = one(output.json());
    assert_eq!(
        (&now["state"], &now["upstream_hash"]),
        (&json!("unknown"), &Value::Null)
    );
    assert!(text(&now["upstream_error"], "message").contains("gone"), "{now}");
    let shown = project.lineage(&["status", "--fetch"]).assert_code(1);
    assert!(shown.text().contains("upstream cannot be used"), "{shown}");
    assert!(shown.err_text().contains("has no branch or tag 'gone'"), "{shown}");
}

#[test]
fn an_artifact_that_upstream_deleted_is_outdated() {
    let (project, upstream) = deployed_from_git();
    upstream.remove("skills/pdf");
    upstream.write("README.md", "no skills any more\n");
    upstream.commit("Delete");
    let output = project.lineage(&["--json", "status", "--fetch"]).assert_code(1);
    let now = one(output.json());
    assert_eq!(now["state"], "outdated");
    assert_eq!(now["summary"]["upstream_changes"], 3);
    assert!(now["upstream_error"].is_object(), "{now}");
}

#[test]
fn attributes_of_this_project_count_for_a_git_upstream() {
    let project = Project::new();
    project.write(".gitattributes", "*.md text\n");
    project.commit("Attributes");
    let upstream = project.sibling("skills.git-tree", &["--initial-branch=main"]);
    upstream.write("skills/pdf/SKILL.md", "# One\r\n");
    upstream.commit("Begin");
    project.lineage_ok(&["deploy", "../skills.git-tree", PATH, "--from", "skills/pdf"]);
    project.commit("Deploy");
    assert_eq!(status(&project)["state"], "clean");
    upstream.write("unrelated", "x\n");
    upstream.commit("Unrelated");
    assert_eq!(one(project.lineage_json(&["status", "--fetch"]))["state"], "clean");
    upstream.write("skills/pdf/SKILL.md", "# Two\r\n");
    upstream.commit("Two");
    let now = one(project.lineage_json(&["status", "--fetch"]));
    let two = project
        .call()
        .stdin("# Two\n")
        .git(&["hash-object", "--stdin"])
        .trimmed();
    assert_eq!(now["files"][0]["upstream_hash"], two);
}

#[test]
fn hostile_content_upstream_is_told_and_stops_nobody() {
    let project = Project::deployed();
    project.make_upstream("zip");
    project.lineage_ok(&["deploy", "../upstream/skills/zip", ".claude/skills/zip"]);
    project.commit("Deploy");
    project.symlink("/etc/passwd", project.upstream_dir("pdf").join("link"));
    project.write(project.upstream_dir("zip").join("new.md"), "theirs\n");
    let all = project.lineage_json(&["status"]);
    assert_eq!(
        (&all[0]["state"], &all[1]["state"]),
        (&json!("unknown"), &json!("outdated"))
    );
    assert_eq!(all[1]["upstream_error"], Value::Null);
    assert!(text(&all[0]["upstream_error"], "message").contains("link"), "{all:?}");
    let shown = project.lineage_ok(&["status"]);
    assert!(
        shown.text().contains("  skill/pdf  unknown   upstream cannot be used"),
        "{shown}"
    );
    assert!(shown.err_text().starts_with("error: "), "{shown}");
    assert_eq!(status_of(&project, &["skill/zip"])["state"], "outdated");
}

#[test]
fn a_plain_directory_that_is_known_by_sight_is_still_looked_at() {
    let project = Project::deployed();
    let file = project.upstream_dir("pdf").join("SKILL.md");
    let original = project.read(&file);
    let modified = std::fs::metadata(&file).and_then(|metadata| metadata.modified());
    // Older than the clock's resolution, it is remembered.
    std::thread::sleep(std::time::Duration::from_millis(150));
    assert_eq!(status(&project)["state"], "clean");
    assert!(project.exists(".git/lineage/sources"));
    assert_eq!(status(&project)["state"], "clean");
    // As many bytes at the same time.
    project.write(&file, original.to_ascii_uppercase());
    let opened = std::fs::File::options().write(true).open(&file).expect("it is there");
    opened.set_modified(modified.expect("a time")).expect("it is ours");
    assert_eq!(files(&status(&project)), ["M upstream SKILL.md"]);
    project.write(&file, original);
    assert_eq!(status(&project)["state"], "clean");
    project.upstream("new.md", "theirs\n");
    assert_eq!(files(&status(&project)), ["A upstream new.md"]);
    // It becomes a git repository, of which nothing was ever fetched.
    project.remove(project.upstream_dir("pdf").join("new.md"));
    std::thread::sleep(std::time::Duration::from_millis(150));
    assert_eq!(status(&project)["state"], "clean");
    project.write(project.upstream_dir("pdf").join(".git/HEAD"), "ref: refs/heads/main\n");
    assert_eq!(status(&project)["state"], "unknown");
    // And what it is in this project depends on this project.
    project.remove(project.upstream_dir("pdf").join(".git"));
    project.write(
        project.upstream_dir("pdf").join("SKILL.md"),
        "# pdf\r\n\r\nRead and fill files.\r\n",
    );
    assert_eq!(files(&status(&project)), ["M upstream SKILL.md"]);
    project.write(".gitattributes", "*.md text\n");
    assert_eq!(status(&project)["state"], "clean");
}
