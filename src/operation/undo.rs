//! `undo`: the last command that wrote in this work tree, taken back. What it replaced is kept.
//!
//! Every command that records leaves a note beside the work tree's git directory ([`Note`]): which heads it moved, and the
//! commits that know the way back of files, index and manifest. A ref keeps those from gc. Only the last command can be
//! taken back, and only until the project has committed what it did.

use std::{fs, io::Write, path::PathBuf};

use gix::{ObjectId, bstr::BString};
use serde::{Deserialize, Serialize};

use super::{OperationError, attempt::Attempt, caller::Caller, planner::Planner, way_back};
use crate::{
    content::to_path,
    git::{
        GitError, Repo,
        objects::{Mode, ObjectBatch},
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, Line, VersionId},
    origin::ChangeOrigin,
    pending::{Pending, Standing},
    snapshot::work_tree,
    version::{Signature, commit::NewVersion, commit::fitting_signature},
};

/// Keeps the commits that know the way back; belongs to one work tree.
const KEEPING_REF: &str = "refs/worktree/lineage-undo";

/// What `undo` took back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undone {
    /// The command's name.
    pub command: String,
    /// The artifacts, each with its head before and now.
    pub heads: Vec<UndoneHead>,
}

/// One artifact of an undone command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UndoneHead {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// The head that the command made; it is kept.
    pub taken_back: Option<VersionId>,
    /// The head now; `None` where there was none.
    pub version_id: Option<VersionId>,
    /// What was edited since, recorded before it was replaced.
    pub recorded_edits: Option<VersionId>,
}

/// What a command leaves for `undo`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Note {
    pub(super) command: String,
    /// The project commit that was checked out.
    pub(super) project_head: Option<String>,
    pub(super) heads: Vec<MovedHead>,
    /// The commits with the way back.
    pub(super) journal: Vec<String>,
}

/// A head that a command moved.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct MovedHead {
    pub(super) artifact_id: ArtifactId,
    pub(super) line: Line,
    pub(super) before: Option<VersionId>,
    pub(super) after: Option<VersionId>,
}

impl Note {
    /// Of operations that are finished.
    pub(super) fn of<'s>(command: &str, standing: impl IntoIterator<Item = &'s Standing>) -> Self {
        let mut note = Note {
            command: command.to_owned(),
            project_head: None,
            heads: Vec::new(),
            journal: Vec::new(),
        };
        for one in standing {
            let pending = &one.pending;
            note.project_head = pending.started_at.map(|id| id.to_string());
            note.heads.push(MovedHead {
                artifact_id: pending.artifact_id.clone(),
                line: pending.line.clone(),
                before: pending.head_before,
                after: pending.head_after,
            });
            note.journal.push(one.commit.to_string());
        }
        note
    }

    /// Plans the commit and the ref that keep the journal from gc.
    pub(super) fn keep(&self, caller: &Signature, batch: &mut ObjectBatch<'_>) -> Result<RefUpdate, GitError> {
        let person = fitting_signature(caller);
        let tree = batch.add(gix::objs::Kind::Tree, b"")?;
        let commit = gix::objs::Commit {
            tree,
            parents: self
                .journal
                .iter()
                .filter_map(|id| ObjectId::from_hex(id.as_bytes()).ok())
                .collect(),
            author: person.clone(),
            committer: person,
            encoding: None,
            message: format!("Way back of the last {}\n", self.command).into(),
            extra_headers: Vec::new(),
        };
        let mut data = Vec::new();
        gix::objs::WriteTo::write_to(&commit, &mut data).expect("a vector takes everything");
        Ok(RefUpdate {
            name: KEEPING_REF.to_owned(),
            new: Some(batch.add(gix::objs::Kind::Commit, &data)?),
            expected: Expected::Anything,
        })
    }

    /// Writes the note, in the place of the one before. Nothing but undo depends on it: where it cannot be written, there is
    /// nothing to undo, which is no reason for the command to fail.
    pub(super) fn write(&self, repo: &Repo) {
        let path = note_path(repo);
        let data = serde_json::to_vec(self).expect("texts are always JSON");
        let written = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(&path)).and_then(|mut file| {
            file.write_all(&data)?;
            file.persist(&path).map_err(|error| error.error)
        });
        if written.is_err() {
            // One of an earlier command would be wrong; the heads it names would tell, should it stay.
            let _ = fs::remove_file(&path);
        }
    }

    fn read(repo: &Repo) -> Result<Option<Self>, GitError> {
        let path = note_path(repo);
        match fs::read(&path) {
            // A note that cannot be read is none: nothing but undo depends on it.
            Ok(data) => Ok(serde_json::from_slice(&data).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(GitError::io("read", &path)(error)),
        }
    }

    fn standing(&self, repo: &Repo) -> Result<Vec<Standing>, OperationError> {
        let ids = self
            .journal
            .iter()
            .filter_map(|id| ObjectId::from_hex(id.as_bytes()).ok());
        ids.map(|commit| {
            Ok(Standing {
                pending: Pending::load(repo, KEEPING_REF, commit)?,
                ref_name: String::new(),
                commit,
            })
        })
        .collect()
    }
}

