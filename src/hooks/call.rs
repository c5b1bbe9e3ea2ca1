//! What a hook does when git runs it: whether there is anything to do at all, told as cheaply as can be.

use std::rc::Rc;

use gix::ObjectId;

use super::{HookEvent, touched};
use crate::{
    git::{GitError, Repo},
    id::{CommitId, Line},
    index::{self, IndexError, Look},
    operation::OperationError,
    pending,
    project::history::{History, ProjectCommit},
    sidecar::Reader,
};

/// How many commits may lie between HEAD and one whose versions are remembered. Beyond it they are walked one by one, and
/// then remembered.
const MOST_COMMITS: usize = 32;

/// A call by git.
#[derive(Debug, Clone)]
pub struct HookCall {
    /// The event.
    pub event: HookEvent,
    /// The arguments that git gave to the hook.
    pub arguments: Vec<String>,
}

/// How a hook ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HookEnd {
    /// Nothing to do with artifacts: files were checked out, HEAD is detached, a rebase is running, nothing is deployed. The
    /// next command catches up.
    Ignored,
    /// The project's commits are known, or call for nothing.
    Unchanged,
    /// So many versions were recorded.
    Recorded(usize),
}

/// The line and commit that a hook is to look at; `None` where it has nothing to do.
pub(crate) fn place(repo: &Repo, call: &HookCall) -> Result<Option<(Line, ObjectId)>, GitError> {
    // Those of a server are about what was pushed, not about what is checked out.
    if call.event.is_server() {
        return Ok(None);
    }
    let argument = |n: usize| call.arguments.get(n).map(String::as_str);
    let rebase_may_run = match call.event {
        // Its third argument: a branch was switched (1), or single files were checked out.
        HookEvent::PostCheckout if argument(2) == Some("0") => return Ok(None),
        // HEAD is on its branch again, but git removes its notes of the rebase only afterwards.
        HookEvent::PostRewrite => true,
        // What it does is not a matter of commits that were made: see `LineageStore::push_along`.
        HookEvent::PrePush => return Ok(None),
        _ => false,
    };
    if repo.is_rebasing()? && !rebase_may_run {
        return Ok(None);
    }
    let head = repo.head()?;
    Ok(head.line.filter(|_| !head.detached).zip(head.commit))
}

/// Whether the commits up to `tip` surely call for nothing: no artifact is deployed, or nothing has changed at the artifacts
/// since a commit whose versions are remembered. Commits and trees are compared, and no file is read but the manifest.
///
/// What is remembered may be out of date, and a change may be taken back within a few commits: then a hook does less than it
/// could, and the next command, which looks at every commit, does the rest.
pub(crate) fn calls_for_nothing(repo: &Repo, tip: ObjectId) -> Result<Option<HookEnd>, OperationError> {
    let history = History::new(repo);
    let commit = history.commit(tip)?;
    let Some(manifest) = history.manifest_blob(&commit)? else {
        return Ok(Some(HookEnd::Ignored));
    };
    let Look::Sidecar(memo) = index::look(repo)? else {
        return Ok(None);
    };
    // What stands unfinished may just have been ended.
    let unfinished = repo.list_refs(&repo.prefix().worktree_dir(&pending::worktree_name(repo)))?;
    let Some(known) = nearest_known(&history, memo.reader(), &commit)?.filter(|_| unfinished.is_empty()) else {
        return Ok(None);
    };
    if history.manifest_blob(&known)? != Some(manifest) {
        return Ok(None);
    }
    let text = repo.read_kind(manifest, gix::objs::Kind::Blob)?;
    let touched = touched::is_touched(&history, (known.tree, commit.tree), &text)?;
    Ok((touched == Some(false)).then_some(HookEnd::Unchanged))
}

/// The nearest commit along single parents whose versions are remembered.
fn nearest_known(
    history: &History<'_>,
    memo: &Reader,
    tip: &Rc<ProjectCommit>,
) -> Result<Option<Rc<ProjectCommit>>, OperationError> {
    let mut commit = Rc::clone(tip);
    for _ in 0..MOST_COMMITS {
        let remembered = memo
            .project_state(&CommitId::from_oid(commit.id))
            .map_err(IndexError::from)?;
        if remembered.is_some() {
            return Ok(Some(commit));
        }
        match commit.parents.as_slice() {
            [parent] => commit = history.commit(*parent)?,
            _ => return Ok(None),
        }
    }
    Ok(None)
}
