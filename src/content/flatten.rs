//! [`flatten`]: a tree object and all below it as one flat list.
//!
//! Trees may come from anywhere, so neither their depth nor their number is trusted: reading is iterative, and both
//! are bounded, because a handful of small objects can name billions of files. How many it would be is known before any
//! is listed, and each object is read once.

use std::{collections::HashMap, rc::Rc};

use gix::{ObjectId, bstr::BString};

use super::{
    ContentError, Entry, Mode, Refusal,
    error::to_path,
    raw_tree::{RawEntries, RawEntry},
    size::Size,
};
use crate::id::{ContentHash, HashKind};

/// How many names a path may have.
pub(super) const MAX_DEPTH: usize = 4096;
/// How many files and directories one content may have.
pub(super) const MAX_NODES: usize = 1_000_000;
/// How many bytes all paths of one content may have together.
pub(super) const MAX_PATH_BYTES: usize = 256 << 20;

/// Reads the tree `root` and all trees below it with `find`, which returns the data of a tree object, and lists their
/// files, sorted by path.
///
/// Modes are read as git reads them (100664 is a file). The names are not judged, except that none may make a path
/// ambiguous; pass the list to [`check_entries`](super::gate::check_entries) where it comes from outside.
///
/// # Errors
/// What `find` returns; [`ContentError::NestedRepository`] for a submodule; [`ContentError::DamagedTree`] for data
/// that is no tree, an empty name, a `/` in a name, a null id, a name that is out of order or stands there twice, or a
/// mode that is no file's; [`ContentError::Refused`] for a path that is too deep, or a file and a directory;
/// [`ContentError::TooLarge`].
pub(crate) fn flatten<E: From<ContentError>>(
    root: ObjectId,
    find: &mut dyn FnMut(ObjectId) -> Result<Vec<u8>, E>,
) -> Result<Vec<Entry>, E> {
    let kind = HashKind::of(root.kind());
    let known = read_trees(root, find)?;
    let mut data_of = |id| match known.get(&id) {
        Some(data) => Ok(Rc::clone(data)),
        // It could not be read: whoever asks gets to hear why.
        None => find(id).map(Rc::new),
    };
    let mut read = Reader::new(root);
    let mut open = vec![OpenTree::new(root, data_of(root)?, 0)];
    while let Some(tree) = open.last_mut() {
        read.path.truncate(tree.path_len);
        let tree_id = tree.id;
        let Some(raw) = tree.next(kind, &read.path)? else {
            open.pop();
            continue;
        };
        read.enter(&raw)?;
        if !raw.is_tree() {
            read.add_file(&raw, tree_id)?;
            continue;
        }
        let (id, path_len) = (raw.id, read.path.len());
        read.check_directory(open.len())?;
        open.push(OpenTree::new(id, data_of(id)?, path_len));
    }
    debug_assert!(read.entries.is_sorted(), "ordered trees make an ordered list");
    Ok(read.entries)
}

/// The data of each tree at and below `root` that can be read, in as many steps as there are entries in them. What is wrong
/// with them is found by who lists them, and so is a path that is too deep.
///
/// # Errors
/// [`ContentError::TooLarge`].
fn read_trees<E: From<ContentError>>(
    root: ObjectId,
    find: &mut dyn FnMut(ObjectId) -> Result<Vec<u8>, E>,
) -> Result<HashMap<ObjectId, Rc<Vec<u8>>>, E> {
    struct Open {
        id: ObjectId,
        name: Vec<u8>,
        data: Rc<Vec<u8>>,
        position: usize,
        size: Size,
    }
    let kind = HashKind::of(root.kind());
    let mut trees = HashMap::new();
    let mut sizes: HashMap<ObjectId, Size> = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut next = Some((root, Vec::new()));
    loop {
        if let Some((id, name)) = next.take() {
            match find(id) {
                Ok(data) => {
                    let data = Rc::new(data);
                    trees.insert(id, Rc::clone(&data));
                    open.push(Open {
                        id,
                        name,
                        data,
                        position: 0,
                        size: Size::default(),
                    });
                }
                Err(_) => drop(sizes.insert(id, Size::default())),
            }
        }
        let depth = open.len();
        let Some(tree) = open.last_mut() else { return Ok(trees) };
        let mut entries = RawEntries::new(&tree.data[tree.position..], kind);
        if let Some(Ok(entry)) = entries.next() {
            match sizes.get(&entry.id) {
                Some(below) if entry.is_tree() => tree.size.add_directory(entry.name, *below),
                // One that is open already has bytes which are not those of its id, and never ends.
                None if entry.is_tree() && depth <= MAX_DEPTH && !trees.contains_key(&entry.id) => {
                    next = Some((entry.id, entry.name.to_vec()));
                }
                _ => tree.size.add_file(entry.name),
            }
            tree.position = tree.data.len() - entries.remaining();
            tree.size.check_count(root)?;
        } else if let Some(done) = open.pop() {
            sizes.insert(done.id, done.size);
            if let Some(above) = open.last_mut() {
                above.size.add_directory(&done.name, done.size);
                above.size.check_count(root)?;
            }
        }
    }
}

