//! What an unfinished operation says of itself, as `operation.json` in its commit.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ArtifactId, Line, VersionId},
    manifest::ManifestEntry,
};

/// The number of this form; a greater one is another program's.
pub(super) const FORM: u32 = 1;

/// Which command an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OperationKind {
    Deploy,
    Adopt,
    Sync,
    Restore,
    Move,
    Remove,
}

impl OperationKind {
    /// The command's name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            OperationKind::Deploy => "deploy",
            OperationKind::Adopt => "adopt",
            OperationKind::Sync => "sync",
            OperationKind::Restore => "restore",
            OperationKind::Move => "mv",
            OperationKind::Remove => "remove",
        }
    }
}

/// Of a move to another id: the artifact as it was called before, and the head that its lineage ends with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MovedFrom {
    pub(crate) artifact_id: ArtifactId,
    pub(crate) head: VersionId,
}

/// How far an operation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// Files, manifest and index are being written.
    Applying,
    /// All is written, and conflicts wait for the user.
    Conflicted,
}

/// The file itself; contents, files and index entries stand beside it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) form: u32,
    pub(super) operation: OperationKind,
    pub(super) phase: Phase,
    pub(super) artifact_id: ArtifactId,
    pub(super) line: Line,
    pub(super) started_at: Option<String>,
    pub(super) head_before: Option<VersionId>,
    pub(super) head_after: Option<VersionId>,
    pub(super) conflicted: bool,
    pub(super) incoming: Option<VersionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) moved_from: Option<MovedFrom>,
    pub(super) places: Vec<PlaceRecord>,
    pub(super) entry_before: Option<EntryRecord>,
    pub(super) entry_after: Option<EntryRecord>,
    pub(super) stage: bool,
}

/// One place; its contents are the trees `places/<n>/old` and `places/<n>/new`, and the file `places/<n>/stage` lists what is
/// to be staged though nothing is written there.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PlaceRecord {
    pub(super) path: String,
    pub(super) single_file: bool,
}

/// The manifest's keys of an artifact.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct EntryRecord {
    path: String,
    upstream: Option<String>,
    upstream_path: Option<String>,
    upstream_ref: Option<String>,
    baseline: Option<String>,
    upstream_commit: Option<String>,
}

impl EntryRecord {
    pub(super) fn of(entry: &ManifestEntry) -> Self {
        EntryRecord {
            path: entry.path.to_string(),
            upstream: entry.upstream.clone(),
            upstream_path: entry.upstream_path.clone(),
            upstream_ref: entry.upstream_ref.clone(),
            baseline: entry.baseline.map(|hash| hash.to_string()),
            upstream_commit: entry.upstream_commit.map(|id| id.to_string()),
        }
    }

    /// `None` for values that no manifest holds.
    pub(super) fn into_entry(self, id: &ArtifactId) -> Option<ManifestEntry> {
        Some(ManifestEntry {
            id: id.clone(),
            path: self.path.parse().ok()?,
            upstream: self.upstream,
            upstream_path: self.upstream_path,
            upstream_ref: self.upstream_ref,
            baseline: self.baseline.map(|hash| hash.parse()).transpose().ok()?,
            upstream_commit: self.upstream_commit.map(|id| id.parse()).transpose().ok()?,
        })
    }
}
