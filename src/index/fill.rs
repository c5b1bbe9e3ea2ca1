//! [`fill`]: an empty sidecar gets all versions and tips.
//!
//! The versions of two artifacts never descend from each other, so the lineages are read by several threads, artifact by
//! artifact, while this one inserts what they have read. Heads left behind, which do not say whose they are, come last.
//!
//! Guarantees: the same refs make the same rows, whichever thread is faster; a version is inserted after its ancestors. Of
//! most versions only their ids are in memory.

use std::{
    cell::Cell,
    collections::{BTreeMap, HashMap, HashSet},
    sync::mpsc::sync_channel,
};

use super::{
    IndexError,
    catch_up::{check_name, version_refs},
    read::unreadable,
    read_versions::{Identity, VersionReader},
};
use crate::{
    git::{Repo, versions::ReadVersion},
    id::VersionId,
    progress::ProgressStage,
    refname::LineageRef,
    sidecar::Inserter,
    version::ArtifactVersion,
};

/// So many versions are handed over at a time.
const AT_A_TIME: usize = 1024;
/// How often a thread may do so before it waits.
const AHEAD: usize = 4;
/// More threads than this read faster than one can insert.
const MOST_READERS: usize = 4;

/// The refs of one artifact, by their names.
type Lineages = Vec<(String, VersionId)>;

/// What was read for one ref.
enum Read {
    /// Some that no ref before had, every one after its parents.
    Versions(Vec<ArtifactVersion>),
    /// The last of it: what the ref points to.
    Tip(Identity),
}

/// Fills an empty sidecar with all versions and tips.
pub(super) fn fill(repo: &Repo, inserter: &mut Inserter<'_>) -> Result<(), IndexError> {
    let (artifacts, kept) = by_artifact(repo, version_refs(repo)?)?;
    // Heads left behind mostly meet what others reach.
    let mut known = HashSet::new();
    let done = Cell::new(0);
    let count = |read: &Read| {
        if let Read::Versions(versions) = read {
            done.set(done.get() + versions.len());
            repo.progress().step(ProgressStage::IndexingVersions, done.get(), None);
        }
    };
    let mut note_and_insert = |name: &str, tip: VersionId, read: Read| {
        if let Read::Versions(versions) = &read
            && !kept.is_empty()
        {
            known.extend(versions.iter().map(|version| version.version_id));
        }
        count(&read);
        insert(repo, inserter, name, tip, &read)
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let readers = threads.min(MOST_READERS).min(artifacts.len());
    let sources: Option<Vec<_>> = (0..readers).map(|_| repo.version_objects()).collect();
    match sources {
        Some(sources) if readers > 1 => read_in_threads(sources, &artifacts, &mut note_and_insert)?,
        _ => {
            for lineages in &artifacts {
                read_lineages(repo, lineages, HashSet::new(), &mut note_and_insert)?;
            }
        }
    }
    read_lineages(repo, &kept, known, |name, tip, read| {
        count(&read);
        insert(repo, inserter, name, tip, &read)
    })
}

/// The refs of each artifact, and those that do not say whose they are.
fn by_artifact(repo: &Repo, refs: BTreeMap<String, VersionId>) -> Result<(Vec<Lineages>, Lineages), IndexError> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let (mut artifacts, mut kept) = (Vec::<Lineages>::new(), Lineages::new());
    for (name, tip) in refs {
        if let LineageRef::Kept { .. } = repo.prefix().parse(name.as_str().into())? {
            kept.push((name, tip));
            continue;
        }
        // The last two components, of whatever line and remote.
        let whose = name.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
        let place = *places.entry(name[whose..].to_owned()).or_insert(artifacts.len());
        if place == artifacts.len() {
            artifacts.push(Lineages::new());
        }
        artifacts[place].push((name, tip));
    }
    Ok((artifacts, kept))
}

