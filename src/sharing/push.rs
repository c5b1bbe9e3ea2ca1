//! Sending what was planned: one `git push` for many heads, each moved only from the value that was last seen.

use std::collections::HashMap;

use super::{
    HeadMove, LeftOut, MoveKind, Progress, Remote, SharingError,
    transport::{failed, run, talk},
};
use crate::{
    git::{
        Repo,
        refs::{Expected, RefUpdate},
    },
    id::{ArtifactId, VersionId},
};

/// How many heads go into one `git push`: what a command line of any system holds.
const MOST_AT_ONCE: usize = 400;

/// The answer to `push`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pushed {
    /// The remote's name.
    pub remote: String,
    /// The heads over there that were moved, or should have been.
    pub heads: Vec<PushedHead>,
    /// Branches for which nothing was sent.
    pub left_out: Vec<LeftOut>,
}

impl Pushed {
    /// There was nothing to send.
    pub(crate) fn nothing(remote: &str) -> Self {
        Pushed {
            remote: remote.to_owned(),
            heads: Vec::new(),
            left_out: Vec::new(),
        }
    }
}

/// A head over there that was moved, or should have been.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PushedHead {
    /// The line over there, as ref names spell it where it is too long for one.
    pub line: String,
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// What was last seen there.
    pub before: Option<VersionId>,
    /// What it is to be; `None` where it is deleted.
    pub after: Option<VersionId>,
    /// What became of it.
    pub result: PushResult,
}

/// What became of a head that was to be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushResult {
    /// It was moved.
    Done(MoveKind),
    /// It would be moved: nothing was sent.
    Planned(MoveKind),
    /// The server does not let it be moved.
    Refused {
        /// What the server says.
        reason: String,
    },
}

/// How sending ended.
pub(crate) enum Sent {
    /// Every head was moved or refused for good.
    Ended(Vec<(HeadMove, PushResult)>),
    /// Others moved some of them meanwhile: it has to be planned again on what is there now. Should that be the same, what
    /// the server says is the reason.
    Overtaken(SharingError),
}

/// Moves heads over there.
pub(crate) fn send(
    repo: &Repo,
    remote: &Remote,
    moves: Vec<HeadMove>,
    progress: Progress,
) -> Result<Sent, SharingError> {
    let mut results = Vec::with_capacity(moves.len());
    let mut moves = moves.into_iter().peekable();
    while moves.peek().is_some() {
        let some: Vec<HeadMove> = moves.by_ref().take(MOST_AT_ONCE).collect();
        let told = send_some(repo, remote, &some, progress)?;
        let mut here = Vec::new();
        for change in some {
            let name = there(repo, &change);
            match told.get(&name) {
                Some(Told::Moved) => {
                    here.extend(tracking_update(repo, remote, &change)?);
                    let kind = change.kind;
                    results.push((change, PushResult::Done(kind)));
                }
                Some(Told::Overtaken(reason)) => {
                    repo.update_refs_to_recorded(&here)?;
                    return Ok(Sent::Overtaken(failed("push to", remote, reason.clone())));
                }
                Some(Told::Refused(reason)) => {
                    let reason = reason.clone();
                    results.push((change, PushResult::Refused { reason }));
                }
                None => return Err(failed("push to", remote, format!("it says nothing of {name}"))),
            }
        }
        repo.update_refs_to_recorded(&here)?;
    }
    Ok(Sent::Ended(results))
}

/// What git tells of one ref.
enum Told {
    Moved,
    Overtaken(String),
    Refused(String),
}

impl Told {
    /// A hook that judges the push as a whole says why in words of its own; what others say may be about another ref. What
    /// is in the way of a ref only the server's words tell.
    fn explain(&mut self, words: &str) {
        match self {
            Told::Overtaken(reason) => {
                reason.push_str(": ");
                reason.push_str(words);
            }
            Told::Refused(reason) if reason == "pre-receive hook declined" => {
                reason.push_str(": ");
                reason.push_str(words);
            }
            _ => {}
        }
    }
}

