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
pub(crate) mod source;
pub(crate) mod work_tree;

use gix::objs::Kind;

use crate::{
    content::{Content, write_trees},
    git::objects::ObjectBatch,
    id::{ContentHash, HashKind},
};

pub use error::SnapshotError;

/// A content with its hash; its objects are in the batch it was taken with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) content: Content,
    pub(crate) hash: ContentHash,
}

impl Snapshot {
    /// Hands the trees around `content` to the batch.
    fn with_trees(content: Content, hash: HashKind, batch: &mut ObjectBatch<'_>) -> Result<Self, SnapshotError> {
        let hash = write_trees(content.entries(), hash, &mut |data, _| {
            batch.add(Kind::Tree, data).map(drop).map_err(SnapshotError::Git)
        })?;
        Ok(Snapshot { content, hash })
    }
}
