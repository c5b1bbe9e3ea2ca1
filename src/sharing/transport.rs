//! git, as it talks to a remote of the project.
//!
//! Guarantees: no hook of ours is set off; no settings of the user for branches and tags (mirrors, tags that follow,
//! submodules) apply to lineage; arguments never become options; no message that comes back holds credentials.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
};

use gix::ObjectId;

use super::{Remote, SharingError};
use crate::git::{Repo, command::output_of};

/// Whether git may show on standard error how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Shown,
    Hidden,
}

/// How git ended.
pub(super) struct Outcome {
    pub(super) success: bool,
    pub(super) stdout: Vec<u8>,
    /// What it said, without credentials.
    pub(super) message: String,
}

/// A command on the project that talks to a remote.
pub(super) fn talk(repo: &Repo, remote: &Remote, args: &[&str]) -> Command {
    // With a mirror git takes no refspecs.
    let no_mirror = format!("remote.{}.mirror=false", remote.name());
    let mut all = vec!["-c", no_mirror.as_str()];
    all.extend(args);
    repo.git_command(&all)
}

/// Runs a command to its end. What git says is shown as it comes where progress is, and taken down otherwise.
pub(super) fn run(mut command: Command, progress: Progress) -> Result<Outcome, SharingError> {
    let output = match progress {
        Progress::Hidden => output_of(command, b"")?,
        Progress::Shown => {
            let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
            let output = child.and_then(std::process::Child::wait_with_output);
            output.map_err(|source| crate::git::GitError::GitNotFound { source })?
        }
    };
    let message = without_credentials(String::from_utf8_lossy(&output.stderr).trim());
    Ok(Outcome {
        success: output.status.success(),
        message: if message.is_empty() {
            format!("it ended with {}", output.status)
        } else {
            message
        },
        stdout: output.stdout,
    })
}

/// What a remote has below these patterns, by full ref name.
pub(crate) fn list_remote(
    repo: &Repo,
    remote: &Remote,
    patterns: &[&str],
) -> Result<BTreeMap<String, ObjectId>, SharingError> {
    let mut args = vec!["ls-remote", "--refs", "--", remote.name()];
    args.extend(patterns);
    let outcome = run(talk(repo, remote, &args), Progress::Hidden)?;
    if !outcome.success {
        return Err(failed("list", remote, outcome.message));
    }
    let lines = std::str::from_utf8(&outcome.stdout).unwrap_or_default().lines();
    let refs = lines.filter_map(|line| {
        let (id, name) = line.split_once('\t')?;
        Some((name.to_owned(), ObjectId::from_hex(id.as_bytes()).ok()?))
    });
    Ok(refs.collect())
}

pub(super) fn failed(what: &'static str, remote: &Remote, message: String) -> SharingError {
    SharingError::Transport {
        what,
        remote: remote.name().to_owned(),
        message,
    }
}

/// Takes `user:password@` out of the URLs in a message.
fn without_credentials(message: &str) -> String {
    let mut parts = message.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("://");
        let host_end = part
            .find(|c: char| c == '/' || c == '\'' || c.is_whitespace())
            .unwrap_or(part.len());
        let (host, rest) = part.split_at(host_end);
        clean.push_str(host.rsplit_once('@').map_or(host, |(_, host)| host));
        clean.push_str(rest);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn messages_hold_no_credentials() {
        for (message, clean) in [
            (
                "fatal: unable to access 'https://me:s3cret@host/x.git/': refused",
                "fatal: unable to access 'https://host/x.git/': refused",
            ),
            ("fatal: https://token@host: no", "fatal: https://host: no"),
            ("ssh://host/x@y and http://a@b/c", "ssh://host/x@y and http://b/c"),
            ("nothing of the kind: me@host", "nothing of the kind: me@host"),
        ] {
            assert_eq!(without_credentials(message), clean);
        }
    }
}
