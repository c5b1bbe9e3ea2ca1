//! Deleting what nothing reaches any more, once the refs are gone.

use std::{collections::HashSet, fs};

use gix::{ObjectId, objs::Kind};

use super::{
    Forgotten, StillHeld,
    holders::{self, Found},
    plan::{Plan, lineage_refs, tree_objects},
};
use crate::{
    git::{
        GitError, Repo, WorktreeDir,
        erase::{Alone, Walk},
        look_at,
    },
    index::Index,
    operation::{
        OperationError,
        note::{KEEPING_REF, NOTE_FILE},
    },
    refname::LineageRef,
};

/// How that ended.
pub(crate) enum Erased {
    /// As far as nothing else holds it.
    Done(Box<Forgotten>),
    /// Versions were made meanwhile that lead to it again.
    KnownAgain,
}

/// Deletes. `alone` sees to it that whoever writes meanwhile keeps what it needs.
pub(crate) fn erase(repo: &Repo, index: &Index, plan: &mut Plan, alone: &Alone) -> Result<Erased, OperationError> {
    for version in &plan.journal.versions {
        if index.version_with_order(version)?.is_some() {
            return Ok(Erased::KnownAgain);
        }
    }
    forget_reflogs(repo, plan)?;
    let now = lineage_refs(repo)?.into_iter().map(|(_, id)| id).collect();
    let mut scene = Scene::of(repo, now, true)?;
    let mut reached = scene.reached(repo, &plan.journal.objects())?;
    let undos = scene.undos_to_drop(repo, plan, &mut reached)?;
    if !undos.is_empty() {
        plan.journal.save(repo)?;
        for worktree in &undos {
            drop_undo(repo, worktree)?;
        }
    }
    let doomed = unreached(plan, &reached);
    let mut now: Vec<ObjectId> = lineage_refs(repo)?.into_iter().map(|(_, id)| id).collect();
    now.retain(|id| !scene.lineage.contains(id));
    if !now.is_empty() {
        // Somebody was faster than the walk, and what hangs there may be what is to be deleted.
        return Ok(Erased::KnownAgain);
    }
    let stored = repo.stored_among(&doomed)?;
    let left = repo.delete_objects(&doomed, alone)?;
    let held = scene.still_held(repo, index, plan, &reached, &left)?;
    let deleted = stored.len() - left.len();
    Ok(Erased::Done(Box::new(answer(plan, undos, deleted, held))))
}

/// What [`erase`] would do; nothing is changed.
pub(crate) fn foretell(repo: &Repo, index: &Index, plan: &mut Plan) -> Result<Forgotten, OperationError> {
    // Their reflogs will be gone; where git keeps those of lineage refs, those of others are not looked at now.
    let mut scene = Scene::of(repo, plan.lineage_refs_then(repo)?, logs(repo, plan)?.is_empty())?;
    let mut reached = scene.reached(repo, &plan.journal.objects())?;
    let undos = scene.undos_to_drop(repo, plan, &mut reached)?;
    let doomed = unreached(plan, &reached);
    let stored = repo.stored_among(&doomed)?.len();
    let held = scene.still_held(repo, index, plan, &reached, &HashSet::new())?;
    Ok(answer(plan, undos, stored, held))
}

fn answer(plan: &Plan, undos: Vec<WorktreeDir>, deleted_objects: usize, held: StillHeld) -> Forgotten {
    let mut refs = plan.refs.clone();
    refs.sort_by(|a, b| a.ref_name.cmp(&b.ref_name));
    Forgotten {
        artifact_id: plan.journal.artifact_id.clone(),
        versions: plan.journal.versions.clone(),
        refs,
        kept: plan.kept.clone(),
        undo: undos.into_iter().map(|worktree| worktree.name).collect(),
        deleted_objects,
        held,
        pushed: plan.journal.pushed.clone(),
        baseline_lost: plan.baseline_lost,
    }
}

fn unreached(plan: &Plan, reached: &HashSet<ObjectId>) -> HashSet<ObjectId> {
    plan.journal.objects().difference(reached).copied().collect()
}

/// Where everything that counts hangs, once the refs have moved. The undo of last commands does
/// not count until it is known to need nothing that goes.
struct Scene {
    /// Patterns of what is not among `starts` only because it is listed there, or does not count.
    all_but: Vec<String>,
    /// What lineage's refs point to.
    lineage: Vec<ObjectId>,
    /// What refs of single work trees point to, which git leaves out.
    private: Vec<ObjectId>,
    reflogs: bool,
}

