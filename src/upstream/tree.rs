//! Reading the trees of an upstream commit.

use std::{collections::BTreeMap, path::PathBuf};

use gix::{
    ObjectId,
    bstr::{BStr, BString},
    objs::Kind,
};

use super::UpstreamError;
use crate::{
    content::{ContentError, Refusal},
    git::{GitError, Repo},
    id::ContentHash,
};

/// How many files and directories of an upstream are looked at.
const MAX_NODES: usize = 1_000_000;
/// How many bytes all their paths may have together.
const MAX_PATH_BYTES: usize = 256 << 20;

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) mode: u32,
    pub(super) id: ObjectId,
}

impl Node {
    pub(super) fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o40_000
    }

    pub(super) fn is_submodule(&self) -> bool {
        self.mode & 0o170_000 == 0o160_000
    }
}

/// The root tree of a commit.
pub(super) fn root(repo: &Repo, commit: ObjectId) -> Result<Node, UpstreamError> {
    let data = repo.read_kind(commit, Kind::Commit)?;
    let tree = gix::objs::CommitRefIter::from_bytes(&data, commit.kind()).tree_id();
    Ok(Node {
        mode: 0o40_000,
        // A commit without a tree is not taken for one that is here.
        id: tree.map_err(GitError::backend("read a commit"))?,
    })
}

/// What stands at a path, which has no `/` at its ends; the empty one is the root.
pub(super) fn find(repo: &Repo, commit: ObjectId, path: &str) -> Result<Option<Node>, UpstreamError> {
    let mut node = root(repo, commit)?;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        if !node.is_tree() {
            return Ok(None);
        }
        let mut children = children(repo, node.id)?.into_iter();
        match children.find(|(child, _)| child == name) {
            Some((_, child)) => node = child,
            None => return Ok(None),
        }
    }
    Ok(Some(node))
}

/// The entries of one tree by name, in its order.
pub(super) fn children(repo: &Repo, tree: ObjectId) -> Result<Vec<(BString, Node)>, UpstreamError> {
    let data = repo.read_kind(tree, Kind::Tree)?;
    let mut children = Vec::new();
    for entry in gix::objs::TreeRefIter::from_bytes(&data, tree.kind()) {
        let entry = entry.map_err(|_| damaged(tree))?;
        let node = Node {
            mode: u32::from(entry.mode.value()),
            id: entry.oid.to_owned(),
        };
        children.push((entry.filename.to_owned(), node));
    }
    Ok(children)
}

/// Everything below a tree, itself included, by its path; `enter` says which directories to look into.
pub(super) fn walk(
    repo: &Repo,
    root: Node,
    enter: &mut dyn FnMut(&BStr) -> bool,
) -> Result<BTreeMap<BString, Node>, UpstreamError> {
    let too_large = ContentError::TooLarge {
        tree: ContentHash::from_oid(root.id),
        entries: MAX_NODES,
        bytes: MAX_PATH_BYTES,
    };
    let mut found = BTreeMap::new();
    let mut path_bytes = 0;
    let mut open = vec![(BString::default(), root)];
    while let Some((path, node)) = open.pop() {
        if node.is_tree() && enter(path.as_ref()) {
            for (name, child) in children(repo, node.id)? {
                let mut below = path.clone();
                if !below.is_empty() {
                    below.push(b'/');
                }
                below.extend_from_slice(&name);
                path_bytes += below.len();
                open.push((below, child));
            }
        }
        found.insert(path, node);
        // A handful of small objects can name billions of files.
        if found.len() + open.len() > MAX_NODES || path_bytes > MAX_PATH_BYTES {
            return Err(too_large.into());
        }
    }
    Ok(found)
}

fn damaged(tree: ObjectId) -> ContentError {
    ContentError::DamagedTree {
        path: PathBuf::new(),
        tree: ContentHash::from_oid(tree),
        fault: Refusal::Malformed {
            reason: "an entry cannot be read",
        },
    }
}
