//! Versions of baselines that are not in this clone, made anew from what upstream has.
//!
//! Such a version is a function of what the manifest says and of the upstream commit: content, people, both dates. So every clone
//! makes the same one, in which others then find what they know. Where the baseline before it is known, it is made from that, as
//! the sync was that brought it in; else it is a root. Nothing is written here, and whether the content is the baseline's is for
//! the caller to check.

use std::collections::{HashMap, HashSet};

use gix::ObjectId;

use super::{
    graph::{Baseline, Graph},
    walk::{Before, Walk, WalkError},
};
use crate::{
    id::{ArtifactId, ContentHash, VersionId},
    index::IndexError,
    manifest::ManifestEntry,
    origin::ChangeOrigin,
    version::{Signature, Upstream, commit::NewVersion},
};

/// What the upstream commit says of a baseline.
#[derive(Debug, Clone)]
pub(crate) struct BaselineSource {
    pub(crate) author: Signature,
    pub(crate) committer: Signature,
    /// Upstream's own tree, where this project's attributes make another of it.
    pub(crate) tree: Option<ContentHash>,
}

/// The baselines that can be rebuilt, and the versions of those that were.
#[derive(Debug, Default)]
pub(crate) struct Rebuilding {
    sources: HashMap<(ArtifactId, ContentHash), BaselineSource>,
    /// With the commit objects; parents first.
    pub(crate) versions: Vec<(VersionId, Vec<u8>)>,
    ids: HashSet<VersionId>,
}

impl Rebuilding {
    /// With these baselines at hand.
    pub(crate) fn from(sources: HashMap<(ArtifactId, ContentHash), BaselineSource>) -> Self {
        Rebuilding {
            sources,
            ..Rebuilding::default()
        }
    }

    /// Whether a version was planned here.
    pub(super) fn has(&self, version: VersionId) -> bool {
        self.ids.contains(&version)
    }
}

/// Whether any upstream version with this content is known.
pub(super) fn is_known(graph: &Graph<'_>, artifact: &ArtifactId, baseline: ContentHash) -> Result<bool, IndexError> {
    for node in graph.with_content(artifact, baseline)? {
        if graph.is_upstream(node.id())? {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Walk<'_> {
    /// Plans the version of a baseline that a manifest names on top of these commits, to which the walk has been; nothing where
    /// one is known, or there is nothing to make it from.
    pub(crate) fn rebuild_on(&mut self, artifact: &ManifestEntry, parents: &[ObjectId]) -> Result<(), WalkError> {
        let mut before = Vec::with_capacity(parents.len());
        for parent in parents {
            before.push(self.before(*parent)?);
        }
        self.rebuild_baseline(artifact, &before)
    }

    pub(super) fn rebuild_baseline(&mut self, artifact: &ManifestEntry, before: &[Before]) -> Result<(), WalkError> {
        let Some(baseline) = artifact.baseline.filter(|_| !self.rebuilding.sources.is_empty()) else {
            return Ok(());
        };
        let key = (artifact.id.clone(), baseline);
        let Some(source) = self.rebuilding.sources.get(&key).cloned() else {
            return Ok(());
        };
        if is_known(&self.graph, &artifact.id, baseline)? {
            return Ok(());
        }
        let parents = self.baseline_before(&artifact.id, before)?;
        let (origin, summary) = match parents.as_slice() {
            [] => (ChangeOrigin::Deployment, format!("Deploy {}", artifact.id)),
            _ => (ChangeOrigin::Sync, format!("Sync {}", artifact.id)),
        };
        let version = NewVersion {
            artifact_id: artifact.id.clone(),
            content: baseline,
            parents,
            origin: Some(origin),
            author: source.author,
            committer: source.committer,
            summary,
            body: None,
            upstream: Some(Upstream {
                url: artifact.upstream.clone(),
                path: artifact.upstream_path.clone(),
                ref_name: artifact.upstream_ref.clone(),
                commit: artifact.upstream_commit,
                tree: source.tree,
            }),
            project_commit: None,
        };
        let (id, raw, parsed) = self.repo.read_back(version.encode_copied()?)?;
        self.graph.add_pending(parsed);
        self.rebuilding.versions.push((id, raw));
        self.rebuilding.ids.insert(id);
        Ok(())
    }

    /// The version of the baseline that the first of these commits names which names one.
    fn baseline_before(
        &self,
        artifact: &ArtifactId,
        before: &[Before],
    ) -> Result<Vec<(VersionId, ContentHash)>, WalkError> {
        for before in before {
            let Some(content) = before.artifacts.get(artifact).and_then(|entry| entry.baseline) else {
                continue;
            };
            let held = before.state.get(artifact).map(|held| held.versions().to_vec());
            let version = self.graph.baseline_version(&Baseline {
                artifact,
                content,
                before: &held.unwrap_or_default(),
                head: None,
                moved: false,
                at: None,
            })?;
            if let Some(version) = version {
                return Ok(vec![(version, content)]);
            }
        }
        Ok(Vec::new())
    }
}
