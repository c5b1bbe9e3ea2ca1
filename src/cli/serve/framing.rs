//! Messages as LSP frames them: header fields, an empty line, and as many bytes as `Content-Length` says.
//!
//! Guarantees: whatever comes in, each loss of the thread is told once, and reading goes on at the next header that can be
//! one. No valid JSON holds a header field at whose end there are two line ends, so that what is skipped, or has swallowed the
//! next message by a length that is too large, never hides one. No more memory is taken than a message may have bytes.

use std::io::{self, Read};

/// The longest message, in bytes.
pub(super) const LONGEST: usize = 16 << 20;
/// The longest header, in bytes.
const LONGEST_HEADER: usize = 8 << 10;
/// How much is read at once.
const CHUNK: usize = 64 << 10;

const LENGTH: &[u8] = b"content-length";
const END: &[u8] = b"\r\n\r\n";

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The bytes of a message.
    Message(Vec<u8>),
    /// Something else, and why it is none.
    Malformed(String),
}

/// The messages of a stream.
pub(super) struct Frames<R> {
    input: R,
    /// What was read and not yet given out.
    buffer: Vec<u8>,
    /// Bytes are skipped until there is a header again.
    lost: bool,
    /// So many bytes at the beginning are the end of a malformed message, or the beginning of a header that it has swallowed.
    doubtful: usize,
}

/// Why a header is none.
struct BadHeader {
    reason: String,
    /// Its end was found, so that what comes next is behind it; else a good one may begin inside.
    complete: bool,
}

impl<R: Read> Frames<R> {
    pub(super) fn new(input: R) -> Self {
        Frames {
            input,
            buffer: Vec::new(),
            lost: false,
            doubtful: 0,
        }
    }

    /// The next message; `None` at the end of the stream.
    pub(super) fn next(&mut self) -> io::Result<Option<Frame>> {
        let Some(header) = self.header()? else { return Ok(None) };
        let (end, length) = match header {
            Ok(found) => found,
            Err(reason) => return Ok(Some(Frame::Malformed(reason))),
        };
        self.buffer.drain(..end);
        let mut searched = 0;
        loop {
            let there = self.buffer.len().min(length);
            let next = match find_header(&self.buffer[..there], searched) {
                Found::At(next) => Some(next),
                // Its beginning only, or a text that looks like it.
                Found::Perhaps(next) if there == length && !is_json(&self.buffer[..length]) => Some(next),
                _ => None,
            };
            if let Some(next) = next {
                self.buffer.drain(..next);
                self.doubtful = there - next;
                let reason = format!("the next header begins after {next} of {length} bytes");
                return Ok(Some(Frame::Malformed(reason)));
            }
            if there == length {
                return Ok(Some(Frame::Message(self.buffer.drain(..length).collect())));
            }
            // A header that was not complete is looked at again.
            searched = there.saturating_sub(LONGEST_HEADER);
            if !self.fill()? {
                self.buffer.clear();
                let reason = format!("the input ends after {there} of {length} bytes");
                return Ok(Some(Frame::Malformed(reason)));
            }
        }
    }

    /// Where the next header ends and what length it says, or why it is none; `None` at the end of the stream.
    fn header(&mut self) -> io::Result<Option<Result<(usize, usize), String>>> {
        loop {
            if self.lost {
                match find_header(&self.buffer, 0) {
                    Found::At(at) => {
                        self.buffer.drain(..at);
                        self.lost = false;
                    }
                    Found::Perhaps(at) => drop(self.buffer.drain(..at)),
                    Found::Nowhere => self.buffer.clear(),
                }
            }
            if !self.lost {
                match header_at(&self.buffer) {
                    Some(Ok(found)) => {
                        self.doubtful = 0;
                        return Ok(Some(Ok(found)));
                    }
                    Some(Err(_)) if self.doubtful > 0 => {
                        self.buffer.drain(..self.doubtful);
                        self.doubtful = 0;
                        continue;
                    }
                    Some(Err(bad)) => {
                        let end = position(&self.buffer, END).filter(|_| bad.complete);
                        self.buffer.drain(..end.map_or(1, |end| end + END.len()));
                        self.lost = true;
                        return Ok(Some(Err(bad.reason)));
                    }
                    None => {}
                }
            }
            if !self.fill()? {
                let left = std::mem::take(&mut self.buffer);
                // Nothing is left to doubt: the end is told once, and then it is the end.
                let doubtful = std::mem::take(&mut self.doubtful);
                if self.lost || left.len() == doubtful {
                    return Ok(None);
                }
                return Ok(Some(Err("the input ends in a header".to_owned())));
            }
        }
    }

