//! Which version a baseline is: its content may be that of several.

use std::{cmp::Reverse, rc::Rc};

use super::{Graph, Node};
use crate::{
    id::{ArtifactId, ContentHash, VersionId},
    index::IndexError,
    version::Timestamp,
};

/// What a manifest names as baseline, and where.
pub(crate) struct Baseline<'a> {
    pub(crate) artifact: &'a ArtifactId,
    pub(crate) content: ContentHash,
    /// The versions that come before.
    pub(crate) before: &'a [VersionId],
    /// What was recorded on top of them.
    pub(crate) head: Option<VersionId>,
    /// What comes before had another baseline.
    pub(crate) moved: bool,
    /// When the manifest was committed.
    pub(crate) at: Option<Timestamp>,
}

impl<'a> Baseline<'a> {
    /// The baseline that a version stands on.
    pub(crate) fn below(artifact: &'a ArtifactId, content: ContentHash, version: &'a VersionId) -> Self {
        Baseline {
            artifact,
            content,
            before: std::slice::from_ref(version),
            head: None,
            moved: false,
            at: None,
        }
    }
}

impl Graph<'_> {
    /// The baseline's version; `None` if no upstream version with that content is known here. Of several the first that
    /// [`baseline_versions`](Self::baseline_versions) names.
    pub(crate) fn baseline_version(&self, baseline: &Baseline<'_>) -> Result<Option<VersionId>, IndexError> {
        Ok(self.baseline_versions(baseline)?.into_iter().next())
    }

    /// What may be the baseline's version, the likeliest first; none if no upstream version with that content is known here.
    ///
    /// Of several the newest one that is contained where [`Baseline`] says; else one that follows what is contained there;
    /// else, for an artifact that a commit made `at` this time deploys, the deployment that was the newest then: an artifact
    /// that was removed and deployed again has two roots, and each commit means its own. Else the one with the smallest id.
    /// A baseline that has moved is not what stood there before, as long as anything else can be it: upstreams go back to
    /// what they were. Only among those that follow what is contained there is more than one answer: several clones may have
    /// synced the same.
    pub(crate) fn baseline_versions(&self, baseline: &Baseline<'_>) -> Result<Vec<VersionId>, IndexError> {
        let (mut contained, mut following, mut passed, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let head = baseline.head.as_slice();
        for node in self.with_content(baseline.artifact, baseline.content)? {
            if !self.is_upstream(node.id())? {
                continue;
            }
            if self.is_within(node.id(), baseline.before)? {
                let stays = if baseline.moved { &mut passed } else { &mut contained };
                stays.push(node);
                continue;
            }
            if self.is_within(node.id(), head)? {
                contained.push(node);
                continue;
            }
            match node.version.parent_ids.as_slice() {
                [parent] if self.is_within(*parent, baseline.before)? || self.is_within(*parent, head)? => {
                    following.push((*parent, node.id()));
                }
                _ => others.push(node),
            }
        }
        if let Some(newest) = self.newest_of(&contained)? {
            return Ok(vec![newest]);
        }
        if !following.is_empty() {
            return self.closest_first(baseline.artifact, &following);
        }
        if let Some(newest) = self.newest_of(&passed)? {
            return Ok(vec![newest]);
        }
        let by_then = others.iter().filter(|node| {
            baseline
                .at
                .is_some_and(|at| node.version.created_at.seconds <= at.seconds)
        });
        let best = by_then.min_by_key(newest_first);
        let best = best.or(others.iter().min_by_key(|node| node.id()));
        Ok(best.map(|node| node.id()).into_iter().collect())
    }

    /// Versions, each behind the parent that it follows: one that skipped what was synced here follows less closely. Then
    /// one that a remote has, then the one with the smallest id.
    fn closest_first(
        &self,
        artifact: &ArtifactId,
        following: &[(VersionId, VersionId)],
    ) -> Result<Vec<VersionId>, IndexError> {
        if let [(_, only)] = following {
            return Ok(vec![*only]);
        }
        let parents: Vec<_> = following.iter().map(|(parent, _)| *parent).collect();
        let newest = self.maximal(&parents)?;
        let mut ranked = Vec::with_capacity(following.len());
        for (parent, id) in following {
            ranked.push((!newest.contains(parent), !self.is_on_remote(artifact, *id)?, *id));
        }
        ranked.sort_unstable();
        Ok(ranked.into_iter().map(|(.., id)| id).collect())
    }

    fn newest_of(&self, nodes: &[Rc<Node>]) -> Result<Option<VersionId>, IndexError> {
        let ids: Vec<_> = nodes.iter().map(|node| node.id()).collect();
        let newest = self.maximal(&ids)?;
        let maximal = nodes.iter().filter(|node| newest.contains(&node.id()));
        Ok(maximal.min_by_key(newest_first).map(|node| node.id()))
    }
}

fn newest_first(node: &&Rc<Node>) -> (Reverse<i64>, VersionId) {
    (Reverse(node.version.created_at.seconds), node.id())
}
