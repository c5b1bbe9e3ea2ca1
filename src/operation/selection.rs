//! Which artifacts a command is about.

use std::{collections::BTreeSet, sync::Arc};

use super::OperationError;
use crate::{
    id::ArtifactId,
    manifest::{Manifest, ManifestEntry},
    similar::similar_ids,
    upstream::matches,
};

/// The deployed artifacts named by `ids`, in that order; all of them where none is named.
pub(super) fn deployed<'m>(
    manifest: &'m Manifest,
    ids: &[ArtifactId],
) -> Result<Vec<&'m ManifestEntry>, OperationError> {
    if ids.is_empty() {
        return Ok(manifest.entries().collect());
    }
    let mut chosen: Vec<&ManifestEntry> = Vec::with_capacity(ids.len());
    for id in ids {
        let entry = manifest
            .get(id)
            .ok_or_else(|| not_deployed(id, manifest.entries().map(|entry| &entry.id)))?;
        if !chosen.iter().any(|other| other.id == *id) {
            chosen.push(entry);
        }
    }
    Ok(chosen)
}

/// Of these artifacts those whose path inside their upstream matches `pattern`, as `deploy --each` matches it; of one that
/// has none there, the path in the project.
pub(super) fn each<'m>(
    artifacts: Vec<&'m ManifestEntry>,
    pattern: &str,
) -> Result<Vec<&'m ManifestEntry>, OperationError> {
    let mut chosen = Vec::new();
    for artifact in &artifacts {
        if matches(pattern, compared(artifact)).map_err(Arc::new)? {
            chosen.push(*artifact);
        }
    }
    if chosen.is_empty() {
        let paths: BTreeSet<&str> = artifacts.into_iter().map(compared).collect();
        return Err(OperationError::NoDeployedMatch {
            pattern: pattern.to_owned(),
            paths: paths.into_iter().map(str::to_owned).collect(),
        });
    }
    Ok(chosen)
}

fn compared(artifact: &ManifestEntry) -> &str {
    artifact.upstream_path.as_deref().unwrap_or(artifact.path.as_str())
}

pub(super) fn not_deployed<'a>(id: &ArtifactId, known: impl IntoIterator<Item = &'a ArtifactId>) -> OperationError {
    OperationError::NotDeployed {
        id: id.clone(),
        similar: similar_ids(id.as_str(), known),
    }
}
