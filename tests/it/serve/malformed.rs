//! Ten thousand requests that are none: an error for each, and the process lives.

use serde_json::{Value, json};

use super::Server;
use crate::support::{
    Rng,
    project::{ID, Project},
};

const COUNT: usize = 10_000;
const SEED: u64 = 20_261_126;
/// What tells that the framing is found again: an error that only a request of ours has.
const PROBE: &str = "probe";

fn pick(rng: &mut Rng, list: &Value) -> Value {
    let list = list.as_array().expect("a list");
    list[rng.below(list.len())].clone()
}

/// A message in a frame that is right; the codes of which one is answered.
fn message(rng: &mut Rng) -> (Vec<u8>, &'static [i64]) {
    let number = rng.below(1_000_000);
    let good = json!({"jsonrpc": "2.0", "id": number, "method": "show", "params": {"version": ID}}).to_string();
    let any_bytes = |rng: &mut Rng, count: usize| (0..count).map(|_| rng.below(256) as u8).collect::<Vec<u8>>();
    let params = |rng: &mut Rng| match rng.below(9) {
        0 => json!({"no_such": number}),
        1 => json!({"version": {"deep": number}}),
        2 => json!({"version": true}),
        3 => json!({"version": [ID, ID]}),
        4 => json!([]),
        5 => json!([ID, ID, ID]),
        6 => json!({"version": ID, "json": true}),
        7 => json!({"version": ID, "line": "a..b"}),
        _ => json!([[ID]]),
    };
    let text = match rng.below(14) {
        0 => return ([b"\0".to_vec(), any_bytes(rng, number % 60)].concat(), &[-32700]),
        1 => return (good.as_bytes()[..rng.below(good.len())].to_vec(), &[-32700]),
        2 => return ([good.as_bytes(), &any_bytes(rng, 1), b"}"].concat(), &[-32700]),
        3 => return (good.replacen("show", "\\ud800", 1).into_bytes(), &[-32700]),
        4 => {
            return (
                ["[", "{\"a\":"][rng.below(2)]
                    .repeat(200 + rng.below(20_000))
                    .into_bytes(),
                &[-32700],
            );
        }
        5 => return (good.replacen("skill", "\u{7f}\n", 1).into_bytes(), &[-32700]),
        6 => {
            let other = ["1.0", "2", "", "2.0 "][rng.below(4)];
            json!({"jsonrpc": other, "id": number, "method": "list"})
        }
        7 => {
            let id = pick(rng, &json!([[], {}, true, 0.5]));
            json!({"jsonrpc": "2.0", "id": id, "method": "list"})
        }
        8 => {
            let method = pick(rng, &json!([1, null, ["list"]]));
            json!({"jsonrpc": "2.0", "id": number, "method": method})
        }
        9 => {
            let params = pick(rng, &json!([1, "x", null]));
            json!({"jsonrpc": "2.0", "id": number, "method": "list", "params": params})
        }
        10 => pick(rng, &json!(["text", 0, null, true, [], {}])),
        11 => {
            let method = [
                "", "lists", "list ", "LIST", "demo", "serve", "hook", "index", "--help", "a\u{0}b", "../list",
            ];
            let request = json!({"jsonrpc": "2.0", "id": number, "method": method[rng.below(method.len())]});
            return (request.to_string().into_bytes(), &[-32601]);
        }
        12 => {
            let request = json!({"jsonrpc": "2.0", "id": number, "method": "show", "params": params(rng)});
            return (request.to_string().into_bytes(), &[-32602]);
        }
        _ => {
            let version = [
                "skill/no",
                "skill/pdf~9999",
                "0000000",
                "\u{0}",
                "\u{202e}",
                "-",
                "--all",
                "💥",
                " ",
            ][rng.below(9)];
            let request = json!({"jsonrpc": "2.0", "id": number, "method": "show", "params": [version]});
            return (request.to_string().into_bytes(), &[-32000, -32602]);
        }
    };
    (text.to_string().into_bytes(), &[-32600])
}

