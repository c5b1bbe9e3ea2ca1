//! `sync --continue` and `sync --abort`: the two ways out of what stands unfinished in this work tree.

use std::collections::{BTreeMap, HashSet, VecDeque};

use gix::{ObjectId, bstr::BString, index::entry::Stage};

use super::{
    OperationError,
    attempt::Attempt,
    caller::Caller,
    manifest_file,
    note::{KEEPING_REF, Note},
    planner::Planner,
    record,
    sync::{SyncResult, Synced},
    way_back,
    work::{Work, wait_for_locks},
};
use crate::{
    checkout::{CheckoutError, file_at},
    content::to_path,
    git::{
        GitError, Repo,
        light_commits::LightCommits,
        objects::Mode,
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, ContentHash, Line, VersionId},
    origin::ChangeOrigin,
    pending::{EndByGit, Pending, Phase, Standing},
    snapshot::work_tree,
    version::commit::NewVersion,
};

/// What to continue or to abort.
#[derive(Debug, Clone, Default)]
pub struct Resume {
    /// Which artifacts; none means everything that stands in this work tree.
    pub ids: Vec<ArtifactId>,
    /// The line to record on; the branch checked out where it is `None`.
    pub line: Option<Line>,
}

/// What stands in this work tree of the artifacts asked for.
///
/// # Errors
/// [`OperationError::NothingUnfinished`] if that is nothing.
fn standing(repo: &Repo, ids: &[ArtifactId]) -> Result<Vec<Standing>, OperationError> {
    let mut all = Standing::all(repo)?;
    all.retain(|one| ids.is_empty() || ids.contains(&one.pending.artifact_id));
    if all.is_empty() {
        return Err(OperationError::NothingUnfinished);
    }
    Ok(all)
}

/// Takes everything back that was asked for; returns the artifacts with the heads they have now.
pub(crate) fn abort(repo: &Repo, request: &Resume) -> Result<Vec<(ArtifactId, Option<VersionId>)>, OperationError> {
    let _turn = repo.take_turn();
    let mut standing = standing(repo, &request.ids)?;
    let ended = ended_with(repo, &standing)?;
    standing.extend(
        ended
            .into_iter()
            .filter(|one| request.ids.is_empty() || request.ids.contains(&one.pending.artifact_id)),
    );
    wait_for_locks(repo, true)?;
    let now = repo.head()?.commit;
    let mut perhaps_committed = Vec::new();
    for one in &standing {
        // Only while it lies there as the sync left it no commit of the project can name upstream's version.
        let resolved = one.pending.phase == Phase::Conflicted
            && (now != one.pending.started_at || unmerged_paths(repo, &one.pending)?.is_empty());
        perhaps_committed.extend(one.pending.incoming.filter(|_| resolved));
    }
    way_back::take_back(repo, &standing, &perhaps_committed)?;
    let heads = standing
        .into_iter()
        .map(|one| (one.pending.artifact_id, one.pending.head_before));
    Ok(heads.collect())
}

/// What was begun by the same command as something that stands and stands no longer: a git was killed while it ended them,
/// one after the other. The one is not taken back without the others.
fn ended_with(repo: &Repo, standing: &[Standing]) -> Result<Vec<Standing>, OperationError> {
    let Some(keeping) = repo.find_ref(KEEPING_REF)? else {
        return Ok(Vec::new());
    };
    let journal = LightCommits::new(repo).get(keeping)?.parents;
    if !standing.iter().any(|one| journal.contains(&one.commit)) {
        return Ok(Vec::new());
    }
    let all = Standing::all(repo)?;
    let ended = journal
        .into_iter()
        .filter(|commit| !all.iter().any(|one| one.commit == *commit));
    ended
        .map(|commit| Ok(Standing::ended(repo, KEEPING_REF, commit)?))
        .collect()
}

/// Finishes what was interrupted: everything but the conflicts, which are the user's. Returns what was finished by that.
pub(crate) fn finish_interrupted(repo: &Repo, request: &Resume) -> Result<Vec<Standing>, OperationError> {
    let _turn = repo.take_turn();
    let interrupted: Vec<Standing> = standing(repo, &request.ids)?
        .into_iter()
        .filter(|one| one.pending.phase == Phase::Applying)
        .collect();
    for one in &interrupted {
        check_unchanged(repo, &one.pending)?;
    }
    Work::interrupted(repo, interrupted.clone())?.carry_out(repo)?;
    Ok(interrupted)
}

