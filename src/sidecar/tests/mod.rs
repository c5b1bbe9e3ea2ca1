//! Tests of the room as a whole, and the versions they are made of.

mod measure;

use sha1::Digest;

use super::*;
use crate::{
    id::{ArtifactId, CommitId, ContentHash},
    version::{ArtifactVersion, Person, Timestamp, Upstream},
};

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
