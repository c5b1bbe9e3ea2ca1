//! Bringing the sidecar up to date with the refs.
//!
//! Guarantees: one transaction, so an interruption leaves the old state; a version is inserted after all its ancestors,
//! so that row numbers are a topological order; rows of versions that no ref reaches any more are deleted. A version that
//! contradicts its parents ([`read_versions`](super::read_versions)) or a ref that is not named as what it points to is
//! an error, and then nothing changes.

use std::collections::{BTreeMap, HashSet};

use super::{
    Index, IndexError, Notice, fill,
    read_versions::{Identity, VersionReader},
    stamps::Stamps,
    watch::Watch,
};
use crate::{
    git::Repo,
    id::VersionId,
    progress::ProgressStage,
    refname::LineageRef,
    sidecar::{Reader, Tx},
    version::ArtifactVersion,
};

impl Index {
    /// Compares the refs with those that were indexed, and adds what is new. Returns how many refs had moved.
    pub(crate) fn refresh(&mut self, repo: &Repo, notices: &mut Vec<Notice>) -> Result<usize, IndexError> {
        if self.watch.as_ref().is_some_and(Watch::nothing_moved) {
            return Ok(0);
        }
        let now = Stamps::take(repo)?;
        let before = Stamps(self.sidecar.stamps()?);
        let places = before.changed_places(&now);
        let orphans = self.sidecar.orphans()?;
        let completed = !orphans.is_empty() && self.may_be_completed(repo, &orphans, before.shallow_changed(&now))?;
        if !completed && places.as_ref().is_some_and(Vec::is_empty) {
            // What was lost may come back without any ref moving.
            let lost = !orphans.is_empty() && repo.shallow_boundary()?.is_empty();
            self.watch = if lost {
                None
            } else {
                Watch::over(repo, &now, !orphans.is_empty())
            };
            return Ok(0);
        }
        let areas = repo.prefix().version_dirs();
        let looked_at = places.as_deref().unwrap_or(&areas);
        let mut refs = BTreeMap::new();
        // Below a prefix that was configured before there are none of ours any more.
        let prefix = format!("{}/", repo.prefix());
        for place in looked_at.iter().filter(|place| place.starts_with(&prefix)) {
            let listed = repo.list_refs(place)?.into_iter();
            refs.extend(listed.map(|(name, id)| (name, VersionId::from_oid(id))));
        }
        let moved = self.moved(&refs, places.as_deref())?;
        // What is indexed was checked when it was.
        for change in moved.iter().filter(|change| change.new.is_some()) {
            repo.prefix().parse(change.name.as_str().into())?;
        }
        if self.sidecar.is_read_only() {
            if !moved.is_empty() || completed {
                self.go_on_in_memory(repo, notices)?;
            }
            return Ok(0);
        }
        let now = now.marked(repo);
        if completed {
            // A parent that arrives late would stand behind its child; numbering all versions again is simplest.
            self.refill(repo, &now)?;
            return Ok(moved.len());
        }
        self.remote_heads.take();
        let caught_up = self.sidecar.transaction(|tx| {
            apply(repo, tx, &moved)?;
            save_stamps(tx, &before, &now)
        });
        match caught_up {
            Err(error) if error.is_out_of_reach() => {
                self.go_on_in_memory(repo, notices)?;
                Ok(0)
            }
            caught_up => caught_up.map(|()| moved.len()),
        }
    }

