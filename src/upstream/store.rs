//! [`Store`]: what was fetched from one upstream, a bare repository in the cache.
//!
//! Guarantees: a store that is missing, cut short or broken is made anew once and filled again, and a second failure is
//! an error; one that works is never given up for a failure of the network. Two processes may use one store at a time:
//! what changes it happens under a lock.

use std::{cell::RefCell, collections::HashMap, fs::File, path::PathBuf, rc::Rc};

use gix::{ObjectId, objs::Kind};

use super::{
    UpstreamError,
    cache::Cache,
    command::{self, git, run_local},
    refs::Resolved,
    source::GitUrl,
};
use crate::{
    git::{Environment, GitError, Repo},
    id::HashKind,
};

/// One upstream, and what is known of it here.
pub(crate) struct Store {
    pub(super) cache: Cache,
    pub(super) url: GitUrl,
    pub(super) dir: PathBuf,
    repo: RefCell<Option<Rc<Repo>>>,
    /// What was asked for, by commit: to be fetched again should the store be gone.
    pub(super) wanted: RefCell<HashMap<ObjectId, Resolved>>,
    pub(super) is_offline: bool,
}

impl Store {
    pub(super) fn new(cache: Cache, url: GitUrl) -> Self {
        Store {
            dir: cache.store_dir(&url),
            cache,
            url,
            repo: RefCell::new(None),
            wanted: RefCell::default(),
            is_offline: false,
        }
    }

    /// The same, but what is not here stays missing: nothing is asked of the upstream, nothing is written.
    pub(crate) fn offline(self) -> Self {
        Store {
            is_offline: true,
            ..self
        }
    }

    /// The upstream as it was typed, without credentials.
    pub(crate) fn url(&self) -> &str {
        self.url.shown()
    }

    /// Reads from a commit; what the store lacks is fetched, and a broken store made anew.
    pub(super) fn read<T>(
        &self,
        commit: ObjectId,
        read: impl Fn(&Repo) -> Result<T, UpstreamError>,
    ) -> Result<T, UpstreamError> {
        self.attempt(commit, || {
            self.ensure(commit)?;
            read(&*self.repo()?)
        })
    }

    /// Does what needs the store, and if that fails for want of a working store, once more with a new one.
    pub(super) fn attempt<T>(
        &self,
        commit: ObjectId,
        work: impl Fn() -> Result<T, UpstreamError>,
    ) -> Result<T, UpstreamError> {
        match work() {
            Err(error) if !self.is_offline && self.is_to_blame(&error) => {
                {
                    let _lock = self.lock()?;
                    self.remake(commit.kind())?;
                }
                work()
            }
            done => done,
        }
    }

    /// The store, open.
    pub(super) fn repo(&self) -> Result<Rc<Repo>, GitError> {
        if let Some(repo) = &*self.repo.borrow() {
            return Ok(Rc::clone(repo));
        }
        let repo = Rc::new(Repo::open(&self.dir, Environment::Ignored)?);
        *self.repo.borrow_mut() = Some(Rc::clone(&repo));
        Ok(repo)
    }

    /// The store, open, for comparing what was loaded with something else.
    pub(crate) fn opened(&self) -> Result<Rc<Repo>, GitError> {
        self.repo()
    }

    /// Whether a commit is here, with the trees that come with it.
    ///
    /// # Errors
    /// [`UpstreamError::NotACommit`].
    pub(super) fn has(&self, id: ObjectId) -> Result<bool, UpstreamError> {
        let repo = match self.repo() {
            // The upstream may have been made anew with another hash function.
            Ok(repo) if repo.gix().object_hash() == id.kind() => repo,
            _ => return Ok(false),
        };
        match repo.read(id) {
            Ok((Kind::Commit, data)) => {
                let tree = gix::objs::CommitRefIter::from_bytes(&data, id.kind()).tree_id();
                Ok(tree.is_ok_and(|tree| repo.exists(tree)))
            }
            Ok((found, _)) => {
                let wanted = self.wanted.borrow();
                let ref_name = wanted.get(&id).map(|wanted| wanted.ref_name.clone());
                Err(UpstreamError::NotACommit {
                    url: self.url().to_owned(),
                    ref_name: ref_name.unwrap_or_else(|| id.to_string()),
                    found: found.to_string(),
                })
            }
            Err(_) => Ok(false),
        }
    }

    /// Keeps other processes from changing the store until the file returned is dropped.
    pub(super) fn lock(&self) -> Result<File, UpstreamError> {
        self.cache.lock(&self.dir)
    }

    /// Makes the store unless there is one that can be used; the caller holds the lock.
    pub(super) fn make(&self, hash: gix::hash::Kind) -> Result<(), UpstreamError> {
        // Another process may have replaced it since it was opened.
        *self.repo.borrow_mut() = None;
        match self.repo() {
            Ok(repo) if repo.gix().object_hash() == hash => Ok(()),
            _ => self.remake(hash),
        }
    }

    /// Replaces the store by an empty one; the caller holds the lock.
    pub(super) fn remake(&self, hash: gix::hash::Kind) -> Result<(), UpstreamError> {
        *self.repo.borrow_mut() = None;
        self.cache.create()?;
        let root = self.cache.root();
        // Nobody sees a store that is half made or half gone.
        let aside = tempfile::Builder::new()
            .prefix(".aside-")
            .tempdir_in(root)
            .map_err(UpstreamError::cache("create a directory in", root))?;
        let new = aside.path().join("new");
        let format = match HashKind::of(hash) {
            HashKind::Sha1 => "--object-format=sha1",
            HashKind::Sha256 => "--object-format=sha256",
        };
        let mut init = git(&self.cache, None);
        // Every git can read this format.
        init.env("GIT_DEFAULT_REF_FORMAT", "files")
            .args(["init", "--quiet", "--bare", "--template=", format])
            .arg(&new);
        run_local(init, &self.url, "init")?;
        match std::fs::rename(&self.dir, aside.path().join("old")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(UpstreamError::cache("replace", &self.dir)(error));
            }
            _ => {}
        }
        std::fs::rename(&new, &self.dir).map_err(UpstreamError::cache("create", &self.dir))
    }

    /// Whether something failed because of the store, not of the upstream.
    fn is_to_blame(&self, error: &UpstreamError) -> bool {
        match error {
            UpstreamError::Git(GitError::GitNotFound { .. }) => false,
            UpstreamError::Git(_) => true,
            // A process that was killed leaves git's lock files behind; ours keeps everybody else out.
            UpstreamError::FetchFailed { message, .. } => message.contains(".lock'") || !self.is_sound(),
            UpstreamError::CacheIo { .. } => !self.dir.exists(),
            _ => false,
        }
    }

    /// Whether everything that the store's refs lead to is here, but for what the upstream promised to keep.
    fn is_sound(&self) -> bool {
        let mut fsck = git(&self.cache, Some(&self.dir));
        command::promise(&mut fsck);
        fsck.args(["fsck", "--connectivity-only", "--no-dangling", "--no-progress"]);
        run_local(fsck, &self.url, "fsck").is_ok()
    }
}
