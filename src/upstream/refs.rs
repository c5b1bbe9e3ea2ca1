//! What an upstream's refs are now: one `git ls-remote`, and which commit a name means.

use std::collections::BTreeMap;

use gix::ObjectId;

use super::{
    Store, UpstreamError,
    command::{REMOTE, git, name_upstream, run},
};
use crate::similar::similar_names;

/// A ref as it is now, or a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// As it was asked for; the upstream's default branch by its name.
    pub(crate) ref_name: String,
    /// The ref in full, e.g. `refs/heads/main`; `None` for a commit id.
    pub(crate) full_name: Option<String>,
    /// The commit it leads to.
    pub(crate) commit: ObjectId,
}

impl Resolved {
    pub(super) fn commit(commit: ObjectId) -> Self {
        Resolved {
            ref_name: commit.to_string(),
            full_name: None,
            commit,
        }
    }
}

impl Store {
    /// The commit that a branch, a tag, a full ref name or a full commit id leads to; `None` asks for the branch that
    /// the upstream's HEAD names. Asks the upstream once, and not at all for a commit id.
    ///
    /// Where a branch and a tag have the same name, the branch is meant, as in `git clone --branch`; `tags/<name>` is the
    /// tag. Tags lead to what they were made for. Whether a commit id is there is left to [`fetch`](Store::fetch).
    ///
    /// # Errors
    /// [`UpstreamError::Unreachable`], [`UpstreamError::EmptyUpstream`], [`UpstreamError::RefGone`] and
    /// [`UpstreamError::NoDefaultBranch`].
    pub(crate) fn resolve(&self, ref_name: Option<&str>) -> Result<Resolved, UpstreamError> {
        if let Some(commit) = ref_name.and_then(|name| ObjectId::from_hex(name.as_bytes()).ok()) {
            return Ok(Resolved::commit(commit));
        }
        let remote = self.ls_remote(ref_name)?;
        match ref_name {
            None => self.default_branch(&remote),
            Some(name) => {
                let found = ["refs/heads/", "refs/tags/", "refs/", ""].iter().find_map(|prefix| {
                    let full_name = format!("{prefix}{name}");
                    let commit = remote.find(&full_name).filter(|_| full_name.starts_with("refs/"))?;
                    Some(Resolved {
                        ref_name: name.to_owned(),
                        full_name: Some(full_name),
                        commit,
                    })
                });
                found.ok_or_else(|| self.ref_gone(name, &remote))
            }
        }
    }

    fn ls_remote(&self, ref_name: Option<&str>) -> Result<RemoteRefs, UpstreamError> {
        self.cache.create()?;
        let mut command = git(&self.cache, None);
        name_upstream(&mut command, &self.url);
        command.args(["ls-remote", "--symref"]);
        // A server that can sends no more than that; hosts keep refs of every change ever proposed.
        if ref_name.is_some_and(|name| !name.starts_with("refs/")) {
            command.args(["--heads", "--tags"]);
        }
        command.arg(REMOTE);
        let outcome = run(command, &self.url, b"")?;
        if outcome.success {
            return Ok(RemoteRefs::parse(&outcome.stdout));
        }
        Err(UpstreamError::Unreachable {
            url: self.url().to_owned(),
            message: outcome.message,
        })
    }

    fn default_branch(&self, remote: &RemoteRefs) -> Result<Resolved, UpstreamError> {
        let branches = || remote.refs.keys().filter_map(|name| name.strip_prefix(BRANCHES));
        let named = remote.head.as_deref().and_then(|head| head.strip_prefix(BRANCHES));
        // Old servers do not say which branch HEAD names; like git, guess by where it stands.
        let guess = || {
            let head = remote.find("HEAD")?;
            let mut equal: Vec<&str> = branches()
                .filter(|branch| remote.find(&format!("{BRANCHES}{branch}")) == Some(head))
                .collect();
            equal.sort_by_key(|branch| !matches!(*branch, "main" | "master"));
            equal.first().copied()
        };
        let branch = named.or_else(guess);
        let found = branch.and_then(|branch| {
            let full_name = format!("{BRANCHES}{branch}");
            Some(Resolved {
                ref_name: branch.to_owned(),
                commit: remote.find(&full_name)?,
                full_name: Some(full_name),
            })
        });
        let url = || self.url().to_owned();
        found.ok_or_else(|| {
            if remote.refs.is_empty() {
                UpstreamError::EmptyUpstream { url: url() }
            } else {
                UpstreamError::NoDefaultBranch {
                    url: url(),
                    branches: branches().map(str::to_owned).collect(),
                }
            }
        })
    }

    fn ref_gone(&self, ref_name: &str, remote: &RemoteRefs) -> UpstreamError {
        let url = self.url().to_owned();
        if remote.refs.is_empty() {
            return UpstreamError::EmptyUpstream { url };
        }
        let short = remote
            .refs
            .keys()
            .filter_map(|name| name.strip_prefix(BRANCHES).or_else(|| name.strip_prefix("refs/tags/")));
        let wanted = ref_name.strip_prefix(BRANCHES).unwrap_or(ref_name);
        UpstreamError::RefGone {
            url,
            ref_name: ref_name.to_owned(),
            similar: similar_names(wanted, short),
        }
    }
}

const BRANCHES: &str = "refs/heads/";

/// What `git ls-remote --symref` prints.
#[derive(Debug, Default)]
struct RemoteRefs {
    /// The ref that HEAD names.
    head: Option<String>,
    /// What each ref leads to, through all tag objects.
    refs: BTreeMap<String, ObjectId>,
}

impl RemoteRefs {
    fn parse(printed: &[u8]) -> Self {
        let mut found = RemoteRefs::default();
        for line in String::from_utf8_lossy(printed).lines() {
            match line.split_once('\t') {
                Some((target, "HEAD")) if target.starts_with("ref: ") => {
                    found.head = target.strip_prefix("ref: ").map(str::to_owned);
                }
                Some((id, name)) => {
                    // After a tag comes what it was made for.
                    let name = name.strip_suffix("^{}").unwrap_or(name);
                    if let Ok(id) = ObjectId::from_hex(id.as_bytes()) {
                        found.refs.insert(name.to_owned(), id);
                    }
                }
                None => {}
            }
        }
        found
    }

    fn find(&self, full_name: &str) -> Option<ObjectId> {
        self.refs.get(full_name).copied()
    }
}
