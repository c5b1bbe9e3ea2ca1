//! The conversation in `docs/serve.md` takes place as it stands there.

use serde_json::Value;

use super::{blocks, page};
use crate::outsider::write_by_script;
use crate::serve::Server;
use crate::support::TestRepo;

/// What is said, and whether it is the client that says it; lines of one message go on indented.
fn conversation(text: &str) -> Vec<(bool, Value)> {
    let mut said: Vec<(bool, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("→ "), line.strip_prefix("← ")) {
            (Some(sent), _) => said.push((true, sent.to_owned())),
            (_, Some(answered)) => said.push((false, answered.to_owned())),
            _ => said.last_mut().expect("nothing before the first").1.push_str(line),
        }
    }
    let parsed = said.into_iter();
    parsed
        .map(|(is_sent, text)| {
            (
                is_sent,
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")),
            )
        })
        .collect()
}

/// Answers of a batch may come in any order.
fn sorted(answer: Value) -> Value {
    match answer {
        Value::Array(mut all) => {
            all.sort_by_key(|one| one["id"].to_string());
            Value::Array(all)
        }
        other => other,
    }
}

#[test]
fn the_conversation_takes_place() {
    let repo = TestRepo::usual();
    write_by_script(&repo);
    let mut server = Server::of(&repo);
    // The script needs no sidecar, and that one is made now is not what the page is about.
    repo.lineage_ok(&["index", "rebuild"]);
    let page = page("docs/serve.md");
    let texts = blocks(&page, "text");
    let (_, text) = texts
        .iter()
        .find(|(heading, _)| heading == "A conversation")
        .expect("it is there");
    let said = conversation(text);
    assert!(said.len() >= 6);
    for (is_sent, message) in said {
        if is_sent {
            server.send(&message);
        } else {
            assert_eq!(sorted(server.receive()), message);
        }
    }
}

#[test]
fn the_frame_on_the_page_is_one() {
    let repo = TestRepo::new();
    let page = page("docs/serve.md");
    let texts = blocks(&page, "text");
    let frame = texts.iter().find(|(_, text)| text.starts_with("Content-Length"));
    let frame = frame.expect("it is there").1.trim_end().replace("\\r\\n\n", "\r\n");
    let mut server = Server::of(&repo);
    server.raw(frame);
    assert_eq!(
        server.receive(),
        serde_json::json!({"jsonrpc": "2.0", "id": 1, "result": []})
    );
}

#[test]
fn the_note_on_the_page_is_one() {
    let repo = TestRepo::new();
    write_by_script(&repo);
    let page = page("docs/serve.md");
    let (_, shown) = blocks(&page, "json").remove(0);
    let mut server = Server::of(&repo);
    repo.lineage_ok(&["list"]);
    repo.remove(".git/lineage");
    server.ask("list", serde_json::json!([]));
    let mut note = server.receive();
    note["params"]["id"] = 3.into();
    assert_eq!(note, serde_json::from_str::<Value>(&shown).expect("JSON"));
}
