//! Child processes: one call of git, `git-lineage` or a shell, and what came of it.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::env::{Sandbox, config_variables};
use crate::docs::schemas::{check_error, check_printed};

/// The tested program.
pub(crate) const LINEAGE: &str = env!("CARGO_BIN_EXE_git-lineage");

/// What a child process left behind. Shown with `{}`: command, exit code, stdout and stderr together.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    /// What was called, for messages.
    pub(crate) command: String,
    /// The exit code; 128 + n for signal n, as a shell says it.
    pub(crate) code: i32,
    /// Standard output, byte for byte.
    pub(crate) stdout: Vec<u8>,
    /// Standard error, byte for byte.
    pub(crate) stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text. Panics if it is not UTF-8.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap_or_else(|error| panic!("stdout is not UTF-8: {error}\n{self}"))
    }

    /// Standard error as text. Panics if it is not UTF-8.
    #[track_caller]
    pub(crate) fn err_text(&self) -> &str {
        std::str::from_utf8(&self.stderr).unwrap_or_else(|error| panic!("stderr is not UTF-8: {error}\n{self}"))
    }

    /// Standard output without the white space around it: the one id or word most git plumbing prints.
    #[track_caller]
    pub(crate) fn trimmed(&self) -> String {
        self.text().trim().to_owned()
    }

    /// The lines of standard output.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }

    /// Standard output as JSON Lines. Panics on a line that is not JSON, or not what `docs/schemas` describes.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        let parse =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON: {error}: {line}\n{self}"));
        let lines: Vec<Value> = self.text().lines().map(parse).collect();
        check_printed(&self.command, &lines);
        lines
    }

    /// The `error` object that a failed call with `--json` prints as the last line of standard error.
    #[track_caller]
    pub(crate) fn json_error(&self) -> Value {
        let line = self
            .err_text()
            .lines()
            .last()
            .unwrap_or_else(|| panic!("stderr is empty\n{self}"));
        let mut object: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON: {error}: {line}\n{self}"));
        check_error(&object);
        object["error"].take()
    }

    /// Panics with everything that was printed unless the exit code is `code`.
    #[track_caller]
    pub(crate) fn assert_code(self, code: i32) -> Self {
        assert!(self.code == code, "expected exit code {code}\n{self}");
        self
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "$ {}\nexit code {}", self.command, self.code)?;
        for (name, bytes) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if bytes.is_empty() {
                writeln!(f, "--- {name}: empty")?;
            } else {
                writeln!(f, "--- {name}:\n{}", String::from_utf8_lossy(bytes).trim_end())?;
            }
        }
        Ok(())
    }
}

/// One call to be made, with what it sees changed against the standard. Made by
/// [`TestRepo::call`](super::TestRepo::call).
///
/// ```ignore
/// let output = repo.call().env("GIT_DIR", repo.path().join(".git")).cwd("sub").lineage(&["list"]);
/// ```
#[derive(Debug)]
#[must_use = "a call is made by git, git_any, git_fails, lineage, lineage_ok, lineage_json, sh or spawn_lineage"]
pub(crate) struct Call<'a> {
    sandbox: &'a Sandbox,
    cwd: PathBuf,
    /// In order; `None` removes. The last one for a key wins.
    changes: Vec<(OsString, Option<OsString>)>,
    config: Vec<(String, String)>,
    stdin: Vec<u8>,
    date: Option<String>,
    /// A program and its arguments that run the called one.
    through: Vec<OsString>,
    limit: Option<Duration>,
}

