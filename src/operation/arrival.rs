//! What upstream has now, read before anything is attempted: an attempt may be made many times, the network is asked once.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    rc::Rc,
    sync::Arc,
};

use super::OperationError;
use crate::{
    content::Incoming,
    git::{Repo, look_at},
    id::{ArtifactId, CommitId},
    upstream::{
        Before, Cache, Moved, Resolved, Store, UpstreamError,
        source::{Source, path_inside, without_credentials},
    },
    version::{Signature, Upstream},
};

/// Content that came from upstream, and what is recorded of where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(super) incoming: Incoming,
    pub(super) upstream: Upstream,
    /// Who made it there; a plain directory does not say.
    pub(super) author: Option<Signature>,
}

/// What a source is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// As it was typed or as the manifest has it.
    pub(super) source: &'a str,
    pub(super) path: Option<&'a str>,
}

/// The upstreams that a command has to do with. Each ref is asked for once and each commit fetched once, however many
/// artifacts come from there.
pub(super) struct Upstreams<'a> {
    repo: &'a Repo,
    cache: Cache,
    stores: HashMap<String, Rc<Store>>,
    refs: BTreeMap<(String, Option<String>), Result<Resolved, Arc<UpstreamError>>>,
    fetched: HashMap<(String, CommitId), Result<(), Arc<UpstreamError>>>,
}

/// A source that exists.
pub(super) enum Found {
    /// A plain directory or file, and the path inside it.
    Plain(std::path::PathBuf),
    /// A commit of a git repository.
    Git(Rc<Store>, Resolved),
}

impl<'a> Upstreams<'a> {
    pub(super) fn new(repo: &'a Repo, cache: &Path) -> Self {
        Upstreams {
            repo,
            cache: Cache::new(cache),
            stores: HashMap::new(),
            refs: BTreeMap::new(),
            fetched: HashMap::new(),
        }
    }

    /// Finds a source, and for a git upstream which commit its ref leads to now. Nothing is fetched yet.
    pub(super) fn find(&mut self, source: &str, ref_name: Option<&str>) -> Result<Found, OperationError> {
        let found = Source::find(self.repo.work_tree()?, source).map_err(Arc::new)?;
        let url = match found {
            None => {
                return Err(OperationError::NoSource {
                    source_path: without_credentials(source),
                });
            }
            Some(Source::Plain(path)) => return Ok(Found::Plain(path)),
            Some(Source::Git(url)) => url,
        };
        let store = Rc::clone(
            self.stores
                .entry(source.to_owned())
                .or_insert_with(|| Rc::new(self.cache.store(&url))),
        );
        let resolved = self
            .refs
            .entry((source.to_owned(), ref_name.map(str::to_owned)))
            .or_insert_with(|| store.resolve(ref_name).map_err(Arc::new));
        Ok(Found::Git(store, resolved.clone()?))
    }

    /// Makes the commit available in the cache.
    pub(super) fn fetch(&mut self, store: &Store, resolved: &Resolved) -> Result<(), OperationError> {
        let key = (store.url().to_owned(), CommitId::from_oid(resolved.commit));
        let fetched = self
            .fetched
            .entry(key)
            .or_insert_with(|| store.fetch(resolved).map_err(Arc::new));
        Ok(fetched.clone()?)
    }

    /// Reads what stands at a path of a source; `None` if nothing does.
    pub(super) fn read(&mut self, found: &Found, wanted: Wanted<'_>) -> Result<Option<Arrival>, OperationError> {
        let upstream = Upstream {
            url: Some(without_credentials(wanted.source)),
            path: wanted.path.map(str::to_owned),
            ..Upstream::default()
        };
        let arrival = match found {
            Found::Plain(top) => {
                let inside = match wanted.path {
                    None => top.clone(),
                    Some(path) => top.join(path_inside(path).map_err(Arc::new)?),
                };
                if look_at(&inside)?.is_none() {
                    return Ok(None);
                }
                Arrival {
                    incoming: Incoming::read(&inside)?,
                    upstream,
                    author: None,
                }
            }
            Found::Git(store, resolved) => {
                self.fetch(store, resolved)?;
                let Some(files) = store.files(resolved.commit, wanted.path).map_err(Arc::new)? else {
                    return Ok(None);
                };
                Arrival {
                    incoming: store.load(&files).map_err(Arc::new)?,
                    upstream: Upstream {
                        ref_name: Some(resolved.ref_name.clone()),
                        commit: Some(CommitId::from_oid(resolved.commit)),
                        ..upstream
                    },
                    author: Some(store.commit_author(resolved.commit).map_err(Arc::new)?),
                }
            }
        };
        if arrival.incoming.files.is_empty() {
            return Err(OperationError::EmptySource {
                source_path: without_credentials(wanted.source),
            });
        }
        Ok(Some(arrival))
    }

    /// The paths inside a source that match a pattern.
    pub(super) fn expand(&mut self, found: &Found, pattern: &str) -> Result<Vec<String>, OperationError> {
        match found {
            Found::Plain(top) => Ok(crate::upstream::expand_directory(top, pattern).map_err(Arc::new)?),
            Found::Git(store, resolved) => {
                self.fetch(store, resolved)?;
                Ok(store.expand(resolved.commit, pattern).map_err(Arc::new)?)
            }
        }
    }

    /// Where upstream has put what stood at the path of an artifact, which is gone.
    pub(super) fn find_moved(
        &mut self,
        found: &Found,
        id: &ArtifactId,
        path: &str,
        known: Option<CommitId>,
    ) -> Result<String, OperationError> {
        let gone = |commit| OperationError::UpstreamDeleted {
            id: id.clone(),
            path: path.to_owned(),
            commit,
        };
        let Found::Git(store, resolved) = found else {
            return Err(gone(None));
        };
        let now = CommitId::from_oid(resolved.commit);
        let Some(known) = known else {
            return Err(gone(Some(now)));
        };
        let before = Before {
            commit: known.oid(),
            path,
            id: None,
        };
        match store.moved(before, resolved.commit).map_err(Arc::new)? {
            Moved::To(path) => Ok(path),
            Moved::Deleted | Moved::Still => Err(gone(Some(now))),
        }
    }
}
