//! The JSON shapes that are not simply a version (docs/json.md). Kept apart from the library's types, so that a change
//! inside cannot change what programs read.

use git_lineage::{
    ArtifactId, ArtifactVersion, ContentHash, Finding, Line, ListedArtifact, ProjectPath, SidecarState, SidecarStatus,
    SyncResult, Trailer, VersionDetails, VersionFile, VersionId,
};
use serde::{Serialize, Serializer, ser::Error as _};

/// `init`.
#[derive(Serialize)]
pub(super) struct Initialized<'a> {
    pub(super) manifest: &'a str,
    pub(super) created: bool,
    pub(super) remotes: &'a [String],
}

/// `deploy` and `record`: a version, and whether this run recorded it.
#[derive(Serialize)]
pub(super) struct Recorded<'a> {
    #[serde(flatten, serialize_with = "planned")]
    version: (&'a ArtifactVersion, bool),
    recorded: bool,
}

impl<'a> Recorded<'a> {
    /// With `dry_run` a version that this run would record has no id: it does not exist.
    pub(super) fn new(version: &'a ArtifactVersion, recorded: bool, dry_run: bool) -> Self {
        Recorded {
            version: (version, recorded && dry_run),
            recorded,
        }
    }
}

fn planned<S: Serializer>(version: &(&ArtifactVersion, bool), serializer: S) -> Result<S::Ok, S::Error> {
    let (version, only_planned) = version;
    if !only_planned {
        return version.serialize(serializer);
    }
    let mut value = serde_json::to_value(version).map_err(S::Error::custom)?;
    value["version_id"] = serde_json::Value::Null;
    value.serialize(serializer)
}

/// `sync`.
#[derive(Serialize)]
pub(super) struct SyncLine<'a> {
    pub(super) artifact_id: &'a ArtifactId,
    pub(super) result: SyncResult,
    pub(super) version_id: Option<VersionId>,
    pub(super) conflicts: &'a [String],
    pub(super) error: Option<Error<'a>>,
}

/// `list`.
#[derive(Serialize)]
pub(super) struct Listed<'a> {
    #[serde(flatten)]
    version: &'a ArtifactVersion,
    path: &'a ProjectPath,
    line: Option<&'a Line>,
    baseline: Option<ContentHash>,
}

impl<'a> From<&'a ListedArtifact> for Listed<'a> {
    fn from(listed: &'a ListedArtifact) -> Self {
        Listed {
            version: &listed.version,
            path: &listed.path,
            line: listed.line.as_ref(),
            baseline: listed.baseline,
        }
    }
}

/// `show`.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    #[serde(flatten)]
    version: &'a ArtifactVersion,
    version_lineage: &'a [ContentHash],
    files: &'a [VersionFile],
    trailers: &'a [Trailer],
}

impl<'a> From<&'a VersionDetails> for Shown<'a> {
    fn from(details: &'a VersionDetails) -> Self {
        Shown {
            version: &details.version,
            version_lineage: &details.version_lineage,
            files: &details.files,
            trailers: &details.trailers,
        }
    }
}

/// `verify`.
#[derive(Serialize)]
pub(super) struct FindingLine<'a> {
    artifact_id: Option<&'a ArtifactId>,
    version_id: Option<VersionId>,
    code: &'a str,
    message: &'a str,
}

impl<'a> From<&'a Finding> for FindingLine<'a> {
    fn from(finding: &'a Finding) -> Self {
        FindingLine {
            artifact_id: finding.artifact_id.as_ref(),
            version_id: finding.version_id,
            code: &finding.code,
            message: &finding.message,
        }
    }
}

/// `index status`, `index rebuild`, `index migrate`.
#[derive(Serialize)]
pub(super) struct Sidecar {
    path: String,
    state: SidecarState,
    schema: Option<u32>,
    versions: u64,
    fsync: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    rebuilt: bool,
}

impl Sidecar {
    pub(super) fn new(status: &SidecarStatus, rebuilt: bool) -> Self {
        Sidecar {
            path: status.path.to_string_lossy().into_owned(),
            state: status.state,
            schema: status.schema,
            versions: status.versions,
            fsync: status.fsync.clone(),
            rebuilt,
        }
    }
}

/// `demo`.
#[derive(Serialize)]
pub(super) struct Demo {
    pub(super) directory: String,
    pub(super) project: String,
}

/// Any command that fails, on stderr; in `sync` also one artifact.
#[derive(Serialize)]
pub(super) struct Failed<'a> {
    pub(super) error: Error<'a>,
}

#[derive(Serialize)]
pub(super) struct Error<'a> {
    pub(super) code: &'a str,
    pub(super) message: String,
    pub(super) hints: Vec<&'a String>,
}
