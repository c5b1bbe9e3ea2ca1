//! What upstreams have had at a path: read before any attempt, and made comparable with the states of the project.

use std::{collections::HashSet, path::Path, rc::Rc, sync::Arc};

use gix::{
    ObjectId,
    objs::{Kind, tree::EntryKind},
};

use super::{
    super::{
        OperationError,
        arrival::{Found as Place, Upstreams},
    },
    AdoptUpstream,
};
use crate::{
    adoption::{At, Past},
    content::{Content, ContentError, Incoming, Mode, flatten, gate},
    git::{
        GitError, Repo, look_at,
        objects::{Mode as Write, ObjectBatch},
        path_at::Found,
    },
    id::{CommitId, ContentHash},
    project_path::ProjectPath,
    snapshot::{
        SnapshotError,
        source::{SourceSnapshot, of_files},
    },
    upstream::{
        Occurrence, Resolved, Store,
        source::{path_inside, without_credentials},
    },
    version::{Signature, Upstream},
};

/// One upstream, and every state that a path in it has had.
pub(crate) struct Source {
    /// As it is recorded, but for the commit.
    pub(super) upstream: Upstream,
    states: States,
}

enum States {
    /// A plain directory has one: what lies there now.
    Plain(Box<Incoming>),
    Git {
        store: Rc<Store>,
        occurrences: Vec<Occurrence>,
    },
}

/// Reads the upstreams that were named.
pub(crate) fn read(
    repo: &Repo,
    cache: &Path,
    named: &[AdoptUpstream],
    ref_name: Option<&str>,
) -> Result<Vec<Source>, OperationError> {
    let mut upstreams = Upstreams::new(repo, cache);
    let mut sources = Vec::with_capacity(named.len());
    for one in named {
        let path = path_inside(one.from.as_deref().unwrap_or_default()).map_err(Arc::new)?;
        let upstream = Upstream {
            url: Some(without_credentials(&one.source)),
            path: (!path.is_empty()).then(|| path.clone()),
            ..Upstream::default()
        };
        let nothing = || OperationError::NoSource {
            source_path: [without_credentials(&one.source).as_str(), &path].join("/"),
        };
        sources.push(match upstreams.find(&one.source, ref_name)? {
            Place::Plain(top) => {
                let inside = top.join(&path);
                if look_at(&inside)?.is_none() {
                    return Err(nothing());
                }
                Source {
                    upstream,
                    states: States::Plain(Box::new(Incoming::read(&inside)?)),
                }
            }
            Place::Git(store, resolved) => {
                let occurrences = store.past(&resolved, &path).map_err(Arc::new)?;
                if occurrences.is_empty() {
                    return Err(nothing());
                }
                Source {
                    upstream: named_ref(upstream, resolved),
                    states: States::Git { store, occurrences },
                }
            }
        });
    }
    Ok(sources)
}

fn named_ref(upstream: Upstream, resolved: Resolved) -> Upstream {
    Upstream {
        ref_name: Some(resolved.ref_name),
        ..upstream
    }
}

/// A state of upstream as it is compared with the project's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    State(Found),
    /// Like no state of the project: it could not be stored here, or not as upstream's.
    Never(At),
}

impl Source {
    /// How many states there are.
    pub(super) fn len(&self) -> usize {
        match &self.states {
            States::Plain(_) => 1,
            States::Git { occurrences, .. } => occurrences.len(),
        }
    }

    /// Where a state came from, as it is recorded.
    pub(super) fn origin(&self, place: usize) -> Upstream {
        match &self.states {
            States::Plain(_) => self.upstream.clone(),
            States::Git { occurrences, .. } => {
                let Occurrence { commit, path, .. } = &occurrences[place];
                Upstream {
                    path: (!path.is_empty()).then(|| path.clone()),
                    commit: Some(CommitId::from_oid(*commit)),
                    ..self.upstream.clone()
                }
            }
        }
    }

    /// Whether a state is just what the project stores.
    pub(super) fn is_as_stored(&self, place: usize, stored: Found) -> bool {
        match &self.states {
            States::Plain(_) => false,
            States::Git { occurrences, .. } => occurrences[place].found == stored,
        }
    }

    /// Who made a state; a plain directory does not say.
    pub(super) fn author(&self, place: usize) -> Result<Option<Signature>, OperationError> {
        match &self.states {
            States::Plain(_) => Ok(None),
            States::Git { store, occurrences } => {
                let author = store.commit_author(occurrences[place].commit);
                Ok(Some(author.map_err(Arc::new)?))
            }
        }
    }

    /// The files of a state as upstream itself stores them; `None` for a plain directory, and where that says nothing here.
    pub(super) fn files(&self, repo: &Repo, place: usize) -> Result<Option<Content>, OperationError> {
        match &self.states {
            States::Git { store, occurrences } if occurrences[place].found.id.kind() == repo.gix().object_hash() => {
                let Occurrence { commit, path, .. } = &occurrences[place];
                let files = store.files(*commit, Some(path)).map_err(Arc::new)?;
                Ok(files.map(|files| Content::new(files.entries)))
            }
            _ => Ok(None),
        }
    }

