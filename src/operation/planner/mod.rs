//! [`Planner`]: one attempt at a writing command, from the state of the project to one transaction.
//!
//! Every writing command catches up first: versions that project commits call for are planned before anything else, and
//! written together with what the command adds, objects first, then all refs at once by compare-and-swap, then the
//! sidecar ([`finish`]). A lost race loses nothing: the attempt is thrown away and made again on the new state.

mod finish;
mod position;
mod rebuilding;
mod signed;

use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashSet},
};

use gix::{ObjectId, objs::Kind};

use super::OperationError;
use crate::{
    git::{
        GitError, Repo,
        objects::{Mode, ObjectBatch},
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, ContentHash, Line, VersionId},
    index::{Index, StateToSave},
    pending::{Phase, Standing},
    project::{
        artifacts::Artifacts,
        graph::Graph,
        state::{Held, State},
        walk::{Plan, Walk},
    },
    version::{ArtifactVersion, Upstream, commit::NewVersion},
};

pub(super) use position::Position;
use signed::Signing;

/// One attempt.
pub(super) struct Planner<'a> {
    pub(super) repo: &'a Repo,
    index: &'a Index,
    pub(super) walk: Walk<'a>,
    pub(super) batch: ObjectBatch<'a>,
    line: Line,
    /// What HEAD's commit holds.
    state: State,
    /// What the commits hold that are being merged into it.
    merging: Vec<State>,
    /// What the manifests of all these name.
    committed: OnceCell<Vec<Artifacts>>,
    /// HEAD's commit, and those that are being merged into it.
    tips: Vec<ObjectId>,
    line_heads: BTreeMap<ArtifactId, Option<VersionId>>,
    moves: BTreeMap<String, RefUpdate>,
    /// What will stand as unfinished, or no longer; no versions hang on these refs.
    standing: Vec<RefUpdate>,
    /// What stands already, once it was asked for.
    unfinished: Option<Vec<Standing>>,
    /// Versions planned here, beyond those of project commits.
    new: Vec<(VersionId, Vec<u8>)>,
    signing: Signing,
}

/// What a finished attempt leaves for the index.
pub(crate) struct Finished {
    pub(crate) tips: Vec<(String, Option<VersionId>)>,
    pub(crate) states: Vec<StateToSave>,
}

impl<'a> Planner<'a> {
    /// Catches up with `tip`, the commit checked out (or the tip of the line).
    pub(super) fn new(
        repo: &'a Repo,
        index: &'a Index,
        line: Line,
        tip: Option<ObjectId>,
        write: Mode,
    ) -> Result<Self, OperationError> {
        let walk = Walk::new(repo, index, Plan::NewVersions);
        Planner::over(walk, (repo, index), repo.batch(write), (line, tip), Signing::of(write))
    }

    /// The same with a walk that has not begun and objects that are there already.
    fn over(
        mut walk: Walk<'a>,
        (repo, index): (&'a Repo, &'a Index),
        batch: ObjectBatch<'a>,
        (line, tip): (Line, Option<ObjectId>),
        signing: Signing,
    ) -> Result<Self, OperationError> {
        let mut tips = Vec::new();
        let state = match tip {
            Some(tip) => {
                let state = walk.to(tip, Some(&line))?;
                tips.push(tip);
                state
            }
            None => State::default(),
        };
        let mut merging = Vec::new();
        if tip.is_some() && tip == repo.head()?.commit {
            for commit in repo.merge_heads()? {
                // They were made elsewhere, on other heads than this line's.
                merging.push(walk.to(commit, None)?);
                tips.push(commit);
            }
        }
        let mut planner = Planner {
            repo,
            index,
            walk,
            batch,
            line,
            state,
            merging,
            committed: OnceCell::new(),
            tips,
            line_heads: BTreeMap::new(),
            moves: BTreeMap::new(),
            standing: Vec::new(),
            unfinished: None,
            new: Vec::new(),
            signing,
        };
        planner.adopt_planned()?;
        for planned in planner.planned() {
            let node = planner.graph().node(planned)?;
            planner.refuse_newer(node.iter().flat_map(|node| &node.version.parent_ids))?;
        }
        Ok(planner)
    }

