//! Who is answered when: a filter of git's holds a request up for as long as the test likes.

use serde_json::{Value, json};

use super::Server;
use crate::support::project::{ID, PATH, Project};

/// A project in which reading the artifact's file takes until there is a file `go`.
fn held_up() -> Project {
    let project = Project::deployed();
    project.write(".gitattributes", "slow.md filter=slow\n");
    project.git(&[
        "config",
        "filter.slow.clean",
        "touch begun; while ! [ -e go ]; do sleep 0.02; done; cat",
    ]);
    project.edit("slow.md", "Slow\n");
    project
}

fn wait_until_begun(project: &Project) {
    while !project.exists("begun") {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn a_question_does_not_wait_for_another_one() {
    let project = held_up();
    let mut server = Server::of(&project);
    let slow = server.ask("status", json!([]));
    wait_until_begun(&project);
    assert_eq!(server.lines("list", json!([]))[0]["artifact_id"], ID);
    project.write("go", "");
    assert_eq!(server.receive()["id"], slow);
}

#[test]
fn a_question_that_is_given_up_is_answered_at_once() {
    let project = held_up();
    let mut server = Server::of(&project);
    let slow = server.ask("status", json!([]));
    wait_until_begun(&project);
    server.notify("$/cancelRequest", json!({"id": slow}));
    let answer = server.receive();
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&json!(slow), &json!(-32800))
    );
    // Its id is free, and its own answer never comes.
    server.send(&json!({"jsonrpc": "2.0", "id": slow, "method": "list"}));
    assert!(server.receive()["result"].is_array());
    project.write("go", "");
    let (rest, output) = server.end();
    assert_eq!(rest, [] as [Value; 0]);
    assert_eq!(output.code, 0);
}

#[test]
fn what_writes_is_done_in_its_turn_and_to_its_end() {
    let project = held_up();
    let mut server = Server::of(&project);
    let first = server.ask("record", json!({"ids": [ID], "message": "First"}));
    wait_until_begun(&project);
    let second = server.ask("record", json!({"ids": [ID], "message": "Second"}));
    let third = server.ask("mv", json!([ID, "elsewhere"]));
    // Questions pass by.
    assert_eq!(server.lines("log", json!([ID])).len(), 1);
    // Too late for the first; the third has not begun.
    server.notify("$/cancelRequest", json!({"id": first}));
    server.notify("$/cancelRequest", json!({"id": third}));
    let cancelled = server.receive();
    assert_eq!(
        (&cancelled["id"], &cancelled["error"]["code"]),
        (&json!(third), &json!(-32800))
    );
    let again = json!({"jsonrpc": "2.0", "id": first, "method": "list"});
    server.send(&again);
    let refused = server.receive();
    assert_eq!(
        (&refused["id"], &refused["error"]["code"]),
        (&json!(first), &json!(-32600))
    );
    assert!(server.is_silent());
    project.write("go", "");
    let (rest, _) = server.end();
    assert_eq!(
        rest.iter().map(|answer| &answer["id"]).collect::<Vec<_>>(),
        [&json!(first), &json!(second)]
    );
    assert_eq!(rest[0]["result"][0]["summary"], "First");
    assert_eq!(rest[0]["result"][0]["recorded"], true);
    assert_eq!(rest[1]["result"][0]["recorded"], false);
    assert!(project.exists(PATH));
}

#[test]
fn many_at_once_are_all_answered() {
    let project = Project::deployed();
    let mut server = Server::of(&project);
    let ids: Vec<u64> = (0..200)
        .map(|n| match n % 4 {
            0 => server.ask("record", json!([ID])),
            1 => server.ask("status", json!([])),
            2 => server.ask("show", json!([ID])),
            _ => server.ask("verify", json!([])),
        })
        .collect();
    let (answers, output) = server.end();
    assert_eq!(output.code, 0);
    let mut answered: Vec<u64> = answers.iter().filter_map(|answer| answer["id"].as_u64()).collect();
    answered.sort_unstable();
    assert_eq!(answered, ids);
    assert!(answers.iter().all(|answer| answer["result"].is_array()), "{answers:?}");
    assert_eq!(project.lineage_json(&["log", ID]).len(), 1);
}
