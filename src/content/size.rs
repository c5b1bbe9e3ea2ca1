//! [`Size`]: how large a content is, told from the sizes of its trees without reading any of them twice.

use std::path::PathBuf;

use gix::ObjectId;

use super::{
    ContentError, Refusal,
    flatten::{MAX_DEPTH, MAX_NODES, MAX_PATH_BYTES},
};
use crate::id::ContentHash;

/// What a tree and all below it amount to. Trees that name one another many times amount to astronomical numbers, so
/// nothing here overflows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Files and directories below the tree.
    nodes: u64,
    /// The bytes of their paths, which start at the tree.
    path_bytes: u64,
    /// How many directories lie within one another, the tree not counted.
    depth: u64,
}

impl Size {
    /// Adds a file directly in the tree.
    pub(crate) fn add_file(&mut self, name: &[u8]) {
        self.nodes = self.nodes.saturating_add(1);
        self.path_bytes = self.path_bytes.saturating_add(name.len() as u64);
    }

    /// Adds a directory directly in the tree with everything below it.
    pub(crate) fn add_directory(&mut self, name: &[u8], below: Size) {
        self.add_file(name);
        let prefixes = below.nodes.saturating_mul(name.len() as u64 + 1);
        self.nodes = self.nodes.saturating_add(below.nodes);
        self.path_bytes = self
            .path_bytes
            .saturating_add(below.path_bytes)
            .saturating_add(prefixes);
        self.depth = self.depth.max(below.depth + 1);
    }

    /// Whether [`flatten`](super::flatten()) would read all of it, `root` being the tree.
    ///
    /// # Errors
    /// Its [`ContentError::TooLarge`] and [`ContentError::Refused`].
    pub(crate) fn check(&self, root: ObjectId) -> Result<(), ContentError> {
        self.check_count(root)?;
        if self.depth >= MAX_DEPTH as u64 {
            return Err(ContentError::Refused {
                path: PathBuf::new(),
                reason: Refusal::TooDeep { limit: MAX_DEPTH },
            });
        }
        Ok(())
    }

    /// The same without the depth, of a tree of which not all has been added yet.
    ///
    /// # Errors
    /// [`ContentError::TooLarge`].
    pub(super) fn check_count(&self, root: ObjectId) -> Result<(), ContentError> {
        if self.nodes > MAX_NODES as u64 || self.path_bytes > MAX_PATH_BYTES as u64 {
            return Err(ContentError::TooLarge {
                tree: ContentHash::from_oid(root),
                entries: MAX_NODES,
                bytes: MAX_PATH_BYTES,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{
        content::{Entry, Mode, RawEntries, flatten, hash_object, write_trees},
        id::HashKind,
    };

    fn of_tree(trees: &HashMap<ObjectId, Vec<u8>>, id: ObjectId) -> Size {
        let mut size = Size::default();
        for entry in RawEntries::new(&trees[&id], HashKind::Sha1).flatten() {
            if entry.is_tree() {
                size.add_directory(entry.name, of_tree(trees, entry.id));
            } else {
                size.add_file(entry.name);
            }
        }
        size
    }

    proptest! {
        #[test]
        fn counted_tree_by_tree_it_is_the_size_of_the_list(paths in vec("[ab]{1,3}(/[cd]{1,2}){0,3}", 0..20)) {
            let entries: Vec<_> =
                paths.iter().map(|path| Entry::of_data(path.as_str(), Mode::File, b"", HashKind::Sha1)).collect();
            let mut trees = HashMap::new();
            let mut sink = |data: &[u8], id| {
                trees.insert(id, data.to_vec());
                Ok::<_, ContentError>(())
            };
            if let Ok(root) = write_trees(&entries, HashKind::Sha1, &mut sink) {
                let size = of_tree(&trees, root.oid());
                let mut nodes: Vec<&[u8]> = Vec::new();
                for entry in &entries {
                    let path = entry.path.as_slice();
                    nodes.extend((1..path.len()).filter(|at| path[*at] == b'/').map(|at| &path[..at]));
                    nodes.push(path);
                }
                nodes.sort_unstable();
                nodes.dedup();
                let depth = nodes.iter().map(|path| path.split(|byte| *byte == b'/').count() as u64 - 1).max();
                prop_assert_eq!(size.nodes, nodes.len() as u64);
                prop_assert_eq!(size.path_bytes, nodes.iter().map(|path| path.len() as u64).sum::<u64>());
                prop_assert_eq!(size.depth, depth.unwrap_or(0));
            }
        }
    }

    #[test]
    fn the_limits_are_those_of_reading() {
        let mut trees: HashMap<ObjectId, Vec<u8>> = HashMap::new();
        let mut add = |entries: &[(&str, &str, ObjectId)]| {
            let one = |(mode, name, id): &(&str, &str, ObjectId)| {
                [format!("{mode} {name}\0").as_bytes(), id.as_slice()].concat()
            };
            let data: Vec<u8> = entries.iter().flat_map(one).collect();
            let id = hash_object(HashKind::Sha1, "tree", &data);
            trees.insert(id, data);
            id
        };
        let mut size = Size::default();
        let mut tree = add(&[]);
        let mut chain = vec![(tree, size)];
        for _ in 0..MAX_DEPTH {
            tree = add(&[("40000", "d", tree)]);
            let mut above = Size::default();
            above.add_directory(b"d", size);
            size = above;
            chain.push((tree, size));
        }
        for (tree, size) in &chain[MAX_DEPTH - 2..] {
            let read = flatten::<ContentError>(*tree, &mut |id| Ok(trees[&id].clone()));
            assert_eq!(size.check(*tree).is_ok(), read.is_ok(), "{size:?}");
        }
        let mut bomb = Size::default();
        bomb.add_file(b"x");
        for _ in 0..100 {
            let mut above = Size::default();
            for name in ["a", "b", "c"] {
                above.add_directory(name.as_bytes(), bomb);
            }
            bomb = above;
        }
        assert_eq!(bomb.nodes, u64::MAX);
        assert!(matches!(bomb.check(tree), Err(ContentError::TooLarge { .. })));
    }
}
