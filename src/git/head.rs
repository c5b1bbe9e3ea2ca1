//! HEAD: which branch, hence which line, is checked out, and at which commit.

use gix::ObjectId;

use super::{
    GitError, Repo,
    look::{is_nothing, look_at},
};
use crate::id::Line;

/// What HEAD says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The branch checked out; during a rebase the one being rebased; `None` where HEAD is detached.
    pub(crate) line: Option<Line>,
    /// The commit checked out; `None` on a branch without commits.
    pub(crate) commit: Option<ObjectId>,
    /// No branch is checked out; during a rebase there is a line all the same.
    pub(crate) detached: bool,
}

impl Repo {
    /// Reads HEAD.
    pub(crate) fn head(&self) -> Result<Head, GitError> {
        let (branch, commit) = if self.reftable {
            self.reftable_head()?
        } else {
            self.undisturbed(|| self.files_head())?
        };
        let detached = branch.is_none();
        let branch = match branch {
            Some(branch) => Some(branch),
            None => self.rebased_branch()?,
        };
        let line = branch.as_deref().and_then(|name| name.strip_prefix("refs/heads/"));
        Ok(Head {
            line: line.and_then(|name| name.parse().ok()),
            commit,
            detached,
        })
    }

    fn files_head(&self) -> Result<(Option<String>, Option<ObjectId>), GitError> {
        let unreadable = |source: gix::Error| GitError::UnreadableRef {
            name: "HEAD".to_owned(),
            source: source.into(),
        };
        let mut head = self.gix().head().map_err(unreadable)?;
        let branch = head.referent_name().map(|name| name.as_bstr().to_string());
        let commit = if head.is_unborn() {
            None
        } else {
            head.try_peel_to_id().map_err(unreadable)?.map(gix::Id::detach)
        };
        Ok((branch, commit))
    }

    /// The commit at the tip of a line's branch; `None` if there is no such branch.
    pub(crate) fn branch_tip(&self, line: &Line) -> Result<Option<ObjectId>, GitError> {
        self.find_ref(&line.branch_ref())
    }

    /// The commits that are being merged into HEAD in this work tree; none unless a merge waits to be committed.
    pub(crate) fn merge_heads(&self) -> Result<Vec<ObjectId>, GitError> {
        let text = self.note_of_git("MERGE_HEAD")?.unwrap_or_default();
        let ids = text.lines().map(|id| ObjectId::from_hex(id.trim().as_bytes()));
        Ok(ids.filter_map(Result::ok).collect())
    }

    /// Whether a rebase is running, or git has yet to remove its notes of one; `git am` is none.
    pub(crate) fn is_rebasing(&self) -> Result<bool, GitError> {
        for name in ["rebase-merge", "rebase-apply/rebasing"] {
            if look_at(&self.gix().git_dir().join(name))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// While a rebase runs HEAD is detached, but the work still belongs to the branch being rebased.
    fn rebased_branch(&self) -> Result<Option<String>, GitError> {
        for file in ["rebase-merge/head-name", "rebase-apply/head-name"] {
            if let Some(name) = self.note_of_git(file)? {
                return Ok(Some(name.trim().to_owned()));
            }
        }
        Ok(None)
    }

    /// What git notes in a file of this work tree's git directory while something stands; `None` where there is no such file,
    /// which is another matter than one that cannot be read.
    fn note_of_git(&self, name: &str) -> Result<Option<String>, GitError> {
        let path = self.gix().git_dir().join(name);
        match std::fs::read(&path) {
            Ok(text) => Ok(Some(String::from_utf8_lossy(&text).into_owned())),
            Err(error) if is_nothing(error.kind()) => Ok(None),
            Err(error) => Err(GitError::io("read", &path)(error)),
        }
    }
}

impl Repo {
    /// The commit that a revision names, by git's own rules; `None` if there is none.
    pub(crate) fn resolve_commit(&self, rev: &str) -> Result<Option<ObjectId>, GitError> {
        let revision = format!("{rev}^{{commit}}");
        let id = self.ask_git(&["rev-parse", "-q", "--verify", "--end-of-options", &revision])?;
        Ok(id.and_then(|id| ObjectId::from_hex(id.trim_ascii()).ok()))
    }

    /// Whether one project commit is, or comes before, another.
    pub(crate) fn is_ancestor(&self, ancestor: ObjectId, descendant: ObjectId) -> Result<bool, GitError> {
        if ancestor == descendant {
            return Ok(true);
        }
        let bases = self.gix().merge_bases_many(ancestor, &[descendant]);
        let bases = bases.map_err(GitError::backend("compare two commits"))?;
        Ok(bases.iter().any(|base| base.detach() == ancestor))
    }
}
