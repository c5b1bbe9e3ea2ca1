//! Where a line stands: the newest version of an artifact at or below a branch, without writing anything.

use gix::ObjectId;

use super::{Query, QueryError};
use crate::{
    git::{GitError, Repo},
    id::{ArtifactId, Line, VersionId},
    manifest::{MANIFEST_FILE, ManifestEntry},
    project::{
        artifacts::Artifacts,
        graph::Baseline,
        history::History,
        rule,
        state::{Held, State},
        unmerged,
        walk::{Plan, Walk},
    },
};

/// A line, as far as the repository knows it.
pub(crate) struct LineView {
    /// `None` where HEAD is detached and no line was named.
    pub(crate) line: Option<Line>,
    /// The commit at its tip.
    pub(crate) tip: Option<ObjectId>,
    /// Whether this work tree has it checked out.
    pub(crate) checked_out: bool,
}

impl LineView {
    /// The commits on which the next one will stand: the tip, and what is being merged into it.
    pub(crate) fn commits(&self, repo: &Repo) -> Result<Vec<ObjectId>, GitError> {
        let merging = if self.checked_out {
            repo.merge_heads()?
        } else {
            Vec::new()
        };
        Ok(self.tip.into_iter().chain(merging).collect())
    }
}

impl Query<'_> {
    /// The line that was asked for, or the one checked out.
    pub(crate) fn line_view(&self, line: Option<&Line>) -> Result<LineView, QueryError> {
        let head = self.repo.head()?;
        match line {
            Some(line) if head.line.as_ref() != Some(line) => {
                let tip = self.repo.branch_tip(line)?;
                if tip.is_none() && self.repo.list_refs(&self.repo.prefix().line_dir(line))?.is_empty() {
                    return Err(QueryError::UnknownLine { line: line.clone() });
                }
                Ok(LineView {
                    tip,
                    line: Some(line.clone()),
                    checked_out: false,
                })
            }
            _ => Ok(LineView {
                line: head.line,
                tip: head.commit,
                checked_out: true,
            }),
        }
    }

    /// The artifacts deployed on a line: where it is checked out as the work tree's manifest says, else as its tip's does.
    pub(crate) fn artifacts(&self, view: &LineView) -> Result<Artifacts, QueryError> {
        if view.checked_out
            && let Ok(root) = self.repo.work_tree()
        {
            match std::fs::read(root.join(MANIFEST_FILE)) {
                Ok(data) => {
                    let (manifest, _) = unmerged::read(self.repo, self.index, &data)?;
                    return Ok(manifest.entries().cloned().collect());
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(GitError::io("read", root.join(MANIFEST_FILE))(error).into()),
            }
        }
        let Some(tip) = view.tip else {
            return Ok(Artifacts::default());
        };
        let history = History::new(self.repo);
        let commit = history.commit(tip)?;
        Ok(history.artifacts(&commit)?)
    }

    /// The heads of several artifacts on a line, as far as they are written.
    pub(crate) fn heads(
        &self,
        view: &LineView,
        artifacts: &[&ManifestEntry],
    ) -> Result<Vec<Option<VersionId>>, QueryError> {
        let mut walk = Walk::new(self.repo, self.index, Plan::Nothing);
        let reference = |id: &ArtifactId| match &view.line {
            Some(line) => self.index.tip(&self.repo.prefix().head(line, id)),
            None => Ok(None),
        };
        let state = match view.tip {
            Some(tip) => walk.to(tip, view.line.as_ref())?,
            None => Default::default(),
        };
        let mut merging = Vec::new();
        if view.checked_out {
            for commit in self.repo.merge_heads()? {
                merging.push(walk.to(commit, None)?);
            }
        }
        let held = |state: &State, id| match state.get(id) {
            Some(Held::Versions(versions)) => versions.clone(),
            Some(Held::Missing(_)) | None => Vec::new(),
        };
        let mut heads = Vec::with_capacity(artifacts.len());
        for artifact in artifacts {
            let before = held(&state, &artifact.id);
            let mut merged = before.clone();
            merged.extend(merging.iter().flat_map(|state| held(state, &artifact.id)));
            let merged = walk.graph.maximal(&merged)?;
            let head = reference(&artifact.id)?;
            heads.push(match head {
                Some(head) if before.is_empty() || before == [head] || merged == [head] => Some(head),
                Some(head) if self.is_on_top(&walk, artifact, head, &before)? => Some(head),
                Some(head) if merged != before && self.is_on_top(&walk, artifact, head, &merged)? => Some(head),
                // What only the other side of a merge has deployed has its head there.
                _ => before.first().or(merged.first()).copied(),
            });
        }
        Ok(heads)
    }

    /// Whether a line head is made of work-tree records on top of what the tip holds.
    fn is_on_top(
        &self,
        walk: &Walk<'_>,
        artifact: &ManifestEntry,
        head: VersionId,
        before: &[VersionId],
    ) -> Result<bool, QueryError> {
        let graph = &walk.graph;
        let Some(node) = graph.node(head)? else {
            return Ok(false);
        };
        if !node.made_in_work_tree() {
            return Ok(false);
        }
        let baseline = match artifact.baseline {
            None => None,
            Some(baseline) => graph.baseline_version(&Baseline::below(&artifact.id, baseline, &head))?,
        };
        Ok(rule::continues(graph, head, before, baseline)?.is_some())
    }

    /// The head of one artifact on a line; also of one that is deployed there no longer.
    pub(crate) fn head(&self, id: &ArtifactId, line: Option<&Line>) -> Result<Option<VersionId>, QueryError> {
        let view = self.line_view(line)?;
        let artifacts = self.artifacts(&view)?;
        if let Some(entry) = artifacts.get(id) {
            return Ok(self.heads(&view, &[entry])?.pop().flatten());
        }
        match &view.line {
            Some(line) => Ok(self.index.tip(&self.repo.prefix().head(line, id))?),
            None => Ok(None),
        }
    }
}
