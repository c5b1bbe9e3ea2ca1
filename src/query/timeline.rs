//! `log`: versions newest first, children before their parents.

use std::ops::ControlFlow;

use super::{Query, QueryError};
use crate::{
    id::{ArtifactId, Line, VersionId},
    index::IndexError,
    origin::ChangeOrigin,
    version::{ArtifactVersion, Timestamp},
};

/// Which versions to list.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Where to begin.
    pub start: TimelineStart,
    /// Only those of one origin.
    pub origin: Option<OriginFilter>,
    /// Only those recorded at or after this time.
    pub since: Option<Timestamp>,
    /// Only those recorded at or before this time.
    pub until: Option<Timestamp>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// Where a timeline begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimelineStart {
    /// What this version contains.
    Version(VersionId),
    /// Every version of an artifact, on any line, remote or kept.
    Artifact(ArtifactId),
    /// What the heads of all deployed artifacts contain, on this line or the one checked out.
    Deployed(Option<Line>),
    /// Every version known here.
    Everything,
}

/// An origin to look for, unknown included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginFilter {
    /// One of the three.
    Known(ChangeOrigin),
    /// None is recorded.
    Unknown,
}

impl Timeline {
    /// Everything from `start` on.
    pub fn new(start: TimelineStart) -> Self {
        Timeline {
            start,
            origin: None,
            since: None,
            until: None,
            limit: None,
        }
    }

    fn wants(&self, version: &ArtifactVersion) -> bool {
        let origin = match self.origin {
            None => true,
            Some(OriginFilter::Known(origin)) => version.change_origin == Some(origin),
            Some(OriginFilter::Unknown) => version.change_origin.is_none(),
        };
        let time = version.created_at.seconds;
        origin
            && self.since.is_none_or(|since| time >= since.seconds)
            && self.until.is_none_or(|until| time <= until.seconds)
    }
}

impl Query<'_> {
    /// Visits the versions of a timeline, newest first.
    pub(crate) fn timeline(
        &self,
        timeline: &Timeline,
        mut visit: impl FnMut(ArtifactVersion) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        let mut left = timeline.limit.unwrap_or(usize::MAX);
        let take = |version: ArtifactVersion| {
            if left > 0 && timeline.wants(&version) {
                left -= 1;
                visit(version)?;
            }
            if left > 0 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        };
        match &timeline.start {
            TimelineStart::Version(id) => self.contained(&[*id], take)?,
            TimelineStart::Deployed(line) => {
                let listed = self.list(line.as_ref())?;
                let heads: Vec<VersionId> = listed.iter().map(|listed| listed.version.version_id).collect();
                self.contained(&heads, take)?;
            }
            TimelineStart::Artifact(id) => {
                let _ = self
                    .of_artifacts(std::slice::from_ref(id))?
                    .into_iter()
                    .try_for_each(take);
            }
            TimelineStart::Everything => {
                let ids = self.index.reader().artifact_ids().map_err(IndexError::from)?;
                let _ = self.of_artifacts(&ids)?.into_iter().try_for_each(take);
            }
        }
        Ok(())
    }

    fn of_artifacts(&self, ids: &[ArtifactId]) -> Result<Vec<ArtifactVersion>, QueryError> {
        let mut versions = Vec::new();
        for id in ids {
            versions.extend(
                self.index
                    .reader()
                    .timeline(id, None, None, None)
                    .map_err(IndexError::from)?,
            );
        }
        Ok(crate::sidecar::topological_newest_first(versions).map_err(IndexError::from)?)
    }
}
