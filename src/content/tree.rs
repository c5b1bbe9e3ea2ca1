//! [`write_trees`]: nested git tree objects from a flat list of files.
//!
//! The objects are built bottom up in one pass over the sorted list, without recursion. Only what makes the objects
//! ambiguous is refused (a path twice, a path that is a file and a directory, an empty name); whether a name is
//! *acceptable* is the business of [`gate`](super::gate).

use gix::ObjectId;

use super::{ContentError, Entry, Refusal, hash::hash_object};
use crate::id::{ContentHash, HashKind};

/// Takes the data of a tree object (without the object header) and its id.
pub(crate) type TreeSink<'s, E> = dyn FnMut(&[u8], ObjectId) -> Result<(), E> + 's;

/// Hands every tree object of the content to `sink`, children before their parents and the root last, and returns the root's
/// id.
///
/// The entries may come in any order. Equal trees are handed over as often as they occur. The empty list makes the
/// empty tree.
///
/// # Errors
/// What `sink` returns, and [`ContentError::Refused`] for a path that is empty, contains an empty name or a NUL byte,
/// stands there twice, is a file and a directory, or whose id is of another hash function.
pub(crate) fn write_trees<E: From<ContentError>>(
    entries: &[Entry],
    kind: HashKind,
    sink: &mut TreeSink<'_, E>,
) -> Result<ContentHash, E> {
    // The order of whole paths by their bytes is git's tree order on every level: a directory's name is followed by
    // the '/' that git compares it with, and a file's by nothing.
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    if !sorted.is_sorted() {
        sorted.sort_unstable();
    }
    let mut open = OpenTrees {
        path: Vec::new(),
        trees: vec![OpenTree::default()],
        kind,
        sink,
    };
    let mut previous: Option<&Entry> = None;
    for entry in &sorted {
        let path = entry.path.as_slice();
        check_path(entry, kind)?;
        if previous.is_some_and(|previous| previous.path == entry.path) {
            return Err(ContentError::refused(path, Refusal::Duplicate).into());
        }
        previous = Some(entry);

        let directory = path
            .iter()
            .rposition(|byte| *byte == b'/')
            .map_or(&[][..], |slash| &path[..slash]);
        open.close_to(directory)?;
        while let Some(next) = open.next_below(directory) {
            if sorted.binary_search_by(|entry| entry.path.as_slice().cmp(next)).is_ok() {
                return Err(ContentError::refused(next, Refusal::FileAndDirectory).into());
            }
            open.open(next);
        }
        open.add_blob(entry);
    }
    open.close_all()
}

fn check_path(entry: &Entry, kind: HashKind) -> Result<(), ContentError> {
    let path = entry.path.as_slice();
    let reason = if path.split(|byte| *byte == b'/').any(<[u8]>::is_empty) {
        Refusal::EmptyName
    } else if path.contains(&0) {
        Refusal::Nul
    } else if HashKind::of(entry.id.kind()) != kind {
        Refusal::ForeignId
    } else {
        return Ok(());
    };
    Err(ContentError::refused(path, reason))
}

/// A tree object that may still get entries.
#[derive(Default)]
struct OpenTree {
    data: Vec<u8>,
    /// Length of the directory's path.
    path_len: usize,
    /// Where in that path its own name starts.
    name_start: usize,
}

impl OpenTree {
    fn add(&mut self, mode: &str, name: &[u8], id: ObjectId) {
        self.data.extend_from_slice(mode.as_bytes());
        self.data.push(b' ');
        self.data.extend_from_slice(name);
        self.data.push(0);
        self.data.extend_from_slice(id.as_slice());
    }
}

/// The root and the directories down to the one that is being filled.
struct OpenTrees<'s, E> {
    /// Path of the innermost open directory.
    path: Vec<u8>,
    /// Never empty: the first is the root.
    trees: Vec<OpenTree>,
    kind: HashKind,
    sink: &'s mut TreeSink<'s, E>,
}

impl<E> OpenTrees<'_, E> {
    fn innermost(&mut self) -> &mut OpenTree {
        self.trees.last_mut().expect("the root is open until the end")
    }

    /// Closes directories until the innermost one is `directory` or contains it.
    fn close_to(&mut self, directory: &[u8]) -> Result<(), E> {
        while !contains(&self.path, directory) {
            self.close()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), E> {
        let closed = self
            .trees
            .pop()
            .expect("only directories below the root are closed here");
        let id = hash_object(self.kind, "tree", &closed.data);
        (self.sink)(&closed.data, id)?;
        let name = self.path[closed.name_start..].to_vec();
        let parent = self.innermost();
        parent.add("40000", &name, id);
        let parent_len = parent.path_len;
        self.path.truncate(parent_len);
        Ok(())
    }

    /// The path, one level below the innermost directory, of the next directory to open on the way to `directory`.
    fn next_below<'p>(&self, directory: &'p [u8]) -> Option<&'p [u8]> {
        if self.path.len() == directory.len() {
            return None;
        }
        let start = self.name_start();
        let end = directory[start..]
            .iter()
            .position(|byte| *byte == b'/')
            .map_or(directory.len(), |at| start + at);
        Some(&directory[..end])
    }

    /// Where a name in the innermost directory starts.
    fn name_start(&self) -> usize {
        if self.path.is_empty() { 0 } else { self.path.len() + 1 }
    }

    fn open(&mut self, directory: &[u8]) {
        let name_start = self.name_start();
        self.path.clear();
        self.path.extend_from_slice(directory);
        self.trees.push(OpenTree {
            data: Vec::new(),
            path_len: directory.len(),
            name_start,
        });
    }

    fn add_blob(&mut self, entry: &Entry) {
        let name_start = self.name_start();
        self.innermost()
            .add(entry.mode.as_str(), &entry.path[name_start..], entry.id);
    }

    fn close_all(mut self) -> Result<ContentHash, E> {
        self.close_to(b"")?;
        let root = self.innermost();
        let data = std::mem::take(&mut root.data);
        let id = hash_object(self.kind, "tree", &data);
        (self.sink)(&data, id)?;
        Ok(ContentHash::from_oid(id))
    }
}