impl Scene {
    fn of(repo: &Repo, lineage: Vec<ObjectId>, reflogs: bool) -> Result<Self, OperationError> {
        let mut private = Vec::new();
        for worktree in repo.worktrees()? {
            for area in ["refs/worktree/", "refs/bisect/", "refs/rewritten/"] {
                let refs = repo.private_refs(&worktree, area)?;
                private.extend(
                    refs.into_iter()
                        .filter(|(name, _)| name != KEEPING_REF)
                        .map(|(_, id)| id),
                );
            }
        }
        Ok(Scene {
            all_but: vec![format!("{}/*", repo.prefix().as_str()), KEEPING_REF.to_owned()],
            lineage,
            private,
            reflogs,
        })
    }

    /// The work trees whose undo needs what nothing else reaches. What it holds, as it lay there, goes with it; the others
    /// count from now on.
    fn undos_to_drop(
        &mut self,
        repo: &Repo,
        plan: &mut Plan,
        reached: &mut HashSet<ObjectId>,
    ) -> Result<Vec<WorktreeDir>, OperationError> {
        let doomed = unreached(plan, reached);
        let mut dropped = Vec::new();
        for worktree in repo.worktrees()? {
            for (_, commit) in repo.private_refs(&worktree, KEEPING_REF)? {
                if repo.reachable_among(&doomed, Walk::default(), &[commit])?.is_empty() {
                    self.private.push(commit);
                    continue;
                }
                for object in objects_of_undo(repo, commit)? {
                    plan.journal.add_object(object);
                }
                dropped.push(worktree.clone());
            }
        }
        if !dropped.is_empty() {
            *reached = self.reached(repo, &plan.journal.objects())?;
        }
        Ok(dropped)
    }

    fn starts(&self) -> Vec<ObjectId> {
        self.lineage.iter().chain(&self.private).copied().collect()
    }

    fn reached(&self, repo: &Repo, objects: &HashSet<ObjectId>) -> Result<HashSet<ObjectId>, GitError> {
        let walk = Walk {
            all_but: Some(&self.all_but),
            reflogs: self.reflogs,
            indexes: true,
        };
        repo.reachable_among(objects, walk, &self.starts())
    }

    fn still_held(
        &self,
        repo: &Repo,
        index: &Index,
        plan: &Plan,
        reached: &HashSet<ObjectId>,
        left: &HashSet<ObjectId>,
    ) -> Result<StillHeld, OperationError> {
        let found = Found {
            all_but: &self.all_but,
            lineage: &self.lineage,
            private: &self.private,
            reached,
            left,
        };
        holders::look(repo, index, &plan.journal, &found)
    }
}

/// The commits of an undo, and the files that they hold as they lay in the work tree.
fn objects_of_undo(repo: &Repo, undo: ObjectId) -> Result<Vec<ObjectId>, OperationError> {
    let mut objects = Vec::new();
    for commit in std::iter::once(undo).chain(repo.commit_parents(undo)?) {
        objects.push(commit);
        let data = repo.read_kind(commit, Kind::Commit)?;
        if let Ok(tree) = gix::objs::CommitRefIter::from_bytes(&data, commit.kind()).tree_id() {
            objects.extend(tree_objects(repo, tree)?.into_iter().map(|(id, _)| id));
        }
    }
    Ok(objects)
}

fn drop_undo(repo: &Repo, worktree: &WorktreeDir) -> Result<(), OperationError> {
    let note = worktree.git_dir.join(NOTE_FILE);
    match fs::remove_file(&note) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(GitError::io("delete", &note)(error).into());
        }
        _ => {}
    }
    repo.run_git_in(worktree, &["update-ref", "-d", KEEPING_REF], b"")?;
    Ok(())
}

/// Where refs were before, git may have noted down; that would hold what is to go.
fn forget_reflogs(repo: &Repo, plan: &Plan) -> Result<(), OperationError> {
    let logs = logs(repo, plan)?;
    if !logs.is_empty() {
        let mut args = vec!["reflog", "expire", "--expire=all"];
        args.extend(logs.iter().map(String::as_str));
        repo.run_git(&args, b"")?;
    }
    for worktree in repo.worktrees()? {
        if look_at(&worktree.git_dir.join("logs").join(KEEPING_REF))?.is_some() {
            repo.run_git_in(&worktree, &["reflog", "expire", "--expire=all", KEEPING_REF], b"")?;
        }
    }
    Ok(())
}

/// The refs of the artifact that have a reflog, which git writes only where it is told to for all refs.
fn logs(repo: &Repo, plan: &Plan) -> Result<Vec<String>, OperationError> {
    let mut found = Vec::new();
    for (name, _) in lineage_refs(repo)? {
        let parsed = repo.prefix().parse(name.as_str().into());
        let is_pending = matches!(parsed, Ok(LineageRef::Pending { .. }));
        let concerned = parsed.is_ok_and(|parsed| parsed.matches(&plan.journal.artifact_id));
        if concerned && !is_pending && repo.has_reflog_now(&name) {
            found.push(name);
        }
    }
    Ok(found)
}
