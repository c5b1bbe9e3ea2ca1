//! The directories of a content, rebuilt from its flat list so that a path can be followed name by name.

use std::{borrow::Cow, collections::HashMap};

use unicode_normalization::UnicodeNormalization;

use super::names::{Bearer, check_name, is_ignored_by_hfs};
use crate::content::{ContentError, Entry, Mode, Refusal, error::to_path, flatten::MAX_DEPTH};

/// Index of a [`Place`].
pub(super) type PlaceId = usize;

/// What stands at one path.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    /// A directory, because a file lies below it.
    Directory,
    /// A file or symbolic link.
    Entry(&'a Entry),
    /// Nothing; a symbolic link names it.
    Nothing,
}

struct Place<'a> {
    parent: Option<PlaceId>,
    what: What<'a>,
    /// The path that put it there, for messages.
    path: &'a [u8],
}

/// All places of a content. The root is place 0.
pub(super) struct Paths<'a> {
    places: Vec<Place<'a>>,
    children: HashMap<(PlaceId, Cow<'a, [u8]>), PlaceId>,
    ignore_case: bool,
}

impl<'a> Paths<'a> {
    pub(super) const ROOT: PlaceId = 0;

    /// Checks and places all entries.
    pub(super) fn new(entries: &'a [Entry], ignore_case: bool) -> Result<Self, ContentError> {
        let root = Place {
            parent: None,
            what: What::Directory,
            path: b"",
        };
        let mut paths = Self {
            places: vec![root],
            children: HashMap::with_capacity(entries.len()),
            ignore_case,
        };
        for entry in entries {
            paths
                .add(entry)
                .map_err(|reason| ContentError::refused(&entry.path, reason))?;
        }
        Ok(paths)
    }

    fn add(&mut self, entry: &'a Entry) -> Result<(), Refusal> {
        if entry.id.is_null() {
            return Err(Refusal::NullId);
        }
        let path = entry.path.as_slice();
        let mut at = Self::ROOT;
        let mut start = 0;
        for (depth, name) in path.split(|byte| *byte == b'/').enumerate() {
            if depth >= MAX_DEPTH {
                return Err(Refusal::TooDeep { limit: MAX_DEPTH });
            }
            let end = start + name.len();
            let is_leaf = end == path.len();
            at = self.add_name(at, &path[..end], start, is_leaf.then_some(entry))?;
            start = end + 1;
        }
        Ok(())
    }

    /// Adds the last name of `path`, which starts at `start`, below `parent`.
    fn add_name(
        &mut self,
        parent: PlaceId,
        path: &'a [u8],
        start: usize,
        leaf: Option<&'a Entry>,
    ) -> Result<PlaceId, Refusal> {
        let name = &path[start..];
        let key = self.key(parent, name);
        let Some(&known) = self.children.get(&key) else {
            check_name(name, leaf.map_or(Bearer::Directory, |entry| Bearer::Leaf(entry.mode)))?;
            let what = leaf.map_or(What::Directory, What::Entry);
            return Ok(self.insert(key, parent, what, path));
        };
        let place = &self.places[known];
        if place.path[start..] != *name {
            return Err(Refusal::Twin {
                other: to_path(place.path),
            });
        }
        match (place.what, leaf) {
            (What::Directory, None) => Ok(known),
            (What::Entry(_), Some(_)) => Err(Refusal::Duplicate),
            (What::Entry(other), None) | (_, Some(other)) if other.mode == Mode::Symlink => Err(Refusal::ThroughLink {
                link: to_path(&other.path),
            }),
            _ => Err(Refusal::FileAndDirectory),
        }
    }

    fn insert(&mut self, key: (PlaceId, Cow<'a, [u8]>), parent: PlaceId, what: What<'a>, path: &'a [u8]) -> PlaceId {
        let id = self.places.len();
        self.places.push(Place {
            parent: Some(parent),
            what,
            path,
        });
        self.children.insert(key, id);
        id
    }

    fn key<'n>(&self, parent: PlaceId, name: &'n [u8]) -> (PlaceId, Cow<'n, [u8]>) {
        (
            parent,
            if self.ignore_case {
                fold(name).into()
            } else {
                name.into()
            },
        )
    }

