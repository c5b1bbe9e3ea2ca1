//! `graph`: the versions of one artifact in the order in which they are drawn, and what points at them.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
};

use super::{LineView, Query, QueryError, Timeline, TimelineStart};
use crate::{
    id::{ArtifactId, Line, VersionId},
    index::IndexError,
    origin::ChangeOrigin,
    project::graph::{Baseline, Graph},
    refname::{Component, LineageRef},
    version::ArtifactVersion,
};

/// Which versions of an artifact to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphStart {
    /// What this version contains.
    Version(VersionId),
    /// Every version of the artifact, on any line, remote or kept.
    Artifact(ArtifactId),
}

/// Versions of one artifact, to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionGraph {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// None above one that was made from it; what a merge brought in comes directly below the merge, as `git log
    /// --topo-order` has it.
    pub versions: Vec<GraphVersion>,
    /// The heads among them: by remote, this repository's before all, kept ones last.
    pub heads: Vec<GraphHead>,
    /// The line on which `head` and `baseline` were looked up; `None` where HEAD is detached.
    pub line: Option<Line>,
    /// The head on that line; `None` where the artifact is not deployed there, or it is not among them.
    pub head: Option<VersionId>,
    /// The version of the baseline on that line; `None` as for `head`, or if it never had an upstream.
    pub baseline: Option<VersionId>,
}

/// One version of a [`VersionGraph`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GraphVersion {
    /// The version.
    pub version: ArtifactVersion,
    /// Whether it is an upstream version: nothing but what upstream had, all the way down.
    pub is_upstream: bool,
}

/// What a ref says about a version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum GraphHead {
    /// It is the newest on a line.
    Line {
        /// Where the line is; `None` for this repository.
        remote: Option<String>,
        /// The line. One whose name is too long for a ref is named as in the ref.
        line: String,
        /// The version.
        version_id: VersionId,
    },
    /// It was a head that a reset, rebase or the like left behind.
    Kept {
        /// The version.
        version_id: VersionId,
    },
}

impl GraphHead {
    /// The version it is about.
    pub fn version_id(&self) -> VersionId {
        match self {
            GraphHead::Line { version_id, .. } | GraphHead::Kept { version_id } => *version_id,
        }
    }
}

impl Query<'_> {
    /// The graph of some versions of an artifact, with what points at them.
    pub(crate) fn graph(&self, start: &GraphStart, line: Option<&Line>) -> Result<VersionGraph, QueryError> {
        let (artifact_id, start) = match start {
            GraphStart::Version(id) => (self.version(id)?.artifact_id, TimelineStart::Version(*id)),
            GraphStart::Artifact(id) => (id.clone(), TimelineStart::Artifact(id.clone())),
        };
        let mut versions = Vec::new();
        self.timeline(&Timeline::new(start), &mut |version| {
            versions.push(version);
            ControlFlow::Continue(())
        })?;
        let versions = with_upstream(drawing_order(versions));
        let drawn: HashSet<VersionId> = versions.iter().map(|drawn| drawn.version.version_id).collect();
        let view = self.line_view(line)?;
        let (head, baseline) = self.standing(&artifact_id, &view)?;
        Ok(VersionGraph {
            heads: self.heads_among(&drawn)?,
            line: view.line,
            head: head.filter(|head| drawn.contains(head)),
            baseline: baseline.filter(|baseline| drawn.contains(baseline)),
            artifact_id,
            versions,
        })
    }

    fn heads_among(&self, drawn: &HashSet<VersionId>) -> Result<Vec<GraphHead>, QueryError> {
        let tips = self.index.reader().tips_where(|id| drawn.contains(id));
        let mut heads = Vec::new();
        for (name, version_id) in tips.map_err(IndexError::from)? {
            let name = self.repo.prefix().parse(name.as_slice().into());
            let (remote, line) = match &name.map_err(IndexError::from)? {
                LineageRef::Head { line, .. } => (None, text(line)),
                LineageRef::Remote { remote, line, .. } => (Some(text(remote)), text(line)),
                LineageRef::Kept { .. } => {
                    heads.push(GraphHead::Kept { version_id });
                    continue;
                }
                LineageRef::Pending { .. } => continue,
            };
            heads.push(GraphHead::Line {
                remote,
                line,
                version_id,
            });
        }
        heads.sort();
        Ok(heads)
    }

    /// Where an artifact stands on a line: its head, and the version of its baseline.
    fn standing(&self, id: &ArtifactId, view: &LineView) -> Result<(Option<VersionId>, Option<VersionId>), QueryError> {
        let artifacts = self.artifacts(view)?;
        let Some(entry) = artifacts.get(id) else {
            return Ok((None, None));
        };
        let Some(head) = self.heads(view, &[entry])?.pop().flatten() else {
            return Ok((None, None));
        };
        let baseline = match entry.baseline {
            Some(content) => {
                Graph::new(self.repo, self.index).baseline_version(&Baseline::below(id, content, &head))?
            }
            None => None,
        };
        Ok((Some(head), baseline))
    }
}

fn text(component: &Component) -> String {
    component.raw().unwrap_or(component.encoded()).to_owned()
}

/// Of versions in any order that has none above one made from it, the one in which a line of development is not torn apart:
/// what a merge brought in, down to where it parted, comes before what was merged into.
fn drawing_order(versions: Vec<ArtifactVersion>) -> Vec<ArtifactVersion> {
    let position: HashMap<VersionId, usize> = (0..).zip(&versions).map(|(at, one)| (one.version_id, at)).collect();
    let parents = |at: usize| -> Vec<usize> {
        let known = versions[at].parent_ids.iter().filter_map(|id| position.get(id));
        known.copied().collect()
    };
    let mut waits_for = vec![0_usize; versions.len()];
    (0..versions.len())
        .flat_map(parents)
        .for_each(|parent| waits_for[parent] += 1);
    // The newest is taken first.
    let mut ready: Vec<usize> = (0..versions.len()).rev().filter(|at| waits_for[*at] == 0).collect();
    let mut order = Vec::with_capacity(versions.len());
    while let Some(at) = ready.pop() {
        order.push(at);
        for parent in parents(at) {
            waits_for[parent] -= 1;
            if waits_for[parent] == 0 {
                ready.push(parent);
            }
        }
    }
    let mut versions: Vec<Option<ArtifactVersion>> = versions.into_iter().map(Some).collect();
    order.into_iter().filter_map(|at| versions[at].take()).collect()
}

/// A deployment without parent is upstream's, and a sync whose one parent is.
fn with_upstream(versions: Vec<ArtifactVersion>) -> Vec<GraphVersion> {
    let mut upstream = HashSet::new();
    for version in versions.iter().rev() {
        let is_upstream = match (version.change_origin, version.parent_ids.as_slice()) {
            (Some(ChangeOrigin::Deployment), []) => true,
            (Some(ChangeOrigin::Sync), [parent]) => upstream.contains(parent),
            _ => false,
        };
        if is_upstream {
            upstream.insert(version.version_id);
        }
    }
    let with = |version: ArtifactVersion| GraphVersion {
        is_upstream: upstream.contains(&version.version_id),
        version,
    };
    versions.into_iter().map(with).collect()
}
