//! The manifest in the work tree; while it is unmerged, what git's index has of it.
//!
//! A file with git's markers is read from the index stages, key by key. A file without them is what somebody made of it, staged
//! or not. Nothing is written.

use std::collections::HashSet;

use gix::{ObjectId, index::entry::Stage, objs::Kind};

use super::graph::{Graph, Node};
use crate::{
    git::{GitError, Repo},
    id::{ArtifactId, ContentHash, VersionId},
    index::{Index, IndexError},
    manifest::{Baseline, MANIFEST_FILE, Manifest, ManifestEntry, ManifestError, Older, Stages},
};

/// Why the manifest in the work tree cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkManifestError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error("no upstream version of '{id}' with content {baseline} is known here")]
    MissingVersions { id: ArtifactId, baseline: ContentHash },
}

/// What the file in the work tree says; with `true` where its markers were read from the stages.
pub(crate) fn read(repo: &Repo, index: &Index, file: &[u8]) -> Result<(Manifest, bool), WorkManifestError> {
    match Manifest::parse(file) {
        Ok(manifest) => Ok((manifest, false)),
        Err(error @ ManifestError::Conflicted { .. }) => match stages(repo)? {
            Some(stages) => {
                let graph = Graph::new(repo, index);
                let merged = stages.merge(file, |ours, theirs| choose(&graph, ours, theirs))?;
                Ok((merged, true))
            }
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// What the index has of an unmerged manifest; `None` where it is not unmerged.
fn stages(repo: &Repo) -> Result<Option<Stages>, WorkManifestError> {
    let index = repo
        .gix()
        .index_or_empty()
        .map_err(GitError::backend("read the index"))?;
    let entry = |stage| {
        index
            .entry_by_path_and_stage(MANIFEST_FILE.into(), stage)
            .map(|entry| entry.id)
    };
    let ids = [Stage::Base, Stage::Ours, Stage::Theirs].map(entry);
    if ids.iter().all(Option::is_none) {
        return Ok(None);
    }
    let manifest = |id: Option<ObjectId>| -> Result<Manifest, WorkManifestError> {
        let data = id.map(|id| repo.read_kind(id, Kind::Blob)).transpose()?;
        Ok(Manifest::parse(data.as_deref().unwrap_or_default())?)
    };
    let [base, ours, theirs] = ids;
    Ok(Some(Stages {
        base: manifest(base)?,
        ours: manifest(ours)?,
        theirs: manifest(theirs)?,
    }))
}

/// Of two baselines the one whose version contains the other's, else the newest that both come from.
fn choose(
    graph: &Graph<'_>,
    ours: &ManifestEntry,
    theirs: &ManifestEntry,
) -> Result<Option<Baseline>, WorkManifestError> {
    let (Some(our_baseline), Some(their_baseline)) = (ours.baseline, theirs.baseline) else {
        return Ok(None);
    };
    let (mine, yours) = (
        upstream_versions(graph, &ours.id, our_baseline)?,
        upstream_versions(graph, &ours.id, their_baseline)?,
    );
    let pairs: Vec<(VersionId, VersionId)> = mine
        .iter()
        .flat_map(|mine| yours.iter().map(|yours| (*mine, *yours)))
        .collect();
    for (mine, yours) in &pairs {
        if graph.contains(*mine, *yours)? {
            return Ok(Some(Baseline::Ours));
        }
        if graph.contains(*yours, *mine)? {
            return Ok(Some(Baseline::Theirs));
        }
    }
    for (mine, yours) in pairs {
        let only_mine: HashSet<VersionId> = graph.only_in(mine, yours)?.iter().map(|vertex| vertex.id).collect();
        let mut below = graph.node(mine)?;
        while let Some(node) = below {
            if !only_mine.contains(&node.id()) {
                return Ok(Some(Baseline::Older(older(&node))));
            }
            // An upstream version has one parent at most.
            let parent = node.version.first_parent();
            below = parent.map(|parent| graph.node(parent)).transpose()?.flatten();
        }
    }
    Ok(None)
}

/// The upstream versions with this content, the smallest id first.
fn upstream_versions(
    graph: &Graph<'_>,
    id: &ArtifactId,
    baseline: ContentHash,
) -> Result<Vec<VersionId>, WorkManifestError> {
    let mut versions = Vec::new();
    for node in graph.with_content(id, baseline)? {
        if graph.is_upstream(node.id())? {
            versions.push(node.id());
        }
    }
    if versions.is_empty() {
        return Err(WorkManifestError::MissingVersions {
            id: id.clone(),
            baseline,
        });
    }
    versions.sort();
    Ok(versions)
}

fn older(node: &Node) -> Older {
    let upstream = node.version.upstream.clone().unwrap_or_default();
    Older {
        baseline: node.version.content_hash,
        upstream_path: upstream.path,
        upstream_ref: upstream.ref_name,
        upstream_commit: upstream.commit,
    }
}
