//! `remove`: an artifact that is deployed no longer. Its lineage stays.

use super::{
    OperationError,
    attempt::Attempt,
    caller::Caller,
    manifest_file, record, selection,
    work::{Command, Step, Work},
};
use crate::{
    checkout::Placement,
    content::Content,
    git::look_at,
    id::{ArtifactId, Line, VersionId},
    pending::OperationKind,
    project_path::ProjectPath,
    snapshot::work_tree,
};

/// What to remove.
#[derive(Debug, Clone)]
pub struct Remove {
    /// The artifact, deployed on the line.
    pub id: ArtifactId,
    /// Leave the files where they are, as files of the project's own.
    pub keep_files: bool,
    /// The line to record on; the branch checked out where it is `None`.
    pub line: Option<Line>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Stage what was deleted and written.
    pub stage: bool,
}

impl Remove {
    /// Removes with the defaults: files and all, staged.
    pub fn new(id: ArtifactId) -> Self {
        Remove {
            id,
            keep_files: false,
            line: None,
            dry_run: false,
            stage: true,
        }
    }
}

/// The answer to `remove`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// Where it was.
    pub path: ProjectPath,
    /// Its last version.
    pub head: Option<VersionId>,
    /// The version under which edits were recorded first, if there were unrecorded ones.
    pub recorded_edits: Option<VersionId>,
    /// How many files were deleted.
    pub deleted_files: usize,
}

/// One attempt; the files are deleted afterwards, when everything in them is recorded.
pub(crate) fn remove(
    attempt: &mut Attempt<'_>,
    request: &Remove,
    caller: &Caller,
) -> Result<(Removed, Work), OperationError> {
    let repo = attempt.repo;
    let id = &request.id;
    let manifest = manifest_file::read(repo, attempt.index)?;
    let artifact = selection::deployed(&manifest, std::slice::from_ref(id))?.remove(0);
    let mut planner = attempt.planner_at_head(request.line.as_ref(), request.dry_run)?;
    planner.refuse_unfinished(id)?;
    let mine = work_tree::of_artifact(repo, &artifact.path, &mut planner.batch)
        .map_err(|error| record::unmerged(error, id))?;
    let (head, recorded_edits) = if mine.content.is_empty() {
        (planner.line_head(id)?, None)
    } else {
        let position = planner.position(artifact)?;
        planner.assume_recorded(&position)?;
        let (head, edits) = record::record_edits(&mut planner, artifact, &position, mine.hash, caller)?;
        (Some(head), edits)
    };
    let single_file = look_at(&repo.work_tree()?.join(artifact.path.to_path()))?.is_some_and(|found| !found.is_dir());
    let placement = Placement {
        path: artifact.path.clone(),
        single_file,
        new: if request.keep_files {
            mine.content.clone()
        } else {
            Content::default()
        },
        old: mine.content,
        also_stage: Vec::new(),
    };
    let removed = Removed {
        artifact_id: id.clone(),
        path: artifact.path.clone(),
        head,
        recorded_edits,
        deleted_files: placement.change(repo).len(),
    };
    if request.dry_run {
        return Ok((removed, Work::none()));
    }
    let command = Command {
        operation: OperationKind::Remove,
        caller: &caller.committer,
        stage: request.stage,
    };
    let step = Step {
        artifact_id: id.clone(),
        head_before: head,
        head_after: head,
        conflicted: false,
        incoming: None,
        moved_from: None,
        places: vec![placement],
        unmerged: Vec::new(),
        entry: None,
    };
    let work = planner.begin(&command, vec![step])?;
    attempt.done(Some(planner.finish()?), Vec::new());
    Ok((removed, work))
}
