//! [`LineageStore`]: the door to the library. Opens a repository, runs operations and questions on it.
//!
//! It keeps the index open between calls and current before each, makes an attempt that lost a race again, rebuilds a
//! sidecar that turns out to be damaged in the middle of a question ([`attempts`]), and collects what there is to tell as
//! [`Notice`]s. What can be done is in [`operations`], what is taken away in [`clearing`],
//! what can be asked in [`questions`], what concerns git hooks in [`hooks`], what is shared in [`sharing`], what a server does in
//! [`receive`], hubs in [`hub`].

mod attempts;
mod clearing;
mod hooks;
mod hub;
mod operations;
mod questions;
mod receive;
mod sharing;

pub use sharing::{Push, PushAlong};

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

use crate::{
    git::{Environment, GitError, Repo, identity::Role},
    id::{HashKind, Line},
    index::{Index, Notice},
    operation::{Caller, Initialized, OperationError},
    progress::{Progress, Reporter},
    project_path::{self, ProjectPath},
    version::{Signature, Timestamp},
};

/// The lineage of the artifacts of one project.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (project, skill, caller) = project_with_skill()?;
/// use git_lineage::{Deploy, LineageStore};
///
/// let store = LineageStore::open(&project)?;
/// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
/// let lineage = store.lineage(&deployed.version.version_id)?;
/// assert_eq!(lineage, [deployed.version]);
/// # Ok(())
/// # }
/// ```
pub struct LineageStore {
    repo: Repo,
    index: RefCell<Option<Index>>,
    notices: RefCell<Vec<Notice>>,
    /// Where git upstreams are kept.
    cache: PathBuf,
}

impl LineageStore {
    /// Opens the repository that git would use in `dir`: `GIT_DIR` and its like count, and parent folders are searched.
    ///
    /// # Errors
    /// [`GitError::NotARepository`], [`GitError::ForeignOwner`], [`GitError::UnknownExtension`] and whatever else keeps
    /// git from opening it.
    pub fn discover(dir: &Path) -> Result<Self, GitError> {
        Ok(LineageStore::over(Repo::open(dir, Environment::AsGit)?))
    }

    /// As [`discover`](Self::discover), for a program that git runs as a hook. git tells a hook where the repository is, but
    /// also of an index that it may have made for one commit only: that one is not looked at.
    ///
    /// # Errors
    /// As [`discover`](Self::discover).
    pub fn discover_in_hook(dir: &Path) -> Result<Self, GitError> {
        Ok(LineageStore::over(Repo::open(dir, Environment::InHook)?))
    }

    /// Opens exactly the repository at `dir`, its work tree or its git directory, without regard to the environment.
    ///
    /// # Errors
    /// As [`discover`](Self::discover).
    pub fn open(dir: &Path) -> Result<Self, GitError> {
        Ok(LineageStore::over(Repo::open(dir, Environment::Ignored)?))
    }

