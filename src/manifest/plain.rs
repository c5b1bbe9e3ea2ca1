//! The short way through a manifest that is only read: a text as this program writes it, in which nothing is quoted.
//!
//! Guarantees: where [`entries`] answers, reading the text in full answers the same. It gives up on everything else: comments,
//! other sections and keys, quotes, other line ends, whatever is wrong.

use super::{ManifestEntry, entry::Key, index};
use crate::id::ArtifactId;

/// The entries of a plain text, sorted by id; `None` for any other text. Takes a fifth of what reading in full takes.
pub(super) fn entries(bytes: &[u8]) -> Option<Vec<ManifestEntry>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.strip_suffix('\n')?.split('\n').peekable();
    let mut entries = Vec::new();
    while let Some(line) = lines.next() {
        let id = line.strip_prefix("[artifact \"")?.strip_suffix("\"]")?;
        let id: ArtifactId = plain(id)?.parse().ok()?;
        let (Key::Path, path) = key_line(lines.next()?)? else {
            return None;
        };
        let mut entry = ManifestEntry::new(id, path.parse().ok()?);
        let mut last = Key::Path;
        while let Some(line) = lines.next_if(|line| line.starts_with('\t')) {
            let (key, value) = key_line(line)?;
            // In the order in which they are written, so none can be there twice.
            if key.index() <= last.index() {
                return None;
            }
            entry.set_value(key, value).ok()?;
            last = key;
        }
        entries.push(entry);
    }
    entries.sort_unstable_by(|a: &ManifestEntry, b| a.id.cmp(&b.id));
    index::stand_beside_one_another(&entries).then_some(entries)
}

fn key_line(line: &str) -> Option<(Key, &str)> {
    let (name, value) = line.strip_prefix('\t')?.split_once(" = ")?;
    let key = Key::ALL.into_iter().find(|key| key.as_str() == name)?;
    Some((key, plain(value)?))
}

/// A text that stands for itself, wherever it is.
fn plain(text: &str) -> Option<&str> {
    let is_special = |c: char| matches!(c, '"' | '\\' | ';' | '#') || c.is_control();
    let is_plain = !text.is_empty() && text.trim() == text && !text.contains(is_special);
    is_plain.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_program_writes_is_plain() {
        let mut manifest = super::super::Manifest::default();
        for number in [2, 0, 1] {
            let id = format!("skill/s{number}").parse().expect("an id");
            let mut entry = ManifestEntry::new(id, format!(".claude/skills/s{number}").parse().expect("a path"));
            entry.upstream = Some("https://example.org/skills.git".to_owned());
            entry.upstream_path = Some(format!("skills/s{number}"));
            entry.upstream_ref = Some("main".to_owned());
            manifest.set(entry).expect("valid");
        }
        let read = entries(&manifest.to_bytes()).expect("plain");
        assert!(manifest.entries().eq(&read));
        assert_eq!(read.len(), 3);
    }
}
