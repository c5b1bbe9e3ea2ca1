//! Which project commits a remote holds, or is about to hold, on which of its branches.

use std::{collections::BTreeMap, str::FromStr};

use gix::ObjectId;

use super::{Remote, remote::local_branches};
use crate::{
    git::{GitError, Repo},
    id::{ArtifactId, CommitId, Line},
    project::history::{History, HistoryError},
    refname::encode_component,
};

/// One line of what git tells a `pre-push` hook: `<local ref> <local id> <remote ref> <remote id>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingRef {
    /// What is pushed, as it was named; `(delete)` for a deletion.
    pub local_ref: String,
    /// The commit; `None` for a deletion.
    pub local: Option<CommitId>,
    /// The full name of the ref over there.
    pub remote_ref: String,
    /// What it is now; `None` where it does not exist.
    pub remote: Option<CommitId>,
}

/// A line that is not one of those that git gives to a `pre-push` hook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{line}' is not what git tells a pre-push hook")]
pub struct InvalidOutgoingRef {
    /// The line as given.
    pub line: String,
}

impl FromStr for OutgoingRef {
    type Err = InvalidOutgoingRef;

    fn from_str(line: &str) -> Result<Self, InvalidOutgoingRef> {
        let invalid = || InvalidOutgoingRef { line: line.to_owned() };
        let id = |text: &str| {
            if text.len() >= 40 && text.bytes().all(|byte| byte == b'0') {
                return Ok(None);
            }
            text.parse().map(Some).map_err(|_| invalid())
        };
        let mut words = line.rsplitn(4, ' ');
        let mut next = || words.next().ok_or_else(invalid);
        let (remote, remote_ref, local, local_ref) = (next()?, next()?, next()?, next()?);
        Ok(OutgoingRef {
            local_ref: local_ref.to_owned(),
            local: id(local)?,
            remote_ref: remote_ref.to_owned(),
            remote: id(remote)?,
        })
    }
}

/// Why nothing, or not everything, was sent for a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// The remote has no such branch: its versions go with its commits.
    NotPushed,
    /// The branch over there has commits that are not part of the one here.
    Behind,
    /// git will refuse the push.
    Refused,
    /// What is pushed is on no local branch, so nobody can tell on which line its versions are.
    NoLine,
    /// The versions that these artifacts' commits build on are neither here nor over there: who recorded them has not sent
    /// them yet. What the branch holds of other artifacts was sent.
    MissingVersions(Vec<ArtifactId>),
}

/// A branch for which nothing, or not everything, was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// The branch, as it is called over there.
    pub line: Line,
    /// Why.
    pub reason: LeftOutReason,
}

/// A branch over there with the commit whose versions it should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Branch {
    pub(crate) there: Line,
    pub(crate) here: Line,
    pub(crate) commit: ObjectId,
    /// What was there before is not part of the commit's history.
    pub(crate) goes_back: bool,
}

/// All that a push is about.
#[derive(Debug, Default)]
pub(crate) struct Branches {
    pub(crate) branches: Vec<Branch>,
    pub(crate) left_out: Vec<LeftOut>,
    gone: Gone,
}

/// Which branches are no longer there.
#[derive(Debug)]
enum Gone {
    /// These, as spelled in ref names.
    These(Vec<String>),
    /// All but these.
    AllBut(Vec<String>),
}

impl Default for Gone {
    fn default() -> Self {
        Gone::These(Vec::new())
    }
}

impl Branches {
    /// Whether there is no branch for this line, as it is spelled in ref names, any more.
    pub(crate) fn is_gone(&self, line: &str) -> bool {
        match &self.gone {
            Gone::These(lines) => lines.iter().any(|gone| gone == line),
            Gone::AllBut(lines) => !lines.iter().any(|there| there == line),
        }
    }

    fn leave_out(&mut self, line: Line, reason: LeftOutReason) {
        self.left_out.push(LeftOut { line, reason });
    }
}

impl Branches {
    /// The local branches that a remote has, at what it has of them: `there` are its refs by full name.
    pub(crate) fn of_remote(
        repo: &Repo,
        remote: &Remote,
        there: &BTreeMap<String, ObjectId>,
    ) -> Result<Self, GitError> {
        let lines = there.keys().filter_map(|name| name.strip_prefix("refs/heads/"));
        let mut found = Branches {
            gone: Gone::AllBut(lines.map(encode_component).collect()),
            ..Branches::default()
        };
        for (here, tip) in local_branches(repo)? {
            let line = remote.branch_of(repo, &here);
            let Some(commit) = there.get(&line.branch_ref()).copied() else {
                found.leave_out(line, LeftOutReason::NotPushed);
                continue;
            };
            if !repo.exists(commit) || !repo.is_ancestor(commit, tip)? {
                found.leave_out(line, LeftOutReason::Behind);
                continue;
            }
            found.branches.push(Branch {
                there: line,
                here,
                commit,
                goes_back: false,
            });
        }
        Ok(found)
    }

