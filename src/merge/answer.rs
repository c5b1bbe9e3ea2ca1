//! What `git merge-tree --stdin --messages` prints, read.
//!
//! Everything ends with a NUL byte. An answer is `1` (clean) or `0`, the id of the resulting tree, `<mode> <id>
//! <stage>TAB<path>` for every stage of every unmerged path, an empty field, the messages, an empty field. A message is the
//! number of paths it is about, these paths, its kind, its text. git 2.39 and later agree on this.

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
};

/// What git says about one merge; all paths are relative to the project.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) clean: bool,
    pub(super) tree: ObjectId,
    pub(super) stages: Vec<StageEntry>,
    pub(super) messages: Vec<RawMessage>,
}

/// One index entry of an unmerged path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StageEntry {
    pub(super) mode: u32,
    pub(super) id: ObjectId,
    /// 1, 2 or 3.
    pub(super) stage: u8,
    pub(super) path: BString,
}

/// A remark.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawMessage {
    /// Branch names may be among them.
    pub(super) paths: Vec<BString>,
    pub(super) kind: BString,
    pub(super) text: BString,
}

/// All answers up to the first one that is cut off or malformed; true if there is none such.
pub(super) fn parse(output: &[u8]) -> (Vec<Answer>, bool) {
    let mut fields = Fields(output);
    let mut answers = Vec::new();
    while !fields.0.is_empty() {
        match answer(&mut fields) {
            Some(answer) => answers.push(answer),
            None => return (answers, false),
        }
    }
    (answers, true)
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let (field, rest) = self.0.split_once_str(b"\0")?;
        self.0 = rest;
        Some(field)
    }

    /// The next field, unless it is the empty one that ends a list.
    fn next_in_list(&mut self) -> Option<Option<&'a [u8]>> {
        Some(Some(self.next()?).filter(|field| !field.is_empty()))
    }
}

fn answer(fields: &mut Fields<'_>) -> Option<Answer> {
    let clean = match fields.next()? {
        b"1" => true,
        b"0" => false,
        _ => return None,
    };
    let tree = ObjectId::from_hex(fields.next()?).ok()?;
    let mut stages = Vec::new();
    while let Some(field) = fields.next_in_list()? {
        stages.push(stage(field)?);
    }
    let mut messages = Vec::new();
    while let Some(field) = fields.next_in_list()? {
        messages.push(message(field, fields)?);
    }
    Some(Answer {
        clean,
        tree,
        stages,
        messages,
    })
}

fn stage(field: &[u8]) -> Option<StageEntry> {
    let (info, path) = field.split_once_str(b"\t")?;
    let mut info = info.to_str().ok()?.split(' ');
    let entry = StageEntry {
        mode: u32::from_str_radix(info.next()?, 8).ok()?,
        id: ObjectId::from_hex(info.next()?.as_bytes()).ok()?,
        stage: info.next()?.parse().ok().filter(|stage| (1..=3).contains(stage))?,
        path: path.into(),
    };
    info.next().is_none().then_some(entry)
}

fn message(count: &[u8], fields: &mut Fields<'_>) -> Option<RawMessage> {
    let count: usize = count.to_str().ok()?.parse().ok()?;
    let mut paths = Vec::new();
    for _ in 0..count {
        paths.push(fields.next()?.into());
    }
    Some(RawMessage {
        paths,
        kind: fields.next()?.into(),
        text: fields.next()?.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "352003967aa214ef568ec6f93f6daf79851adf86";
    const BLOB: &str = "0ff3bbb9c8bba2291654cd64067fa417ff54c508";

    fn conflict() -> String {
        format!(
            "0\0{TREE}\0100644 {BLOB} 1\ta\tb\n c\0120000 {BLOB} 3\t \0\0\
             1\0a\tb\n c\0Auto-merging\0Auto-merging a\n\0\
             2\0x\0topic\0CONFLICT (contents)\0\0\0"
        )
    }

    #[test]
    fn every_field_is_read() {
        let output = format!("1\0{TREE}\0\0\0{}1\0{TREE}\0\01\0p\0k\0t\0\0", conflict());
        let (answers, whole) = parse(output.as_bytes());
        assert!(whole);
        let [first, second, third] = answers.as_slice() else {
            panic!("{answers:?}")
        };
        assert!(first.clean && first.stages.is_empty() && first.messages.is_empty());
        assert!(!second.clean);
        let stages: Vec<_> = second
            .stages
            .iter()
            .map(|entry| (entry.mode, entry.stage, entry.path.to_string()))
            .collect();
        assert_eq!(
            stages,
            [(0o100_644, 1, "a\tb\n c".to_owned()), (0o120_000, 3, " ".to_owned())]
        );
        let [merging, contents] = second.messages.as_slice() else {
            panic!("{second:?}")
        };
        assert_eq!(merging.text, "Auto-merging a\n");
        assert_eq!(
            (contents.paths.len(), contents.kind.to_string(), contents.text.len()),
            (2, "CONFLICT (contents)".into(), 0)
        );
        assert!(third.clean && third.messages[0].kind == "k");
    }

    #[test]
    fn what_is_cut_off_is_no_answer() {
        let whole = conflict();
        for end in 1..whole.len() {
            let before = format!("1\0{TREE}\0\0\0{}", &whole[..end]);
            let (answers, complete) = parse(before.as_bytes());
            assert_eq!((answers.len(), complete), (1, false), "{before:?}");
        }
        assert_eq!(parse(b""), (Vec::new(), true));
    }

    #[test]
    fn what_is_malformed_is_no_answer() {
        for output in [
            format!("2\0{TREE}\0\0\0"),
            format!("noise\n1\0{TREE}\0\0\0"),
            format!("1\0{}\0\0\0", &TREE[1..]),
            format!("0\0{TREE}\0100644 {BLOB} 4\tx\0\0\0"),
            format!("0\0{TREE}\0100644 {BLOB} 1 1\tx\0\0\0"),
            format!("0\0{TREE}\0100644 {BLOB} 1 x\0\0\0"),
            format!("0\0{TREE}\010o644 {BLOB} 1\tx\0\0\0"),
            format!("0\0{TREE}\0\0-1\0p\0k\0t\0\0"),
            format!("0\0{TREE}\0\099999999999\0p\0k\0t\0\0"),
        ] {
            assert_eq!(parse(output.as_bytes()), (Vec::new(), false), "{output:?}");
        }
    }
}