    pub(super) fn graph(&self) -> &Graph<'a> {
        &self.walk.graph
    }

    /// What the manifests name of HEAD's commit and of those that are being merged into it. Only who asks pays for reading
    /// them.
    fn committed(&self) -> Result<&[Artifacts], OperationError> {
        if let Some(known) = self.committed.get() {
            return Ok(known);
        }
        let read = self.tips.iter().map(|tip| self.walk.artifacts_at(*tip));
        let read = read.collect::<Result<Vec<_>, _>>()?;
        Ok(self.committed.get_or_init(|| read))
    }

    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    /// What is planned because commits call for it.
    fn planned(&self) -> impl Iterator<Item = VersionId> {
        let rebuilt = self.walk.rebuilding.versions.iter().map(|(id, _)| *id);
        rebuilt.chain(self.walk.planned.iter().map(|planned| planned.id))
    }

    /// Heads of the artifacts for which project commits call for new versions.
    fn adopt_planned(&mut self) -> Result<(), OperationError> {
        if self.planned().next().is_none() {
            return Ok(());
        }
        let state = self.state.clone();
        let mut open = Vec::new();
        for (id, held) in state.all() {
            if let Some(version) = held.version().filter(|version| self.graph().is_pending(*version)) {
                let head = self.line_head(id)?;
                self.move_head(id, head, version)?;
                open.push(version);
            }
        }
        // What was planned for commits whose artifact is gone by now, or was deployed anew, still has to be reachable.
        // Only what is planned has planned children.
        let mut reached = HashSet::new();
        while let Some(version) = open.pop() {
            if self.graph().is_pending(version)
                && reached.insert(version)
                && let Some(node) = self.graph().node(version)?
            {
                open.extend(&node.version.parent_ids);
            }
        }
        let unreached: Vec<VersionId> = self.planned().filter(|id| !reached.contains(id)).collect();
        for version in self.graph().maximal(&unreached)? {
            self.keep(version)?;
        }
        Ok(())
    }

    /// The newest version recorded on this line, of an artifact that is deployed no longer, too: the value of its ref as
    /// indexed. If that has moved since, moving it will fail.
    pub(super) fn line_head(&mut self, id: &ArtifactId) -> Result<Option<VersionId>, OperationError> {
        if let Some(known) = self.line_heads.get(id) {
            return Ok(*known);
        }
        let name = self.repo.prefix().head(&self.line, id);
        let value = self.index.tip(&name)?;
        self.line_heads.insert(id.clone(), value);
        Ok(value)
    }

    /// Refuses to go on while an earlier command on the artifact has not ended in this work tree.
    pub(super) fn refuse_unfinished(&mut self, id: &ArtifactId) -> Result<(), OperationError> {
        let unfinished = match &self.unfinished {
            Some(known) => known,
            None => self.unfinished.insert(Standing::all(self.repo)?),
        };
        match unfinished.iter().find(|one| one.pending.artifact_id == *id) {
            None => Ok(()),
            Some(one) => Err(OperationError::Unfinished {
                id: id.clone(),
                operation: one.pending.operation.as_str(),
                conflicts: one.pending.phase == Phase::Conflicted,
            }),
        }
    }

    /// What a version reaches is durable and safe; the batch need not look at it again.
    pub(super) fn assume_recorded(&mut self, position: &Position) -> Result<(), OperationError> {
        for (version, content) in self.with_contents(&position.parents.parents)? {
            if self.graph().is_pending(version) {
                continue;
            }
            self.walk.history.for_each_object(content.oid(), &mut |id| {
                self.batch.assume_recorded([id]);
                Ok::<_, GitError>(())
            })?;
        }
        Ok(())
    }

    /// Versions with their content hashes, as a new version names its parents.
    pub(super) fn with_contents(
        &self,
        versions: &[VersionId],
    ) -> Result<Vec<(VersionId, ContentHash)>, OperationError> {
        let mut with_contents = Vec::with_capacity(versions.len());
        for version in versions {
            if let Some(node) = self.graph().node(*version)? {
                with_contents.push((*version, node.version.content_hash));
            }
        }
        Ok(with_contents)
    }

    /// Where the upstream content that a version holds came from.
    pub(super) fn upstream_of(&self, version: Option<VersionId>) -> Result<Option<Upstream>, OperationError> {
        let node = version.map(|version| self.graph().node(version)).transpose()?.flatten();
        Ok(node.and_then(|node| node.version.upstream.clone()))
    }

    /// What a commit at or below the tip holds.
    pub(super) fn held_at(&mut self, commit: ObjectId) -> Result<State, OperationError> {
        Ok(self.walk.to(commit, Some(&self.line))?)
    }

    /// The version that is held; `None` before the first content.
    pub(super) fn version_held(&self, id: &ArtifactId, held: &Held) -> Result<Option<ArtifactVersion>, OperationError> {
        match held {
            Held::Missing(baseline) => Err(OperationError::MissingVersions {
                id: id.clone(),
                baseline: *baseline,
            }),
            Held::Versions(versions) => {
                let node = versions
                    .first()
                    .map(|version| self.graph().node(*version))
                    .transpose()?
                    .flatten();
                Ok(node.map(|node| node.version.clone()))
            }
        }
    }

    /// The known upstream version with this content and just this parent; the one with the smallest id, should there be
    /// several.
    pub(super) fn upstream_version(
        &self,
        id: &ArtifactId,
        content: ContentHash,
        parent: VersionId,
    ) -> Result<Option<VersionId>, OperationError> {
        let known = self.graph().with_content(id, content)?.into_iter();
        let mut equal = Vec::new();
        for node in known.filter(|node| node.version.parent_ids == [parent]) {
            if self.graph().is_upstream(node.id())? {
                equal.push(node.id());
            }
        }
        Ok(equal.into_iter().min())
    }

    /// Nothing is written on top of a version whose format only a newer program knows.
    fn refuse_newer<'v>(&self, parents: impl IntoIterator<Item = &'v VersionId>) -> Result<(), OperationError> {
        for parent in parents {
            if !self.graph().is_pending(*parent) {
                super::newer_format::refuse(self.repo, *parent)?;
            }
        }
        Ok(())
    }

    /// Takes in a version that is stored but hangs on no version ref yet.
    pub(super) fn know(&mut self, id: VersionId) -> Result<(), OperationError> {
        if self.graph().node(id)?.is_none() {
            let parsed = self.walk.index_parsed(id)?;
            self.walk.graph.add_pending(parsed.version);
        }
        Ok(())
    }

    /// Plans a version and returns how it will read.
    ///
    /// # Errors
    /// [`OperationError::FutureFormat`] on top of a version of a newer program; [`OperationError::Signing`].
    pub(super) fn add_version(&mut self, version: &NewVersion) -> Result<ArtifactVersion, OperationError> {
        self.refuse_newer(version.parents.iter().map(|(parent, _)| parent))?;
        let (id, raw, parsed) = self.encode(version)?;
        if self.graph().node(id)?.is_none() {
            self.walk.graph.add_pending(parsed.clone());
            self.new.push((id, raw));
        }
        Ok(parsed)
    }

    /// Plans a version taken from a commit long ago. `objects` are those of its content that no version planned before
    /// holds. Returns how it reads, and whether it has yet to be written.
    pub(super) fn add_taken(
        &mut self,
        version: &NewVersion,
        tree_object: Option<&[u8]>,
        objects: &[ObjectId],
    ) -> Result<(ArtifactVersion, bool), OperationError> {
        let (id, raw, parsed) = self.repo.encode_version(version)?;
        if let Some(known) = self.graph().node(id)? {
            return Ok((known.version.clone(), self.graph().is_pending(id)));
        }
        for object in objects {
            self.batch.add_present(*object)?;
        }
        if let Some(tree) = tree_object {
            self.batch.add(Kind::Tree, tree)?;
        }
        self.walk.graph.add_pending(parsed.clone());
        self.new.push((id, raw));
        Ok((parsed, true))
    }

    /// Plans to set the head of an artifact; a head that the new one does not contain is kept.
    pub(super) fn set_head(&mut self, id: &ArtifactId, new: VersionId) -> Result<(), OperationError> {
        let old = self.line_head(id)?;
        self.move_head(id, old, new)
    }

    fn move_head(&mut self, id: &ArtifactId, old: Option<VersionId>, new: VersionId) -> Result<(), OperationError> {
        let name = self.repo.prefix().head(&self.line, id);
        // What catching up has just set it to is left behind like what it was before.
        let caught_up = self.moves.remove(&name).and_then(|planned| planned.new);
        for left in [old, caught_up.map(VersionId::from_oid)].into_iter().flatten() {
            if !self.graph().contains(new, left)? {
                self.keep(left)?;
            }
        }
        if old == Some(new) {
            return Ok(());
        }
        self.moves.insert(name.clone(), update(name, old, new));
        Ok(())
    }

    /// Sets the head where the ref says something else than what was just found; a ref that is not there stays so where
    /// the head can be computed from HEAD's commit.
    pub(super) fn confirm_head(&mut self, id: &ArtifactId, head: VersionId) -> Result<(), OperationError> {
        match self.line_head(id)? {
            Some(old) if old != head => self.move_head(id, Some(old), head),
            None if self.state.get(id) != Some(&Held::Versions(vec![head])) => self.move_head(id, None, head),
            _ => Ok(()),
        }
    }

    /// Plans a ref that keeps a version reachable.
    pub(super) fn keep(&mut self, version: VersionId) -> Result<(), OperationError> {
        let name = self.repo.prefix().kept(&version);
        let there = self.repo.find_ref(&name)?.map(VersionId::from_oid);
        // Also one that is there: `prune` may be about to take it away, because the head still holds the version.
        self.moves.insert(name.clone(), update(name, there, version));
        Ok(())
    }

    /// Plans that an operation stands as unfinished.
    pub(super) fn stand(&mut self, ref_name: &str, commit: ObjectId) {
        self.standing.push(RefUpdate {
            name: ref_name.to_owned(),
            new: Some(commit),
            expected: Expected::Absent,
        });
    }

    /// Plans a ref that no version hangs on.
    pub(super) fn update_other(&mut self, update: RefUpdate) {
        self.standing.push(update);
    }

    /// Plans that one that stood does so no longer.
    pub(super) fn end(&mut self, standing: &Standing) {
        self.standing.push(RefUpdate {
            name: standing.ref_name.clone(),
            new: None,
            expected: Expected::Is(standing.commit),
        });
    }
}

fn update(name: String, old: Option<VersionId>, new: VersionId) -> RefUpdate {
    RefUpdate {
        name,
        new: Some(new.oid()),
        expected: old.map_or(Expected::Absent, |old| Expected::Is(old.oid())),
    }
}
