//! Where everything stands in a text in git-config syntax: sections, their known keys, and the lines of both.
//!
//! gix parses; this module follows its events to byte positions, which is what byte-exact editing needs, and refuses
//! the two things gix lets pass: a key with something other than `=` behind it (git refuses it too) and a
//! continuation at the end of the file, onto which the next section written would be glued. Sections are cut at line
//! starts, and each cut piece is a text that can be scanned again by itself.

use std::ops::Range;

use gix::config::{
    parse::{EventRef, Events},
    value::normalize,
};

use super::{ManifestError, entry::Key};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One section, or what stands before the first one. Positions count from the start of the scanned text.
#[derive(Debug)]
pub(super) struct Part {
    /// From the start of the header's line to the start of the next header's.
    pub(super) range: Range<usize>,
    /// The end of the last line that holds the header or a key; what follows are comments and blank lines.
    pub(super) body_end: usize,
    /// The header; `None` before the first section.
    pub(super) header: Option<Header>,
    /// The keys of [`Key`], if this is an `artifact` section.
    pub(super) keys: Vec<KeyLine>,
}

#[derive(Debug)]
pub(super) struct Header {
    /// The decoded name of the artifact section; `None` for any other section.
    pub(super) artifact: Option<Vec<u8>>,
    /// Line of the header, counted from 1.
    pub(super) line: usize,
    end: usize,
}

/// One known key and its value.
#[derive(Debug)]
pub(super) struct KeyLine {
    pub(super) key: Key,
    /// Line of the key, counted from 1.
    pub(super) line: usize,
    /// All of its line(s) with indentation, comment and line end; behind the header if that is on the same line.
    pub(super) range: Range<usize>,
    /// True if the header stands on the same line.
    pub(super) behind_header: bool,
    /// Where the key's name starts.
    pub(super) name_start: usize,
    /// What is between the `=` and the end of the value as written; `None` for a key without `=`.
    pub(super) raw_value: Option<Range<usize>>,
    /// The value as git reads it.
    pub(super) value: Vec<u8>,
}

/// The length of the byte order mark that git skips at the start of a file.
pub(super) fn bom_len(text: &[u8]) -> usize {
    if text.starts_with(BOM) { BOM.len() } else { 0 }
}

/// All parts of a text, in order; the first one is what stands before the first section.
///
/// # Errors
/// [`ManifestError::Syntax`], or [`ManifestError::Conflicted`] if that is why.
pub(super) fn scan(text: &[u8]) -> Result<Vec<Part>, ManifestError> {
    let start = bom_len(text);
    // gix skips byte order marks of all encodings, git that of UTF-8 only: no line begins with a byte of the others.
    let begins_line = |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_alphabetic() || b"[#;".contains(byte);
    if text.get(start).is_some_and(|byte| !begins_line(byte)) {
        return Err(unreadable(text, 1));
    }
    let events = Events::from_bytes(&text[start..], None).map_err(|err| unreadable(text, err.line_number()))?;
    let mut scanner = Scanner::new(text, start);
    let mut events = events.iter().peekable();
    while let Some(event) = events.next() {
        scanner.take(event)?;
        let ends_line = matches!(events.peek(), None | Some(EventRef::Newline(_)));
        if scanner.key_without_separator && matches!(event, EventRef::Value(_)) && !ends_line {
            return Err(unreadable(text, scanner.line));
        }
    }
    scanner.finish()
}

/// The one part of a text that [`scan`] has cut out before.
pub(super) fn scan_piece(text: &[u8]) -> Part {
    let parts = scan(text).expect("what is cut out of a scanned text, or written here, scans");
    let mut parts = parts.into_iter();
    let before_first = parts.next().expect("there is always a part before the first section");
    parts.next().unwrap_or(before_first)
}

