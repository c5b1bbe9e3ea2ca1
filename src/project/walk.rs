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
    graph::Graph,
    history::{Artifacts, History, HistoryError, ProjectCommit, ProjectContent},
    rule::{self, Decision, NewParents, Situation},
    tree_diff,
};
use crate::{
    git::{GitError, Repo},
    id::{ArtifactId, CommitId, ContentHash, Line, VersionId},
    index::{Index, IndexError, StateToSave},
    manifest::ManifestEntry,
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

/// What a project commit holds of one artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// Normally one version; none before the first content, several where a commit without content passes a merge on.
    Versions(Vec<VersionId>),
    /// Unknown here, because no version of this baseline is in the clone.
    Missing(ContentHash),
}

impl Held {
    /// The version, where there is exactly one.
    pub(crate) fn version(&self) -> Option<VersionId> {
        match self {
            Held::Versions(versions) => versions.first().copied(),
            Held::Missing(_) => None,
        }
    }
}

/// What a project commit holds of all artifacts its manifest names.
pub(crate) type State = Rc<BTreeMap<ArtifactId, Held>>;

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
    artifacts: HashMap<ObjectId, Artifacts>,
    /// In the order they must be written; parents first.
    pub(crate) planned: Vec<Planned>,
    /// Commits walked whose state is certain, with their first parents: worth remembering once everything is written.
    pub(crate) certain: Vec<(ObjectId, Option<ObjectId>)>,
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
struct Before {
    commit: ProjectCommit,
    state: State,
    artifacts: Artifacts,
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
            graph: Graph::new(index),
            repo,
            index,
            plan,
            states: HashMap::new(),
            artifacts: HashMap::new(),
            planned: Vec::new(),
            certain: Vec::new(),
            uncertain: HashSet::new(),
        }
    }

    /// What the commit `tip` holds, followed as the tip of this line.
    pub(crate) fn to(&mut self, tip: ObjectId, line: Option<&Line>) -> Result<State, WalkError> {
        let commits = self.unknown_commits(tip)?;
        let on_line = first_parents(&commits, tip);
        for commit in commits {
            let artifacts = self.artifacts(&commit, tip)?;
            let place = Place {
                line,
                made_there: on_line.contains(&commit.id),
            };
            let state = self.state_of(&commit, &artifacts, place)?;
            self.artifacts.insert(commit.id, artifacts);
            let certain = !self.uncertain.contains(&commit.id)
                && commit.parents.iter().all(|parent| !self.uncertain.contains(parent));
            if certain {
                self.certain.push((commit.id, commit.parents.first().copied()));
            } else {
                self.uncertain.insert(commit.id);
            }
            self.states.insert(commit.id, state);
        }
        Ok(Rc::clone(&self.states[&tip]))
    }

    /// What the commit of a version says, known or not.
    pub(crate) fn index_parsed(&self, id: VersionId) -> Result<ParsedVersion, IndexError> {
        self.index.parsed(self.repo, id)
    }

    /// The states worth remembering, once everything planned is written; bases first.
    pub(crate) fn states_to_save(&self) -> Vec<StateToSave> {
        let versions = |commit: &ObjectId| -> BTreeMap<ArtifactId, VersionId> {
            let state = self.states.get(commit);
            let held = state.into_iter().flat_map(|state| state.iter());
            held.filter_map(|(id, held)| Some((id.clone(), held.version()?)))
                .collect()
        };
        let states = self.certain.iter().map(|(commit, base)| StateToSave {
            commit: *commit,
            base: *base,
            versions: versions(commit),
            base_versions: base.as_ref().map(versions).unwrap_or_default(),
        });
        states.collect()
    }

    /// Commits at or below `tip` whose state is not known, parents first; loads the states at their boundary.
    fn unknown_commits(&mut self, tip: ObjectId) -> Result<Vec<ProjectCommit>, WalkError> {
        enum Step {
            Enter(ObjectId),
            Leave(Box<ProjectCommit>),
        }
        let mut order = Vec::new();
        let mut entered = HashSet::new();
        let mut steps = vec![Step::Enter(tip)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Leave(commit) => order.push(*commit),
                Step::Enter(id) => {
                    if self.states.contains_key(&id) || !entered.insert(id) {
                        continue;
                    }
                    if let Some(remembered) = self.index.project_state(id)? {
                        let held = remembered
                            .into_iter()
                            .map(|(artifact, version)| (artifact, Held::Versions(vec![version])));
                        self.states.insert(id, Rc::new(held.collect()));
                        continue;
                    }
                    let commit = self.history.commit(id)?;
                    let parents = commit.parents.clone();
                    steps.push(Step::Leave(Box::new(commit)));
                    steps.extend(parents.into_iter().rev().map(Step::Enter));
                }
            }
        }
        Ok(order)
    }

    /// The artifacts of a commit. A manifest that cannot be read is an error at the tip, where it can be mended; in the
    /// past it counts as that of the commit before, or nobody could ever record again.
    fn artifacts(&self, commit: &ProjectCommit, tip: ObjectId) -> Result<Artifacts, HistoryError> {
        match self.history.artifacts(commit) {
            Err(HistoryError::Manifest { .. }) if commit.id != tip => Ok(commit
                .parents
                .first()
                .and_then(|parent| self.artifacts.get(parent))
                .cloned()
                .unwrap_or_default()),
            other => other,
        }
    }

    /// What is known of a parent of the commit that is to be decided.
    fn before(&self, parent: ObjectId) -> Result<Before, WalkError> {
        Ok(Before {
            commit: self.history.commit(parent)?,
            state: Rc::clone(&self.states[&parent]),
            artifacts: self.artifacts_at(parent)?,
        })
    }

    /// The artifacts of a commit to which a walk has been.
    pub(crate) fn artifacts_at(&self, commit: ObjectId) -> Result<Artifacts, WalkError> {
        if let Some(known) = self.artifacts.get(&commit) {
            return Ok(Rc::clone(known));
        }
        let commit = self.history.commit(commit)?;
        Ok(self.history.artifacts(&commit).or_else(Self::without_manifest)?)
    }

    fn without_manifest(error: HistoryError) -> Result<Artifacts, HistoryError> {
        match error {
            HistoryError::Manifest { .. } => Ok(Artifacts::default()),
            other => Err(other),
        }
    }

    fn state_of(
        &mut self,
        commit: &ProjectCommit,
        artifacts: &Artifacts,
        place: Place<'_>,
    ) -> Result<State, WalkError> {
        if artifacts.is_empty() {
            return Ok(State::default());
        }
        let mut before = Vec::with_capacity(commit.parents.len());
        for parent in &commit.parents {
            before.push(self.before(*parent)?);
        }
        let (mut state, to_decide) = match before.as_slice() {
            [before] => self.carried_over(commit, before, artifacts)?,
            _ => (BTreeMap::new(), artifacts.values().cloned().collect()),
        };
        for artifact in to_decide {
            let held = self.decide(commit, &artifact, &before, place)?;
            state.insert(artifact.id, held);
        }
        Ok(Rc::new(state))
    }

    /// For a commit with one parent: what is as it was, and which artifacts have to be decided.
    fn carried_over(
        &self,
        commit: &ProjectCommit,
        before: &Before,
        artifacts: &Artifacts,
    ) -> Result<(BTreeMap<ArtifactId, Held>, Vec<ManifestEntry>), WalkError> {
        let same_place = |artifact: &&ManifestEntry| {
            before.state.contains_key(&artifact.id)
                && before
                    .artifacts
                    .get(&artifact.id)
                    .is_some_and(|before| before.path == artifact.path && before.baseline == artifact.baseline)
        };
        let (kept, mut to_decide): (Vec<_>, Vec<_>) = artifacts.values().partition(same_place);
        let changed = tree_diff::changed(&self.history, before.commit.tree, commit.tree, kept.iter().copied())?;
        let changed: HashSet<&ArtifactId> = changed.into_iter().map(|artifact| &artifact.id).collect();
        let mut carried = BTreeMap::new();
        for artifact in kept {
            if changed.contains(&artifact.id) {
                to_decide.push(artifact);
            } else {
                carried.insert(artifact.id.clone(), before.state[&artifact.id].clone());
            }
        }
        Ok((carried, to_decide.into_iter().cloned().collect()))
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
        let parent_contents = parents.iter().map(|(_, content)| *content).collect();
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

/// The commits that were made on the line itself: what a merge brought in was made elsewhere, on other heads.
fn first_parents(commits: &[ProjectCommit], tip: ObjectId) -> HashSet<ObjectId> {
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
