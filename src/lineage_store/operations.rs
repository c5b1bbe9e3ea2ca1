//! What can be done: init, deploy, adopt, sync, record, batch.

use super::LineageStore;
use crate::{
    git::Turn,
    id::{ArtifactId, VersionId},
    operation::{
        self, Adopt, Adoptable, Adopted, Batch, Caller, Deploy, Deployed, Initialized, Move, Moved, OperationError,
        Record, Recorded, Remove, Removed, Restore, Restored, Resume, Sync, Synced, Undone,
    },
    project_path::ProjectPath,
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
    /// says otherwise; nothing is committed.
    ///
    /// # Errors
    /// Nothing has changed if the id or path is taken ([`OperationError::AlreadyDeployed`], [`OperationError::IdTaken`],
    /// [`OperationError::CaseTwin`], [`OperationError::PathOverlap`]), something else is there
    /// ([`OperationError::ContentInTheWay`], [`OperationError::Checkout`]), or the source is unusable or refused
    /// ([`OperationError::NoSource`], [`OperationError::EmptySource`], [`OperationError::Upstream`],
    /// [`OperationError::Snapshot`]). If writing files fails after that, the version is recorded and the error says what
    /// could not be written.
    pub fn deploy(&self, request: &Deploy, caller: &Caller) -> Result<Deployed, OperationError> {
        self.settle(caller, request.dry_run)?;
        let items = [operation::deploy::fetch(&self.repo, &self.cache, request)?];
        let mut deployed = self.deploy_items(request, &items, caller)?;
        Ok(deployed.remove(0))
    }

    /// Deploys everything in the source that matches `pattern` (`skills/*`), each into the folder `request.path` under its own
    /// name; all in one transaction, or none.
    ///
    /// # Errors
    /// As [`deploy`](Self::deploy); [`OperationError::NoMatch`].
    pub fn deploy_each(
        &self,
        request: &Deploy,
        pattern: &str,
        caller: &Caller,
    ) -> Result<Vec<Deployed>, OperationError> {
        self.settle(caller, request.dry_run)?;
        let items = operation::deploy::fetch_each(&self.repo, &self.cache, request, pattern)?;
        self.deploy_items(request, &items, caller)
    }

    fn deploy_items(
        &self,
        request: &Deploy,
        items: &[operation::deploy::Item],
        caller: &Caller,
    ) -> Result<Vec<Deployed>, OperationError> {
        let _turn = self.turn_unless(request.dry_run);
        let (mut deployed, work) =
            self.attempt(|attempt| operation::deploy::deploy(attempt, request, items, caller))?;
        let ignored = work.carry_out(&self.repo)?;
        for one in &mut deployed {
            one.ignored = ignored.contains(&one.path);
        }
        Ok(deployed)
    }

    /// Builds the lineage of artifacts that were vendored by hand, from the project's own history: every state that a path
    /// had along the first parents of HEAD becomes a version with the people and dates of its project commit, so that every
    /// clone makes the same ones. Their origin is unknown, unless upstreams are named in whose history they are found. The manifest gets a section for each; the work tree stays as it
    /// is, and edits in it are recorded by the next `record`.
    ///
    /// A path that was adopted before is answered as such; nothing is added to it.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// use git_lineage::{Adopt, LineageStore};
    ///
    /// # std::fs::create_dir_all(project.join("skills"))?;
    /// # std::fs::rename(&skill, project.join("skills/pdf"))?;
    /// # commit_all(&project, "Copy the pdf skill")?;
    /// let store = LineageStore::open(&project)?;
    /// let adopted = store.adopt(&Adopt::new(["skills/pdf".parse()?]), &caller)?;
    /// assert_eq!(adopted[0].artifact_id.as_str(), "skill/pdf");
    /// assert_eq!(adopted[0].versions[0].version.summary, "Copy the pdf skill");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`OperationError::Adoption`] if the history does not say it: nothing is committed at a path, or the clone is shallow;
    /// [`OperationError::AlreadyTracked`], [`OperationError::IdTaken`], [`OperationError::OneIdForMany`],
    /// [`OperationError::AlreadyDeployed`],
    /// [`OperationError::CaseTwin`], [`OperationError::PathOverlap`], [`OperationError::NoLine`]. Then nothing is adopted.
    pub fn adopt(&self, request: &Adopt, caller: &Caller) -> Result<Vec<Adopted>, OperationError> {
        self.settle(caller, request.dry_run)?;
        let ref_name = request.ref_name.as_deref();
        let sources = operation::adopt::read_sources(&self.repo, &self.cache, &request.upstreams, ref_name)?;
        let _turn = self.turn_unless(request.dry_run);
        let (adopted, work) = self.attempt(|attempt| operation::adopt::adopt(attempt, request, &sources, caller))?;
        work.carry_out(&self.repo)?;
        Ok(adopted)
    }

    /// What looks like an artifact in HEAD's commit and is not tracked yet, at or below `within` (everywhere, if that is
    /// empty), by path: a directory with a `SKILL.md`, and what lies in a folder named after a kind, such as `skills`.
    /// None contains another.
    ///
    /// # Errors
    /// Those of reading the manifest and the commit.
    pub fn adoptable(&self, within: &[ProjectPath]) -> Result<Vec<Adoptable>, OperationError> {
        self.with_index(|index| operation::adopt::discover(&self.repo, index, within))
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
    /// What concerns all of them: the repository, the manifest, an id that is not deployed, a line that does not exist;
    /// [`OperationError::NoDeployedMatch`].
    pub fn sync(&self, request: &Sync, caller: &Caller) -> Result<Vec<Synced>, OperationError> {
        self.settle(caller, request.dry_run)?;
        let (fetched, failed) =
            self.with_index(|index| operation::sync::fetch(&self.repo, index, &self.cache, request))?;
        let _turn = self.turn_unless(request.dry_run);
        let (mut answers, work) = self.attempt(|attempt| operation::sync::sync(attempt, request, &fetched, caller))?;
        work.carry_out(&self.repo)?;
        answers.extend(failed);
        answers.sort_by(|a, b| a.artifact_id.cmp(&b.artifact_id));
        Ok(answers)
    }

    /// Asks the git upstreams of artifacts (none named: of all) what they have now, so that [`status`](Self::status) can tell.
    /// Nothing of the project changes. Answers with the artifacts whose upstream fails, or no longer has them.
    ///
    /// # Errors
    /// What concerns all of them: the repository, the manifest, an id that is not deployed.
    pub fn fetch_upstreams(&self, ids: &[ArtifactId]) -> Result<Vec<(ArtifactId, OperationError)>, OperationError> {
        self.with_index(|index| operation::sync::fetch_only(&self.repo, index, &self.cache, ids))
    }

    /// Finishes what stands unfinished in this work tree: goes on with what was interrupted, and records conflicts that are
    /// resolved. Conflicts that are not are answered so and go on standing.
    ///
    /// # Errors
    /// [`OperationError::NothingUnfinished`]; [`OperationError::Checkout`] if a file was edited since the interruption;
    /// whatever keeps an operation from recording. What stood before still stands then.
    pub fn continue_unfinished(&self, request: &Resume, caller: &Caller) -> Result<Vec<Synced>, OperationError> {
        self.settle(caller, false)?;
        self.attempt(|attempt| operation::resume::move_heads(attempt.repo, request))?;
        let finished = operation::resume::finish_interrupted(&self.repo, request)?;
        let mut answers: Vec<Synced> = finished.iter().map(Synced::finished).collect();
        let resolved = self.attempt(|attempt| operation::resume::record_resolved(attempt, request, caller))?;
        answers.retain(|answer| !resolved.iter().any(|other| other.artifact_id == answer.artifact_id));
        answers.extend(resolved);
        answers.sort_by(|a, b| a.artifact_id.cmp(&b.artifact_id));
        Ok(answers)
    }

    /// Takes back what stands unfinished in this work tree: files, modes, index entries and the manifest become what they
    /// were, byte for byte. What was recorded on the way, local edits above all, stays recorded. A conflict whose resolution
    /// the project has committed is finished by that, and recorded instead.
    ///
    /// Returns the artifacts with the heads they have then.
    ///
    /// # Errors
    /// [`OperationError::NothingUnfinished`]; [`OperationError::Git`] if a file cannot be written: then it still stands
    /// and can be taken back again.
    pub fn abort_unfinished(
        &self,
        request: &Resume,
        caller: &Caller,
    ) -> Result<Vec<(ArtifactId, Option<VersionId>)>, OperationError> {
        self.attempt(|attempt| operation::resume::settle_committed(attempt, caller))?;
        operation::resume::abort(&self.repo, request)
    }

    /// Brings older content back into the work tree and records it as a new version. Unrecorded edits are recorded first.
    ///
    /// # Errors
    /// [`OperationError::NotDeployed`], [`OperationError::OtherArtifact`], [`OperationError::Unfinished`],
    /// [`OperationError::Checkout`] if something is in the way; nothing was changed then.
    pub fn restore(&self, request: &Restore, caller: &Caller) -> Result<Restored, OperationError> {
        self.settle(caller, request.dry_run)?;
        let _turn = self.turn_unless(request.dry_run);
        let (restored, work) = self.attempt(|attempt| operation::restore::restore(attempt, request, caller))?;
        work.carry_out(&self.repo)?;
        Ok(restored)
    }

    /// Moves an artifact to another path, or to another id. Where the files have been moved already, the manifest follows.
    ///
    /// # Errors
    /// [`OperationError::NotDeployed`], [`OperationError::PathOverlap`], [`OperationError::MissingContent`],
    /// [`OperationError::Checkout`] if something is in the way; nothing was changed then.
    pub fn relocate(&self, request: &Move, caller: &Caller) -> Result<Moved, OperationError> {
        self.settle(caller, request.dry_run)?;
        let _turn = self.turn_unless(request.dry_run);
        let (moved, work) = self.attempt(|attempt| operation::relocate::relocate(attempt, request, caller))?;
        work.carry_out(&self.repo)?;
        Ok(moved)
    }

    /// Takes an artifact out of the manifest and, unless they are to stay, deletes its files. What was not recorded yet is
    /// recorded first; the lineage stays.
    ///
    /// # Errors
    /// [`OperationError::NotDeployed`], [`OperationError::Unfinished`]; nothing was changed then.
    pub fn remove(&self, request: &Remove, caller: &Caller) -> Result<Removed, OperationError> {
        self.settle(caller, request.dry_run)?;
        let _turn = self.turn_unless(request.dry_run);
        let (removed, work) = self.attempt(|attempt| operation::remove::remove(attempt, request, caller))?;
        work.carry_out(&self.repo)?;
        Ok(removed)
    }

    /// Takes the last command back that wrote in this work tree: deploy, sync, record, restore, move or removal. The versions
    /// it made are kept, and what was edited since is recorded first and kept, too.
    ///
    /// # Errors
    /// [`OperationError::NothingToUndo`]; [`OperationError::UndoTooLate`] once the project has committed or something else
    /// was recorded; nothing was changed then.
    pub fn undo(&self, caller: &Caller) -> Result<Undone, OperationError> {
        let _turn = self.turn_unless(false);
        let (undone, put_back) = self.attempt(|attempt| operation::undo::undo(attempt, caller))?;
        put_back.carry_out(&self.repo)?;
        Ok(undone)
    }

    /// A turn from before the manifest is read until it is written, or two that run at the same time would take out each
    /// other's lines.
    pub(super) fn turn_unless(&self, dry_run: bool) -> Option<Turn<'_>> {
        (!dry_run).then(|| self.repo.take_turn())
    }

    /// Whatever was ended with git alone since the last command no longer stands, and a manifest that git could not merge is
    /// merged, unless nothing is to be written.
    fn settle(&self, caller: &Caller, dry_run: bool) -> Result<(), OperationError> {
        if !dry_run {
            self.with_index(|index| operation::manifest_file::settle(&self.repo, index))?;
        }
        self.settle_ended(caller)
    }

    /// The same without a look at the manifest.
    pub(super) fn settle_ended(&self, caller: &Caller) -> Result<(), OperationError> {
        self.attempt(|attempt| operation::resume::settle(attempt, caller))
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
        self.settle(caller, request.dry_run)?;
        self.attempt(|attempt| operation::record::record(attempt, request, caller))
    }

    /// Records many versions at once: one pack, one ref transaction, one sidecar transaction. Nothing is recorded if `fill`
    /// returns an error. When another process moved a ref meanwhile, `fill` is called again on the new state. It may ask
    /// this store, which answers as of the moment at which the batch was begun.
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
    /// Those of `fill`; [`OperationError::InsideBatch`] if it calls an operation of the same store;
    /// [`OperationError::Contended`] if other processes keep moving the same heads.
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
