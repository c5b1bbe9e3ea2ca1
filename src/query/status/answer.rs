//! What `status` answers: [`ArtifactStatus`] and its parts.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::super::{QueryError, details::percent_encoded};
use crate::{
    content::{Entry, Mode},
    id::{ArtifactId, ContentHash, Line, VersionId},
    project_path::ProjectPath,
    version::Timestamp,
};

/// How an artifact stands: its content and upstream's, each against the baseline.
#[derive(Debug)]
#[non_exhaustive]
pub struct ArtifactStatus {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// Where it is, or should be.
    pub path: ProjectPath,
    /// The line; `None` where HEAD is detached.
    pub line: Option<Line>,
    /// The first state that holds.
    pub state: ArtifactState,
    /// Whether the present content is that of the newest version. False where there is no content.
    pub recorded: bool,
    /// The newest version on the line. `None` only where a command was stopped before it had recorded the first.
    pub version_id: Option<VersionId>,
    /// The upstream content last deployed or synced; `None` for an artifact without one.
    pub baseline: Option<ContentHash>,
    /// The version of that content. Known where the artifact was asked for by name, or differs from the baseline.
    pub baseline_version: Option<VersionId>,
    /// The present content; `None` where there is none.
    pub content: Option<ContentHash>,
    /// Upstream's content as last seen; `None` where it never was.
    pub upstream: Option<ContentHash>,
    /// When a git upstream was last asked; a plain directory was looked at just now.
    pub upstream_seen_at: Option<Timestamp>,
    /// Why upstream's content, which is there, cannot be taken.
    pub upstream_error: Option<QueryError>,
    /// When this content was first seen to differ from the baseline: the time of the first version since then, or where
    /// nothing was recorded the modification time of the newest changed file. `None` where it does not differ.
    pub modification_detected_at: Option<Timestamp>,
    /// The files that differ from the baseline here or upstream, and those that are unmerged, by path.
    pub files: Vec<FileStatus>,
    /// How many they are.
    pub summary: StatusSummary,
    /// For one that is missing: where most of its content is now.
    pub moved_to: Option<ProjectPath>,
    /// For one that is missing: whether the commit that is checked out, or at the line's tip, does not hold it either.
    pub gone_from_commit: bool,
    /// Whether a command on it was begun and waits for `--continue` or `--abort`.
    pub unfinished: bool,
}

impl ArtifactStatus {
    /// Whether something about the artifact differs from what was deployed or synced: any state but clean and unknown,
    /// or content that is not recorded.
    pub fn has_drifted(&self) -> bool {
        !self.recorded || !matches!(self.state, ArtifactState::Clean | ArtifactState::Unknown)
    }

    /// Whether there is something to do. Recorded modifications of an artifact whose upstream has nothing new may stay as
    /// they are.
    pub fn needs_attention(&self) -> bool {
        let settled = matches!(
            self.state,
            ArtifactState::Clean | ArtifactState::Unknown | ArtifactState::Modified
        );
        !settled || !self.recorded || self.upstream_error.is_some()
    }
}

/// The state of an artifact; of several the first that holds, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ArtifactState {
    /// A command was stopped in the middle of writing its files.
    Interrupted,
    /// Files are unmerged, or a sync waits for its conflicts to be resolved.
    Conflicted,
    /// There is nothing at its path.
    Missing,
    /// Both the content here and upstream's differ from the baseline.
    Diverged,
    /// The content here differs.
    Modified,
    /// Upstream's content differs.
    Outdated,
    /// Upstream was never seen here, so nothing can be said about it.
    Unknown,
    /// Neither differs.
    Clean,
}

impl ArtifactState {
    /// The spelling in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            ArtifactState::Interrupted => "interrupted",
            ArtifactState::Conflicted => "conflicted",
            ArtifactState::Missing => "missing",
            ArtifactState::Diverged => "diverged",
            ArtifactState::Modified => "modified",
            ArtifactState::Outdated => "outdated",
            ArtifactState::Unknown => "unknown",
            ArtifactState::Clean => "clean",
        }
    }
}

