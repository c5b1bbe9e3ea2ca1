//! JSON-RPC 2.0 as its specification has it, and how it ends.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Server;
use crate::support::project::{ID, Project};

#[test]
fn errors_have_the_codes_of_the_specification() {
    let project = Project::deployed();
    let mut server = Server::of(&project);
    for (body, code, id) in [
        ("{", -32700, Value::Null),
        ("[]", -32600, Value::Null),
        ("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":3}", -32600, json!(7)),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"lst\"}",
            -32601,
            json!("a"),
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"list\",\"params\":{\"no\":1}}",
            -32602,
            Value::Null,
        ),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":-1,\"method\":\"show\",\"params\":[\"no/such\"]}",
            -32000,
            json!(-1),
        ),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"show\"}", -32602, json!(1)),
        (
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$/cancelRequest\",\"params\":{\"id\":1}}",
            -32601,
            json!(1),
        ),
    ] {
        server.body(body);
        let answer = server.receive();
        assert_eq!(
            (&answer["error"]["code"], &answer["id"]),
            (&json!(code), &id),
            "{body}: {answer}"
        );
        assert!(answer["error"]["message"].as_str().is_some_and(|text| !text.is_empty()));
    }
    assert_eq!(
        server.error("lst", json!([]))["data"]["hints"][0]
            .as_str()
            .map(|hint| hint.contains("'list'")),
        Some(true)
    );
    assert_eq!(
        server.error("show", json!(["no/such"]))["data"]["code"],
        "unknown_version"
    );
    let hint = server.error("sync", json!({"dryrun": true}))["data"]["hints"][0].to_string();
    assert!(hint.contains("dry_run"), "{hint}");
}

#[test]
fn notifications_are_done_and_never_answered() {
    let project = Project::deployed();
    let mut server = Server::of(&project);
    project.edit("SKILL.md", "# Ours\n");
    server.notify("record", json!({"ids": [ID], "message": "Notified"}));
    for method in ["no such", "$/unknown", "$/cancelRequest", "show"] {
        server.notify(method, json!({"id": 99, "version": "no/such"}));
    }
    // What writes is done in order, so this one is the last.
    let recorded = server.lines("record", json!([ID]));
    assert_eq!(
        (&recorded[0]["summary"], &recorded[0]["recorded"]),
        (&json!("Notified"), &json!(false))
    );
    assert!(server.is_silent());
}

#[test]
fn batches_are_answered_as_one() {
    let project = Project::deployed();
    let mut server = Server::of(&project);
    server.send(&json!([
        {"jsonrpc": "2.0", "id": "a", "method": "list"},
        {"jsonrpc": "2.0", "method": "list"},
        1,
        {"jsonrpc": "2.0", "id": "b", "method": "no such"},
        {"jsonrpc": "2.0", "id": "a", "method": "list"},
        {"jsonrpc": "2.0", "id": "c", "method": "record", "params": [ID]},
    ]));
    let answers = server.receive();
    let mut found: Vec<(String, String)> = answers
        .as_array()
        .expect("an array")
        .iter()
        .map(|answer| (answer["id"].to_string(), answer["error"]["code"].to_string()))
        .collect();
    found.sort();
    // Either of the two with one id may have been refused, or none if the first was answered already.
    let twice: Vec<_> = found
        .iter()
        .filter(|(id, _)| id == "\"a\"")
        .map(|(_, code)| code.as_str())
        .collect();
    assert!(twice == ["-32600", "null"] || twice == ["null", "null"], "{answers}");
    found.retain(|(id, _)| id != "\"a\"");
    let expected = [("\"b\"", "-32601"), ("\"c\"", "null"), ("null", "-32600")];
    assert_eq!(found, expected.map(|(id, code)| (id.to_owned(), code.to_owned())));
    // Nothing to answer.
    server.send(&json!([{"jsonrpc": "2.0", "method": "list"}, {"jsonrpc": "2.0", "method": "$/x"}]));
    server.send(&json!([1, []]));
    let invalid = server.receive();
    assert_eq!(invalid.as_array().map(Vec::len), Some(2), "{invalid}");
    assert!(server.is_silent());
}

#[test]
fn at_the_end_of_input_everything_is_answered() {
    let project = Project::deployed();
    let mut server = Server::of(&project);
    for _ in 0..20 {
        server.ask("status", json!([]));
    }
    server.raw("Content-Length: 100\r\n\r\n{");
    let (rest, output) = server.end();
    assert_eq!(rest.iter().filter(|answer| answer["result"].is_array()).count(), 20);
    let cut = rest.iter().find(|answer| answer["id"].is_null()).expect("told");
    assert_eq!(cut["error"]["code"], -32700);
    assert_eq!((output.code, output.err_text()), (0, ""));
    let (none, output) = Server::of(&project).end();
    assert_eq!((none.len(), output.code, output.err_text()), (0, 0, ""));
}

#[test]
fn it_ends_when_nobody_reads_its_answers() {
    let project = Project::deployed();
    let mut server = Server::of(&project);
    server.lines("list", json!([]));
    server.close_output();
    let begun = Instant::now();
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "list"}).to_string();
    while !server.has_ended() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it still lives");
        server.try_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.end().1.code, 0);
}

/// Merge drivers, filters and whatever git starts have neither the requests to read nor the answers to write into.
#[test]
fn programs_that_git_starts_cannot_get_in_between() {
    let project = Project::deployed();
    project.write(".gitattributes", "*.md merge=loud\n");
    project.git(&["config", "merge.loud.driver", "echo LOUD; cat; cp %B %A"]);
    project.git(&["config", "commit.gpgSign", "true"]);
    project.write_exec(
        "signer",
        "#!/bin/sh\ncat > /dev/null\necho LOUD\necho refused >&2\nexit 1\n",
    );
    project.git(&[
        "config",
        "gpg.program",
        project.path().join("signer").to_str().expect("text"),
    ]);
    project.git(&["config", "user.signingKey", "0"]);
    let mut server = Server::of(&project);
    project.edit("SKILL.md", "# Ours\n");
    project.upstream("SKILL.md", "# Theirs\n");
    let first = server.ask("record", json!([ID]));
    let second = server.ask("sync", json!({"ids": [ID], "no_gpg_sign": true}));
    let third = server.ask("list", json!([]));
    let mut answers: Vec<Value> = (0..3).map(|_| server.receive()).collect();
    answers.sort_by_key(|answer| answer["id"].as_u64());
    assert_eq!(
        [&answers[0]["id"], &answers[1]["id"], &answers[2]["id"]],
        [&json!(first), &json!(second), &json!(third)]
    );
    assert_eq!(answers[0]["error"]["data"]["code"], "signer_failed", "{}", answers[0]);
    assert_eq!(answers[1]["result"][0]["result"], "merged", "{}", answers[1]);
}
