//! [`Note`]: what the last command leaves for `undo`, beside the work tree's git directory, and the ref that keeps it whole.

use std::{fs, path::PathBuf};

use gix::ObjectId;
use serde::{Deserialize, Serialize};

use super::OperationError;
use crate::{
    git::{
        GitError, Repo,
        objects::ObjectBatch,
        place::Bits,
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, Line, VersionId},
    pending::Standing,
    version::{Signature, commit::fitting_signature},
};

/// Keeps the commits that know the way back; belongs to one work tree.
pub(super) const KEEPING_REF: &str = "refs/worktree/lineage-undo";

/// The note's file in the git directory of the work tree.
pub(super) const NOTE_FILE: &str = "lineage-undo";

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
        if repo.place_file(&path, &data, Bits::New(0o666)).is_err() {
            // One of an earlier command would be wrong; the heads it names would tell, should it stay.
            let _ = fs::remove_file(&path);
        }
    }

    pub(super) fn read(repo: &Repo) -> Result<Option<Self>, GitError> {
        let path = note_path(repo);
        match fs::read(&path) {
            // A note that cannot be read is none: nothing but undo depends on it.
            Ok(data) => Ok(serde_json::from_slice(&data).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(GitError::io("read", &path)(error)),
        }
    }

    /// Deletes the note: what it tells of is undone.
    pub(super) fn remove(repo: &Repo) -> Result<(), OperationError> {
        let path = note_path(repo);
        fs::remove_file(&path).map_err(GitError::io("delete", &path))?;
        Ok(())
    }

    /// The commits with the way back.
    pub(super) fn standing(&self, repo: &Repo) -> Result<Vec<Standing>, OperationError> {
        let ids = self
            .journal
            .iter()
            .filter_map(|id| ObjectId::from_hex(id.as_bytes()).ok());
        ids.map(|commit| Ok(Standing::ended(repo, KEEPING_REF, commit)?))
            .collect()
    }
}

fn note_path(repo: &Repo) -> PathBuf {
    repo.gix().git_dir().join(NOTE_FILE)
}
