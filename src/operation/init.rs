//! `init`: the manifest, and fetch refspecs so that a plain `git fetch` brings lineage along.

use serde::Serialize;

use super::{OperationError, manifest_file};
use crate::{
    git::{GitError, Repo},
    manifest::{MANIFEST_FILE, Manifest},
};

/// The answer to `init`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Initialized {
    /// The manifest's path, relative to the project's root.
    pub manifest: String,
    /// False if it was there already.
    pub created: bool,
    /// The remotes that were given a fetch refspec for lineage by this call.
    pub remotes: Vec<String>,
}

/// Creates what is missing; calling it again changes nothing.
pub(crate) fn initialize(repo: &Repo) -> Result<Initialized, OperationError> {
    let refspecs = missing_fetch_refspecs(repo)?;
    if !refspecs.is_empty() {
        repo.wait_for_config()?;
    }
    let created = repo.work_tree().is_ok() && !manifest_file::exists(repo)?;
    if created {
        manifest_file::write_bytes(repo, Some(&Manifest::default().to_bytes()))?;
    }
    let mut remotes = Vec::with_capacity(refspecs.len());
    for Missing { remote, key, refspec } in refspecs {
        repo.run_git(&["config", "--local", "--add", &key, &refspec], b"")?;
        remotes.push(remote);
    }
    Ok(Initialized {
        manifest: MANIFEST_FILE.to_owned(),
        created,
        remotes,
    })
}

/// A line that a remote's configuration lacks.
struct Missing {
    remote: String,
    key: String,
    refspec: String,
}

/// Lineage heads of a remote are fetched beside ours, never onto them.
fn missing_fetch_refspecs(repo: &Repo) -> Result<Vec<Missing>, GitError> {
    let mut missing = Vec::new();
    for remote in repo.gix().remote_names() {
        let remote = remote.to_string();
        let refspec = format!("+{}*:{}*", repo.prefix().heads_dir(), repo.prefix().remote_dir(&remote));
        let key = format!("remote.{remote}.fetch");
        let known = repo.ask_git(&["config", "--local", "--get-all", &key])?;
        let known = String::from_utf8_lossy(&known.unwrap_or_default()).into_owned();
        if !known.lines().any(|line| line == refspec) {
            missing.push(Missing { remote, key, refspec });
        }
    }
    Ok(missing)
}
