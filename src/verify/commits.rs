//! [`Commits`]: every commit that a ref of versions reaches, each read once, parents before their children.
//!
//! What cannot be read is kept as damage and gone on past; what shows only beside other things is found by
//! [`rules`](super::rules) and the other checks, which all work on the [`Node`]s here. A node is small: the words of a version are
//! kept as a fingerprint, enough to see whether the sidecar says the same.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use gix::{ObjectId, objs::Kind};

use super::objects::{Fault, Objects};
use crate::{
    id::{ArtifactId, CommitId, ContentHash, VersionId},
    origin::ChangeOrigin,
    progress::ProgressStage,
    version::{
        ArtifactVersion, Damage,
        commit::{self, Examined, ParsedVersion},
    },
};

/// One version, or what should be one.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: VersionId,
    /// Its artifact's place in [`Commits::artifacts`].
    artifact: Option<usize>,
    pub(super) tree: Option<ObjectId>,
    pub(super) parents: Vec<Parent>,
    pub(super) parent_hash: Option<ContentHash>,
    pub(super) origin: Option<ChangeOrigin>,
    pub(super) project_commit: Option<CommitId>,
    pub(super) format: u32,
    /// Stands for all that the commit says; `None` where it is damaged.
    pub(super) fingerprint: Option<u64>,
    /// Of an artifact that was not asked for, or checked before: neither checked nor gone below.
    pub(super) outside: bool,
}

/// One parent of a version.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parent {
    pub(super) id: VersionId,
    pub(super) found: Found,
}

/// What stands under an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A version, by its place in [`Commits::nodes`].
    Node(usize),
    /// Nothing.
    Missing,
    /// Something that is not meant to be a version, see [`Commits::why_no_version`].
    NoVersion,
}

/// The commits found so far.
pub(super) struct Commits<'a> {
    objects: &'a Objects<'a>,
    /// The artifacts asked for; `None` stands for all.
    asked: Option<HashSet<ArtifactId>>,
    /// Versions that were checked before: they are outside, whatever their artifact.
    settled: HashSet<ObjectId>,
    /// Parents before their children.
    pub(super) nodes: Vec<Node>,
    pub(super) artifacts: Vec<ArtifactId>,
    artifact_places: HashMap<ArtifactId, usize>,
    found: HashMap<ObjectId, Found>,
    damage: HashMap<VersionId, Vec<Damage>>,
    buffer: Vec<u8>,
}

enum Step {
    Enter { id: ObjectId, expected: Option<usize> },
    Leave(Node),
}

impl<'a> Commits<'a> {
    pub(super) fn new(objects: &'a Objects<'a>, asked: &[ArtifactId]) -> Self {
        Commits {
            objects,
            asked: (!asked.is_empty()).then(|| asked.iter().cloned().collect()),
            settled: HashSet::new(),
            nodes: Vec::new(),
            artifacts: Vec::new(),
            artifact_places: HashMap::new(),
            found: HashMap::new(),
            damage: HashMap::new(),
            buffer: Vec::new(),
        }
    }

    /// Leaves out these versions and what is below them.
    pub(super) fn without(mut self, settled: HashSet<ObjectId>) -> Self {
        self.settled = settled;
        self
    }

    /// Whether everything is to be checked, not only some artifacts.
    pub(super) fn all_asked(&self) -> bool {
        self.asked.is_none()
    }

    /// Whether this artifact is to be checked.
    pub(super) fn is_asked(&self, artifact: &ArtifactId) -> bool {
        self.asked.as_ref().is_none_or(|asked| asked.contains(artifact))
    }

    /// Whether one of those that `is_meant` holds for is to be checked.
    pub(super) fn any_asked(&self, is_meant: impl Fn(&ArtifactId) -> bool) -> bool {
        self.asked.as_ref().is_none_or(|asked| asked.iter().any(is_meant))
    }

    /// The versions to check, parents before their children, with their places.
    pub(super) fn checked(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate().filter(|(_, node)| !node.outside)
    }

    pub(super) fn artifact_of(&self, node: &Node) -> Option<&ArtifactId> {
        node.artifact.map(|place| &self.artifacts[place])
    }

    pub(super) fn get(&self, id: VersionId) -> Option<Found> {
        self.found.get(&id.oid()).copied()
    }

