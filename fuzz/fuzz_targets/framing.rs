//! How `serve` cuts its input into messages: alike, however the bytes come in.
#![no_main]

use std::io::{Cursor, Read};

#[path = "../../src/cli/serve/framing.rs"]
mod framing;

use framing::{Frame, Frames};

/// Gives out a few bytes at a time.
struct Dripping<'d>(&'d [u8]);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(3).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn frames(input: impl Read) -> Vec<Frame> {
    let mut frames = Frames::new(input);
    std::iter::from_fn(|| frames.next().expect("reading from memory")).collect()
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let whole = frames(Cursor::new(data));
    let messages = |frames: &[Frame]| -> Vec<Vec<u8>> {
        let of = |frame: &Frame| match frame {
            Frame::Message(bytes) => Some(bytes.clone()),
            Frame::Malformed(_) => None,
        };
        frames.iter().filter_map(of).collect()
    };
    assert_eq!(messages(&frames(Dripping(data))), messages(&whole));
    // What comes behind is never lost, unless it stands in a header that has not ended: then it is a part of that.
    let request = br#"{"jsonrpc":"2.0","id":"probe","method":"list"}"#;
    let mut more = [data, b"x\r\n\r\n"].concat();
    more.extend(format!("Content-Length: {}\r\n\r\n", request.len()).bytes());
    more.extend(request);
    let all = messages(&frames(Cursor::new(&more)));
    assert!(
        all.iter().any(|message| message.ends_with(request)),
        "a request is lost"
    );
});
