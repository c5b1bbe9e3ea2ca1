//! [`Past`]: every state of a path along the first parents of a commit.
//!
//! As `git log --first-parent -- <path>` finds them, except that renames of the whole path are followed and that a state
//! equal to the one before is none of its own. Where the path was gone for a while, its states before that count too.

use std::collections::HashMap;

use gix::{
    ObjectId,
    objs::{Kind, tree::EntryKind},
};

use super::{
    AdoptionError,
    objects::Objects,
    renames::{Step, came_from},
};
use crate::{
    git::{
        GitError, Repo,
        light_commits::{LightCommit, LightCommits},
        path_at::{Found, PathAt},
    },
    id::{ArtifactId, CommitId},
    manifest::{MANIFEST_FILE, Manifest},
    project::history::{History, ProjectContent},
    project_path::ProjectPath,
};

/// One state.
#[derive(Debug)]
pub(crate) struct State {
    /// The commit that made it so.
    pub(crate) commit: ObjectId,
    /// Where it stood then.
    pub(crate) path: ProjectPath,
    /// As it stands in the commit's tree.
    pub(crate) found: Found,
    pub(crate) content: ProjectContent,
    /// The objects that no later state holds.
    pub(crate) objects: Vec<ObjectId>,
}

/// Why a past does not reach further back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PastBeginning {
    /// There was nothing before.
    Nothing,
    /// The manifest of the commit before the first state names the artifact with a baseline: that is another lineage.
    Tracked {
        /// That commit of the project.
        commit: CommitId,
    },
    /// What stood there before the first state can be no version.
    NoVersion {
        /// The commit of the project that made it so.
        commit: CommitId,
        /// Why it can be none.
        reason: String,
    },
}

/// The states of a path, oldest first; at least one.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) states: Vec<State>,
    pub(crate) beginning: PastBeginning,
}

/// A commit that changed what stands at the path.
struct Change {
    commit: ObjectId,
    path: ProjectPath,
    found: Found,
}

impl Past {
    /// The past of what `head` holds at `path`, up to where a manifest names `id`.
    ///
    /// # Errors
    /// [`AdoptionError::NotCommitted`], [`AdoptionError::Shallow`], [`AdoptionError::StillTracked`],
    /// [`AdoptionError::NoVersion`].
    pub(crate) fn of(
        repo: &Repo,
        history: &History<'_>,
        head: ObjectId,
        id: &ArtifactId,
        path: &ProjectPath,
    ) -> Result<Self, AdoptionError> {
        let (changes, mut beginning) = changes(repo, history, head, id, path)?;
        let mut objects = Objects::default();
        let mut states: Vec<State> = Vec::with_capacity(changes.len());
        // Newest first: what cannot be a version ends the past.
        for change in changes {
            let made = match objects.of(repo, change.found)? {
                Ok(objects) => objects,
                Err(reason) if states.is_empty() => {
                    let path = path.clone();
                    return Err(AdoptionError::NoVersion { path, reason });
                }
                Err(reason) => {
                    beginning = PastBeginning::NoVersion {
                        commit: CommitId::from_oid(change.commit),
                        reason,
                    };
                    break;
                }
            };
            let content = content(repo, &change)?;
            match states.last_mut().filter(|later| later.content.hash == content.hash) {
                // The state began earlier.
                Some(later) => {
                    later.commit = change.commit;
                    later.path = change.path;
                    later.objects.extend(made);
                }
                None => states.push(State {
                    commit: change.commit,
                    path: change.path,
                    found: change.found,
                    content,
                    objects: made,
                }),
            }
        }
        states.reverse();
        Ok(Past { states, beginning })
    }
}