impl<'a> Call<'a> {
    /// A standard call in the folder `cwd`.
    pub(super) fn new(sandbox: &'a Sandbox, cwd: &Path) -> Self {
        let cwd = cwd.to_owned();
        Self {
            sandbox,
            cwd,
            changes: Vec::new(),
            config: Vec::new(),
            stdin: Vec::new(),
            date: None,
            through: Vec::new(),
            limit: None,
        }
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.changes
            .push((key.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Removes a variable.
    pub(crate) fn env_remove(mut self, key: impl AsRef<OsStr>) -> Self {
        self.changes.push((key.as_ref().to_owned(), None));
        self
    }

    /// Adds git configuration. It wins over the standard one and, as all configuration from the environment, over the
    /// repository's.
    pub(crate) fn config(mut self, key: &str, value: &str) -> Self {
        self.config.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Makes the call in another folder, relative to the one it would be made in.
    pub(crate) fn cwd(mut self, path: impl AsRef<Path>) -> Self {
        self.cwd = self.cwd.join(path);
        self
    }

    /// Feeds `bytes` to standard input, which is empty otherwise.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Makes the call at `date`, in any form git reads, instead of the clock's next second. The clock stands still.
    pub(crate) fn at(mut self, date: &str) -> Self {
        self.date = Some(date.to_owned());
        self
    }

    /// Runs the called program through another one, e.g. `setpriv` with its options.
    pub(crate) fn through<S: AsRef<OsStr>>(mut self, program: &[S]) -> Self {
        self.through = program.iter().map(|part| part.as_ref().to_owned()).collect();
        self
    }

    /// Kills the child and panics if it is not done after `seconds`: for what must not run for ever.
    pub(crate) fn within(mut self, seconds: u64) -> Self {
        self.limit = Some(Duration::from_secs(seconds));
        self
    }

    /// Calls git. Panics unless it exits with 0.
    #[track_caller]
    pub(crate) fn git(self, args: &[&str]) -> Output {
        self.output("git", args).assert_code(0)
    }

    /// Calls git. Panics if it exits with 0.
    #[track_caller]
    #[must_use = "a failure is worth a look at its code or message"]
    pub(crate) fn git_fails(self, args: &[&str]) -> Output {
        let output = self.output("git", args);
        assert!(output.code != 0, "expected a failure\n{output}");
        output
    }

    /// Calls git, whatever it exits with.
    #[track_caller]
    #[must_use = "the exit code was not checked yet"]
    pub(crate) fn git_any(self, args: &[&str]) -> Output {
        self.output("git", args)
    }

    /// Calls `git-lineage`, whatever it exits with.
    #[track_caller]
    #[must_use = "the exit code was not checked yet"]
    pub(crate) fn lineage(self, args: &[&str]) -> Output {
        self.output(LINEAGE, args)
    }

    /// Calls `git-lineage`. Panics unless it exits with 0.
    #[track_caller]
    pub(crate) fn lineage_ok(self, args: &[&str]) -> Output {
        self.output(LINEAGE, args).assert_code(0)
    }

    /// Calls `git-lineage --json`, returns its JSON Lines. Panics unless it exits with 0; see [`Output::json`]
    /// otherwise.
    #[track_caller]
    pub(crate) fn lineage_json(self, args: &[&str]) -> Vec<Value> {
        let args: Vec<&str> = std::iter::once("--json").chain(args.iter().copied()).collect();
        self.output(LINEAGE, &args).assert_code(0).json()
    }

    /// Runs a POSIX shell script, given on standard input. Panics unless it exits with 0.
    #[track_caller]
    pub(crate) fn sh(self, script: &str) -> Output {
        self.stdin(script).output("sh", &["-eu"]).assert_code(0)
    }

    /// Starts `git-lineage` and returns at once, for several at the same time; to be ended by [`wait`].
    #[track_caller]
    #[must_use = "a child that nobody waits for outlives its folder"]
    pub(crate) fn spawn_lineage(self, args: &[&str]) -> Child {
        self.spawn(LINEAGE, args)
    }

    /// Starts the test binary itself, see [`writer`](super::writer), and returns at once.
    #[track_caller]
    #[must_use = "a child that nobody waits for outlives its folder"]
    pub(super) fn spawn_self(self, args: &[&str]) -> Child {
        let program = std::env::current_exe().expect("the system knows what is running");
        self.spawn(program.to_str().expect("cargo's target folder has such a path"), args)
    }

    #[track_caller]
    fn output(self, program: &str, args: &[&str]) -> Output {
        let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
        let command = std::iter::once(name.as_ref())
            .chain(args.iter().copied())
            .collect::<Vec<_>>()
            .join(" ");
        let limit = self.limit;
        let mut child = self.spawn(program, args);
        let output = match limit {
            None => wait(child),
            Some(limit) => {
                let pipes = (child.stdout.take(), child.stderr.take());
                let read = std::thread::spawn(move || (drain(pipes.0), drain(pipes.1)));
                let end = Instant::now() + limit;
                while child.try_wait().expect("a child can be asked").is_none() {
                    if Instant::now() > end {
                        child.kill().expect("a child can be killed");
                        panic!("'{command}' was not done after {limit:?}");
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                let (stdout, stderr) = read.join().expect("reading does not panic");
                Output {
                    stdout,
                    stderr,
                    ..wait(child)
                }
            }
        };
        Output { command, ..output }
    }

    /// The same with standard input left open in the child, for who talks with it.
    #[track_caller]
    #[must_use = "a child that nobody waits for outlives its folder"]
    pub(crate) fn spawn_open(self, program: &str, args: &[&str]) -> Child {
        let mut child = self.spawn_command(program, args);
        child
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {program}: {error}"))
    }

    #[track_caller]
    fn spawn(mut self, program: &str, args: &[&str]) -> Child {
        let bytes = std::mem::take(&mut self.stdin);
        let mut child = self.spawn_open(program, args);
        let mut stdin = child.stdin.take().expect("standard input is piped");
        // Aside, so that a child that answers while it reads cannot block. One that does not read its input is no
        // failure.
        if !bytes.is_empty() {
            std::thread::spawn(move || stdin.write_all(&bytes));
        }
        child
    }

    fn spawn_command(self, program: &str, args: &[&str]) -> Command {
        let date = self.date.unwrap_or_else(|| self.sandbox.clock.tick());
        let mut parts = self
            .through
            .iter()
            .map(OsString::as_os_str)
            .chain([OsStr::new(program)]);
        let mut command = Command::new(parts.next().expect("the program itself is a part"));
        command
            .args(parts)
            .args(args)
            .current_dir(&self.cwd)
            .env_clear()
            .envs(self.sandbox.variables())
            .envs(config_variables(&self.config))
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (key, value) in &self.changes {
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        command
    }
}

fn drain(pipe: Option<impl std::io::Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes).expect("the pipes of a child can be read");
    }
    bytes
}

/// Waits for a child and collects what it printed.
#[track_caller]
pub(crate) fn wait(child: Child) -> Output {
    let command = format!("process {}", child.id());
    let output = child.wait_with_output().expect("the pipes of a child can be read");
    let code = output.status.code().or_else(|| Some(128 + output.status.signal()?));
    Output {
        command,
        code: code.unwrap_or(-1),
        stdout: output.stdout,
        stderr: output.stderr,
    }
}

/// The same command, once for people and once for programs.
pub(crate) fn as_text_and_json<'a>(args: &[&'a str]) -> [Vec<&'a str>; 2] {
    [args.to_vec(), [&["--json"], args].concat()]
}
