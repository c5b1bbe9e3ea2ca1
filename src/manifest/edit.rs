//! How text in git-config syntax is written: quoting, whole sections, and single lines in the text of one section.
//!
//! Guarantees: git reads back what was given, and no byte outside the lines concerned changes. A text that ends
//! without a newline still does afterwards.

use super::{
    ManifestEntry,
    entry::Key,
    scan::{KeyLine, bom_len, scan_piece},
};
use crate::id::ArtifactId;

/// The text of a section without its last line end.
pub(super) fn section(entry: &ManifestEntry, newline: &str) -> String {
    let mut text = header(&entry.id);
    for key in Key::ALL {
        if let Some(value) = entry.value(key) {
            text.push_str(newline);
            text.push_str(&key_line("\t", key, &value));
        }
    }
    text
}

fn header(id: &ArtifactId) -> String {
    let name = id.as_str().replace('\\', "\\\\").replace('"', "\\\"");
    format!("[artifact \"{name}\"]")
}

fn key_line(indent: &str, key: Key, value: &str) -> String {
    format!("{indent}{} = {}", key.as_str(), quoted(value))
}

/// The value as git itself would write it, save that an empty one gets quotes, which no editor trims.
fn quoted(value: &str) -> String {
    let needs_quotes =
        value.is_empty() || value.starts_with(' ') || value.ends_with(' ') || value.contains([';', '#', '\r']);
    let mut out = String::with_capacity(value.len() + 2);
    if needs_quotes {
        out.push('"');
    }
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ => out.push(c),
        }
    }
    if needs_quotes {
        out.push('"');
    }
    out
}

/// Puts another value where the old one stands.
pub(super) fn replace_value(section: &mut Vec<u8>, line: &KeyLine, value: &str) {
    let raw = line.raw_value.clone();
    let raw = raw.expect("reading refuses a known key without a value");
    section.splice(raw, quoted(value).into_bytes());
}

/// Puts a new key on the line after `previous`, indented like it.
pub(super) fn insert_after(section: &mut Vec<u8>, previous: &KeyLine, key: Key, value: &str, newline: &str) {
    let indent = if previous.behind_header {
        "\t".into()
    } else {
        String::from_utf8_lossy(&section[previous.range.start..previous.name_start]).into_owned()
    };
    let line = key_line(&indent, key, value);
    let at = previous.range.end;
    let written = if section[..at].ends_with(b"\n") && !goes_on(section, previous) {
        line + newline
    } else {
        newline.to_owned() + &line
    };
    section.splice(at..at, written.into_bytes());
}

/// Takes the line of a key out; what shares it, the header, stays.
pub(super) fn remove_line(section: &mut Vec<u8>, line: &KeyLine) {
    let removed: Vec<u8> = section.drain(line.range.clone()).collect();
    if removed.ends_with(b"\n") {
        if line.behind_header {
            let line_end: &[u8] = if removed.ends_with(b"\r\n") { b"\r\n" } else { b"\n" };
            section.splice(line.range.start..line.range.start, line_end.iter().copied());
        }
    } else if !line.behind_header {
        strip_newline(section);
    }
}

/// Takes the line end off a text, so that it ends as a file that ended without one did. Whatever the other lines have, CR LF
/// is one line end: CR alone is none, and belongs to no value.
pub(super) fn strip_newline(text: &mut Vec<u8>) {
    let without = text.strip_suffix(b"\r\n").or_else(|| text.strip_suffix(b"\n"));
    if let Some(len) = without.map(<[u8]>::len) {
        text.truncate(len);
    }
}

/// True if a section can be written directly behind this text.
pub(super) fn at_line_start(text: &[u8]) -> bool {
    // Where a comment ends so nothing goes on, and an empty line does no harm.
    text.len() == bom_len(text) || (text.ends_with(b"\n") && !ends_in_continuation(text))
}

/// Whether the value of a line goes on where the text ends: it would take in what is written there.
fn goes_on(section: &[u8], line: &KeyLine) -> bool {
    let value_end = line.raw_value.as_ref().map_or(line.range.end, |raw| raw.end);
    let is_commented = section[value_end..line.range.end]
        .iter()
        .any(|byte| b"#;".contains(byte));
    !is_commented && ends_in_continuation(&section[..line.range.end])
}

/// Whether the last line ends in a backslash that is not the second of two.
fn ends_in_continuation(text: &[u8]) -> bool {
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let backslashes = line.iter().rev().take_while(|byte| **byte == b'\\').count();
    backslashes % 2 == 1
}

/// Where the comments begin that stand directly above what follows `text`; its length if there are none. A comment
/// at the very top of the file belongs to the file.
pub(super) fn attached_comments(text: &[u8]) -> usize {
    let body_end = scan_piece(text).body_end;
    let mut start = text.len();
    for line in text[body_end..].split_inclusive(|byte| *byte == b'\n').rev() {
        if !line.trim_ascii_start().starts_with(b"#") && !line.trim_ascii_start().starts_with(b";") {
            break;
        }
        start -= line.len();
    }
    if start == bom_len(text) { text.len() } else { start }
}

/// The line end a text uses first; `\n` if it has none.
pub(super) fn newline_of(text: &[u8]) -> &'static str {
    let first = text.iter().position(|byte| *byte == b'\n');
    match first {
        Some(at) if text[..at].ends_with(b"\r") => "\r\n",
        _ => "\n",
    }
}
