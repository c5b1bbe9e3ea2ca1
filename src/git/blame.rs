//! Which commit each line of a file comes from: `git blame`.
//!
//! git itself is asked, because gix's blame places some hunks otherwise. Guarantees: neither settings, attributes nor the
//! environment change the answer; replace refs, grafts and `.git/shallow` neither, because the ancestry ends where the
//! caller says and nowhere else.

use std::{ffi::OsStr, ops::Range, os::unix::ffi::OsStrExt as _};

use gix::{
    ObjectId,
    bstr::{BStr, ByteSlice as _},
};

use super::{GitError, Repo, command::output_of};
use crate::id::VersionId;

/// git's own defaults, whatever the user has set; no translation of the bytes; and nothing that it would complain about
/// without being wrong: damaged accelerators, and that grafts are an old thing.
const ARGUMENTS: [&str; 15] = [
    "-c",
    "diff.indentHeuristic=true",
    "-c",
    "diff.algorithm=myers",
    "-c",
    "core.commitGraph=false",
    "-c",
    "core.multiPackIndex=false",
    "-c",
    "advice.graftFileDeprecated=false",
    "blame",
    "--incremental",
    "--encoding=none",
    "--no-textconv",
    "--no-ignore-revs-file",
];

/// Neighbouring lines of the blamed file that come from one commit; numbers from 0.
#[derive(Debug, PartialEq, Eq)]
struct Hunk {
    commit: ObjectId,
    lines: Range<usize>,
}

impl Repo {
    /// The commit that each of the `lines` lines of the file at `path` in `version` comes from. The ancestry is cut at
    /// `ends`: their parents are not looked for.
    ///
    /// # Errors
    /// [`GitError::GitFailed`] if an object on the way cannot be read; nothing is passed over.
    pub(crate) fn blame(
        &self,
        version: ObjectId,
        path: &BStr,
        lines: usize,
        ends: &[VersionId],
    ) -> Result<Vec<ObjectId>, GitError> {
        let mut command = self.git_command(&ARGUMENTS);
        // No `--end-of-options`: git blame takes what follows it for revisions. The id is no option, the path none after `--`.
        command.args([version.to_string().as_str(), "--"]);
        command.arg(OsStr::from_bytes(path));
        // An empty name: not shallow.
        command.env("GIT_SHALLOW_FILE", if ends.is_empty() { "" } else { "/dev/stdin" });
        let ends: String = ends.iter().map(|id| format!("{id}\n")).collect();
        let output = output_of(command, ends.as_bytes())?;
        let message = String::from_utf8_lossy(&output.stderr);
        // A parent that it cannot read git only complains about, and blames the child.
        if !output.status.success() || message.lines().any(|line| line.starts_with("error:")) {
            return Err(failed(message.trim()));
        }
        per_line(parse(&output.stdout)?, lines)
    }
}

fn failed(message: &str) -> GitError {
    GitError::GitFailed {
        command: "blame".to_owned(),
        message: message.to_owned(),
    }
}

/// Reads what `git blame --incremental` prints: for each hunk a line with its place, then lines about its commit, of which
/// the last one names the file.
fn parse(printed: &[u8]) -> Result<Vec<Hunk>, GitError> {
    let unexpected = |line: &[u8]| failed(&format!("unexpected line '{}'", String::from_utf8_lossy(line)));
    let mut hunks = Vec::new();
    let mut about_commit = false;
    for line in printed.lines() {
        if about_commit {
            about_commit = !line.starts_with(b"filename ");
        } else {
            hunks.push(hunk(line).ok_or_else(|| unexpected(line))?);
            about_commit = true;
        }
    }
    if about_commit {
        return Err(failed("it ended in the middle of its answer"));
    }
    Ok(hunks)
}

/// `<commit> <line in the commit's file> <line in the blamed file> <count>`.
fn hunk(line: &[u8]) -> Option<Hunk> {
    let mut fields = line.to_str().ok()?.split(' ');
    let commit = ObjectId::from_hex(fields.next()?.as_bytes()).ok()?;
    let mut number = || fields.next()?.parse::<usize>().ok();
    let (_, first, count) = (number()?, number()?.checked_sub(1)?, number()?);
    Some(Hunk {
        commit,
        lines: first..first.checked_add(count)?,
    })
}

fn per_line(hunks: Vec<Hunk>, lines: usize) -> Result<Vec<ObjectId>, GitError> {
    let misfit = || failed(&format!("its answer does not fit a file of {lines} lines"));
    let mut commits = vec![None; lines];
    for hunk in hunks {
        commits.get_mut(hunk.lines).ok_or_else(misfit)?.fill(Some(hunk.commit));
    }
    commits.into_iter().collect::<Option<_>>().ok_or_else(misfit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222222222222222222222222222";

    fn answer(printed: &str, lines: usize) -> Result<Vec<String>, GitError> {
        let commits = per_line(parse(printed.as_bytes())?, lines)?;
        Ok(commits.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn hunks_become_lines() {
        let printed = format!(
            "{TWO} 7 2 2\nauthor A\nsummary filename x\nboundary\nfilename a b\n{ONE} 1 1 1\nfilename \"a\\nb\"\n{ONE} 9 4 1\nfilename x\n"
        );
        assert_eq!(answer(&printed, 4).expect("complete"), [ONE, TWO, TWO, ONE]);
        assert!(answer("", 0).expect("an empty file").is_empty());
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let whole = format!("{ONE} 1 1 2\nfilename x\n");
        assert!(answer(&whole, 2).is_ok());
        for (printed, lines) in [
            (whole.as_str(), 1),
            (whole.as_str(), 3),
            (&whole[..whole.len() - 4], 2),
            (&whole[1..], 2),
            (&whole.replace(" 1 1 2", " 1 0 2"), 2),
            (&whole.replace(" 1 1 2", " 1 1"), 2),
        ] {
            let error = answer(printed, lines).expect_err("refused");
            assert!(matches!(error, GitError::GitFailed { .. }), "{printed}: {error}");
        }
    }
}
