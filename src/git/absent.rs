//! What may be absent from a repository without being lost: history cut off by a shallow clone, objects that a partial
//! clone fetches when git needs them.

use std::collections::HashSet;

use gix::ObjectId;

use super::{GitError, Repo};

impl Repo {
    /// The commits at which a shallow clone's history ends; empty in any other repository.
    ///
    /// # Errors
    /// [`GitError::Backend`] if git's list of them cannot be read.
    pub(crate) fn shallow_boundary(&self) -> Result<HashSet<ObjectId>, GitError> {
        let unreadable = GitError::backend("read where the shallow clone ends");
        let commits = self.gix().shallow_commits().map_err(unreadable)?;
        Ok(commits.map_or_else(HashSet::new, |commits| commits.iter().copied().collect()))
    }

    /// Whether a remote has promised the objects that are not here (`git clone --filter`).
    pub(crate) fn is_partial_clone(&self) -> bool {
        let promises = |remote: &str| self.config_bool(&format!("remote.{remote}.promisor")).unwrap_or(false);
        self.config_string("extensions.partialClone").is_some()
            || self
                .gix()
                .remote_names()
                .iter()
                .any(|remote| promises(&remote.to_string()))
    }

    /// Has git fetch an object that a remote has promised; false if none has, or it is not to be had. git asks for one at a
    /// time: right, only slower.
    pub(super) fn fetch_promised(&self, id: ObjectId) -> bool {
        let asked = || self.git_output(&["cat-file", "-e", &id.to_string()], b"");
        self.is_partial_clone() && asked().is_ok_and(|output| output.status.success())
    }
}