/// One file, against the baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileStatus {
    /// Relative to the artifact, as bytes; not always UTF-8. Of a single-file artifact its file name.
    pub path: Vec<u8>,
    /// What became of it here; where it is as in the baseline here, what became of it upstream.
    pub change: FileChange,
    /// Which side changed it.
    pub origin: FileOrigin,
    /// The file in the baseline.
    pub baseline: Option<FileSide>,
    /// The file here.
    pub current: Option<FileSide>,
    /// The file upstream, as last seen.
    pub upstream: Option<FileSide>,
    /// Whether git's index holds a conflict there.
    pub unmerged: bool,
}

impl Serialize for FileStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = std::str::from_utf8(&self.path);
        let mut file = serializer.serialize_struct("FileStatus", 10 + usize::from(plain.is_err()))?;
        match plain {
            Ok(path) => file.serialize_field("path", path)?,
            Err(_) => file.serialize_field("path", &percent_encoded(&self.path))?,
        }
        file.serialize_field("status", &self.change)?;
        file.serialize_field("change_origin", &self.origin)?;
        let sides = [&self.baseline, &self.current, &self.upstream];
        let hashes = ["baseline_hash", "current_hash", "upstream_hash"];
        for (key, side) in hashes.into_iter().zip(sides) {
            file.serialize_field(key, &side.as_ref().map(|side| &side.hash))?;
        }
        let modes = ["baseline_mode", "current_mode", "upstream_mode"];
        for (key, side) in modes.into_iter().zip(sides) {
            file.serialize_field(key, &side.as_ref().map(|side| side.mode))?;
        }
        file.serialize_field("unmerged", &self.unmerged)?;
        if plain.is_err() {
            file.serialize_field("path_encoding", "percent")?;
        }
        file.end()
    }
}

/// A file in one of the contents that are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FileSide {
    /// The id of its blob.
    pub hash: String,
    /// `100644`, `100755` or `120000`.
    pub mode: &'static str,
}

impl FileSide {
    pub(crate) fn of(entry: &Entry) -> Self {
        FileSide {
            hash: entry.id.to_string(),
            mode: Mode::as_str(entry.mode),
        }
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileChange {
    /// It is new.
    Added,
    /// It has other bytes or another mode.
    Modified,
    /// It is gone.
    Deleted,
    /// It is at another path; told by `diff` only.
    Renamed,
    /// Nothing; listed only where unchanged files were asked for.
    Unchanged,
}

impl FileChange {
    /// The spelling in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FileChange::Added => "added",
            FileChange::Modified => "modified",
            FileChange::Deleted => "deleted",
            FileChange::Renamed => "renamed",
            FileChange::Unchanged => "unchanged",
        }
    }
}

/// Which side changed a file since the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileOrigin {
    /// Upstream alone.
    Upstream,
    /// This project alone.
    Local,
    /// Both, alike or not.
    Both,
    /// Neither.
    None,
}

impl FileOrigin {
    /// The spelling in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FileOrigin::Upstream => "upstream",
            FileOrigin::Local => "local",
            FileOrigin::Both => "both",
            FileOrigin::None => "none",
        }
    }

    /// From whether each side changed it.
    pub(crate) fn of(upstream: bool, local: bool) -> Self {
        match (upstream, local) {
            (true, true) => FileOrigin::Both,
            (true, false) => FileOrigin::Upstream,
            (false, true) => FileOrigin::Local,
            (false, false) => FileOrigin::None,
        }
    }
}

macro_rules! serialize_as_str {
    ($($type:ty),*) => {
        $(impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        })*
    };
}

serialize_as_str!(ArtifactState, FileChange, FileOrigin);

/// How many files differ from the baseline. One that both sides changed counts on both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct StatusSummary {
    /// Files that upstream changed.
    pub upstream_changes: usize,
    /// Files that were changed here.
    pub local_changes: usize,
    /// Files that both sides changed, and not alike, and those that are unmerged.
    pub conflicts: usize,
}
