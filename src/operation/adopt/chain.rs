//! From the states of a past to versions.

use super::{
    super::{OperationError, planner::Planner},
    AdoptedVersion,
};
use crate::{
    adoption::Past,
    id::{ArtifactId, CommitId},
    project::walk::project_summary,
    version::commit::NewVersion,
};

/// Plans a version for each state.
pub(super) fn plan(
    planner: &mut Planner<'_>,
    id: &ArtifactId,
    past: &Past,
) -> Result<Vec<AdoptedVersion>, OperationError> {
    let mut versions: Vec<AdoptedVersion> = Vec::with_capacity(past.states.len());
    for state in &past.states {
        let commit = planner.walk.history.commit(state.commit)?;
        let parent = versions.last().map(|newest| &newest.version);
        let new = NewVersion {
            artifact_id: id.clone(),
            content: state.content.hash,
            parents: parent
                .map(|parent| (parent.version_id, parent.content_hash))
                .into_iter()
                .collect(),
            origin: None,
            summary: project_summary(&commit, id),
            author: commit.author,
            committer: commit.committer,
            body: None,
            upstream: None,
            project_commit: Some(CommitId::from_oid(state.commit)),
        };
        let (version, recorded) = planner.add_taken(&new, state.content.tree_object.as_deref(), &state.objects)?;
        versions.push(AdoptedVersion { version, recorded });
    }
    Ok(versions)
}
