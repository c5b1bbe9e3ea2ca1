//! `git lineage adopt` of an artifact with a long past beside `git log -- <path>` of the same, whole processes.
//!
//! `cargo bench --bench adopt`; `GIT_LINEAGE_BENCH_VERSIONS` sets the number of states (5,000 without it),
//! `GIT_LINEAGE_BENCH_RUNS` how often each is run (11). Medians, taken in turns. Every second commit touches the artifact of
//! three files, the others something beside it; the repository is packed, once without and once with a commit-graph. What
//! an adoption has written is taken away before the next.

mod processes;

use std::{
    fmt::Write as _,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use self::processes::{git, median, number};

const PATH: &str = ".claude/skills/pdf";

/// A history with `states` states of the artifact.
fn import(dir: &Path, states: usize) {
    let mut stream = String::new();
    let file = |stream: &mut String, path: &str, text: &str| {
        write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len()).expect("memory takes all");
    };
    for number in 0..2 * states {
        let time = 1_700_000_000 + number;
        write!(
            stream,
            "commit refs/heads/main\ncommitter Bench <bench@example.org> {time} +0000\ndata 6\nChange\n"
        )
        .expect("memory takes all");
        if number == 0 {
            for name in ["SKILL.md", "references/forms.md"] {
                file(
                    &mut stream,
                    &format!("{PATH}/{name}"),
                    "Some text that a skill may hold.",
                );
            }
            for name in 0..200 {
                file(&mut stream, &format!("src/module-{name}.rs"), "fn nothing() {}");
            }
        }
        let (path, text) = match number % 2 {
            0 => (format!("{PATH}/lines.md"), format!("State {number}")),
            _ => (
                format!("src/module-{}.rs", number % 200),
                format!("fn number() {{ {number} }}"),
            ),
        };
        file(&mut stream, &path, &text);
    }
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(dir)
        .stdin(Stdio::piped())
        .spawn()
        .expect("git runs");
    let mut input = import.stdin.take().expect("it is piped");
    input.write_all(stream.as_bytes()).expect("git reads it");
    drop(input);
    assert!(import.wait().expect("git ends").success());
    git(dir, &["reset", "--quiet", "--hard", "main"]);
    git(dir, &["repack", "--quiet", "-a", "-d"]);
}

/// How long a process takes; what it prints is read.
fn time(dir: &Path, program: &str, args: &[&str]) -> Duration {
    let started = Instant::now();
    let output = Command::new(program)
        .args(args)
        .current_dir(dir)
        .output()
        .expect("it runs");
    let taken = started.elapsed();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {message}");
    taken
}

/// Removes what an adoption has written.
fn forget(dir: &Path) {
    git(dir, &["reset", "--quiet", "--hard"]);
    for path in [".git/lineage", ".git/refs/lineage", ".git/refs/worktree"] {
        let _ = std::fs::remove_dir_all(dir.join(path));
    }
    git(dir, &["repack", "--quiet", "-a", "-d"]);
    git(dir, &["prune", "--expire=now"]);
}

fn main() {
    let (states, runs) = (
        number("GIT_LINEAGE_BENCH_VERSIONS", 5_000),
        number("GIT_LINEAGE_BENCH_RUNS", 11),
    );
    let folder = tempfile::tempdir().expect("a temporary directory");
    let dir = folder.path();
    git(dir, &["init", "--quiet", "--initial-branch=main"]);
    for (key, value) in [
        ("user.name", "Bench"),
        ("user.email", "bench@example.org"),
        ("gc.auto", "0"),
    ] {
        git(dir, &["config", key, value]);
    }
    import(dir, states);
    for graph in ["without a commit-graph", "with a commit-graph"] {
        if graph.starts_with("with a") {
            git(dir, &["commit-graph", "write", "--reachable"]);
        }
        let (mut ours, mut planned, mut log) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..runs {
            log.push(time(dir, "git", &["log", "--format=%H", "--", PATH]));
            let lineage = env!("CARGO_BIN_EXE_git-lineage");
            planned.push(time(dir, lineage, &["adopt", PATH, "--dry-run"]));
            forget(dir);
            ours.push(time(dir, lineage, &["adopt", PATH]));
            forget(dir);
        }
        let (ours, planned, log) = (median(ours), median(planned), median(log));
        println!(
            "{states} states, {graph}: adopt {ours:.1?}, --dry-run {planned:.1?}, git log -- <path> {log:.1?}; {:.2} and {:.2} of it",
            ours.as_secs_f64() / log.as_secs_f64(),
            planned.as_secs_f64() / log.as_secs_f64(),
        );
    }
}
