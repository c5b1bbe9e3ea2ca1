//! [`Engine`]: the git process that merges.

use std::{collections::BTreeMap, ffi::OsString, os::unix::ffi::OsStringExt, process::Command};

use gix::bstr::BString;

use super::{
    Favor,
    answer::{self, Answer},
    history::Commits,
};
use crate::git::{GitError, Repo, scratch::ScratchObjects};

/// The first git whose `merge-tree` takes strategy options.
const STRATEGY_OPTIONS: (u32, u32) = (2, 43);
/// The first git whose `merge` heeds `diff.algorithm`. Its `merge-tree` needs to be told.
const DIFF_ALGORITHM: (u32, u32) = (2, 46);

/// Before the command line of a merge driver: what it prints would end up amid git's answers.
const QUIET: &str = "exec >&2\n";

/// How git is to be run for merges in one repository.
pub(super) struct Engine<'repo> {
    repo: &'repo Repo,
    /// What follows `-X`.
    strategy_options: Vec<String>,
    /// The command lines of the merge drivers, by name.
    drivers: BTreeMap<BString, BString>,
}

impl<'repo> Engine<'repo> {
    /// # Errors
    /// [`GitError::GitTooOld`] if this git can favor no side.
    pub(super) fn new(repo: &'repo Repo, favor: Option<Favor>) -> Result<Self, GitError> {
        let algorithm = repo.config_string("diff.algorithm");
        let mut strategy_options = Vec::new();
        // Asking for the version takes a process of its own.
        if favor.is_some() || algorithm.is_some() {
            let version = repo.git_version()?;
            if let Some(favor) = favor {
                if version < STRATEGY_OPTIONS {
                    return Err(too_old(version));
                }
                strategy_options.push(favor.as_strategy_option().to_owned());
            }
            if let Some(algorithm) = algorithm
                && version >= DIFF_ALGORITHM
            {
                strategy_options.push(format!("diff-algorithm={algorithm}"));
            }
        }
        Ok(Engine {
            repo,
            strategy_options,
            drivers: repo.config_subsections("merge", "driver"),
        })
    }

    /// Has every history merged. One that git fails on gets git's message; the others are asked for again without it.
    pub(super) fn ask(
        &self,
        scratch: &ScratchObjects<'_>,
        histories: &[Commits],
    ) -> Result<Vec<Result<Answer, String>>, GitError> {
        let mut answers = Vec::with_capacity(histories.len());
        while answers.len() < histories.len() {
            let rest = &histories[answers.len()..];
            let (answered, failure) = self.ask_once(scratch, rest)?;
            answers.extend(answered.into_iter().map(Ok));
            let Some(message) = failure else { break };
            // git may not have printed all that it had merged: who is to blame is certain only of one asked for alone.
            let (alone, failure) = match rest {
                [_] => (Vec::new(), Some(message)),
                _ => self.ask_once(scratch, &histories[answers.len()..=answers.len()])?,
            };
            answers.push(alone.into_iter().next().ok_or(failure.unwrap_or_default()));
        }
        Ok(answers)
    }

    /// Runs git once: the answers in order, and where there is not one for each, why.
    fn ask_once(
        &self,
        scratch: &ScratchObjects<'_>,
        histories: &[Commits],
    ) -> Result<(Vec<Answer>, Option<String>), GitError> {
        let lines: String = histories
            .iter()
            .map(|commits| format!("{} {}\n", commits.ours, commits.theirs))
            .collect();
        let output = scratch.output_of(self.command(), lines.as_bytes())?;
        let (mut answers, whole) = answer::parse(&output.stdout);
        if output.status.success() && whole && answers.len() == histories.len() {
            return Ok((answers, None));
        }
        // A failure is always somebody's.
        answers.truncate(histories.len() - 1);
        let message = String::from_utf8_lossy(&output.stderr)
            .replace(QUIET, "")
            .trim()
            .to_owned();
        let message = match message.as_str() {
            "" => format!("'git merge-tree' ended with {} and an incomplete answer", output.status),
            _ => message,
        };
        Ok((answers, Some(message)))
    }

    fn command(&self) -> Command {
        // Whole ids as labels, because they are replaced afterwards. No syncs: the objects are not here to stay.
        let mut git = self
            .repo
            .git_command(&["-c", "core.abbrev=no", "-c", "core.fsync=none"]);
        for (number, (name, driver)) in self.drivers.iter().enumerate() {
            let quiet = [QUIET.as_bytes(), driver].concat();
            let variable = format!("GIT_LINEAGE_DRIVER_{number}");
            let setting = [
                b"--config-env=merge.",
                name.as_slice(),
                b".driver=",
                variable.as_bytes(),
            ]
            .concat();
            git.arg(OsString::from_vec(setting))
                .env(variable, OsString::from_vec(quiet));
        }
        git.args(["merge-tree", "--write-tree", "--stdin", "--messages"]);
        for option in &self.strategy_options {
            git.arg("-X").arg(option);
        }
        git
    }
}

impl Favor {
    fn as_strategy_option(self) -> &'static str {
        match self {
            Favor::Ours => "ours",
            Favor::Theirs => "theirs",
        }
    }
}

fn too_old((major, minor): (u32, u32)) -> GitError {
    GitError::GitTooOld {
        feature: "favoring one side of a merge",
        needed: format!("{}.{}", STRATEGY_OPTIONS.0, STRATEGY_OPTIONS.1),
        found: format!("{major}.{minor}"),
    }
}