    /// The branches of a push that is about to happen. `forced` tells whether git was asked to push what is no fast-forward.
    pub(crate) fn of_updates(
        repo: &Repo,
        remote: &Remote,
        updates: &[OutgoingRef],
        forced: bool,
    ) -> Result<Self, GitError> {
        let forced = forced || remote.pushes_by_force(repo);
        let mut found = Branches::default();
        let mut gone = Vec::new();
        for update in updates {
            let name = update.remote_ref.strip_prefix("refs/heads/");
            let Some(there) = name.and_then(|name| name.parse::<Line>().ok()) else {
                continue;
            };
            if update.remote_ref.starts_with(&format!("{}/", repo.prefix())) {
                continue;
            }
            let Some(commit) = update.local.map(|id| id.oid()) else {
                gone.push(encode_component(there.as_str()));
                continue;
            };
            let goes_back = match update.remote.map(|id| id.oid()) {
                None => false,
                Some(before) => !repo.exists(before) || !repo.is_ancestor(before, commit)?,
            };
            if goes_back && !forced {
                found.leave_out(there, LeftOutReason::Refused);
                continue;
            }
            match line_of(repo, update, commit, &there)? {
                Some(here) => found.branches.push(Branch {
                    there,
                    here,
                    commit,
                    goes_back,
                }),
                None => found.leave_out(there, LeftOutReason::NoLine),
            }
        }
        found.gone = Gone::These(gone);
        Ok(found)
    }
}

/// Whether a push has anything to do with lineage: a commit that names artifacts goes, or a branch of a project that shares
/// lineage is deleted.
pub(crate) fn concern_lineage(repo: &Repo, updates: &[OutgoingRef]) -> Result<bool, HistoryError> {
    let history = History::new(repo);
    let mut deletes = false;
    for update in updates {
        match update.local.map(|id| id.oid()) {
            None => deletes = true,
            Some(commit) if update.remote_ref.starts_with("refs/heads/") => {
                let commit = history.commit(commit)?;
                if history.manifest_blob(&commit)?.is_some() {
                    return Ok(true);
                }
            }
            Some(_) => {}
        }
    }
    Ok(deletes && !repo.list_refs(&repo.prefix().remotes_dir())?.is_empty())
}

/// The local line that a pushed commit is on: the branch that was named, else the one checked out, else one of the same name.
fn line_of(repo: &Repo, update: &OutgoingRef, commit: ObjectId, there: &Line) -> Result<Option<Line>, GitError> {
    let named = update.local_ref.strip_prefix("refs/heads/");
    let named = named.and_then(|name| name.parse().ok());
    for line in [named, repo.head()?.line, Some(there.clone())].into_iter().flatten() {
        if let Some(tip) = repo.branch_tip(&line)?
            && repo.is_ancestor(commit, tip)?
        {
            return Ok(Some(line));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_tells_a_hook_is_read() {
        let id = "3cf9a8d1b54e1e7d0e2b0c1a4f6d8e9a0b1c2d3e";
        let zero = "0".repeat(40);
        let read = |line: &str| line.parse::<OutgoingRef>();
        let update = read(&format!("refs/heads/a {id} refs/heads/b {zero}")).expect("well-formed");
        assert_eq!(update.local_ref, "refs/heads/a");
        assert_eq!(update.local.map(|id| id.to_string()).as_deref(), Some(id));
        assert_eq!((update.remote_ref.as_str(), update.remote), ("refs/heads/b", None));
        let deletion = read(&format!("(delete) {zero} refs/heads/b {id}")).expect("well-formed");
        assert_eq!((deletion.local, deletion.local_ref.as_str()), (None, "(delete)"));
        // Whatever was typed may stand in front, with spaces too.
        let typed = read(&format!("HEAD^{{/fix it}} {id} refs/heads/b {zero}")).expect("well-formed");
        assert_eq!(typed.local_ref, "HEAD^{/fix it}");
        for bad in ["", "a b c", "refs/heads/a x refs/heads/b y"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
