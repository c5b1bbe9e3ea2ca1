//! Every command answers in `serve` what it prints with `--json`.

use serde_json::{Value, json};

use super::Server;
use crate::support::project::{ID, PATH, Project, SOURCE, one, text};

/// What both say who do the same in two equal projects.
#[track_caller]
fn same(server: &mut Server, cli: &Project, method: &str, params: Value, args: &[&str]) -> Vec<Value> {
    let all: Vec<&str> = std::iter::once("--json").chain(args.iter().copied()).collect();
    let printed = cli.lineage(&all);
    let answer = server.answer(method, params);
    if printed.text().is_empty() && !printed.err_text().is_empty() {
        let error = printed.json_error();
        assert_eq!(answer["error"]["data"], error, "{method}");
        assert_eq!(answer["error"]["message"], error["message"], "{method}");
        let expected = if printed.code == 2 { -32602 } else { -32000 };
        assert_eq!(answer["error"]["code"], expected, "{method}");
        return Vec::new();
    }
    assert_eq!(answer["result"], Value::Array(printed.json()), "{method}");
    printed.json()
}

/// A time for all that is made: the same version has the same id in both projects then.
const NOW: &str = "2026-03-01T00:00:00+00:00";

#[test]
fn questions_are_answered_as_by_the_command_line() {
    let project = Project::deployed();
    project.record_edit("SKILL.md", "# Ours\n");
    let hash = text(&project.show(ID), "content_hash").to_owned();
    let parent = text(&project.show(ID), "parent_hash").to_owned();
    project.edit("forms.md", "Not recorded\n");
    let server = &mut Server::of(&project);
    for (method, params, args) in [
        ("list", json!({}), &["list"][..]),
        ("list", json!([]), &["list"]),
        ("list", json!({"line": "no-such"}), &["list", "--line", "no-such"]),
        ("status", json!({}), &["status"]),
        (
            "status",
            json!({"ids": [ID], "unchanged": true}),
            &["status", ID, "--unchanged"],
        ),
        ("status", json!(["skill/no"]), &["status", "skill/no"]),
        ("diff", json!({}), &["diff"]),
        (
            "diff",
            json!(["skill/pdf~1", "skill/pdf"]),
            &["diff", "skill/pdf~1", "skill/pdf"],
        ),
        ("log", json!({"version": ID}), &["log", ID]),
        (
            "log",
            json!({"all": true, "origin": "sync"}),
            &["log", "--all", "--origin", "sync"],
        ),
        ("log", json!({"max_count": 1}), &["log", "-n", "1"]),
        ("log", json!({"origin": "Sync"}), &["log", "--origin=Sync", "--"]),
        ("log", json!({"since": "never"}), &["log", "--since", "never"]),
        ("show", json!([ID]), &["show", ID]),
        ("show", json!({"version": "no/such"}), &["show", "no/such"]),
        (
            "lineage",
            json!({"version": ID, "all_parents": true}),
            &["lineage", ID, "--all-parents"],
        ),
        ("children", json!({"hash": parent}), &["children", &parent]),
        ("children", json!({"hash": "x"}), &["children", "--", "x"]),
        ("find", json!({"what": hash}), &["find", &hash]),
        ("find", json!({"what": PATH}), &["find", PATH]),
        (
            "find",
            json!({"what": hash, "where": true}),
            &["find", &hash, "--where"],
        ),
        ("find", json!({"what": "nothing there"}), &["find", "nothing there"]),
        (
            "merge-base",
            json!({"a": ID, "b": "skill/pdf~1", "all": true}),
            &["merge-base", ID, "skill/pdf~1", "--all"],
        ),
        ("path", json!(["skill/pdf~1", ID]), &["path", "skill/pdf~1", ID]),
        ("blame", json!([ID, "SKILL.md"]), &["blame", ID, "SKILL.md"]),
        ("verify", json!({}), &["verify"]),
        ("index status", json!({}), &["index", "status"]),
        ("hooks status", json!({}), &["hooks", "status"]),
        ("hub list", json!({}), &["hub", "list"]),
    ] {
        same(server, &project, method, params, args);
    }
}

