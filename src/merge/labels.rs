//! [`Labels`]: what the sides of a merge are called, and putting that where git named the throw-away commits.
//!
//! `git merge-tree` calls the sides by what it was asked to merge, and that cannot be free text. So it is asked by ids, and
//! these are replaced: in conflict markers, in the names that it makes up (`<file>~<side>`), in messages. Nothing else can
//! hold such an id, for it depends on the contents merged.

use std::{borrow::Cow, collections::BTreeMap};

use gix::bstr::{BStr, BString, ByteSlice, ByteVec};

use super::history::Commits;

/// What the three sides of a merge are called. Each is one line of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Labels<'a> {
    /// Stands in markers with `merge.conflictStyle` diff3 and zdiff3.
    pub(crate) base: &'a str,
    /// What is here.
    pub(crate) ours: &'a str,
    /// What comes in.
    pub(crate) theirs: &'a str,
}

/// The labels by the ids of the commits that git knows the sides by.
pub(super) struct Relabel<'a>([(String, &'a str); 3]);

impl<'a> Relabel<'a> {
    pub(super) fn new(labels: Labels<'a>, commits: &Commits) -> Self {
        Relabel([
            (commits.base.to_string(), labels.base),
            (commits.ours.to_string(), labels.ours),
            (commits.theirs.to_string(), labels.theirs),
        ])
    }

    /// Bytes or text with every id replaced.
    pub(super) fn apply<'b>(&self, text: &'b [u8]) -> Cow<'b, [u8]> {
        let mut text = Cow::Borrowed(text);
        for (id, label) in &self.0 {
            if text.contains_str(id) {
                text = Cow::Owned(text.replace(id, label));
            }
        }
        text
    }

    /// A path that git made up, with the label as git flattens it into a name; `None` for any other path.
    fn made_up(&self, path: &BStr) -> Option<BString> {
        self.0.iter().find_map(|(id, label)| {
            let at = path.find(format!("~{id}"))?;
            let mut renamed = BString::from(&path[..=at]);
            renamed.push_str(label.replace('/', "_"));
            renamed.push_str(&path[at + 1 + id.len()..]);
            Some(renamed)
        })
    }
}

/// New names for the paths that git made up.
#[derive(Default)]
pub(super) struct Names(BTreeMap<BString, BString>);

impl Names {
    /// Names every path of `paths` that git made up; `is_taken` knows the paths that exist beside these.
    pub(super) fn new<'p>(
        relabel: &Relabel<'_>,
        paths: impl Iterator<Item = &'p BString>,
        is_taken: impl Fn(&BStr) -> bool,
    ) -> Self {
        let mut names = Names::default();
        for path in paths {
            let Some(wanted) = relabel.made_up(path.as_bstr()) else {
                continue;
            };
            if names.0.contains_key(path) {
                continue;
            }
            // As git goes on when a name is taken.
            let mut name = wanted.clone();
            let mut number = 0_u64;
            while is_taken(name.as_bstr()) || names.0.values().any(|other| *other == name) {
                name.clone_from(&wanted);
                name.push_str(format!("_{number}"));
                number += 1;
            }
            names.0.insert(path.clone(), name);
        }
        names
    }

    /// The name that a path gets.
    pub(super) fn of(&self, path: BString) -> BString {
        self.0.get(&path).cloned().unwrap_or(path)
    }

    /// A text with the paths in it replaced.
    pub(super) fn in_text(&self, text: &[u8]) -> Vec<u8> {
        let mut text = text.to_vec();
        for (path, name) in &self.0 {
            text = text.replace(path, name);
        }
        text
    }
}