fn send_some(
    repo: &Repo,
    remote: &Remote,
    moves: &[HeadMove],
    progress: Progress,
) -> Result<HashMap<String, Told>, SharingError> {
    let mut args = vec![
        "push".to_owned(),
        "--porcelain".to_owned(),
        // There is a guard against ourselves in the environment, too; this spares starting the hook.
        "--no-verify".to_owned(),
        "--no-follow-tags".to_owned(),
        "--recurse-submodules=no".to_owned(),
    ];
    // Quiet, git would not say either what became of the refs.
    let shown = progress == Progress::Shown;
    args.push(if shown { "--progress" } else { "--no-progress" }.to_owned());
    let mut refspecs = Vec::with_capacity(moves.len());
    for change in moves {
        let name = there(repo, change);
        let before = change.before.map(|id| id.to_string()).unwrap_or_default();
        let after = change.after.map(|id| id.to_string()).unwrap_or_default();
        args.push(format!("--force-with-lease={name}:{before}"));
        refspecs.push(format!("{after}:{name}"));
    }
    args.extend(["--".to_owned(), remote.name().to_owned()]);
    args.extend(refspecs);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = run(talk(repo, remote, &args), progress)?;
    let mut told = read_porcelain(&String::from_utf8_lossy(&outcome.stdout));
    // Without a line for each ref the connection broke, or there was none.
    if told.len() < moves.len() {
        return Err(failed("push to", remote, outcome.message));
    }
    if !outcome.words_of_server.is_empty() {
        for told in told.values_mut() {
            told.explain(&outcome.words_of_server);
        }
    }
    Ok(told)
}

/// Reads `<flag>\t<from>:<to>\t<summary> (<reason>)`, one line for each ref of which the server has told.
fn read_porcelain(text: &str) -> HashMap<String, Told> {
    let mut told = HashMap::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (Some(flag), Some(refs), Some(summary)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let Some((_, name)) = refs.rsplit_once(':') else {
            continue;
        };
        let said = match flag {
            "!" if summary.starts_with("[remote failure]") => continue,
            "!" => match reason(summary) {
                // What is expected over there, or compared and swapped there, is something else by now.
                said if STALE.iter().any(|words| said.contains(words)) => Told::Overtaken(said.to_owned()),
                said => Told::Refused(said.to_owned()),
            },
            _ => Told::Moved,
        };
        told.insert(name.to_owned(), said);
    }
    told
}

/// What git says where somebody else was faster.
const STALE: [&str; 5] = [
    "stale info",
    "fetch first",
    "remote ref updated since checkout",
    "cannot lock ref",
    "failed to update ref",
];

/// From `[remote rejected] (pre-receive hook declined)`.
fn reason(summary: &str) -> &str {
    let inner = summary.split_once(" (").map(|(_, reason)| reason.trim_end_matches(')'));
    inner.unwrap_or(summary)
}

/// The head's name over there.
fn there(repo: &Repo, change: &HeadMove) -> String {
    format!("{}{}", repo.prefix().heads_dir(), change.place)
}

/// What a head that was moved over there was last seen at; git notes that down by itself only where the remote is
/// configured to fetch it.
fn tracking_update(repo: &Repo, remote: &Remote, change: &HeadMove) -> Result<Option<RefUpdate>, SharingError> {
    let name = format!("{}{}", remote.tracking_dir(repo), change.place);
    let (found, new) = (repo.find_ref(&name)?, change.after.map(|id| id.oid()));
    if found == new {
        return Ok(None);
    }
    let expected = found.map_or(Expected::Absent, Expected::Is);
    Ok(Some(RefUpdate { name, new, expected }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_prints_for_programs_is_understood() {
        let text = "To ../remote.git\n\
            *\t1234:refs/lineage/heads/main/skill/a\t[new reference]\n \t1234:refs/lineage/heads/main/skill/b\t1..2\n\
            +\t1234:refs/lineage/heads/main/skill/c\t1...2 (forced update)\n\
            -\t:refs/lineage/heads/main/skill/d\t[deleted]\n\
            =\t1234:refs/lineage/heads/main/skill/e\t[up to date]\n\
            !\t1234:refs/lineage/heads/main/skill/f\t[rejected] (stale info)\n\
            !\t1234:refs/lineage/heads/main/skill/g\t[remote rejected] (pre-receive hook declined)\n\
            !\t1234:refs/lineage/heads/main/skill/h\t[remote failure] (remote failed to report status)\n\
            Done\n";
        let told = read_porcelain(text);
        let of = |name: &str| &told[&format!("refs/lineage/heads/main/skill/{name}")];
        assert_eq!(told.len(), 7, "of one of them the server has told nothing");
        for name in ["a", "b", "c", "d", "e"] {
            assert!(matches!(of(name), Told::Moved), "{name}");
        }
        assert!(matches!(of("f"), Told::Overtaken(reason) if reason == "stale info"));
        assert!(matches!(of("g"), Told::Refused(reason) if reason == "pre-receive hook declined"));
    }
}
