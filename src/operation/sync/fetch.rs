//! What is new upstream for each artifact, asked before anything is attempted.

use std::path::Path;

use super::{
    super::{
        OperationError,
        arrival::{Arrival, Found, Upstreams, Wanted},
        manifest_file, selection,
    },
    Sync, Synced,
};
use crate::{
    git::Repo,
    id::{ArtifactId, CommitId},
    index::Index,
    manifest::ManifestEntry,
    progress::ProgressStage,
    upstream::Resolved,
};

/// What upstream has for an artifact.
pub(crate) enum News {
    /// The commit that the baseline was taken from.
    Nothing,
    /// Content, perhaps the baseline's.
    Arrived(Box<Arrival>),
}

/// An artifact to sync, and what came for it.
pub(crate) struct Fetched {
    pub(super) artifact: ManifestEntry,
    pub(super) news: News,
}

/// Asks the upstreams of the artifacts asked for. Those whose upstream fails are answered as failed.
///
/// # Errors
/// What concerns all of them.
pub(crate) fn fetch(
    repo: &Repo,
    index: &Index,
    cache: &Path,
    request: &Sync,
) -> Result<(Vec<Fetched>, Vec<Synced>), OperationError> {
    repo.work_tree()?;
    let manifest = manifest_file::read(repo, index)?;
    let mut upstreams = Upstreams::new(repo, cache);
    let (mut fetched, mut failed) = (Vec::new(), Vec::new());
    let mut artifacts = selection::deployed(&manifest, &request.ids)?;
    if let Some(pattern) = &request.each {
        artifacts = selection::each(artifacts, pattern)?;
    }
    let total = artifacts.len();
    for (done, artifact) in artifacts.into_iter().enumerate() {
        repo.progress().step(ProgressStage::AskingUpstreams, done, Some(total));
        // One that never had an upstream is no failure, unless it was asked for by name.
        if request.ids.is_empty() && artifact.upstream.is_none() && artifact.baseline.is_none() {
            continue;
        }
        match news(&mut upstreams, index, artifact, request) {
            Ok(news) => fetched.push(Fetched {
                artifact: artifact.clone(),
                news,
            }),
            Err(error) if error.concerns_all() => return Err(error),
            Err(error) => failed.push(Synced::failed(&artifact.id, error)),
        }
    }
    Ok((fetched, failed))
}

/// Fetches what git upstreams have now, for whoever looks at it afterwards without a network. Answers with those artifacts
/// whose upstream fails, or no longer has them.
///
/// # Errors
/// What concerns all of them.
pub(crate) fn fetch_only(
    repo: &Repo,
    index: &Index,
    cache: &Path,
    ids: &[ArtifactId],
) -> Result<Vec<(ArtifactId, OperationError)>, OperationError> {
    repo.work_tree()?;
    let manifest = manifest_file::read(repo, index)?;
    let mut upstreams = Upstreams::new(repo, cache);
    let mut failed = Vec::new();
    let artifacts = selection::deployed(&manifest, ids)?;
    let total = artifacts.len();
    for (done, artifact) in artifacts.into_iter().enumerate() {
        repo.progress().step(ProgressStage::AskingUpstreams, done, Some(total));
        // Plain directories have no ref, and nothing of them is kept.
        if artifact.upstream.is_none() || artifact.upstream_ref.is_none() {
            continue;
        }
        match look(&mut upstreams, index, artifact) {
            Ok(()) => {}
            Err(error) if error.concerns_all() => return Err(error),
            Err(error) => failed.push((artifact.id.clone(), error)),
        }
    }
    Ok(failed)
}

/// Also a commit that brings nothing new is fetched: so it is known that the upstream was seen.
fn look(upstreams: &mut Upstreams<'_>, index: &Index, artifact: &ManifestEntry) -> Result<(), OperationError> {
    let source = artifact.upstream.as_deref().unwrap_or_default();
    if let Found::Git(store, resolved) = upstreams.find(source, artifact.upstream_ref.as_deref())? {
        upstreams.fetch(&store, &resolved)?;
    }
    news(upstreams, index, artifact, &Sync::default())?;
    Ok(())
}