    /// Whether parents of orphans may be here by now: where the clone was deepened, or what was lost came back.
    fn may_be_completed(&self, repo: &Repo, orphans: &[VersionId], shallow_changed: bool) -> Result<bool, IndexError> {
        if shallow_changed {
            return Ok(true);
        }
        let cut_off = repo.shallow_boundary()?;
        for orphan in orphans.iter().filter(|orphan| !cut_off.contains(&orphan.oid())) {
            for parent in self.sidecar.parents(orphan)?.unwrap_or_default() {
                if self.sidecar.order_of(&parent)?.is_none() && repo.exists(parent.oid()) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Right before fast: a file that cannot be written stays as it is, and the answers come from memory.
    fn go_on_in_memory(&mut self, repo: &Repo, notices: &mut Vec<Notice>) -> Result<(), IndexError> {
        notices.push(Notice::SidecarUnwritable {
            path: repo.sidecar_path(),
        });
        *self = Index::in_memory(repo)?;
        Ok(())
    }

    /// Empties the sidecar and fills it again.
    pub(super) fn refill(&mut self, repo: &Repo, stamps: &Stamps) -> Result<(), IndexError> {
        self.remote_heads.take();
        self.sidecar.rebuild(|inserter| {
            fill::fill(repo, inserter)?;
            for (place, stamp) in &stamps.0 {
                inserter.set_stamp(place, stamp)?;
            }
            Ok(())
        })
    }

    /// Takes in what was just written: the refs and versions of one transaction, parents first.
    pub(crate) fn add(
        &mut self,
        repo: &Repo,
        tips: &[(String, Option<VersionId>)],
        notices: &mut Vec<Notice>,
    ) -> Result<(), IndexError> {
        if self.sidecar.is_read_only() {
            return self.go_on_in_memory(repo, notices);
        }
        let mut moves = Vec::with_capacity(tips.len());
        for (name, new) in tips {
            let old = self.sidecar.tip(name.as_bytes())?;
            moves.push(Move {
                name: name.clone(),
                old,
                new: *new,
                ours: true,
            });
        }
        self.sidecar.transaction(|tx| apply(repo, tx, &moves))
    }

    /// Which refs differ from the indexed tips; only those in `places`, where that is given.
    fn moved(&self, refs: &BTreeMap<String, VersionId>, places: Option<&[String]>) -> Result<Vec<Move>, IndexError> {
        let in_scope =
            |name: &str| places.is_none_or(|places| places.iter().any(|place| name.starts_with(place.as_str())));
        let mut moves = Vec::new();
        let mut indexed: BTreeMap<String, VersionId> = BTreeMap::new();
        for (name, tip) in self.sidecar.tips()? {
            let name = String::from_utf8_lossy(&name).into_owned();
            if in_scope(&name) {
                indexed.insert(name, tip);
            }
        }
        for (name, new) in refs {
            let old = indexed.remove(name);
            if old != Some(*new) {
                moves.push(Move {
                    name: name.clone(),
                    old,
                    new: Some(*new),
                    ours: false,
                });
            }
        }
        moves.extend(indexed.into_iter().map(|(name, old)| Move {
            name,
            old: Some(old),
            new: None,
            ours: false,
        }));
        Ok(moves)
    }
}

/// A ref that is not where it was indexed.
struct Move {
    name: String,
    old: Option<VersionId>,
    new: Option<VersionId>,
    /// Moved by this process, which knows what that means for the memo of project states.
    ours: bool,
}

/// All refs that hold versions. Those whose names are none of ours are an error: they would be versions nobody can name.
pub(super) fn version_refs(repo: &Repo) -> Result<BTreeMap<String, VersionId>, IndexError> {
    let mut refs = BTreeMap::new();
    for area in repo.prefix().version_dirs() {
        for (name, id) in repo.list_refs(&area)? {
            repo.prefix().parse(name.as_str().into())?;
            refs.insert(name, VersionId::from_oid(id));
        }
    }
    Ok(refs)
}

fn apply(repo: &Repo, tx: &Tx<'_>, moves: &[Move]) -> Result<(), IndexError> {
    if moves.is_empty() {
        return Ok(());
    }
    let mut reader = VersionReader::new(repo);
    let mut done = 0;
    for change in moves {
        if let Some(new) = change.new {
            let insert = |version: ArtifactVersion| {
                done += 1;
                repo.progress().step(ProgressStage::IndexingVersions, done, None);
                tx.insert_version(&version).map(drop).map_err(IndexError::from)
            };
            reader.new_versions(&change.name, new, |id| identity(tx, id), insert)?;
            if let Some(identity) = identity(tx, &new)? {
                check_name(repo, &change.name, new, &identity)?;
            }
        }
        tx.set_tip(change.name.as_bytes(), change.new.as_ref())?;
    }
    delete_unreachable(tx, moves)?;
    if moves.iter().any(|change| !change.ours) {
        // Other versions are known now, and the memo holds conclusions from those known before.
        tx.clear_project_states()?;
    }
    Ok(())
}

/// Deletes what only the old tips reached. The usual cases, a tip that moved forward or whose old value is kept under
/// another name, are seen without walking everything.
fn delete_unreachable(tx: &Tx<'_>, moves: &[Move]) -> Result<(), IndexError> {
    let tips: HashSet<VersionId> = tx.tips()?.into_values().collect();
    let mut left_behind = false;
    for change in moves {
        let Some(old) = change.old else { continue };
        let forward = match change.new {
            Some(new) => descends(tx, new, old)?,
            None => false,
        };
        left_behind = left_behind || !(forward || tips.contains(&old));
    }
    if !left_behind {
        return Ok(());
    }
    let mut reachable = HashSet::new();
    let mut stack: Vec<VersionId> = tips.into_iter().collect();
    while let Some(id) = stack.pop() {
        if reachable.insert(id) {
            stack.extend(tx.parents(&id)?.unwrap_or_default());
        }
    }
    let unreachable: Vec<VersionId> = tx
        .all_version_ids()?
        .into_iter()
        .filter(|id| !reachable.contains(id))
        .collect();
    tx.delete_versions(unreachable.iter())?;
    Ok(())
}

/// Whether `old` is `new` or one of its ancestors. Rows are numbered after their ancestors, so the walk stays above `old`.
fn descends(tx: &Tx<'_>, new: VersionId, old: VersionId) -> Result<bool, IndexError> {
    let Some(goal) = tx.order_of(&old)? else {
        return Ok(false);
    };
    let mut seen = HashSet::new();
    let mut stack = vec![new];
    while let Some(id) = stack.pop() {
        if id == old {
            return Ok(true);
        }
        if seen.insert(id) && tx.order_of(&id)?.is_some_and(|order| order > goal) {
            stack.extend(tx.parents(&id)?.unwrap_or_default());
        }
    }
    Ok(false)
}

fn save_stamps(tx: &Tx<'_>, before: &Stamps, now: &Stamps) -> Result<(), IndexError> {
    for place in before.0.keys().filter(|place| !now.0.contains_key(*place)) {
        tx.set_stamp(place, None)?;
    }
    for (place, stamp) in &now.0 {
        if before.0.get(place) != Some(stamp) {
            tx.set_stamp(place, Some(stamp))?;
        }
    }
    Ok(())
}

/// What an indexed version is; `None` if it is not indexed.
pub(super) fn identity(index: &Reader, id: &VersionId) -> Result<Option<Identity>, IndexError> {
    Ok(index.identity(id)?.map(|(artifact_id, content_hash)| Identity {
        artifact_id,
        content_hash,
    }))
}

/// A ref is named after the artifact whose version it points to, a kept one after the version.
pub(super) fn check_name(repo: &Repo, name: &str, tip: VersionId, identity: &Identity) -> Result<(), IndexError> {
    match repo.prefix().parse(name.into())? {
        LineageRef::Kept { version_id } if version_id != tip => Err(IndexError::MisnamedKeptRef {
            name: name.to_owned(),
            version_id: tip,
        }),
        LineageRef::Kept { .. } => Ok(()),
        other if !other.matches(&identity.artifact_id) => Err(IndexError::RefOfAnotherArtifact {
            name: name.to_owned(),
            version_id: tip,
            artifact_id: identity.artifact_id.clone(),
        }),
        _ => Ok(()),
    }
}
