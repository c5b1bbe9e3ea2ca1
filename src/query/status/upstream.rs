//! Upstream's content as last seen: of a plain directory what lies there now, of a git upstream what was last fetched.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    rc::Rc,
};

use super::super::{Query, QueryError};
use crate::{
    content::{Content, Entry},
    git::{Repo, look_at, objects::Mode},
    id::{ArtifactId, CommitId, ContentHash},
    manifest::ManifestEntry,
    snapshot::{
        Snapshot,
        memo::{Sight, SourceMemo},
        source::{of_directory, of_files},
    },
    upstream::{
        Cache, Files, Seen, Store, UpstreamError,
        source::{Source, path_inside},
    },
    version::{ArtifactVersion, Timestamp, Upstream},
};

/// What upstream has, as this project would store it.
#[derive(Debug)]
pub(in crate::query) struct UpstreamContent {
    pub(in crate::query) hash: ContentHash,
    /// `None` where it is the baseline, which nobody needs to read.
    pub(in crate::query) content: Option<Content>,
    /// When a git upstream was last asked.
    pub(in crate::query) seen_at: Option<Timestamp>,
}

/// The upstreams of the artifacts of one question; each is looked for once.
pub(in crate::query) struct Upstreams<'q> {
    query: &'q Query<'q>,
    cache: Cache,
    sources: HashMap<String, Option<Place>>,
    seen: HashMap<(String, String), Option<Seen>>,
    memo: SourceMemo<'q>,
    /// What plain directories look like, by artifact.
    sights: HashMap<ArtifactId, Sight>,
}

#[derive(Clone)]
enum Place {
    Plain(PathBuf),
    Git(Rc<Store>),
}

impl<'q> Upstreams<'q> {
    pub(in crate::query) fn new(query: &'q Query<'q>, cache: &Path) -> Self {
        Upstreams {
            query,
            cache: Cache::new(cache),
            sources: HashMap::new(),
            seen: HashMap::new(),
            memo: SourceMemo::open(query.repo),
            sights: HashMap::new(),
        }
    }

    /// Looks at the plain directories of many artifacts, all at once; most need not be read then.
    pub(super) fn look_ahead(&mut self, entries: &[&ManifestEntry]) -> Result<(), QueryError> {
        let root = self.query.repo.work_tree()?;
        let (mut sources, mut ids) = (Vec::new(), Vec::new());
        for entry in entries {
            let Some(source) = entry.upstream.as_deref().filter(|_| entry.upstream_ref.is_none()) else {
                continue;
            };
            let directory = if entry.upstream_path.is_none() {
                // One that looks as when it was read is no repository now either, so that need not be asked first.
                Source::path(root, source)
            } else if let Ok(Some(Place::Plain(top))) = self.place(source) {
                inside(&top, entry).ok()
            } else {
                None
            };
            // What cannot be found is said when its turn comes.
            if let Some(directory) = directory {
                sources.push((directory, &entry.path));
                ids.push(&entry.id);
            }
        }
        let sights = self.memo.look(&sources)?;
        let seen = ids.into_iter().zip(sights);
        self.sights = seen.filter_map(|(id, sight)| Some((id.clone(), sight?))).collect();
        Ok(())
    }

    /// Remembers what was read.
    pub(super) fn save(self) {
        self.memo.save();
    }

    /// What upstream has; `None` where it was never seen here, or is gone.
    ///
    /// # Errors
    /// Upstream's content is there but cannot be read, or is refused.
    pub(in crate::query) fn content(
        &mut self,
        entry: &ManifestEntry,
        head: Option<&ArtifactVersion>,
    ) -> Result<Option<UpstreamContent>, QueryError> {
        let Some(source) = entry.upstream.as_deref() else {
            return Ok(None);
        };
        let sight = self.sights.get(&entry.id);
        if let Some(hash) = sight.and_then(|sight| self.memo.known(sight))
            && entry.baseline == Some(hash)
        {
            return Ok(Some(UpstreamContent {
                hash,
                content: None,
                seen_at: None,
            }));
        }
        match self.place(source)? {
            None => Ok(None),
            Some(Place::Plain(top)) => self.plain(&top, entry),
            Some(Place::Git(store)) => self.git(source, &store, entry, head),
        }
    }

    fn place(&mut self, source: &str) -> Result<Option<Place>, QueryError> {
        if let Some(known) = self.sources.get(source) {
            return Ok(known.clone());
        }
        let place = match Source::find(self.query.repo.work_tree()?, source)? {
            None => None,
            Some(Source::Plain(path)) => Some(Place::Plain(path)),
            Some(Source::Git(url)) => Some(Place::Git(Rc::new(self.cache.store(&url).offline()))),
        };
        self.sources.insert(source.to_owned(), place.clone());
        Ok(place)
    }

    fn plain(&mut self, top: &Path, entry: &ManifestEntry) -> Result<Option<UpstreamContent>, QueryError> {
        let directory = inside(top, entry)?;
        if look_at(&directory).map_err(UpstreamError::from)?.is_none() {
            return Ok(None);
        }
        let repo = self.query.repo;
        let found = of_directory(repo, &directory, &entry.path, &mut repo.batch(Mode::Ids))?.snapshot;
        if let Some(sight) = self.sights.remove(&entry.id) {
            self.memo.learn(sight, found.hash);
        }
        Ok((!found.content.is_empty()).then_some(of_snapshot(found, None)))
    }

