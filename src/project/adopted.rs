//! What the project held of an artifact before its manifest named it, where `adopt` has recorded that past.
//!
//! To rule 3 a commit that does not name an artifact holds no version of it. The first commit that does would begin a
//! lineage of its own, with nothing of what was adopted below it. So where the parents of such a commit hold nothing, what
//! was adopted of their contents stands in their place. Lineages that began otherwise are never continued like this:
//! after `remove`, a new deployment is a new root.
//!
//! The past is found by content. Ids of project commits, which a rebase changes, only choose between equal contents.

use gix::ObjectId;

use super::{
    history::ProjectCommit,
    rule::Decision,
    walk::{Walk, WalkError},
};
use crate::{
    id::{ArtifactId, ContentHash, VersionId},
    index::IndexError,
    manifest::ManifestEntry,
};

/// A version that may be the past of a commit, and the project commit that it was taken from.
type Candidate = (VersionId, ObjectId);

impl Walk<'_> {
    /// The adopted past of a commit whose parents hold no version of an artifact; nothing where `decision`, made without
    /// it, is a version made in the work tree: that one was meant to be the first.
    pub(super) fn adopted_past(
        &self,
        commit: &ProjectCommit,
        artifact: &ManifestEntry,
        decision: &Decision,
    ) -> Result<Vec<VersionId>, WalkError> {
        let far = match decision {
            Decision::MissingBaseline(_) => return Ok(Vec::new()),
            Decision::Known(versions) => {
                for version in versions {
                    if self
                        .graph
                        .node(*version)?
                        .is_none_or(|version| version.made_in_work_tree())
                    {
                        return Ok(Vec::new());
                    }
                }
                false
            }
            // With nothing known that fits, the past may end some commits below, as after a rebase.
            Decision::Write(_) => true,
        };
        if !self.has_versions(&artifact.id)? {
            return Ok(Vec::new());
        }
        let mut past = Vec::new();
        for parent in &commit.parents {
            past.extend(self.adopted_below(*parent, commit.id, artifact, far)?);
        }
        Ok(past)
    }

    fn has_versions(&self, artifact: &ArtifactId) -> Result<bool, WalkError> {
        let newest = self.index.reader().timeline(artifact, None, None, Some(1));
        Ok(!newest.map_err(IndexError::from)?.is_empty())
    }

    /// What was adopted of the content at `start`; with `far`, of the first commit along first parents of which anything
    /// was.
    fn adopted_below(
        &self,
        start: ObjectId,
        first_named: ObjectId,
        artifact: &ManifestEntry,
        far: bool,
    ) -> Result<Option<VersionId>, WalkError> {
        let (mut at, mut last) = (start, None);
        loop {
            let commit = self.history.commit(at)?;
            let Some(content) = self.history.content(commit.tree, &artifact.path)? else {
                return Ok(None);
            };
            if last != Some(content.hash)
                && let Some(found) = self.adopted_with(content.hash, at, first_named, artifact)?
            {
                return Ok(Some(found));
            }
            last = Some(content.hash);
            match commit.parents.first() {
                Some(parent) if far => at = *parent,
                _ => return Ok(None),
            }
        }
    }

    /// The adopted version with this content that was taken from the commit `at` or the last one before it.
    fn adopted_with(
        &self,
        content: ContentHash,
        at: ObjectId,
        first_named: ObjectId,
        artifact: &ManifestEntry,
    ) -> Result<Option<VersionId>, WalkError> {
        let (mut in_history, mut elsewhere) = (Vec::new(), Vec::new());
        for node in self.graph.with_content(&artifact.id, content)? {
            let Some(taken_from) = node.version.project_commit.map(|commit| commit.oid()) else {
                continue;
            };
            if !self.is_of_adopted_lineage(node.id())? {
                continue;
            }
            if self.is_in_history(taken_from, at)? {
                in_history.push((node.id(), taken_from));
            } else if !self.is_in_history(first_named, taken_from)? {
                // The commit may have been rebased since; but nothing made after the first is a past.
                elsewhere.push((node.id(), taken_from));
            }
        }
        let candidates = if in_history.is_empty() { elsewhere } else { in_history };
        self.last_of(candidates, artifact)
    }

    /// Whether a lineage begins with a version taken from a commit.
    fn is_of_adopted_lineage(&self, version: VersionId) -> Result<bool, WalkError> {
        let lineage = self.index.reader().lineage_ids(&version).map_err(IndexError::from)?;
        let Some(root) = lineage
            .filter(|chain| chain.missing.is_none())
            .and_then(|chain| chain.links.first().map(|(id, _)| *id))
        else {
            return Ok(false);
        };
        Ok(self.graph.node(root)?.is_some_and(|root| !root.made_in_work_tree()))
    }

    /// False also where one of the commits is gone.
    fn is_in_history(&self, commit: ObjectId, of: ObjectId) -> Result<bool, WalkError> {
        Ok(self.repo.exists(commit) && self.repo.exists(of) && self.repo.is_ancestor(commit, of)?)
    }

    /// The one that contains the others; else of the last project commit; else the one that has upstream content if the
    /// manifest names some; else the one with the smallest id.
    fn last_of(&self, candidates: Vec<Candidate>, artifact: &ManifestEntry) -> Result<Option<VersionId>, WalkError> {
        let ids: Vec<VersionId> = candidates.iter().map(|(id, _)| *id).collect();
        let maximal = self.graph.maximal(&ids)?;
        let mut left: Vec<Candidate> = candidates.into_iter().filter(|(id, _)| maximal.contains(id)).collect();
        if left.len() > 1 {
            let mut last = Vec::new();
            for (id, commit) in &left {
                let mut followed = false;
                for (_, other) in &left {
                    followed = followed || (other != commit && self.is_in_history(*commit, *other)?);
                }
                if !followed {
                    last.push((*id, *commit));
                }
            }
            left = last;
        }
        let mut best = None;
        for (id, _) in left {
            let fits = self.graph.newest_upstream(id)?.is_some() == artifact.baseline.is_some();
            let rank = (!fits, id);
            if best.is_none_or(|other| rank < other) {
                best = Some(rank);
            }
        }
        Ok(best.map(|(_, id)| id))
    }
}
