//! [`Remote`]: which of the project's remotes is meant.

use super::{SharingError, transport::without_credentials};
use crate::{
    git::{GitError, Repo},
    id::Line,
};

/// A remote of the project's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    name: String,
}

impl Remote {
    /// The remote of that name.
    ///
    /// # Errors
    /// [`SharingError::UnknownRemote`]: a URL is none, because nobody could say what was last seen there.
    pub(crate) fn named(repo: &Repo, name: &str) -> Result<Self, SharingError> {
        let remotes = names(repo);
        if !remotes.iter().any(|known| known == name) {
            return Err(SharingError::UnknownRemote {
                name: without_credentials(name),
                remotes,
            });
        }
        Ok(Remote { name: name.to_owned() })
    }

    /// Where a plain `git fetch` on this line would fetch from.
    ///
    /// # Errors
    /// [`SharingError::NoRemote`], [`SharingError::WhichRemote`].
    pub(crate) fn to_fetch_from(repo: &Repo, line: Option<&Line>) -> Result<Self, SharingError> {
        let of_branch = line.and_then(|line| repo.config_string(&format!("branch.{line}.remote")));
        Remote::first_of([of_branch], repo)
    }

    /// Where a plain `git push` on this line would push to.
    ///
    /// # Errors
    /// As [`to_fetch_from`](Self::to_fetch_from).
    pub(crate) fn to_push_to(repo: &Repo, line: Option<&Line>) -> Result<Self, SharingError> {
        let of_branch = |key| line.and_then(|line| repo.config_string(&format!("branch.{line}.{key}")));
        let candidates = [
            of_branch("pushRemote"),
            repo.config_string("remote.pushDefault"),
            of_branch("remote"),
        ];
        Remote::first_of(candidates, repo)
    }

    fn first_of<const N: usize>(candidates: [Option<String>; N], repo: &Repo) -> Result<Self, SharingError> {
        let remotes = names(repo);
        let configured = candidates.into_iter().flatten().find(|name| remotes.contains(name));
        if let Some(name) = configured {
            return Ok(Remote { name });
        }
        match remotes.as_slice() {
            [] => Err(SharingError::NoRemote),
            [only] => Ok(Remote { name: only.clone() }),
            _ => match remotes.iter().find(|name| *name == "origin") {
                Some(origin) => Ok(Remote { name: origin.clone() }),
                None => Err(SharingError::WhichRemote { remotes }),
            },
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a plain `git push` there pushes what is no fast-forward.
    pub(crate) fn pushes_by_force(&self, repo: &Repo) -> bool {
        let refspec = repo.config_string(&format!("remote.{}.push", self.name));
        let mirror = repo.config_bool(&format!("remote.{}.mirror", self.name));
        mirror == Some(true) || refspec.is_some_and(|refspec| refspec.starts_with('+'))
    }

    /// What the refs of what was last seen there start with.
    pub(crate) fn tracking_dir(&self, repo: &Repo) -> String {
        repo.prefix().remote_dir(&self.name)
    }

    /// Brings every head from there to where it is remembered.
    pub(crate) fn refspec(&self, repo: &Repo) -> String {
        format!("+{}*:{}*", repo.prefix().heads_dir(), self.tracking_dir(repo))
    }

    /// The branch over there that a local one follows; the one of the same name where it follows none.
    pub(crate) fn branch_of(&self, repo: &Repo, line: &Line) -> Line {
        let followed = (repo.config_string(&format!("branch.{line}.remote")).as_deref() == Some(self.name()))
            .then(|| repo.config_string(&format!("branch.{line}.merge")))
            .flatten();
        let followed = followed.as_deref().and_then(|name| name.strip_prefix("refs/heads/"));
        followed
            .and_then(|name| name.parse().ok())
            .unwrap_or_else(|| line.clone())
    }
}

/// All remotes whose names git would take as such.
fn names(repo: &Repo) -> Vec<String> {
    let names = repo.gix().remote_names();
    let names = names.iter().map(ToString::to_string);
    names.filter(|name| !name.starts_with('-')).collect()
}

/// The local branches, without those that lineage itself stands in.
pub(crate) fn local_branches(repo: &Repo) -> Result<Vec<(Line, gix::ObjectId)>, GitError> {
    let lineage = format!("{}/", repo.prefix());
    let refs = repo.list_refs("refs/heads/")?.into_iter();
    let branches = refs.filter(|(name, _)| !name.starts_with(&lineage));
    let lines = branches.filter_map(|(name, tip)| Some((name.strip_prefix("refs/heads/")?.parse().ok()?, tip)));
    Ok(lines.collect())
}
