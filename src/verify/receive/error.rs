//! [`ReceiveError`] and [`PushRefusal`]: why a push could not be checked, and why a ref of it is not let in.

use super::super::{Finding, report::with_causes, signatures::SignatureFinding};
use crate::{
    git::GitError,
    id::{ArtifactId, VersionId},
    refname::RefNameError,
    version::Damage,
};

/// Why a push could not be checked, or is refused as a whole. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// Git's storage, settings or program failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A line that git does not write.
    #[error("'{line}' is not '<old id> <new id> <ref>'")]
    MalformedLine {
        /// The line.
        line: String,
    },
    /// More lineage refs at once than `lineage.maxReceiveRefs` admits.
    #[error("the push has {found} lineage refs; at most {limit} are taken at once (lineage.maxReceiveRefs)")]
    TooManyRefs {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// More new versions at once than `lineage.maxReceiveVersions` admits.
    #[error("the push has more than {limit} new versions, which are not taken at once (lineage.maxReceiveVersions)")]
    TooManyVersions {
        /// How many there may be.
        limit: usize,
    },
}

/// Why one ref of a push is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushRefusal {
    /// It has no name of a lineage ref.
    #[error("{}", with_causes(reason))]
    Name {
        /// What is wrong with the name.
        reason: RefNameError,
    },
    /// It stands where no ref may stand, for all others are below it.
    #[error("all lineage refs stand below this name, and none at it")]
    Prefix,
    /// It is in an area that every repository has for itself.
    #[error("'{area}' is what every repository has for itself; only heads are pushed")]
    Private {
        /// `remotes`, `kept` or `pending`.
        area: &'static str,
    },
    /// It points to what is no version.
    #[error("it points to {id}, which is no version: {damage}")]
    NotAVersion {
        /// To what.
        id: VersionId,
        /// Why that is none.
        damage: Damage,
    },
    /// It points to a version of another artifact than the one in its name.
    #[error("it points to {version_id}, a version of {artifact_id}")]
    OtherArtifact {
        /// The version.
        version_id: VersionId,
        /// Whose version it is.
        artifact_id: ArtifactId,
    },
    /// Another artifact is called just so but for case; no file system that ignores case could hold both refs.
    #[error("the id {artifact_id} differs only by case from {existing}, which is here already")]
    CaseTwin {
        /// Whose head it is.
        artifact_id: ArtifactId,
        /// The other one.
        existing: ArtifactId,
    },
    /// A version that it brings is damaged: malformed, forged, or hostile in its content.
    #[error("version {}: {}", shown(finding), finding.message)]
    Damaged {
        /// The version, and what is wrong with it.
        finding: Finding,
    },
    /// A version that it brings does not say where its content came from, and was not taken from a project commit.
    #[error("version {version_id} has no Change-Origin, nor was it taken from a project commit")]
    NoOrigin {
        /// The version.
        version_id: VersionId,
    },
    /// The signature of a version that it brings is missing or no good (`lineage.requireSignatures`).
    #[error("version {}: {}", .finding.version_id, .finding.message)]
    Signature {
        /// The version, and what is wrong with its signature.
        finding: SignatureFinding,
    },
    /// A version that it brings was written by a newer program.
    #[error("version {version_id} has Lineage-Format {format}; here {known} is the newest that is known")]
    FutureFormat {
        /// The version.
        version_id: VersionId,
        /// Its number.
        format: u32,
        /// The newest known one.
        known: u32,
    },
    /// The head is moved to a version that does not contain its old one, nor does another head (`lineage.denyRewinds`).
    #[error("it is rewound: neither the new value nor another head contains the old one, {old}")]
    Rewound {
        /// The old value.
        old: VersionId,
    },
    /// The head is deleted, and no other one contains its version (`lineage.denyRewinds`).
    #[error("it is deleted, and no other head contains its version, {old}")]
    Deleted {
        /// The old value.
        old: VersionId,
    },
}

fn shown(finding: &Finding) -> String {
    match (finding.version_id, &finding.artifact_id) {
        (Some(version), Some(artifact)) => format!("{version} of {artifact}"),
        (Some(version), None) => version.to_string(),
        (None, _) => "unknown".to_owned(),
    }
}
