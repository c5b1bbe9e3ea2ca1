//! `lineage.sidecar=false`: no file is made, none is read, nothing is told.

use super::World;
use crate::support::project::{HEAD_REF, ID, PATH, Project, SOURCE};

#[test]
fn no_file_is_made() {
    let project = Project::new();
    project.git(&["config", "lineage.sidecar", "false"]);
    let run = |args: &[&str]| {
        let output = project.lineage(args);
        assert_eq!(output.code, 0, "{output}");
        assert!(!project.exists(".git/lineage"), "{output}");
        assert!(!output.err_text().contains("sidecar"), "{output}");
        output
    };
    run(&["init"]);
    run(&["deploy", SOURCE, PATH]);
    project.commit("Add the pdf skill");
    project.edit("SKILL.md", "ours\n");
    run(&["record"]);
    let [hash, version] = [format!("{HEAD_REF}^{{tree}}"), HEAD_REF.to_owned()].map(|name| project.rev_parse(&name));
    project.git(&["checkout", "--quiet", "--", PATH]);
    run(&["record"]);
    project.upstream("SKILL.md", "theirs\n");
    run(&["sync"]);
    for question in [
        &["list"][..],
        &["log"],
        &["log", "--all"],
        &["show", ID],
        &["lineage", ID],
        &["lineage", ID, "--all-parents"],
        &["children", &hash],
        &["find", &hash],
        &["find", PATH],
        &["merge-base", ID, &version],
        &["path", &version, ID],
        &["verify"],
        &["index", "status"],
    ] {
        let output = run(question);
        assert!(!output.stdout.is_empty(), "{output}");
    }
    for command in [&["rebuild"][..], &["migrate", "--to", "1"], &["migrate", "--to", "2"]] {
        let args = [&["--json", "index"][..], command].concat();
        let error = project.lineage(&args).assert_code(1).json_error();
        assert_eq!(error["code"], "sidecar_disabled");
        assert!(!project.exists(".git/lineage"), "{command:?}");
    }
    let status = project.lineage_json(&["index", "status"]);
    assert_eq!(status[0]["state"], "disabled", "{status:?}");
    assert_eq!(project.git(&["rev-list", "--count", HEAD_REF]).trimmed(), "5");
}

#[test]
fn a_file_that_is_there_is_neither_read_nor_changed() {
    let world = World::new();
    let project = &world.project;
    project.write(project.sidecar(), "noise");
    for (question, truth) in world.cases() {
        let answer = super::ask(project, question, &[("lineage.sidecar", "false")]);
        super::assert_same(&answer, truth);
        assert_eq!(answer.err_text(), "");
    }
    project.edit("SKILL.md", "more\n");
    project
        .call()
        .config("lineage.sidecar", "false")
        .lineage_ok(&["record"]);
    let rebuilt = project
        .call()
        .config("lineage.sidecar", "false")
        .lineage(&["index", "rebuild"]);
    assert_eq!(rebuilt.code, 1, "{rebuilt}");
    assert!(project.read(project.sidecar()) == b"noise");
}
