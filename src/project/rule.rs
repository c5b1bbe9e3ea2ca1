//! Which version of an artifact a project commit holds: the function V of `docs/branches.md`, without any writing.
//!
//! V(C) depends on nothing but the commit's content and time, the versions of its parents, the baseline in its manifest, the
//! versions known here and, where several would do or a new one must be written, the head of the line. Every clone that
//! knows the same versions computes the same.

use std::collections::HashSet;

use super::graph::{Baseline, Graph, Node};
use crate::{
    id::{ArtifactId, CommitId, ContentHash, VersionId},
    index::IndexError,
    origin::ChangeOrigin,
    version::{Person, Timestamp},
};

/// Everything V(C) depends on, apart from the versions known here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) artifact: &'a ArtifactId,
    pub(crate) commit: CommitId,
    /// The versions of the commit's parents, in the order of the parents.
    pub(crate) before: &'a [VersionId],
    /// The content at the artifact's path; `None` where the commit holds none.
    pub(crate) content: Option<ContentHash>,
    /// The baseline in the commit's manifest.
    pub(crate) baseline: Option<ContentHash>,
    /// None of the commit's parents names this one.
    pub(crate) baseline_moved: bool,
    /// Who wrote the commit.
    pub(crate) author: &'a Person,
    /// When it was made.
    pub(crate) at: Timestamp,
    /// The head of the line that is followed, where there is one.
    pub(crate) line_head: Option<VersionId>,
    /// The commit was made on the line itself: no merge brought it in.
    pub(crate) made_on_line: bool,
}

/// What V(C) is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// These versions: one, or the passed-on ones of a commit without content.
    Known(Vec<VersionId>),
    /// One that has yet to be written.
    Write(NewParents),
    /// Undecidable here: the baseline's version is not in this clone.
    MissingBaseline(ContentHash),
}

/// The ancestry of a version that has yet to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewParents {
    /// In order.
    pub(crate) parents: Vec<VersionId>,
    /// What the ancestry makes of it; `None` for a root.
    pub(crate) origin: Option<ChangeOrigin>,
    /// The baseline's version where it is a parent: its upstream is the new version's too.
    pub(crate) brings_in: Option<VersionId>,
}

impl NewParents {
    /// Of an edit on top of one version.
    pub(crate) fn edit_of(version: VersionId) -> Self {
        NewParents {
            parents: vec![version],
            origin: Some(ChangeOrigin::LocalModification),
            brings_in: None,
        }
    }
}

/// Decides V(C).
pub(crate) fn version_at(graph: &Graph<'_>, situation: Situation<'_>) -> Result<Decision, IndexError> {
    let Situation { artifact, baseline, .. } = situation;
    let before = graph.maximal(situation.before)?;
    let Some(content) = situation.content else {
        return Ok(Decision::Known(before));
    };
    let baselines = match baseline {
        None => Vec::new(),
        Some(content) => graph.baseline_versions(&Baseline {
            artifact,
            content,
            before: &before,
            head: None,
            moved: situation.baseline_moved,
            at: Some(situation.at),
        })?,
    };
    if let (Some(content), []) = (baseline, baselines.as_slice()) {
        return Ok(Decision::MissingBaseline(content));
    }
    let baseline = baselines.first().copied();
    if let [only] = before.as_slice()
        && let Some(node) = graph.node(*only)?
        && node.version.content_hash == content
        && contains_baseline(graph, *only, baseline)?
    {
        return Ok(Decision::Known(before));
    }
    let wanted = Wanted {
        artifact,
        content,
        before: &before,
        baselines: &baselines,
        line_head: situation.line_head,
        commit: Some(situation.commit),
    };
    if let Some(known) = best_known(graph, &wanted)? {
        return Ok(Decision::Known(vec![known]));
    }
    if let Some(head) = situation.line_head
        && let Some(node) = graph.node(head)?
        && may_stand_on(&situation, &node)
        && continues(graph, head, &before, baseline)?.is_some()
    {
        return Ok(Decision::Write(NewParents::edit_of(head)));
    }
    new_parents(graph, &before, baseline).map(Decision::Write)
}

/// Whether the commit can have been made from what was recorded as this version: by the same person, and not before. Where a
/// rebase or a pull puts others' commits below what was recorded here, they know nothing of it.
fn may_stand_on(situation: &Situation<'_>, recorded: &Node) -> bool {
    situation.made_on_line
        && recorded.made_in_work_tree()
        && recorded.version.author == *situation.author
        && recorded.version.created_at.seconds <= situation.at.seconds
}

/// The parents of a new version that follows `before` and must contain the baseline: the maximal ones, the baseline last.
pub(crate) fn new_parents(
    graph: &Graph<'_>,
    before: &[VersionId],
    baseline: Option<VersionId>,
) -> Result<NewParents, IndexError> {
    let mut candidates = before.to_vec();
    candidates.extend(baseline);
    let parents = graph.maximal(&candidates)?;
    // With the baseline as the only parent it is an edit of upstream's content, which comes from nowhere but here.
    let brings_in =
        baseline.filter(|version| parents.len() > 1 && parents.contains(version) && !before.contains(version));
    let origin = match parents.as_slice() {
        [] => None,
        [_] => Some(ChangeOrigin::LocalModification),
        [first, others @ ..] => {
            let mut upstream = brings_in.is_some();
            for other in others {
                upstream = upstream || brings_upstream(graph, *first, *other)?;
            }
            Some(if upstream {
                ChangeOrigin::Sync
            } else {
                ChangeOrigin::LocalModification
            })
        }
    };
    Ok(NewParents {
        parents,
        origin,
        brings_in,
    })
}

