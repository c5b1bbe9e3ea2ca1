//! `serve` as it is: the program's own modules answer what comes in on standard input. Questions only: everything else would
//! do what it is told.
#![no_main]

use std::{cell::LazyCell, ffi::OsString, fs::File, io::Seek as _, io::Write as _};

use git_lineage_fuzz::Project;
use serde_json::Value;

#[path = "../../src/cli/mod.rs"]
mod cli;
#[path = "../../src/cli/serve/framing.rs"]
mod framing;

use framing::{Frame, Frames};

/// Methods that write nothing and ask nobody else.
const QUESTIONS: [&str; 12] = [
    "blame",
    "children",
    "diff",
    "find",
    "lineage",
    "list",
    "log",
    "merge-base",
    "path",
    "show",
    "verify",
    "status",
];
/// Parameters that would make some of them ask upstream.
const ELSEWHERE: [&str; 2] = ["upstream", "fetch"];

thread_local! {
    static PROJECT: LazyCell<(Project, Vec<OsString>)> = LazyCell::new(|| {
        let project = Project::new();
        std::env::set_current_dir(project.path()).expect("it is there");
        (project, ["git-lineage", "serve", "--stdio"].map(OsString::from).to_vec())
    });
}

/// Whether a message can do nothing but ask.
fn is_harmless(value: &Value) -> bool {
    match value {
        Value::Array(all) => all.iter().all(is_harmless),
        Value::Object(object) => {
            let method = object.get("method").and_then(Value::as_str).unwrap_or_default();
            let named = object.get("params").and_then(Value::as_object);
            let is_question = QUESTIONS.contains(&method) || !cli_knows(method);
            is_question && !named.is_some_and(|named| ELSEWHERE.iter().any(|name| named.contains_key(*name)))
        }
        _ => true,
    }
}

/// Whether a method could be one: all of them begin with a lower-case letter.
fn cli_knows(method: &str) -> bool {
    method.starts_with(|c: char| c.is_ascii_lowercase())
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut frames = Frames::new(data);
    while let Some(frame) = frames.next().expect("reading from memory") {
        if let Frame::Message(bytes) = frame
            && let Ok(value) = serde_json::from_slice(&bytes)
            && !is_harmless(&value)
        {
            return;
        }
    }
    PROJECT.with(|both| {
        let mut input = tempfile::tempfile().expect("a temporary file");
        input.write_all(data).expect("written");
        input.rewind().expect("it is a file");
        rustix::stdio::dup2_stdin(&input).expect("there are descriptors enough");
        let nowhere = File::options().write(true).open("/dev/null").expect("it is there");
        rustix::stdio::dup2_stdout(&nowhere).expect("there are descriptors enough");
        let code = format!("{:?}", cli::main(&both.1));
        assert_eq!(code, format!("{:?}", std::process::ExitCode::SUCCESS));
    });
});
