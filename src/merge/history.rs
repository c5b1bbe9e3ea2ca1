//! [`History`]: the throw-away commits that git merges, and the contents they hold.

use gix::{ObjectId, objs::Kind};

use super::{MergeError, MergeRequest, MergeSide};
use crate::{
    content::{Content, Entry, flatten},
    git::{GitError, scratch::ScratchObjects},
    id::ContentHash,
};

/// The three contents and their commits.
pub(super) struct History {
    pub(super) base: Content,
    pub(super) ours: Content,
    pub(super) theirs: Content,
    pub(super) commits: Commits,
}

/// Ours and theirs are children of the base. All ids are functions of the contents and the place alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Commits {
    pub(super) base: ObjectId,
    pub(super) ours: ObjectId,
    pub(super) theirs: ObjectId,
}

impl History {
    /// Reads the contents, all of which must be here, and adds the commits to `scratch`.
    pub(super) fn write(request: &MergeRequest<'_>, scratch: &mut ScratchObjects<'_>) -> Result<Self, MergeError> {
        let base = read(request.base, MergeSide::Base, scratch)?;
        let ours = read(request.ours, MergeSide::Ours, scratch)?;
        let theirs = read(request.theirs, MergeSide::Theirs, scratch)?;
        check_blobs(&base, MergeSide::Base, [&ours, &theirs], scratch)?;
        check_blobs(&ours, MergeSide::Ours, [&base, &theirs], scratch)?;
        check_blobs(&theirs, MergeSide::Theirs, [&base, &ours], scratch)?;

        let mut commit = |content, hash, side, parent| {
            let tree = root_tree(request, content, hash, side, scratch)?;
            Ok::<_, MergeError>(scratch.add(Kind::Commit, &commit(tree, parent, side))?)
        };
        let base_commit = commit(&base, request.base, MergeSide::Base, None)?;
        let commits = Commits {
            base: base_commit,
            ours: commit(&ours, request.ours, MergeSide::Ours, Some(base_commit))?,
            theirs: commit(&theirs, request.theirs, MergeSide::Theirs, Some(base_commit))?,
        };
        Ok(History {
            base,
            ours,
            theirs,
            commits,
        })
    }

    pub(super) fn contents(&self) -> [&Content; 3] {
        [&self.base, &self.ours, &self.theirs]
    }
}

fn read(hash: ContentHash, side: MergeSide, scratch: &ScratchObjects<'_>) -> Result<Content, MergeError> {
    let entries = flatten(hash.oid(), &mut |id| {
        scratch.read_kind(id, Kind::Tree).map_err(|error| match error {
            GitError::MissingObject { id } => MergeError::MissingObject { side, id },
            error => MergeError::Git(error),
        })
    })?;
    Ok(Content::new(entries))
}

/// Only what differs somewhere is looked at by the merge.
fn check_blobs(
    content: &Content,
    side: MergeSide,
    others: [&Content; 2],
    scratch: &ScratchObjects<'_>,
) -> Result<(), MergeError> {
    let is_everywhere = |entry: &Entry| others.iter().all(|other| other.get(entry.path.as_ref()) == Some(entry));
    let missing = |entry: &&Entry| !is_everywhere(entry) && !scratch.exists(entry.id);
    match content.entries().iter().find(missing) {
        None => Ok(()),
        Some(entry) => Err(MergeError::MissingObject {
            side,
            id: entry.id.to_string(),
        }),
    }
}

/// The tree that holds a content at the artifact's place, and nothing else.
fn root_tree(
    request: &MergeRequest<'_>,
    content: &Content,
    hash: ContentHash,
    side: MergeSide,
    scratch: &mut ScratchObjects<'_>,
) -> Result<ObjectId, MergeError> {
    const TREE: &str = "40000";
    if content.is_empty() {
        return Ok(ObjectId::empty_tree(hash.oid().kind()));
    }
    let (mut mode, mut id) = match content.entries() {
        _ if !request.single_file => (TREE, hash.oid()),
        [file] if file.path == request.path.file_name() => (file.mode.as_str(), file.id),
        _ => return Err(MergeError::NotOneFile { side }),
    };
    for name in request.path.components().rev() {
        let mut data = format!("{mode} {name}\0").into_bytes();
        data.extend_from_slice(id.as_slice());
        id = scratch.add(Kind::Tree, &data)?;
        mode = TREE;
    }
    Ok(id)
}

/// The message tells the sides apart, should their contents be equal.
fn commit(tree: ObjectId, parent: Option<ObjectId>, side: MergeSide) -> Vec<u8> {
    const PERSON: &str = "git-lineage <git-lineage> 0 +0000";
    let parent = parent.map_or_else(String::new, |parent| format!("parent {parent}\n"));
    format!("tree {tree}\n{parent}author {PERSON}\ncommitter {PERSON}\n\n{side}\n").into_bytes()
}