    /// Opens the repository at `dir` and prepares it for lineage, see [`initialize`](Self::initialize).
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`initialize`](Self::initialize).
    pub fn init(dir: &Path) -> Result<(Self, Initialized), OperationError> {
        let store = LineageStore::open(dir)?;
        let initialized = store.initialize()?;
        Ok((store, initialized))
    }

    fn over(repo: Repo) -> Self {
        LineageStore {
            cache: repo.common_dir().join("lineage").join("upstreams"),
            repo,
            index: RefCell::new(None),
            notices: RefCell::default(),
        }
    }

    /// Keeps what is fetched from git upstreams in this directory, which several projects may share and which may be deleted
    /// at any time. By default it is one beside the sidecar.
    #[must_use]
    pub fn with_upstream_cache(mut self, directory: PathBuf) -> Self {
        self.cache = directory;
        self
    }

    /// Signs no version, whatever `commit.gpgSign` says. By default versions made in the caller's name are signed as git
    /// signs commits; those taken from commits of the project never are.
    #[must_use]
    pub fn without_signing(mut self) -> Self {
        self.repo.sign_nothing();
        self
    }

    /// Tells how far things have come that may take long, often and from the thread that does them. Whether that is shown, and
    /// when, is up to the listener.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use std::sync::{Arc, Mutex};
    ///
    /// use git_lineage::{Deploy, LineageStore, ProgressStage};
    ///
    /// let told = Arc::new(Mutex::new(Vec::new()));
    /// let listener = Arc::clone(&told);
    /// let store = LineageStore::open(&project)?.with_progress(move |now| listener.lock().unwrap().push(now));
    /// store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// store.verify(&[])?;
    /// assert!(told.lock().unwrap().iter().any(|now| now.stage == ProgressStage::CheckingVersions));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.repo.report_to(Reporter::to(listener));
        self
    }

    /// Takes over the index that `earlier` has open, for programs that live long: settings, HEAD and objects are those that
    /// were found when `self` was opened just now, only the sidecar need not be opened again. Where it is not the one that
    /// `self` would open (another repository, another prefix, a file that was replaced, migrated or switched off meanwhile)
    /// it is closed instead. Either way every answer is the one that a new process would give.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, LineageStore};
    ///
    /// let mut store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?.version;
    /// for _request in 0..3 {
    ///     store = LineageStore::open(&project)?.with_index_of(store);
    ///     assert_eq!(store.find_by_content(&deployed.content_hash)?, [deployed.clone()]);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_index_of(self, earlier: LineageStore) -> Self {
        if let Some(index) = earlier.index.into_inner()
            && index.is_what_opening_finds(&self.repo)
        {
            self.index.replace(Some(index));
        }
        self
    }

    /// The top of the work tree; `None` in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.repo.work_tree().ok()
    }

    /// The hash function of the repository.
    pub fn hash_kind(&self) -> HashKind {
        self.repo.hash_kind()
    }

    /// What git's configuration says for a key like `core.pager`, as `git config` finds it; `None` where nothing does. A key
    /// without a value is `true`.
    pub fn setting(&self, key: &str) -> Option<String> {
        self.repo.setting(key)
    }

    /// The line checked out; `None` where HEAD is detached.
    ///
    /// # Errors
    /// [`GitError::UnreadableRef`].
    pub fn current_line(&self) -> Result<Option<Line>, GitError> {
        Ok(self.repo.head()?.line)
    }

    /// Author and committer as git's settings and environment name them, with the dates of `GIT_AUTHOR_DATE` and
    /// `GIT_COMMITTER_DATE` where they are set, else `now`; `None` if no name or address is configured.
    ///
    /// # Errors
    /// [`GitError::InvalidConfig`] for a date that git would not understand.
    pub fn caller(&self, now: Timestamp) -> Result<Option<Caller>, GitError> {
        let author = self.repo.identity(Role::Author, now)?;
        let committer = self.repo.identity(Role::Committer, now)?;
        Ok(author
            .zip(committer)
            .map(|(author, committer)| Caller { author, committer }))
    }

    /// The configured author, see [`caller`](Self::caller).
    ///
    /// # Errors
    /// As [`caller`](Self::caller).
    pub fn author(&self, now: Timestamp) -> Result<Option<Signature>, GitError> {
        self.repo.identity(Role::Author, now)
    }

    /// The configured committer, see [`caller`](Self::caller).
    ///
    /// # Errors
    /// As [`caller`](Self::caller).
    pub fn committer(&self, now: Timestamp) -> Result<Option<Signature>, GitError> {
        self.repo.identity(Role::Committer, now)
    }

    /// A path that was typed in the directory `cwd`, relative to the project's root.
    ///
    /// # Errors
    /// [`OperationError::Path`] if it is not inside the project or names what no artifact may be.
    pub fn project_path(&self, cwd: &Path, typed: &Path) -> Result<ProjectPath, OperationError> {
        let root = self.repo.work_tree()?;
        let root = root.canonicalize().map_err(GitError::io("resolve", root))?;
        let cwd = cwd.canonicalize().map_err(GitError::io("resolve", cwd))?;
        let typed = match typed.strip_prefix(&root) {
            Ok(inside) => return Ok(project_path::normalize(Path::new(""), inside)?),
            Err(_) => typed,
        };
        let inside = cwd.strip_prefix(&root).unwrap_or(Path::new(""));
        Ok(project_path::normalize(inside, typed)?)
    }

    /// What there was to tell since the last call; each only once.
    pub fn take_notices(&self) -> Vec<Notice> {
        let mut told = Vec::new();
        for notice in self.notices.take() {
            if !told.contains(&notice) {
                told.push(notice);
            }
        }
        told
    }
}
