//! From the states of a past to versions.

use gix::objs::tree::EntryKind;

use super::{
    super::{OperationError, planner::Planner},
    AdoptedVersion, Unproven,
    merges::Merges,
    sources::{Key, Source, refusal},
};
use crate::{
    adoption::{At, Past, Verdict, classify},
    id::{ArtifactId, CommitId, ContentHash, VersionId},
    origin::ChangeOrigin,
    progress::ProgressStage,
    project::{history::ProjectCommit, walk::project_summary},
    project_path::ProjectPath,
    version::{Upstream, commit::NewVersion},
};

/// A version, and its content.
type Node = (VersionId, ContentHash);

/// What the states are, and what cannot be said of some of them.
struct Judged {
    verdicts: Vec<Verdict>,
    unproven: Vec<Option<Unproven>>,
}

/// The versions of an artifact, and what was last taken from upstream.
pub(super) struct Planned {
    pub(super) versions: Vec<AdoptedVersion>,
    /// Where from, and the content as the project stores it.
    pub(super) base: Option<(Upstream, ContentHash)>,
}

/// Plans the versions of a past.
pub(super) fn plan(
    planner: &mut Planner<'_>,
    id: &ArtifactId,
    path: &ProjectPath,
    past: &Past,
    sources: &[Source],
) -> Result<Planned, OperationError> {
    let judged = judge(planner, path, past, sources)?;
    let mut chain = Chain {
        planner,
        id,
        sources,
        versions: Vec::with_capacity(past.states.len()),
        head: None,
        base: None,
    };
    let total = past.states.len();
    for number in 0..total {
        let repo = chain.planner.repo;
        repo.progress().step(ProgressStage::Adopting, number, Some(total));
        chain.add(past, number, &judged)?;
    }
    let base = chain.base.take().map(|base| {
        let source = &sources[base.at.source];
        let from = source.origin(base.at.place);
        // The path that was named: where it is now, wherever it was then.
        let path = source.upstream.path.clone();
        (Upstream { path, ..from }, base.node.1)
    });
    Ok(Planned {
        versions: chain.versions,
        base,
    })
}

fn judge(
    planner: &mut Planner<'_>,
    path: &ProjectPath,
    past: &Past,
    sources: &[Source],
) -> Result<Judged, OperationError> {
    let count = past.states.len();
    if sources.is_empty() {
        return Ok(Judged {
            verdicts: vec![Verdict::Unknown; count],
            unproven: vec![None; count],
        });
    }
    let repo = planner.repo;
    let mut keys = Vec::with_capacity(sources.len());
    for (number, source) in sources.iter().enumerate() {
        keys.push(source.keys(repo, number, path, past)?);
    }
    let mut unproven: Vec<Option<Unproven>> = vec![None; count];
    for (number, state) in past.states.iter().enumerate() {
        let key = Key::State(state.found);
        if keys.iter().all(|source| !source.contains(&key)) {
            continue;
        }
        if let Some(reason) = refusal(repo, state.found, state.content.hash)? {
            for (source, keys) in keys.iter_mut().enumerate() {
                for (place, other) in keys.iter_mut().enumerate().filter(|(_, other)| **other == key) {
                    *other = Key::Never(At { source, place });
                }
            }
            unproven[number] = Some(Unproven::Refused { reason });
        }
    }
    let states: Vec<Key> = past.states.iter().map(|state| Key::State(state.found)).collect();
    let mut merges = Merges::new(sources, past);
    let verdicts = classify(&states, &keys, &mut |question| merges.prove(planner, question))?;
    for (number, verdict) in verdicts.iter().enumerate() {
        let reason = &mut unproven[number];
        match verdict {
            Verdict::Unknown if reason.is_none() => *reason = Some(Unproven::BeforeUpstream),
            Verdict::Local if reason.is_none() => {
                let not_all = merges.not_all.get(&number);
                *reason = not_all.map(|(tried, later)| Unproven::NotAllTried {
                    tried: *tried,
                    later: *later,
                });
            }
            _ => {}
        }
    }
    Ok(Judged { verdicts, unproven })
}

/// What was last taken from upstream.
struct Base {
    at: At,
    node: Node,
}

/// The versions so far.
struct Chain<'c, 'p> {
    planner: &'c mut Planner<'p>,
    id: &'c ArtifactId,
    sources: &'c [Source],
    versions: Vec<AdoptedVersion>,
    head: Option<Node>,
    base: Option<Base>,
}

