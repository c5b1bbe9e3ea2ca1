//! `record`: local edits become versions, from the work tree or from a project commit.

use super::{
    OperationError,
    attempt::Attempt,
    caller::Caller,
    manifest_file,
    note::{MovedHead, Note},
    planner::{Planner, Position},
};
use crate::{
    git::{GitError, objects::Mode},
    id::{ArtifactId, ContentHash, Line, VersionId},
    index::Notice,
    manifest::ManifestEntry,
    snapshot::{SnapshotError, work_tree},
    version::{ArtifactVersion, commit::NewVersion},
};

/// What to record.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Which artifacts; none means all that are deployed.
    pub ids: Vec<ArtifactId>,
    /// The message of the versions made from the work tree; its first line is the summary.
    pub message: Option<String>,
    /// A project commit to record instead of the work tree.
    pub rev: Option<String>,
    /// The line to record on; the branch checked out where it is `None`.
    pub line: Option<Line>,
    /// Only say what would be recorded.
    pub dry_run: bool,
}

/// One artifact's answer to `record`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// The version that holds the content.
    pub version: ArtifactVersion,
    /// False if it already was recorded.
    pub recorded: bool,
}

/// One attempt; see [`LineageStore::record_local_modification`](crate::LineageStore::record_local_modification).
pub(crate) fn record(
    attempt: &mut Attempt<'_>,
    request: &Record,
    caller: &Caller,
) -> Result<Vec<Recorded>, OperationError> {
    match &request.rev {
        Some(rev) => record_commit(attempt, request, rev),
        None => record_work_tree(attempt, request, caller),
    }
}

fn record_work_tree(
    attempt: &mut Attempt<'_>,
    request: &Record,
    caller: &Caller,
) -> Result<Vec<Recorded>, OperationError> {
    attempt.repo.work_tree()?;
    let manifest = manifest_file::read(attempt.repo, attempt.index)?;
    let artifacts = super::selection::deployed(&manifest, &request.ids)?;
    let tip = attempt.repo.head()?.commit;
    let line = attempt.line(request.line.as_ref())?;
    let mut planner = attempt.planner(line, tip, mode(request.dry_run))?;
    let mut recorded = Vec::with_capacity(artifacts.len());
    let mut notices = Vec::new();
    let mut moved = Vec::new();
    for artifact in artifacts {
        let message = request.message.as_deref();
        match record_artifact(&mut planner, artifact, message, caller) {
            Ok(version) => {
                if version.recorded && version.version.project_commit.is_none() {
                    moved.push(MovedHead {
                        artifact_id: artifact.id.clone(),
                        line: planner.line().clone(),
                        before: version.version.first_parent(),
                        after: Some(version.version.version_id),
                    });
                }
                recorded.push(version);
            }
            // Among all artifacts, one whose files are gone does not keep the others from being recorded.
            Err(OperationError::MissingContent { id, path }) if request.ids.is_empty() => {
                notices.push(Notice::MissingContent { id, path });
            }
            Err(OperationError::Unfinished { id, operation, .. }) if request.ids.is_empty() => {
                notices.push(Notice::Unfinished { id, operation });
            }
            Err(error) => return Err(error),
        }
    }
    let finished = (!request.dry_run).then(|| planner.finish()).transpose()?;
    attempt.done(finished, notices);
    if !moved.is_empty() && !request.dry_run {
        let note = Note {
            command: "record".to_owned(),
            project_head: tip.map(|id| id.to_string()),
            heads: moved,
            journal: Vec::new(),
        };
        note.write(attempt.repo);
    }
    Ok(recorded)
}

/// Plans to record the artifact as it lies in the work tree.
pub(super) fn record_artifact(
    planner: &mut Planner<'_>,
    artifact: &ManifestEntry,
    message: Option<&str>,
    caller: &Caller,
) -> Result<Recorded, OperationError> {
    planner.refuse_unfinished(&artifact.id)?;
    let position = planner.position(artifact)?;
    planner.assume_recorded(&position)?;
    let snapshot = work_tree::of_artifact(planner.repo, &artifact.path, &mut planner.batch)
        .map_err(|error| unmerged(error, &artifact.id))?;
    if snapshot.content.is_empty() {
        return Err(OperationError::MissingContent {
            id: artifact.id.clone(),
            path: artifact.path.clone(),
        });
    }
    record_content(planner, artifact, &position, snapshot.hash, message, caller)
}

