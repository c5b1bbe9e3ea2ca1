//! Bringing a commit, its trees and single blobs from the upstream into the store.
//!
//! As little as the server allows is fetched: the commit alone, without blobs, which come later and only for the artifact.
//! A server that cannot do that is asked for more, step by step ([`Way`]), and what worked is remembered. How the git
//! command looks is the business of [`request`](super::request).

use std::collections::BTreeSet;

use gix::ObjectId;

use super::{
    Store, UpstreamError,
    command::{git, run_local},
    failure::Failure,
    refs::Resolved,
    request::{Depth, Request},
};
use crate::{git::GitError, id::CommitId};

/// How much is asked for at once, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// One commit and its trees.
    Thin,
    /// One commit, its trees and blobs: the server cannot leave anything out.
    Shallow,
    /// The commit with all its history: the server does not know of shallow clones.
    Full,
    /// All branches: the server does not give out commits by their id.
    Branches,
    /// All tags as well.
    Tags,
}

/// Where a store notes down the way that works for its upstream.
const WAY_FILE: &str = "way";

/// The filter of [`Way::Thin`].
const NO_BLOBS: &str = "blob:none";

impl Store {
    /// Makes a commit available with its trees, and remembers it as what the ref was last seen at. Where it is here
    /// already, the upstream is not asked.
    ///
    /// # Errors
    /// [`UpstreamError::FetchFailed`], [`UpstreamError::CommitGone`], [`UpstreamError::NotACommit`],
    /// [`UpstreamError::RefusedByFsck`], [`UpstreamError::CacheLocked`], and whatever keeps the cache from being written.
    pub(crate) fn fetch(&self, resolved: &Resolved) -> Result<(), UpstreamError> {
        self.wanted.borrow_mut().insert(resolved.commit, resolved.clone());
        self.attempt(resolved.commit, || {
            self.ensure(resolved.commit)?;
            self.remember(resolved)
        })
    }

    /// Fetches a commit unless it is here.
    pub(super) fn ensure(&self, commit: ObjectId) -> Result<(), UpstreamError> {
        if self.dir.exists() && self.has(commit)? {
            return Ok(());
        }
        self.needs_network(commit)?;
        let _lock = self.lock()?;
        self.make(commit.kind())?;
        // Another process may have been faster.
        if self.has(commit)? {
            return Ok(());
        }
        let wanted = self.wanted.borrow().get(&commit).cloned();
        let wanted = wanted.unwrap_or_else(|| Resolved::commit(commit));
        self.bring(&wanted, Way::Tags)
    }