/// Moves the heads that a transaction did not come to because it was interrupted: what stands is written before heads move
/// that were there. One that leads elsewhere by now is kept.
pub(crate) fn move_heads(repo: &Repo, request: &Resume) -> Result<(), OperationError> {
    let mut updates = Vec::new();
    let standing = standing(repo, &request.ids)?;
    let pending = standing.iter().map(|one| &one.pending);
    let mut heads = BTreeMap::new();
    for pending in pending.filter(|pending| pending.phase == Phase::Applying) {
        let own = pending.head_after.or(pending.head_before);
        let own = own.map(|head| (&pending.artifact_id, head));
        let old = pending.moved_from.as_ref().map(|old| (&old.artifact_id, old.head));
        for (id, head) in own.into_iter().chain(old) {
            heads.insert(repo.prefix().head(&pending.line, id), head);
        }
    }
    for (name, head) in heads {
        let now = repo.find_ref(&name)?;
        if let Some(now) = now {
            if is_ancestor(repo, head.oid(), now)? {
                continue;
            }
            if !is_ancestor(repo, now, head.oid())? {
                updates.push(way_back::kept(repo, VersionId::from_oid(now))?);
            }
        }
        updates.push(RefUpdate {
            name,
            new: Some(head.oid()),
            expected: now.map_or(Expected::Absent, Expected::Is),
        });
    }
    repo.update_refs_to_recorded(&updates)?;
    Ok(())
}

