//! Rule 3's promise that every version contains the baseline of its commit.
//!
//! A version names its commit only if it was taken from one (`Project-Commit`), and the commit may be gone; so this checks
//! what can be checked: where the commit is here and its manifest names a baseline of which upstream versions are here,
//! one of them must be an ancestor. Nothing is said where part of the ancestry is not here.
//!
//! Which upstream versions a version contains is told from the newest of them: every upstream version has one parent at
//! most, itself one, so below each there is a chain. Most versions have the newest one of their parent and share the list.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};

use gix::ObjectId;

use super::{
    code::Code,
    commits::{Commits, Found, Node},
    manifest,
    objects::Objects,
    report::{About, Report},
};
use crate::{
    id::{ArtifactId, ContentHash, VersionId},
    origin::ChangeOrigin,
};

/// So many unrelated newest upstream versions no artifact has; beyond them nothing is said.
const MOST_NEWEST: usize = 64;
/// Manifests of neighbouring commits are kept, not those of a whole history.
const MOST_MANIFESTS: usize = 256;

/// Which upstream versions the versions contain. Places are those of [`Commits::nodes`].
pub(super) struct Upstreams {
    /// For upstream versions: how many are below in their chain, and the one directly below.
    chain: HashMap<usize, (usize, Option<usize>)>,
    /// The newest ones that a version contains; `None` where part of its ancestry is not here.
    newest: Vec<Option<Rc<[usize]>>>,
    contents: HashMap<usize, ContentHash>,
    known: HashSet<(ArtifactId, ContentHash)>,
}

impl Upstreams {
    pub(super) fn of(commits: &Commits<'_>) -> Self {
        let mut upstreams = Upstreams {
            chain: HashMap::new(),
            newest: Vec::with_capacity(commits.nodes.len()),
            contents: HashMap::new(),
            known: HashSet::new(),
        };
        for (place, node) in commits.nodes.iter().enumerate() {
            let newest = match upstreams.place_in_chain(node) {
                Some(link) => {
                    upstreams.add(place, link, node, commits);
                    Some(Rc::from([place]))
                }
                None => upstreams.newest_of_parents(node),
            };
            upstreams.newest.push(newest);
        }
        upstreams
    }

    /// Whether a version holds nothing but upstream content.
    pub(super) fn is_upstream(&self, place: usize) -> bool {
        self.chain.contains_key(&place)
    }

    fn place_in_chain(&self, node: &Node) -> Option<(usize, Option<usize>)> {
        match (node.origin?, node.parents.as_slice()) {
            _ if !node.is_sound() || node.outside => None,
            (ChangeOrigin::Deployment, []) => Some((0, None)),
            (ChangeOrigin::Sync, [parent]) => match parent.found {
                Found::Node(below) => {
                    let (length, _) = self.chain.get(&below)?;
                    Some((length + 1, Some(below)))
                }
                Found::Missing | Found::NoVersion => None,
            },
            _ => None,
        }
    }

    fn add(&mut self, place: usize, link: (usize, Option<usize>), node: &Node, commits: &Commits<'_>) {
        self.chain.insert(place, link);
        if let (Some(tree), Some(artifact)) = (node.tree, commits.artifact_of(node)) {
            let content = ContentHash::from_oid(tree);
            self.contents.insert(place, content);
            self.known.insert((artifact.clone(), content));
        }
    }

    fn newest_of_parents(&self, node: &Node) -> Option<Rc<[usize]>> {
        if !node.is_sound() || node.outside {
            return None;
        }
        let mut all: Vec<usize> = Vec::new();
        for parent in &node.parents {
            let Found::Node(parent) = parent.found else {
                return None;
            };
            let newest = self.newest.get(parent)?.as_ref()?;
            if node.parents.len() == 1 {
                return Some(Rc::clone(newest));
            }
            all.extend(newest.iter());
        }
        all.sort_unstable();
        all.dedup();
        let contained = |one: &usize| all.iter().any(|other| other != one && self.is_below(*one, *other));
        let newest: Vec<usize> = all.iter().copied().filter(|one| !contained(one)).collect();
        (newest.len() <= MOST_NEWEST).then(|| newest.into())
    }

