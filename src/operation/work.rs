//! [`Work`]: what is left to do in the work tree once the versions are recorded, and what stands until it is done.
//!
//! The order is the one in which an interruption harms least: files, then the manifest, then git's index, then the refs
//! that say that an operation is unfinished. Each step may be done again.

use gix::bstr::{BString, ByteSlice};

use super::{
    OperationError, manifest_file,
    note::{KEEPING_REF, Note},
    planner::Planner,
};
use crate::{
    checkout::{IndexInfo, Placement, stage},
    git::{
        GitError, Repo,
        objects::Mode,
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, VersionId},
    manifest::{MANIFEST_FILE, Manifest, ManifestEntry},
    pending::{
        ManifestChange, MovedFrom, OperationKind, Pending, Phase, Standing, Unmerged, index_entries, save_files,
    },
    project_path::ProjectPath,
    snapshot,
    version::Signature,
};

/// What an operation is going to do to one artifact.
pub(super) struct Step {
    pub(super) artifact_id: ArtifactId,
    pub(super) head_before: Option<VersionId>,
    pub(super) head_after: Option<VersionId>,
    /// Conflicts wait for the user; the head is theirs to make.
    pub(super) conflicted: bool,
    pub(super) incoming: Option<VersionId>,
    pub(super) moved_from: Option<MovedFrom>,
    pub(super) places: Vec<Placement>,
    pub(super) unmerged: Vec<Unmerged>,
    /// What the manifest is to say of it; `None` where it is deployed no longer.
    pub(super) entry: Option<ManifestEntry>,
}

/// What all steps of one command share.
pub(super) struct Command<'a> {
    pub(super) operation: OperationKind,
    pub(super) caller: &'a Signature,
    pub(super) stage: bool,
}

/// Operations that are recorded and stand under `pending`; their files are not written yet.
#[must_use = "the files are not written yet"]
pub(crate) struct Work {
    standing: Vec<Standing>,
}

impl Planner<'_> {
    /// Plans that these steps stand as unfinished from the transaction on, with the way back.
    ///
    /// # Errors
    /// [`GitError::Locked`] if what comes last could not be written: nothing is begun then.
    pub(super) fn begin(&mut self, command: &Command<'_>, steps: Vec<Step>) -> Result<Work, OperationError> {
        let repo = self.repo;
        if !steps.is_empty() {
            let writes_index = command.stage || steps.iter().any(|step| !step.unmerged.is_empty());
            wait_for_locks(repo, writes_index)?;
        }
        let file_before = manifest_file::read_bytes(repo)?;
        let before = Manifest::parse(file_before.as_deref().unwrap_or_default())?;
        let mut after = before.clone();
        for step in &steps {
            match &step.entry {
                Some(entry) => after.set(entry.clone())?,
                None => {
                    after.remove(&step.artifact_id);
                }
            }
        }
        let index = repo
            .gix()
            .index_or_empty()
            .map_err(GitError::backend("read the index"))?;
        let started_at = repo.head()?.commit;
        let mut standing = Vec::with_capacity(steps.len());
        for step in steps {
            let touched: Vec<BString> = step.places.iter().flat_map(|place| touched(repo, place)).collect();
            let paths = step.places.iter().map(|place| place.path.as_str().as_bytes().as_bstr());
            let pending = Pending {
                operation: command.operation,
                phase: Phase::Applying,
                line: self.line().clone(),
                started_at,
                caller: command.caller.clone(),
                head_before: step.head_before,
                head_after: step.head_after,
                conflicted: step.conflicted,
                incoming: step.incoming,
                moved_from: step.moved_from,
                manifest: ManifestChange {
                    before: before.get(&step.artifact_id).cloned(),
                    after: step.entry,
                    file_before: file_before.clone(),
                    file_after: after.to_bytes(),
                },
                stage: command.stage,
                saved: save_files(repo, touched, &mut self.batch)?,
                index: index_entries(&index, paths.chain([MANIFEST_FILE.into()])),
                artifact_id: step.artifact_id,
                places: step.places,
                unmerged: step.unmerged,
            };
            let commit = pending.store(repo, &mut self.batch)?;
            let ref_name = pending.ref_name(repo);
            self.stand(&ref_name, commit);
            standing.push(Standing {
                ref_name,
                commit,
                pending,
            });
        }
        Ok(Work { standing })
    }
}

/// Waits for the locks that whoever writes or puts back a work tree comes to at the end.
pub(super) fn wait_for_locks(repo: &Repo, writes_index: bool) -> Result<(), GitError> {
    if writes_index {
        repo.wait_for_index()?;
    }
    repo.wait_for_refs_by_git(KEEPING_REF)
}

