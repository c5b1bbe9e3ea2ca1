//! [`LineageStore`]: the door to the library. Opens a repository, runs operations and questions on it.
//!
//! It keeps the index open between calls and current before each, makes an attempt that lost a race again, rebuilds a
//! sidecar that turns out to be damaged in the middle of a question, and collects what there is to tell as [`Notice`]s.

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    git::{Environment, GitError, Repo, identity::Role},
    id::{ArtifactId, ContentHash, HashKind, Line, VersionId},
    index::{self, Index, IndexError, Notice, SidecarStatus},
    operation::{
        self, Batch, Caller, Deploy, Deployed, Initialized, OperationError, Record, Recorded, Sync, Synced,
        attempt::Attempt,
    },
    project_path::{self, ProjectPath},
    query::{GraphRow, ListedArtifact, Query, QueryError, Timeline, VersionDetails},
    verify::{self, Verification},
    version::{ArtifactVersion, Signature, Timestamp},
};

/// How often an operation is attempted while other processes move the same refs.
const MOST_ATTEMPTS: u32 = 200;
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

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
            repo,
            index: RefCell::new(None),
            notices: RefCell::default(),
        }
    }

    /// The top of the work tree; `None` in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.repo.work_tree().ok()
    }

    /// The hash function of the repository.
    pub fn hash_kind(&self) -> HashKind {
        self.repo.hash_kind()
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

    /// Creates the manifest and adds a fetch refspec for lineage to every remote; what is there stays as it is.
    ///
    /// # Errors
    /// [`OperationError::Git`] if the file or the configuration cannot be written.
    pub fn initialize(&self) -> Result<Initialized, OperationError> {
        operation::init::initialize(&self.repo)
    }

    /// Writes content from outside to its place and records it as a root: no parent, origin `deployment`.
    ///
    /// Content that is already there and equal is taken over. The files and the manifest are staged unless the request
    /// says otherwise; nothing is committed.
    ///
    /// # Errors
    /// Nothing has changed if the id or path is taken ([`OperationError::AlreadyDeployed`], [`OperationError::IdTaken`],
    /// [`OperationError::CaseTwin`], [`OperationError::PathOverlap`]), something else is there
    /// ([`OperationError::ContentInTheWay`], [`OperationError::Checkout`]), or the source is unusable or refused
    /// ([`OperationError::NoSource`], [`OperationError::EmptySource`], [`OperationError::GitSource`],
    /// [`OperationError::Snapshot`]). If writing files fails after that, the version is recorded and the error says what
    /// could not be written.
    pub fn deploy(&self, request: &Deploy, caller: &Caller) -> Result<Deployed, OperationError> {
        let (deployed, work) = self.attempt(|attempt| operation::deploy::deploy(attempt, request, caller))?;
        if !request.dry_run {
            work.carry_out(&self.repo)?;
        }
        Ok(deployed)
    }

    /// Brings in what upstream has now, for each artifact asked for. Unrecorded edits are recorded first; an artifact that
    /// cannot be synced is answered as failed, untouched, and does not stop the others.
    ///
    /// # Errors
    /// What concerns all of them: the repository, the manifest, an id that is not deployed.
    pub fn sync(&self, request: &Sync, caller: &Caller) -> Result<Vec<Synced>, OperationError> {
        let (answers, work) = self.attempt(|attempt| operation::sync::sync(attempt, request, caller))?;
        if let Some(work) = work {
            work.carry_out(&self.repo)?;
        }
        Ok(answers)
    }

    /// Records local edits, from the work tree or from a project commit. Content equal to its only parent records nothing
    /// and returns that version.
    ///
    /// # Errors
    /// [`OperationError::NotDeployed`], [`OperationError::MissingContent`], [`OperationError::MissingVersions`],
    /// [`OperationError::Unmerged`], [`OperationError::NoLine`], [`OperationError::NoCommit`],
    /// [`OperationError::NotOnLine`]; nothing was recorded then.
    pub fn record_local_modification(
        &self,
        request: &Record,
        caller: &Caller,
    ) -> Result<Vec<Recorded>, OperationError> {
        self.attempt(|attempt| operation::record::record(attempt, request, caller))
    }

    /// Records many versions at once: one pack, one ref transaction, one sidecar transaction. Nothing is recorded if `fill`
    /// returns an error. When another process moved a ref meanwhile, `fill` is called again on the new state.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, _, caller) = project_with_skill()?;
    /// use git_lineage::{ArtifactId, BatchFile, BatchVersion, ChangeOrigin, FileMode, LineageStore};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let (line, id): (_, ArtifactId) = ("main".parse()?, "prompt/hello".parse()?);
    /// let version = store.batch(|batch| {
    ///     let version = batch.add(BatchVersion {
    ///         artifact_id: id.clone(),
    ///         files: vec![BatchFile { path: b"hello.md".to_vec(), mode: FileMode::File, data: b"Hello\n".to_vec() }],
    ///         parents: Vec::new(),
    ///         change_origin: Some(ChangeOrigin::Deployment),
    ///         author: caller.author.clone(),
    ///         committer: caller.committer.clone(),
    ///         summary: "Import prompt/hello".to_owned(),
    ///         body: None,
    ///         upstream: None,
    ///     })?;
    ///     batch.set_head(&line, &id, version)?;
    ///     Ok(version)
    /// })?;
    /// assert_eq!(store.resolve("prompt/hello", Some(&line))?, version);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of `fill`; [`OperationError::Contended`] if other processes keep moving the same heads.
    pub fn batch<T>(&self, fill: impl Fn(&mut Batch<'_>) -> Result<T, OperationError>) -> Result<T, OperationError> {
        self.attempt(|attempt| {
            let (value, finished) = {
                let attempt = &*attempt;
                let mut batch = Batch::new(attempt);
                let value = fill(&mut batch)?;
                (value, batch.finish()?)
            };
            attempt.finished = Some(finished);
            Ok(value)
        })
    }

    /// The version that a text names: `<id>`, `<id>~<n>`, `<id>@<line>`, a version id or a content hash, the last two
    /// abbreviated to seven digits or more. `<id>` is the head on `line`, or on the line checked out.
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`], [`QueryError::Ambiguous`] with the candidates, [`QueryError::NotOnLine`],
    /// [`QueryError::TooFarBack`].
    pub fn resolve(&self, text: &str, line: Option<&Line>) -> Result<VersionId, QueryError> {
        self.query(|query| query.resolve(text, line))
    }

    /// The content hash that a text abbreviates to seven digits or more; a full one is taken as it is.
    ///
    /// # Errors
    /// [`QueryError::UnknownContent`], [`QueryError::Ambiguous`].
    pub fn resolve_content(&self, text: &str) -> Result<ContentHash, QueryError> {
        self.query(|query| query.resolve_content(text))
    }

    /// One version.
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`] if no lineage ref reaches it.
    pub fn version(&self, id: &VersionId) -> Result<ArtifactVersion, QueryError> {
        self.query(|query| query.version(id))
    }

    /// One version with its lineage, files, message and unknown trailers.
    ///
    /// # Errors
    /// As [`version`](Self::version); [`QueryError::Git`] if its objects are not here.
    pub fn details(&self, id: &VersionId) -> Result<VersionDetails, QueryError> {
        self.query(|query| query.details(id))
    }

    /// What is deployed on a line, by default the one checked out; sorted by id.
    ///
    /// # Errors
    /// [`QueryError::MissingVersions`] in a clone that has the manifest but not the versions it names.
    pub fn list(&self, line: Option<&Line>) -> Result<Vec<ListedArtifact>, QueryError> {
        self.query(|query| query.list(line))
    }

    /// Versions newest first, children before their parents.
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`].
    pub fn timeline(&self, timeline: &Timeline) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.query(|query| query.timeline(timeline))
    }

    /// What a version contains, drawn as by `git log --graph`.
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`]; [`QueryError::Git`] if git cannot draw it.
    pub fn graph(&self, id: &VersionId) -> Result<Vec<GraphRow>, QueryError> {
        self.query(|query| query.graph(id))
    }

    /// The version and its ancestors along first parents, oldest first. An orphan ends it: the first version then names a
    /// `parent_hash` and is marked `orphan`.
    ///
    /// # Errors
    /// [`QueryError::UnknownVersion`]; [`IndexError::Cycle`] where a hand-edited sidecar runs in a circle.
    pub fn lineage(&self, id: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.query(|query| query.lineage(id))
    }

    /// The version and its ancestors along all parents, oldest first.
    ///
    /// # Errors
    /// As [`lineage`](Self::lineage).
    pub fn ancestors(&self, id: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.query(|query| query.ancestors(id))
    }

    /// The versions one of whose parents has this content; newest first.
    ///
    /// # Errors
    /// Only those of reading.
    pub fn children_of(&self, content: &ContentHash) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.query(|query| query.children_of(content))
    }

    /// The versions, of any artifact, with exactly this content; newest first.
    ///
    /// # Errors
    /// Only those of reading.
    pub fn find_by_content(&self, content: &ContentHash) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.query(|query| query.find_by_content(content))
    }

    /// The content hashes that a file or directory has or would have as an artifact here, likeliest first, and the
    /// versions with one of them, newest first.
    ///
    /// # Errors
    /// [`QueryError::Content`] if it cannot be read.
    pub fn find_by_path(&self, path: &Path) -> Result<(Vec<ContentHash>, Vec<ArtifactVersion>), QueryError> {
        self.query(|query| query.find_by_path(path))
    }

    /// The best common ancestors of two versions, as `git merge-base --all` finds and orders them.
    ///
    /// # Errors
    /// [`QueryError::Git`] if the ancestry cannot be read.
    pub fn common_ancestors(&self, a: &VersionId, b: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.query(|query| query.common_ancestors(a, b))
    }

    /// The chain from `a` to `b`, both included; through their common ancestor where neither contains the other. Empty
    /// where they share no history.
    ///
    /// # Errors
    /// As [`common_ancestors`](Self::common_ancestors).
    pub fn path_between(&self, a: &VersionId, b: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        self.query(|query| query.path_between(a, b))
    }

    /// Checks refs, commits, trailers, parent hashes, manifest and sidecar against one another and lists all damage. With
    /// `ids`, only what belongs to those artifacts.
    ///
    /// # Errors
    /// Only what keeps it from looking at all; damage is an answer, not an error.
    pub fn verify(&self, ids: &[ArtifactId]) -> Result<Verification, QueryError> {
        verify::verify(&self.repo, ids)
    }

    /// How the sidecar stands; changes nothing.
    ///
    /// # Errors
    /// Only those of reading.
    pub fn sidecar_status(&self) -> Result<SidecarStatus, QueryError> {
        Ok(index::status(&self.repo)?)
    }

    /// Builds the sidecar anew from refs and commits.
    ///
    /// # Errors
    /// [`QueryError::Index`] for a damaged version or a file that cannot be written.
    pub fn rebuild_sidecar(&self) -> Result<SidecarStatus, QueryError> {
        self.index.take();
        Index::rebuild_file(&self.repo, &mut self.notices.borrow_mut())?;
        self.sidecar_status()
    }

    /// Migrates the sidecar to a schema, up or down, keeping every row. An older schema is migrated up again by the next
    /// command.
    ///
    /// # Errors
    /// [`QueryError::Index`] if there is no such schema.
    pub fn migrate_sidecar(&self, to: u32) -> Result<SidecarStatus, QueryError> {
        self.index.take();
        Ok(index::migrate(&self.repo, to, &mut self.notices.borrow_mut())?)
    }

    /// Where the sidecar is, or would be.
    pub fn sidecar_path(&self) -> PathBuf {
        self.repo.sidecar_path()
    }

    /// Runs a question on the current index; one that meets a damaged sidecar is asked again on a new one.
    fn query<T>(&self, ask: impl Fn(&Query<'_>) -> Result<T, QueryError>) -> Result<T, QueryError> {
        for last in [false, true] {
            self.refresh_index()?;
            let answer = {
                let index = self.index.borrow();
                let index = index.as_ref().expect("refreshing leaves an index");
                ask(&Query {
                    repo: &self.repo,
                    index,
                })
            };
            match answer {
                Err(error) if error.is_corrupt_sidecar() && !last => self.replace_index()?,
                answer => return answer,
            }
        }
        unreachable!("the second round always returns")
    }

    /// Runs attempts of an operation until one wins; then the index takes in what was written.
    fn attempt<T>(&self, run: impl Fn(&mut Attempt<'_>) -> Result<T, OperationError>) -> Result<T, OperationError> {
        let mut rebuilt = false;
        for attempt in 1..=MOST_ATTEMPTS {
            self.refresh_index()?;
            let (result, finished, notices) = {
                let index = self.index.borrow();
                let index = index.as_ref().expect("refreshing leaves an index");
                let mut attempt = Attempt::new(&self.repo, index);
                let result = run(&mut attempt);
                (result, attempt.finished, attempt.notices)
            };
            match result {
                Err(error) if error.is_lost_race() => std::thread::sleep(pause(attempt)),
                Err(error) if error.is_corrupt_sidecar() && !rebuilt => {
                    rebuilt = true;
                    self.replace_index()?;
                }
                result => {
                    self.notices.borrow_mut().extend(notices);
                    if let Some(finished) = finished {
                        self.take_in(&finished);
                    }
                    return result;
                }
            }
        }
        Err(OperationError::Contended {
            attempts: MOST_ATTEMPTS,
        })
    }

    /// The refs have moved, so the versions are recorded; a sidecar that cannot follow is told, and heals itself later.
    fn take_in(&self, finished: &operation::attempt::Finished) {
        let mut index = self.index.borrow_mut();
        let Some(open) = index.as_mut() else { return };
        let taken = open
            .add(&self.repo, &finished.tips)
            .and_then(|()| open.save_project_states(&finished.states));
        if let Err(error) = taken {
            let reason = error.to_string();
            self.notices.borrow_mut().push(Notice::SidecarBehind { reason });
            *index = None;
        }
    }

    fn refresh_index(&self) -> Result<(), IndexError> {
        let mut index = self.index.borrow_mut();
        if let Some(open) = index.as_mut() {
            match open.refresh(&self.repo) {
                Err(IndexError::CorruptSidecar { .. }) => *index = None,
                other => return other,
            }
        }
        *index = Some(Index::open(&self.repo, &mut self.notices.borrow_mut())?);
        Ok(())
    }

    fn replace_index(&self) -> Result<(), IndexError> {
        self.index.take();
        let path = self.repo.sidecar_path();
        let reason = "it was damaged".to_owned();
        let rebuilt = Index::replace(&self.repo, &path, reason, &mut self.notices.borrow_mut())?;
        *self.index.borrow_mut() = Some(rebuilt);
        Ok(())
    }
}

/// Longer with every attempt, and not the same in two processes that collide.
fn pause(attempt: u32) -> Duration {
    let spread = u64::from(std::process::id() % 7) + 1;
    (Duration::from_micros(300) * attempt + Duration::from_micros(spread * 100)).min(LONGEST_PAUSE)
}
