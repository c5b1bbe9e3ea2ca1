//! Look-ups with and without the three indexes, and recording with and without the sidecar.
//!
//! `cargo bench --bench lookups_and_records`; `GIT_LINEAGE_BENCH_VERSIONS=100000` sets the number of versions (10,000
//! without it). The look-ups without indexes run the same SQL on a copy of the sidecar whose indexes are dropped.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
    process::Command,
};

use criterion::{Criterion, criterion_group, criterion_main};
use git_lineage::{
    ArtifactId, BatchFile, BatchVersion, Caller, ChangeOrigin, ContentHash, Deploy, FileMode, LineageStore, Person,
    Record, Signature, Timestamp,
};
use rusqlite::Connection;

/// The three look-ups that the indexes are for, as SQL that is valid with and without them.
const QUERIES: [(&str, &str); 3] = [
    (
        "by content",
        "SELECT version_id FROM artifact_versions WHERE content_hash = ?1",
    ),
    (
        "by parent hash",
        "SELECT version_id FROM artifact_versions WHERE parent_hash = ?1",
    ),
    (
        "newest of an artifact",
        "SELECT version_id FROM artifact_versions WHERE artifact_id = ?1 ORDER BY created_at DESC LIMIT 1",
    ),
];

fn versions() -> usize {
    let set = std::env::var("GIT_LINEAGE_BENCH_VERSIONS").ok();
    set.and_then(|text| text.parse().ok()).unwrap_or(10_000)
}

fn caller(seconds: i64) -> Caller {
    Caller::new(Signature {
        person: Person {
            name: "Bench".to_owned(),
            email: "bench@example.org".to_owned(),
        },
        time: Timestamp { seconds, offset: 0 },
    })
}

fn git(dir: &Path, args: &[&str]) {
    let status = Command::new("git")
        .args(args)
        .current_dir(dir)
        .status()
        .expect("git runs");
    assert!(status.success(), "git {args:?}");
}

fn project(dir: &Path) -> PathBuf {
    let project = dir.join("project");
    git(dir, &["init", "--quiet", "--initial-branch=main", "project"]);
    git(&project, &["config", "user.name", "Bench"]);
    git(&project, &["config", "user.email", "bench@example.org"]);
    git(&project, &["commit", "--quiet", "--allow-empty", "--message", "Begin"]);
    project
}

/// A hundred artifacts with equally long lineages; returns their contents.
fn fill(store: &LineageStore, versions: usize) -> Vec<ContentHash> {
    let line = "main".parse().expect("a line");
    let filled = store.batch(|batch| {
        let mut last = Vec::new();
        for number in 0..versions {
            let artifact: ArtifactId = format!("skill/s{}", number % 100).parse()?;
            let parents = batch.head(&line, &artifact)?.into_iter().collect::<Vec<_>>();
            let who = caller(1_700_000_000 + i64::try_from(number).unwrap_or(0));
            let origin = if parents.is_empty() {
                ChangeOrigin::Deployment
            } else {
                ChangeOrigin::LocalModification
            };
            let version = batch.add(BatchVersion {
                artifact_id: artifact.clone(),
                files: vec![BatchFile {
                    path: b"SKILL.md".to_vec(),
                    mode: FileMode::File,
                    data: format!("version {number}\n").into_bytes(),
                }],
                parents,
                change_origin: Some(origin),
                author: who.author.clone(),
                committer: who.committer,
                summary: format!("Version {number}"),
                body: None,
                upstream: None,
            })?;
            batch.set_head(&line, &artifact, version)?;
            last.push(version);
        }
        Ok(last)
    });
    let ids = filled.expect("the batch is recorded");
    ids.iter()
        .step_by(97)
        .map(|id| store.version(id).expect("recorded").content_hash)
        .collect()
}

fn lookups(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a directory");
    let store = LineageStore::open(&project(dir.path())).expect("a repository");
    let contents = fill(&store, versions());
    let next = Cell::new(0);
    let any = || {
        next.set((next.get() + 1) % contents.len());
        contents[next.get()]
    };
    let mut group = criterion.benchmark_group(format!("look-up among {} versions", versions()));
    group.sample_size(20);
    group.bench_function("library, by content", |bench| {
        bench.iter(|| store.find_by_content(&any()).expect("an answer"));
    });
    let indexed = Connection::open(store.sidecar_path()).expect("the sidecar");
    let bare_path = dir.path().join("bare.sqlite");
    indexed
        .execute("VACUUM INTO ?1", [bare_path.to_string_lossy()])
        .expect("a copy");
    let bare = Connection::open(&bare_path).expect("the copy");
    let drop_all = "DROP INDEX idx_artifact_versions_content_hash; DROP INDEX idx_artifact_versions_parent_hash;
                    DROP INDEX idx_artifact_versions_artifact_created;";
    bare.execute_batch(drop_all).expect("indexes dropped");
    for (name, sql) in QUERIES {
        for (kind, connection) in [("with index", &indexed), ("without index", &bare)] {
            let mut statement = connection.prepare(sql).expect("valid SQL");
            group.bench_function(format!("SQL, {name}, {kind}"), |bench| {
                bench.iter(|| {
                    let id = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
                    let rows = if name == "newest of an artifact" {
                        statement.query_map(["skill/s42"], id)
                    } else {
                        statement.query_map([any().as_bytes()], id)
                    };
                    rows.expect("an answer").count()
                });
            });
        }
    }
    group.finish();
}

fn records(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("record one edit of a 10-file artifact");
    group.sample_size(50);
    for sidecar in ["true", "false"] {
        let dir = tempfile::tempdir().expect("a directory");
        let project = project(dir.path());
        git(&project, &["config", "lineage.sidecar", sidecar]);
        let skill = dir.path().join("pdf");
        std::fs::create_dir(&skill).expect("a directory");
        for file in 0..10 {
            std::fs::write(skill.join(format!("{file}.md")), format!("file {file}\n")).expect("written");
        }
        let store = LineageStore::open(&project).expect("a repository");
        store
            .deploy(&Deploy::new(skill.display().to_string()), &caller(1_700_000_000))
            .expect("deployed");
        git(&project, &["commit", "--quiet", "--message", "Deploy"]);
        let mut edit = 0;
        group.bench_function(format!("lineage.sidecar={sidecar}"), |bench| {
            bench.iter(|| {
                edit += 1;
                std::fs::write(project.join("pdf/0.md"), format!("edit {edit}\n")).expect("written");
                let store = LineageStore::open(&project).expect("a repository");
                let recorded = store.record_local_modification(&Record::default(), &caller(1_700_000_000 + edit));
                assert!(recorded.expect("recorded")[0].recorded);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, lookups, records);
criterion_main!(benches);