    /// Fetches a commit of which nobody knows whether the upstream still has it; false if it is not to be had.
    pub(super) fn try_ensure(&self, commit: ObjectId) -> Result<bool, UpstreamError> {
        if self.has(commit)? {
            return Ok(true);
        }
        if self.is_offline {
            return Ok(false);
        }
        let _lock = self.lock()?;
        self.make(commit.kind())?;
        match self.bring(&Resolved::commit(commit), Way::Shallow) {
            Ok(()) => Ok(true),
            Err(UpstreamError::CommitGone { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Fetches those blobs that are not here, all in one go; `commit` is one that holds them.
    pub(super) fn ensure_blobs(
        &self,
        commit: ObjectId,
        blobs: impl IntoIterator<Item = ObjectId>,
    ) -> Result<(), UpstreamError> {
        let missing = self.missing(blobs)?;
        if missing.is_empty() {
            return Ok(());
        }
        self.needs_network(commit)?;
        let _lock = self.lock()?;
        let missing = self.missing(missing)?;
        if missing.is_empty() {
            return Ok(());
        }
        let request = Request {
            filter: Some(NO_BLOBS),
            objects: missing.iter().copied().collect(),
            says_nothing: true,
            ..Request::default()
        };
        let outcome = self.request(&request)?;
        if !outcome.success {
            match Failure::of(&outcome.message) {
                // The server does not give out blobs by their id, only with the commit.
                failure if failure.is_worth_more() => {
                    self.note_way(Way::Shallow)?;
                    self.bring(&Resolved::commit(commit), Way::Shallow)?;
                }
                failure => return Err(self.fetch_failed(failure, outcome.message)),
            }
        }
        match self.missing(missing)?.first() {
            None => Ok(()),
            Some(id) => Err(GitError::MissingObject { id: id.to_string() }.into()),
        }
    }

    /// Fetches more of the history that leads to a commit, without trees and blobs; false if the server cannot leave
    /// them out.
    pub(super) fn deepen(&self, commit: ObjectId, depth: Depth) -> Result<bool, UpstreamError> {
        if self.is_offline || self.best_way() != Way::Thin {
            return Ok(false);
        }
        let _lock = self.lock()?;
        let request = Request {
            filter: Some("tree:0"),
            depth,
            refspecs: vec![commit.to_string()],
            says_nothing: true,
            ..Request::default()
        };
        let outcome = self.request(&request)?;
        match Failure::of(&outcome.message) {
            _ if outcome.success => Ok(true),
            failure if failure.is_worth_more() => Ok(false),
            failure => Err(self.fetch_failed(failure, outcome.message)),
        }
    }

    /// Fetches a commit, asking for more at once as long as the server refuses, up to `limit`. The caller holds the lock.
    fn bring(&self, wanted: &Resolved, limit: Way) -> Result<(), UpstreamError> {
        let mut way = self.best_way();
        let mut first_refusal = None;
        let mut is_understood = true;
        loop {
            let outcome = self.request(&self.request_for(way, wanted))?;
            if outcome.success && self.has(wanted.commit)? {
                return self.finish(way, wanted, &outcome.message, is_understood);
            }
            if !outcome.success {
                let failure = Failure::of(&outcome.message);
                if !failure.is_worth_more() || way >= Way::Branches {
                    return Err(self.fetch_failed(failure, first_refusal.unwrap_or(outcome.message)));
                }
                is_understood &= failure == Failure::Refused;
                first_refusal.get_or_insert(outcome.message);
            }
            way = match way {
                // git has fetched just this commit, so that it is the store that does not work.
                Way::Thin | Way::Shallow | Way::Full if outcome.success => {
                    let id = wanted.commit.to_string();
                    return Err(GitError::MissingObject { id }.into());
                }
                Way::Thin if way < limit => Way::Shallow,
                Way::Shallow if way < limit => Way::Full,
                Way::Full if way < limit => Way::Branches,
                Way::Branches => Way::Tags,
                _ => {
                    return Err(UpstreamError::CommitGone {
                        url: self.url().to_owned(),
                        commit: CommitId::from_oid(wanted.commit),
                    });
                }
            };
        }
    }

    fn request_for(&self, way: Way, wanted: &Resolved) -> Request {
        let one = vec![format!("+{}:{}", wanted.commit, Store::seen_ref(&wanted.ref_name))];
        match way {
            Way::Thin => Request {
                filter: Some(NO_BLOBS),
                depth: Depth::Commits(1),
                refspecs: one,
                says_nothing: true,
                ..Request::default()
            },
            Way::Shallow => Request {
                depth: Depth::Commits(1),
                refspecs: one,
                ..Request::default()
            },
            Way::Full => Request {
                refspecs: one,
                ..Request::default()
            },
            Way::Branches => self.request_for_all("heads", Depth::Rest),
            Way::Tags => self.request_for_all("tags", Depth::New),
        }
    }

    fn request_for_all(&self, kind: &str, depth: Depth) -> Request {
        Request {
            filter: self.leaves_blobs_out(),
            depth,
            refspecs: vec![format!("+refs/{kind}/*:refs/all/{kind}/*")],
            // What is gone may be in the way of a new name.
            prunes: true,
            ..Request::default()
        }
    }

    /// Keeps what was fetched, and notes down what that has shown of the server; nothing where it was not understood why
    /// other ways failed.
    fn finish(&self, way: Way, wanted: &Resolved, message: &str, is_understood: bool) -> Result<(), UpstreamError> {
        match way {
            Way::Thin if message.contains("filtering not recognized") => {
                self.note_way(Way::Shallow)?;
                // All blobs are here, nothing was promised.
                self.forget_promises()
            }
            Way::Shallow | Way::Full if is_understood && way > self.best_way() => self.note_way(way),
            Way::Branches | Way::Tags => {
                let mut keep = git(&self.cache, Some(&self.dir));
                keep.args(["update-ref", &Store::seen_ref(&wanted.ref_name)])
                    .arg(wanted.commit.to_string());
                run_local(keep, &self.url, "update-ref").map(drop)
            }
            _ => Ok(()),
        }
    }

    fn best_way(&self) -> Way {
        match std::fs::read_to_string(self.dir.join(WAY_FILE)).as_deref() {
            Ok("shallow") => Way::Shallow,
            Ok("full") => Way::Full,
            _ => Way::Thin,
        }
    }

    fn note_way(&self, way: Way) -> Result<(), UpstreamError> {
        let path = self.dir.join(WAY_FILE);
        let text = if way == Way::Shallow { "shallow" } else { "full" };
        std::fs::write(&path, text).map_err(UpstreamError::cache("write", &path))
    }

    /// Those of the objects that are not here, each once.
    fn missing(&self, ids: impl IntoIterator<Item = ObjectId>) -> Result<BTreeSet<ObjectId>, UpstreamError> {
        let repo = self.repo()?;
        Ok(ids.into_iter().filter(|id| !repo.exists(*id)).collect())
    }

    /// The filter for a server that can leave blobs out.
    pub(super) fn leaves_blobs_out(&self) -> Option<&'static str> {
        (self.best_way() == Way::Thin).then_some(NO_BLOBS)
    }

    pub(super) fn needs_network(&self, commit: ObjectId) -> Result<(), UpstreamError> {
        if self.is_offline {
            return Err(GitError::MissingObject { id: commit.to_string() }.into());
        }
        Ok(())
    }

    fn fetch_failed(&self, failure: Failure, message: String) -> UpstreamError {
        let url = self.url().to_owned();
        match failure {
            Failure::Fsck => UpstreamError::RefusedByFsck { url, message },
            _ => UpstreamError::FetchFailed { url, message },
        }
    }
}