/// The paths, relative to the project, whose files a placement writes or deletes.
pub(super) fn touched(repo: &Repo, place: &Placement) -> Vec<BString> {
    place.change(repo).paths().collect()
}

impl Work {
    /// Nothing to do, as for a dry run.
    pub(super) fn none() -> Self {
        Work { standing: Vec::new() }
    }

    /// Work that was interrupted.
    ///
    /// # Errors
    /// [`GitError::Locked`], as for [`Planner::begin`].
    pub(super) fn interrupted(repo: &Repo, standing: Vec<Standing>) -> Result<Self, GitError> {
        if !standing.is_empty() {
            let writes_index = |one: &Standing| one.pending.stage || !one.pending.unmerged.is_empty();
            wait_for_locks(repo, standing.iter().any(writes_index))?;
        }
        Ok(Work { standing })
    }

    /// Writes files, manifest and index, and ends what then has come to its end. Returns the places that are not staged
    /// because they are ignored as a whole: who ignores a place wants git to know nothing of it.
    pub(crate) fn carry_out(self, repo: &Repo) -> Result<Vec<ProjectPath>, OperationError> {
        if self.standing.is_empty() {
            return Ok(Vec::new());
        }
        for place in self.standing.iter().flat_map(|one| &one.pending.places) {
            place.change(repo).apply()?;
        }
        self.write_manifest(repo)?;
        let ignored = self.write_index(repo)?;
        self.conclude(repo)?;
        Ok(ignored)
    }

    fn write_manifest(&self, repo: &Repo) -> Result<(), OperationError> {
        let current = manifest_file::read_bytes(repo)?;
        // Line by line: of what one command planned together not all need have come to stand.
        let mut manifest = Manifest::parse(current.as_deref().unwrap_or_default())?;
        for one in &self.standing {
            for (id, change) in one.pending.manifest_changes()? {
                match change.after {
                    Some(entry) => manifest.set(entry)?,
                    None => {
                        manifest.remove(&id);
                    }
                }
            }
        }
        manifest_file::write_bytes(repo, Some(&manifest.to_bytes()))
    }

    fn write_index(&self, repo: &Repo) -> Result<Vec<ProjectPath>, OperationError> {
        let mut ignored = Vec::new();
        let unmerged: Vec<&Unmerged> = self.standing.iter().flat_map(|one| &one.pending.unmerged).collect();
        let (mut paths, mut gone, mut executables) = (Vec::new(), Vec::new(), Vec::new());
        for one in self.standing.iter().filter(|one| one.pending.stage) {
            paths.push(BString::from(MANIFEST_FILE));
            for place in &one.pending.places {
                if snapshot::is_ignored_as_a_whole(repo, &place.path)? {
                    ignored.push(place.path.clone());
                    continue;
                }
                let (present, absent) = place.staged_paths(repo);
                paths.extend(present);
                gone.extend(absent);
                executables.extend(place.executables(repo));
            }
        }
        for paths in [&mut paths, &mut gone] {
            paths.retain(|path| !unmerged.iter().any(|other| other.path == *path));
            paths.sort();
            paths.dedup();
        }
        // One artifact may have moved to where another was.
        gone.retain(|path| paths.binary_search(path).is_err());
        stage(repo, paths, gone, executables)?;
        let mut info = IndexInfo::default();
        for path in unmerged {
            info.remove(path.path.as_bstr(), repo.gix().object_hash());
            for (n, stage) in (1..).zip(path.stages) {
                if let Some((mode, id)) = stage {
                    info.add(path.path.as_bstr(), mode.to_git(), id, n);
                }
            }
        }
        info.write(repo)?;
        Ok(ignored)
    }

    /// What is finished stands no longer; where conflicts wait, that is what stands.
    fn conclude(self, repo: &Repo) -> Result<(), OperationError> {
        let mut batch = repo.batch(Mode::Objects);
        let mut updates = Vec::with_capacity(self.standing.len() + 1);
        let finished = self.standing.iter().filter(|one| !one.pending.conflicted);
        let note = self.standing.first().map(|first| {
            let command = first.pending.operation.as_str();
            (Note::of(command, finished), first.pending.caller.clone())
        });
        let note = note.filter(|(note, _)| !note.heads.is_empty());
        if let Some((note, caller)) = &note {
            updates.push(note.keep(caller, &mut batch)?);
        }
        for mut one in self.standing {
            let new = if one.pending.conflicted {
                one.pending.phase = Phase::Conflicted;
                Some(one.pending.store(repo, &mut batch)?)
            } else {
                None
            };
            updates.push(RefUpdate {
                name: one.ref_name,
                new,
                expected: Expected::Is(one.commit),
            });
        }
        let written = batch.commit()?;
        repo.update_refs(&updates, written)?;
        if let Some((note, _)) = note {
            note.write(repo);
        }
        Ok(())
    }
}
