//! From files to content: what git would store of an artifact.
//!
//! [`work_tree`] takes the artifact as it lies in the project: tracked and untracked files, ignore rules, the index's
//! knowledge. [`source`] takes a directory or file from outside as it will be once it lies there. Both run git's
//! filters ([`filters`]) and hand blobs and trees to an [`ObjectBatch`](crate::git::objects::ObjectBatch); the result
//! equals `git add` and `git write-tree --prefix` byte for byte. What may come in at all is decided by
//! [`gate`](crate::content::gate).

mod error;
pub(crate) mod filters;
mod ignore;
mod listing;
pub(crate) mod memo;
mod parallel;
pub(crate) mod source;
pub(crate) mod work_tree;

use gix::objs::Kind;

use crate::{
    content::{Content, write_trees},
    git::{GitError, Repo, objects::ObjectBatch},
    id::{ContentHash, HashKind},
    project_path::ProjectPath,
};

pub use error::SnapshotError;

/// Whether a rule ignores an artifact as a whole and git knows nothing of it: it lives in the work tree alone.
pub(crate) fn is_ignored_as_a_whole(repo: &Repo, artifact: &ProjectPath) -> Result<bool, SnapshotError> {
    let index = repo.gix().index_or_empty();
    let index = index.map_err(GitError::backend("read the index"))?;
    let (path, folder) = (artifact.as_str(), format!("{artifact}/"));
    let tracked = index.entry_by_path(path.into()).is_some()
        || index
            .prefixed_entries_range(folder.as_str().into())
            .is_some_and(|range| !range.is_empty());
    Ok(!tracked && ignore::IgnoreRules::new(repo).ignore_the_whole(&index, artifact)?)
}

/// A content with its hash; its objects are in the batch it was taken with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) content: Content,
    pub(crate) hash: ContentHash,
}

impl Snapshot {
    /// Hands the trees around `content` to the batch.
    pub(crate) fn with_trees(
        content: Content,
        hash: HashKind,
        batch: &mut ObjectBatch<'_>,
    ) -> Result<Self, SnapshotError> {
        let hash = write_trees(content.entries(), hash, &mut |data, _| {
            batch.add(Kind::Tree, data).map(drop).map_err(SnapshotError::Git)
        })?;
        Ok(Snapshot { content, hash })
    }
}
