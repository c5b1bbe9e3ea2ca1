//! What holds objects: whether anything reaches them, and which commits brought them in.
//!
//! git walks, and what it prints is looked at line by line as it comes: a repository may have many objects.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Read as _, Write as _},
    process::{Command, Stdio},
};

use gix::ObjectId;

use super::{
    super::{WorktreeDir, command::start},
    GitError, Repo,
};

/// Where a walk begins, beside the commits that it is given.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Walk<'a> {
    /// All refs of the repository, and what is checked out in all its work trees, but refs that one of these patterns
    /// matches; `None`: none of them.
    pub(crate) all_but: Option<&'a [String]>,
    /// All reflogs.
    pub(crate) reflogs: bool,
    /// The indexes of all work trees.
    pub(crate) indexes: bool,
}

/// The commits that brought objects in, each with those; in git's order, newest first.
pub(crate) type Introduced = Vec<(ObjectId, HashSet<ObjectId>)>;

impl Walk<'_> {
    /// git would begin at HEAD.
    fn begins_nowhere(&self, starts: &[ObjectId]) -> bool {
        starts.is_empty() && self.all_but.is_none() && !self.reflogs && !self.indexes
    }

    fn args(&self) -> Vec<String> {
        let mut args = Vec::new();
        if let Some(patterns) = self.all_but {
            args.extend(patterns.iter().map(|pattern| format!("--exclude={pattern}")));
            args.push("--all".to_owned());
        }
        if self.reflogs {
            args.push("--reflog".to_owned());
        }
        if self.indexes {
            args.push("--indexed-objects".to_owned());
        }
        args
    }
}

impl Repo {
    /// Which of the objects can be reached.
    pub(crate) fn reachable_among(
        &self,
        wanted: &HashSet<ObjectId>,
        walk: Walk<'_>,
        starts: &[ObjectId],
    ) -> Result<HashSet<ObjectId>, GitError> {
        // What a partial clone left out is not here, and nothing that is here hangs on it alone.
        let fixed = [
            "rev-list",
            "--objects",
            "--no-object-names",
            "--missing=allow-promisor",
            "--stdin",
        ];
        let args: Vec<String> = fixed.map(str::to_owned).into_iter().chain(walk.args()).collect();
        let mut reached = HashSet::new();
        if walk.begins_nowhere(starts) || wanted.is_empty() {
            return Ok(reached);
        }
        self.lines_of_git(&args, starts, |line| {
            if let Ok(id) = ObjectId::from_hex(line)
                && wanted.contains(&id)
            {
                reached.insert(id);
            }
        })?;
        Ok(reached)
    }

    /// Whether the index of a work tree leads to one of the objects: as a file in it, or as what a conflict was resolved
    /// from.
    pub(crate) fn index_leads_to_any(
        &self,
        worktree: &WorktreeDir,
        objects: &HashSet<ObjectId>,
    ) -> Result<bool, GitError> {
        let args = [
            "rev-list",
            "--objects",
            "--no-object-names",
            "--missing=allow-promisor",
            "--single-worktree",
            "--indexed-objects",
        ];
        let mut found = false;
        lines_of(self.git_command_in(worktree, &args), &[], |line| {
            found = found || ObjectId::from_hex(line).is_ok_and(|id| objects.contains(&id));
        })?;
        Ok(found)
    }

    /// The commits in which files or folders appear that none of their parents has.
    pub(crate) fn commits_that_brought(
        &self,
        objects: &HashSet<ObjectId>,
        walk: Walk<'_>,
        starts: &[ObjectId],
    ) -> Result<Introduced, GitError> {
        let fixed = [
            "-c",
            "log.showRoot=true",
            "log",
            "--format=%H",
            "--raw",
            "-t",
            "-m",
            "--no-abbrev",
            "--no-renames",
            "--no-show-signature",
            "--no-ext-diff",
            "--stdin",
        ];
        let args: Vec<String> = fixed.map(str::to_owned).into_iter().chain(walk.args()).collect();
        let mut introduced = Introduced::new();
        if walk.begins_nowhere(starts) || objects.is_empty() {
            return Ok(introduced);
        }
        let mut commit = None;
        self.lines_of_git(&args, starts, |line| {
            let Some(entry) = line.strip_prefix(b":") else {
                commit = ObjectId::from_hex(line).ok().or(commit);
                return;
            };
            // `<mode> <mode> <id> <id> <letter>\t<path>`
            let id = entry.split(|byte| *byte == b' ').nth(3);
            let id = id.and_then(|id| ObjectId::from_hex(id).ok());
            if let (Some(id), Some(commit)) = (id.filter(|id| objects.contains(id)), commit) {
                match introduced.last_mut() {
                    Some((last, ids)) if *last == commit => {
                        ids.insert(id);
                    }
                    _ => introduced.push((commit, HashSet::from([id]))),
                }
            }
        })?;
        Ok(introduced)
    }

    fn lines_of_git(&self, args: &[String], starts: &[ObjectId], each: impl FnMut(&[u8])) -> Result<(), GitError> {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        lines_of(self.git_command(&args), starts, each)
    }
}

/// Runs git with commits on its standard input, and hands over what it prints, line by line.
fn lines_of(mut command: Command, starts: &[ObjectId], mut each: impl FnMut(&[u8])) -> Result<(), GitError> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = start(&mut command)?;
    let stdin = child.stdin.take().expect("piped just above");
    let stdout = child.stdout.take().expect("piped just above");
    let mut stderr = child.stderr.take().expect("piped just above");
    let failed = |message: String| GitError::GitFailed {
        command: "rev-list".to_owned(),
        message,
    };
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut stdin = stdin;
            for id in starts {
                // git may stop reading early; its exit status tells why.
                let _ = writeln!(stdin, "{id}");
            }
        });
        let said = scope.spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.read_to_end(&mut text);
            text
        });
        let mut lines = BufReader::new(stdout);
        let mut line = Vec::new();
        let read = loop {
            line.clear();
            match lines.read_until(b'\n', &mut line) {
                Ok(0) => break Ok(()),
                Ok(_) => each(line.trim_ascii_end()),
                Err(error) => break Err(failed(error.to_string())),
            }
        };
        let said = said.join().unwrap_or_default();
        let status = child.wait().map_err(|source| GitError::GitNotFound { source })?;
        read?;
        if status.success() {
            return Ok(());
        }
        Err(failed(String::from_utf8_lossy(&said).trim().to_owned()))
    })
}
