//! `sync`: newer upstream content comes in, without losing what was edited here.
//!
//! Three steps, all within one attempt: every artifact is [prepared](prepare), which decides what its sync is; what both
//! sides changed is merged, all in one go; then unrecorded edits are recorded, the versions planned and the way back written
//! down ([finish]). Files are written only when all that is recorded. An artifact that cannot be synced is answered
//! as failed and stops no other.

mod fetch;
mod finish;
mod prepare;

use serde::{Serialize, Serializer};

use super::{
    OperationError,
    attempt::Attempt,
    caller::Caller,
    manifest_file,
    planner::Planner,
    work::{Command, Work},
};
use crate::{
    id::{ArtifactId, Line, VersionId},
    merge::{self, Favor, Labels, MergeError, MergeRequest, Merged},
    pending::{OperationKind, Standing},
};
pub(crate) use fetch::{Fetched, fetch, fetch_only};
use prepare::{Case, Prepared};

/// What to sync.
#[derive(Debug, Clone)]
pub struct Sync {
    /// Which artifacts; none means all that are deployed, without those that never had an upstream.
    pub ids: Vec<ArtifactId>,
    /// Of those only the ones whose path inside their upstream matches this pattern (`skills/*`); of an artifact that is all
    /// of its upstream, the path in the project.
    pub each: Option<String>,
    /// The line to record on; the branch checked out where it is `None`.
    pub line: Option<Line>,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Stage what was written, as `git merge` does.
    pub stage: bool,
    /// The branch, tag or commit to go to, and to follow from now on.
    pub to: Option<String>,
    /// Where upstream moved an artifact, go with it.
    pub follow: bool,
    /// Where both sides changed the same lines, take one side instead of stopping with conflicts. Needs git 2.43.
    pub favor: Option<Favor>,
}

impl Default for Sync {
    fn default() -> Self {
        Sync {
            ids: Vec::new(),
            each: None,
            line: None,
            dry_run: false,
            stage: true,
            to: None,
            follow: false,
            favor: None,
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

/// One attempt with what was fetched; the files are written afterwards, when the versions are recorded.
pub(crate) fn sync(
    attempt: &mut Attempt<'_>,
    request: &Sync,
    fetched: &[Fetched],
    caller: &Caller,
) -> Result<(Vec<Synced>, Work), OperationError> {
    let repo = attempt.repo;
    let manifest = manifest_file::read(repo, attempt.index)?;
    if fetched
        .iter()
        .any(|one| manifest.get(&one.artifact.id) != Some(&one.artifact))
    {
        return Err(OperationError::ManifestChanged);
    }
    let mut planner = attempt.planner_at_head(request.line.as_ref(), request.dry_run)?;
    let untouched = planner.batch.mark();
    let mut outcomes: Vec<Result<Prepared, Synced>> = Vec::with_capacity(fetched.len());
    for Fetched { artifact, news } in fetched {
        let before = planner.batch.mark();
        match prepare::prepare(&mut planner, artifact, news, caller) {
            Ok(prepared) => outcomes.push(Ok(prepared)),
            Err(error) if error.concerns_all() => return Err(error),
            // One artifact that cannot be synced never stops the others, and leaves nothing in the repository.
            Err(error) => {
                planner.batch.roll_back(before)?;
                outcomes.push(Err(Synced::failed(&artifact.id, error)));
            }
        }
    }
    let mut merged = merge_sides(&planner, &outcomes, request.favor)?.into_iter();
    let mut answers = Vec::with_capacity(outcomes.len());
    let mut steps = Vec::new();
    for outcome in outcomes {
        match outcome {
            Err(failed) => answers.push(failed),
            Ok(prepared) => {
                let id = prepared.artifact.id.clone();
                let merged = matches!(prepared.case, Case::Merge(_)).then(|| merged.next()).flatten();
                match finish::finish(&mut planner, prepared, merged, caller) {
                    Ok((answer, step)) => {
                        answers.push(answer);
                        steps.extend(step);
                    }
                    Err(error) if error.concerns_all() => return Err(error),
                    Err(error) => answers.push(Synced::failed(&id, error)),
                }
            }
        }
    }
    if request.dry_run {
        return Ok((answers, Work::none()));
    }
    if steps.is_empty() {
        planner.batch.roll_back(untouched)?;
    }
    let command = Command {
        operation: OperationKind::Sync,
        caller: &caller.committer,
        stage: request.stage,
    };
    let work = planner.begin(&command, steps)?;
    attempt.done(Some(planner.finish()?), Vec::new());
    Ok((answers, work))
}

/// Merges what both sides changed, all in one go; the answers in the order of these artifacts.
fn merge_sides(
    planner: &Planner<'_>,
    outcomes: &[Result<Prepared, Synced>],
    favor: Option<Favor>,
) -> Result<Vec<Result<Merged, MergeError>>, OperationError> {
    let diverged = outcomes.iter().flatten().filter_map(|prepared| match &prepared.case {
        Case::Merge(sides) => Some((prepared, sides, theirs_label(sides))),
        _ => None,
    });
    let diverged: Vec<_> = diverged.collect();
    let requests: Vec<MergeRequest<'_>> = diverged
        .iter()
        .map(|(prepared, sides, theirs)| MergeRequest {
            path: &prepared.artifact.path,
            single_file: sides.incoming.content.single_file,
            base: sides.base,
            ours: sides.mine.hash,
            theirs: sides.incoming.content.snapshot.hash,
            labels: Labels {
                base: "baseline",
                ours: "yours",
                theirs,
            },
        })
        .collect();
    Ok(merge::merge_all(planner.repo, &planner.batch, &requests, favor)?)
}

/// `upstream`, and which one: the commit where there is one.
fn theirs_label(sides: &prepare::Sides) -> String {
    match &sides.incoming.upstream.commit {
        Some(commit) => format!("upstream {}", commit.short()),
        None => "upstream".to_owned(),
    }
}

impl Synced {
    /// An answer in which nothing has happened yet.
    pub(super) fn new(id: &ArtifactId) -> Self {
        Synced {
            artifact_id: id.clone(),
            result: SyncResult::UpToDate,
            version_id: None,
            conflicts: Vec::new(),
            error: None,
            changed_files: 0,
            recorded_edits: None,
        }
    }

    /// The answer for one that was interrupted and is finished now.
    pub(crate) fn finished(standing: &Standing) -> Self {
        let pending = &standing.pending;
        let (result, version_id) = if pending.conflicted {
            (SyncResult::Conflict, pending.head_before)
        } else {
            (SyncResult::Merged, pending.head_after)
        };
        let conflicts = pending
            .unmerged
            .iter()
            .map(|path| pending.relative(&path.path))
            .collect();
        Synced {
            result,
            version_id,
            conflicts,
            ..Synced::new(&pending.artifact_id)
        }
    }

    fn failed(id: &ArtifactId, error: OperationError) -> Self {
        Synced {
            result: SyncResult::Failed,
            error: Some(error),
            ..Synced::new(id)
        }
    }
}
