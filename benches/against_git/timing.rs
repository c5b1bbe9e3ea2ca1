//! Taking times in turns, so that whatever else the machine does slows both sides alike.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::processes::median;
pub(crate) use crate::timed::{command, time};

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
