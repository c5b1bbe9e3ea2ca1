//! What `fetch` and `push` print.

use git_lineage::{ArtifactId, ContentHash, LeftOutReason, Line, MoveKind, PushResult, VersionId};
use serde::Serialize;

use super::Error;

/// `fetch`.
#[derive(Serialize)]
pub(in crate::cli) struct Fetched<'a> {
    remote: Option<&'a str>,
    versions: u64,
    heads: Vec<FetchedHead<'a>>,
    rebuilt: Vec<RebuiltLine<'a>>,
}

/// What became of a baseline that was missing.
#[derive(Serialize)]
pub(in crate::cli) struct RebuiltLine<'a> {
    pub(in crate::cli) artifact_id: &'a ArtifactId,
    pub(in crate::cli) baseline: Option<ContentHash>,
    pub(in crate::cli) version_id: Option<VersionId>,
    pub(in crate::cli) error: Option<Error<'a>>,
}

#[derive(Serialize)]
struct FetchedHead<'a> {
    line: &'a str,
    artifact_id: &'a ArtifactId,
    before: Option<VersionId>,
    after: Option<VersionId>,
}

impl<'a> Fetched<'a> {
    /// What came from a remote, where there was one to ask, and what was rebuilt.
    pub(in crate::cli) fn new(fetched: Option<&'a git_lineage::Fetched>, rebuilt: Vec<RebuiltLine<'a>>) -> Self {
        let heads = fetched.iter().flat_map(|fetched| &fetched.heads);
        let heads = heads.map(|head| FetchedHead {
            line: &head.line,
            artifact_id: &head.artifact_id,
            before: head.before,
            after: head.after,
        });
        Fetched {
            remote: fetched.map(|fetched| fetched.remote.as_str()),
            versions: fetched.map_or(0, |fetched| fetched.versions),
            heads: heads.collect(),
            rebuilt,
        }
    }
}

/// `push`.
#[derive(Serialize)]
pub(in crate::cli) struct Pushed<'a> {
    remote: &'a str,
    heads: Vec<PushedHead<'a>>,
    left_out: Vec<LeftOut<'a>>,
}

#[derive(Serialize)]
struct PushedHead<'a> {
    line: &'a str,
    artifact_id: &'a ArtifactId,
    before: Option<VersionId>,
    after: Option<VersionId>,
    result: &'static str,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    line: &'a Line,
    reason: &'static str,
    artifacts: &'a [ArtifactId],
}

impl<'a> From<&'a git_lineage::Pushed> for Pushed<'a> {
    fn from(pushed: &'a git_lineage::Pushed) -> Self {
        let heads = pushed.heads.iter().map(|head| {
            let (result, reason) = match &head.result {
                PushResult::Done(kind) | PushResult::Planned(kind) => (move_kind(*kind), None),
                PushResult::Refused { reason } => ("refused", Some(reason.as_str())),
                _ => ("unknown", None),
            };
            PushedHead {
                line: &head.line,
                artifact_id: &head.artifact_id,
                before: head.before,
                after: head.after,
                result,
                reason,
            }
        });
        let left_out = pushed.left_out.iter().map(|left_out| LeftOut {
            line: &left_out.line,
            reason: match &left_out.reason {
                LeftOutReason::NotPushed => "not_pushed",
                LeftOutReason::Behind => "behind",
                LeftOutReason::Refused => "refused",
                LeftOutReason::NoLine => "no_line",
                LeftOutReason::MissingVersions(_) => "missing_versions",
                _ => "unknown",
            },
            artifacts: match &left_out.reason {
                LeftOutReason::MissingVersions(artifacts) => artifacts,
                _ => &[],
            },
        });
        Pushed {
            remote: &pushed.remote,
            heads: heads.collect(),
            left_out: left_out.collect(),
        }
    }
}

/// The spelling of how a head was moved.
pub(in crate::cli) fn move_kind(kind: MoveKind) -> &'static str {
    match kind {
        MoveKind::Created => "created",
        MoveKind::FastForward => "fast_forward",
        MoveKind::Rewound => "rewound",
        MoveKind::Deleted => "deleted",
        _ => "moved",
    }
}
