//! The JSON shapes that are not simply a version (docs/json.md). Kept apart from the library's types, so that a change
//! inside cannot change what programs read. Also how they are written: as JSON that no terminal takes for a command.

mod files;
mod forget;
mod gate;
mod sharing;

pub(super) use files::FileChange;
pub(super) use forget::Forgotten;
pub(super) use gate::GateObject;
pub(super) use sharing::{Fetched, Pushed, RebuiltLine, move_kind};

use std::io;

use git_lineage::{
    ArtifactId, ArtifactState, ArtifactStatus, ArtifactVersion, CommitId, ContentHash, FileStatus, Finding, HookAction,
    HookEvent, HookManager, HookMethod, HookObstacle, HookState, Line, ListedArtifact, ProjectPath, Shared,
    SidecarState, SidecarStatus, StatusSummary, SyncResult, Timestamp, Trailer, VersionDetails, VersionFile, VersionId,
};
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::ser::Formatter;

use super::escape;

/// Writes a value in compact form.
pub(super) fn write(writer: &mut impl io::Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(writer, Harmless))?;
    Ok(())
}

/// Escapes what JSON may hold as it is but a terminal obeys: the controls above ASCII, and what reorders or hides text.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.is_ascii() && !fragment.contains('\x7f') {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(c) = rest.find(escape::is_harmful).and_then(|at| rest[at..].chars().next()) {
            let (before, after) = rest.split_once(c).expect("it was found there");
            writer.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after;
        }
        writer.write_all(rest.as_bytes())
    }
}

/// `init`.
#[derive(Serialize)]
pub(super) struct Initialized<'a> {
    pub(super) manifest: &'a str,
    pub(super) created: bool,
    pub(super) remotes: &'a [String],
    pub(super) hooks: Vec<HookChange>,
}

/// `hooks install` and `hooks uninstall`.
#[derive(Serialize)]
pub(super) struct HookChange {
    event: HookEvent,
    method: HookMethod,
    path: String,
    action: HookAction,
    manager: Option<HookManager>,
    tracked: bool,
}

impl From<&git_lineage::HookChange> for HookChange {
    fn from(change: &git_lineage::HookChange) -> Self {
        HookChange {
            event: change.event,
            method: change.method,
            path: change.path.to_string_lossy().into_owned(),
            action: change.action,
            manager: change.manager,
            tracked: change.tracked,
        }
    }
}

/// `hooks status`.
#[derive(Serialize)]
pub(super) struct HookCheck<'a> {
    event: HookEvent,
    state: HookState,
    obstacle: Option<HookObstacle>,
    method: HookMethod,
    path: String,
    manager: Option<HookManager>,
    harmless_without_program: Option<bool>,
    failure: Option<FailedHook<'a>>,
}

#[derive(Serialize)]
struct FailedHook<'a> {
    at: Timestamp,
    message: &'a str,
}

impl<'a> HookCheck<'a> {
    pub(super) fn new(check: &git_lineage::HookCheck, failure: Option<&'a git_lineage::HookFailure>) -> Self {
        HookCheck {
            event: check.event,
            state: check.state,
            obstacle: check.obstacle,
            method: check.method,
            path: check.path.to_string_lossy().into_owned(),
            manager: check.manager,
            harmless_without_program: check.harmless_without_program,
            failure: failure.map(|failure| FailedHook {
                at: failure.at,
                message: &failure.message,
            }),
        }
    }
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

/// `adopt`.
#[derive(Serialize)]
pub(super) struct AdoptedLine<'a> {
    #[serde(flatten)]
    recorded: Recorded<'a>,
    reason: Option<String>,
}

impl<'a> AdoptedLine<'a> {
    /// As [`Recorded::new`].
    pub(super) fn new(adopted: &'a git_lineage::AdoptedVersion, dry_run: bool) -> Self {
        AdoptedLine {
            recorded: Recorded::new(&adopted.version, adopted.recorded, dry_run),
            reason: adopted.unproven.as_ref().map(ToString::to_string),
        }
    }
}

/// `adopt --discover`.
#[derive(Serialize)]
pub(super) struct AdoptableLine<'a> {
    pub(super) artifact_id: Option<&'a ArtifactId>,
    pub(super) path: &'a ProjectPath,
    pub(super) next: String,
}

/// `find PATH --upstream`.
#[derive(Serialize)]
pub(super) struct UpstreamLine<'a> {
    upstream: &'a git_lineage::Upstream,
    oldest_commit: Option<CommitId>,
    newest_commit: CommitId,
    exact: bool,
    differing_files: usize,
    added_lines: usize,
    deleted_lines: usize,
}

impl<'a> From<&'a git_lineage::UpstreamMatch> for UpstreamLine<'a> {
    fn from(found: &'a git_lineage::UpstreamMatch) -> Self {
        UpstreamLine {
            upstream: &found.upstream,
            oldest_commit: found.upstream.commit,
            newest_commit: found.newest_commit,
            exact: found.is_exact(),
            differing_files: found.distance.files,
            added_lines: found.distance.added_lines,
            deleted_lines: found.distance.deleted_lines,
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

/// `sync --abort`.
#[derive(Serialize)]
pub(super) struct Aborted<'a> {
    pub(super) artifact_id: &'a ArtifactId,
    pub(super) version_id: Option<VersionId>,
}

/// `prune`.
#[derive(Serialize)]
pub(super) struct PrunedLine<'a> {
    #[serde(flatten)]
    version: &'a ArtifactVersion,
    contained: bool,
}

