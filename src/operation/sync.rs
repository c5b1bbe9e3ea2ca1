//! `sync`: newer upstream content comes in, without losing what was edited here.
//!
//! Where only one side changed since the baseline, or both changed alike, the result is plain. Where both changed, the
//! sync is *diverged*: it is answered so and nothing is touched.

use gix::{bstr::BString, objs::Kind};
use serde::{Serialize, Serializer};

use super::{
    OperationError,
    attempt::Attempt,
    caller::Caller,
    manifest_file,
    planner::{Planner, Position},
    record, selection, source,
    work::{Placement, Work},
};
use crate::{
    content::{Content, flatten},
    git::{Repo, objects::Mode},
    id::{ArtifactId, ContentHash, Line, VersionId},
    manifest::{Manifest, ManifestEntry},
    origin::ChangeOrigin,
    snapshot::{self, source::SourceSnapshot, work_tree},
    upstream::source::without_credentials,
    version::{Upstream, commit::NewVersion},
};

/// What to sync.
#[derive(Debug, Clone)]
pub struct Sync {
    /// Which artifacts; none means all that are deployed.
    pub ids: Vec<ArtifactId>,
    /// The line to record on; the branch checked out where it is `None`.
    pub line: Option<Line>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Stage what was written, as `git merge` does.
    pub stage: bool,
}

impl Default for Sync {
    fn default() -> Self {
        Sync {
            ids: Vec::new(),
            line: None,
            dry_run: false,
            stage: true,
        }
    }
}

/// One artifact's answer to `sync`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Synced {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// What happened.
    pub result: SyncResult,
    /// The head after the sync; `None` if it failed.
    pub version_id: Option<VersionId>,
    /// Paths in conflict, relative to the artifact.
    pub conflicts: Vec<String>,
    /// Why it failed; nothing of this artifact was touched then.
    pub error: Option<OperationError>,
    /// How many files were written or deleted.
    pub changed_files: usize,
    /// The version under which edits were recorded first, if there were unrecorded ones.
    pub recorded_edits: Option<VersionId>,
}

/// How the sync of one artifact ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncResult {
    /// Upstream has nothing new since the baseline.
    UpToDate,
    /// Upstream's content is the new head.
    FastForward,
    /// Both sides are in the new head.
    Merged,
    /// Both sides changed the same places; conflicts wait.
    Conflict,
    /// Nothing was done.
    Failed,
}

impl SyncResult {
    /// The spelling in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SyncResult::UpToDate => "up_to_date",
            SyncResult::FastForward => "fast_forward",
            SyncResult::Merged => "merged",
            SyncResult::Conflict => "conflict",
            SyncResult::Failed => "failed",
        }
    }
}

impl Serialize for SyncResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One attempt; the files are written afterwards, when the versions are recorded.
pub(crate) fn sync(
    attempt: &mut Attempt<'_>,
    request: &Sync,
    caller: &Caller,
) -> Result<(Vec<Synced>, Option<Work>), OperationError> {
    let repo = attempt.repo;
    repo.work_tree()?;
    let mut manifest = manifest_file::read(repo)?;
    let artifacts: Vec<ManifestEntry> = selection::deployed(&manifest, &request.ids)?
        .into_iter()
        .cloned()
        .collect();
    let line = attempt.line(request.line.as_ref())?;
    let mode = if request.dry_run { Mode::Nothing } else { Mode::Objects };
    let mut planner = attempt.planner(line, repo.head()?.commit, mode)?;
    let mut answers = Vec::with_capacity(artifacts.len());
    let mut placements = Vec::new();
    for artifact in artifacts {
        let before = planner.batch.mark();
        match sync_artifact(&mut planner, &artifact, caller) {
            Ok(outcome) => {
                if let Some((placement, baseline)) = outcome.placement {
                    set_baseline(&mut manifest, &artifact, baseline)?;
                    placements.push(placement);
                }
                answers.push(outcome.answer);
            }
            Err(error) if error.concerns_all() => return Err(error),
            // One artifact that cannot be synced never stops the others, and leaves nothing in the repository.
            Err(error) => {
                planner.batch.roll_back(before)?;
                answers.push(Synced {
                    artifact_id: artifact.id,
                    result: SyncResult::Failed,
                    version_id: None,
                    conflicts: Vec::new(),
                    error: Some(error),
                    changed_files: 0,
                    recorded_edits: None,
                });
            }
        }
    }
    let finished = (!request.dry_run).then(|| planner.finish()).transpose()?;
    attempt.done(finished, Vec::new());
    let work = (!placements.is_empty() && !request.dry_run).then_some(Work {
        placements,
        manifest,
        stage: request.stage,
    });
    Ok((answers, work))
}

struct Outcome {
    answer: Synced,
    placement: Option<(Placement, ContentHash)>,
}

