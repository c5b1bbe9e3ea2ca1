//! `git commit` with lineage hooks beside the same commit without them, whole processes.
//!
//! `cargo bench --bench hooks`; `GIT_LINEAGE_BENCH_ARTIFACTS=100` sets the number of artifacts of ten files each in the
//! manifest (1,000 without it), `GIT_LINEAGE_BENCH_RUNS` how often each commit is made (41). Medians, taken in turns in two
//! copies of one project, so that whatever else the machine does slows both alike. Rounds: a commit that touches no
//! artifact; one that touches one file of one artifact; the first again with hooks that call nothing, for what git and the
//! shell alone cost.

mod processes;
mod project;
mod search_path;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use self::processes::{git, median, number};
use self::search_path::search_path;

/// Changes a file and commits it; what the commit took.
fn commit(project: &Path, file: &str, run: usize) -> Duration {
    let path = project.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("created");
    fs::write(path, format!("Change {run}.\n")).expect("written");
    git(project, &["add", file]);
    let mut command = Command::new("git");
    command
        .args(["commit", "--quiet", "--message", "Change"])
        .current_dir(project)
        .env("PATH", search_path())
        .stdout(Stdio::null());
    let begun = Instant::now();
    let status = command.status().expect("git runs");
    let took = begun.elapsed();
    assert!(status.success());
    took
}

fn compare(plain: &Path, hooked: &Path, name: &str, file: impl Fn(usize) -> String) {
    let runs = number("GIT_LINEAGE_BENCH_RUNS", 41);
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for run in 0..runs {
        without.push(commit(plain, &file(run), run));
        with.push(commit(hooked, &file(run), run));
    }
    let (without, with) = (median(without), median(with));
    println!(
        "{name}: with hooks {:.1} ms, without {:.1} ms, ratio {:.2}",
        with.as_secs_f64() * 1e3,
        without.as_secs_f64() * 1e3,
        with.as_secs_f64() / without.as_secs_f64()
    );
}

/// A copy of a project, hooks and all.
fn copy(project: &Path, name: &str) -> PathBuf {
    let copy = project.with_file_name(name);
    let status = Command::new("cp").arg("-a").args([project, &copy]).status();
    assert!(status.expect("cp runs").success());
    git(&copy, &["update-index", "-q", "--refresh"]);
    copy
}

/// How many versions there are.
fn versions(project: &Path) -> usize {
    let answer = Command::new("git")
        .args(["rev-list", "--count", "--glob=refs/lineage/heads"])
        .current_dir(project)
        .output();
    let text = String::from_utf8(answer.expect("git runs").stdout).expect("a number");
    text.trim().parse().expect("a number")
}

fn main() {
    let dir = tempfile::tempdir().expect("a directory");
    let artifacts = number("GIT_LINEAGE_BENCH_ARTIFACTS", 1000);
    let (plain, _) = project::project(dir.path(), artifacts);
    let hooked = copy(&plain, "hooked");
    let empty = copy(&plain, "empty");
    for project in [&hooked, &empty] {
        let status = Command::new(env!("CARGO_BIN_EXE_git-lineage"))
            .args(["hooks", "install"])
            .current_dir(project)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.expect("it runs").success());
    }
    fs::write(empty.join(".git/hooks/post-commit"), "#!/bin/sh\n:\n").expect("written");
    // Files that are as new as the index would have to be read by git each time.
    std::thread::sleep(Duration::from_millis(1100));
    for project in [&plain, &hooked, &empty] {
        git(project, &["update-index", "-q", "--refresh"]);
    }
    let before = versions(&hooked);
    compare(&plain, &hooked, "no artifact touched", |_| "src/main.txt".to_owned());
    assert_eq!(versions(&hooked), before);
    compare(&plain, &empty, "no artifact touched, hooks that call nothing", |_| {
        "src/main.txt".to_owned()
    });
    compare(&plain, &hooked, "one artifact touched", |_| {
        ".claude/skills/s0007/0.md".to_owned()
    });
    let recorded = versions(&hooked) - before;
    assert_eq!(
        recorded,
        number("GIT_LINEAGE_BENCH_RUNS", 41),
        "every commit was recorded"
    );
}
