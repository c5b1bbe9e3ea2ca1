//! Running the git binary on the project, with exactly the repository this crate has opened.

use std::{
    io::Write,
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
};

use super::{GitError, Repo};

/// The variables that tie a git process to a repository, as `git rev-parse --local-env-vars` of any git lists them, but
/// for those below. Configuration given on the command line (`GIT_CONFIG_PARAMETERS`, `GIT_CONFIG_COUNT`) is not among
/// them: it is the user's, as credentials and proxies are, and git itself hands it down to submodules.
const LOCAL_ENVIRONMENT: [&str; 13] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_SHALLOW_FILE",
];
/// Where the objects of the project are; they mean nothing to any other repository.
const OBJECT_ENVIRONMENT: [&str; 2] = ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"];

/// The oldest git that is known to answer as it is read here: Debian 12's.
const OLDEST: (u32, u32) = (2, 39);

/// The git program's version, if it was asked already: that takes a process of its own.
static VERSION: OnceLock<(u32, u32)> = OnceLock::new();

/// Unties a git process from the repository that the environment names, for one that works on another.
pub(crate) fn clear_local_environment(command: &mut Command) {
    for name in LOCAL_ENVIRONMENT.iter().chain(&OBJECT_ENVIRONMENT) {
        command.env_remove(name);
    }
}

impl Repo {
    /// A git command bound to this repository, its work tree and its index; runs at the top of the work tree.
    pub(crate) fn git_command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        for name in LOCAL_ENVIRONMENT {
            command.env_remove(name);
        }
        let git_dir = self.gix().git_dir();
        command
            .env("GIT_DIR", git_dir.canonicalize().unwrap_or_else(|_| git_dir.to_owned()))
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            // Hooks of ours that such a process sets off do nothing: there is no way round in a circle.
            .env("GIT_LINEAGE_HOOKS", "0")
            // Instead of info/grafts: parents are what the commits say. No file can be there; one that is makes git give
            // advice about it.
            .env("GIT_GRAFT_FILE", "/dev/null/grafts")
            .env("LC_ALL", "C")
            .args(args);
        if let Some(work_tree) = self.gix().workdir() {
            let top = work_tree.canonicalize().unwrap_or_else(|_| work_tree.to_owned());
            command.current_dir(&top).env("GIT_WORK_TREE", top);
            command.env("GIT_INDEX_FILE", &self.index_path);
        }
        command
    }

    /// Runs git with `input` on its standard input and returns what it printed.
    ///
    /// # Errors
    /// [`GitError::GitNotFound`] if it cannot be started, [`GitError::GitFailed`] with its message if it fails.
    pub(crate) fn run_git(&self, args: &[&str], input: &[u8]) -> Result<Vec<u8>, GitError> {
        finished(args.first().copied().unwrap_or_default(), self.git_output(args, input)?)
    }

    /// What git printed; `None` where it ended with 1, by which `config --get`, `rev-parse -q --verify` and `symbolic-ref -q`
    /// tell that there is no such thing. A git that was killed on the way has not said so.
    ///
    /// # Errors
    /// As [`run_git`](Self::run_git).
    pub(crate) fn ask_git(&self, args: &[&str]) -> Result<Option<Vec<u8>>, GitError> {
        let output = self.git_output(args, b"")?;
        if output.status.code() == Some(1) {
            return Ok(None);
        }
        finished(args.first().copied().unwrap_or_default(), output).map(Some)
    }

    /// The git program's version: major and minor number; (0, 0) if it says nothing of the kind.
    ///
    /// # Errors
    /// As [`check_git`].
    pub(crate) fn git_version(&self) -> Result<(u32, u32), GitError> {
        check_git()
    }

    /// As [`run_git`](Self::run_git), but leaves judging the exit status to the caller.
    pub(crate) fn git_output(&self, args: &[&str], input: &[u8]) -> Result<Output, GitError> {
        output_of(self.git_command(args), input)
    }
}

/// Refuses a git whose answers may be others than those that are read here. For who writes much before the first git command,
/// which asks for this as well.
///
/// # Errors
/// [`GitError::GitNotFound`], [`GitError::GitTooOld`]; one that says nothing of its version is believed.
pub(crate) fn check_git() -> Result<(u32, u32), GitError> {
    if let Some(known) = VERSION.get() {
        return Ok(*known);
    }
    let asked = Command::new("git").arg("version").env("LC_ALL", "C").output();
    let version = parse_version(&asked.map_err(|source| GitError::GitNotFound { source })?.stdout);
    refuse_older(version)?;
    Ok(*VERSION.get_or_init(|| version))
}

