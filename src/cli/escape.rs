//! Text from repositories, made harmless for a terminal.
//!
//! A summary, a path or an author's name can hold escape sequences that move the cursor or rewrite what stands above, and
//! invisible characters that reorder or hide text. They are shown as `\x1b` or `\u{202e}`. JSON has escapes of its own for the same characters.

use std::{borrow::Cow, fmt::Write as _};

/// For one line: controls, line ends included, and invisible characters are spelled out.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// For several lines: as [`line`], but line ends and tabs stand.
pub(super) fn block(text: &str) -> Cow<'_, str> {
    escape(text, |c| c == '\n' || c == '\t')
}

/// A path of a repository, which need not be UTF-8: other bytes as `\xff`.
pub(super) fn path(bytes: &[u8]) -> String {
    each_chunk(bytes, line)
}

/// A line of a file, which need not be UTF-8 either; its tabs stand.
pub(super) fn file_text(bytes: &[u8]) -> String {
    each_chunk(bytes, block)
}

fn each_chunk(bytes: &[u8], escape: fn(&str) -> Cow<'_, str>) -> String {
    let mut safe = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        safe.push_str(&escape(chunk.valid()));
        for byte in chunk.invalid() {
            write!(safe, "\\x{byte:02x}").expect("a String takes all");
        }
    }
    safe
}

fn escape(text: &str, allowed: impl Fn(char) -> bool) -> Cow<'_, str> {
    let harmful = |c: char| is_harmful(c) && !allowed(c);
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !harmful(c) => safe.push(c),
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if c.is_ascii() => write!(safe, "\\x{:02x}", u32::from(c)).expect("a String takes all"),
            c => write!(safe, "\\u{{{:x}}}", u32::from(c)).expect("a String takes all"),
        }
    }
    Cow::Owned(safe)
}

/// True for controls and for what a terminal shows nothing of.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Zero width, direction marks and overrides, line separators.
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}'
            // Tags: a whole invisible alphabet.
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{block, file_text, line, path};

    #[test]
    fn controls_and_invisible_characters_are_spelled_out() {
        for (text, safe) in [
            ("a\u{1b}[31mb", "a\\x1b[31mb"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{7f}\u{9b}\0", "\\x7f\\u{9b}\\x00"),
            (
                "x\u{202e}y\u{200b}\u{feff}\u{2066}",
                "x\\u{202e}y\\u{200b}\\u{feff}\\u{2066}",
            ),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            assert_eq!(line(text), safe);
        }
    }

    #[test]
    fn paths_are_bytes() {
        assert_eq!(path(b"a/\xff\x1b/\xc3\xa4"), "a/\\xff\\x1b/ä");
        assert_eq!(path(b"a\tb"), "a\\tb");
    }

    #[test]
    fn lines_of_files_keep_their_tabs_only() {
        assert_eq!(file_text(b"\tx\xff\x1b[2J\r\xc3\xa4"), "\tx\\xff\\x1b[2J\\rä");
    }

    #[test]
    fn honest_text_is_left_alone() {
        for text in ["", "skill/Design Principles", "发布 ü \\n", "café → 🎉"] {
            assert_eq!(line(text), text);
        }
        assert_eq!(block("a\n\tb\u{1b}"), "a\n\tb\\x1b");
    }
}