/// A tree that is being read.
struct OpenTree {
    id: ObjectId,
    data: Rc<Vec<u8>>,
    /// Where the next entry starts, and where the one before it does.
    position: usize,
    previous: Option<usize>,
    path_len: usize,
}

impl OpenTree {
    fn new(id: ObjectId, data: Rc<Vec<u8>>, path_len: usize) -> Self {
        Self {
            id,
            data,
            position: 0,
            previous: None,
            path_len,
        }
    }

    fn next(&mut self, kind: HashKind, path: &[u8]) -> Result<Option<RawEntry<'_>>, ContentError> {
        let mut entries = RawEntries::new(&self.data[self.position..], kind);
        let Some(entry) = entries.next() else {
            return Ok(None);
        };
        let previous = self
            .previous
            .and_then(|at| RawEntries::new(&self.data[at..], kind).next());
        let checked = entry.and_then(|entry| match previous {
            _ if entry.name.is_empty() => Err(Refusal::EmptyName),
            _ if entry.name.contains(&b'/') => Err(Refusal::SlashInName),
            _ if entry.id.is_null() => Err(Refusal::NullId),
            Some(Ok(previous)) if previous.name == entry.name => Err(Refusal::Duplicate),
            Some(Ok(previous)) if previous.cmp_in_tree(&entry).is_gt() => Err(Refusal::Unordered),
            _ => Ok(entry),
        });
        let entry = checked.map_err(|fault| damaged(path, self.id, fault))?;
        self.previous = Some(self.position);
        self.position = self.data.len() - entries.remaining();
        Ok(Some(entry))
    }
}

fn damaged(path: &[u8], tree: ObjectId, fault: Refusal) -> ContentError {
    ContentError::DamagedTree {
        path: to_path(path),
        tree: ContentHash::from_oid(tree),
        fault,
    }
}

/// What has been read so far, and where reading is.
struct Reader {
    root: ObjectId,
    path: Vec<u8>,
    entries: Vec<Entry>,
    nodes: usize,
    path_bytes: usize,
}

impl Reader {
    fn new(root: ObjectId) -> Self {
        Self {
            root,
            path: Vec::new(),
            entries: Vec::new(),
            nodes: 0,
            path_bytes: 0,
        }
    }

