//! Applying the rule to project commits, oldest first, and saying which versions have yet to be written.
//!
//! Guarantees: a commit whose versions are remembered is never walked again; unchanged artifacts cost nothing; what
//! [`Walk::to`] plans is a function of the commits and the versions known here. Nothing is written.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};

use gix::ObjectId;

use super::{
    artifacts::Artifacts,
    graph::Graph,
    history::{History, HistoryError, ProjectCommit, ProjectContent},
    rebuilt::Rebuilding,
    rule::{self, Decision, NewParents, Situation},
    state::{Changes, Held, State},
    tree_diff,
};
use crate::{
    git::{GitError, Repo},
    id::{ArtifactId, CommitId, ContentHash, Line, VersionId},
    index::{Index, IndexError, StateToSave},
    manifest::ManifestEntry,
    progress::ProgressStage,
    version::{
        Upstream,
        commit::{NewVersion, ParsedVersion, UnwritableVersion},
    },
};

/// Why the project's history could not be followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalkError {
    /// A project commit cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A version cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A version cannot be written.
    #[error(transparent)]
    Unwritable(#[from] UnwritableVersion),
}

impl WalkError {
    /// True if rebuilding the sidecar may help.
    pub(crate) fn is_corrupt_sidecar(&self) -> bool {
        matches!(self, WalkError::Index(error) if error.is_corrupt_sidecar())
    }
}

impl From<GitError> for WalkError {
    fn from(error: GitError) -> Self {
        WalkError::History(HistoryError::Git(error))
    }
}

/// A version that has yet to be written.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) id: VersionId,
    /// The commit object.
    pub(crate) raw: Vec<u8>,
    pub(crate) content: ProjectContent,
    /// The contents that earlier versions already reach.
    pub(crate) parent_contents: Vec<ContentHash>,
}

/// A walk through the project's history.
pub(crate) struct Walk<'a> {
    pub(crate) history: History<'a>,
    pub(crate) graph: Graph<'a>,
    pub(super) repo: &'a Repo,
    pub(super) index: &'a Index,
    plan: Plan,
    states: HashMap<ObjectId, State>,
    /// Those of commits whose own manifest cannot be read.
    inherited: HashMap<ObjectId, Artifacts>,
    /// In the order they must be written; parents first.
    pub(crate) planned: Vec<Planned>,
    /// Versions of baselines that are not here, planned before what stands on them.
    pub(crate) rebuilding: Rebuilding,
    /// Commits walked whose state is certain, with what changes from their first parents': worth remembering once everything
    /// is written.
    pub(crate) certain: Vec<StateToSave>,
    uncertain: HashSet<ObjectId>,
}

/// Where a commit is met.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The line that is followed.
    line: Option<&'a Line>,
    /// It was made on the line itself.
    made_there: bool,
}

/// A parent of a commit that is to be decided.
pub(super) struct Before {
    commit: Rc<ProjectCommit>,
    pub(super) state: State,
    pub(super) artifacts: Artifacts,
}

