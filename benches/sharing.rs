//! `git push` and `git fetch` of a project that shares the lineage of its artifacts beside the same of one that has none,
//! whole processes.
//!
//! `cargo bench --bench sharing`; `GIT_LINEAGE_BENCH_ARTIFACTS=100` sets the number of artifacts (1,000 without it),
//! `GIT_LINEAGE_BENCH_LINES` on how many more lines each has a head of its own in the last rounds (50),
//! `GIT_LINEAGE_BENCH_RUNS` how often each is done (21). Medians, taken in turns. The remotes are bare repositories on the same
//! machine. In no round is there anything new of lineage: what is measured is what everybody pays all the time.

mod processes;
mod project;
mod search_path;
mod timed;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use self::processes::{git, median, number};
use self::timed::time;

fn lineage(project: &Path, args: &[&str]) {
    time(project, env!("CARGO_BIN_EXE_git-lineage"), args);
}

/// One side of the comparison: who pushes, who fetches, and the remote between them.
struct Side {
    project: PathBuf,
    remote: PathBuf,
    reader: PathBuf,
}

impl Side {
    fn new(dir: &Path, origin: &Path, name: &str, shares: bool) -> Self {
        let [project, remote, reader] = ["project", "remote", "reader"].map(|part| dir.join(format!("{name}-{part}")));
        let status = Command::new("cp").arg("-a").args([origin, &project]).status();
        assert!(status.expect("cp runs").success());
        let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        git(
            dir,
            &["init", "--quiet", "--bare", "--initial-branch=main", &path(&remote)],
        );
        git(&project, &["remote", "add", "origin", &path(&remote)]);
        git(&project, &["push", "--quiet", "--set-upstream", "origin", "main"]);
        if shares {
            lineage(&project, &["init", "--hooks"]);
            lineage(&project, &["push"]);
            // As gc leaves it, here and on any host.
            git(&remote, &["pack-refs", "--all"]);
            git(&project, &["pack-refs", "--all"]);
        }
        git(dir, &["clone", "--quiet", &path(&remote), &path(&reader)]);
        if shares {
            lineage(&reader, &["init"]);
            lineage(&reader, &["fetch"]);
        }
        Side {
            project,
            remote,
            reader,
        }
    }

    /// A commit that touches no artifact.
    fn commit(&self, run: usize) {
        let file = self.project.join("src/main.txt");
        fs::create_dir_all(file.parent().expect("a folder")).expect("created");
        fs::write(file, format!("Change {run}.\n")).expect("written");
        git(&self.project, &["add", "src"]);
        git(&self.project, &["commit", "--quiet", "--message", "Change"]);
    }
}

fn compare(name: &str, sides: [&Side; 2], measure: impl Fn(&Side, usize) -> Duration) {
    let runs = number("GIT_LINEAGE_BENCH_RUNS", 21);
    let mut times = [Vec::new(), Vec::new()];
    for run in 0..runs {
        for (side, times) in sides.iter().zip(&mut times) {
            times.push(measure(side, run));
        }
    }
    let [with, without] = times.map(median);
    println!(
        "{name}: with lineage {:.1} ms, without {:.1} ms, ratio {:.2}",
        with.as_secs_f64() * 1e3,
        without.as_secs_f64() * 1e3,
        with.as_secs_f64() / without.as_secs_f64()
    );
}

fn rounds(what: &str, sides: [&Side; 2]) {
    compare(&format!("{what}, git push"), sides, |side, run| {
        side.commit(run);
        time(&side.project, "git", &["push", "--quiet"])
    });
    compare(&format!("{what}, git fetch of a commit"), sides, |side, run| {
        side.commit(run + 1_000);
        git(&side.project, &["push", "--quiet", "--no-verify"]);
        time(&side.reader, "git", &["fetch", "--quiet"])
    });
    compare(&format!("{what}, git fetch of nothing"), sides, |side, _| {
        time(&side.reader, "git", &["fetch", "--quiet"])
    });
}

fn main() {
    let dir = tempfile::tempdir().expect("a directory");
    let artifacts = number("GIT_LINEAGE_BENCH_ARTIFACTS", 1000);
    let (origin, _) = project::project(dir.path(), artifacts);
    let plain = Side::new(dir.path(), &origin, "plain", false);
    let shared = Side::new(dir.path(), &origin, "shared", true);
    rounds("1 line", [&shared, &plain]);

    // A head of every artifact on many more lines, as if each had changed all of them.
    let lines = number("GIT_LINEAGE_BENCH_LINES", 50);
    let heads = Command::new("git")
        .args([
            "for-each-ref",
            "--format=%(objectname) %(refname)",
            "refs/lineage/heads/main",
        ])
        .current_dir(&shared.remote)
        .output()
        .expect("git runs");
    let heads = String::from_utf8(heads.stdout).expect("text");
    let mut input = String::new();
    for line in 0..lines {
        for (id, name) in heads.lines().filter_map(|head| head.split_once(' ')) {
            let name = name.replace("/heads/main/", &format!("/heads/line-{line}/"));
            input.push_str(&format!("create {name} {id}\n"));
        }
    }
    let mut command = Command::new("git");
    command
        .args(["update-ref", "--stdin"])
        .current_dir(&shared.remote)
        .stdin(Stdio::piped());
    let mut child = command.spawn().expect("git runs");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), input.as_bytes()).expect("git reads");
    assert!(child.wait().expect("it ends").success());
    git(&shared.remote, &["pack-refs", "--all"]);
    for project in [&shared.project, &shared.reader] {
        lineage(project, &["fetch"]);
        git(project, &["pack-refs", "--all"]);
        lineage(project, &["index", "status"]);
    }
    rounds(&format!("{lines} more lines"), [&shared, &plain]);
    // Somebody who does not use the tool.
    let stranger = Side {
        reader: dir.path().join("stranger"),
        project: shared.project.clone(),
        remote: shared.remote.clone(),
    };
    let url = stranger.remote.to_str().expect("UTF-8");
    git(dir.path(), &["clone", "--quiet", url, "stranger"]);
    compare(
        &format!("{lines} more lines, fetch by who does not use it"),
        [&stranger, &plain],
        |side, _| time(&side.reader, "git", &["fetch", "--quiet"]),
    );
}