    fn git(
        &mut self,
        source: &str,
        store: &Store,
        entry: &ManifestEntry,
        head: Option<&ArtifactVersion>,
    ) -> Result<Option<UpstreamContent>, QueryError> {
        let Some(ref_name) = entry.upstream_ref.as_deref() else {
            return Ok(None);
        };
        let key = (source.to_owned(), ref_name.to_owned());
        let seen = match self.seen.get(&key) {
            Some(known) => *known,
            None => *self.seen.entry(key).or_insert(store.last_seen(ref_name)?),
        };
        let Some(seen) = seen else { return Ok(None) };
        let seen_at = Some(seen.time);
        let baseline = self.known_baseline(entry, head, CommitId::from_oid(seen.commit))?;
        if let Some(baseline) = baseline.filter(|known| known.from_commit) {
            return Ok(Some(UpstreamContent {
                hash: baseline.hash,
                content: None,
                seen_at,
            }));
        }
        let Some(files) = store.files(seen.commit, entry.upstream_path.as_deref())? else {
            // It is not there any more: all its files are deleted.
            let nothing = Content::default();
            return Ok(Some(UpstreamContent {
                hash: nothing.hash(self.query.repo.hash_kind())?,
                content: Some(nothing),
                seen_at,
            }));
        };
        if let Some(baseline) = baseline
            && files
                .tree
                .is_some_and(|tree| baseline.own_tree == ContentHash::from_oid(tree))
        {
            return Ok(Some(UpstreamContent {
                hash: baseline.hash,
                content: None,
                seen_at,
            }));
        }
        let found = stored(self.query.repo, store, &files, entry)?;
        Ok(found.map(|found| of_snapshot(found, seen_at)))
    }

    /// What is recorded of the baseline, as far as it helps to see that upstream has not moved.
    fn known_baseline(
        &self,
        entry: &ManifestEntry,
        head: Option<&ArtifactVersion>,
        seen: CommitId,
    ) -> Result<Option<Baseline>, QueryError> {
        let Some(hash) = entry.baseline else { return Ok(None) };
        let of = |version: &ArtifactVersion| {
            let upstream = version.upstream.as_ref()?;
            Some(Baseline {
                hash,
                own_tree: upstream.tree.unwrap_or(hash),
                from_commit: entry.upstream_commit == Some(seen) && is_from(upstream, entry, seen),
            })
        };
        // Mostly the head is just that version, and nothing else needs to be looked up.
        let is_baseline = |head: &&ArtifactVersion| head.content_hash == hash;
        if let Some(baseline) = head.filter(is_baseline).and_then(of).filter(|known| known.from_commit) {
            return Ok(Some(baseline));
        }
        let versions = self.query.find_by_content(&hash)?;
        let own = versions.iter().filter(|version| version.artifact_id == entry.id);
        Ok(own.filter_map(of).max_by_key(|known| known.from_commit))
    }
}

/// The directory or file that is the artifact, in a plain source.
fn inside(top: &Path, entry: &ManifestEntry) -> Result<PathBuf, UpstreamError> {
    Ok(match &entry.upstream_path {
        None => top.to_owned(),
        Some(path) => top.join(path_inside(path)?),
    })
}

/// The baseline, and what upstream itself called it.
#[derive(Debug, Clone, Copy)]
struct Baseline {
    hash: ContentHash,
    /// Upstream's own tree.
    own_tree: ContentHash,
    /// It was taken from just the commit that was last seen.
    from_commit: bool,
}

fn is_from(upstream: &Upstream, entry: &ManifestEntry, commit: CommitId) -> bool {
    upstream.commit == Some(commit) && upstream.path == entry.upstream_path
}

fn of_snapshot(found: Snapshot, seen_at: Option<Timestamp>) -> UpstreamContent {
    UpstreamContent {
        hash: found.hash,
        content: Some(found.content),
        seen_at,
    }
}

/// The files of a git upstream as this project would store them. Where the bytes of some were never fetched, what upstream
/// itself stores is the answer: right wherever attributes do not change bytes. `None` if even that says nothing here.
fn stored(repo: &Repo, store: &Store, files: &Files, entry: &ManifestEntry) -> Result<Option<Snapshot>, QueryError> {
    match store.load(files) {
        Ok(incoming) => {
            let found = of_files(repo, incoming, &entry.path, &mut repo.batch(Mode::Ids))?;
            return Ok(Some(found.snapshot));
        }
        Err(error @ (UpstreamError::Content(_) | UpstreamError::RefusedUrl { .. })) => return Err(error.into()),
        Err(_) => {}
    }
    if files
        .entries
        .iter()
        .any(|file| file.id.kind() != repo.gix().object_hash())
    {
        return Ok(None);
    }
    let renamed = files.entries.iter().map(|file| Entry {
        path: if files.single_file {
            entry.path.file_name().into()
        } else {
            file.path.clone()
        },
        ..file.clone()
    });
    let content = Content::new(renamed.collect());
    Ok(Some(Snapshot {
        hash: content.hash(repo.hash_kind())?,
        content,
    }))
}