/// What a walk does where a version is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Plan to write it.
    NewVersions,
    /// Answer with the newest version that is written.
    Nothing,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(repo: &'a Repo, index: &'a Index, plan: Plan) -> Self {
        Walk {
            history: History::new(repo),
            graph: Graph::new(repo, index),
            repo,
            index,
            plan,
            states: HashMap::new(),
            inherited: HashMap::new(),
            planned: Vec::new(),
            rebuilding: Rebuilding::default(),
            certain: Vec::new(),
            uncertain: HashSet::new(),
        }
    }

    /// What the commit `tip` holds, followed as the tip of this line.
    pub(crate) fn to(&mut self, tip: ObjectId, line: Option<&Line>) -> Result<State, WalkError> {
        let commits = self.unknown_commits(tip)?;
        let on_line = first_parents(&commits, tip);
        let total = commits.len();
        for (done, commit) in commits.into_iter().enumerate() {
            self.repo
                .progress()
                .step(ProgressStage::ReadingCommits, done, Some(total));
            let artifacts = self.artifacts(&commit, tip)?;
            let place = Place {
                line,
                made_there: on_line.contains(&commit.id),
            };
            let (state, changes) = self.state_of(&commit, &artifacts, place)?;
            let certain = !self.uncertain.contains(&commit.id)
                && commit.parents.iter().all(|parent| !self.uncertain.contains(parent));
            if certain {
                self.certain.push(StateToSave {
                    commit: commit.id,
                    base: commit.parents.first().copied(),
                    changes: to_save(changes),
                });
            } else {
                self.uncertain.insert(commit.id);
            }
            self.states.insert(commit.id, state);
        }
        Ok(self.states[&tip].clone())
    }

    /// What the commit of a version says, known or not.
    pub(crate) fn index_parsed(&self, id: VersionId) -> Result<ParsedVersion, IndexError> {
        self.index.parsed(self.repo, id)
    }

    /// Commits at or below `tip` whose state is not known, parents first; loads the states at their boundary.
    pub(super) fn unknown_commits(&mut self, tip: ObjectId) -> Result<Vec<Rc<ProjectCommit>>, WalkError> {
        enum Step {
            Enter(ObjectId),
            Leave(Rc<ProjectCommit>),
        }
        let mut order = Vec::new();
        let mut entered = HashSet::new();
        let mut steps = vec![Step::Enter(tip)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Leave(commit) => order.push(commit),
                Step::Enter(id) => {
                    if self.states.contains_key(&id) || !entered.insert(id) {
                        continue;
                    }
                    if let Some(remembered) = self.index.project_state(id)? {
                        let held = remembered
                            .into_iter()
                            .map(|(artifact, version)| (artifact, Held::Versions(vec![version])));
                        self.states.insert(id, held.collect());
                        continue;
                    }
                    let commit = self.history.commit(id)?;
                    let parents = commit.parents.clone();
                    steps.push(Step::Leave(commit));
                    steps.extend(parents.into_iter().rev().map(Step::Enter));
                }
            }
        }
        Ok(order)
    }

    /// The artifacts of a commit. A manifest that cannot be read is an error at the tip, where it can be mended; in the
    /// past it counts as that of the commit before, or nobody could ever record again.
    pub(super) fn artifacts(&mut self, commit: &ProjectCommit, tip: ObjectId) -> Result<Artifacts, WalkError> {
        match self.history.artifacts(commit) {
            Err(HistoryError::Manifest { .. }) if commit.id != tip => {
                let inherited = self.artifacts_at(commit.id)?;
                self.inherited.insert(commit.id, inherited.clone());
                Ok(inherited)
            }
            other => Ok(other?),
        }
    }

    /// What is known of a parent of the commit that is to be decided.
    pub(super) fn before(&self, parent: ObjectId) -> Result<Before, WalkError> {
        Ok(Before {
            commit: self.history.commit(parent)?,
            state: self.states[&parent].clone(),
            artifacts: self.artifacts_at(parent)?,
        })
    }

    /// The artifacts of a commit to which a walk has been.
    pub(crate) fn artifacts_at(&self, commit: ObjectId) -> Result<Artifacts, WalkError> {
        let mut next = Some(commit);
        while let Some(id) = next {
            if let Some(known) = self.inherited.get(&id) {
                return Ok(known.clone());
            }
            let commit = self.history.commit(id)?;
            match self.history.artifacts(&commit) {
                Err(HistoryError::Manifest { .. }) => next = commit.parents.first().copied(),
                other => return Ok(other?),
            }
        }
        Ok(Artifacts::default())
    }

    /// What a commit holds, and what that changes of what its first parent holds.
    fn state_of(
        &mut self,
        commit: &ProjectCommit,
        artifacts: &Artifacts,
        place: Place<'_>,
    ) -> Result<(State, Changes), WalkError> {
        let mut before = Vec::with_capacity(commit.parents.len());
        for parent in &commit.parents {
            before.push(self.before(*parent)?);
        }
        let to_decide = match before.as_slice() {
            [before] => self.to_decide(commit, before, artifacts)?,
            _ => artifacts.values().collect(),
        };
        let mut changes = Changes::new();
        for artifact in to_decide {
            let held = self.decide(commit, artifact, &before, place)?;
            changes.insert(artifact.id.clone(), Some(held));
        }
        let Some(first) = before.first() else {
            return Ok((State::default().changed(changes.clone()), changes));
        };
        if !first.artifacts.is_same(artifacts) {
            let all = first.state.all().into_keys();
            changes.extend(
                all.filter(|id| !artifacts.contains_key(id))
                    .map(|id| (id.clone(), None)),
            );
        }
        changes.retain(|id, held| first.state.get(id) != held.as_ref());
        Ok((first.state.changed(changes.clone()), changes))
    }

    /// Which artifacts of a commit with one parent are not as they were.
    fn to_decide<'m>(
        &self,
        commit: &ProjectCommit,
        before: &Before,
        artifacts: &'m Artifacts,
    ) -> Result<Vec<&'m ManifestEntry>, WalkError> {
        let changed = tree_diff::changed(&self.history, before.commit.tree, commit.tree, artifacts)?;
        let mut to_decide: BTreeMap<&ArtifactId, &ManifestEntry> =
            changed.iter().filter_map(|id| artifacts.get_key_value(id)).collect();
        // Whatever one manifest names is held, unless there is nothing yet.
        let is_as_it_was = artifacts.is_same(&before.artifacts) && before.state.len() == artifacts.len();
        if !is_as_it_was {
            let same_place = |artifact: &ManifestEntry| {
                before.state.get(&artifact.id).is_some()
                    && before
                        .artifacts
                        .get(&artifact.id)
                        .is_some_and(|before| before.path == artifact.path && before.baseline == artifact.baseline)
            };
            to_decide.extend(artifacts.iter().filter(|(_, artifact)| !same_place(artifact)));
        }
        Ok(to_decide.into_values().collect())
    }

    fn decide(
        &mut self,
        commit: &ProjectCommit,
        artifact: &ManifestEntry,
        before: &[Before],
        place: Place<'_>,
    ) -> Result<Held, WalkError> {
        let mut versions = Vec::new();
        for before in before {
            match before.state.get(&artifact.id) {
                Some(Held::Versions(held)) => versions.extend(held.iter().copied()),
                Some(Held::Missing(baseline)) => {
                    self.uncertain.insert(commit.id);
                    return Ok(Held::Missing(*baseline));
                }
                None => {}
            }
        }
        let content = self.history.content(commit.tree, &artifact.path)?;
        self.rebuild_baseline(artifact, before)?;
        if commit.shallow {
            return self.decide_at_boundary(commit, artifact, content.as_ref());
        }
        let line_head = match place.line {
            Some(line) => self.index.tip(&self.repo.prefix().head(line, &artifact.id))?,
            None => None,
        };
        let situation = Situation {
            artifact: &artifact.id,
            commit: CommitId::from_oid(commit.id),
            before: &versions,
            content: content.as_ref().map(|content| content.hash),
            baseline: artifact.baseline,
            baseline_moved: !before.iter().any(|before| {
                let before = before.artifacts.get(&artifact.id);
                before.is_some_and(|before| before.baseline == artifact.baseline)
            }),
            at: commit.committer.time,
            author: &commit.author.person,
            made_on_line: place.made_there,
            line_head,
        };
        let mut decision = rule::version_at(&self.graph, situation)?;
        if versions.is_empty() && content.is_some() {
            let past = self.adopted_past(commit, artifact, &decision)?;
            if !past.is_empty() {
                let before = &past;
                decision = rule::version_at(&self.graph, Situation { before, ..situation })?;
                versions = past;
            }
        }
        match decision {
            Decision::Known(versions) => {
                // None is remembered as no entry; several cannot be.
                if versions.len() > 1 {
                    self.uncertain.insert(commit.id);
                }
                Ok(Held::Versions(versions))
            }
            Decision::MissingBaseline(baseline) => {
                self.uncertain.insert(commit.id);
                Ok(Held::Missing(baseline))
            }
            Decision::Write(parents) => match (self.plan, content) {
                (Plan::NewVersions, Some(content)) => Ok(Held::Versions(vec![self.plan_version(
                    commit,
                    &artifact.id,
                    content,
                    &parents,
                )?])),
                _ => {
                    self.uncertain.insert(commit.id);
                    Ok(Held::Versions(self.graph.maximal(&versions)?))
                }
            },
        }
    }

    /// Where a shallow clone's history ends, what came before is unknown, so nothing may be written. A known version with
    /// the commit's content that contains its baseline is the answer; which one, if there are several, the rule's own
    /// preferences say.
    fn decide_at_boundary(
        &mut self,
        commit: &ProjectCommit,
        artifact: &ManifestEntry,
        content: Option<&ProjectContent>,
    ) -> Result<Held, WalkError> {
        self.uncertain.insert(commit.id);
        let Some(content) = content else {
            return Ok(Held::Versions(Vec::new()));
        };
        let known = rule::known_with_content(&self.graph, &artifact.id, content.hash, artifact.baseline)?;
        Ok(match known {
            Some(version) => Held::Versions(vec![version]),
            None => Held::Missing(artifact.baseline.unwrap_or(content.hash)),
        })
    }

    /// A version taken from a project commit copies its people and dates, so that every clone makes the same one.
    fn plan_version(
        &mut self,
        commit: &ProjectCommit,
        artifact: &ArtifactId,
        content: ProjectContent,
        new: &NewParents,
    ) -> Result<VersionId, WalkError> {
        let mut parents = Vec::with_capacity(new.parents.len());
        for parent in &new.parents {
            if let Some(node) = self.graph.node(*parent)? {
                parents.push((*parent, node.version.content_hash));
            }
        }
        let stored = parents.iter().filter(|(parent, _)| !self.rebuilding.has(*parent));
        let parent_contents = stored.map(|(_, content)| *content).collect();
        let version = NewVersion {
            artifact_id: artifact.clone(),
            content: content.hash,
            parents,
            origin: new.origin,
            author: commit.author.clone(),
            committer: commit.committer.clone(),
            summary: project_summary(commit, artifact),
            body: None,
            upstream: self.upstream_of(new.brings_in)?,
            project_commit: Some(CommitId::from_oid(commit.id)),
        };
        let (id, raw, parsed) = self.repo.encode_version(&version)?;
        self.graph.add_pending(parsed);
        self.planned.push(Planned {
            id,
            raw,
            content,
            parent_contents,
        });
        Ok(id)
    }

    fn upstream_of(&self, version: Option<VersionId>) -> Result<Option<Upstream>, WalkError> {
        let node = version.map(|version| self.graph.node(version)).transpose()?.flatten();
        Ok(node.and_then(|node| node.version.upstream.clone()))
    }
}

/// What is worth remembering of changes.
fn to_save(changes: Changes) -> Vec<(ArtifactId, Option<VersionId>)> {
    let versions = changes.into_iter();
    versions
        .map(|(id, held)| (id, held.and_then(|held| held.version())))
        .collect()
}

/// The commits that were made on the line itself: what a merge brought in was made elsewhere, on other heads.
fn first_parents(commits: &[Rc<ProjectCommit>], tip: ObjectId) -> HashSet<ObjectId> {
    let parents: HashMap<ObjectId, Option<ObjectId>> = commits
        .iter()
        .map(|commit| (commit.id, commit.parents.first().copied()))
        .collect();
    let known = |id: &ObjectId| parents.contains_key(id);
    std::iter::successors(Some(tip).filter(known), |id| parents[id].filter(known)).collect()
}

/// The summary of a version taken from a project commit: the commit's own, which must not depend on this machine.
pub(crate) fn project_summary(commit: &ProjectCommit, artifact: &ArtifactId) -> String {
    if commit.subject.is_empty() || commit.subject.starts_with("---") {
        format!("Record {artifact}")
    } else {
        commit.subject.clone()
    }
}
