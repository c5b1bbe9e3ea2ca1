//! Commands whose time is taken.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::search_path::search_path;

/// A command as it is measured: nothing of it is shown, hooks find the measured program, and what is fetched is kept beside
/// the project, not in the home of whoever runs this.
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