    /// Reads more; false at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        let before = self.buffer.len();
        self.buffer.resize(before + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(before + *read.as_ref().unwrap_or(&0));
        Ok(read? > 0)
    }
}

/// The header at the beginning: where it ends, and the length in it. `None` if more must be read to tell.
fn header_at(bytes: &[u8]) -> Option<Result<(usize, usize), BadHeader>> {
    let within = &bytes[..bytes.len().min(LONGEST_HEADER)];
    let bad = |reason: String, complete| Some(Err(BadHeader { reason, complete }));
    let Some(end) = position(within, END) else {
        let lines = within.split_inclusive(|byte| *byte == b'\n');
        if let Some(line) = lines.filter(|line| line.ends_with(b"\n")).find(|line| !is_field(line)) {
            return bad(no_field(line), false);
        }
        if within.len() == LONGEST_HEADER {
            return bad(format!("a header has at most {LONGEST_HEADER} bytes"), false);
        }
        return None;
    };
    let mut length: Option<Result<usize, String>> = None;
    let mut charset = None;
    for line in within[..end + 2].split_inclusive(|byte| *byte == b'\n') {
        let Some((name, value)) = field(line) else {
            return bad(no_field(line), false);
        };
        if name.eq_ignore_ascii_case(LENGTH) {
            length = Some(match length {
                None => length_of(value),
                Some(_) => Err("there are two lengths".to_owned()),
            });
        } else if name.eq_ignore_ascii_case(b"content-type") {
            charset = charset_of(value);
        }
    }
    match (length, charset) {
        (None, _) => bad("there is no Content-Length".to_owned(), false),
        (Some(Err(reason)), _) => bad(reason, true),
        (Some(Ok(_)), Some(charset)) => bad(format!("the charset is '{charset}', and not utf-8"), true),
        (Some(Ok(length)), None) => Some(Ok((end + END.len(), length))),
    }
}

fn length_of(value: &[u8]) -> Result<usize, String> {
    let shown = String::from_utf8_lossy(value);
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(format!("the length '{shown}' is no number"));
    }
    let length = shown.parse().ok().filter(|length| *length <= LONGEST);
    length.ok_or_else(|| format!("a message has at most {LONGEST} bytes, not {shown}"))
}

/// The charset of a `Content-Type`, if it is another than UTF-8.
fn charset_of(value: &[u8]) -> Option<String> {
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let charset = value.split(';').find_map(|part| part.trim().strip_prefix("charset="))?;
    let charset = charset.trim_matches('"').to_owned();
    (charset != "utf-8" && charset != "utf8").then_some(charset)
}

/// `name: value`, with its line end.
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.strip_suffix(b"\r\n")?;
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let is_name = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    is_name.then(|| (name, value.trim_ascii()))
}

fn is_field(line: &[u8]) -> bool {
    field(line).is_some()
}

fn no_field(line: &[u8]) -> String {
    let shown: String = String::from_utf8_lossy(line.trim_ascii_end())
        .chars()
        .take(40)
        .collect();
    format!("'{shown}' is no header field; a message begins with 'Content-Length: <bytes>' and an empty line")
}

/// Where in some bytes a header is.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    At(usize),
    /// There, if what has not been read yet is its rest.
    Perhaps(usize),
    Nowhere,
}

