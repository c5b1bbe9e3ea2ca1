//! How two upstream commits stand to one another.

use std::collections::{HashSet, VecDeque};

use gix::{ObjectId, objs::Kind};

use super::{Store, UpstreamError, request::Depth};
use crate::git::{GitError, Repo};

/// How many commits are fetched first: ordinary progress since the last sync is found within them.
const FIRST_DEPTH: u32 = 512;

impl Store {
    /// Whether a commit is the other or comes before it; if not, the upstream's history was rewritten. `None` where the
    /// history here is too short to say, and the upstream cannot send it without all its files.
    ///
    /// # Errors
    /// [`UpstreamError::FetchFailed`], and what [`fetch`](Store::fetch) returns if `new` is not here.
    pub(crate) fn is_ancestor(&self, old: ObjectId, new: ObjectId) -> Result<Option<bool>, UpstreamError> {
        if old.kind() != new.kind() {
            return Ok(Some(false));
        }
        for depth in [Depth::Commits(FIRST_DEPTH), Depth::Rest] {
            let known = self.read(new, |repo| reaches(repo, old, new))?;
            if known.is_some() || !self.deepen(new, depth)? {
                return Ok(known);
            }
        }
        self.read(new, |repo| reaches(repo, old, new))
    }
}

/// Whether the history of `new` holds `old`; `None` if it is cut short before that can be said.
fn reaches(repo: &Repo, old: ObjectId, new: ObjectId) -> Result<Option<bool>, UpstreamError> {
    let mut seen = HashSet::from([new]);
    let mut next = VecDeque::from([new]);
    let mut is_complete = true;
    while let Some(commit) = next.pop_front() {
        if commit == old {
            return Ok(Some(true));
        }
        // The parents that the commit names, whatever git's list of shallow commits says.
        let data = match repo.read_kind(commit, Kind::Commit) {
            Ok(data) => data,
            Err(GitError::MissingObject { .. }) => {
                is_complete = false;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        for parent in gix::objs::CommitRefIter::from_bytes(&data, commit.kind()).parent_ids() {
            if seen.insert(parent) {
                next.push_back(parent);
            }
        }
    }
    Ok(is_complete.then_some(false))
}