    /// What is wrong with a version by itself.
    pub(super) fn damage_of(&self, id: VersionId) -> &[Damage] {
        self.damage.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Why what stands under this id is no version: not a commit, or one without any of the trailers.
    pub(super) fn why_no_version(&self, id: VersionId) -> &[Damage] {
        self.damage_of(id)
    }

    /// Reads what a ref points to and everything below it. `expected` is the artifact that the ref is about.
    pub(super) fn visit(&mut self, tip: ObjectId, expected: Option<&ArtifactId>) -> Found {
        let expected = expected.map(|artifact| self.place_of(artifact));
        let mut steps = vec![Step::Enter { id: tip, expected }];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter { id, expected } => self.enter(id, expected, &mut steps),
                Step::Leave(mut node) => {
                    for parent in &mut node.parents {
                        parent.found = self.found[&parent.id.oid()];
                    }
                    self.found.insert(node.id.oid(), Found::Node(self.nodes.len()));
                    self.nodes.push(node);
                    let reporter = self.objects.repo.progress();
                    reporter.step(ProgressStage::ReadingVersions, self.nodes.len(), None);
                }
            }
        }
        self.found[&tip]
    }

    fn enter(&mut self, id: ObjectId, expected: Option<usize>, steps: &mut Vec<Step>) {
        if self.found.contains_key(&id) {
            return;
        }
        // Until it is left. Nobody asks meanwhile: ids are hashes that were checked, so there are no circles.
        self.found.insert(id, Found::Missing);
        let Some(mut node) = self.read(id, expected) else {
            return;
        };
        node.outside = match self.artifact_of(&node) {
            _ if self.settled.contains(&id) => true,
            Some(artifact) => !self.is_asked(artifact),
            None => !self.all_asked(),
        };
        if node.outside {
            node.parents.clear();
        }
        let expected = node.artifact;
        let parents: Vec<ObjectId> = node.parents.iter().map(|parent| parent.id.oid()).collect();
        steps.push(Step::Leave(node));
        let parents = parents.into_iter().rev();
        steps.extend(parents.map(|id| Step::Enter { id, expected }));
    }

    /// Reads a commit; `None` if there is no version under this id, which then is noted.
    fn read(&mut self, id: ObjectId, expected: Option<usize>) -> Option<Node> {
        let version_id = VersionId::from_oid(id);
        let mut buffer = std::mem::take(&mut self.buffer);
        let read = self.objects.read(id, &mut buffer);
        let hash = self.objects.repo.hash_kind();
        let node = match read {
            Err(Fault::Missing) => None,
            Err(Fault::Corrupt(message)) => {
                self.damage.insert(version_id, vec![Damage::Unreadable { message }]);
                Some(damaged(version_id, expected, Examined::default()))
            }
            Ok(Kind::Commit) => match commit::parse(version_id, &buffer, hash) {
                Ok(parsed) => Some(self.sound(parsed)),
                Err(_) => self.examined(version_id, commit::examine(&buffer, hash), expected),
            },
            Ok(kind) => {
                let kind = kind.to_string();
                self.no_version(version_id, vec![Damage::NotACommit { kind }]);
                None
            }
        };
        self.buffer = buffer;
        node
    }

    fn examined(&mut self, id: VersionId, mut examined: Examined, expected: Option<usize>) -> Option<Node> {
        let damage = std::mem::take(&mut examined.damage);
        if !examined.of_a_version {
            self.no_version(id, damage);
            return None;
        }
        self.damage.insert(id, damage);
        let artifact = examined.trailers.artifact_id.as_ref().map(|id| self.place_of(id));
        Some(damaged(id, artifact.or(expected), examined))
    }

    fn no_version(&mut self, id: VersionId, why: Vec<Damage>) {
        self.found.insert(id.oid(), Found::NoVersion);
        self.damage.insert(id, why);
    }

    fn sound(&mut self, parsed: ParsedVersion) -> Node {
        let version = parsed.version;
        Node {
            id: version.version_id,
            artifact: Some(self.place_of(&version.artifact_id)),
            tree: Some(version.content_hash.oid()),
            parents: version.parent_ids.iter().copied().map(Parent::to_be_found).collect(),
            parent_hash: version.parent_hash,
            origin: version.change_origin,
            project_commit: version.project_commit,
            format: parsed.format,
            fingerprint: Some(fingerprint(&version)),
            outside: false,
        }
    }

    fn place_of(&mut self, artifact: &ArtifactId) -> usize {
        if let Some(place) = self.artifact_places.get(artifact) {
            return *place;
        }
        let place = self.artifacts.len();
        self.artifacts.push(artifact.clone());
        self.artifact_places.insert(artifact.clone(), place);
        place
    }
}

fn damaged(id: VersionId, artifact: Option<usize>, examined: Examined) -> Node {
    let parents = examined.parents.into_iter().map(VersionId::from_oid);
    Node {
        id,
        artifact,
        tree: examined.tree,
        parents: parents.map(Parent::to_be_found).collect(),
        parent_hash: examined.trailers.parent_hash,
        origin: examined.trailers.change_origin,
        project_commit: None,
        format: crate::version::trailers::FORMAT,
        fingerprint: None,
        outside: false,
    }
}

impl Parent {
    fn to_be_found(id: VersionId) -> Self {
        Parent {
            id,
            found: Found::Missing,
        }
    }
}

impl Node {
    /// Whether nothing is wrong with the commit by itself.
    pub(super) fn is_sound(&self) -> bool {
        self.fingerprint.is_some()
    }

    /// Whether a parent is not here.
    pub(super) fn is_orphan(&self) -> bool {
        self.parents.iter().any(|parent| parent.found == Found::Missing)
    }
}

/// A number that stands for all that a commit says of its version. Whether that is an orphan the commit does not say.
pub(super) fn fingerprint(version: &ArtifactVersion) -> u64 {
    let mut hasher = DefaultHasher::new();
    let ArtifactVersion {
        version_id,
        artifact_id,
        content_hash,
        parent_hash,
        parent_ids,
        change_origin,
        created_at,
        author,
        summary,
        upstream,
        project_commit,
        orphan: _,
    } = version;
    (version_id, artifact_id, content_hash, parent_hash, parent_ids).hash(&mut hasher);
    (change_origin, created_at, author, summary, upstream, project_commit).hash(&mut hasher);
    hasher.finish()
}