fn note_path(repo: &Repo) -> PathBuf {
    repo.gix().git_dir().join("lineage-undo")
}

/// One attempt: checks that the last command can be taken back, and records what was edited since. The files are put back
/// afterwards, by [`put_back`].
pub(crate) fn undo(attempt: &mut Attempt<'_>, caller: &Caller) -> Result<(Undone, PutBack), OperationError> {
    let repo = attempt.repo;
    let note = Note::read(repo)?.ok_or(OperationError::NothingToUndo)?;
    let head = repo.head()?;
    if head.commit.map(|id| id.to_string()) != note.project_head {
        return Err(OperationError::UndoTooLate {
            command: note.command,
            reason: "another commit of the project is checked out since",
        });
    }
    for moved in &note.heads {
        let now = repo.find_ref(&repo.prefix().head(&moved.line, &moved.artifact_id))?;
        if now.map(VersionId::from_oid) != moved.after {
            return Err(OperationError::UndoTooLate {
                command: note.command,
                reason: "something else was recorded since",
            });
        }
    }
    let standing = note.standing(repo)?;
    let line = attempt.line(note.heads.first().map(|moved| &moved.line))?;
    let mut planner = attempt.planner(line, head.commit, Mode::Objects)?;
    let mut undone = Undone {
        command: note.command.clone(),
        heads: Vec::with_capacity(note.heads.len()),
    };
    for moved in &note.heads {
        let pending = standing.iter().map(|one| &one.pending);
        let pending = pending
            .into_iter()
            .find(|pending| pending.artifact_id == moved.artifact_id);
        let recorded_edits = match pending {
            Some(pending) => record_edits(&mut planner, pending, caller)?,
            None => None,
        };
        undone.heads.push(UndoneHead {
            artifact_id: moved.artifact_id.clone(),
            taken_back: moved.after.filter(|after| moved.before != Some(*after)),
            version_id: moved.before,
            recorded_edits,
        });
    }
    attempt.done(Some(planner.finish()?), Vec::new());
    Ok((undone, PutBack { standing, note }))
}

/// Records what lies in the work tree and is not what the command left there.
fn record_edits(
    planner: &mut Planner<'_>,
    pending: &Pending,
    caller: &Caller,
) -> Result<Option<VersionId>, OperationError> {
    let repo = planner.repo;
    let Some(place) = pending.places.last() else {
        return Ok(None);
    };
    let found = work_tree::of_artifact(repo, &place.path, &mut planner.batch)
        .map_err(|error| super::record::unmerged(error, &pending.artifact_id))?;
    let (Some(head), true) = (pending.head_after, pending.manifest.after.is_some()) else {
        // What lies where the artifact was removed is not the artifact's.
        let in_the_way = found
            .content
            .entries()
            .iter()
            .find(|entry| place.old.get(entry.path.as_ref()).is_some());
        return match in_the_way {
            Some(entry) if place.new.get(entry.path.as_ref()) != Some(entry) => {
                let path: BString = place.change(repo).in_project(&entry.path);
                Err(crate::checkout::CheckoutError::FileInTheWay { path: to_path(&path) }.into())
            }
            _ => Ok(None),
        };
    };
    if found.content == place.new || found.content.is_empty() {
        return Ok(None);
    }
    let version = planner.add_version(&NewVersion {
        artifact_id: pending.artifact_id.clone(),
        content: found.hash,
        parents: planner.with_contents(&[head])?,
        origin: Some(ChangeOrigin::LocalModification),
        author: caller.author.clone(),
        committer: caller.committer.clone(),
        summary: format!("Edit {}", pending.artifact_id),
        body: None,
        upstream: None,
        project_commit: None,
    })?;
    planner.keep(version.version_id)?;
    Ok(Some(version.version_id))
}

/// What is left to put back once everything is recorded.
#[must_use = "nothing is put back yet"]
pub(crate) struct PutBack {
    standing: Vec<Standing>,
    note: Note,
}

impl PutBack {
    /// Puts files, manifest, index and heads back, and forgets the note.
    pub(crate) fn carry_out(self, repo: &Repo) -> Result<(), OperationError> {
        way_back::put_back_files(repo, &self.standing)?;
        let mut updates = Vec::new();
        for moved in &self.note.heads {
            updates.extend(way_back::head_back(
                repo,
                &repo.prefix().head(&moved.line, &moved.artifact_id),
                moved.before,
                moved.after,
            )?);
        }
        if repo.find_ref(KEEPING_REF)?.is_some() {
            updates.push(RefUpdate {
                name: KEEPING_REF.to_owned(),
                new: None,
                expected: Expected::Anything,
            });
        }
        repo.update_refs_to_recorded(&updates)?;
        let path = note_path(repo);
        fs::remove_file(&path).map_err(GitError::io("delete", &path))?;
        Ok(())
    }
}
