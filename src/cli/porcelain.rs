//! Answers for scripts that read lines (docs/porcelain.md): the same in every version, whatever the settings and wherever they
//! go.
//!
//! A record is a line of fields with tabs between them, the last of which is a path. Nothing but paths of files can hold a
//! tab, so a record that ends in NUL needs no quotes; in a line they are those of git.

use std::io;

use super::{escape, output::Output};

/// Stands in a field that has nothing to say, so that no two tabs follow one another.
pub(super) const NOTHING: &str = "-";

/// The options of a command that can answer so.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct PorcelainArgs {
    /// Print lines for scripts, which stay the same: docs/porcelain.md
    #[arg(long, conflicts_with = "json")]
    porcelain: bool,
    /// The same, each ended by NUL and nothing in quotes
    #[arg(short = 'z', conflicts_with = "json")]
    nul: bool,
}

impl PorcelainArgs {
    /// Whether the answer is to be one for scripts.
    pub(super) fn is_wanted(self) -> bool {
        self.porcelain || self.nul
    }

    /// Prints a record.
    pub(super) fn print(self, fields: &[&str], path: &[u8], out: &mut Output) -> io::Result<()> {
        let mut record = Vec::new();
        for field in fields {
            record.extend(self.field(field.as_bytes()));
            record.push(b'\t');
        }
        record.extend(self.field(path));
        record.push(if self.nul { 0 } else { b'\n' });
        out.for_scripts(&record)
    }

    fn field(self, bytes: &[u8]) -> Vec<u8> {
        if self.nul { bytes.to_vec() } else { quoted(bytes) }
    }
}

/// As git quotes a path: within `"`, with C's escapes and octal digits, where it holds what a line or a terminal would
/// stumble over.
fn quoted(bytes: &[u8]) -> Vec<u8> {
    let harmless = |c: char| !(escape::is_harmful(c) || c == '"' || c == '\\');
    if std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(harmless)) {
        return bytes.to_vec();
    }
    let mut quoted = vec![b'"'];
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let mut buffer = [0; 4];
            let encoded = c.encode_utf8(&mut buffer).as_bytes();
            match short_escape(c) {
                Some(letter) => quoted.extend([b'\\', letter]),
                None if harmless(c) => quoted.extend(encoded),
                None => encoded.iter().for_each(|byte| octal(*byte, &mut quoted)),
            }
        }
        chunk.invalid().iter().for_each(|byte| octal(*byte, &mut quoted));
    }
    quoted.push(b'"');
    quoted
}

fn short_escape(c: char) -> Option<u8> {
    Some(match c {
        '"' => b'"',
        '\\' => b'\\',
        '\u{7}' => b'a',
        '\u{8}' => b'b',
        '\u{c}' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\u{b}' => b'v',
        _ => return None,
    })
}

fn octal(byte: u8, text: &mut Vec<u8>) {
    text.extend(format!("\\{byte:03o}").into_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_those_of_git() {
        for (bytes, shown) in [
            (&b"plain name.md"[..], "plain name.md"),
            ("발布.md".as_bytes(), "발布.md"),
            (b"a\tb\nc", r#""a\tb\nc""#),
            (b"say \"x\\y\"", r#""say \"x\\y\"""#),
            (b"\x1b[31m\x7f", r#""\033[31m\177""#),
            (b"\xff\xfe", r#""\377\376""#),
            ("\u{202e}x".as_bytes(), r#""\342\200\256x""#),
        ] {
            assert_eq!(String::from_utf8(quoted(bytes)).expect("text"), shown);
        }
    }
}
