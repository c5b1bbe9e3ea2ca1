//! [`PathAt`]: what stands at one path in the root trees of many commits, one after the other.
//!
//! Neighbouring commits share most trees, so a tree that was looked at last time is not read again, and neither is what
//! is below it.

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
    objs::{Kind, tree::EntryKind},
};

use super::{GitError, Repo};

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Found {
    pub(crate) kind: EntryKind,
    pub(crate) id: ObjectId,
}

/// One path, and where it was found last.
pub(crate) struct PathAt {
    components: Vec<BString>,
    /// The trees on the way to it, the root first.
    trail: Vec<ObjectId>,
    last: Option<Found>,
    buffer: Vec<u8>,
}

impl PathAt {
    /// A path with `/` between its components; the empty one is the root itself.
    pub(crate) fn new(path: &[u8]) -> Self {
        let components = path.split_str(b"/").filter(|component| !component.is_empty());
        PathAt {
            components: components.map(BString::from).collect(),
            trail: Vec::new(),
            last: None,
            buffer: Vec::new(),
        }
    }

    /// What stands there in a root tree; `None` where nothing does.
    pub(crate) fn at(&mut self, repo: &Repo, root: ObjectId) -> Result<Option<Found>, GitError> {
        let mut found = Some(Found {
            kind: EntryKind::Tree,
            id: root,
        });
        let mut trail = Vec::with_capacity(self.components.len());
        for (depth, component) in self.components.iter().enumerate() {
            let Some(tree) = found.filter(|found| found.kind == EntryKind::Tree) else {
                found = None;
                break;
            };
            if self.trail.get(depth) == Some(&tree.id) {
                trail.extend_from_slice(&self.trail[depth..]);
                self.trail = trail;
                return Ok(self.last);
            }
            trail.push(tree.id);
            found = find(repo, tree.id, component, &mut self.buffer)?;
        }
        self.trail = trail;
        self.last = found;
        Ok(found)
    }
}

/// The entry of one name in one tree.
fn find(repo: &Repo, tree: ObjectId, name: &BString, buffer: &mut Vec<u8>) -> Result<Option<Found>, GitError> {
    let kind = repo.read_into(tree, buffer)?;
    super::check_kind(tree, kind, Kind::Tree)?;
    for entry in gix::objs::TreeRefIter::from_bytes(buffer, tree.kind()) {
        let entry = entry.map_err(|source| GitError::CorruptObject {
            id: tree.to_string(),
            source: source.into(),
        })?;
        if entry.filename == name.as_bstr() {
            return Ok(Some(Found {
                kind: entry.mode.kind(),
                id: entry.oid.to_owned(),
            }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{content::testing::TestRepo, git::Environment, id::HashKind};

    #[test]
    fn it_finds_what_git_finds_in_every_order() {
        let git = TestRepo::new(HashKind::Sha1);
        let tree = |entries: &str| git.git(["mktree"], entries.as_bytes()).stdout;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("an id").trim().to_owned();
        let blob = |data: &str| text(git.git(["hash-object", "-w", "--stdin"], data.as_bytes()).stdout);
        let file = blob("one");
        let inner = text(tree(&format!("100644 blob {file}\tx\n")));
        let other = text(tree(&format!("100755 blob {}\tx\n", blob("two"))));
        let mut roots = Vec::new();
        for entry in [
            format!("040000 tree {inner}\ta\n"),
            format!("040000 tree {other}\ta\n"),
            format!("100644 blob {file}\ta\n"),
            format!("040000 tree {inner}\tb\n"),
        ] {
            roots.push(text(tree(&entry)));
        }
        let repo = Repo::open(&git.path(), Environment::Ignored).expect("a repository");
        for path in ["a/x", "a", "b/x", "", "a/x/y"] {
            let mut found = PathAt::new(path.as_bytes());
            for root in roots
                .iter()
                .chain(roots.iter().rev())
                .chain([&roots[1], &roots[1], &roots[3]])
            {
                let name = format!("{root}:{path}");
                let expected = git.git(["rev-parse", "--verify", "-q", &name], b"").stdout;
                let root = ObjectId::from_hex(root.as_bytes()).expect("an id");
                let found = found.at(&repo, root).expect("readable");
                let found = found.map(|found| found.id.to_string()).unwrap_or_default();
                assert_eq!(found, text(expected), "{name}");
            }
        }
    }
}