struct Scanner<'t> {
    text: &'t [u8],
    pos: usize,
    line: usize,
    line_start: usize,
    /// A header or key stands on the current line.
    line_taken: bool,
    /// The line's key is in `keys` of the current part and waits for the end of its line.
    key_open: bool,
    in_continuation: bool,
    key_without_separator: bool,
    value_start: Option<usize>,
    pieces: Vec<u8>,
    parts: Vec<Part>,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t [u8], start: usize) -> Self {
        let before_first = Part {
            range: 0..start,
            body_end: start,
            header: None,
            keys: Vec::new(),
        };
        Self {
            text,
            pos: start,
            line: 1,
            line_start: start,
            line_taken: false,
            key_open: false,
            in_continuation: false,
            key_without_separator: false,
            value_start: None,
            pieces: Vec::new(),
            parts: vec![before_first],
        }
    }

    fn take(&mut self, event: EventRef<'_>) -> Result<(), ManifestError> {
        match event {
            EventRef::SectionHeader {
                name,
                separator,
                subsection_name,
            } => {
                let end = self.header_end(separator.is_some_and(|separator| separator != "."))?;
                let is_artifact = name.eq_ignore_ascii_case(b"artifact");
                let artifact = subsection_name.filter(|_| is_artifact).map(|name| name.to_vec());
                self.begin_part(artifact, end);
            }
            EventRef::SectionValueName(name) => {
                self.begin_key(name);
                self.pos += name.len();
            }
            EventRef::KeyValueSeparator => {
                self.key_without_separator = false;
                self.pos += 1;
            }
            EventRef::ValueNotDone(piece) => {
                self.value_start.get_or_insert(self.pos);
                self.pieces.extend_from_slice(piece);
                self.in_continuation = true;
                self.pos += piece.len() + 1;
            }
            EventRef::ValueDone(_) if self.in_continuation => return Err(unreadable(self.text, self.line)),
            EventRef::Value(piece) | EventRef::ValueDone(piece) => {
                self.value_start.get_or_insert(self.pos);
                self.pieces.extend_from_slice(piece);
                self.pos += piece.len();
                self.end_value();
            }
            EventRef::Newline(run) => self.newlines(run),
            EventRef::Whitespace(space) => self.pos += space.len(),
            EventRef::Comment { text, .. } => self.pos += 1 + text.len(),
        }
        Ok(())
    }

    /// The event holds the name decoded, so the end of the header as written has to be found again.
    fn header_end(&self, quoted: bool) -> Result<usize, ManifestError> {
        let mut bytes = (self.pos..).zip(&self.text[self.pos..]);
        let mut in_quotes = false;
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' if quoted => in_quotes = !in_quotes,
                b'\\' if in_quotes => {
                    bytes.next();
                }
                b']' if !in_quotes => return Ok(at + 1),
                _ => {}
            }
        }
        Err(unreadable(self.text, self.line))
    }

    fn begin_part(&mut self, artifact: Option<Vec<u8>>, end: usize) {
        let start = if self.line_taken { self.pos } else { self.line_start };
        self.end_line(start);
        self.current().range.end = start;
        self.parts.push(Part {
            range: start..end,
            body_end: end,
            header: Some(Header {
                artifact,
                line: self.line,
                end,
            }),
            keys: Vec::new(),
        });
        self.pos = end;
        self.line_taken = true;
    }

    fn begin_key(&mut self, name: &[u8]) {
        self.key_without_separator = true;
        self.value_start = None;
        self.pieces.clear();
        let (line, name_start, behind_header) = (self.line, self.pos, self.line_taken);
        let line_start = self.line_start;
        self.line_taken = true;
        let part = self.current();
        let Some(Header {
            artifact: Some(_), end, ..
        }) = part.header
        else {
            return;
        };
        if let Some(key) = Key::from_name(name) {
            let start = if behind_header { end } else { line_start };
            part.keys.push(KeyLine {
                key,
                line,
                range: start..name_start,
                behind_header,
                name_start,
                raw_value: None,
                value: Vec::new(),
            });
            self.key_open = true;
        }
    }

    fn end_value(&mut self) {
        if !self.key_open || self.key_without_separator {
            return;
        }
        let end = self.pos;
        let start = self.value_start.unwrap_or(end);
        let value = normalize(&self.pieces[..]).to_vec();
        if let Some(key) = self.current().keys.last_mut() {
            key.raw_value = Some(start..end);
            key.value = value;
        }
    }

    fn newlines(&mut self, run: &[u8]) {
        if !self.in_continuation {
            let first = if run.starts_with(b"\r\n") { 2 } else { 1 };
            self.end_line(self.pos + first);
            self.line_start = self.pos + run.len();
        }
        self.in_continuation = false;
        self.line += run.iter().filter(|byte| **byte == b'\n').count();
        self.pos += run.len();
    }

    /// Ends the line of a header or key before `end`.
    fn end_line(&mut self, end: usize) {
        if !self.line_taken {
            return;
        }
        let key_open = self.key_open;
        let part = self.current();
        part.body_end = end;
        if key_open && let Some(key) = part.keys.last_mut() {
            key.range.end = end;
        }
        self.line_taken = false;
        self.key_open = false;
    }

    fn current(&mut self) -> &mut Part {
        self.parts
            .last_mut()
            .expect("there is always a part before the first section")
    }

    fn finish(mut self) -> Result<Vec<Part>, ManifestError> {
        let end = self.text.len();
        if self.pos != end {
            return Err(unreadable(self.text, 1));
        }
        self.end_line(end);
        self.current().range.end = end;
        Ok(self.parts)
    }
}

/// Tells an unfinished merge from a broken line. Asked only where reading has failed: inside a value that goes on over
/// several lines, marker-like text is fine.
fn unreadable(text: &[u8], line: usize) -> ManifestError {
    let is_marker = |line: &[u8]| line.starts_with(b"<<<<<<<") || line.starts_with(b">>>>>>>");
    let mut lines = text.split(|byte| *byte == b'\n');
    if let Some(at) = lines.position(is_marker) {
        return ManifestError::Conflicted { line: at + 1 };
    }
    let text = text.split(|byte| *byte == b'\n').nth(line.saturating_sub(1));
    let text = String::from_utf8_lossy(text.unwrap_or_default());
    ManifestError::Syntax {
        line,
        text: text.trim().chars().take(60).collect(),
    }
}