fn news(
    upstreams: &mut Upstreams<'_>,
    index: &Index,
    artifact: &ManifestEntry,
    request: &Sync,
) -> Result<News, OperationError> {
    let id = &artifact.id;
    let no_upstream = || OperationError::NoUpstream { id: id.clone() };
    let source = artifact.upstream.as_deref().ok_or_else(no_upstream)?;
    let ref_name = request.to.as_deref().or(artifact.upstream_ref.as_deref());
    let found = upstreams.find(source, ref_name)?;
    if let Found::Git(_, resolved) = &found
        && is_known(index, artifact, resolved)?
    {
        return Ok(News::Nothing);
    }
    let mut wanted = Wanted {
        source,
        path: artifact.upstream_path.as_deref(),
    };
    if let Some(arrival) = upstreams.read(&found, wanted)? {
        check_not_rewritten(&found, artifact, request)?;
        return Ok(News::Arrived(Box::new(arrival)));
    }
    let from = artifact.upstream_path.as_deref().unwrap_or_default();
    let to = upstreams.find_moved(&found, id, from, artifact.upstream_commit)?;
    if !request.follow {
        return Err(OperationError::UpstreamMoved {
            id: id.clone(),
            from: from.to_owned(),
            to,
        });
    }
    check_not_rewritten(&found, artifact, request)?;
    wanted.path = Some(&to);
    let arrival = upstreams.read(&found, wanted)?;
    let arrival = arrival.ok_or_else(|| OperationError::UpstreamDeleted {
        id: id.clone(),
        path: to.clone(),
        commit: artifact.upstream_commit,
    })?;
    Ok(News::Arrived(Box::new(arrival)))
}

/// Whether the baseline was taken from just this commit, path and ref: then there is nothing to fetch.
fn is_known(index: &Index, artifact: &ManifestEntry, resolved: &Resolved) -> Result<bool, OperationError> {
    let commit = CommitId::from_oid(resolved.commit);
    let same_ref = artifact.upstream_ref.as_deref() == Some(resolved.ref_name.as_str());
    let (Some(baseline), true) = (artifact.baseline, artifact.upstream_commit == Some(commit) && same_ref) else {
        return Ok(false);
    };
    let versions = index.find_by_content(&baseline)?;
    let own = versions.iter().filter(|version| version.artifact_id == artifact.id);
    let mut upstreams = own.filter_map(|version| version.upstream.as_ref());
    Ok(upstreams.any(|from| from.commit == Some(commit) && from.path == artifact.upstream_path))
}

/// Refuses to follow a ref whose history no longer holds what was synced from it, unless it is asked for by name.
fn check_not_rewritten(found: &Found, artifact: &ManifestEntry, request: &Sync) -> Result<(), OperationError> {
    let (Found::Git(store, resolved), Some(old)) = (found, artifact.upstream_commit) else {
        return Ok(());
    };
    if request.to.is_some() || resolved.full_name.is_none() || old.oid().kind() != resolved.commit.kind() {
        return Ok(());
    }
    let contained = store
        .is_ancestor(old.oid(), resolved.commit)
        .map_err(std::sync::Arc::new)?;
    match contained {
        Some(false) => Err(rewritten(&artifact.id, resolved, old)),
        // Where nobody can say, the content decides, as for a plain directory.
        Some(true) | None => Ok(()),
    }
}

fn rewritten(id: &ArtifactId, resolved: &Resolved, old: CommitId) -> OperationError {
    OperationError::UpstreamRewritten {
        id: id.clone(),
        ref_name: resolved.ref_name.clone(),
        old,
        new: CommitId::from_oid(resolved.commit),
    }
}
