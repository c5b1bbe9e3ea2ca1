//! The versions of one artifact's sync, and what is then to be written.

use gix::{bstr::BString, objs::Kind};

use super::{
    super::{OperationError, caller::Caller, planner::Planner, record, work::Step},
    Case, Prepared, SyncResult, Synced,
    prepare::{Incoming, Sides},
};
use crate::{
    checkout::Placement,
    content::{Content, flatten, gate},
    git::Repo,
    id::{ArtifactId, ContentHash, VersionId},
    manifest::ManifestEntry,
    merge::{MergeError, Merged},
    origin::ChangeOrigin,
    pending::Unmerged,
    version::commit::NewVersion,
};

/// Plans the versions of an artifact that is prepared.
pub(super) fn finish(
    planner: &mut Planner<'_>,
    prepared: Prepared,
    merged: Option<Result<Merged, MergeError>>,
    caller: &Caller,
) -> Result<(Synced, Option<Step>), OperationError> {
    let Prepared { artifact, case } = prepared;
    match case {
        Case::UpToDate { head } => Ok((answer(&artifact.id, SyncResult::UpToDate, head), None)),
        Case::Take(sides) => take(planner, &artifact, &sides, caller),
        Case::Merge(sides) => {
            let merged = merged.expect("what both sides changed was merged");
            let merged = merged.map_err(|source| OperationError::Merge {
                id: artifact.id.clone(),
                source,
            })?;
            merge(planner, &artifact, &sides, &merged, caller)
        }
    }
}

/// The result is what git made of both sides; where conflicts wait in it, the version is the user's to make.
fn merge(
    planner: &mut Planner<'_>,
    artifact: &ManifestEntry,
    sides: &Sides,
    merged: &Merged,
    caller: &Caller,
) -> Result<(Synced, Option<Step>), OperationError> {
    let repo = planner.repo;
    let id = &artifact.id;
    gate::check_storable(
        merged.content.entries(),
        repo.config_bool("core.ignoreCase").unwrap_or(false),
    )?;
    merged.store(&mut planner.batch)?;
    let placement = place(repo, artifact, sides, &merged.content)?;
    let (mine, recorded_edits) = record::record_edits(planner, artifact, &sides.position, sides.mine.hash, caller)?;
    let incoming = upstream_version(planner, id, &sides.incoming, sides.baseline, caller)?;
    let mut answer = answer(id, SyncResult::Conflict, Some(mine));
    answer.changed_files = placement.change(repo).len();
    answer.recorded_edits = recorded_edits;
    let mut head_after = None;
    if merged.clean {
        let version = merge_version(planner, id, &sides.incoming, merged.hash, [mine, incoming], caller)?;
        planner.set_head(id, version)?;
        answer.result = SyncResult::Merged;
        answer.version_id = Some(version);
        head_after = Some(version);
    }
    answer.conflicts = merged
        .conflicts
        .iter()
        .map(|conflict| conflict.path.to_string())
        .collect();
    let unmerged = merged.conflicts.iter().map(|conflict| Unmerged {
        path: placement.change(repo).in_project(&conflict.path),
        stages: conflict.stages,
    });
    let step = Step {
        artifact_id: id.clone(),
        head_before: Some(mine),
        head_after,
        conflicted: !merged.clean,
        incoming: Some(incoming),
        moved_from: None,
        unmerged: unmerged.collect(),
        entry: Some(entry_after(artifact, &sides.incoming)),
        places: vec![placement],
    };
    Ok((answer, Some(step)))
}

/// What is to be written; checked for what stands in the way.
///
/// What upstream changed is staged also where nothing is written, because both sides changed alike: it is what the manifest's
/// new line stands for, and a commit of what is staged must not look as if it took upstream's change back.
fn place(repo: &Repo, artifact: &ManifestEntry, sides: &Sides, result: &Content) -> Result<Placement, OperationError> {
    let placement = Placement {
        path: artifact.path.clone(),
        single_file: sides.incoming.content.single_file,
        old: sides.mine.content.clone(),
        new: result.clone(),
        also_stage: changed_paths(repo, sides.base, &sides.incoming.content.snapshot.content)?,
    };
    placement.change(repo).check(&placement.old)?;
    Ok(placement)
}

