//! `git push` of many versions to a server with lineage hooks beside the same push to one without them, whole processes.
//!
//! `cargo bench --bench server`; `GIT_LINEAGE_BENCH_VERSIONS` sets how many versions there are (10,000 without it), of a
//! hundredth as many artifacts of three files, `GIT_LINEAGE_BENCH_RUNS` how often they are pushed (5). Medians, taken in turns, each
//! time to a new bare repository. Rounds: everything at once; one version on top of it; a branch without any lineage.

mod processes;
mod search_path;

use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use self::processes::{git, median, number};
use self::search_path::search_path;

const VERSIONS_OF_EACH: usize = 100;

/// What git prints.
fn printed(dir: &Path, args: &[&str], input: &str) -> String {
    let mut child = Command::new("git")
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).expect("git reads");
    drop(stdin);
    let output = child.wait_with_output().expect("git ends");
    assert!(output.status.success(), "git {args:?}");
    String::from_utf8(output.stdout).expect("ids").trim().to_owned()
}

/// The content of one state: three files, of which one changes.
fn files(artifact: usize, state: usize) -> String {
    let mut text = String::from("deleteall\n");
    for (name, data) in [
        ("SKILL.md", format!("# Skill {artifact}\n\nState {state}.\n")),
        ("references/forms.md", format!("# Forms of {artifact}\n")),
        ("scripts/fill.sh", "#!/bin/sh\nexec fill\n".to_owned()),
    ] {
        write!(text, "M 100644 inline {name}\ndata {}\n{data}\n", data.len()).expect("a String takes all");
    }
    text
}

/// A repository with one commit and so many versions.
fn project(dir: &Path, versions: usize) -> PathBuf {
    git(dir, &["init", "--quiet", "--initial-branch=main", "project"]);
    let project = dir.join("project");
    for (key, value) in [
        ("user.name", "Bench"),
        ("user.email", "bench@example.org"),
        ("gc.auto", "0"),
    ] {
        git(&project, &["config", key, value]);
    }
    git(&project, &["commit", "--quiet", "--allow-empty", "--message", "Begin"]);
    let artifacts = versions.div_ceil(VERSIONS_OF_EACH);
    // The contents first: a version names its parent's.
    let mut states = String::new();
    for artifact in 0..artifacts {
        for state in 0..VERSIONS_OF_EACH {
            write!(
                states,
                "commit refs/states/{artifact}\ncommitter A <a> 1 +0000\ndata 0\n{}\n",
                files(artifact, state)
            )
            .expect("a String takes all");
        }
    }
    printed(&project, &["fast-import", "--quiet"], &states);
    let mut versions = String::new();
    for artifact in 0..artifacts {
        let name = format!("refs/states/{artifact}");
        let trees = printed(&project, &["log", "--reverse", "--format=%T", &name], "");
        let mut parent: Option<&str> = None;
        for (state, tree) in trees.lines().enumerate() {
            let origin = parent.map_or("deployment", |_| "local_modification");
            let claim = parent.map_or(String::new(), |tree| format!("Parent-Hash: {tree}\n"));
            let message = format!(
                "State {state}\n\nLineage-Format: 1\nArtifact-Id: skill/s{artifact:04}\nChange-Origin: {origin}\n{claim}"
            );
            write!(
                versions,
                "commit refs/lineage/heads/main/skill/s{artifact:04}\ncommitter A <a> {} +0000\ndata {}\n{message}\
                 M 040000 {tree} \n\n",
                1_700_000_000 + state,
                message.len()
            )
            .expect("a String takes all");
            parent = Some(tree);
        }
        write!(versions, "reset {name}\nfrom {}\n\n", "0".repeat(40)).expect("a String takes all");
    }
    printed(&project, &["fast-import", "--quiet", "--force"], &versions);
    git(&project, &["repack", "-adq"]);
    project
}

/// A new bare repository.
fn server(dir: &Path, name: &str, hooks: bool) -> PathBuf {
    let server = dir.join(name);
    if server.exists() {
        std::fs::remove_dir_all(&server).expect("removed");
    }
    git(dir, &["init", "--quiet", "--bare", name]);
    if hooks {
        let status = Command::new(env!("CARGO_BIN_EXE_git-lineage"))
            .args(["hooks", "install", "--server"])
            .current_dir(&server)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.expect("it runs").success());
    }
    server
}

fn push(project: &Path, server: &Path, refspec: &str) -> Duration {
    let mut command = Command::new("git");
    command
        .args(["push", "--quiet"])
        .arg(server)
        .arg(refspec)
        .current_dir(project)
        .env("PATH", search_path());
    let begun = Instant::now();
    let status = command.status().expect("git runs");
    let took = begun.elapsed();
    assert!(status.success());
    took
}

fn main() {
    let dir = tempfile::tempdir().expect("a directory");
    let runs = number("GIT_LINEAGE_BENCH_RUNS", 5);
    let project = project(dir.path(), number("GIT_LINEAGE_BENCH_VERSIONS", 10_000));
    let count = printed(&project, &["rev-list", "--count", "--glob=refs/lineage/heads"], "");
    let head = "refs/lineage/heads/main/skill/s0000";
    let tree = printed(&project, &["rev-parse", &format!("{head}^{{tree}}")], "");
    let message = format!(
        "More\n\nLineage-Format: 1\nArtifact-Id: skill/s0000\nChange-Origin: local_modification\nParent-Hash: {tree}\n"
    );
    let more = printed(&project, &["commit-tree", &tree, "-p", head], &message);
    let rounds = [
        (
            format!("{count} versions at once"),
            "refs/lineage/heads/*:refs/lineage/heads/*".to_owned(),
        ),
        ("one version more".to_owned(), format!("{more}:{head}")),
        ("a branch without lineage".to_owned(), "main".to_owned()),
    ];
    let mut times = [(); 3].map(|()| (Vec::new(), Vec::new()));
    for _ in 0..runs {
        let plain = server(dir.path(), "plain.git", false);
        let hooked = server(dir.path(), "hooked.git", true);
        for ((_, refspec), (without, with)) in rounds.iter().zip(&mut times) {
            without.push(push(&project, &plain, refspec));
            with.push(push(&project, &hooked, refspec));
        }
        let taken = printed(&hooked, &["rev-list", "--count", "--glob=refs/lineage/heads"], "");
        assert_eq!(
            taken.parse::<usize>().ok(),
            count.parse::<usize>().ok().map(|count| count + 1)
        );
    }
    for ((name, _), (without, with)) in rounds.iter().zip(times) {
        let (without, with) = (median(without), median(with));
        println!(
            "{name}: with hooks {:.1} ms, without {:.1} ms, ratio {:.2}",
            with.as_secs_f64() * 1e3,
            without.as_secs_f64() * 1e3,
            with.as_secs_f64() / without.as_secs_f64()
        );
    }
}
