//! [`ArtifactVersion`]: one recorded state of an artifact, as its commit tells it.
//!
//! [`commit`] turns versions into git commits and back, [`trailers`] is the only place that knows the keys of the
//! trailer paragraph, [`time`] and [`person`] are the two values both sides share. Where the commit is stored, and
//! which refs reach it, is the business of `git`.

pub(crate) mod commit;
mod person;
mod time;
pub(crate) mod trailers;

use serde::{Deserialize, Serialize};

use crate::{
    id::{ArtifactId, CommitId, ContentHash, VersionId},
    origin::ChangeOrigin,
};

pub use person::{Person, Signature};
pub use time::{InvalidTime, Timestamp};
pub use trailers::{Damage, Trailer};

/// One recorded state of an artifact: one commit reachable from `refs/lineage/{heads,remotes,kept}`.
///
/// Serialises to the JSON object of the command line, key by key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ArtifactVersion {
    /// The commit id.
    pub version_id: VersionId,
    /// Whose state this is.
    pub artifact_id: ArtifactId,
    /// The git tree id of the content.
    pub content_hash: ContentHash,
    /// The content hash of the first parent; `None` for a root.
    pub parent_hash: Option<ContentHash>,
    /// The parents in the commit object, in its order.
    pub parent_ids: Vec<VersionId>,
    /// Why it was recorded; `None` is unknown.
    pub change_origin: Option<ChangeOrigin>,
    /// The committer's time, with the committer's offset.
    pub created_at: Timestamp,
    /// Who made the change.
    pub author: Person,
    /// The first line of the commit message.
    pub summary: String,
    /// Where upstream content in this version came from.
    pub upstream: Option<Upstream>,
    /// The project commit this version was taken from; present on no other version. Information only.
    pub project_commit: Option<CommitId>,
    /// True if one of the parents is known but not readable here (shallow clone, lost object).
    pub orphan: bool,
}

/// The origin of upstream content: the `Upstream-*` trailers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Upstream {
    /// A URL without credentials, or a plain directory as it was typed.
    pub url: Option<String>,
    /// The path inside the upstream.
    pub path: Option<String>,
    /// The branch, tag or commit that was asked for.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// The upstream's commit; it need not exist here.
    pub commit: Option<CommitId>,
    /// The upstream's own tree id, where attributes made the content here differ from it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tree: Option<ContentHash>,
}

impl ArtifactVersion {
    /// The first parent; `None` for a root.
    pub fn first_parent(&self) -> Option<VersionId> {
        self.parent_ids.first().copied()
    }
}
