//! Taking times in turns, so that whatever else the machine does slows both sides alike.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{processes::median, search_path::search_path};

/// The program that is measured.
pub(crate) const LINEAGE: &str = env!("CARGO_BIN_EXE_git-lineage");

/// The medians of both sides.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) ours: Duration,
    pub(crate) theirs: Duration,
}

impl Pair {
    pub(crate) fn ratio(self) -> f64 {
        self.ours.as_secs_f64() / self.theirs.as_secs_f64()
    }
}

/// Runs both sides so often, in turns; each says how long it took.
pub(crate) fn in_turns(
    runs: usize,
    mut ours: impl FnMut(usize) -> Duration,
    mut theirs: impl FnMut(usize) -> Duration,
) -> Pair {
    let (mut of_ours, mut of_theirs) = (Vec::new(), Vec::new());
    for run in 0..runs {
        of_theirs.push(theirs(run));
        of_ours.push(ours(run));
    }
    Pair {
        ours: median(of_ours),
        theirs: median(of_theirs),
    }
}

/// A command as it is measured: nothing of it is shown, and hooks find the measured program.
pub(crate) fn command(dir: &Path, program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(args)
        .current_dir(dir)
        .env("PATH", search_path())
        .env("XDG_CACHE_HOME", dir.with_file_name("cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// How long a command takes, which must succeed.
pub(crate) fn time(dir: &Path, program: &str, args: &[&str]) -> Duration {
    let mut command = command(dir, program, args);
    let begun = Instant::now();
    let status = command.status().expect("it runs");
    let took = begun.elapsed();
    assert!(status.success(), "{program} {args:?}");
    took
}

/// What a command prints.
pub(crate) fn output(dir: &Path, program: &str, args: &[&str]) -> String {
    let output = command(dir, program, args).stdout(Stdio::piped()).output();
    let output = output.expect("it runs");
    assert!(output.status.success(), "{program} {args:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// A copy of a folder.
pub(crate) fn copy(folder: &Path, name: &str) -> std::path::PathBuf {
    let copy = folder.with_file_name(name);
    let status = Command::new("cp").arg("-a").args([folder, &copy]).status();
    assert!(status.expect("cp runs").success());
    copy
}