    pub(super) fn what(&self, place: PlaceId) -> What<'a> {
        self.places[place].what
    }

    /// The directory that holds `place`; `None` above the root.
    pub(super) fn parent(&self, place: PlaceId) -> Option<PlaceId> {
        self.places[place].parent
    }

    /// The place called `name` below `parent`, where there may be nothing.
    pub(super) fn child(&mut self, parent: PlaceId, name: &[u8]) -> PlaceId {
        let (parent, name) = self.key(parent, name);
        if let Some(&known) = self.children.get(&(parent, Cow::Borrowed(&*name))) {
            return known;
        }
        self.insert((parent, Cow::Owned(name.into_owned())), parent, What::Nothing, b"")
    }

    /// All symbolic links, in the order of the entries.
    pub(super) fn links(&self) -> Vec<PlaceId> {
        let is_link =
            |place: &PlaceId| matches!(self.places[*place].what, What::Entry(entry) if entry.mode == Mode::Symlink);
        (0..self.places.len()).filter(is_link).collect()
    }
}

/// A form that two names share if some file system takes them for one: canonical decomposition, without case, and
/// without what HFS+ ignores. Bytes that are not UTF-8 stand for themselves.
fn fold(name: &[u8]) -> Vec<u8> {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let mut folded = Vec::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        // Upper case first: there are letters that share it and not their lower case, such as final sigma.
        let plain = chunk
            .valid()
            .chars()
            .filter(|character| !is_ignored_by_hfs(*character))
            .nfd();
        let caseless = plain.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd();
        folded.extend_from_slice(caseless.collect::<String>().as_bytes());
        folded.extend_from_slice(chunk.invalid());
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::HashKind;

    fn refusal(paths: &[(&str, Mode)], ignore_case: bool) -> Option<Refusal> {
        let mut entries: Vec<_> = paths
            .iter()
            .map(|(path, mode)| Entry::of_data(*path, *mode, b"x", HashKind::Sha1))
            .collect();
        let verdict = |entries: &[Entry]| match Paths::new(entries, ignore_case) {
            Ok(_) => None,
            Err(ContentError::Refused { reason, .. }) => Some(reason),
            Err(other) => panic!("{other}"),
        };
        let forwards = verdict(&entries);
        entries.reverse();
        assert_eq!(
            verdict(&entries).is_some(),
            forwards.is_some(),
            "order matters: {paths:?}"
        );
        forwards
    }

    #[test]
    fn paths_that_clash() {
        use Mode::{File, Symlink};
        assert_eq!(refusal(&[("a", File), ("b/a", File), ("b/c/a", Symlink)], true), None);
        assert_eq!(refusal(&[("a", File), ("a", Symlink)], false), Some(Refusal::Duplicate));
        assert_eq!(
            refusal(&[("a", File), ("a/b", File)], false),
            Some(Refusal::FileAndDirectory)
        );
        let through = |link: &str| Some(Refusal::ThroughLink { link: link.into() });
        assert_eq!(refusal(&[("a", Symlink), ("a/b", File)], false), through("a"));
        assert_eq!(refusal(&[("x/a", Symlink), ("x/a/b/c", File)], false), through("x/a"));
        for path in ["", "/", "/a", "a/", "a//b", "a/./b", "..", "../a", "a/.git/b", "a\0b"] {
            assert!(refusal(&[(path, File)], false).is_some(), "{path:?}");
        }
    }

    #[test]
    fn paths_that_are_one_where_case_is_ignored() {
        use Mode::File;
        let twins = [
            ("A", "a"),
            ("dir/x", "DIR/y"),
            ("é", "e\u{301}"),
            ("É", "e\u{301}"),
            ("Straße", "STRASSE"),
            ("ς", "Σ"),
            ("x\u{200d}", "x"),
            ("ǆ", "ǅ"),
        ];
        for (a, b) in twins {
            assert!(
                matches!(refusal(&[(a, File), (b, File)], true), Some(Refusal::Twin { .. })),
                "{a} {b}"
            );
            assert_eq!(refusal(&[(a, File), (b, File)], false), None, "{a} {b}");
        }
        assert_eq!(
            refusal(&[("dir/a", File), ("dir/b", File), ("dirA/a", File)], true),
            None
        );
        let invalid = [&b"\xff"[..], b"\xfe"].map(|path| Entry::of_data(path, File, b"", HashKind::Sha1));
        assert!(Paths::new(&invalid, true).is_ok());
    }

    #[test]
    fn depth_and_null_ids() {
        let deep = |names: usize| vec!["d"; names].join("/");
        assert_eq!(refusal(&[(&deep(MAX_DEPTH), Mode::File)], false), None);
        let limit = Some(Refusal::TooDeep { limit: MAX_DEPTH });
        assert_eq!(refusal(&[(&deep(MAX_DEPTH + 1), Mode::File)], false), limit);
        let mut entry = Entry::of_data("a", Mode::File, b"", HashKind::Sha256);
        entry.id = gix::ObjectId::null(gix::hash::Kind::Sha256);
        assert!(Paths::new(&[entry], false).is_err());
    }
}
