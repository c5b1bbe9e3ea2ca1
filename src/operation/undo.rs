//! `undo`: the last command that wrote in this work tree, taken back. What it replaced is kept.
//!
//! Every command that records leaves a note beside the work tree's git directory ([`Note`]): which heads it moved, and the
//! commits that know the way back of files, index and manifest. A ref keeps those from gc. Only the last command can be
//! taken back, and only until the project has committed what it did.

use gix::bstr::BString;

use super::{
    OperationError,
    attempt::Attempt,
    caller::Caller,
    note::{KEEPING_REF, Note},
    planner::Planner,
    way_back,
    work::wait_for_locks,
};
use crate::{
    content::to_path,
    git::{
        Repo,
        objects::Mode,
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, VersionId},
    origin::ChangeOrigin,
    pending::{Pending, Standing},
    snapshot::work_tree,
    version::commit::NewVersion,
};

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
    let mut all_back = true;
    for moved in &note.heads {
        let now = repo.find_ref(&repo.prefix().head(&moved.line, &moved.artifact_id))?;
        let now = now.map(VersionId::from_oid);
        all_back &= now == moved.before;
        // An undo that was killed may have put the head back already.
        if now != moved.after && now != moved.before {
            return Err(OperationError::UndoTooLate {
                command: note.command,
                reason: "something else was recorded since",
            });
        }
    }
    if all_back && repo.find_ref(KEEPING_REF)?.is_none() {
        // All but forgetting the note was done.
        Note::remove(repo)?;
        return Err(OperationError::NothingToUndo);
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
    wait_for_locks(repo, !standing.is_empty())?;
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
    // What was there before is what an undo leaves that was killed.
    if found.content == place.new || found.content == place.old || found.content.is_empty() {
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
        Note::remove(repo)
    }
}