/// The commits that changed what stands at the path, newest first.
fn changes(
    repo: &Repo,
    history: &History<'_>,
    head: ObjectId,
    id: &ArtifactId,
    path: &ProjectPath,
) -> Result<(Vec<Change>, PastBeginning), AdoptionError> {
    let mut commits = LightCommits::new(repo);
    let mut tracked = Tracked::new(id);
    let (mut path, mut place) = (path.clone(), PathAt::new(path.as_str().as_bytes()));
    let mut at = head;
    let mut commit = commits.get(at)?;
    let mut here = look(repo, &mut place, &commit)?;
    if here.is_none() {
        return Err(AdoptionError::NotCommitted { path });
    }
    if tracked.by(repo, commit.tree)?.is_some() {
        return Err(AdoptionError::StillTracked { id: id.clone() });
    }
    let mut changes = Vec::new();
    loop {
        let change = |found: Found, path: &ProjectPath| Change {
            commit: at,
            path: path.clone(),
            found,
        };
        let Some(&parent) = commit.parents.first() else {
            changes.extend(here.map(|found| change(found, &path)));
            return Ok((changes, PastBeginning::Nothing));
        };
        let before = match commits.get(parent) {
            Err(GitError::MissingObject { .. }) => {
                let commit = CommitId::from_oid(at);
                return Err(AdoptionError::Shallow { path, commit });
            }
            before => before?,
        };
        if tracked.by(repo, before.tree)? == Some(Naming::WithBaseline) {
            changes.extend(here.map(|found| change(found, &path)));
            let commit = CommitId::from_oid(parent);
            return Ok((changes, PastBeginning::Tracked { commit }));
        }
        let mut there = look(repo, &mut place, &before)?;
        if let Some(found) = here.filter(|_| here != there) {
            changes.push(change(found, &path));
            if there.is_none() {
                let step = Step {
                    before: (parent, before.tree),
                    after: (at, commit.tree),
                };
                if let Some(old) = came_from(repo, history, &step, &path, found)? {
                    place = PathAt::new(old.as_str().as_bytes());
                    path = old;
                    there = look(repo, &mut place, &before)?;
                }
            }
        }
        (at, commit, here) = (parent, before, there);
    }
}

/// A submodule is another repository's content, and a directory without files none.
fn look(repo: &Repo, place: &mut PathAt, commit: &LightCommit) -> Result<Option<Found>, GitError> {
    let found = place.at(repo, commit.tree)?;
    Ok(found.filter(|found| found.kind != EntryKind::Commit && found.id != ObjectId::empty_tree(found.id.kind())))
}

/// The content hash, and for a single file the tree object around it.
fn content(repo: &Repo, change: &Change) -> Result<ProjectContent, GitError> {
    if change.found.kind == EntryKind::Tree {
        return Ok(ProjectContent::of_directory(change.found.id));
    }
    let name = change.path.file_name();
    ProjectContent::of_file(repo.gix().object_hash(), name, change.found.kind, change.found.id)
}

/// How a manifest names an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    WithoutBaseline,
    WithBaseline,
}

/// Whether the manifests of commits name an artifact. One that cannot be read names nothing.
struct Tracked<'i> {
    id: &'i ArtifactId,
    place: PathAt,
    known: HashMap<ObjectId, Option<Naming>>,
}

impl<'i> Tracked<'i> {
    fn new(id: &'i ArtifactId) -> Self {
        Tracked {
            id,
            place: PathAt::new(MANIFEST_FILE.as_bytes()),
            known: HashMap::new(),
        }
    }

    fn by(&mut self, repo: &Repo, tree: ObjectId) -> Result<Option<Naming>, GitError> {
        let Some(manifest) = self.place.at(repo, tree)? else {
            return Ok(None);
        };
        if let Some(known) = self.known.get(&manifest.id) {
            return Ok(*known);
        }
        let naming = match manifest.kind {
            EntryKind::Blob | EntryKind::BlobExecutable => {
                let parsed = Manifest::parse(&repo.read_kind(manifest.id, Kind::Blob)?).ok();
                let baseline = parsed.and_then(|parsed| parsed.get(self.id).map(|entry| entry.baseline));
                baseline.map(|baseline| match baseline {
                    Some(_) => Naming::WithBaseline,
                    None => Naming::WithoutBaseline,
                })
            }
            _ => None,
        };
        self.known.insert(manifest.id, naming);
        Ok(naming)
    }
}
