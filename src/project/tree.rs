//! A git tree as it is read: its entries, one of them by name, and what differs between two.

use std::{cmp::Ordering, collections::BTreeMap};

use gix::{
    ObjectId,
    bstr::{BStr, ByteSlice},
    objs::{TreeRefIter, tree::EntryKind},
};

use crate::git::GitError;

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TreeEntry<'t> {
    pub(crate) name: &'t BStr,
    pub(crate) kind: EntryKind,
    pub(crate) id: ObjectId,
}

/// What a name stands for in two trees.
pub(crate) type Difference<'t> = (Option<TreeEntry<'t>>, Option<TreeEntry<'t>>);

/// A tree. The names stay where they were read: a walk through a history reads thousands of trees of thousands of entries.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    data: Vec<u8>,
    /// How many bytes an id has.
    id_len: usize,
    entries: Vec<Entry>,
}

/// Where a name is; a zero byte and the id follow.
#[derive(Debug)]
struct Entry {
    start: usize,
    end: usize,
    kind: EntryKind,
}

/// The usual size of an entry, at least: mode, a short name and an id.
const SMALL_ENTRY: usize = 32;

impl Tree {
    /// Reads a tree object; `id` is for the error.
    pub(crate) fn read(id: ObjectId, data: Vec<u8>) -> Result<Self, GitError> {
        let mut entries = Vec::with_capacity(data.len() / SMALL_ENTRY);
        let begin = data.as_ptr() as usize;
        for entry in TreeRefIter::from_bytes(&data, id.kind()) {
            let entry = entry.map_err(|source| GitError::CorruptObject {
                id: id.to_string(),
                source: source.into(),
            })?;
            let start = entry.filename.as_ptr() as usize - begin;
            entries.push(Entry {
                start,
                end: start + entry.filename.len(),
                kind: entry.mode.kind(),
            });
        }
        Ok(Tree {
            data,
            id_len: id.kind().len_in_bytes(),
            entries,
        })
    }

    /// All entries, as the tree has them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = TreeEntry<'_>> {
        (0..self.entries.len()).filter_map(|at| self.get(at))
    }

    fn get(&self, at: usize) -> Option<TreeEntry<'_>> {
        self.entries.get(at).map(|entry| TreeEntry {
            name: self.data[entry.start..entry.end].as_bstr(),
            kind: entry.kind,
            id: ObjectId::from_bytes_or_panic(&self.data[entry.end + 1..self.end_of(entry)]),
        })
    }

    /// Where the next entry begins.
    fn end_of(&self, entry: &Entry) -> usize {
        entry.end + 1 + self.id_len
    }

    /// How many entries the two begin with alike.
    fn equal_at_the_beginning(&self, other: &Tree) -> usize {
        const CHUNK: usize = 256;
        let chunks = self.data.chunks(CHUNK).zip(other.data.chunks(CHUNK));
        let equal = CHUNK * chunks.take_while(|(a, b)| a == b).count();
        let equal = equal.min(self.data.len()).min(other.data.len());
        self.entries.partition_point(|entry| self.end_of(entry) <= equal)
    }

    /// The raw tree from an entry on.
    fn bytes_from(&self, at: usize) -> &[u8] {
        let before = at.checked_sub(1).and_then(|before| self.entries.get(before));
        &self.data[before.map_or(0, |entry| self.end_of(entry))..]
    }

    /// The entry with this name.
    pub(crate) fn find(&self, name: impl AsRef<[u8]>) -> Option<TreeEntry<'_>> {
        let name = name.as_ref();
        self.iter().find(|entry| entry.name == name)
    }

    /// What names stand for in this tree and in another one, where that is not the same; by name.
    pub(crate) fn differences<'t>(&'t self, other: &'t Tree) -> impl Iterator<Item = Difference<'t>> {
        let mut found: BTreeMap<&BStr, Difference<'t>> = BTreeMap::new();
        let equal = self.equal_at_the_beginning(other);
        let (mut ours, mut theirs) = (equal, equal);
        loop {
            let order = match (self.get(ours), other.get(theirs)) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => in_trees(&a, &b),
            };
            let a = self.get(ours).filter(|_| order.is_le());
            let b = other.get(theirs).filter(|_| order.is_ge());
            ours += usize::from(a.is_some());
            theirs += usize::from(b.is_some());
            if a == b {
                continue;
            }
            // A folder and a file of one name stand at different places.
            for (is_ours, entry) in [(true, a), (false, b)] {
                if let Some(entry) = entry {
                    let (of_ours, of_theirs) = found.entry(entry.name).or_default();
                    *(if is_ours { of_ours } else { of_theirs }) = Some(entry);
                }
            }
            // Of a thousand entries mostly one differs.
            if self.bytes_from(ours) == other.bytes_from(theirs) {
                break;
            }
        }
        found.into_values()
    }
}

/// The order of entries: that of their names, for which a folder's ends with a slash.
fn in_trees(a: &TreeEntry<'_>, b: &TreeEntry<'_>) -> Ordering {
    let common = a.name.len().min(b.name.len());
    let next = |entry: &TreeEntry<'_>| {
        let slash = (entry.kind == EntryKind::Tree).then_some(b'/');
        entry.name.get(common).copied().or(slash)
    };
    a.name[..common]
        .cmp(&b.name[..common])
        .then_with(|| next(a).cmp(&next(b)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: u8) -> ObjectId {
        ObjectId::from_bytes_or_panic(&[number; 20])
    }

    /// Written by gix, in git's order.
    fn tree(entries: &BTreeMap<String, (bool, u8)>) -> Tree {
        let mut tree = gix::objs::Tree::empty();
        for (name, (is_tree, number)) in entries {
            tree.entries.push(gix::objs::tree::Entry {
                mode: if *is_tree { EntryKind::Tree } else { EntryKind::Blob }.into(),
                filename: name.as_str().into(),
                oid: id(*number),
            });
        }
        tree.entries.sort();
        let mut data = Vec::new();
        gix::objs::WriteTo::write_to(&tree, &mut data).expect("a Vec takes all");
        Tree::read(id(0), data).expect("well-formed")
    }

    fn entries() -> impl Strategy<Value = BTreeMap<String, (bool, u8)>> {
        proptest::collection::btree_map("[ab.0]{1,3}", (any::<bool>(), 0..3_u8), 0..8)
    }

    proptest! {
        #[test]
        fn differences_are_those_of_the_names(before in entries(), after in entries()) {
            let (old, new) = (tree(&before), tree(&after));
            let what = |entry: Option<TreeEntry<'_>>| entry.map(|entry| (entry.kind == EntryKind::Tree, entry.id));
            let found: BTreeMap<_, _> = old
                .differences(&new)
                .map(|(a, b)| (a.or(b).expect("one of them").name.to_string(), (what(a), what(b))))
                .collect();
            let names = before.keys().chain(after.keys());
            let expected: BTreeMap<_, _> = names
                .filter(|name| before.get(*name) != after.get(*name))
                .map(|name| {
                    let side = |side: &BTreeMap<String, (bool, u8)>| {
                        side.get(name).map(|(is_tree, number)| (*is_tree, id(*number)))
                    };
                    (name.clone(), (side(&before), side(&after)))
                })
                .collect();
            prop_assert_eq!(found, expected);
            for name in before.keys() {
                prop_assert_eq!(old.find(name).map(|entry| entry.name.to_string()), Some(name.clone()));
            }
        }
    }
}
