//! Taking an unfinished operation back: files, manifest, index entries and head as they were.
//!
//! In that order, the refs last, so that an interruption leaves the operation standing and it can be taken back again.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BString, ByteSlice};

use super::{OperationError, manifest_file, work::touched};
use crate::{
    checkout::{IndexInfo, for_paths},
    git::{
        GitError, Repo, look_at,
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, VersionId},
    manifest::MANIFEST_FILE,
    pending::{IndexEntry, ManifestChange, Standing, index_entries, restore_files, taken_back},
};

/// Takes all of these back. Versions that only they reach are gone then, but for those to keep.
pub(super) fn take_back(repo: &Repo, standing: &[Standing], keep: &[VersionId]) -> Result<(), OperationError> {
    put_back_files(repo, standing)?;
    let mut updates = Vec::new();
    for version in keep {
        updates.push(kept(repo, *version)?);
    }
    for one in standing {
        let pending = &one.pending;
        let name = repo.prefix().head(&pending.line, &pending.artifact_id);
        updates.extend(head_back(repo, &name, pending.head_before, pending.head_after)?);
        updates.extend(one.is_standing().then(|| RefUpdate {
            name: one.ref_name.clone(),
            new: None,
            expected: Expected::Is(one.commit),
        }));
    }
    repo.update_refs_to_recorded(&updates)?;
    Ok(())
}

/// Puts files, manifest and index entries back.
pub(super) fn put_back_files(repo: &Repo, standing: &[Standing]) -> Result<(), OperationError> {
    for one in standing {
        for place in &one.pending.places {
            let paths: BTreeSet<BString> = touched(repo, place).into_iter().collect();
            restore_files(repo, &paths, &one.pending.saved)?;
        }
    }
    if standing.is_empty() {
        return Ok(());
    }
    take_manifest_back(repo, standing)?;
    take_index_back(repo, standing)
}

fn take_manifest_back(repo: &Repo, standing: &[Standing]) -> Result<(), OperationError> {
    let Some(current) = manifest_file::read_bytes(repo)? else {
        return Ok(());
    };
    let mut changes: Vec<(ArtifactId, ManifestChange)> = Vec::new();
    for one in standing {
        for (id, change) in one.pending.manifest_changes()? {
            if !changes.iter().any(|(other, _)| *other == id) {
                changes.push((id, change));
            }
        }
    }
    let before = taken_back(&current, &changes)?;
    if before.as_ref() != Some(&current) {
        manifest_file::write_bytes(repo, before.as_deref())?;
    }
    Ok(())
}

/// Puts the index entries back that differ from what they were.
fn take_index_back(repo: &Repo, standing: &[Standing]) -> Result<(), OperationError> {
    let mut paths: Vec<BString> = vec![MANIFEST_FILE.into()];
    let mut saved = Vec::new();
    for one in standing {
        let places = one
            .pending
            .places
            .iter()
            .map(|place| BString::from(place.path.as_str()));
        paths.extend(places);
        saved.extend(one.pending.index.iter().cloned());
    }
    let manifest_is_shared = standing
        .iter()
        .any(|one| one.pending.manifest.file_before != current_manifest(repo));
    if manifest_is_shared {
        // Others' changes to the manifest stay, so what is staged of it is what now lies there, if it was staged at all.
        restage_manifest(repo, &mut saved)?;
    }
    let now = match look_at(&repo.gix().index_path())? {
        Some(_) => {
            let index = repo.gix().open_index().map_err(GitError::backend("read the index"))?;
            index_entries(&index, paths.iter().map(|path| path.as_bstr()))
        }
        None => Vec::new(),
    };
    put_back(repo, &by_path(saved), &by_path(now))
}

fn current_manifest(repo: &Repo) -> Option<Vec<u8>> {
    manifest_file::read_bytes(repo).ok().flatten()
}

