//! JSON-RPC 2.0: what a request is, and how answers and errors are written.

use serde::Serialize;
use serde_json::Value;

use super::super::{
    json,
    report::{Report, USAGE},
};

/// Not JSON.
pub(super) const PARSE_ERROR: i64 = -32_700;
/// JSON, but no request.
pub(super) const INVALID_REQUEST: i64 = -32_600;
pub(super) const METHOD_NOT_FOUND: i64 = -32_601;
/// What the command line calls wrong usage.
pub(super) const INVALID_PARAMS: i64 = -32_602;
/// The program has a defect.
pub(super) const INTERNAL_ERROR: i64 = -32_603;
/// The command failed; `data` says at what.
pub(super) const COMMAND_FAILED: i64 = -32_000;
/// LSP's code for what `$/cancelRequest` has ended.
pub(super) const CANCELLED: i64 = -32_800;

/// So many requests may one array hold.
const LONGEST_BATCH: usize = 1000;

/// A request, or without an id a notification.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    /// A string, a whole number or null.
    pub(super) id: Option<Value>,
    pub(super) method: String,
    pub(super) params: Params,
}

/// By position or by name.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Params {
    #[default]
    None,
    List(Vec<Value>),
    Named(serde_json::Map<String, Value>),
}

/// An error as it is answered.
#[derive(Debug, PartialEq)]
pub(super) struct Problem {
    pub(super) code: i64,
    pub(super) message: String,
    /// Of a command: the object of docs/json.md.
    pub(super) data: Option<Value>,
}

/// What is no request, and the id it has nevertheless.
#[derive(Debug, PartialEq)]
pub(super) struct Refused {
    pub(super) id: Value,
    pub(super) problem: Problem,
}

/// What one message holds.
#[derive(Debug, PartialEq)]
pub(super) enum Message {
    One(Result<Request, Refused>),
    Batch(Vec<Result<Request, Refused>>),
}

impl Problem {
    pub(super) fn new(code: i64, message: impl Into<String>) -> Self {
        Problem {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// Wrong usage that the parser of command lines never sees.
    pub(super) fn usage(message: String, hints: Vec<String>) -> Self {
        Problem::of(&Report {
            code: "usage".to_owned(),
            message,
            causes: Vec::new(),
            candidates: Vec::new(),
            hints,
            exit: USAGE,
        })
    }

    /// The error that ended a command.
    pub(super) fn of(report: &Report) -> Self {
        let error = report.json_object();
        Problem {
            code: if report.exit == USAGE {
                INVALID_PARAMS
            } else {
                COMMAND_FAILED
            },
            message: error.message.clone(),
            data: serde_json::to_value(error).ok(),
        }
    }
}

/// Reads a message; one that holds no request at all is refused as a whole.
pub(super) fn parse(bytes: &[u8]) -> Message {
    let refused = |code, message: String| Message::One(Err(Refused::new(Value::Null, code, message)));
    match serde_json::from_slice(bytes) {
        Err(error) => refused(PARSE_ERROR, format!("not JSON: {error}")),
        Ok(Value::Array(all)) if all.is_empty() => refused(INVALID_REQUEST, "the batch is empty".to_owned()),
        Ok(Value::Array(all)) if all.len() > LONGEST_BATCH => refused(
            INVALID_REQUEST,
            format!("a batch holds at most {LONGEST_BATCH} requests, not {}", all.len()),
        ),
        Ok(Value::Array(all)) => Message::Batch(all.into_iter().map(request).collect()),
        Ok(one) => Message::One(request(one)),
    }
}

impl Refused {
    fn new(id: Value, code: i64, message: impl Into<String>) -> Self {
        Refused {
            id,
            problem: Problem::new(code, message),
        }
    }
}

fn request(value: Value) -> Result<Request, Refused> {
    let Value::Object(mut object) = value else {
        return Err(Refused::new(Value::Null, INVALID_REQUEST, "a request is an object"));
    };
    let id = object.remove("id");
    let echoed = id.clone().filter(is_id).unwrap_or_default();
    let refused = |message: &str| Err(Refused::new(echoed.clone(), INVALID_REQUEST, message));
    if id.as_ref().is_some_and(|id| !is_id(id)) {
        return refused("an id is a string, a whole number or null");
    }
    if object.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return refused("\"jsonrpc\" is not \"2.0\"");
    }
    let Some(Value::String(method)) = object.remove("method") else {
        return refused("\"method\" is no string");
    };
    let params = match object.remove("params") {
        None => Params::None,
        Some(Value::Array(list)) => Params::List(list),
        Some(Value::Object(named)) => Params::Named(named),
        Some(_) => return refused("\"params\" is neither an object nor an array"),
    };
    Ok(Request { id, method, params })
}

fn is_id(id: &Value) -> bool {
    match id {
        Value::Null | Value::String(_) => true,
        Value::Number(number) => number.is_i64() || number.is_u64(),
        _ => false,
    }
}

/// The answer to a request: the JSON Lines as an array.
pub(super) fn answer(id: &Value, lines: &[u8]) -> Vec<u8> {
    let mut message = beginning(id);
    message.extend(b"\"result\":[");
    let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
    // JSON has no line end but between lines.
    message.extend(lines.iter().map(|byte| if *byte == b'\n' { b',' } else { *byte }));
    message.extend(b"]}");
    message
}

/// The error that answers a request.
pub(super) fn failure(id: &Value, problem: &Problem) -> Vec<u8> {
    #[derive(Serialize)]
    struct Error<'a> {
        code: i64,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a Value>,
    }
    let mut message = beginning(id);
    message.extend(b"\"error\":");
    append(
        &mut message,
        &Error {
            code: problem.code,
            message: &problem.message,
            data: problem.data.as_ref(),
        },
    );
    message.push(b'}');
    message
}