impl Chain<'_, '_> {
    fn add(&mut self, past: &Past, number: usize, judged: &Judged) -> Result<(), OperationError> {
        let state = &past.states[number];
        let commit = self.planner.walk.history.commit(state.commit)?;
        let verdict = self.after_a_new_name(past, number, judged.verdicts[number]);
        let mut parents: Vec<Node> = self.head.into_iter().collect();
        let mut upstream = None;
        let origin = match verdict {
            Verdict::Unknown => None,
            Verdict::Local => Some(ChangeOrigin::LocalModification),
            Verdict::Upstream(at) => {
                upstream = Some(self.origin(at, past, number)?);
                Some(match self.base {
                    None => ChangeOrigin::Deployment,
                    Some(_) => ChangeOrigin::Sync,
                })
            }
            Verdict::BroughtIn(at) => {
                let (node, from) = self.add_upstream(at, past, number, &commit)?;
                parents.push(node);
                self.base = Some(Base { at, node });
                upstream = Some(from);
                Some(ChangeOrigin::Sync)
            }
        };
        let new = NewVersion {
            origin,
            upstream,
            ..self.version(past, number, &commit, state.content.hash, parents)
        };
        let (version, recorded) = self
            .planner
            .add_taken(&new, state.content.tree_object.as_deref(), &state.objects)?;
        let node = (version.version_id, version.content_hash);
        self.head = Some(node);
        if let Verdict::Upstream(at) = verdict {
            self.base = Some(Base { at, node });
        }
        self.versions.push(AdoptedVersion {
            version,
            recorded,
            unproven: judged.unproven[number].clone(),
        });
        Ok(())
    }

    /// A single file under a new name is another content, also on upstream's side: what was taken from there is taken once
    /// more.
    fn after_a_new_name(&self, past: &Past, number: usize, verdict: Verdict) -> Verdict {
        let state = &past.states[number];
        let renamed = number
            .checked_sub(1)
            .map(|before| &past.states[before])
            .is_some_and(|before| {
                state.found.kind != EntryKind::Tree
                    && before.found.kind != EntryKind::Tree
                    && before.path.file_name() != state.path.file_name()
            });
        match (&self.base, verdict) {
            (Some(base), Verdict::Local) if renamed => {
                let unchanged = past.states[number - 1].found == state.found;
                if unchanged && self.head == Some(base.node) {
                    Verdict::Upstream(base.at)
                } else {
                    Verdict::BroughtIn(base.at)
                }
            }
            _ => verdict,
        }
    }

    /// A version of upstream's own state, to be merged with what is here.
    fn add_upstream(
        &mut self,
        at: At,
        past: &Past,
        number: usize,
        commit: &ProjectCommit,
    ) -> Result<(Node, Upstream), OperationError> {
        let (source, state) = (&self.sources[at.source], &past.states[number]);
        let repo = self.planner.repo;
        let taken = source.take_in(repo, at.place, &state.path, &mut self.planner.batch)?;
        let from = Upstream {
            tree: taken.own_tree,
            ..source.origin(at.place)
        };
        let parents: Vec<Node> = self.base.iter().map(|base| base.node).collect();
        let (origin, summary) = match self.base {
            None => (ChangeOrigin::Deployment, format!("Deploy {}", self.id)),
            Some(_) => (ChangeOrigin::Sync, format!("Sync {}", self.id)),
        };
        let new = NewVersion {
            origin: Some(origin),
            author: source.author(at.place)?.unwrap_or_else(|| commit.author.clone()),
            summary,
            upstream: Some(from.clone()),
            ..self.version(past, number, commit, taken.snapshot.hash, parents)
        };
        let (version, recorded) = self.planner.add_taken(&new, None, &[])?;
        let node = (version.version_id, version.content_hash);
        self.versions.push(AdoptedVersion {
            version,
            recorded,
            unproven: None,
        });
        Ok((node, from))
    }

    /// Where a state came from that is upstream's.
    fn origin(&self, at: At, past: &Past, number: usize) -> Result<Upstream, OperationError> {
        let (source, state) = (&self.sources[at.source], &past.states[number]);
        let from = source.origin(at.place);
        if source.is_as_stored(at.place, state.found) {
            return Ok(from);
        }
        let repo = self.planner.repo;
        let mut looking = repo.batch(crate::git::objects::Mode::Ids);
        let taken = source.take_in(repo, at.place, &state.path, &mut looking)?;
        Ok(Upstream {
            tree: taken.own_tree,
            ..from
        })
    }

    /// A version taken from a commit, of unknown origin.
    fn version(
        &self,
        past: &Past,
        number: usize,
        commit: &ProjectCommit,
        content: ContentHash,
        parents: Vec<Node>,
    ) -> NewVersion {
        NewVersion {
            artifact_id: self.id.clone(),
            content,
            parents,
            origin: None,
            author: commit.author.clone(),
            committer: commit.committer.clone(),
            summary: project_summary(commit, self.id),
            body: None,
            upstream: None,
            project_commit: Some(CommitId::from_oid(past.states[number].commit)),
        }
    }
}
