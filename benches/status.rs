//! `git lineage status` of a clean tree beside `git status` of the same tree, whole processes.
//!
//! `cargo bench --bench status`; `GIT_LINEAGE_BENCH_ARTIFACTS=100` sets the number of artifacts of ten files each (1,000
//! without it), `GIT_LINEAGE_BENCH_RUNS` how often each is run (21). Medians, taken in turns, so that whatever else the
//! machine does slows both alike. Three rounds: upstream is one git repository, was never seen, is a plain directory for
//! each artifact, which is read in full the first time and looked at afterwards.

mod processes;
mod project;
mod search_path;
mod timed;

use std::{path::Path, process::Stdio, time::Duration};

use self::{
    processes::{git, median, number},
    project::manifest,
    timed::{command, time},
};

fn compare(project: &Path, name: &str) {
    let lineage = env!("CARGO_BIN_EXE_git-lineage");
    let runs = number("GIT_LINEAGE_BENCH_RUNS", 21);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        theirs.push(time(project, "git", &["status"]));
        ours.push(time(project, lineage, &["status"]));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "{name}: git lineage status {:.1} ms, git status {:.1} ms, ratio {:.2}",
        ours.as_secs_f64() * 1e3,
        theirs.as_secs_f64() * 1e3,
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
}

/// Panics unless all artifacts are in this state.
fn check(project: &Path, state: &str) {
    let answer = command(project, env!("CARGO_BIN_EXE_git-lineage"), &["--json", "status"])
        .stdout(Stdio::piped())
        .output()
        .expect("it runs");
    let text = String::from_utf8(answer.stdout).expect("JSON");
    let wanted = format!("\"state\":\"{state}\"");
    assert!(
        !text.is_empty() && text.lines().all(|line| line.contains(&wanted)),
        "{state}"
    );
}

fn main() {
    let dir = tempfile::tempdir().expect("a directory");
    let artifacts = number("GIT_LINEAGE_BENCH_ARTIFACTS", 1000);
    let (project, contents) = project::project(dir.path(), artifacts);
    // Files that are as new as the index would have to be read by both.
    std::thread::sleep(Duration::from_millis(1100));
    git(&project, &["update-index", "-q", "--refresh"]);

    check(&project, "unknown");
    compare(&project, "upstream never seen");
    time(&project, env!("CARGO_BIN_EXE_git-lineage"), &["status", "--fetch"]);
    check(&project, "clean");
    compare(&project, "upstream is a git repository");
    std::fs::write(project.join(".gitlineage"), manifest(&contents, None)).expect("written");
    check(&project, "clean");
    compare(&project, "upstreams are plain directories");
}