fn refuse_older(version: (u32, u32)) -> Result<(), GitError> {
    if version == (0, 0) || version >= OLDEST {
        return Ok(());
    }
    Err(GitError::GitTooOld {
        feature: "git lineage",
        needed: format!("{}.{}", OLDEST.0, OLDEST.1),
        found: format!("{}.{}", version.0, version.1),
    })
}

/// Starts a git command whose output is read as it comes.
///
/// # Errors
/// As [`check_git`].
pub(crate) fn start(command: &mut Command) -> Result<Child, GitError> {
    check_git()?;
    command.spawn().map_err(|source| GitError::GitNotFound { source })
}

/// Runs a git command without input to its end and returns what it printed.
///
/// # Errors
/// As [`Repo::run_git`].
pub(crate) fn success_of(command: Command) -> Result<Vec<u8>, GitError> {
    let name = command
        .get_args()
        .next()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    finished(&name, output_of(command, b"")?)
}

/// Runs a command to its end with `input` on its standard input.
///
/// # Errors
/// [`GitError::GitNotFound`] if it cannot be started; if it is git, as [`check_git`].
pub(crate) fn output_of(mut command: Command, input: &[u8]) -> Result<Output, GitError> {
    if command.get_program() == "git" {
        check_git()?;
    }
    let not_found = |source| GitError::GitNotFound { source };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(not_found)?;
    let stdin = child.stdin.take().expect("piped just above");
    std::thread::scope(|scope| {
        // A thread of its own: git may print more than a pipe holds before it has read everything.
        let writer = scope.spawn(move || {
            let mut stdin = stdin;
            stdin.write_all(input)
        });
        let output = child.wait_with_output().map_err(not_found)?;
        match writer.join() {
            // git may stop reading early, for good or bad reasons; its exit status tells which.
            Ok(_) => Ok(output),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// What a git command printed.
///
/// # Errors
/// [`GitError::GitFailed`] with its message if it failed.
pub(super) fn finished(command: &str, output: Output) -> Result<Vec<u8>, GitError> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::GitFailed {
        command: command.to_owned(),
        message: complaint(&output),
    })
}

/// Why a git command failed: what it printed on stderr, or, where it came to print nothing, how it ended.
pub(crate) fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if said.is_empty() {
        return format!("it ended with {}", output.status);
    }
    said
}

/// From `git version 2.39.5 (Apple Git-154)`.
fn parse_version(text: &[u8]) -> (u32, u32) {
    let text = String::from_utf8_lossy(text);
    let mut numbers = text.split(' ').nth(2).unwrap_or_default().split('.').map(|number| {
        let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        number[..digits].parse().unwrap_or(0)
    });
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_all_vendors_are_read() {
        assert_eq!(parse_version(b"git version 2.39.5\n"), (2, 39));
        assert_eq!(parse_version(b"git version 2.50.1 (Apple Git-155)\n"), (2, 50));
        assert_eq!(parse_version(b"git version 2.55.GIT\n"), (2, 55));
        assert_eq!(parse_version(b"git version 3.0-rc1\n"), (3, 0));
        assert_eq!(parse_version(b"something else"), (0, 0));
    }

    #[test]
    fn what_is_older_than_debians_is_refused() {
        for fine in [(0, 0), (2, 39), (2, 40), (3, 0)] {
            assert!(refuse_older(fine).is_ok(), "{fine:?}");
        }
        for older in [(1, 9), (2, 0), (2, 38)] {
            let error = refuse_older(older).expect_err("it is older");
            assert!(error.to_string().starts_with("git lineage needs git 2.39"), "{error}");
        }
    }

    #[test]
    fn one_that_was_killed_has_something_to_say() {
        let failed = |script: &str| {
            let output = Command::new("sh").args(["-c", script]).output().expect("sh runs");
            finished("x", output).expect_err("it failed").to_string()
        };
        assert_eq!(
            failed("kill -9 $$"),
            "'git x' failed: it ended with signal: 9 (SIGKILL)"
        );
        assert_eq!(failed("exit 7"), "'git x' failed: it ended with exit status: 7");
        assert_eq!(failed("echo why >&2; exit 7"), "'git x' failed: why");
    }

    #[test]
    fn every_variable_that_git_calls_local_is_known() {
        let listed = Command::new("git").args(["rev-parse", "--local-env-vars"]).output();
        let listed = String::from_utf8(listed.expect("git runs").stdout).expect("names are ASCII");
        let mut command = Command::new("git");
        clear_local_environment(&mut command);
        let cleared: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).collect();
        assert!(listed.lines().count() > 10, "{listed}");
        for name in listed.lines() {
            let is_cleared = cleared.iter().any(|(cleared, _)| *cleared == name);
            assert_eq!(is_cleared, !name.starts_with("GIT_CONFIG_"), "{name}");
        }
    }
}
