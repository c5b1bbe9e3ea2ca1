//! `list`: what is deployed on a line.

use super::{Query, QueryError};
use crate::{
    id::{ArtifactId, ContentHash, Line},
    manifest::ManifestEntry,
    project_path::ProjectPath,
    version::ArtifactVersion,
};

/// A deployed artifact with its head.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedArtifact {
    /// The newest version that is written.
    pub version: ArtifactVersion,
    /// Where it is.
    pub path: ProjectPath,
    /// The line; `None` where HEAD is detached.
    pub line: Option<Line>,
    /// The upstream content last deployed or synced here.
    pub baseline: Option<ContentHash>,
}

impl Query<'_> {
    /// The deployed artifacts of which no version is known here, by id.
    pub(crate) fn missing_versions(&self, line: Option<&Line>) -> Result<Vec<ArtifactId>, QueryError> {
        let view = self.line_view(line)?;
        let artifacts = self.artifacts(&view)?;
        let entries: Vec<&ManifestEntry> = artifacts.values().collect();
        let heads = self.heads(&view, &entries)?;
        let without = entries.into_iter().zip(heads).filter(|(_, head)| head.is_none());
        Ok(without.map(|(entry, _)| entry.id.clone()).collect())
    }

    /// The deployed artifacts, by id. One of which no version is here makes the whole answer an error.
    pub(crate) fn list(&self, line: Option<&Line>) -> Result<Vec<ListedArtifact>, QueryError> {
        let view = self.line_view(line)?;
        let artifacts = self.artifacts(&view)?;
        let entries: Vec<&ManifestEntry> = artifacts.values().collect();
        let heads = self.heads(&view, &entries)?;
        let mut listed = Vec::with_capacity(entries.len());
        for (entry, head) in entries.into_iter().zip(heads) {
            let Some(head) = head else {
                return Err(QueryError::MissingVersions { id: entry.id.clone() });
            };
            listed.push(ListedArtifact {
                version: self.version(&head)?,
                path: entry.path.clone(),
                line: view.line.clone(),
                baseline: entry.baseline,
            });
        }
        Ok(listed)
    }
}
