//! Questions about versions, answered from the index and the commits. Nothing here writes refs or the manifest.
//!
//! [`resolve`] turns what a person types into a version; [`head`] finds where a line stands; the other files hold one
//! question each.

mod blame;
mod deployed;
mod details;
mod diff;
mod error;
mod find_path;
mod find_upstream;
mod gate;
mod graph;
mod head;
mod holders;
mod known;
mod merge_base;
mod path;
mod resolve;
mod status;
mod timeline;

pub use blame::{Blame, BlamedLine};
pub use deployed::ListedArtifact;
pub use details::{VersionDetails, VersionFile};
pub use diff::{Diff, DiffBetween, FileDiff};
pub use error::{Candidate, QueryError};
pub use find_upstream::{Distance, UpstreamMatch};
pub use gate::{ArtifactLines, Gate, GateLimit, GateLimits, GateReport, InvalidGateLimit, LineCounts};
pub use graph::{GraphHead, GraphStart, GraphVersion, VersionGraph};
pub(crate) use head::LineView;
pub use holders::{Holder, Since};
pub use known::{Known, KnownArtifact, KnownHash};
pub use status::{ArtifactState, ArtifactStatus, FileChange, FileOrigin, FileSide, FileStatus, Status, StatusSummary};
pub use timeline::{OriginFilter, Timeline, TimelineStart};

use std::ops::ControlFlow;

use crate::{
    git::Repo,
    id::{ContentHash, VersionId},
    index::{Index, IndexError},
    version::ArtifactVersion,
};

/// A question being answered: the repository and the versions known in it.
pub(crate) struct Query<'a> {
    pub(crate) repo: &'a Repo,
    pub(crate) index: &'a Index,
}

impl Query<'_> {
    /// One version.
    pub(crate) fn version(&self, id: &VersionId) -> Result<ArtifactVersion, QueryError> {
        let version = self.index.reader().version(id).map_err(IndexError::from)?;
        version.ok_or_else(|| QueryError::UnknownVersion {
            text: id.to_string(),
            similar: Vec::new(),
        })
    }

    pub(crate) fn versions(&self, ids: &[VersionId]) -> Result<Vec<ArtifactVersion>, QueryError> {
        ids.iter().map(|id| self.version(id)).collect()
    }

    /// Visits the first parents of a version and then itself, oldest first; an orphan ends it.
    pub(crate) fn lineage(
        &self,
        id: &VersionId,
        visit: impl FnMut(ArtifactVersion) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        self.version(id)?;
        let walked = self.index.reader().walk_lineage(id, visit);
        Ok(walked.map(drop).map_err(IndexError::from)?)
    }

    /// The version and all it contains, oldest first.
    pub(crate) fn ancestors(&self, id: &VersionId) -> Result<Vec<ArtifactVersion>, QueryError> {
        let mut versions = Vec::new();
        self.contained(&[*id], |version| {
            versions.push(version);
            ControlFlow::Continue(())
        })?;
        versions.reverse();
        Ok(versions)
    }

    /// Visits versions and all they contain, newest first, until it is enough.
    pub(crate) fn contained(
        &self,
        ids: &[VersionId],
        visit: impl FnMut(ArtifactVersion) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        for id in ids {
            self.version(id)?;
        }
        Ok(self
            .index
            .reader()
            .walk_contained(ids, visit)
            .map_err(IndexError::from)?)
    }

    /// The versions one of whose parents has this content, newest first.
    pub(crate) fn children_of(&self, content: &ContentHash) -> Result<Vec<ArtifactVersion>, QueryError> {
        Ok(self.index.reader().children_of(content).map_err(IndexError::from)?)
    }

    /// The versions with exactly this content, newest first.
    pub(crate) fn find_by_content(&self, content: &ContentHash) -> Result<Vec<ArtifactVersion>, QueryError> {
        Ok(self.index.find_by_content(content)?)
    }
}
