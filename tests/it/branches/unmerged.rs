//! A manifest that git could not merge: read from the index stages, key by key.

use super::story::{Story, When};
use crate::merging::with_lines;
use crate::support::project::{ID, Project, World, texts};

/// `docx` is deployed on `topic`, `epub` on main, both before `pdf`; merging topic stops at the manifest.
fn both_deployed() -> Project {
    let project = Project::deployed();
    for name in ["docx", "epub"] {
        project.make_upstream(name);
    }
    let deploy = |name: &str| {
        let [source, path] = ["../upstream/skills", "skills"].map(|folder| format!("{folder}/{name}"));
        project.lineage_ok(&["deploy", &source, &path]);
        project.commit(&format!("Add {name}"));
    };
    project.git(&["switch", "--quiet", "-c", "topic"]);
    deploy("docx");
    project.git(&["switch", "--quiet", "main"]);
    deploy("epub");
    let stopped = project.git_fails(&["merge", "--quiet", "topic"]);
    assert!(stopped.text().contains("conflict in .gitlineage"), "{stopped}");
    project
}

#[test]
fn it_is_read_as_it_is_and_written_by_the_next_command_that_writes() {
    let project = both_deployed();
    let before = World::of(project.path(), &[".git/lineage".as_ref(), ".git/objects".as_ref()]);
    let all = ["skill/docx", "skill/epub", "skill/pdf"];
    for args in [
        &["list"][..],
        &["status"],
        &["record", "--dry-run"],
        &["sync", "--dry-run"],
    ] {
        let answers = project.lineage_json(args);
        assert_eq!(texts(&answers, "artifact_id"), all, "{args:?}");
    }
    before.assert_same(&World::of(
        project.path(),
        &[".git/lineage".as_ref(), ".git/objects".as_ref()],
    ));
    assert_eq!(texts(&project.lineage_json(&["record"]), "artifact_id"), all);
    let text = String::from_utf8(project.read(".gitlineage")).expect("UTF-8");
    let sections: Vec<&str> = text.lines().filter(|line| !line.starts_with('\t')).collect();
    assert_eq!(sections, all.map(|id| format!("[artifact \"{id}\"]")));
    assert!(
        project.git(&["ls-files", "--unmerged"]).stdout.is_empty(),
        "it is staged"
    );
    assert!(
        project.git(&["diff", "--name-only"]).stdout.is_empty(),
        "as it is written"
    );
    project.git(&["commit", "--quiet", "--no-edit"]);
    assert!(project.lineage_json(&["verify"]).is_empty());
}

#[test]
fn what_it_leaves_open_is_named() {
    let project = Project::deployed();
    let move_to = |path: &str| {
        project.lineage_ok(&["mv", ID, path]);
        project.commit(&format!("Move it to {path}"));
    };
    project.git(&["switch", "--quiet", "-c", "topic"]);
    move_to("there");
    project.git(&["switch", "--quiet", "main"]);
    move_to("here");
    assert_ne!(project.call().git_any(&["merge", "--quiet", "topic"]).code, 0);
    for args in [&["--json", "list"][..], &["--json", "record"]] {
        let output = project.lineage(args).assert_code(1);
        let error = output.json_error();
        assert_eq!(error["code"], "undecided", "{output}");
        let message = error["message"].as_str().expect("a text");
        assert!(
            ["'path'", ID, "\"here\"", "\"there\""]
                .iter()
                .all(|part| message.contains(part)),
            "{message}"
        );
    }
    // What somebody has made of it counts, staged or not.
    let text = String::from_utf8(project.read(".gitlineage")).expect("UTF-8");
    let decided: String = text
        .lines()
        .filter(|line| !line.contains("there") && !is_marker(line))
        .map(|line| format!("{line}\n"))
        .collect();
    project.write(".gitlineage", &decided);
    assert_eq!(project.lineage_json(&["list"])[0]["path"], "here");
}

fn is_marker(line: &str) -> bool {
    ["<<<<<<<", "=======", ">>>>>>>"]
        .iter()
        .any(|marker| line.starts_with(marker))
}

#[test]
fn without_the_versions_nothing_is_decided() {
    let project = with_lines();
    let story = Story::on(project.clone(), "", When::AtTheEnd);
    story.git(&["branch", "topic"]);
    story.synced("S1", 10, "ten", "fast_forward");
    story.switch(&["topic"]);
    story.synced("T1", 15, "fifteen", "fast_forward");
    let clone = project.clone_as("clone", &[]);
    clone.git(&["checkout", "--quiet", "-b", "both", "origin/main"]);
    let stopped = clone.git_fails(&["merge", "--quiet", "origin/topic"]);
    assert!(stopped.text().contains("conflict in .gitlineage"), "{stopped}");
    for command in ["list", "record"] {
        let output = clone.lineage(&["--json", command]).assert_code(1);
        assert_eq!(output.json_error()["code"], "missing_versions", "{output}");
    }
    clone.git(&[
        "fetch",
        "--quiet",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/remotes/origin/*",
    ]);
    clone.lineage_ok(&["record"]);
    let baseline = clone
        .git(&["config", "--file", ".gitlineage", &format!("artifact.{ID}.baseline")])
        .trimmed();
    assert_eq!(baseline, story.baseline("main~1"), "what both have deployed");
}