    /// A state as the project would store it at `path`; its objects go to the batch.
    pub(super) fn take_in(
        &self,
        repo: &Repo,
        place: usize,
        path: &ProjectPath,
        batch: &mut ObjectBatch<'_>,
    ) -> Result<SourceSnapshot, OperationError> {
        let incoming = match &self.states {
            States::Plain(incoming) => (**incoming).clone(),
            States::Git { store, occurrences } => {
                let Occurrence { commit, path, .. } = &occurrences[place];
                let files = store.files(*commit, Some(path)).map_err(Arc::new)?;
                let missing = || GitError::MissingObject { id: commit.to_string() };
                store.load(&files.ok_or_else(missing)?).map_err(Arc::new)?
            }
        };
        Ok(of_files(repo, incoming, path, batch)?)
    }

    /// Fetches the files of several states in one go.
    pub(super) fn prefetch(&self, places: &[usize]) -> Result<(), OperationError> {
        if let States::Git { store, occurrences } = &self.states {
            let wanted: Vec<(ObjectId, &str)> = places
                .iter()
                .map(|place| (occurrences[*place].commit, occurrences[*place].path.as_str()))
                .collect();
            store.load_ahead(&wanted).map_err(Arc::new)?;
        }
        Ok(())
    }

    /// The states, to be compared with those of `past`. Where upstream's own form is one of the project's states, that is
    /// it; else, if the project may store other bytes than upstream, the form that it would store.
    pub(super) fn keys(
        &self,
        repo: &Repo,
        number: usize,
        path: &ProjectPath,
        past: &Past,
    ) -> Result<Vec<Key>, OperationError> {
        let never = |place| Key::Never(At { source: number, place });
        let states: HashSet<Found> = past.states.iter().map(|state| state.found).collect();
        let known = |key: Found| states.contains(&key);
        let own: Vec<Option<Found>> = match &self.states {
            States::Plain(_) => vec![None],
            States::Git { occurrences, .. } => {
                let own = occurrences.iter().map(|occurrence| occurrence.found);
                own.map(|found| (found.id.kind() == repo.gix().object_hash()).then_some(found))
                    .collect()
            }
        };
        let unknown: Vec<usize> = (0..self.len())
            .filter(|place| !own[*place].is_some_and(known))
            .collect();
        let converts = own.iter().any(Option::is_none) || self.may_be_converted(repo, path)?;
        if converts {
            self.prefetch(&unknown)?;
        }
        let mut keys: Vec<Key> = Vec::with_capacity(self.len());
        for (place, found) in own.into_iter().enumerate() {
            let key = match found {
                Some(found) if known(found) || !converts => Key::State(found),
                _ => match self.take_in(repo, place, path, &mut repo.batch(Write::Ids)) {
                    Ok(stored) => stored_key(&stored).map_or_else(|| never(place), Key::State),
                    // What the project would refuse is none of its states.
                    Err(OperationError::Snapshot(_) | OperationError::Content(_)) => never(place),
                    Err(error) => return Err(error),
                },
            };
            keys.push(key);
        }
        Ok(keys)
    }

    /// Whether the project's settings or attributes, or upstream's, could make other bytes of upstream's.
    fn may_be_converted(&self, repo: &Repo, path: &ProjectPath) -> Result<bool, OperationError> {
        let converts_line_ends = repo
            .config_string("core.autocrlf")
            .is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "" | "false" | "no" | "off" | "0"));
        if converts_line_ends || crate::snapshot::filters::has_attributes(repo, path)? {
            return Ok(true);
        }
        let is_attributes = |name: &[u8]| name.ends_with(b".gitattributes");
        let newest = self.files(repo, self.len().saturating_sub(1))?;
        Ok(newest.is_some_and(|files| files.entries().iter().any(|entry| is_attributes(&entry.path))))
    }
}

/// What a state would be in a tree of the project.
fn stored_key(stored: &SourceSnapshot) -> Option<Found> {
    if !stored.single_file {
        return Some(Found {
            kind: EntryKind::Tree,
            id: stored.snapshot.hash.oid(),
        });
    }
    let file = stored.snapshot.content.entries().first()?;
    Some(Found {
        kind: match file.mode {
            Mode::File => EntryKind::Blob,
            Mode::Executable => EntryKind::BlobExecutable,
            Mode::Symlink => EntryKind::Link,
        },
        id: file.id,
    })
}

/// Why a state of the project must not be called upstream's, though upstream has it too; `None` if it may.
pub(super) fn refusal(repo: &Repo, found: Found, content: ContentHash) -> Result<Option<String>, OperationError> {
    if found.kind == EntryKind::Link {
        return Ok(Some("it is a symbolic link".to_owned()));
    }
    if found.kind != EntryKind::Tree {
        return Ok(None);
    }
    let read = &mut |tree| repo.read_kind(tree, Kind::Tree).map_err(OperationError::from);
    let entries = flatten(content.oid(), read)?;
    if entries.iter().all(|entry| entry.mode != Mode::Symlink) {
        return Ok(None);
    }
    let target = &mut |entry: &crate::content::Entry| repo.read_kind(entry.id, Kind::Blob).map_err(SnapshotError::from);
    match gate::check_entries(&entries, target, gate::GateOptions::default()) {
        Ok(()) => Ok(None),
        Err(SnapshotError::Content(refused @ ContentError::Refused { .. })) => Ok(Some(refused.to_string())),
        Err(error) => Err(error.into()),
    }
}