/// Asked of the commits: the index does not know what no head leads to yet.
fn is_ancestor(repo: &Repo, ancestor: ObjectId, descendant: ObjectId) -> Result<bool, GitError> {
    let mut commits = LightCommits::new(repo);
    let (mut next, mut seen) = (VecDeque::from([descendant]), HashSet::from([descendant]));
    while let Some(id) = next.pop_front() {
        if id == ancestor {
            return Ok(true);
        }
        match commits.get(id) {
            Ok(commit) => next.extend(commit.parents.into_iter().filter(|parent| seen.insert(*parent))),
            // Where the history was cut short it ends.
            Err(error) if error.is_missing_object() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Between an interruption and its continuation people may have edited: then only they can say what is to be.
fn check_unchanged(repo: &Repo, pending: &Pending) -> Result<(), OperationError> {
    let hash = repo.hash_kind();
    let root = repo.work_tree()?;
    let as_before = |path: &BString, file: &std::path::Path| -> Result<bool, CheckoutError> {
        let saved = pending.saved.iter().find(|saved| saved.path == *path);
        let found = file_at(root, &to_path(path)).map_err(GitError::io("look at", file))?;
        let (Some(saved), Some(found)) = (saved, &found) else {
            return Ok(saved.is_none() && found.is_none());
        };
        let data = if found.is_symlink() {
            let target = std::fs::read_link(file).map_err(GitError::io("read", file))?;
            gix::path::into_bstr(target)
                .map_err(GitError::backend("read a link"))?
                .to_vec()
        } else {
            std::fs::read(file).map_err(GitError::io("read", file))?
        };
        Ok(found.is_symlink() == saved.permissions.is_none()
            && crate::content::hash_object(hash, "blob", &data) == saved.id)
    };
    for place in &pending.places {
        place.change(repo).check_interrupted(&as_before)?;
    }
    Ok(())
}

/// One attempt at recording what the user has resolved. Conflicts that are not resolved are answered as such and stand.
pub(crate) fn record_resolved(
    attempt: &mut Attempt<'_>,
    request: &Resume,
    caller: &Caller,
) -> Result<Vec<Synced>, OperationError> {
    let repo = attempt.repo;
    let mut conflicted = Standing::all(repo)?;
    conflicted.retain(|one| {
        let wanted = request.ids.is_empty() || request.ids.contains(&one.pending.artifact_id);
        wanted && one.pending.phase == Phase::Conflicted
    });
    if conflicted.is_empty() {
        return Ok(Vec::new());
    }
    let line = attempt.line(request.line.as_ref())?;
    let mut planner = attempt.planner(line, repo.head()?.commit, Mode::Objects)?;
    let mut answers = Vec::with_capacity(conflicted.len());
    let mut resolved = Vec::new();
    for one in &conflicted {
        let id = &one.pending.artifact_id;
        let unresolved = unmerged_paths(repo, &one.pending)?;
        if !unresolved.is_empty() {
            let error = OperationError::Unresolved {
                id: id.clone(),
                paths: unresolved.clone(),
            };
            answers.push(Synced {
                result: SyncResult::Conflict,
                version_id: one.pending.head_before,
                conflicts: unresolved,
                error: Some(error),
                ..Synced::new(id)
            });
            continue;
        }
        let place = one.pending.places.first();
        let path = place
            .map(|place| place.path.clone())
            .ok_or(OperationError::NothingUnfinished)?;
        let content =
            work_tree::of_artifact(repo, &path, &mut planner.batch).map_err(|error| record::unmerged(error, id))?;
        let version = merge_version(&mut planner, &one.pending, content.hash, caller)?;
        planner.end(one);
        let mut ended = one.clone();
        ended.pending.head_after = Some(version);
        resolved.push(ended);
        answers.push(Synced {
            result: SyncResult::Merged,
            version_id: Some(version),
            ..Synced::new(id)
        });
    }
    let note = Note::of("sync", &resolved);
    if !resolved.is_empty() {
        let keeping = note.keep(&caller.committer, &mut planner.batch)?;
        planner.update_other(keeping);
    }
    attempt.done(Some(planner.finish()?), Vec::new());
    if !resolved.is_empty() {
        note.write(repo);
    }
    Ok(answers)
}

/// Plans the version with both sides in it, as the user made it, and makes it the head.
fn merge_version(
    planner: &mut Planner<'_>,
    pending: &Pending,
    content: ContentHash,
    caller: &Caller,
) -> Result<VersionId, OperationError> {
    let id = &pending.artifact_id;
    if let Some(incoming) = pending.incoming {
        planner.know(incoming)?;
    }
    // Work on another branch begun meanwhile continues from what was recorded there, if that has the edits in it.
    let mut head = pending.head_before;
    if let (Some(before), Some(now)) = (head, planner.line_head(id)?)
        && planner.graph().contains(now, before)?
    {
        head = Some(now);
    }
    let mut parents: Vec<VersionId> = [pending.head_before, pending.incoming].into_iter().flatten().collect();
    if let Some(head) = head
        && let Some(node) = planner.graph().node(head)?
        && node.version.content_hash == content
        && node.version.parent_ids == parents
    {
        // A git was killed between moving the head and ending what stands: it is recorded.
        return Ok(head);
    }
    parents = [head, pending.incoming].into_iter().flatten().collect();
    let version = planner.add_version(&NewVersion {
        artifact_id: id.clone(),
        content,
        parents: planner.with_contents(&parents)?,
        origin: Some(ChangeOrigin::Sync),
        author: caller.author.clone(),
        committer: caller.committer.clone(),
        summary: format!("Sync {id}"),
        body: None,
        upstream: planner.upstream_of(pending.incoming)?,
        project_commit: None,
    })?;
    planner.set_head(id, version.version_id)?;
    Ok(version.version_id)
}

/// The paths of the artifact, relative to it, that the index still holds as conflicts.
fn unmerged_paths(repo: &Repo, pending: &Pending) -> Result<Vec<String>, OperationError> {
    let index = repo.index()?;
    let mut paths = Vec::new();
    for entry in index
        .entries()
        .iter()
        .filter(|entry| entry.stage() != Stage::Unconflicted)
    {
        let path = entry.path(&index);
        for place in &pending.places {
            let artifact = place.path.as_str();
            let relative = match path.strip_prefix(artifact.as_bytes()) {
                Some(b"") => place.path.file_name().to_owned(),
                Some([b'/', rest @ ..]) => String::from_utf8_lossy(rest).into_owned(),
                _ => continue,
            };
            if !paths.contains(&relative) {
                paths.push(relative);
            }
        }
    }
    Ok(paths)
}

/// What became of a conflict while nobody asked: ended with git alone, by a commit of the resolution or by taking the sync
/// back. Then it is recorded, or no longer stands.
pub(crate) fn settle(attempt: &mut Attempt<'_>, caller: &Caller) -> Result<(), OperationError> {
    settle_ended(attempt, caller, |_| true)
}

/// The same of what was committed: that is too late to be aborted.
pub(crate) fn settle_committed(attempt: &mut Attempt<'_>, caller: &Caller) -> Result<(), OperationError> {
    settle_ended(attempt, caller, |end| matches!(end, EndByGit::Committed(_)))
}

fn settle_ended(
    attempt: &mut Attempt<'_>,
    caller: &Caller,
    concerned: impl Fn(&EndByGit) -> bool,
) -> Result<(), OperationError> {
    let repo = attempt.repo;
    if repo.work_tree().is_err() {
        return Ok(());
    }
    let mut conflicted = Standing::all(repo)?;
    conflicted.retain(|one| one.pending.phase == Phase::Conflicted);
    let Some(line) = repo.head()?.line.filter(|_| !conflicted.is_empty()) else {
        return Ok(());
    };
    let mut ended = Vec::new();
    for one in conflicted {
        if !unmerged_paths(repo, &one.pending)?.is_empty() {
            continue;
        }
        let manifest = manifest_file::read(repo, attempt.index)?;
        let baseline = manifest.get(&one.pending.artifact_id).and_then(|entry| entry.baseline);
        let end = one.pending.ended_by_git(repo, baseline);
        let end = end.map_err(crate::query::QueryError::from)?;
        ended.extend(end.filter(&concerned).map(|end| (one, end)));
    }
    if ended.is_empty() {
        return Ok(());
    }
    // Not caught up with yet: what the commit holds is the version made here.
    let mut planner = attempt.planner(line, None, Mode::Objects)?;
    for (one, end) in &ended {
        match (end, one.pending.incoming) {
            (EndByGit::Committed(content), _) => {
                merge_version(&mut planner, &one.pending, *content, caller)?;
            }
            // A commit on another branch may name it.
            (EndByGit::TakenBack, Some(incoming)) if planner.graph().node(incoming)?.is_none() => {
                planner.keep(incoming)?;
            }
            (EndByGit::TakenBack, _) => {}
        }
        planner.end(one);
    }
    attempt.done(Some(planner.finish()?), Vec::new());
    Ok(())
}
