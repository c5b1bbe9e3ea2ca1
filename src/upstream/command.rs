//! git commands on stores and upstreams.
//!
//! Guarantees: such a command knows nothing of the project (its repository, objects, index); it prints English; it asks
//! nothing on standard input; the URL with its credentials reaches git through the environment only, so that git writes
//! it nowhere, and no message that comes back holds them.

use std::{path::Path, process::Command};

use super::{UpstreamError, cache::Cache, source::GitUrl};
use crate::git::{
    GitError,
    command::{clear_local_environment, output_of},
};

/// What git calls the upstream while it works on a store.
pub(super) const REMOTE: &str = "lineage-upstream";
/// Holds the URL on its way to git.
const URL_VARIABLE: &str = "GIT_LINEAGE_UPSTREAM_URL";

/// What a command left behind.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) success: bool,
    pub(super) stdout: Vec<u8>,
    /// What git said, without credentials.
    pub(super) message: String,
}

/// A git command in the cache's directory, bound to the store at `store`, else to no repository at all.
pub(super) fn git(cache: &Cache, store: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    #[cfg(test)]
    cache.set_environment(&mut command);
    clear_local_environment(&mut command);
    command
        .current_dir(cache.root())
        // The home directory above the cache may be a repository, whose configuration is not meant for this.
        .env("GIT_CEILING_DIRECTORIES", cache.root().parent().unwrap_or(cache.root()))
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        // What is missing is fetched in one go where it is needed. git's own way, object by object, never ends where the
        // server is a folder behind HTTP. Older git than 2.44 does not know the variable; it is not told of the upstream
        // where it could try (see `fetch`).
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("LC_ALL", "C");
    if let Some(store) = store {
        command.env("GIT_DIR", store);
    }
    command
}

/// Tells a command where the upstream is.
pub(super) fn name_upstream(command: &mut Command, url: &GitUrl) {
    command
        .env(URL_VARIABLE, url.fetch())
        .arg(format!("--config-env=remote.{REMOTE}.url={URL_VARIABLE}"));
}

/// Tells a command that the upstream keeps what is missing here, with which filter, and that git need not note it down.
pub(super) fn promise(command: &mut Command) {
    command.args([
        "-c",
        &format!("remote.{REMOTE}.promisor=true"),
        "-c",
        &format!("remote.{REMOTE}.partialCloneFilter=blob:none"),
    ]);
}

/// Runs a command to its end.
pub(super) fn run(command: Command, url: &GitUrl, input: &[u8]) -> Result<Outcome, GitError> {
    let output = output_of(command, input)?;
    let message = url.scrub(String::from_utf8_lossy(&output.stderr).trim());
    Ok(Outcome {
        success: output.status.success(),
        stdout: output.stdout,
        message: if message.is_empty() && !output.status.success() {
            format!("git ended with {}", output.status)
        } else {
            message
        },
    })
}

/// Runs a command that only works on the store and is expected to succeed.
pub(super) fn run_local(command: Command, url: &GitUrl, name: &str) -> Result<Vec<u8>, UpstreamError> {
    let outcome = run(command, url, b"")?;
    if outcome.success {
        return Ok(outcome.stdout);
    }
    Err(UpstreamError::Git(GitError::GitFailed {
        command: name.to_owned(),
        message: outcome.message,
    }))
}
