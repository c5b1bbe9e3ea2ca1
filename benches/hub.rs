//! `git lineage find <hash>` in a hub of many projects beside the same question in one of them, whole processes; and what
//! filling the hub and asking all projects again costs.
//!
//! `cargo bench --bench hub`; `GIT_LINEAGE_BENCH_PROJECTS` sets the number of projects (200 without it),
//! `GIT_LINEAGE_BENCH_ARTIFACTS` that of artifacts in each (50), `GIT_LINEAGE_BENCH_VERSIONS` that of versions of each (20),
//! `GIT_LINEAGE_BENCH_RUNS` how often each question is asked (21). Medians, taken in turns. All projects have deployed the
//! same, each by itself, and gone on by itself: one question is about a content of one project only, another about what all
//! of them deployed.

mod processes;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use git_lineage::{
    ArtifactId, BatchFile, BatchVersion, ChangeOrigin, ContentHash, FileMode, Line, LineageStore, Person, Signature,
    Timestamp, VersionId,
};

use self::processes::{git, median, number};

/// A project with so many artifacts on line main; the contents of the first: what was deployed, and the one in the middle.
fn project(dir: &Path, project: usize, artifacts: usize, versions: usize) -> (PathBuf, [ContentHash; 2]) {
    let name = format!("project-{project:03}");
    git(dir, &["init", "--quiet", "--initial-branch=main", &name]);
    let path = dir.join(name);
    let store = LineageStore::open(&path).expect("a repository");
    let line: Line = "main".parse().expect("a line");
    let recorded = store.batch(|batch| {
        let mut recorded: Vec<VersionId> = Vec::new();
        for artifact in 0..artifacts {
            let id: ArtifactId = format!("skill/s{artifact:03}").parse()?;
            let mut parent = None;
            for version in 0..versions {
                let text = match version {
                    0 => format!("# Skill {artifact}\n"),
                    _ => format!("# Skill {artifact} of project {project}, version {version}\n"),
                };
                let signature = Signature {
                    person: Person {
                        name: format!("Bench {project}"),
                        email: "bench@example.org".to_owned(),
                    },
                    time: Timestamp {
                        seconds: 1_700_000_000 + i64::try_from(version * 1000 + project).expect("small"),
                        offset: 0,
                    },
                };
                let made = batch.add(BatchVersion {
                    artifact_id: id.clone(),
                    files: vec![BatchFile {
                        path: b"SKILL.md".to_vec(),
                        mode: FileMode::File,
                        data: text.into_bytes(),
                    }],
                    parents: parent.into_iter().collect(),
                    change_origin: Some(match version {
                        0 => ChangeOrigin::Deployment,
                        _ => ChangeOrigin::LocalModification,
                    }),
                    author: signature.clone(),
                    committer: signature,
                    summary: format!("Version {version}"),
                    body: None,
                    upstream: None,
                })?;
                parent = Some(made);
                recorded.push(made);
            }
            batch.set_head(&line, &id, parent.expect("there is a version"))?;
        }
        Ok(recorded)
    });
    let recorded = recorded.expect("recorded");
    let content = |at: usize| store.version(&recorded[at]).expect("recorded").content_hash;
    (path, [content(0), content(versions / 2)])
}

/// How long a process takes, and how many lines it prints.
fn time(dir: &Path, args: &[&str]) -> (Duration, usize) {
    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_git-lineage"))
        .args(args)
        .current_dir(dir)
        .output()
        .expect("it runs");
    let taken = started.elapsed();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {message}");
    (taken, output.stdout.iter().filter(|byte| **byte == b'\n').count())
}

fn compare(name: &str, hub: &Path, project: &Path, content: ContentHash) {
    let content = content.to_string();
    let (mut in_hub, mut in_project) = (Vec::new(), Vec::new());
    let (mut found, mut lines) = (0, 0);
    for _ in 0..number("GIT_LINEAGE_BENCH_RUNS", 21) {
        let (taken, count) = time(project, &["find", &content]);
        in_project.push(taken);
        found = count;
        let (taken, count) = time(hub, &["find", &content]);
        in_hub.push(taken);
        lines = count;
    }
    let (in_hub, in_project) = (median(in_hub), median(in_project));
    println!(
        "find of {name}: in the hub {:.2} ms ({lines} lines), in a project {:.2} ms ({found}), ratio {:.2}",
        in_hub.as_secs_f64() * 1e3,
        in_project.as_secs_f64() * 1e3,
        in_hub.as_secs_f64() / in_project.as_secs_f64()
    );
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let dir = folder.path();
    let projects = number("GIT_LINEAGE_BENCH_PROJECTS", 200);
    let artifacts = number("GIT_LINEAGE_BENCH_ARTIFACTS", 50);
    let versions = number("GIT_LINEAGE_BENCH_VERSIONS", 20);
    let made: Vec<_> = (0..projects).map(|at| project(dir, at, artifacts, versions)).collect();
    let hub = dir.join("hub.git");
    time(dir, &["hub", "init", "hub.git"]);
    git(&hub, &["config", "maintenance.auto", "false"]);
    let added: Duration = made
        .iter()
        .map(|(path, _)| time(&hub, &["hub", "add", path.to_str().expect("UTF-8")]).0)
        .sum();
    println!("{projects} projects added in {added:.1?}");
    println!("the first hub fetch took {:.1?}", time(&hub, &["hub", "fetch"]).0);
    println!("one with nothing new took {:.1?}", time(&hub, &["hub", "fetch"]).0);
    println!("hub list took {:.1?}", time(&hub, &["hub", "list"]).0);
    let (project, [deployed, own]) = &made[projects / 2];
    compare("a content of one project", &hub, project, *own);
    compare("what all deployed", &hub, project, *deployed);
}
