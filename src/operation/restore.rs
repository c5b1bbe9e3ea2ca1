//! `restore`: older content back into the work tree, recorded as a new version.

use gix::objs::Kind;

use super::{
    OperationError,
    attempt::Attempt,
    caller::Caller,
    manifest_file,
    planner::Planner,
    record, selection,
    work::{Command, Step, Work},
};
use crate::{
    checkout::Placement,
    content::{Content, ContentError, Entry, Mode, flatten, gate},
    git::{Repo, look_at},
    id::{ArtifactId, Line, VersionId},
    origin::ChangeOrigin,
    pending::OperationKind,
    project_path::ProjectPath,
    snapshot::work_tree,
    version::{ArtifactVersion, commit::NewVersion},
};

/// What to bring back, and of which artifact.
#[derive(Debug, Clone)]
pub struct Restore {
    /// The artifact, deployed on the line.
    pub id: ArtifactId,
    /// The version whose content is to be there again; one of this artifact's.
    pub version: VersionId,
    /// The line to record on; the branch checked out where it is `None`.
    pub line: Option<Line>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Stage what was written.
    pub stage: bool,
}

impl Restore {
    /// Restores with the defaults: staged, on the branch checked out.
    pub fn new(id: ArtifactId, version: VersionId) -> Self {
        Restore {
            id,
            version,
            line: None,
            dry_run: false,
            stage: true,
        }
    }
}

/// The answer to `restore`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// The head with that content.
    pub version: ArtifactVersion,
    /// False if the artifact had just that content, and it was recorded.
    pub recorded: bool,
    /// The version under which edits were recorded first, if there were unrecorded ones.
    pub recorded_edits: Option<VersionId>,
    /// How many files were written or deleted.
    pub changed_files: usize,
}

/// One attempt; the files are written afterwards, when the version is recorded.
pub(crate) fn restore(
    attempt: &mut Attempt<'_>,
    request: &Restore,
    caller: &Caller,
) -> Result<(Restored, Work), OperationError> {
    let repo = attempt.repo;
    let id = &request.id;
    let manifest = manifest_file::read(repo, attempt.index)?;
    let artifact = selection::deployed(&manifest, std::slice::from_ref(id))?.remove(0);
    let mut planner = attempt.planner_at_head(request.line.as_ref(), request.dry_run)?;
    planner.refuse_unfinished(id)?;
    let wanted = planner.graph().node(request.version)?;
    let wanted = wanted.ok_or(OperationError::UnknownParent {
        version_id: request.version,
    })?;
    if wanted.version.artifact_id != *id {
        return Err(OperationError::OtherArtifact {
            version_id: request.version,
            owner: wanted.version.artifact_id.clone(),
            id: id.clone(),
        });
    }
    let position = planner.position(artifact)?;
    planner.assume_recorded(&position)?;
    let mine = work_tree::of_artifact(repo, &artifact.path, &mut planner.batch)
        .map_err(|error| record::unmerged(error, id))?;
    let new = content_of(repo, &wanted.version)?;
    let one_file = names_file(&new, &artifact.path);
    let single_file = is_single_file(repo, &artifact.path)?.unwrap_or(one_file);
    if single_file && !one_file {
        return Err(OperationError::OtherShape {
            id: id.clone(),
            path: artifact.path.clone(),
        });
    }
    let was_here = was_here(&planner, &position.parents.parents, request.version)?;
    check(was_here, repo, &new, single_file)?;
    let placement = Placement {
        path: artifact.path.clone(),
        single_file,
        also_stage: Vec::new(),
        old: mine.content.clone(),
        new,
    };
    placement.change(repo).check(&placement.old)?;
    let changed_files = placement.change(repo).len();

    // What lies there now is recorded first; where nothing does, there is nothing to lose.
    let (head, recorded_edits) = if mine.content.is_empty() {
        (position.parents.parents.first().copied(), None)
    } else {
        let (head, edits) = record::record_edits(&mut planner, artifact, &position, mine.hash, caller)?;
        (Some(head), edits)
    };
    let parents: Vec<VersionId> = head.into_iter().collect();
    let parents = planner.with_contents(&parents)?;
    let present = parents
        .first()
        .filter(|(_, content)| *content == wanted.version.content_hash);
    let (version, recorded) = match present {
        Some((head, _)) => {
            let node = planner.graph().node(*head)?.expect("it was just found");
            (node.version.clone(), recorded_edits.is_some())
        }
        None => {
            let version = planner.add_version(&NewVersion {
                artifact_id: id.clone(),
                content: wanted.version.content_hash,
                parents,
                origin: Some(ChangeOrigin::LocalModification),
                author: caller.author.clone(),
                committer: caller.committer.clone(),
                summary: format!("Restore {id} to {}", request.version.short()),
                body: None,
                upstream: None,
                project_commit: None,
            })?;
            planner.set_head(id, version.version_id)?;
            (version, true)
        }
    };
    let restored = Restored {
        recorded,
        recorded_edits,
        changed_files,
        version,
    };
    if request.dry_run {
        return Ok((restored, Work::none()));
    }
    let steps = if changed_files == 0 {
        Vec::new()
    } else {
        vec![Step {
            artifact_id: id.clone(),
            head_before: head,
            head_after: Some(restored.version.version_id),
            conflicted: false,
            incoming: None,
            moved_from: None,
            places: vec![placement],
            unmerged: Vec::new(),
            entry: Some(artifact.clone()),
        }]
    };
    let command = Command {
        operation: OperationKind::Restore,
        caller: &caller.committer,
        stage: request.stage,
    };
    let work = planner.begin(&command, steps)?;
    attempt.done(Some(planner.finish()?), Vec::new());
    Ok((restored, work))
}