    /// Makes the entry's path the current one.
    fn enter(&mut self, raw: &RawEntry<'_>) -> Result<(), ContentError> {
        if !self.path.is_empty() {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(raw.name);
        self.nodes += 1;
        self.path_bytes += self.path.len();
        if self.nodes > MAX_NODES || self.path_bytes > MAX_PATH_BYTES {
            return Err(ContentError::TooLarge {
                tree: ContentHash::from_oid(self.root),
                entries: MAX_NODES,
                bytes: MAX_PATH_BYTES,
            });
        }
        Ok(())
    }

    fn add_file(&mut self, raw: &RawEntry<'_>, tree: ObjectId) -> Result<(), ContentError> {
        if raw.mode == RawEntry::GITLINK {
            let path = to_path(&self.path);
            return Err(ContentError::NestedRepository { path });
        }
        let mode = Mode::from_git_lenient(raw.mode).ok_or_else(|| {
            let mode = String::from_utf8_lossy(raw.mode_text).into_owned();
            damaged(&self.path, tree, Refusal::UnknownMode { mode })
        })?;
        self.entries.push(Entry {
            path: BString::from(self.path.as_slice()),
            mode,
            id: raw.id,
        });
        Ok(())
    }

    /// May the current path, a directory below `depth` others, be descended into?
    fn check_directory(&self, depth: usize) -> Result<(), ContentError> {
        let reason = if depth >= MAX_DEPTH {
            Refusal::TooDeep { limit: MAX_DEPTH }
        } else if self
            .entries
            .binary_search_by(|entry| entry.path.as_slice().cmp(&self.path))
            .is_ok()
        {
            Refusal::FileAndDirectory
        } else {
            return Ok(());
        };
        Err(ContentError::refused(&self.path, reason))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::content::hash_object;

    #[derive(Default)]
    struct Trees(HashMap<ObjectId, Vec<u8>>);

    impl Trees {
        fn add(&mut self, entries: &[(&str, &str, ObjectId)]) -> ObjectId {
            let one = |(mode, name, id): &(&str, &str, ObjectId)| {
                [format!("{mode} {name}\0").as_bytes(), id.as_slice()].concat()
            };
            self.add_raw(entries.iter().flat_map(one).collect())
        }

        fn add_raw(&mut self, data: Vec<u8>) -> ObjectId {
            let id = hash_object(HashKind::Sha1, "tree", &data);
            self.0.insert(id, data);
            id
        }

        fn flatten(&self, root: ObjectId) -> Result<Vec<Entry>, ContentError> {
            let missing = |id: ObjectId| damaged(b"", id, Refusal::NullId);
            flatten(root, &mut |id| self.0.get(&id).cloned().ok_or_else(|| missing(id)))
        }
    }

    fn blob() -> ObjectId {
        hash_object(HashKind::Sha1, "blob", b"")
    }

    #[test]
    fn old_modes_are_read_as_git_reads_them() {
        let mut trees = Trees::default();
        let root = trees.add(&[
            ("100664", "a", blob()),
            ("100700", "b", blob()),
            ("120777", "c", blob()),
        ]);
        let modes: Vec<_> = trees
            .flatten(root)
            .expect("a good tree")
            .iter()
            .map(|entry| entry.mode)
            .collect();
        assert_eq!(modes, [Mode::File, Mode::Executable, Mode::Symlink]);
    }

    #[test]
    fn errors_name_the_path() {
        let mut trees = Trees::default();
        let mut message = |entries: &[(&str, &str, ObjectId)]| {
            let inner = trees.add(entries);
            let root = trees.add(&[("40000", "dir", inner)]);
            trees.flatten(root).expect_err("refused").to_string()
        };
        assert!(message(&[("160000", "sub", blob())]).contains("'dir/sub' is a nested repository"));
        for (mode, name) in [
            ("100644", ""),
            ("100644", "a/b"),
            ("140000", "socket"),
            ("9", "x"),
            ("0", "x"),
        ] {
            let message = message(&[(mode, name, blob())]);
            assert!(message.contains("(at 'dir"), "{message}");
        }
        let null = message(&[("100644", "x", ObjectId::null(gix::hash::Kind::Sha1))]);
        assert!(null.contains("(at 'dir') is damaged: its object id is null"), "{null}");
        for names in [["b", "a"], ["a", "a"]] {
            let message = message(&names.map(|name| ("100644", name, blob())));
            assert!(message.contains("(at 'dir'"), "{message}");
        }
        let both = message(&[
            ("100644", "a", blob()),
            ("100644", "a.b", blob()),
            ("40000", "a", blob()),
        ]);
        assert!(both.contains("'dir/a' is refused: it is both"), "{both}");
        let cut = trees.add_raw(b"100644 a\0short".to_vec());
        assert!(matches!(trees.flatten(cut), Err(ContentError::DamagedTree { .. })));
    }

    #[test]
    fn a_tree_that_names_itself_ends_somewhere() {
        let id = hash_object(HashKind::Sha1, "tree", b"not these bytes");
        let mut trees = Trees::default();
        let data = [&b"40000 d\0"[..], id.as_slice()].concat();
        trees.0.insert(id, data);
        let refused = trees.flatten(id).expect_err("it has no end").to_string();
        assert!(refused.contains("deeper than 4096 directories"), "{refused}");
    }

    #[test]
    fn trees_that_multiply_are_refused() {
        let mut trees = Trees::default();
        let mut tree = trees.add(&[]);
        for _ in 0..40 {
            let names: Vec<String> = (0..9).map(|number| number.to_string()).collect();
            let entries: Vec<_> = names.iter().map(|name| ("40000", name.as_str(), tree)).collect();
            tree = trees.add(&entries);
        }
        let mut reads = 0;
        let refused = flatten::<ContentError>(tree, &mut |id| {
            reads += 1;
            Ok(trees.0[&id].clone())
        });
        assert!(matches!(refused, Err(ContentError::TooLarge { .. })));
        assert!(reads <= 41, "{reads}");

        let mut tree = trees.add(&[]);
        for _ in 0..MAX_DEPTH {
            tree = trees.add(&[("40000", "d", tree)]);
        }
        let refused = trees.flatten(tree);
        assert!(matches!(
            refused,
            Err(ContentError::Refused {
                reason: Refusal::TooDeep { .. },
                ..
            })
        ));
    }
}