/// Thread number n of N reads every N-th artifact from the n-th on; `done` is told of all refs in their order, here.
fn read_in_threads(
    sources: Vec<impl ReadVersion + Send>,
    artifacts: &[Lineages],
    mut done: impl FnMut(&str, VersionId, Read) -> Result<(), IndexError>,
) -> Result<(), IndexError> {
    let readers = sources.len();
    std::thread::scope(|scope| {
        let mut queues = Vec::with_capacity(readers);
        for (first, source) in sources.into_iter().enumerate() {
            let (queue, read) = sync_channel(AHEAD);
            queues.push(read);
            scope.spawn(move || {
                let mut own = artifacts.iter().skip(first).step_by(readers);
                // Nobody listens any more after an error.
                let ended = own.try_for_each(|lineages| {
                    read_lineages(&source, lineages, HashSet::new(), |_, _, read| {
                        queue.send(Ok(read)).map_err(|_| Unheard::Nobody)
                    })
                });
                if let Err(Unheard::Error(error)) = ended {
                    let _ = queue.send(Err(error));
                }
            });
        }
        for (at, lineages) in artifacts.iter().enumerate() {
            for (name, tip) in lineages {
                let mut is_whole = false;
                while !is_whole {
                    // A thread that panicked takes this one with it when the scope ends.
                    let Ok(read) = queues[at % readers].recv() else {
                        return Ok(());
                    };
                    let read = read?;
                    is_whole = matches!(read, Read::Tip(_));
                    done(name, *tip, read)?;
                }
            }
        }
        Ok(())
    })
}

/// Why a thread stops.
enum Unheard {
    Nobody,
    Error(IndexError),
}

impl From<IndexError> for Unheard {
    fn from(error: IndexError) -> Self {
        Unheard::Error(error)
    }
}

/// Reads what these refs have beyond what is `known`, and beyond one another.
fn read_lineages<E: From<IndexError>>(
    source: impl ReadVersion + Copy,
    lineages: &[(String, VersionId)],
    mut known: HashSet<VersionId>,
    mut done: impl FnMut(&str, VersionId, Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = VersionReader::new(source);
    let mut tips: HashMap<VersionId, Identity> = HashMap::new();
    for (at, (name, tip)) in lineages.iter().enumerate() {
        // Where one ref meets what another one reaches, the commit is read again. Most do at a tip: what was fetched from a
        // remote is what the line holds.
        let identity = |id: &VersionId| match tips.get(id) {
            Some(identity) => Ok(identity.clone()),
            None => identity_at(source, *id),
        };
        let is_last = at + 1 == lineages.len();
        let (mut newest, mut new_ids, mut some) = (None, Vec::new(), Vec::new());
        let is_known = |id: &VersionId| known.contains(id).then(|| identity(id)).transpose();
        reader.new_versions::<E>(name, *tip, is_known, |version| {
            if version.version_id == *tip {
                newest = Some(Identity::of(&version));
            }
            if !is_last {
                new_ids.push(version.version_id);
            }
            some.push(version);
            if some.len() < AT_A_TIME {
                return Ok(());
            }
            done(name, *tip, Read::Versions(std::mem::take(&mut some)))
        })?;
        let newest = match newest {
            Some(newest) => newest,
            None => identity(tip)?,
        };
        known.extend(new_ids);
        if !is_last {
            tips.insert(*tip, newest.clone());
        }
        done(name, *tip, Read::Versions(some))?;
        done(name, *tip, Read::Tip(newest))?;
    }
    Ok(())
}

fn identity_at(source: impl ReadVersion, id: VersionId) -> Result<Identity, IndexError> {
    let parsed = source.parse_version(id, &mut Vec::new());
    parsed
        .map(|parsed| Identity::of(&parsed.version))
        .map_err(|error| unreadable(id, error))
}

fn insert(repo: &Repo, inserter: &mut Inserter<'_>, name: &str, tip: VersionId, read: &Read) -> Result<(), IndexError> {
    match read {
        Read::Versions(versions) => {
            for version in versions {
                inserter.insert_version(version)?;
            }
        }
        Read::Tip(identity) => {
            check_name(repo, name, tip, identity)?;
            inserter.set_tip(name.as_bytes(), &tip)?;
        }
    }
    Ok(())
}
