//! [`QueryError`]: why a question has no answer.

use crate::{
    content::ContentError,
    git::GitError,
    id::{ArtifactId, ContentHash, IdError, Line, VersionId},
    index::IndexError,
    manifest::ManifestError,
    pending::PendingError,
    project::{history::HistoryError, unmerged::WorkManifestError, walk::WalkError},
    snapshot::SnapshotError,
    upstream::UpstreamError,
    version::{InvalidTime, Person, Timestamp},
};

/// Why a question could not be answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The versions cannot be read; names the damaged one.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A content cannot be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// An id is not valid.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A date is not valid.
    #[error(transparent)]
    Time(#[from] InvalidTime),
    /// The text names no version.
    #[error("no version '{text}'")]
    UnknownVersion {
        /// The text as given.
        text: String,
        /// Known artifact ids that look alike; where the text is a path, the artifact that lies there.
        similar: Vec<ArtifactId>,
    },
    /// The artifact exists, but has no version on that line.
    #[error("'{id}' has no version on line '{line}'")]
    NotOnLine {
        /// The artifact.
        id: ArtifactId,
        /// The line asked for.
        line: String,
        /// The lines of remotes on which it has one, as `<remote>/<line>`.
        remotes: Vec<String>,
    },
    /// `<id>~<n>` goes back beyond the first version.
    #[error("'{text}' goes back beyond the first version: there are only {available} before it")]
    TooFarBack {
        /// The text as given.
        text: String,
        /// How many steps are possible.
        available: u64,
    },
    /// The text fits several versions.
    #[error("'{text}' is ambiguous")]
    Ambiguous {
        /// The text as given.
        text: String,
        /// What it may mean.
        candidates: Vec<Candidate>,
    },
    /// No content of that hash was ever recorded.
    #[error("no recorded content has the hash '{text}'")]
    UnknownContent {
        /// The text as given.
        text: String,
    },
    /// There is no such branch, and no version was ever recorded on a line of that name.
    #[error("no line '{line}'")]
    UnknownLine {
        /// The line asked for.
        line: Line,
    },
    /// No artifact of that id is deployed on the line.
    #[error("'{id}' is not deployed here")]
    NotDeployed {
        /// The id asked for.
        id: ArtifactId,
        /// Deployed ids that look alike.
        similar: Vec<ArtifactId>,
    },
    /// The artifact never had an upstream, so there is nothing that it was made of.
    #[error("'{id}' has no baseline")]
    NoBaseline {
        /// The artifact.
        id: ArtifactId,
    },
    /// The manifest names an artifact of which no version is known here.
    #[error("the versions of '{id}' are not in this clone")]
    MissingVersions {
        /// The artifact.
        id: ArtifactId,
    },
    /// The version holds no such file.
    #[error("there is no file '{path}' in version {}", .version_id.short())]
    NoSuchFile {
        /// The version.
        version_id: VersionId,
        /// The path asked for, relative to the artifact.
        path: String,
        /// Paths in it that look alike.
        similar: Vec<String>,
    },
    /// The version holds several files, or none, and which one is meant was not said.
    #[error("version {} has {files} files: which one is meant?", .version_id.short())]
    WhichFile {
        /// The version.
        version_id: VersionId,
        /// How many there are.
        files: usize,
    },
    /// The file is not text.
    #[error("'{path}' in version {} is binary, it has no lines", .version_id.short())]
    BinaryFile {
        /// The version.
        version_id: VersionId,
        /// The file, relative to the artifact.
        path: String,
    },
    /// The project's history cannot be followed.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// A content cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// What was last seen of an upstream cannot be read.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// Only a git repository has a history to look through.
    #[error("'{source_path}' is no git repository, so it has no history to look through")]
    NoHistory {
        /// The source as typed, without credentials.
        source_path: String,
    },
    /// An unfinished operation cannot be read.
    #[error(transparent)]
    Pending(#[from] PendingError),
}

/// One meaning of an ambiguous text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// The version.
    pub version_id: VersionId,
    /// Its artifact.
    pub artifact_id: ArtifactId,
    /// Its content.
    pub content_hash: ContentHash,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// Whose change it is.
    pub author: Person,
    /// Its summary.
    pub summary: String,
}

impl From<HistoryError> for QueryError {
    fn from(error: HistoryError) -> Self {
        QueryError::Walk(WalkError::History(error))
    }
}

impl QueryError {
    /// True if the sidecar turned out to be damaged: with a new one the question may have an answer.
    pub(crate) fn is_corrupt_sidecar(&self) -> bool {
        match self {
            QueryError::Index(error) => error.is_corrupt_sidecar(),
            QueryError::Walk(error) => error.is_corrupt_sidecar(),
            _ => false,
        }
    }
}

impl From<WorkManifestError> for QueryError {
    fn from(error: WorkManifestError) -> Self {
        match error {
            WorkManifestError::Git(error) => error.into(),
            WorkManifestError::Manifest(error) => error.into(),
            WorkManifestError::Index(error) => error.into(),
            WorkManifestError::MissingVersions { id, .. } => QueryError::MissingVersions { id },
        }
    }
}