impl<'a> From<&'a git_lineage::Pruned> for PrunedLine<'a> {
    fn from(pruned: &'a git_lineage::Pruned) -> Self {
        PrunedLine {
            version: &pruned.version,
            contained: pruned.contained,
        }
    }
}

/// `undo`.
#[derive(Serialize)]
pub(super) struct UndoneLine<'a> {
    command: &'a str,
    artifact_id: &'a ArtifactId,
    version_id: Option<VersionId>,
    taken_back: Option<VersionId>,
    recorded_edits: Option<VersionId>,
}

impl<'a> UndoneLine<'a> {
    pub(super) fn new(command: &'a str, head: &'a git_lineage::UndoneHead) -> Self {
        UndoneLine {
            command,
            artifact_id: &head.artifact_id,
            version_id: head.version_id,
            taken_back: head.taken_back,
            recorded_edits: head.recorded_edits,
        }
    }
}

/// `remove`.
#[derive(Serialize)]
pub(super) struct Removed<'a> {
    artifact_id: &'a ArtifactId,
    path: &'a ProjectPath,
    version_id: Option<VersionId>,
}

impl<'a> From<&'a git_lineage::Removed> for Removed<'a> {
    fn from(removed: &'a git_lineage::Removed) -> Self {
        Removed {
            artifact_id: &removed.artifact_id,
            path: &removed.path,
            version_id: removed.head,
        }
    }
}

/// `mv`.
#[derive(Serialize)]
pub(super) struct Moved<'a> {
    artifact_id: &'a ArtifactId,
    from: &'a ProjectPath,
    path: &'a ProjectPath,
    version_id: Option<VersionId>,
}

impl<'a> Moved<'a> {
    /// With `dry_run` the head may be one that does not exist.
    pub(super) fn new(moved: &'a git_lineage::Moved, dry_run: bool) -> Self {
        Moved {
            artifact_id: &moved.artifact_id,
            from: &moved.from,
            path: &moved.path,
            version_id: moved.head.filter(|_| !dry_run),
        }
    }
}

/// `status`.
#[derive(Serialize)]
pub(super) struct StatusLine<'a> {
    artifact_id: &'a ArtifactId,
    path: &'a ProjectPath,
    line: Option<&'a Line>,
    state: ArtifactState,
    recorded: bool,
    version_id: Option<VersionId>,
    baseline: Option<ContentHash>,
    content_hash: Option<ContentHash>,
    upstream_hash: Option<ContentHash>,
    upstream_seen_at: Option<Timestamp>,
    modification_detected_at: Option<Timestamp>,
    files: &'a [FileStatus],
    summary: StatusSummary,
    moved_to: Option<&'a ProjectPath>,
    upstream_error: Option<Error<'a>>,
    next: Option<String>,
    shared: Option<&'static str>,
}

impl<'a> StatusLine<'a> {
    pub(super) fn new(
        status: &'a ArtifactStatus,
        upstream_error: Option<Error<'a>>,
        next: Option<String>,
        shared: Option<&Shared>,
    ) -> Self {
        StatusLine {
            artifact_id: &status.artifact_id,
            path: &status.path,
            line: status.line.as_ref(),
            state: status.state,
            recorded: status.recorded,
            version_id: status.version_id,
            baseline: status.baseline,
            content_hash: status.content,
            upstream_hash: status.upstream,
            upstream_seen_at: status.upstream_seen_at,
            modification_detected_at: status.modification_detected_at,
            files: &status.files,
            summary: status.summary,
            moved_to: status.moved_to.as_ref(),
            upstream_error,
            next,
            shared: shared.map(|shared| match shared.state_of(&status.artifact_id) {
                _ if shared.never_seen => "never_fetched",
                Some(state) => state.as_str(),
                None => "equal",
            }),
        }
    }
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
    signed: bool,
}

impl<'a> From<&'a VersionDetails> for Shown<'a> {
    fn from(details: &'a VersionDetails) -> Self {
        Shown {
            version: &details.version,
            version_lineage: &details.version_lineage,
            files: &details.files,
            trailers: &details.trailers,
            signed: details.signed,
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
    versions: Option<u64>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_means_the_same() {
        for (text, written) in [
            (
                "plain \"quoted\" \\ \u{1b}[31m\n",
                r#""plain \"quoted\" \\ \u001b[31m\n""#,
            ),
            (
                "ä\u{9b}31m\u{202e}\u{e0041}發 🎉\u{7f}",
                "\"ä\\u009b31m\\u202e\\udb40\\udc41發 🎉\\u007f\"",
            ),
            ("a\u{7f}", "\"a\\u007f\""),
        ] {
            let mut line = Vec::new();
            write(&mut line, &text).expect("memory takes all");
            let line = String::from_utf8(line).expect("UTF-8");
            assert_eq!(line, written);
            let read: String = serde_json::from_str(&line).expect("JSON");
            assert_eq!(read, text);
        }
    }
}