/// True if `path` is `directory` or lies below it.
fn contains(directory: &[u8], path: &[u8]) -> bool {
    directory.is_empty()
        || path
            .strip_prefix(directory)
            .is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;
    use crate::content::{
        Mode, flatten,
        testing::{KINDS, TestRepo, samples},
    };

    const NAMES: &[&str] = &["a", "a.b", "a-b", "a0", "b", "A", "a b", "é", "\u{1}"];

    fn entries(kind: HashKind) -> impl Strategy<Value = Vec<Entry>> {
        let path = vec(select(NAMES), 1..4).prop_map(|names| names.join("/"));
        let mode = select(&[Mode::File, Mode::Executable, Mode::Symlink][..]);
        vec((path, mode), 0..12).prop_map(move |files| {
            let of = |(path, mode): (String, _)| Entry::of_data(path.clone(), mode, path.as_bytes(), kind);
            files.into_iter().map(of).collect()
        })
    }

    type Store = HashMap<ObjectId, Vec<u8>>;

    fn store(entries: &[Entry], kind: HashKind) -> Result<(ContentHash, Store), ContentError> {
        let mut store = Store::new();
        let mut sink = |data: &[u8], id| {
            store.insert(id, data.to_vec());
            Ok::<_, ContentError>(())
        };
        let root = write_trees(entries, kind, &mut sink)?;
        Ok((root, store))
    }

    #[test]
    fn the_ids_are_those_of_git() {
        for kind in KINDS {
            let repo = TestRepo::new(kind);
            let mut compared = 0;
            for entries in samples(60, &entries(kind)) {
                let Ok((root, _)) = store(&entries, kind) else {
                    continue;
                };
                let line = |entry: &Entry| format!("{} {}\t{}\0", entry.mode.as_str(), entry.id, entry.path);
                let lines: String = entries.iter().map(line).collect();
                repo.ok(["read-tree", "--empty"]);
                repo.ok_with(["update-index", "--add", "-z", "--index-info"], lines.as_bytes());
                assert_eq!(repo.ok(["write-tree", "--missing-ok"]), root.to_string(), "{entries:?}");
                compared += 1;
            }
            assert!(compared > 10, "{compared}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(mut entries in entries(HashKind::Sha1)) {
            let written = store(&entries, HashKind::Sha1);
            entries.sort_unstable();
            let clash = |entry: &&Entry| {
                let count = entries.iter().filter(|other| other.path == entry.path).count();
                let below = [entry.path.as_slice(), b"/"].concat();
                count > 1 || entries.iter().any(|other| other.path.starts_with(&below))
            };
            prop_assert_eq!(written.is_err(), entries.iter().any(|entry| clash(&entry)));
            if let Ok((root, store)) = written {
                let mut find = |id| Ok::<_, ContentError>(store[&id].clone());
                prop_assert_eq!(flatten(root.oid(), &mut find).expect("a good tree"), entries);
            }
        }
    }

    #[test]
    fn children_come_before_their_parents_and_the_root_last() {
        for kind in KINDS {
            let files = ["x/y/z", "x/y/w", "a", "x.y"].map(|path| Entry::of_data(path, Mode::File, b"", kind));
            let mut seen = Vec::new();
            let mut sink = |data: &[u8], id: ObjectId| {
                assert_eq!(hash_object(kind, "tree", data), id);
                seen.push(id);
                Ok::<_, ContentError>(())
            };
            let root = write_trees(&files, kind, &mut sink).expect("no clash");
            assert_eq!((seen.len(), seen.last()), (3, Some(&root.oid())));
        }
        let (empty, trees) = store(&[], HashKind::Sha256).expect("no clash");
        assert!(empty.is_empty_tree());
        assert_eq!(trees.len(), 1);
    }

    #[test]
    fn what_cannot_be_a_tree_is_refused() {
        let refusal = |paths: &[&str]| {
            let entries: Vec<_> = paths
                .iter()
                .map(|path| Entry::of_data(*path, Mode::File, b"", HashKind::Sha1))
                .collect();
            match store(&entries, HashKind::Sha1) {
                Err(ContentError::Refused { path, reason }) => (path.display().to_string(), reason),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refusal(&["a", "a.b", "a/x"]), ("a".into(), Refusal::FileAndDirectory));
        assert_eq!(refusal(&["d/e/f", "d/e"]), ("d/e".into(), Refusal::FileAndDirectory));
        assert_eq!(refusal(&["a", "b", "a"]), ("a".into(), Refusal::Duplicate));
        for path in ["", "/a", "a/", "a//b"] {
            assert_eq!(refusal(&[path]), (path.into(), Refusal::EmptyName));
        }
        assert_eq!(refusal(&["a\0b"]).1, Refusal::Nul);
        let foreign = [Entry::of_data("a", Mode::File, b"", HashKind::Sha256)];
        assert!(store(&foreign, HashKind::Sha1).is_err());
    }

    #[test]
    fn depth_does_not_matter() {
        let path = vec!["d"; 4096].join("/");
        let entries = [Entry::of_data(path.clone(), Mode::File, b"", HashKind::Sha1)];
        let (root, store) = store(&entries, HashKind::Sha1).expect("no clash");
        assert_eq!(store.len(), 4096);
        let mut find = |id| Ok::<_, ContentError>(store[&id].clone());
        assert_eq!(flatten(root.oid(), &mut find).expect("a good tree"), entries);
    }
}
