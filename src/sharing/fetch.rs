//! Fetching: heads of a remote come in beside ours, and what vanishes over there stays reachable here.

use std::{collections::BTreeMap, time::Duration};

use gix::ObjectId;

use super::{
    Progress, Remote, SharingError,
    transport::{failed, run, talk},
};
use crate::{
    git::{
        GitError, Repo,
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, VersionId},
    index::{Index, IndexError},
    refname::IdComponents,
};

/// The answer to `fetch`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// The remote's name.
    pub remote: String,
    /// The heads that are new, moved or gone, by ref name.
    pub heads: Vec<FetchedHead>,
    /// How many versions were not known here before.
    pub versions: u64,
}

/// A head of the remote that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FetchedHead {
    /// The line over there, as ref names spell it where it is too long for one.
    pub line: String,
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// What it was; `None` where it is new.
    pub before: Option<VersionId>,
    /// What it is; `None` where it is gone over there.
    pub after: Option<VersionId>,
}

/// A ref that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MovedRef {
    pub(crate) name: String,
    pub(crate) before: Option<VersionId>,
    pub(crate) after: Option<VersionId>,
}

impl FetchedHead {
    /// What the ref means, once the versions are indexed; `None` if it is no lineage head.
    pub(crate) fn of(repo: &Repo, index: &Index, moved: &MovedRef) -> Result<Option<Self>, IndexError> {
        let Ok(parsed) = repo.prefix().parse(moved.name.as_str().into()) else {
            return Ok(None);
        };
        let mut artifact_id = parsed.artifact().and_then(IdComponents::id).cloned();
        for version in [moved.after, moved.before].into_iter().flatten() {
            if artifact_id.is_none() {
                let version = index.reader().version(&version).map_err(IndexError::from)?;
                artifact_id = version.map(|version| version.artifact_id);
            }
        }
        let line = parsed
            .line()
            .map(|line| line.raw().unwrap_or(line.encoded()).to_owned());
        Ok(line.zip(artifact_id).map(|(line, artifact_id)| FetchedHead {
            line,
            artifact_id,
            before: moved.before,
            after: moved.after,
        }))
    }
}

/// With so many new heads at once refs are packed, as gc does it some day.
const WORTH_PACKING: usize = 100;

/// How often it is fetched again where another fetch moves the same refs.
const MOST_TRIES: u32 = 20;
/// The pause before the first of them; each is longer than the one before.
const PAUSE: Duration = Duration::from_millis(10);

/// Brings all heads of a remote; returns those that are not what they were, by ref name.
pub(crate) fn fetch(repo: &Repo, remote: &Remote, progress: Progress) -> Result<Vec<MovedRef>, SharingError> {
    let dir = remote.tracking_dir(repo);
    let before = heads(repo, &dir)?;
    let refspec = remote.refspec(repo);
    let mut args = vec![
        "fetch",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
        "--prune",
        "--no-prune-tags",
    ];
    args.push(match progress {
        Progress::Shown => "--progress",
        Progress::Hidden => "--quiet",
    });
    args.extend(["--", remote.name(), &refspec]);
    let mut tries = 0;
    loop {
        let outcome = run(talk(repo, remote, &args), progress)?;
        if outcome.success {
            break;
        }
        tries += 1;
        let is_locked = outcome.message.contains(TABLES_LOCKED);
        if is_locked {
            repo.wait_for_reftable()?;
        }
        if tries == MOST_TRIES || !(is_locked || is_lost_race(&outcome.message)) {
            return Err(failed("fetch from", remote, outcome.message));
        }
        std::thread::sleep(PAUSE * tries);
    }
    let after = heads(repo, &dir)?;
    if after.len() >= before.len() + WORTH_PACKING {
        // Every git command that looks at refs would read each from a file of its own until the next gc. If it cannot be
        // done now, gc does it.
        let _ = repo.run_git(&["pack-refs", "--all"], b"");
    }
    let mut moved = Vec::new();
    for (name, old) in &before {
        let new = after.get(name);
        if new != Some(old) {
            moved.push(moved_ref(name, Some(*old), new.copied()));
        }
    }
    for (name, new) in &after {
        if !before.contains_key(name) {
            moved.push(moved_ref(name, None, Some(*new)));
        }
    }
    moved.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(moved)
}

/// What git says where somebody else writes the tables of refs, or has been killed at that.
const TABLES_LOCKED: &str = "cannot lock references";

/// Whether git gave up because another one has just moved a ref, or is about to.
fn is_lost_race(message: &str) -> bool {
    message.contains("cannot lock ref") && ["but expected", "File exists"].iter().any(|why| message.contains(why))
}

/// Keeps those versions that nothing reaches any more.
pub(crate) fn keep_lost(
    repo: &Repo,
    index: &Index,
    versions: impl IntoIterator<Item = VersionId>,
) -> Result<(), SharingError> {
    let mut kept = Vec::new();
    for version in versions {
        let name = repo.prefix().kept(&version);
        if index.version_with_order(&version)?.is_none() && repo.find_ref(&name)?.is_none() {
            kept.push(RefUpdate {
                name,
                new: Some(version.oid()),
                expected: Expected::Absent,
            });
        }
    }
    kept.sort_by(|a, b| a.name.cmp(&b.name));
    kept.dedup();
    Ok(repo.update_refs_to_recorded(&kept)?)
}

fn heads(repo: &Repo, dir: &str) -> Result<BTreeMap<String, ObjectId>, GitError> {
    Ok(repo.list_refs(dir)?.into_iter().collect())
}

fn moved_ref(name: &str, before: Option<ObjectId>, after: Option<ObjectId>) -> MovedRef {
    MovedRef {
        name: name.to_owned(),
        before: before.map(VersionId::from_oid),
        after: after.map(VersionId::from_oid),
    }
}
