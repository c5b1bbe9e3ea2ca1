//! Lineages of any size and shape.

use std::path::Path;

use git_lineage::{
    ArtifactId, BatchFile, BatchVersion, Caller, ChangeOrigin, ContentHash, FileMode, LineageStore, Person, Signature,
    Timestamp, VersionId,
};

/// The name of the artifact with this number.
pub(crate) fn artifact(number: usize) -> ArtifactId {
    format!("skill/s{number:06}").parse().expect("an id")
}

/// Whoever works, so many seconds after the beginning.
pub(crate) fn caller(seconds: usize) -> Caller {
    Caller::new(Signature {
        person: Person {
            name: "Bench".to_owned(),
            email: "bench@example.org".to_owned(),
        },
        time: Timestamp {
            seconds: 1_700_000_000 + i64::try_from(seconds).unwrap_or(0),
            offset: 0,
        },
    })
}

/// Versions of `artifacts` artifacts, one after the other in turns: wide with many artifacts, deep with one.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) versions: usize,
    pub(crate) artifacts: usize,
    /// Every so many versions of an artifact two lanes begin, which the next one joins.
    pub(crate) merges: Option<usize>,
}

/// So many versions go into one batch, which is held in memory.
pub(crate) const BATCH: usize = 100_000;

/// What was made: the newest version of each artifact.
pub(crate) fn fill(store: &LineageStore, shape: Shape) -> Vec<VersionId> {
    let line = "main".parse().expect("a line");
    let mut heads: Vec<Option<VersionId>> = vec![None; shape.artifacts];
    let mut lanes: Vec<Option<VersionId>> = vec![None; shape.artifacts];
    for begin in (0..shape.versions).step_by(BATCH) {
        let end = shape.versions.min(begin + BATCH);
        let filled = store.batch(|batch| {
            let (mut heads, mut lanes) = (heads.clone(), lanes.clone());
            for number in begin..end {
                let (of, round) = (number % shape.artifacts, number / shape.artifacts);
                let id = artifact(of);
                let (is_lane, joins) = match shape.merges {
                    Some(every) => (round % every == every - 2, round % every == every - 1),
                    None => (false, false),
                };
                let mut parents: Vec<VersionId> = heads[of].into_iter().collect();
                if joins {
                    parents.extend(lanes[of].take());
                }
                let version = batch.add(version(&id, number, parents))?;
                if is_lane {
                    lanes[of] = Some(version);
                } else {
                    heads[of] = Some(version);
                    batch.set_head(&line, &id, version)?;
                }
            }
            Ok((heads, lanes))
        });
        (heads, lanes) = filled.expect("the batch is recorded");
    }
    heads.into_iter().flatten().collect()
}

/// One small version.
pub(crate) fn version(id: &ArtifactId, number: usize, parents: Vec<VersionId>) -> BatchVersion {
    let who = caller(number);
    let origin = if parents.is_empty() {
        ChangeOrigin::Deployment
    } else {
        ChangeOrigin::LocalModification
    };
    BatchVersion {
        artifact_id: id.clone(),
        files: vec![BatchFile {
            path: b"SKILL.md".to_vec(),
            mode: FileMode::File,
            data: text(number),
        }],
        parents,
        change_origin: Some(origin),
        author: who.author,
        committer: who.committer,
        summary: format!("Version {number}"),
        body: None,
        upstream: None,
    }
}

/// The file of a version.
pub(crate) fn text(number: usize) -> Vec<u8> {
    format!("version {number}\n").into_bytes()
}

/// Packs everything, as any repository of that size is, with a commit-graph, as `git maintenance` makes it.
pub(crate) fn pack(project: &Path) {
    crate::processes::git(project, &["repack", "-a", "-d", "--quiet", "--window=0"]);
    crate::processes::git(project, &["pack-refs", "--all"]);
    crate::processes::git(project, &["commit-graph", "write", "--reachable", "--no-progress"]);
}

/// Contents all over the lineages.
pub(crate) fn contents(store: &LineageStore, versions: &[VersionId]) -> Vec<ContentHash> {
    let step = (versions.len() / 100).max(1);
    let some = versions.iter().step_by(step);
    some.map(|id| store.version(id).expect("recorded").content_hash)
        .collect()
}
