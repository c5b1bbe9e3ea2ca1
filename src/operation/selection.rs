//! Which artifacts a command is about.

use super::OperationError;
use crate::{
    id::ArtifactId,
    manifest::{Manifest, ManifestEntry},
    similar::similar_ids,
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

pub(super) fn not_deployed<'a>(id: &ArtifactId, known: impl IntoIterator<Item = &'a ArtifactId>) -> OperationError {
    OperationError::NotDeployed {
        id: id.clone(),
        similar: similar_ids(id.as_str(), known),
    }
}