fn restage_manifest(repo: &Repo, saved: &mut Vec<IndexEntry>) -> Result<(), OperationError> {
    let was_tracked = saved.iter().any(|entry| entry.path == MANIFEST_FILE);
    saved.retain(|entry| entry.path != MANIFEST_FILE);
    if was_tracked {
        for_paths(repo, &["--add", "--remove"], [BString::from(MANIFEST_FILE)])?;
    }
    let index = repo.gix().open_index().map_err(GitError::backend("read the index"))?;
    saved.extend(index_entries(&index, [MANIFEST_FILE.into()]));
    Ok(())
}

fn by_path(entries: Vec<IndexEntry>) -> BTreeMap<BString, Vec<IndexEntry>> {
    let mut map: BTreeMap<BString, Vec<IndexEntry>> = BTreeMap::new();
    for entry in entries {
        let stages = map.entry(entry.path.clone()).or_default();
        if !stages.contains(&entry) {
            stages.push(entry);
        }
    }
    map
}

fn put_back(
    repo: &Repo,
    saved: &BTreeMap<BString, Vec<IndexEntry>>,
    now: &BTreeMap<BString, Vec<IndexEntry>>,
) -> Result<(), OperationError> {
    let paths: BTreeSet<&BString> = saved.keys().chain(now.keys()).collect();
    let changed: Vec<&BString> = paths
        .into_iter()
        .filter(|path| saved.get(*path) != now.get(*path))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let hash = repo.gix().object_hash();
    let mut info = IndexInfo::default();
    for path in &changed {
        info.remove(path.as_bstr(), hash);
    }
    let entries: Vec<&IndexEntry> = changed.iter().filter_map(|path| saved.get(*path)).flatten().collect();
    for entry in entries.iter().filter(|entry| !entry.intent_to_add) {
        info.add(entry.path.as_bstr(), entry.mode, entry.id, entry.stage);
    }
    info.write(repo)?;
    let flagged = |wanted: fn(&IndexEntry) -> bool| -> Vec<BString> {
        let entries = entries.iter().filter(|entry| wanted(entry));
        entries.map(|entry| entry.path.clone()).collect()
    };
    intend_to_add(repo, &flagged(|entry| entry.intent_to_add))?;
    for_paths(repo, &["--assume-unchanged"], flagged(|entry| entry.assume_unchanged))?;
    for_paths(repo, &["--skip-worktree"], flagged(|entry| entry.skip_worktree))?;
    // Exits with 1 where something needs an update, which is no failure; it only spares the next `git status` the reading.
    repo.git_output(&["update-index", "-q", "--refresh"], b"")?;
    Ok(())
}

fn intend_to_add(repo: &Repo, paths: &[BString]) -> Result<(), OperationError> {
    if paths.is_empty() {
        return Ok(());
    }
    let args = [
        "--literal-pathspecs",
        "add",
        "--intent-to-add",
        "--force",
        "--pathspec-from-file=-",
        "--pathspec-file-nul",
    ];
    repo.run_git_on_index(&args, &paths.join(&0))?;
    Ok(())
}

/// The head goes back to what it was before, unless somebody has recorded on top of it since; what it was is kept.
pub(super) fn head_back(
    repo: &Repo,
    name: &str,
    before: Option<VersionId>,
    after: Option<VersionId>,
) -> Result<Vec<RefUpdate>, OperationError> {
    let Some(after) = after else {
        return Ok(Vec::new());
    };
    if before == Some(after) || repo.find_ref(name)? != Some(after.oid()) {
        return Ok(Vec::new());
    }
    let mut updates = vec![RefUpdate {
        name: name.to_owned(),
        new: before.map(|version| version.oid()),
        expected: Expected::Is(after.oid()),
    }];
    updates.push(kept(repo, after)?);
    Ok(updates)
}

/// The ref that keeps a version. One that is there is named all the same: `prune` may be about to take it away.
pub(super) fn kept(repo: &Repo, version: VersionId) -> Result<RefUpdate, OperationError> {
    let name = repo.prefix().kept(&version);
    let there = repo.find_ref(&name)?;
    Ok(RefUpdate {
        name,
        new: Some(version.oid()),
        expected: there.map_or(Expected::Absent, Expected::Is),
    })
}
