//! [`Stage`]: the directory of the tour, and running commands in it while showing them.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    super::{Outcome, failure::Failure, output::Output, style::Tone, text},
    fixtures::File,
};

const NAME: &str = "Ada";
const EMAIL: &str = "ada@example.org";

/// Where the tour takes place.
pub(super) struct Stage<'a> {
    out: &'a mut Output,
    directory: PathBuf,
    program: PathBuf,
}

impl<'a> Stage<'a> {
    /// Makes the directory: the one that was named, if it is empty, or a temporary one, which stays.
    pub(super) fn set(directory: Option<&Path>, out: &'a mut Output) -> Result<Self, Failure> {
        let directory = match directory {
            Some(directory) => {
                let cannot = |source| file(directory, source);
                fs::create_dir_all(directory).map_err(cannot)?;
                if fs::read_dir(directory).map_err(cannot)?.next().is_some() {
                    return Err(Failure::DemoDirectory {
                        path: directory.to_owned(),
                    });
                }
                directory.to_owned()
            }
            None => {
                let made = tempfile::Builder::new().prefix("git-lineage-demo-").tempdir();
                made.map_err(|source| file(&std::env::temp_dir(), source))?.keep()
            }
        };
        let program = std::env::current_exe().map_err(|source| file(Path::new("git-lineage"), source))?;
        let directory = directory.canonicalize().map_err(|source| file(&directory, source))?;
        Ok(Stage {
            out,
            directory,
            program,
        })
    }

    /// The whole directory.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// This program.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// The end of the tour.
    pub(super) fn leave(self) -> &'a mut Output {
        self.out
    }

    /// Writes embedded files into a folder of the directory.
    pub(super) fn write(&self, folder: &str, files: &[File]) -> Result<(), Failure> {
        for one in files {
            let path = self.directory.join(folder).join(one.path);
            let parent = path.parent().unwrap_or(&self.directory);
            fs::create_dir_all(parent).map_err(|source| file(parent, source))?;
            fs::write(&path, one.bytes).map_err(|source| file(&path, source))?;
            let mode = if one.executable { 0o755 } else { 0o644 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).map_err(|source| file(&path, source))?;
        }
        Ok(())
    }

    /// An ordinary project with one commit and an identity of its own, so that exploring it needs none.
    pub(super) fn make_project(&self) -> Result<(), Failure> {
        let project = self.project();
        fs::create_dir_all(&project).map_err(|source| file(&project, source))?;
        for line in [
            "git init -q",
            "git symbolic-ref HEAD refs/heads/main",
            &format!("git config user.name {NAME}"),
            &format!("git config user.email {EMAIL}"),
            "git config commit.gpgSign false",
            "echo '# A project' > README.md",
            "git add README.md",
            "git commit -qm 'Begin'",
        ] {
            self.quietly(line, "sh", ["-c", line])?;
        }
        Ok(())
    }

    /// A heading.
    pub(super) fn say(&mut self, text: impl AsRef<str>) -> Result<(), Failure> {
        if !self.out.is_json() {
            let heading = self.out.paint().paint(Tone::Subject, text.as_ref());
            self.out.line(format_args!("\n{heading}"))?;
        }
        Ok(())
    }

    /// Shows a command that only concerns the reader's shell.
    pub(super) fn shown(&mut self, line: &str) -> Result<(), Failure> {
        if !self.out.is_json() {
            let prompt = self.out.paint().paint(Tone::Dim, "$");
            self.out.line(format_args!("{prompt} {line}"))?;
            // Seen before it has finished, as on a terminal.
            self.out.flush()?;
        }
        Ok(())
    }

    /// Shows a line of shell and runs it in the project.
    pub(super) fn shell(&mut self, line: &str) -> Result<(), Failure> {
        self.shown(line)?;
        let said = self.quietly(line, "sh", ["-c", line])?;
        self.print(&said)
    }

    /// Shows a command of this program as git would be asked for it, and runs it in the project.
    pub(super) fn lineage(&mut self, args: &[&str]) -> Result<(), Failure> {
        self.lineage_ending(Outcome::Done, args)
    }

    /// As [`lineage`](Self::lineage), for a command that is to end with this code.
    pub(super) fn lineage_ending(&mut self, outcome: Outcome, args: &[&str]) -> Result<(), Failure> {
        let words: Vec<String> = args.iter().copied().map(text::quoted).collect();
        let line = format!("git lineage {}", words.join(" "));
        self.shown(&line)?;
        let colour = if self.out.paint().is_on() { "always" } else { "never" };
        let coloured = [&["--color", colour], args].concat();
        let said = self.run(&line, &self.program, coloured, outcome)?;
        self.print(&said)
    }

    /// What this program answers, without showing anything.
    pub(super) fn ask(&self, args: &[&str]) -> Result<String, Failure> {
        let line = format!("git lineage {}", args.join(" "));
        self.quietly(&line, &self.program, args).map(|said| said.stdout)
    }

    fn print(&mut self, said: &Said) -> Result<(), Failure> {
        if !self.out.is_json() {
            for line in said.stdout.lines().chain(said.stderr.lines()) {
                self.out.line(line)?;
            }
        }
        Ok(())
    }

    fn quietly<S: AsRef<OsStr>>(
        &self,
        line: &str,
        program: impl AsRef<OsStr>,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Said, Failure> {
        self.run(line, program, args, Outcome::Done)
    }

    /// Runs a program in the project, without the user's git configuration and without what a calling git has set.
    fn run<S: AsRef<OsStr>>(
        &self,
        line: &str,
        program: impl AsRef<OsStr>,
        args: impl IntoIterator<Item = S>,
        expected: Outcome,
    ) -> Result<Said, Failure> {
        let mut command = Command::new(program);
        for (key, _) in std::env::vars_os().filter(|(key, _)| key.as_encoded_bytes().starts_with(b"GIT_")) {
            command.env_remove(key);
        }
        let output = command
            .args(args)
            .current_dir(self.project())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
            .map_err(|source| Failure::DemoStart {
                command: line.to_owned(),
                source,
            })?;
        let said = Said {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        if output.status.code() == Some(expected.exit_code().into()) {
            return Ok(said);
        }
        super::super::output::to_stderr(said.stderr.trim_end());
        Err(Failure::DemoStep {
            command: line.to_owned(),
            code: output.status.code().unwrap_or(-1),
            directory: self.directory.clone(),
        })
    }

    fn project(&self) -> PathBuf {
        self.directory.join("project")
    }
}

struct Said {
    stdout: String,
    stderr: String,
}

fn file(path: &Path, source: std::io::Error) -> Failure {
    Failure::DemoFile {
        path: path.to_owned(),
        source,
    }
}