    /// Whether an upstream version stands in the chain below another.
    fn is_below(&self, one: usize, other: usize) -> bool {
        let length = |place: usize| self.chain.get(&place).map_or(0, |(length, _)| *length);
        let goal = length(one);
        let mut at = Some(other);
        while let Some(place) = at.filter(|place| length(*place) > goal) {
            at = self.chain.get(&place).and_then(|(_, below)| *below);
        }
        at == Some(one)
    }

    fn chain_from(&self, place: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(place), |place| self.chain.get(place).and_then(|(_, below)| *below))
    }
}

/// Answers whether versions contain what their commits name.
pub(super) struct Baselines<'a> {
    commits: &'a Commits<'a>,
    upstreams: &'a Upstreams,
    objects: &'a Objects<'a>,
    /// By project commit: its manifest, where it has one that is here.
    commit_manifests: HashMap<ObjectId, Option<ObjectId>>,
    manifests: HashMap<ObjectId, Option<BTreeMap<ArtifactId, ContentHash>>>,
    /// Whether the chain below an upstream version has a content.
    answers: HashMap<(usize, ContentHash), bool>,
}

impl<'a> Baselines<'a> {
    pub(super) fn new(commits: &'a Commits<'a>, upstreams: &'a Upstreams, objects: &'a Objects<'a>) -> Self {
        Baselines {
            commits,
            upstreams,
            objects,
            commit_manifests: HashMap::new(),
            manifests: HashMap::new(),
            answers: HashMap::new(),
        }
    }

    /// Checks every version against the project commit that it names.
    pub(super) fn check(&mut self, report: &mut Report) {
        for (place, node) in self.commits.checked() {
            let (Some(commit), Some(artifact)) = (node.project_commit, self.commits.artifact_of(node)) else {
                continue;
            };
            let Some(baseline) = self.baseline_at(commit.oid(), artifact) else {
                continue;
            };
            if self.contains(place, artifact, baseline) == Some(false) {
                let about = About {
                    artifact: Some(artifact),
                    version: Some(node.id),
                };
                let message = format!(
                    "it was taken from the project commit {commit}, but does not contain its baseline {baseline}"
                );
                report.add(Code::BaselineNotContained, about, message);
            }
        }
    }

    /// Whether a version contains a baseline; `None` where that cannot be told: no upstream version with that content is
    /// here, or part of the version's ancestry is not.
    pub(super) fn contains(&mut self, place: usize, artifact: &ArtifactId, baseline: ContentHash) -> Option<bool> {
        if !self.upstreams.known.contains(&(artifact.clone(), baseline)) {
            return None;
        }
        let newest = self.upstreams.newest[place].as_ref()?;
        Some(newest.iter().any(|upstream| self.chain_has(*upstream, baseline)))
    }

    /// As [`contains`](Self::contains), of a version by its id.
    pub(super) fn version_contains(
        &mut self,
        version: VersionId,
        artifact: &ArtifactId,
        baseline: ContentHash,
    ) -> Option<bool> {
        match self.commits.get(version)? {
            Found::Node(place) => self.contains(place, artifact, baseline),
            Found::Missing | Found::NoVersion => None,
        }
    }

    fn chain_has(&mut self, newest: usize, content: ContentHash) -> bool {
        let upstreams = self.upstreams;
        *self.answers.entry((newest, content)).or_insert_with(|| {
            upstreams
                .chain_from(newest)
                .any(|place| upstreams.contents.get(&place) == Some(&content))
        })
    }

    fn baseline_at(&mut self, commit: ObjectId, artifact: &ArtifactId) -> Option<ContentHash> {
        let objects = self.objects;
        let manifest = *self.commit_manifests.entry(commit).or_insert_with(|| {
            // A commit that cannot be read says nothing, and nothing depends on it.
            manifest::manifest_in(objects, commit).ok().flatten()
        });
        let manifest = manifest?;
        if !self.manifests.contains_key(&manifest) {
            if self.manifests.len() >= MOST_MANIFESTS {
                self.manifests.clear();
            }
            self.manifests
                .insert(manifest, manifest::baselines(self.objects, manifest));
        }
        self.manifests[&manifest].as_ref()?.get(artifact).copied()
    }
}
