//! Deleting objects for good: chosen ones, and no others.
//!
//! git deletes all that nothing reaches, old enough or told to spare nothing. Here only what is named goes, and whatever
//! else lies unreachable stays with whom it belongs to: loose files are deleted one by one, and a pack that holds one of
//! them is written anew without it. While that is done git's gc is kept out, and so nothing that another process of this
//! program writes meanwhile is deleted: it sees a gc at work and writes what it needs as a pack of its own ([`gc`](super::gc)).
//!
//! Leaves to others: what may be deleted ([`reach`]).

mod packs;
mod reach;

use std::{collections::HashSet, fs, path::Path};

use gix::{ObjectId, objs::Exists as _};

use super::{GitError, Repo, gc::KeptOut};
pub(crate) use reach::Walk;

/// While this is there, no gc runs.
pub(crate) struct Alone {
    _gc: KeptOut,
}

impl Repo {
    /// Keeps gc out, once none is at work any more.
    ///
    /// # Errors
    /// [`GitError::Locked`] if one is for longer than ten seconds.
    pub(crate) fn without_gc(&self) -> Result<Alone, GitError> {
        Ok(Alone {
            _gc: self.keep_gc_out_after_waiting()?,
        })
    }

    /// Deletes objects from this repository's own store. Answers those that are there all the same: in the store of
    /// another repository that this one borrows from, or in a pack that a running process keeps.
    pub(crate) fn delete_objects(
        &self,
        doomed: &HashSet<ObjectId>,
        _alone: &Alone,
    ) -> Result<HashSet<ObjectId>, GitError> {
        if doomed.is_empty() {
            return Ok(HashSet::new());
        }
        // Before them goes what says that they are there.
        let had_commit_graph = self.delete_commit_graph()?;
        self.delete_from_packs(doomed)?;
        for id in doomed {
            remove_if_there(&self.loose_path(*id))?;
        }
        if had_commit_graph {
            self.run_git(&["commit-graph", "write", "--reachable"], b"")?;
        }
        self.stored_among(doomed)
    }

    /// Which of these objects are stored, by what is on disk now.
    pub(crate) fn stored_among(&self, objects: &HashSet<ObjectId>) -> Result<HashSet<ObjectId>, GitError> {
        // Opened anew: what was opened before the objects were deleted may still remember them.
        let directory = self.objects_dir();
        let stored = gix::odb::at(&directory, self.gix().object_hash())
            .map_err(GitError::io("open the objects in", &directory))?;
        Ok(objects.iter().copied().filter(|id| stored.exists(id)).collect())
    }

    /// git takes a commit for there that its commit-graph names. True if there was one.
    fn delete_commit_graph(&self) -> Result<bool, GitError> {
        let info = self.objects_dir().join("info");
        let (single, chain) = (info.join("commit-graph"), info.join("commit-graphs"));
        let had_single = remove_if_there(&single)?;
        // The list of a chain before its members.
        remove_if_there(&chain.join("commit-graph-chain"))?;
        match fs::remove_dir_all(&chain) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(had_single),
            Err(error) => Err(GitError::io("delete", &chain)(error)),
            Ok(()) => Ok(true),
        }
    }
}

fn remove_if_there(path: &Path) -> Result<bool, GitError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(GitError::io("delete", path)(error)),
    }
}