/// Records what lies in the work tree before it is replaced: the head then, and the version of the edits if there were any.
pub(super) fn record_edits(
    planner: &mut Planner<'_>,
    artifact: &ManifestEntry,
    position: &Position,
    content: ContentHash,
    caller: &Caller,
) -> Result<(VersionId, Option<VersionId>), OperationError> {
    let edits = record_content(planner, artifact, position, content, None, caller)?;
    let head = edits.version.version_id;
    let from_work_tree = edits.recorded && edits.version.project_commit.is_none();
    Ok((head, from_work_tree.then_some(head)))
}

/// Plans a version of `content` at a position, unless its only parent is just that or it was recorded before.
pub(super) fn record_content(
    planner: &mut Planner<'_>,
    artifact: &ManifestEntry,
    position: &Position,
    content: ContentHash,
    message: Option<&str>,
    caller: &Caller,
) -> Result<Recorded, OperationError> {
    let parents = planner.with_contents(&position.parents.parents)?;
    if let [(only, known)] = parents.as_slice()
        && *known == content
        && let Some(node) = planner.graph().node(*only)?
    {
        planner.confirm_head(&artifact.id, *only)?;
        return Ok(Recorded {
            version: node.version.clone(),
            // Catching up with a project commit may just have made it.
            recorded: planner.graph().is_pending(*only),
        });
    }
    if let Some(version) = planner.recorded_before(&artifact.id, content, position)? {
        planner.set_head(&artifact.id, version.version_id)?;
        return Ok(Recorded {
            version,
            recorded: false,
        });
    }
    let (summary, body) = summary_and_body(message, &artifact.id);
    let version = planner.add_version(&NewVersion {
        artifact_id: artifact.id.clone(),
        content,
        parents,
        origin: position.parents.origin,
        author: caller.author.clone(),
        committer: caller.committer.clone(),
        summary,
        body,
        upstream: planner.upstream_of(position.parents.brings_in)?,
        project_commit: None,
    })?;
    planner.set_head(&artifact.id, version.version_id)?;
    Ok(Recorded {
        version,
        recorded: true,
    })
}

/// The versions of a project commit: what a hook would have recorded when it was made.
fn record_commit(attempt: &mut Attempt<'_>, request: &Record, rev: &str) -> Result<Vec<Recorded>, OperationError> {
    let repo = attempt.repo;
    let commit = repo
        .resolve_commit(rev)?
        .ok_or_else(|| OperationError::NoCommit { rev: rev.to_owned() })?;
    let head = repo.head()?;
    let line = attempt.line(request.line.as_ref())?;
    let tip = if head.line.as_ref() == Some(&line) {
        head.commit
    } else {
        repo.branch_tip(&line)?
    };
    let not_on_line = || OperationError::NotOnLine {
        rev: rev.to_owned(),
        line: line.clone(),
    };
    let tip = tip.ok_or_else(not_on_line)?;
    if !repo.is_ancestor(commit, tip)? {
        return Err(not_on_line());
    }
    let mut planner = attempt.planner(line.clone(), Some(tip), mode(request.dry_run))?;
    let held = planner.held_at(commit)?;
    let ids: Vec<ArtifactId> = if request.ids.is_empty() {
        held.all().into_keys().cloned().collect()
    } else {
        request.ids.clone()
    };
    let mut recorded = Vec::with_capacity(ids.len());
    for id in &ids {
        let version = match held.get(id) {
            Some(held) => planner.version_held(id, held)?,
            // Of an artifact without content there is nothing to remember.
            None if planner.walk.artifacts_at(commit)?.contains_key(id) => None,
            None => return Err(super::selection::not_deployed(id, held.all().into_keys())),
        };
        if let Some(version) = version {
            recorded.push(Recorded {
                recorded: planner.graph().is_pending(version.version_id),
                version,
            });
        }
    }
    let finished = (!request.dry_run).then(|| planner.finish()).transpose()?;
    attempt.done(finished, Vec::new());
    Ok(recorded)
}

fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::Ids } else { Mode::Objects }
}

fn summary_and_body(message: Option<&str>, id: &ArtifactId) -> (String, Option<String>) {
    let Some(message) = message.map(str::trim).filter(|message| !message.is_empty()) else {
        return (format!("Edit {id}"), None);
    };
    match message.split_once('\n') {
        None => (message.to_owned(), None),
        Some((summary, body)) => {
            let body = body.trim();
            (summary.to_owned(), (!body.is_empty()).then(|| body.to_owned()))
        }
    }
}

pub(super) fn unmerged(error: SnapshotError, id: &ArtifactId) -> OperationError {
    match error {
        SnapshotError::Unmerged { path } => OperationError::Unmerged { id: id.clone(), path },
        SnapshotError::Git(error @ GitError::Bare { .. }) => OperationError::Git(error),
        other => OperationError::Snapshot(other),
    }
}
