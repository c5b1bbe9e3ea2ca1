//! What a remote lacks of the versions that commits hold: which heads over there to move, and from what.
//!
//! A head is moved only where a version was made. A line that has no head over there yet gets one for those artifacts only
//! whose versions no head there contains: a branch of a thousand artifacts costs as many refs as it has changed artifacts.

use std::collections::BTreeSet;

use super::{
    branches::Branch,
    heads::{RemoteHeads, spelled},
};
use crate::{
    id::{ArtifactId, VersionId},
    index::IndexError,
    project::graph::Graph,
    refname::{Component, encode_component},
};

/// How a head over there is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MoveKind {
    /// The line gets its first head.
    Created,
    /// To a version that contains the one before.
    FastForward,
    /// To one that does not: an amend, a rebase or a reset was pushed.
    Rewound,
    /// The branch is gone, and another head contains the version.
    Deleted,
}

/// A head over there that is to be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeadMove {
    /// Behind the folder of all heads: line, kind and name as spelled in ref names.
    pub(crate) place: String,
    pub(crate) artifact_id: ArtifactId,
    pub(crate) kind: MoveKind,
    /// What was last seen there.
    pub(crate) before: Option<VersionId>,
    pub(crate) after: Option<VersionId>,
}

impl HeadMove {
    /// The line, as ref names spell it where it is too long for one.
    pub(crate) fn line(&self) -> String {
        let line = self.place.split('/').next().unwrap_or_default();
        let component = Component::parse(line.into()).ok();
        let raw = component.as_ref().and_then(Component::raw);
        raw.unwrap_or(line).to_owned()
    }
}

/// The moves that a branch calls for, which holds these versions. They are noted down as done.
pub(crate) fn of_branch(
    graph: &Graph<'_>,
    heads: &mut RemoteHeads,
    branch: &Branch,
    held: &[(ArtifactId, VersionId)],
) -> Result<Vec<HeadMove>, IndexError> {
    let mut moves = Vec::new();
    for (artifact_id, version) in held {
        moves.extend(of_artifact(graph, heads, branch, artifact_id, *version)?);
    }
    Ok(moves)
}

fn of_artifact(
    graph: &Graph<'_>,
    heads: &mut RemoteHeads,
    branch: &Branch,
    artifact_id: &ArtifactId,
    version: VersionId,
) -> Result<Option<HeadMove>, IndexError> {
    let line = &branch.there;
    let before = heads.on(line, artifact_id);
    let kind = match before {
        Some(known) if known == version => return Ok(None),
        Some(known) if graph.contains(version, known)? => MoveKind::FastForward,
        // Others have pushed more already.
        Some(known) if graph.contains(known, version)? && !branch.goes_back => return Ok(None),
        Some(_) => MoveKind::Rewound,
        None => {
            for head in heads.of(artifact_id) {
                if graph.contains(head.version, version)? {
                    return Ok(None);
                }
            }
            MoveKind::Created
        }
    };
    heads.set(line, artifact_id, version);
    Ok(Some(HeadMove {
        place: format!("{}/{}", encode_component(line.as_str()), spelled(artifact_id)),
        artifact_id: artifact_id.clone(),
        kind,
        before,
        after: Some(version),
    }))
}

/// Deletions of the heads of lines that are gone, where another head that stays contains what they hold.
pub(crate) fn of_gone_lines(
    graph: &Graph<'_>,
    heads: &RemoteHeads,
    is_gone: impl Fn(&str) -> bool,
) -> Result<Vec<HeadMove>, IndexError> {
    let mut moves = Vec::new();
    let gone: BTreeSet<&str> = heads
        .all()
        .flat_map(|(_, heads)| heads)
        .map(|head| head.line.as_str())
        .filter(|line| is_gone(line))
        .collect();
    if gone.is_empty() {
        return Ok(moves);
    }
    for (artifact, heads) in heads.all() {
        for head in heads.iter().filter(|head| gone.contains(head.line.as_str())) {
            let mut contained = false;
            for other in heads.iter().filter(|other| !gone.contains(other.line.as_str())) {
                contained = contained || graph.contains(other.version, head.version)?;
            }
            let node = if contained { graph.node(head.version)? } else { None };
            if let Some(node) = node {
                moves.push(HeadMove {
                    place: format!("{}/{artifact}", head.line),
                    artifact_id: node.version.artifact_id.clone(),
                    kind: MoveKind::Deleted,
                    before: Some(head.version),
                    after: None,
                });
            }
        }
    }
    moves.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(moves)
}
