//! When a modification was first seen.

use std::{path::Path, time::UNIX_EPOCH};

use super::{
    super::QueryError,
    Reporter,
    answer::{ArtifactStatus, FileOrigin},
};
use crate::{content::to_path, id::VersionId, manifest::ManifestEntry, version::Timestamp};

impl Reporter<'_> {
    /// The time of the first version since the baseline that is not upstream's; where there is none, the newest
    /// modification time of the files that were changed here.
    pub(super) fn detected_at(
        &self,
        entry: &ManifestEntry,
        answer: &ArtifactStatus,
    ) -> Result<Option<Timestamp>, QueryError> {
        if let (Some(head), Some(baseline)) = (answer.version_id, answer.baseline_version)
            && let Some(first) = self.first_since(head, baseline)?
        {
            return Ok(Some(first));
        }
        if self.contents.index().is_none() {
            return Ok(None);
        }
        let root = self.query.repo.work_tree()?.join(entry.path.to_path());
        let here = answer
            .files
            .iter()
            .filter(|file| matches!(file.origin, FileOrigin::Local | FileOrigin::Both));
        // The name of a single-file artifact is that of its path.
        let path = |file: &[u8]| {
            if root.is_dir() {
                root.join(to_path(file))
            } else {
                root.clone()
            }
        };
        Ok(here.filter_map(|file| modified(&path(&file.path), &root)).max())
    }

    /// Dates lie, so the first one is one that follows on no other; of several the earliest, then the smallest id.
    fn first_since(&self, head: VersionId, baseline: VersionId) -> Result<Option<Timestamp>, QueryError> {
        let firsts = self.graph.first_edits(head, baseline)?;
        let earliest = firsts
            .iter()
            .min_by_key(|node| (node.version.created_at.seconds, node.id()));
        Ok(earliest.map(|node| node.version.created_at))
    }
}

/// The modification time of a file; of one that is gone, that of the folder it was in.
fn modified(path: &Path, root: &Path) -> Option<Timestamp> {
    let mut place = path;
    loop {
        if let Ok(metadata) = std::fs::symlink_metadata(place) {
            let time = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            return Some(Timestamp {
                seconds: i64::try_from(time.as_secs()).ok()?,
                offset: 0,
            });
        }
        if place == root {
            return None;
        }
        place = place.parent()?;
    }
}
