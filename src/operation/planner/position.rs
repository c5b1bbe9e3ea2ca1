//! Where the next version of an artifact continues, seen from the work tree.
//!
//! The same rule as for commits ([`rule`]), with the manifest and the content that are checked out in the place of a commit's,
//! and the line's head in the place of what is known. Nothing is planned here.

use super::{super::OperationError, Planner};
use crate::{
    id::{ArtifactId, ContentHash, VersionId},
    manifest::ManifestEntry,
    project::{
        graph::Baseline,
        rule::{self, NewParents},
        state::Held,
    },
    version::ArtifactVersion,
};

/// Where the next version of an artifact continues.
pub(in crate::operation) struct Position {
    pub(in crate::operation) parents: NewParents,
    /// The baseline's version.
    pub(in crate::operation) baseline: Option<VersionId>,
    /// What HEAD holds, where nothing that was recorded in the work tree lies on top of it.
    follows: Option<Vec<VersionId>>,
}

impl Planner<'_> {
    /// The head of an artifact on this line: V(HEAD) plus the work-tree records on top of it. A ref that is neither is a
    /// head left behind, by a reset, an amend or a rebase.
    pub(in crate::operation) fn head(
        &mut self,
        id: &ArtifactId,
        baseline: Option<VersionId>,
    ) -> Result<Option<VersionId>, OperationError> {
        let reference = match self.moves.get(&self.repo.prefix().head(&self.line, id)) {
            Some(planned) => planned.new.map(VersionId::from_oid),
            None => self.line_head(id)?,
        };
        let before = self.before(id)?;
        let Some(reference) = reference else {
            return Ok(before.first().copied());
        };
        if before.is_empty() || before == [reference] || self.is_on_top(reference, &before, baseline)? {
            return Ok(Some(reference));
        }
        Ok(before.first().copied())
    }

    /// What the next commit follows: the version of HEAD, in the middle of a merge those of both sides.
    fn before(&self, id: &ArtifactId) -> Result<Vec<VersionId>, OperationError> {
        let mut versions = Vec::new();
        for state in std::iter::once(&self.state).chain(&self.merging) {
            if let Some(Held::Versions(held)) = state.get(id) {
                versions.extend(held);
            }
        }
        Ok(self.graph().maximal(&versions)?)
    }

    /// Whether `head` is made of work-tree records on top of `before` that the checked-out manifest still stands for.
    fn is_on_top(
        &self,
        head: VersionId,
        before: &[VersionId],
        baseline: Option<VersionId>,
    ) -> Result<bool, OperationError> {
        if self.graph().node(head)?.is_none_or(|node| !node.made_in_work_tree()) {
            return Ok(false);
        }
        Ok(rule::continues(self.graph(), head, before, baseline)?.is_some())
    }

    /// Where the next version of a deployed artifact continues.
    ///
    /// # Errors
    /// [`OperationError::MissingVersions`] if this clone lacks the versions that the manifest names.
    pub(in crate::operation) fn position(&mut self, artifact: &ManifestEntry) -> Result<Position, OperationError> {
        let missing = |baseline: ContentHash| OperationError::MissingVersions {
            id: artifact.id.clone(),
            baseline,
        };
        for state in std::iter::once(&self.state).chain(&self.merging) {
            if let Some(Held::Missing(baseline)) = state.get(&artifact.id) {
                return Err(missing(*baseline));
            }
        }
        let before = self.before(&artifact.id)?;
        let head = self.line_head(&artifact.id)?;
        let baseline = match artifact.baseline {
            None => None,
            Some(content) => match self.graph().baseline_version(&Baseline {
                artifact: &artifact.id,
                content,
                before: &before,
                head,
                moved: !self.committed()?.iter().any(|artifacts| {
                    let before = artifacts.get(&artifact.id);
                    before.is_some_and(|before| before.baseline == artifact.baseline)
                }),
                at: None,
            })? {
                Some(version) => Some(version),
                None => return Err(missing(content)),
            },
        };
        let head = self.head(&artifact.id, baseline)?;
        if let Some(head) = head {
            let contains_baseline = rule::contains_baseline(self.graph(), head, baseline)?;
            if contains_baseline && (before.len() < 2 || self.graph().added(head, &before)?.is_some()) {
                return Ok(Position {
                    parents: NewParents::edit_of(head),
                    baseline,
                    follows: before.contains(&head).then_some(before),
                });
            }
        }
        let mut start = before.clone();
        if start.is_empty() {
            start.extend(head);
        }
        Ok(Position {
            parents: rule::new_parents(self.graph(), &start, baseline)?,
            baseline,
            follows: (!before.is_empty()).then_some(before),
        })
    }

    /// What was recorded of this content in the work tree and then taken from it, by a stash or a checkout: the version that
    /// a commit of it would have.
    pub(in crate::operation) fn recorded_before(
        &mut self,
        id: &ArtifactId,
        content: ContentHash,
        position: &Position,
    ) -> Result<Option<ArtifactVersion>, OperationError> {
        let Some(before) = &position.follows else {
            return Ok(None);
        };
        let line_head = self.line_head(id)?;
        let wanted = rule::Wanted {
            artifact: id,
            content,
            before,
            baselines: position.baseline.as_slice(),
            line_head,
            commit: None,
        };
        let Some(known) = rule::best_known(self.graph(), &wanted)? else {
            return Ok(None);
        };
        Ok(self.graph().node(known)?.map(|node| node.version.clone()))
    }
}