/// The first good header whose length comes first, from `from` on.
fn find_header(bytes: &[u8], from: usize) -> Found {
    let mut at = from;
    while at < bytes.len() {
        let Some(next) = bytes[at..]
            .iter()
            .position(|byte| byte.eq_ignore_ascii_case(&LENGTH[0]))
        else {
            return Found::Nowhere;
        };
        at += next;
        let rest = &bytes[at..];
        let name = &rest[..rest.len().min(LENGTH.len())];
        if name.eq_ignore_ascii_case(&LENGTH[..name.len()]) {
            match header_at(rest) {
                Some(Ok(_)) => return Found::At(at),
                None => return Found::Perhaps(at),
                Some(Err(_)) => {}
            }
        }
        at += 1;
    }
    Found::Nowhere
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives out so many bytes at once.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    /// Messages as text, and `!` for what is none.
    fn read(bytes: &[u8]) -> Vec<String> {
        let all = [1, 2, 7, 64, 1 << 20].map(|step| {
            let mut frames = Frames::new(Slow(bytes, step));
            let mut all = Vec::new();
            while let Some(frame) = frames.next().expect("memory can be read") {
                all.push(match frame {
                    Frame::Message(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                    Frame::Malformed(_) => "!".to_owned(),
                });
            }
            all
        });
        assert!(
            all.windows(2).all(|pair| pair[0] == pair[1]),
            "it depends on the size of the pieces: {all:?}"
        );
        all[0].clone()
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn messages_follow_one_another() {
        assert_eq!(read(b""), [] as [&str; 0]);
        let bodies = [
            "{}",
            "",
            "[1,\r\n\r\n2]",
            "[\"Content-Length: 2\"]",
            "\"content-length: 2\\r\\n\\r\\n{}\"",
        ];
        let all = bodies.map(framed).concat();
        assert_eq!(read(all.as_bytes()), bodies);
        for header in [
            "content-length:2",
            "CONTENT-LENGTH:   2  ",
            "X-Other: a: b\r\nContent-Length: 2",
            "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2",
            "Content-Length: 2\r\nContent-Type: application/json; charset=\"UTF8\"",
        ] {
            assert_eq!(read(format!("{header}\r\n\r\n{{}}").as_bytes()), ["{}"], "{header}");
        }
    }

    #[test]
    fn after_what_is_none_the_next_message_is_found() {
        for malformed in [
            "x",
            "{}\n",
            "hello\r\n\r\n",
            "\r\n\r\n",
            "\0\0\0",
            "Content-Length: 4\n\n{}{}",
            "Content-Length: x\r\n\r\n",
            "Content-Length: -1\r\n\r\n{}",
            "Content-Length: \r\n\r\n{}",
            "Content-Length: 1.5\r\n\r\n{}",
            "Content-Length: 99999999999999999999999999\r\n\r\n{}",
            "Content-Length: 16777217\r\n\r\n{\"a\": \"Content-Length: 2\"}",
            "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            "Content-Length: 2\r\nContent-Type: text/plain; charset=latin1\r\n\r\n{}",
            "Content-Type: application/json\r\n\r\n{}",
            "Content-Length 2\r\n\r\n{}",
            // More than there is: the next message is not part of it.
            "Content-Length: 3\r\n\r\n{}",
            "Content-Length: 9000\r\n\r\n{}",
            "Content-Length: 17\r\n\r\n{}",
            "Content-Length: 22\r\n\r\n{}",
        ] {
            let stream = malformed.to_owned() + &framed("{\"good\":1}");
            assert_eq!(read(stream.as_bytes()), ["!", "{\"good\":1}"], "{malformed:?}");
        }
        // The length is right, and what is none only ends as a header begins.
        assert_eq!(read((framed("{}c") + &framed("[]")).as_bytes()), ["!", "[]"]);
        assert_eq!(
            read((framed("{}co") + "x\n" + &framed("[]")).as_bytes()),
            ["!", "!", "[]"]
        );
        assert_eq!(read(framed("{}c").as_bytes()), ["!"]);
        // Less than there is: the rest is none.
        let stream = "Content-Length: 1\r\n\r\n{}\n".to_owned() + &framed("[]");
        assert_eq!(read(stream.as_bytes()), ["{", "!", "[]"]);
    }

    #[test]
    fn a_stream_that_ends_too_early_is_told() {
        for cut in ["C", "Content-Length: 2\r\n", "Content-Length: 2\r\n\r\n{"] {
            assert_eq!(read(cut.as_bytes()), ["!"], "{cut:?}");
        }
        // A header that begins in what is none, and never ends.
        assert_eq!(read(b"Content-Length: 20\r\n\r\nxxContent-Length: 2yyzz"), ["!", "!"]);
    }

    #[test]
    fn a_header_without_end_takes_no_memory() {
        let mut endless = Frames::new(io::repeat(b'a').take(32 << 20));
        assert!(matches!(endless.next(), Ok(Some(Frame::Malformed(_)))));
        assert!(matches!(endless.next(), Ok(None)));
        assert!(endless.buffer.capacity() < 1 << 20, "{}", endless.buffer.capacity());
    }

    #[test]
    fn the_longest_message_is_one() {
        let body = "x".repeat(LONGEST);
        let mut frames = Frames::new(io::Cursor::new(framed(&body) + &framed("{}")));
        assert!(matches!(frames.next(), Ok(Some(Frame::Message(found))) if found.len() == LONGEST));
        assert!(matches!(frames.next(), Ok(Some(Frame::Message(found))) if found == b"{}"));
    }
}