/// True if `other` holds an upstream version that `first` lacks.
fn brings_upstream(graph: &Graph<'_>, first: VersionId, other: VersionId) -> Result<bool, IndexError> {
    for node in graph.only_in(other, first)? {
        if graph.is_upstream(node.id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a known version is looked for by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) artifact: &'a ArtifactId,
    pub(crate) content: ContentHash,
    /// The versions that it has to continue.
    pub(crate) before: &'a [VersionId],
    /// What may be the baseline's version, the likeliest first; none where there is no baseline.
    pub(crate) baselines: &'a [VersionId],
    pub(crate) line_head: Option<VersionId>,
    /// The commit that holds the content; where it only lies in the work tree, just what was made there is looked for.
    pub(crate) commit: Option<CommitId>,
}

/// Of the known versions with the wanted content that continue `before` the best one.
///
/// What was decided stays, however many versions come to be known. First comes what a remote has, on any line; of several
/// there it matters what they are, and nothing that only this clone or one line knows. Else it is one that the line's head
/// has, then the one that was taken from this very commit. Else one made in the work tree, then the one that adds least, then
/// the smallest id.
pub(crate) fn best_known(graph: &Graph<'_>, wanted: &Wanted<'_>) -> Result<Option<VersionId>, IndexError> {
    let Wanted { artifact, before, .. } = *wanted;
    let mut continuing = Vec::new();
    for node in graph.with_content(artifact, wanted.content)? {
        if wanted.commit.is_none() && !node.made_in_work_tree() {
            continue;
        }
        if let Some((likely, added)) = continues_any(graph, node.id(), before, wanted.baselines)? {
            continuing.push((node, likely, added));
        }
    }
    if let [(only, ..)] = continuing.as_slice() {
        return Ok(Some(only.id()));
    }
    let mut best = None;
    for (node, likely, added) in continuing {
        let id = node.id();
        let on_remote = graph.is_on_remote(artifact, id)?;
        let on_line = !on_remote && graph.is_within(id, wanted.line_head.as_slice())?;
        let own = wanted.commit.is_some() && node.version.project_commit == wanted.commit;
        let recorded = node.made_in_work_tree();
        let rank = if on_remote {
            (0, !recorded, false, !own, added, id)
        } else {
            (1 + likely, !on_line, !own, !recorded, added, id)
        };
        if best.is_none_or(|other| rank < other) {
            best = Some(rank);
        }
    }
    Ok(best.map(|(.., id)| id))
}

/// As [`continues`] for one of several that may be the baseline's version, and the number of that.
fn continues_any(
    graph: &Graph<'_>,
    version: VersionId,
    before: &[VersionId],
    baselines: &[VersionId],
) -> Result<Option<(usize, usize)>, IndexError> {
    if baselines.is_empty() {
        let added = continues(graph, version, before, None)?;
        return Ok(added.map(|added| (0, added)));
    }
    for (number, baseline) in baselines.iter().enumerate() {
        if let Some(added) = continues(graph, version, before, Some(*baseline))? {
            return Ok(Some((number, added)));
        }
    }
    Ok(None)
}

/// For a commit whose parents are not here: a known version with its content that contains its baseline, the newest of
/// those on a remote, else of all.
pub(crate) fn known_with_content(
    graph: &Graph<'_>,
    artifact: &ArtifactId,
    content: ContentHash,
    baseline: Option<ContentHash>,
) -> Result<Option<VersionId>, IndexError> {
    let mut best = None;
    for node in graph.with_content(artifact, content)? {
        let baseline = match baseline {
            None => None,
            Some(hash) => graph.baseline_version(&Baseline::below(artifact, hash, &node.id()))?,
        };
        if contains_baseline(graph, node.id(), baseline)? {
            let on_remote = graph.is_on_remote(artifact, node.id())?;
            let rank = (
                !on_remote,
                std::cmp::Reverse(node.version.created_at.seconds),
                node.id(),
            );
            if best.is_none_or(|other| rank < other) {
                best = Some(rank);
            }
        }
    }
    Ok(best.map(|(_, _, id)| id))
}

/// Whether `version` continues `before`, and how many versions it adds: it descends from all of them, contains the
/// baseline's version, and what it adds was made in the work tree (only itself may be taken from a commit) and holds no
/// upstream version but the baseline's and what that contains.
pub(crate) fn continues(
    graph: &Graph<'_>,
    version: VersionId,
    before: &[VersionId],
    baseline: Option<VersionId>,
) -> Result<Option<usize>, IndexError> {
    let Some(added) = graph.added(version, before)? else {
        return Ok(None);
    };
    if !contains_baseline(graph, version, baseline)? {
        return Ok(None);
    }
    let mut upstream = Vec::new();
    for vertex in &added {
        if vertex.id != version && !vertex.made_in_work_tree {
            return Ok(None);
        }
        if graph.is_upstream(vertex.id)? {
            upstream.push(vertex.id);
        }
    }
    if !upstream.is_empty() {
        let Some(baseline) = baseline else { return Ok(None) };
        let beside: HashSet<VersionId> = graph
            .only_in(version, baseline)?
            .iter()
            .map(|vertex| vertex.id)
            .collect();
        if upstream.iter().any(|id| beside.contains(id)) {
            return Ok(None);
        }
    }
    Ok(Some(added.len()))
}

/// True if the version contains the baseline's, or there is none.
pub(crate) fn contains_baseline(
    graph: &Graph<'_>,
    version: VersionId,
    baseline: Option<VersionId>,
) -> Result<bool, IndexError> {
    match baseline {
        None => Ok(true),
        Some(baseline) => graph.contains(version, baseline),
    }
}