fn sync_artifact(
    planner: &mut Planner<'_>,
    artifact: &ManifestEntry,
    caller: &Caller,
) -> Result<Outcome, OperationError> {
    let repo = planner.repo;
    let id = &artifact.id;
    let no_upstream = || OperationError::NoUpstream { id: id.clone() };
    let url = artifact.upstream.as_deref().ok_or_else(no_upstream)?;
    let from = source::locate(repo, url, artifact.upstream_path.as_deref())?;
    let upstream = snapshot::source::of_directory(repo, &from, &artifact.path, &mut planner.batch)?;
    if upstream.snapshot.content.is_empty() {
        return Err(OperationError::EmptySource {
            source_path: url.to_owned(),
        });
    }
    let position = planner.position(artifact)?;
    let (Some(baseline_hash), Some(baseline)) = (artifact.baseline, position.baseline) else {
        return Err(no_upstream());
    };
    let new = upstream.snapshot.hash;
    let missing_content = || OperationError::MissingContent {
        id: id.clone(),
        path: artifact.path.clone(),
    };
    if std::fs::symlink_metadata(repo.work_tree()?.join(artifact.path.to_path())).is_err() {
        return Err(missing_content());
    }
    if new == baseline_hash {
        let head = planner.head(id, Some(baseline))?;
        return Ok(Outcome {
            answer: answer(id, SyncResult::UpToDate, head, 0, None),
            placement: None,
        });
    }
    planner.assume_recorded(&position)?;
    let mine = work_tree::of_artifact(repo, &artifact.path, &mut planner.batch)
        .map_err(|error| record::unmerged(error, id))?;
    if mine.content.is_empty() {
        return Err(missing_content());
    }
    if mine.hash != baseline_hash && mine.hash != new {
        return Err(OperationError::Diverged { id: id.clone() });
    }
    // What both sides changed alike is not written, but it is what the manifest's new line stands for: it is staged, lest
    // a commit of what is staged looks as if it took upstream's change back.
    let also_stage = if mine.hash == new {
        changed_paths(repo, baseline_hash, &upstream.snapshot.content)?
    } else {
        Vec::new()
    };
    let placement = Placement {
        path: artifact.path.clone(),
        single_file: upstream.single_file,
        old: mine.content,
        new: upstream.snapshot.content.clone(),
        also_stage,
    };
    placement.change(repo).check(&placement.old)?;
    let changed_files = placement.change(repo).len();

    let edits = record::record_content(planner, artifact, &position, mine.hash, None, caller)?;
    let from_work_tree = edits.recorded && edits.version.project_commit.is_none();
    let recorded_edits = from_work_tree.then_some(edits.version.version_id);
    let head = edits.version.version_id;
    let (result, version) = bring_in(planner, artifact, &position, head, baseline, &upstream, caller)?;
    planner.set_head(id, version)?;
    Ok(Outcome {
        answer: answer(id, result, Some(version), changed_files, recorded_edits),
        placement: Some((placement, new)),
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

/// Plans the upstream version, and where the head is not just the baseline, the merge of both. The content of either is
/// upstream's: here the head's content is the baseline's or already upstream's.
fn bring_in(
    planner: &mut Planner<'_>,
    artifact: &ManifestEntry,
    position: &Position,
    head: VersionId,
    baseline: VersionId,
    upstream: &SourceSnapshot,
    caller: &Caller,
) -> Result<(SyncResult, VersionId), OperationError> {
    let content = upstream.snapshot.hash;
    let origin = Upstream {
        url: artifact.upstream.as_deref().map(without_credentials),
        path: artifact.upstream_path.clone(),
        ref_name: artifact.upstream_ref.clone(),
        commit: None,
        tree: upstream.own_tree,
    };
    let version = |parents| NewVersion {
        artifact_id: artifact.id.clone(),
        content,
        parents,
        origin: Some(ChangeOrigin::Sync),
        author: caller.author.clone(),
        committer: caller.committer.clone(),
        summary: format!("Sync {}", artifact.id),
        body: None,
        upstream: Some(origin.clone()),
        project_commit: None,
    };
    let incoming = match planner.upstream_version(&artifact.id, content, baseline)? {
        Some(known) => known,
        None => {
            planner
                .add_version(&version(planner.with_contents(&[baseline])?))?
                .version_id
        }
    };
    debug_assert!(position.baseline == Some(baseline));
    if head == baseline || head == incoming {
        return Ok((SyncResult::FastForward, incoming));
    }
    let merged = planner.add_version(&version(planner.with_contents(&[head, incoming])?))?;
    Ok((SyncResult::Merged, merged.version_id))
}

fn set_baseline(
    manifest: &mut Manifest,
    artifact: &ManifestEntry,
    baseline: ContentHash,
) -> Result<(), OperationError> {
    manifest.set(ManifestEntry {
        baseline: Some(baseline),
        ..artifact.clone()
    })?;
    Ok(())
}

fn answer(
    id: &ArtifactId,
    result: SyncResult,
    version_id: Option<VersionId>,
    changed_files: usize,
    recorded_edits: Option<VersionId>,
) -> Synced {
    Synced {
        artifact_id: id.clone(),
        result,
        version_id,
        conflicts: Vec::new(),
        error: None,
        changed_files,
        recorded_edits,
    }
}
