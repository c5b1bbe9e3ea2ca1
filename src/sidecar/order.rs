//! Orders: children before their parents, newest first, ids where nothing else decides.
//!
//! Dates lie and are coarse: versions made by one script share their second. So where dates are equal ancestry decides,
//! and ids only between versions that are unrelated within that second; the same set is in the same order everywhere.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
};

use super::{Reader, SidecarError};
use crate::{id::VersionId, version::ArtifactVersion};

/// What ordering needs of a version.
pub(super) struct Node {
    pub(super) id: VersionId,
    pub(super) created_at: i64,
    pub(super) parents: Vec<VersionId>,
}

impl Node {
    pub(super) fn of(version: &ArtifactVersion) -> Self {
        Node {
            id: version.version_id,
            created_at: version.created_at.seconds,
            parents: version.parent_ids.clone(),
        }
    }
}

/// The positions of `nodes` such that none stands before one that names it as a parent; among those that may come next
/// the newest, then the one with the smallest id. Parents that are not among the nodes do not matter.
///
/// # Errors
/// [`SidecarError::Cycle`] with a version on or above a circle.
pub(super) fn topological(nodes: &[Node]) -> Result<Vec<usize>, SidecarError> {
    let position: HashMap<VersionId, usize> = nodes.iter().enumerate().map(|(at, node)| (node.id, at)).collect();
    let mut waits_for = vec![0_usize; nodes.len()];
    let parents_of = |node: &Node| {
        node.parents
            .iter()
            .filter_map(|id| position.get(id).copied())
            .collect::<Vec<_>>()
    };
    for node in nodes {
        for parent in parents_of(node) {
            waits_for[parent] += 1;
        }
    }
    let key = |at: usize| (nodes[at].created_at, Reverse(nodes[at].id), at);
    let mut ready: BinaryHeap<_> = (0..nodes.len()).filter(|at| waits_for[*at] == 0).map(key).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some((_, _, at)) = ready.pop() {
        order.push(at);
        for parent in parents_of(&nodes[at]) {
            waits_for[parent] -= 1;
            if waits_for[parent] == 0 {
                ready.push(key(parent));
            }
        }
    }
    match waits_for.iter().position(|waiting| *waiting > 0) {
        Some(stuck) => Err(SidecarError::Cycle {
            version_id: nodes[stuck].id,
        }),
        None => Ok(order),
    }
}

/// Children before their parents; among those that may come next the newest, then the one with the smallest id.
///
/// # Errors
/// [`SidecarError::Cycle`].
pub(crate) fn topological_newest_first(versions: Vec<ArtifactVersion>) -> Result<Vec<ArtifactVersion>, SidecarError> {
    let nodes: Vec<Node> = versions.iter().map(Node::of).collect();
    let mut rank = vec![0; nodes.len()];
    for (place, at) in topological(&nodes)?.into_iter().enumerate() {
        rank[at] = place;
    }
    let mut ranked: Vec<_> = rank.into_iter().zip(versions).collect();
    ranked.sort_by_key(|(place, _)| *place);
    Ok(ranked.into_iter().map(|(_, version)| version).collect())
}

/// Sorts by date, newest first; within one second, descendants first, also when what connects two of them is not in the
/// list but was made in that second too; else by id.
pub(super) fn newest_first(reader: &Reader, versions: &mut [ArtifactVersion]) -> Result<(), SidecarError> {
    versions.sort_by_key(|version| (Reverse(version.created_at.seconds), version.version_id));
    for tied in versions.chunk_by_mut(|a, b| a.created_at.seconds == b.created_at.seconds) {
        if tied.len() > 1 {
            let rank = ranks(reader, tied)?;
            tied.sort_by_key(|version| rank[&version.version_id]);
        }
    }
    Ok(())
}

/// The places of versions from one second, and of their ancestors from it, in topological order.
fn ranks(reader: &Reader, tied: &[ArtifactVersion]) -> Result<HashMap<VersionId, usize>, SidecarError> {
    let mut nodes: Vec<Node> = tied.iter().map(Node::of).collect();
    let mut known: HashMap<VersionId, ()> = nodes.iter().map(|node| (node.id, ())).collect();
    let mut next = 0;
    while next < nodes.len() {
        for parent in nodes[next].parents.clone() {
            if known.insert(parent, ()).is_some() {
                continue;
            }
            if let Some(step) = reader.step(&parent)?
                && step.created_at == nodes[next].created_at
            {
                nodes.push(Node {
                    id: parent,
                    created_at: step.created_at,
                    parents: step.parents,
                });
            }
        }
        next += 1;
    }
    let order = topological(&nodes)?;
    Ok(order
        .iter()
        .enumerate()
        .map(|(rank, at)| (nodes[*at].id, rank))
        .collect())
}
