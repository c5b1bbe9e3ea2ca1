//! Tests of the room as a whole, and the versions they are made of.

mod above;
mod damage;
mod files;
mod migrate;
mod model;
mod plans;
mod queries;
mod states;
mod walks;
mod writing;

use std::ops::ControlFlow;

use sha1::Digest;

use super::{build::delete_files, lineage::Chain, project_state::StateId, *};
use crate::{
    id::{ArtifactId, CommitId, ContentHash},
    version::{ArtifactVersion, Person, Timestamp, Upstream},
};

impl Reader {
    /// The lineage of a version: from its root to itself along first parents. `None` if the version is not known.
    ///
    /// # Errors
    /// [`SidecarError::Cycle`].
    pub(super) fn lineage(&self, id: &VersionId) -> Result<Option<Chain<ArtifactVersion>>, SidecarError> {
        let mut links = Vec::new();
        let end = self.walk_lineage::<()>(id, |version| {
            links.push(version);
            ControlFlow::Continue(())
        })?;
        Ok(end.chain(links))
    }
}

/// What versions contain, as it comes out.
pub(super) fn contained(sidecar: &Sidecar, starts: &[u32]) -> Result<Vec<ArtifactVersion>, SidecarError> {
    let mut found = Vec::new();
    let starts: Vec<_> = starts.iter().map(|n| id(*n)).collect();
    sidecar.walk_contained(&starts, |version| {
        found.push(version);
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// The version id of number `n`; numbers and ids are in no order.
pub(super) fn id(n: u32) -> VersionId {
    VersionId::from_bytes(&sha1::Sha1::digest(n.to_le_bytes())).expect("20 bytes")
}

/// The same with 32 bytes.
pub(super) fn id256(n: u32) -> VersionId {
    VersionId::from_bytes(&sha2::Sha256::digest(n.to_le_bytes())).expect("32 bytes")
}

/// The content of number `n`.
pub(super) fn content(n: u32) -> ContentHash {
    ContentHash::from_bytes(&sha1::Sha1::digest((n ^ 0x8000_0000).to_be_bytes())).expect("20 bytes")
}

/// A commit of the project.
pub(super) fn commit(n: u32) -> CommitId {
    CommitId::from_bytes(&sha1::Sha1::digest([&b"c"[..], &n.to_le_bytes()].concat())).expect("20 bytes")
}

pub(super) fn artifact(text: &str) -> ArtifactId {
    text.parse().expect("an artifact id")
}

/// A root of skill/pdf: number and content `n`, second `n`.
pub(super) fn root(n: u32) -> ArtifactVersion {
    ArtifactVersion {
        version_id: id(n),
        artifact_id: artifact("skill/pdf"),
        content_hash: content(n),
        parent_hash: None,
        parent_ids: Vec::new(),
        change_origin: Some(ChangeOrigin::Deployment),
        created_at: Timestamp {
            seconds: i64::from(n),
            offset: 3600,
        },
        author: Person {
            name: "Ada Lovelace".to_owned(),
            email: "ada@example.org".to_owned(),
        },
        summary: "deploy skill/pdf".to_owned(),
        upstream: None,
        project_commit: None,
        orphan: false,
    }
}

/// A version with these parents, by number.
pub(super) fn child(n: u32, parents: &[u32]) -> ArtifactVersion {
    ArtifactVersion {
        parent_hash: parents.first().map(|parent| content(*parent)),
        parent_ids: parents.iter().map(|parent| id(*parent)).collect(),
        change_origin: if parents.is_empty() {
            Some(ChangeOrigin::Deployment)
        } else {
            Some(ChangeOrigin::LocalModification)
        },
        ..root(n)
    }
}

/// The same version at another second.
pub(super) fn at(seconds: i64, mut version: ArtifactVersion) -> ArtifactVersion {
    version.created_at.seconds = seconds;
    version
}

/// The same version with another content.
pub(super) fn with_content(n: u32, mut version: ArtifactVersion) -> ArtifactVersion {
    version.content_hash = content(n);
    version
}

/// An index in memory with these versions.
pub(super) fn holding(versions: &[ArtifactVersion]) -> Sidecar {
    let mut sidecar = Sidecar::in_memory().expect("memory");
    insert(&mut sidecar, versions);
    sidecar
}

pub(super) fn insert(sidecar: &mut Sidecar, versions: &[ArtifactVersion]) {
    sidecar
        .transaction(|tx| {
            for version in versions {
                tx.insert_version(version)?;
            }
            Ok::<_, SidecarError>(())
        })
        .expect("inserted");
}

/// A folder, and the path of an index in it that is not there yet.
pub(super) fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lineage").join("index.sqlite");
    (folder, path)
}

/// An index on disk with these versions, closed again.
pub(super) fn file_with(path: &Path, versions: &[ArtifactVersion]) {
    let built = Sidecar::build(path, |inserter| {
        versions.iter().try_for_each(|version| inserter.insert_version(version))
    });
    assert!(built.expect("built").by_us);
}

/// Opens an index that must be fine.
pub(super) fn ready(path: &Path) -> Sidecar {
    match Sidecar::open(path).expect("opened") {
        Opened::Ready(sidecar) => sidecar,
        other => panic!("not ready: {}", kind(&other)),
    }
}

pub(super) fn kind(opened: &Opened) -> &'static str {
    match opened {
        Opened::Ready(_) => "ready",
        Opened::Absent => "absent",
        Opened::Older(_) => "older",
        Opened::Future { .. } => "future",
        Opened::Corrupt { .. } => "corrupt",
    }
}

/// What `path` is taken for.
pub(super) fn opened(path: &Path) -> &'static str {
    kind(&Sidecar::open(path).expect("no error"))
}

/// Builds whatever is at `path` and checks that it then works.
pub(super) fn build_heals(path: &Path) {
    file_with(path, &[root(1), child(2, &[1])]);
    let mut sidecar = ready(path);
    insert(&mut sidecar, &[child(3, &[2])]);
    assert_eq!(ready(path).count().expect("count"), 3);
}

/// The numbers of these versions, out of `0..100`.
pub(super) fn numbers(versions: &[ArtifactVersion]) -> Vec<u32> {
    let number = |version: &ArtifactVersion| (0..100).find(|n| id(*n) == version.version_id).expect("a known number");
    versions.iter().map(number).collect()
}

/// A version that fills every field.
pub(super) fn full(n: u32, parents: &[u32]) -> ArtifactVersion {
    ArtifactVersion {
        change_origin: Some(ChangeOrigin::Sync),
        upstream: Some(Upstream {
            url: Some("https://example.org/skills.git".to_owned()),
            path: Some("skills/pdf".to_owned()),
            ref_name: Some("main".to_owned()),
            commit: Some(commit(n)),
            tree: Some(content(n + 1)),
        }),
        project_commit: Some(commit(n + 1)),
        ..child(n, parents)
    }
}
