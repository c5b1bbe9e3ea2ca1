//! What can be done: init, deploy, sync, record, batch.

use super::LineageStore;
use crate::operation::{
    self, Batch, Caller, Deploy, Deployed, Initialized, OperationError, Record, Recorded, Sync, Synced,
};

impl LineageStore {
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
    /// says otherwise or a rule ignores the whole place; nothing is committed.
    ///
    /// # Errors
    /// Nothing has changed if the id or path is taken ([`OperationError::AlreadyDeployed`], [`OperationError::IdTaken`],
    /// [`OperationError::CaseTwin`], [`OperationError::PathOverlap`]), something else is there
    /// ([`OperationError::ContentInTheWay`], [`OperationError::Checkout`]), or the source is unusable or refused
    /// ([`OperationError::NoSource`], [`OperationError::EmptySource`], [`OperationError::GitSource`],
    /// [`OperationError::Snapshot`]). If writing files fails after that, the version is recorded and the error says what
    /// could not be written.
    pub fn deploy(&self, request: &Deploy, caller: &Caller) -> Result<Deployed, OperationError> {
        // From reading the manifest to writing it, or two that run at the same time would take out each other's lines.
        let _turn = (!request.dry_run).then(|| self.repo.take_turn());
        let (mut deployed, work) = self.attempt(|attempt| operation::deploy::deploy(attempt, request, caller))?;
        if !request.dry_run {
            deployed.ignored = work.carry_out(&self.repo)?.contains(&deployed.path);
        }
        Ok(deployed)
    }

    /// Brings in what upstream has now, for each artifact asked for. Unrecorded edits are recorded first; an artifact that
    /// cannot be synced is answered as failed, untouched, and does not stop the others.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Deploy, LineageStore, Sync, SyncResult};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// std::fs::write(skill.join("SKILL.md"), "# PDF\n\nNew.\n")?;
    /// let synced = store.sync(&Sync::default(), &caller)?;
    /// assert_eq!(synced[0].result, SyncResult::FastForward);
    /// let version = store.version(&synced[0].version_id.unwrap())?;
    /// assert_eq!(version.parent_ids, [deployed.version.version_id]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What concerns all of them: the repository, the manifest, an id that is not deployed, a line that does not exist.
    pub fn sync(&self, request: &Sync, caller: &Caller) -> Result<Vec<Synced>, OperationError> {
        // As in `deploy`.
        let _turn = (!request.dry_run).then(|| self.repo.take_turn());
        let (answers, work) = self.attempt(|attempt| operation::sync::sync(attempt, request, caller))?;
        if let Some(work) = work {
            work.carry_out(&self.repo)?;
        }
        Ok(answers)
    }

    /// Records local edits, from the work tree or from a project commit. Content equal to its only parent records nothing
    /// and returns that version.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{ChangeOrigin, Deploy, LineageStore, Record};
    ///
    /// let store = LineageStore::open(&project)?;
    /// let deployed = store.deploy(&Deploy::new(skill.to_str().unwrap()), &caller)?;
    /// let file = project.join(deployed.path.as_str()).join("SKILL.md");
    /// std::fs::write(file, "# PDF\n\nOur own rule.\n")?;
    /// let request = Record { message: Some("A rule of our own".to_owned()), ..Record::default() };
    /// let recorded = store.record_local_modification(&request, &caller)?;
    /// assert!(recorded[0].recorded);
    /// assert_eq!(recorded[0].version.change_origin, Some(ChangeOrigin::LocalModification));
    /// assert!(!store.record_local_modification(&request, &caller)?[0].recorded);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`OperationError::NotDeployed`], [`OperationError::MissingContent`], [`OperationError::MissingVersions`],
    /// [`OperationError::Unmerged`], [`OperationError::NoLine`], [`OperationError::NoCommit`],
    /// [`OperationError::NotOnLine`], [`OperationError::FutureFormat`], [`OperationError::Query`] for a line that does not
    /// exist; nothing was recorded then.
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
}
