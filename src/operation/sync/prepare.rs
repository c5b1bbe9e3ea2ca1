//! What the sync of one artifact is; nothing of it is planned yet.

use super::{
    super::{
        OperationError,
        arrival::Arrival,
        caller::Caller,
        planner::{Planner, Position},
        record,
    },
    fetch::News,
};
use crate::{
    checkout::Change,
    git::look_at,
    id::{ContentHash, VersionId},
    manifest::ManifestEntry,
    snapshot::{self, Snapshot, source::SourceSnapshot, work_tree},
    version::{Signature, Upstream},
};

/// Upstream's content and what is recorded of it.
pub(super) struct Incoming {
    pub(super) content: SourceSnapshot,
    pub(super) upstream: Upstream,
    pub(super) author: Signature,
}

/// How an artifact is brought up to date.
pub(super) enum Case {
    /// Upstream has what the baseline names.
    UpToDate { head: Option<VersionId> },
    /// The result is upstream's content: nothing was changed here since the baseline, or both sides changed alike.
    Take(Sides),
    /// Both sides changed.
    Merge(Sides),
}

/// Both sides, and what they grew from.
pub(super) struct Sides {
    pub(super) baseline: VersionId,
    pub(super) base: ContentHash,
    /// As it lies in the work tree, perhaps not recorded yet.
    pub(super) mine: Snapshot,
    /// Where that is recorded.
    pub(super) position: Position,
    pub(super) incoming: Incoming,
}

/// An artifact to sync.
pub(super) struct Prepared {
    pub(super) artifact: ManifestEntry,
    pub(super) case: Case,
}

/// Decides what the sync is and checks what can be checked.
pub(super) fn prepare(
    planner: &mut Planner<'_>,
    artifact: &ManifestEntry,
    news: &News,
    caller: &Caller,
) -> Result<Prepared, OperationError> {
    let repo = planner.repo;
    let id = &artifact.id;
    planner.refuse_unfinished(id)?;
    let no_upstream = || OperationError::NoUpstream { id: id.clone() };
    let incoming = match news {
        News::Nothing => None,
        News::Arrived(arrival) => Some(take_in(planner, artifact, arrival, caller)?),
    };
    let position = planner.position(artifact)?;
    let (Some(base), Some(baseline)) = (artifact.baseline, position.baseline) else {
        return Err(no_upstream());
    };
    let missing_content = || OperationError::MissingContent {
        id: id.clone(),
        path: artifact.path.clone(),
    };
    let mine = |planner: &mut Planner<'_>| {
        let found = work_tree::of_artifact(repo, &artifact.path, &mut planner.batch);
        found.map_err(|error| record::unmerged(error, id))
    };
    let found = look_at(&repo.work_tree()?.join(artifact.path.to_path()))?;
    // What a sparse checkout leaves out is content all the same.
    if found.is_none() && mine(planner)?.content.is_empty() {
        return Err(missing_content());
    }
    let Some(incoming) = incoming.filter(|incoming| incoming.content.snapshot.hash != base) else {
        let head = planner.head(id, Some(baseline))?;
        return Ok(Prepared {
            artifact: artifact.clone(),
            case: Case::UpToDate { head },
        });
    };
    let single_file = incoming.content.single_file;
    // A link in a directory's place is found to be in the way further on.
    if found.is_some_and(|found| (single_file && found.is_dir()) || (!single_file && found.is_file())) {
        return Err(OperationError::OtherShape {
            id: id.clone(),
            path: artifact.path.clone(),
        });
    }
    planner.assume_recorded(&position)?;
    let mine = mine(planner)?;
    if mine.content.is_empty() {
        return Err(missing_content());
    }
    let new = &incoming.content.snapshot;
    let take = mine.hash == base || mine.hash == new.hash;
    if take {
        // What is refused here leaves nothing in the repository.
        let change = Change::new(repo, &artifact.path, single_file, &mine.content, &new.content);
        change.check(&mine.content)?;
    }
    let sides = Sides {
        baseline,
        base,
        mine,
        position,
        incoming,
    };
    Ok(Prepared {
        artifact: artifact.clone(),
        case: if take { Case::Take(sides) } else { Case::Merge(sides) },
    })
}

fn take_in(
    planner: &mut Planner<'_>,
    artifact: &ManifestEntry,
    arrival: &Arrival,
    caller: &Caller,
) -> Result<Incoming, OperationError> {
    let files = arrival.incoming.clone();
    let content = snapshot::source::of_files(planner.repo, files, &artifact.path, &mut planner.batch)?;
    Ok(Incoming {
        upstream: Upstream {
            tree: content.own_tree,
            ..arrival.upstream.clone()
        },
        author: arrival.author.clone().unwrap_or_else(|| caller.author.clone()),
        content,
    })
}
