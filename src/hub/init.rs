//! `hub init`: a bare repository that says it is a hub.

use std::{
    path::{Path, absolute},
    process::Command,
};

use super::{HubError, HubInitialized};
use crate::{
    git::{
        Environment, GitError, Repo,
        command::{clear_local_environment, complaint, output_of},
    },
    id::HashKind,
};

/// The setting that makes a bare repository a hub.
const HUB: &str = "lineage.hub";

/// Whether a repository is a hub.
pub(crate) fn is_hub(repo: &Repo) -> bool {
    repo.work_tree().is_err() && repo.config_bool(HUB).unwrap_or(false)
}

/// Refuses what is only for hubs.
pub(super) fn require(repo: &Repo) -> Result<(), HubError> {
    if is_hub(repo) {
        return Ok(());
    }
    let git_dir = repo.gix().git_dir().to_owned();
    Err(HubError::NotAHub { git_dir })
}

/// Makes a hub of a directory that is empty or not there, or of the bare repository in it.
pub(crate) fn init(dir: &Path, format: Option<HashKind>) -> Result<HubInitialized, HubError> {
    let dir = absolute(dir).map_err(GitError::io("resolve", dir))?;
    let (repo, created) = match Repo::open(&dir, Environment::Ignored) {
        Ok(repo) if repo.work_tree().is_ok() => return Err(HubError::NotBare { dir }),
        Ok(repo) => (repo, false),
        Err(GitError::NotARepository { .. }) => {
            if dir.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
                return Err(HubError::Occupied { dir });
            }
            make(&dir, format)?;
            (Repo::open(&dir, Environment::Ignored)?, true)
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(format) = format
        && format != repo.hash_kind()
    {
        let found = repo.hash_kind();
        return Err(HubError::ObjectFormat { dir, found });
    }
    if !is_hub(&repo) {
        repo.wait_for_config()?;
        repo.run_git(&["config", "--local", HUB, "true"], b"")?;
    }
    let path = dir.canonicalize().unwrap_or(dir);
    Ok(HubInitialized { path, created })
}

fn make(dir: &Path, format: Option<HashKind>) -> Result<(), GitError> {
    let mut command = Command::new("git");
    clear_local_environment(&mut command);
    command.env("LC_ALL", "C").args(["init", "--quiet", "--bare"]);
    match format {
        None => {}
        Some(HashKind::Sha1) => drop(command.arg("--object-format=sha1")),
        Some(HashKind::Sha256) => drop(command.arg("--object-format=sha256")),
    }
    command.arg("--").arg(dir);
    let output = output_of(command, b"")?;
    if output.status.success() {
        return Ok(());
    }
    Err(GitError::GitFailed {
        command: "init".to_owned(),
        message: complaint(&output),
    })
}