/// The result is upstream's content.
fn take(
    planner: &mut Planner<'_>,
    artifact: &ManifestEntry,
    sides: &Sides,
    caller: &Caller,
) -> Result<(Synced, Option<Step>), OperationError> {
    let repo = planner.repo;
    let new = sides.incoming.content.snapshot.clone();
    let placement = place(repo, artifact, sides, &new.content)?;
    let changed_files = placement.change(repo).len();
    let (mine, recorded_edits) = record::record_edits(planner, artifact, &sides.position, sides.mine.hash, caller)?;
    let incoming = upstream_version(planner, &artifact.id, &sides.incoming, sides.baseline, caller)?;
    let (result, head) = if mine == sides.baseline || mine == incoming {
        (SyncResult::FastForward, incoming)
    } else {
        let merged = merge_version(
            planner,
            &artifact.id,
            &sides.incoming,
            new.hash,
            [mine, incoming],
            caller,
        )?;
        (SyncResult::Merged, merged)
    };
    planner.set_head(&artifact.id, head)?;
    let mut answer = answer(&artifact.id, result, Some(head));
    answer.changed_files = changed_files;
    answer.recorded_edits = recorded_edits;
    let step = Step {
        artifact_id: artifact.id.clone(),
        head_before: Some(mine),
        head_after: Some(head),
        conflicted: false,
        incoming: Some(incoming),
        moved_from: None,
        places: vec![placement],
        unmerged: Vec::new(),
        entry: Some(entry_after(artifact, &sides.incoming)),
    };
    Ok((answer, Some(step)))
}

fn entry_after(artifact: &ManifestEntry, incoming: &Incoming) -> ManifestEntry {
    let from = &incoming.upstream;
    ManifestEntry {
        baseline: Some(incoming.content.snapshot.hash),
        upstream_commit: from.commit,
        upstream_path: from.path.clone(),
        upstream_ref: from.ref_name.clone().or_else(|| artifact.upstream_ref.clone()),
        ..artifact.clone()
    }
}

/// The version of pure upstream content that follows the baseline's; one that is known is used again.
fn upstream_version(
    planner: &mut Planner<'_>,
    id: &ArtifactId,
    incoming: &Incoming,
    baseline: VersionId,
    caller: &Caller,
) -> Result<VersionId, OperationError> {
    let content = incoming.content.snapshot.hash;
    if let Some(known) = planner.upstream_version(id, content, baseline)? {
        return Ok(known);
    }
    let version = NewVersion {
        author: incoming.author.clone(),
        ..sync_version(planner, id, incoming, content, &[baseline], caller)?
    };
    Ok(planner.add_version(&version)?.version_id)
}

/// The version with both sides in it.
fn merge_version(
    planner: &mut Planner<'_>,
    id: &ArtifactId,
    incoming: &Incoming,
    content: ContentHash,
    parents: [VersionId; 2],
    caller: &Caller,
) -> Result<VersionId, OperationError> {
    let version = sync_version(planner, id, incoming, content, &parents, caller)?;
    Ok(planner.add_version(&version)?.version_id)
}

fn sync_version(
    planner: &Planner<'_>,
    id: &ArtifactId,
    incoming: &Incoming,
    content: ContentHash,
    parents: &[VersionId],
    caller: &Caller,
) -> Result<NewVersion, OperationError> {
    Ok(NewVersion {
        artifact_id: id.clone(),
        content,
        parents: planner.with_contents(parents)?,
        origin: Some(ChangeOrigin::Sync),
        author: caller.author.clone(),
        committer: caller.committer.clone(),
        summary: format!("Sync {id}"),
        body: None,
        upstream: Some(incoming.upstream.clone()),
        project_commit: None,
    })
}

/// The paths, relative to the artifact, at which a content differs from the one with hash `old`.
fn changed_paths(repo: &Repo, old: ContentHash, new: &Content) -> Result<Vec<BString>, OperationError> {
    let read = &mut |tree| repo.read_kind(tree, Kind::Tree).map_err(OperationError::from);
    let old = Content::new(flatten(old.oid(), read)?);
    let written = new
        .entries()
        .iter()
        .filter(|entry| old.get(entry.path.as_ref()) != Some(entry));
    let deleted = old
        .entries()
        .iter()
        .filter(|entry| new.get(entry.path.as_ref()).is_none());
    Ok(written.chain(deleted).map(|entry| entry.path.clone()).collect())
}

fn answer(id: &ArtifactId, result: SyncResult, version_id: Option<VersionId>) -> Synced {
    Synced {
        result,
        version_id,
        ..Synced::new(id)
    }
}
