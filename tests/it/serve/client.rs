//! A client of the simplest kind.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    Call, Output, TestRepo,
    run::{LINEAGE, wait},
};

/// Longer than any answer takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running `git lineage serve --stdio`.
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    last_id: u64,
}

impl Server {
    pub(crate) fn of(repo: &TestRepo) -> Self {
        Self::by(repo.call())
    }

    pub(crate) fn by(call: Call<'_>) -> Self {
        let mut child = call.spawn_open(LINEAGE, &["serve", "--stdio"]);
        let (sender, messages) = channel();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || {
            loop {
                let mut length = None;
                loop {
                    let mut line = String::new();
                    if stdout.read_line(&mut line).expect("a pipe can be read") == 0 {
                        return;
                    }
                    match line.trim_end().split_once(": ") {
                        Some(("Content-Length", value)) => length = value.parse().ok(),
                        Some(_) => {}
                        None => break,
                    }
                }
                let mut body = vec![0; length.expect("every message has a length")];
                stdout.read_exact(&mut body).expect("a whole message");
                let message = serde_json::from_slice(&body).expect("every message is JSON");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Server {
            stdin: child.stdin.take(),
            child,
            messages,
            last_id: 0,
        }
    }

    /// Sends bytes as they are.
    pub(crate) fn raw(&mut self, bytes: impl AsRef<[u8]>) {
        let stdin = self.stdin.as_mut().expect("open");
        stdin.write_all(bytes.as_ref()).expect("the process lives");
        stdin.flush().expect("the process lives");
    }

    /// Sends the bytes of one message.
    pub(crate) fn body(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let mut message = format!("Content-Length: {}\r\n\r\n", bytes.len()).into_bytes();
        message.extend(bytes);
        self.raw(message);
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.body(message.to_string());
    }

    /// Sends a request; its id.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        let mut request = json!({"jsonrpc": "2.0", "id": id, "method": method});
        request["params"] = params;
        self.send(&request);
        id
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        let mut request = json!({"jsonrpc": "2.0", "method": method});
        request["params"] = params;
        self.send(&request);
    }

    /// The next message, whatever it is.
    #[track_caller]
    pub(crate) fn receive(&self) -> Value {
        match self.messages.recv_timeout(PATIENCE) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => panic!("no message after {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("the process has ended"),
        }
    }

    /// The answer to a request, which is the next message but for notes.
    #[track_caller]
    pub(crate) fn answer(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        loop {
            let message = self.receive();
            if message["method"] != "note" {
                assert_eq!(message["id"], id, "{message}");
                assert_eq!(message["jsonrpc"], "2.0");
                return message;
            }
        }
    }

    /// The lines of an answer that is none of failure.
    #[track_caller]
    pub(crate) fn lines(&mut self, method: &str, params: Value) -> Vec<Value> {
        let answer = self.answer(method, params);
        let lines = answer["result"].as_array();
        lines.unwrap_or_else(|| panic!("{method}: {answer}")).clone()
    }

    /// The error of an answer.
    #[track_caller]
    pub(crate) fn error(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer["error"].is_object(), "{method}: {answer}");
        answer["error"].clone()
    }

    /// Whether there is no message yet.
    pub(crate) fn is_silent(&self) -> bool {
        self.messages.try_recv().is_err()
    }

    /// Stops reading.
    pub(crate) fn close_output(&mut self) {
        // The thread above ends with the next message and closes the pipe.
        self.messages = channel().1;
    }

    /// Whether the process has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_some()
    }

    /// Sends bytes if anybody takes them.
    pub(crate) fn try_raw(&mut self, bytes: &[u8]) {
        let _ = self.stdin.as_mut().expect("open").write_all(bytes);
    }

    /// Closes stdin; what was answered until the end, and how that was.
    #[track_caller]
    pub(crate) fn end(mut self) -> (Vec<Value>, Output) {
        drop(self.stdin.take());
        let mut rest = Vec::new();
        while let Ok(message) = self.messages.recv_timeout(PATIENCE) {
            rest.push(message);
        }
        (rest, wait(self.child))
    }
}
