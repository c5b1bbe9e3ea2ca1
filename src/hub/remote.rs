//! How git is asked for the heads of a project, and for what they lead to.
//!
//! Guarantees: git updates no ref here; what it says comes back in one line and without credentials.

use std::{
    collections::BTreeMap,
    process::{Command, Output},
};

use gix::ObjectId;

use super::{HubError, projects::Remote};
use crate::{
    git::{GitError, Repo},
    id::{HashKind, VersionId},
    upstream::source::{scrub, without_credentials},
};

/// The heads of a project under the names they have, or are to have, here.
pub(crate) type Heads = BTreeMap<String, VersionId>;

/// Asks a project for its heads.
pub(super) fn ask(repo: &Repo, remote: &Remote, may_prompt: bool) -> Command {
    let pattern = format!("{}*", remote.ref_prefix.heads_dir());
    let mut command = repo.git_command(&["ls-remote", "--quiet", "--refs", "--", &remote.name, &pattern]);
    prompt(&mut command, may_prompt);
    command
}

/// What a project answered.
///
/// # Errors
/// [`HubError::Unreachable`], [`HubError::OtherObjectFormat`].
pub(super) fn answered(repo: &Repo, remote: &Remote, output: &Output) -> Result<Heads, HubError> {
    if !output.status.success() {
        return Err(HubError::Unreachable {
            url: remote.shown_url(),
            message: message(remote, output),
        });
    }
    let over_there = remote.ref_prefix.heads_dir();
    let here = repo.prefix().remote_dir(&remote.name);
    let mut heads = Heads::new();
    // A name that is not UTF-8 is none of ours, and is found to be none when it is looked at.
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Some((id, name)) = line.split_once('\t') else {
            continue;
        };
        // What ends like it is listed, too.
        let (Ok(id), Some(name)) = (ObjectId::from_hex(id.as_bytes()), name.strip_prefix(&over_there)) else {
            continue;
        };
        if id.kind() != repo.gix().object_hash() {
            return Err(HubError::OtherObjectFormat {
                url: remote.shown_url(),
                theirs: HashKind::of(id.kind()),
                ours: repo.hash_kind(),
            });
        }
        heads.insert(format!("{here}{name}"), VersionId::from_oid(id));
    }
    Ok(heads)
}

/// Fetches versions, named by id on standard input, with all that hangs on them. `is_known`: something of the project is
/// here already, so that only what is new has to come.
pub(super) fn fetch(repo: &Repo, remote: &Remote, is_known: bool, may_prompt: bool) -> Command {
    let negotiation = if is_known {
        format!("--negotiation-tip={}*", repo.prefix().remote_dir(&remote.name))
    } else {
        // Projects mostly have no version in common, and of many hubs all heads would have to be told.
        "fetch.negotiationAlgorithm=noop".to_owned()
    };
    let mut args = if is_known { vec![] } else { vec!["-c", &*negotiation] };
    args.extend([
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-prune",
        "--refmap=",
        "--no-write-fetch-head",
        "--no-auto-maintenance",
        "--no-recurse-submodules",
    ]);
    if is_known {
        args.push(&negotiation);
    }
    args.extend(["--stdin", "--", &remote.name]);
    let mut command = repo.git_command(&args);
    prompt(&mut command, may_prompt);
    command
}

/// Whether it fetched.
///
/// # Errors
/// [`HubError::FetchFailed`].
pub(super) fn fetched(remote: &Remote, output: &Output) -> Result<(), HubError> {
    if output.status.success() {
        return Ok(());
    }
    Err(HubError::FetchFailed {
        url: remote.shown_url(),
        message: message(remote, output),
    })
}

/// Tidies up after a fetch as `git fetch` itself does, and packs the refs: thousands of loose ones are slow to list.
pub(super) fn tidy(repo: &Repo) -> Result<(), GitError> {
    pack_refs(repo)?;
    repo.git_output(&["maintenance", "run", "--auto", "--quiet"], b"")
        .map(drop)
}

/// Packs the refs. It is only for speed, so that somebody else's lock is no failure.
pub(super) fn pack_refs(repo: &Repo) -> Result<(), GitError> {
    repo.git_output(&["pack-refs", "--all"], b"").map(drop)
}

/// Makes one index over all packs. Only for speed, too.
pub(super) fn index_packs(repo: &Repo) -> Result<(), GitError> {
    repo.git_output(&["multi-pack-index", "write", "--no-progress"], b"")
        .map(drop)
}

/// Of several at a time nobody would know which one asks.
fn prompt(command: &mut Command, may_prompt: bool) {
    if !may_prompt {
        command.env("GIT_TERMINAL_PROMPT", "0");
    }
}

/// What git said, in one line.
fn message(remote: &Remote, output: &Output) -> String {
    let said = scrub(&remote.url, &String::from_utf8_lossy(&output.stderr));
    let lines: Vec<String> = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(without_any_credentials)
        .collect();
    if lines.is_empty() {
        return format!("git ended with {}", output.status);
    }
    lines.join("; ")
}

/// A line without the credentials of any URL in it: `url.<base>.insteadOf` may have put some there.
fn without_any_credentials(line: &str) -> String {
    let parts = line.split_inclusive(|c: char| c.is_whitespace() || "'\"".contains(c));
    parts.map(without_credentials).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_holds_a_password() {
        for (line, shown) in [
            (
                "fatal: unable to access 'https://me:secret@host/x/': Failed",
                "fatal: unable to access 'https://host/x/': Failed",
            ),
            ("https://token@host and http://a:b@c/", "https://host and http://c/"),
            ("git@host: Permission denied", "git@host: Permission denied"),
        ] {
            assert_eq!(without_any_credentials(line), shown);
        }
    }
}