fn content_of(repo: &Repo, version: &ArtifactVersion) -> Result<Content, OperationError> {
    let read = &mut |tree| repo.read_kind(tree, Kind::Tree).map_err(OperationError::from);
    Ok(Content::new(flatten(version.content_hash.oid(), read)?))
}

/// Whether the artifact at a path is one file; `None` where nothing lies there and git tracks nothing.
fn is_single_file(repo: &Repo, path: &ProjectPath) -> Result<Option<bool>, OperationError> {
    if let Some(found) = look_at(&repo.work_tree()?.join(path.to_path()))? {
        return Ok(Some(!found.is_dir()));
    }
    let index = repo
        .gix()
        .index_or_empty()
        .map_err(crate::git::GitError::backend("read the index"))?;
    if index.entry_by_path(path.as_str().into()).is_some() {
        return Ok(Some(true));
    }
    let folder = format!("{path}/");
    let inside = index.prefixed_entries_range(folder.as_str().into());
    Ok(inside.filter(|range| !range.is_empty()).map(|_| false))
}

/// Whether a content can be that of the one file at `path`.
fn names_file(content: &Content, path: &ProjectPath) -> bool {
    matches!(content.entries(), [only] if only.path == path.file_name())
}

fn was_here(planner: &Planner<'_>, heads: &[VersionId], version: VersionId) -> Result<bool, OperationError> {
    for head in heads {
        if planner.graph().contains(*head, version)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What was here before may be here again; what only somebody else had is content from outside.
fn check(was_here: bool, repo: &Repo, content: &Content, single_file: bool) -> Result<(), OperationError> {
    let ignore_case = repo.config_bool("core.ignoreCase").unwrap_or(false);
    if was_here {
        return Ok(gate::check_storable(content.entries(), ignore_case)?);
    }
    let options = gate::GateOptions {
        ignore_case,
        single_file,
    };
    let read_link = &mut |entry: &Entry| Ok(repo.read_kind(entry.id, Kind::Blob)?);
    gate::check_entries::<OperationError>(content.entries(), read_link, options)?;
    for entry in content.entries() {
        if entry.mode != Mode::Symlink && gate::SpecialFile::at(&entry.path).is_some() {
            let data = repo.read_kind(entry.id, Kind::Blob)?;
            gate::check_blob(&entry.path, &data).map_err(|reason| ContentError::refused(&entry.path, reason))?;
        }
    }
    Ok(())
}
