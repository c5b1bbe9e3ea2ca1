//! The trailer paragraph of a version's commit message: the only place that knows its keys.
//!
//! [`Trailers::parse`] reads the last paragraph as `git interpret-trailers` does, [`Trailers::read`] goes on past what is
//! wrong with it, [`Trailers::to_lines`] writes it.
//! Guarantees: a known key counts in any case, as in git, and at most once; what cannot be read is [`Damage`], never
//! skipped; unknown trailers are kept in order. Whether the trailers agree with the rest of the commit is checked by
//! [`commit`](super::commit), and against the parent by who reads the parent.

mod damage;
mod key;
mod parse;
mod write;

use serde::{Deserialize, Serialize};

use crate::{
    id::{ArtifactId, CommitId, ContentHash},
    origin::ChangeOrigin,
    version::Upstream,
};

pub use damage::Damage;
pub(crate) use key::Key;
pub(crate) use parse::Partial;
pub use write::UnwritableTrailer;

/// The `Lineage-Format` that this crate writes.
pub(crate) const FORMAT: u32 = 1;

/// A trailer that is not of the lineage format, such as `Signed-off-by`; kept and shown, never interpreted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Trailer {
    /// What stands before the colon.
    pub key: String,
    /// What stands behind it, on one line; bytes that are not UTF-8 are replaced.
    pub value: String,
}

/// All trailers of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trailers {
    /// `Lineage-Format`. Above [`FORMAT`] what could be read is here and the rest in [`unknown`](Self::unknown); who
    /// writes on top of such a version must refuse.
    pub(crate) format: u32,
    /// `Artifact-Id`.
    pub(crate) artifact_id: ArtifactId,
    /// `Change-Origin`.
    pub(crate) change_origin: Option<ChangeOrigin>,
    /// `Parent-Hash`.
    pub(crate) parent_hash: Option<ContentHash>,
    /// The `Upstream-*` trailers, if there is one.
    pub(crate) upstream: Option<Upstream>,
    /// `Project-Commit`.
    pub(crate) project_commit: Option<CommitId>,
    /// All others, in their order.
    pub(crate) unknown: Vec<Trailer>,
}

/// What neither may be written as a trailer's value nor is accepted when read; `None` if all is well.
fn fault_in_value(value: &str) -> Option<&'static str> {
    if value.is_empty() {
        Some("it is empty")
    } else if value.chars().any(char::is_control) {
        Some("it holds a control character")
    } else if value.trim() != value {
        Some("it starts or ends with white space")
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
