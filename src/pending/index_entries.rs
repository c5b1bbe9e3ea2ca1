//! The index entries of some paths, as they are put back: mode, id, stage, and the flags that a user can set.

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
    index::{State, entry::Flags},
};

/// One entry of git's index, without its stat data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexEntry {
    /// Relative to the project.
    pub(crate) path: BString,
    /// git's mode number.
    pub(crate) mode: u32,
    pub(crate) id: ObjectId,
    /// 0, or 1 to 3 in a conflict.
    pub(crate) stage: u8,
    pub(crate) assume_unchanged: bool,
    pub(crate) skip_worktree: bool,
    pub(crate) intent_to_add: bool,
}

/// The entries at or below any of `paths`, in the index's order.
pub(crate) fn index_entries<'p>(index: &State, paths: impl IntoIterator<Item = &'p BStr>) -> Vec<IndexEntry> {
    let mut found = Vec::new();
    for path in paths {
        let mut folder = path.to_owned();
        folder.push(b'/');
        let own = index.entry_range(path).into_iter().flatten();
        let inside = index.prefixed_entries_range(folder.as_bstr()).into_iter().flatten();
        for at in own.chain(inside) {
            let entry = index.entry(at);
            found.push(IndexEntry {
                path: entry.path(index).to_owned(),
                mode: entry.mode.bits(),
                id: entry.id,
                stage: u8::try_from(entry.stage_raw()).unwrap_or(0),
                assume_unchanged: entry.flags.contains(Flags::ASSUME_VALID),
                skip_worktree: entry.flags.contains(Flags::SKIP_WORKTREE),
                intent_to_add: entry.flags.contains(Flags::INTENT_TO_ADD),
            });
        }
    }
    found
}

/// `<mode> <id> <stage> <flags>\t<path>\0` for each entry.
pub(super) fn encode(entries: &[IndexEntry]) -> Vec<u8> {
    let mut text = Vec::new();
    for entry in entries {
        let flag = |on: bool, letter: &'static str| if on { letter } else { "" };
        let line = format!(
            "{:o} {} {} {}{}{}-\t",
            entry.mode,
            entry.id,
            entry.stage,
            flag(entry.assume_unchanged, "h"),
            flag(entry.skip_worktree, "S"),
            flag(entry.intent_to_add, "N"),
        );
        text.extend_from_slice(line.as_bytes());
        text.extend_from_slice(&entry.path);
        text.push(0);
    }
    text
}

/// `None` for a text that [`encode`] did not write.
pub(super) fn decode(text: &[u8]) -> Option<Vec<IndexEntry>> {
    let lines = text.split(|byte| *byte == 0).filter(|line| !line.is_empty());
    lines.map(decode_line).collect()
}

fn decode_line(line: &[u8]) -> Option<IndexEntry> {
    let (head, path) = line.split_once_str("\t")?;
    let mut words = head.to_str().ok()?.split(' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let id = ObjectId::from_hex(words.next()?.as_bytes()).ok()?;
    let stage = words.next()?.parse().ok()?;
    let flags = words.next()?;
    Some(IndexEntry {
        path: path.into(),
        mode,
        id,
        stage,
        assume_unchanged: flags.contains('h'),
        skip_worktree: flags.contains('S'),
        intent_to_add: flags.contains('N'),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_being_written_down() {
        let id = ObjectId::from_hex(b"7bd8fc459f09f0e14dcc2adbb4a5a58e60ea755c").expect("valid");
        let entry = |path: &[u8], stage, flags: [bool; 3]| IndexEntry {
            path: path.into(),
            mode: 0o100_755,
            id,
            stage,
            assume_unchanged: flags[0],
            skip_worktree: flags[1],
            intent_to_add: flags[2],
        };
        let entries = vec![
            entry(b"a b\tc\n\xff", 0, [false, false, false]),
            entry(b"x", 3, [true, false, true]),
            entry(b"y", 1, [false, true, false]),
        ];
        assert_eq!(decode(&encode(&entries)), Some(entries));
        assert_eq!(decode(b""), Some(Vec::new()));
        assert_eq!(decode(b"nonsense\0"), None);
    }
}
