//! A project with many artifacts, as the benchmarks of whole processes need it.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use git_lineage::{
    ArtifactId, BatchFile, BatchVersion, Caller, ChangeOrigin, CommitId, ContentHash, FileMode, LineageStore, Person,
    Record, Signature, Timestamp, Upstream,
};

use crate::processes::git;

const FILES: usize = 10;

fn caller() -> Caller {
    Caller::new(Signature {
        person: Person {
            name: "Bench".to_owned(),
            email: "bench@example.org".to_owned(),
        },
        time: Timestamp {
            seconds: 1_700_000_000,
            offset: 0,
        },
    })
}

fn path_of(file: usize) -> String {
    let folder = ["", "references/", "scripts/"][file % 3];
    format!("{folder}{file}.md")
}

fn bytes_of(artifact: usize, file: usize) -> Vec<u8> {
    format!("# File {file} of artifact {artifact}\n\nSome text that a skill may hold.\n").into_bytes()
}

/// A repository in `dir` with an identity.
pub(crate) fn init(dir: &Path, name: &str) -> PathBuf {
    git(dir, &["init", "--quiet", "--initial-branch=main", name]);
    let repository = dir.join(name);
    for (key, value) in [
        ("user.name", "Bench"),
        ("user.email", "bench@example.org"),
        ("gc.auto", "0"),
    ] {
        git(&repository, &["config", key, value]);
    }
    repository
}

fn commit(repository: &Path, message: &str) {
    git(repository, &["add", "--all"]);
    git(
        repository,
        &["commit", "--quiet", "--allow-empty", "--message", message],
    );
}

/// Writes the files of all artifacts.
fn write(root: &Path, artifacts: usize) {
    for artifact in 0..artifacts {
        for file in 0..FILES {
            let path = root.join(format!("s{artifact:04}")).join(path_of(file));
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            std::fs::write(path, bytes_of(artifact, file)).expect("written");
        }
    }
}

/// The manifest of all artifacts, with their upstreams in a git repository or as plain directories.
pub(crate) fn manifest(contents: &[ContentHash], upstream_commit: Option<CommitId>) -> String {
    let mut text = String::new();
    for (artifact, content) in contents.iter().enumerate() {
        let name = format!("s{artifact:04}");
        write!(text, "[artifact \"skill/{name}\"]\n\tpath = .claude/skills/{name}\n").expect("a String takes all");
        match upstream_commit {
            Some(_) => write!(
                text,
                "\tupstream = ../upstream\n\tupstream-path = skills/{name}\n\tupstream-ref = main\n"
            ),
            None => writeln!(text, "\tupstream = ../plain/{name}"),
        }
        .expect("a String takes all");
        writeln!(text, "\tbaseline = {content}").expect("a String takes all");
        if let Some(commit) = upstream_commit {
            writeln!(text, "\tupstream-commit = {commit}").expect("a String takes all");
        }
    }
    text
}

/// A project with so many artifacts, deployed from a git repository beside it, committed and recorded. The contents.
pub(crate) fn project(dir: &Path, artifacts: usize) -> (PathBuf, Vec<ContentHash>) {
    let upstream = init(dir, "upstream");
    write(&upstream.join("skills"), artifacts);
    commit(&upstream, "Skills");
    let upstream_commit = Command::new("git")
        .args(["rev-parse", "HEAD"])
        .current_dir(&upstream)
        .output()
        .expect("git runs");
    let upstream_commit = String::from_utf8(upstream_commit.stdout).expect("an id");
    let upstream_commit: CommitId = upstream_commit.trim().parse().expect("an id");
    write(&dir.join("plain"), artifacts);

    let project = init(dir, "project");
    commit(&project, "Begin");
    let store = LineageStore::open(&project).expect("a repository");
    let line = "main".parse().expect("a line");
    let versions = store.batch(|batch| {
        let mut versions = Vec::new();
        for artifact in 0..artifacts {
            let id: ArtifactId = format!("skill/s{artifact:04}").parse()?;
            let files = (0..FILES).map(|file| BatchFile {
                path: path_of(file).into_bytes(),
                mode: FileMode::File,
                data: bytes_of(artifact, file),
            });
            let upstream = Upstream {
                url: Some("../upstream".to_owned()),
                path: Some(format!("skills/s{artifact:04}")),
                ref_name: Some("main".to_owned()),
                commit: Some(upstream_commit),
                tree: None,
            };
            let version = batch.add(BatchVersion {
                artifact_id: id.clone(),
                files: files.collect(),
                parents: Vec::new(),
                change_origin: Some(ChangeOrigin::Deployment),
                author: caller().author,
                committer: caller().committer,
                summary: format!("Deploy {id}"),
                body: None,
                upstream: Some(upstream),
            })?;
            batch.set_head(&line, &id, version)?;
            versions.push(version);
        }
        Ok(versions)
    });
    let versions = versions.expect("recorded").into_iter();
    let contents: Vec<ContentHash> = versions
        .map(|version| store.version(&version).expect("recorded").content_hash)
        .collect();
    write(&project.join(".claude/skills"), artifacts);
    std::fs::write(project.join(".gitlineage"), manifest(&contents, Some(upstream_commit))).expect("written");
    commit(&project, "Deploy");
    // What the hooks do after a commit.
    let recorded = store.record_local_modification(&Record::default(), &caller());
    assert!(recorded.expect("caught up").iter().all(|one| !one.recorded));
    (project, contents)
}