/// What the user is to know beside an answer, as a notification.
pub(super) fn note(id: Option<&Value>, text: &str) -> Vec<u8> {
    #[derive(Serialize)]
    struct Note<'a> {
        jsonrpc: &'static str,
        method: &'static str,
        params: Params<'a>,
    }
    #[derive(Serialize)]
    struct Params<'a> {
        id: Option<&'a Value>,
        message: &'a str,
    }
    let mut message = Vec::new();
    append(
        &mut message,
        &Note {
            jsonrpc: "2.0",
            method: "note",
            params: Params { id, message: text },
        },
    );
    message
}

fn beginning(id: &Value) -> Vec<u8> {
    let mut message = b"{\"jsonrpc\":\"2.0\",\"id\":".to_vec();
    append(&mut message, id);
    message.push(b',');
    message
}

fn append(message: &mut Vec<u8>, value: &impl Serialize) {
    json::write(message, value).expect("texts and numbers are always JSON, and memory takes all");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(text: &str) -> (i64, Value) {
        match parse(text.as_bytes()) {
            Message::One(Err(refused)) => (refused.problem.code, refused.id),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn requests_and_notifications() {
        for id in [json!(1), json!("a"), json!(null), json!(-5), json!(u64::MAX)] {
            let text = json!({"jsonrpc": "2.0", "id": id, "method": "list", "extra": 1}).to_string();
            let Message::One(Ok(request)) = parse(text.as_bytes()) else {
                panic!("{text}")
            };
            assert_eq!(request.id, Some(id));
            assert_eq!((request.method.as_str(), request.params), ("list", Params::None));
        }
        let Message::Batch(batch) = parse(br#"[{"jsonrpc":"2.0","method":"a","params":[1]},1]"#) else {
            panic!("a batch")
        };
        assert_eq!(batch[0].as_ref().expect("a notification").id, None);
        assert_eq!(batch[1].as_ref().expect_err("a number").id, Value::Null);
    }

    #[test]
    fn what_is_no_request() {
        for text in ["", "{", "nul", "\u{feff}{}", "{\"a\":1e999}", "{}{}", &"[".repeat(500)] {
            assert_eq!(code(text), (PARSE_ERROR, Value::Null), "{text}");
        }
        assert_eq!(code("[]").0, INVALID_REQUEST);
        assert_eq!(code(&json!(vec![1; LONGEST_BATCH + 1]).to_string()).0, INVALID_REQUEST);
        for (text, id) in [
            ("1", Value::Null),
            ("\"list\"", Value::Null),
            ("null", Value::Null),
            ("{}", Value::Null),
            (r#"{"id":3}"#, json!(3)),
            (r#"{"jsonrpc":"1.0","id":"x","method":"list"}"#, json!("x")),
            (r#"{"jsonrpc":2.0,"id":"x","method":"list"}"#, json!("x")),
            (r#"{"jsonrpc":"2.0","id":1,"method":1}"#, json!(1)),
            (r#"{"jsonrpc":"2.0","id":1,"result":[]}"#, json!(1)),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"list"}"#, Value::Null),
            (r#"{"jsonrpc":"2.0","id":[1],"method":"list"}"#, Value::Null),
            (r#"{"jsonrpc":"2.0","id":true,"method":"list"}"#, Value::Null),
            (r#"{"jsonrpc":"2.0","id":1,"method":"list","params":1}"#, json!(1)),
            (r#"{"jsonrpc":"2.0","id":1,"method":"list","params":null}"#, json!(1)),
        ] {
            assert_eq!(code(text), (INVALID_REQUEST, id), "{text}");
        }
    }

    #[test]
    fn lines_become_an_array() {
        let read =
            |lines: &str| -> Value { serde_json::from_slice(&answer(&json!(1), lines.as_bytes())).expect("JSON") };
        assert_eq!(read(""), json!({"jsonrpc": "2.0", "id": 1, "result": []}));
        assert_eq!(read("{\"a\":\"\\n\"}\n")["result"], json!([{"a": "\n"}]));
        assert_eq!(read("{}\n{}\n")["result"], json!([{}, {}]));
    }
}