/// What is no message at all, whatever comes behind it.
fn noise(rng: &mut Rng) -> Vec<u8> {
    let body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"list\"}";
    let length = match rng.below(8) {
        0 => u64::MAX.to_string(),
        1 => "9".repeat(1 + 30 + rng.below(300)),
        2 => (16_777_217 + rng.below(1 << 40)).to_string(),
        3 => format!("-{}", rng.below(100)),
        4 => "0x20".to_owned(),
        5 => String::new(),
        6 => "12 34".to_owned(),
        // One that is believable, but of more than there is.
        _ => (body.len() + 1 + rng.below(2000)).to_string(),
    };
    match rng.below(9) {
        0..=3 => format!("Content-Length: {length}\r\n\r\n{body}").into_bytes(),
        4 => format!("{body}\n").into_bytes(),
        5 => format!("Length: {}\r\n\r\n{body}", body.len()).into_bytes(),
        6 => format!("Content-Length: {}\n\n{body}", body.len()).into_bytes(),
        7 => vec![b'a' + rng.below(26) as u8; 1 + rng.below(30_000)],
        _ => {
            let mut bytes: Vec<u8> = (0..rng.below(300)).map(|_| rng.below(256) as u8).collect();
            bytes.push(b'\n');
            bytes
        }
    }
}

#[test]
fn ten_thousand_malformed_requests_are_ten_thousand_errors() {
    let project = Project::deployed();
    let mut server = Server::of(&project);
    let mut rng = Rng(SEED);
    for at in 0..COUNT {
        if rng.one_in(3) {
            let bytes = noise(&mut rng);
            let shown = String::from_utf8_lossy(&bytes).chars().take(100).collect::<String>();
            let id = format!("{PROBE} {at}");
            server.raw(&bytes);
            server.send(&json!({"jsonrpc": "2.0", "id": id, "method": PROBE}));
            let error = server.receive();
            assert_eq!(
                (&error["id"], &error["error"]["code"]),
                (&Value::Null, &json!(-32700)),
                "{at}: {shown:?}: {error}"
            );
            let probe = server.receive();
            assert_eq!(
                (&probe["id"], &probe["error"]["code"]),
                (&json!(id), &json!(-32601)),
                "{at}: {shown:?}: {probe}"
            );
        } else {
            let (bytes, codes) = message(&mut rng);
            server.body(&bytes);
            let error = server.receive();
            let code = error["error"]["code"].as_i64();
            let shown = String::from_utf8_lossy(&bytes).chars().take(200).collect::<String>();
            assert!(
                code.is_some_and(|code| codes.contains(&code)),
                "{at}: {shown:?}: {error}"
            );
        }
        if at % 500 == 0 {
            assert_eq!(server.lines("list", json!([]))[0]["artifact_id"], ID, "after {at}");
        }
    }
    assert_eq!(server.lines("list", json!([]))[0]["artifact_id"], ID);
    let (rest, output) = server.end();
    assert_eq!(rest, [] as [Value; 0], "an error each, and no more");
    assert_eq!((output.code, output.err_text()), (0, ""));
}

/// Requests with single bytes changed may be valid: whatever they are, the next one is answered.
#[test]
fn changed_bytes_do_no_harm() {
    let project = Project::deployed();
    let mut server = Server::of(&project);
    let mut rng = Rng(SEED);
    let good = json!({"jsonrpc": "2.0", "id": 1, "method": "show", "params": {"version": ID}}).to_string();
    for at in 0..300 {
        let mut message = format!("Content-Length: {}\r\n\r\n{good}", good.len()).into_bytes();
        for place in rng.some_below(message.len(), 3) {
            message[place] = rng.below(256) as u8;
        }
        server.raw(&message);
        server.send(&json!({"jsonrpc": "2.0", "id": "good", "method": "list"}));
        let shown = String::from_utf8_lossy(&message).into_owned();
        let answer = std::iter::repeat_with(|| server.receive())
            .take(4)
            .find(|answer| answer["id"] == "good");
        assert_eq!(answer.expect(&shown)["result"][0]["artifact_id"], ID, "{at}: {shown:?}");
    }
}