#[test]
fn what_changes_something_does_the_same() {
    let (cli, served) = (Project::new(), Project::new());
    for project in [&cli, &served] {
        project.upstream("SKILL.md", "# Upstream\n");
        project.git(&["config", "user.name", "Ada"]);
    }
    let dated = || served.call().env("GIT_AUTHOR_DATE", NOW).env("GIT_COMMITTER_DATE", NOW);
    let server = &mut Server::by(dated());
    let step = |server: &mut Server, method: &str, params: Value, args: &[&str]| {
        let all: Vec<&str> = std::iter::once("--json").chain(args.iter().copied()).collect();
        let printed = cli
            .call()
            .env("GIT_AUTHOR_DATE", NOW)
            .env("GIT_COMMITTER_DATE", NOW)
            .lineage(&all);
        let answer = server.answer(method, params);
        if printed.text().is_empty() && !printed.err_text().is_empty() {
            assert_eq!(answer["error"]["data"], printed.json_error(), "{method}");
        } else {
            assert_eq!(answer["result"], Value::Array(printed.json()), "{method}");
        }
    };
    let both = |edit: &dyn Fn(&Project)| [&cli, &served].map(edit);
    step(server, "init", json!({}), &["init"]);
    step(
        server,
        "deploy",
        json!({"source": SOURCE, "path": PATH, "dry_run": true}),
        &["deploy", SOURCE, PATH, "--dry-run"],
    );
    step(
        server,
        "deploy",
        json!({"source": SOURCE, "path": PATH}),
        &["deploy", SOURCE, PATH],
    );
    step(
        server,
        "deploy",
        json!({"source": SOURCE, "path": PATH}),
        &["deploy", SOURCE, PATH],
    );
    both(&|project| project.edit("SKILL.md", "# Ours\n"));
    step(
        server,
        "record",
        json!({"ids": [ID], "message": "--ours"}),
        &["record", ID, "-m", "--ours"],
    );
    both(&|project| project.upstream("forms.md", "New upstream\n"));
    step(server, "sync", json!({"dry_run": true}), &["sync", "--dry-run"]);
    step(server, "sync", json!([ID]), &["sync", ID]);
    both(&|project| project.upstream("SKILL.md", "# Theirs\n"));
    step(server, "sync", json!({}), &["sync"]);
    step(server, "sync", json!({"continue": true}), &["sync", "--continue"]);
    step(server, "sync", json!({"abort": true}), &["sync", "--abort"]);
    step(
        server,
        "restore",
        json!([ID, "skill/pdf~1"]),
        &["restore", ID, "skill/pdf~1"],
    );
    step(server, "undo", json!({}), &["undo"]);
    step(
        server,
        "mv",
        json!({"id": ID, "path": "elsewhere", "new_id": "skill/other"}),
        &["mv", ID, "elsewhere", "--id", "skill/other"],
    );
    step(
        server,
        "adopt",
        json!({"paths": ["README.md"]}),
        &["adopt", "README.md"],
    );
    step(server, "remove", json!(["skill/other"]), &["remove", "skill/other"]);
    step(
        server,
        "prune",
        json!({"expire": "2100-01-01"}),
        &["prune", "--expire", "2100-01-01"],
    );
    step(server, "sync", json!(["skill/none"]), &["sync", "skill/none"]);
    step(server, "log", json!({"all": true}), &["log", "--all"]);
    step(server, "verify", json!({}), &["verify"]);
    assert_eq!(
        served.git(&["status", "--porcelain"]).text(),
        cli.git(&["status", "--porcelain"]).text()
    );
}

#[test]
fn paths_count_from_where_it_was_started() {
    let project = Project::deployed();
    let mut server = Server::by(project.call().cwd(".claude"));
    assert_eq!(one(server.lines("find", json!(["skills/pdf"])))["artifact_id"], ID);
    let mut outside = Server::by(project.call().cwd("../upstream"));
    assert_eq!(outside.error("list", json!({}))["data"]["code"], "not_a_repository");
}

#[test]
fn git_finds_it_too() {
    let project = Project::deployed();
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "list"}).to_string();
    let input = format!("Content-Length: {}\r\n\r\n{request}", request.len());
    let output = project.call().stdin(input).git(&["lineage", "serve", "--stdio"]);
    assert!(output.text().contains(ID), "{output}");
    assert_eq!(project.lineage(&["serve"]).code, 2, "the transport is named");
}
