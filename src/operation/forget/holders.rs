//! Who still holds what was forgotten: the project's commits, an index, other versions, refs of somebody else.

use std::collections::HashSet;

use gix::ObjectId;

use super::{Journal, StillHeld};
use crate::{
    git::{GitError, Repo, erase::Walk},
    id::{CommitId, VersionId},
    index::Index,
    operation::OperationError,
};

/// What was seen when the objects were deleted.
pub(super) struct Found<'a> {
    /// Patterns of lineage's own refs.
    pub(super) all_but: &'a [String],
    /// What lineage's refs point to.
    pub(super) lineage: &'a [ObjectId],
    /// What refs of single work trees point to.
    pub(super) private: &'a [ObjectId],
    /// What anything reaches.
    pub(super) reached: &'a HashSet<ObjectId>,
    /// What is stored although nothing does.
    pub(super) left: &'a HashSet<ObjectId>,
}

/// Looks for all that holds what the versions brought in.
pub(super) fn look(
    repo: &Repo,
    index: &Index,
    journal: &Journal,
    found: &Found<'_>,
) -> Result<StillHeld, OperationError> {
    let introduced = journal.introduced();
    let mut watched: HashSet<ObjectId> = introduced.keys().copied().collect();
    watched.extend(journal.versions.iter().map(VersionId::oid));
    let reached: HashSet<ObjectId> = watched.intersection(found.reached).copied().collect();
    let mut held = StillHeld {
        elsewhere: watched.intersection(found.left).next().is_some(),
        ..StillHeld::default()
    };
    let here = |id: &ObjectId| reached.contains(id) || found.left.contains(id);
    let files = introduced.iter().filter(|(id, path)| !path.is_empty() && here(id));
    held.files = files.map(|(_, path)| (*path).to_owned()).collect();
    held.files.sort();
    held.files.dedup();
    if reached.is_empty() {
        return Ok(held);
    }
    let project = Walk {
        all_but: Some(found.all_but),
        ..Walk::default()
    };
    let commits = repo.commits_that_brought(&reached, project, found.private)?;
    held.commits = commits.into_iter().map(|(id, _)| CommitId::from_oid(id)).collect();
    for (id, _) in repo.commits_that_brought(&reached, Walk::default(), found.lineage)? {
        let version = VersionId::from_oid(id);
        if index.version_with_order(&version)?.is_some() {
            held.versions.push(version);
        }
    }
    for worktree in repo.worktrees()? {
        if repo.index_leads_to_any(&worktree, &reached)? {
            held.indexes.push(worktree.name);
        }
    }
    held.refs = refs_that_lead_to(repo, journal, &reached)?;
    let walk = Walk {
        indexes: true,
        ..project
    };
    let starts: Vec<ObjectId> = found.lineage.iter().chain(found.private).copied().collect();
    held.reflogs = repo.reachable_among(&reached, walk, &starts)?.len() < reached.len();
    Ok(held)
}

/// Tags, branches and the like that somebody has made for a version.
fn refs_that_lead_to(repo: &Repo, journal: &Journal, reached: &HashSet<ObjectId>) -> Result<Vec<String>, GitError> {
    let mut refs = Vec::new();
    for version in journal
        .versions
        .iter()
        .filter(|version| reached.contains(&version.oid()))
    {
        let contains = format!("--contains={version}");
        let output = repo.run_git(&["for-each-ref", "--format=%(refname)", &contains], b"")?;
        refs.extend(String::from_utf8_lossy(&output).lines().map(str::to_owned));
    }
    refs.sort();
    refs.dedup();
    Ok(refs)
}
