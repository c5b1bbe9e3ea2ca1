//! git, as it talks to a remote of the project.
//!
//! Guarantees: no hook of ours is set off; no settings of the user for branches and tags (mirrors, tags that follow,
//! submodules) apply to lineage; arguments never become options; a message that comes back is one line and holds no
//! credentials.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
};

use gix::ObjectId;

use super::{Remote, SharingError};
use crate::git::{
    Repo,
    command::{output_of, start},
};

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
    /// What it said, in one line and without credentials.
    pub(super) message: String,
    /// What of that the server said in words of its own; empty where they were shown as they came.
    pub(super) words_of_server: String,
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
            let child = start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
            let output = child.wait_with_output();
            output.map_err(|source| crate::git::GitError::GitNotFound { source })?
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let message = without_credentials(&in_one_line(&said));
    Ok(Outcome {
        success: output.status.success(),
        message: if message.is_empty() {
            format!("it ended with {}", output.status)
        } else {
            message
        },
        words_of_server: without_credentials(&words_of_server(&said)),
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

/// How many lines belong to a reason. git's own come last, behind what servers greet with.
const MOST_LINES: usize = 6;

/// The lines of a message as parts of one sentence, without git's own labels, advice and repetitions.
fn in_one_line(message: &str) -> String {
    const ADVICE: [&str; 3] = [
        "hint: ",
        "Please make sure you have the correct access rights",
        "and the repository exists.",
    ];
    let mut lines: Vec<&str> = Vec::new();
    for line in message.split(['\n', '\r']).map(str::trim) {
        let labelled = ["fatal: ", "error: "].iter().find_map(|label| line.strip_prefix(label));
        let line = labelled.unwrap_or(line);
        let is_advice = ADVICE.iter().any(|advice| line.starts_with(advice));
        if !line.is_empty() && !is_advice && !lines.contains(&line) {
            lines.push(line);
        }
    }
    let first = lines.len().saturating_sub(MOST_LINES);
    let text = joined(&lines[first..]);
    if first > 0 { format!("… {text}") } else { text }
}

/// What a hook on the server or the server itself said, labels and hints included.
fn words_of_server(message: &str) -> String {
    let words = message.lines().filter_map(|line| line.strip_prefix("remote:"));
    let words = words.map(str::trim).filter(|line| !line.is_empty());
    joined(&words.take(MOST_LINES).collect::<Vec<_>>())
}

fn joined(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        if text.ends_with(':') {
            text.push(' ');
        } else if !text.is_empty() {
            text.truncate(text.trim_end_matches('.').len());
            text.push_str("; ");
        }
        text.push_str(line);
    }
    text
}

/// Takes `user:password@` out of the URLs in a message.
pub(super) fn without_credentials(message: &str) -> String {
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
    use super::{in_one_line, without_credentials, words_of_server};

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
    #[test]
    fn several_lines_become_one_sentence() {
        for (message, line) in [
            ("", ""),
            ("fatal: no such remote\n", "no such remote"),
            (
                "error: RPC failed; curl 52 Empty reply\nsend-pack: unexpected disconnect\nfatal: hung up\nfatal: hung up\n",
                "RPC failed; curl 52 Empty reply; send-pack: unexpected disconnect; hung up",
            ),
            (
                "fatal: unable to connect to host:\nhost[0: 127.0.0.1]: errno=Connection refused\n",
                "unable to connect to host: host[0: 127.0.0.1]: errno=Connection refused",
            ),
            (
                "Welcome.\r\n\nme@host: Permission denied.\r\nfatal: Could not read from remote repository.\n\n\
                 Please make sure you have the correct access rights\nand the repository exists.\n",
                "Welcome; me@host: Permission denied; Could not read from remote repository.",
            ),
            ("1\n2\n3\n4\n5\n6\n7\n", "… 2; 3; 4; 5; 6; 7"),
        ] {
            assert_eq!(in_one_line(message), line);
        }
        let message = "remote: No.        \nremote: \nremote: hint: ask        \nerror: failed to push\n";
        assert_eq!(words_of_server(message), "No; hint: ask");
    }
}
