//! Which versions unfinished operations and the undo of last commands need, in all work trees of the repository.
//!
//! Both stand as commits whose parents are just these versions, so nothing else of them has to be read.

use std::collections::HashSet;

use super::{OperationError, note::KEEPING_REF};
use crate::{git::Repo, id::VersionId};

/// The versions that must not be given up yet.
pub(super) fn versions(repo: &Repo) -> Result<HashSet<VersionId>, OperationError> {
    let mut needed = HashSet::new();
    for (_, unfinished) in repo.list_refs(&repo.prefix().pending_dir())? {
        needed.extend(repo.commit_parents(unfinished)?.into_iter().map(VersionId::from_oid));
    }
    for worktree in repo.worktrees()? {
        for (_, note) in repo.private_refs(&worktree, KEEPING_REF)? {
            // One that a gc in another work tree took apart cannot be gone back with any more, and needs nothing.
            for way_back in repo.commit_parents(note).unwrap_or_default() {
                let versions = repo.commit_parents(way_back).unwrap_or_default();
                needed.extend(versions.into_iter().map(VersionId::from_oid));
            }
        }
    }
    Ok(needed)
}
