//! [`IndexError`]: why the known versions cannot be read.

use crate::{
    git::GitError,
    id::{ArtifactId, VersionId},
    refname::RefNameError,
    sidecar::SidecarError,
    version::Damage,
};

/// Why the versions cannot be read. Nothing unreadable is skipped: the error names the version.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// Git's storage failed.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A version is damaged.
    #[error("version {version_id} is damaged")]
    Damaged {
        /// Which one.
        version_id: VersionId,
        /// What is wrong with it.
        #[source]
        damage: Damage,
    },
    /// A lineage ref points to something that is not in the repository.
    #[error("the ref {name} points to {version_id}, which is missing")]
    DanglingRef {
        /// The full ref name.
        name: String,
        /// What it points to.
        version_id: VersionId,
    },
    /// A deployment is a root, but this one has a parent.
    #[error("version {version_id} is a deployment, but has a parent")]
    DeploymentWithParent {
        /// Which one.
        version_id: VersionId,
    },
    /// A parent of a version is there, but is no version at all.
    #[error("version {version_id} has the parent {parent}, which is no version")]
    ParentNotAVersion {
        /// The child.
        version_id: VersionId,
        /// Its parent.
        parent: VersionId,
        /// What the parent lacks.
        #[source]
        damage: Damage,
    },
    /// A parent of a version belongs to another artifact.
    #[error("version {version_id} of '{artifact_id}' has the parent {parent}, a version of '{other}'")]
    ParentOfAnotherArtifact {
        /// The child.
        version_id: VersionId,
        /// Whose version the child is.
        artifact_id: ArtifactId,
        /// Its parent.
        parent: VersionId,
        /// Whose version the parent is.
        other: ArtifactId,
    },
    /// A line's or remote's ref is named after another artifact than the one it points to.
    #[error("the ref {name} points to {version_id}, which is a version of '{artifact_id}'")]
    RefOfAnotherArtifact {
        /// The full ref name.
        name: String,
        /// What it points to.
        version_id: VersionId,
        /// Whose version that is.
        artifact_id: ArtifactId,
    },
    /// A kept ref is named after another version than the one it points to.
    #[error("the ref {name} points to another version, {version_id}")]
    MisnamedKeptRef {
        /// The full ref name.
        name: String,
        /// What it points to.
        version_id: VersionId,
    },
    /// A ref below the lineage prefix is not one of ours.
    #[error("a ref stands where lineage refs are kept but is none")]
    ForeignRef(#[from] RefNameError),
    /// There is no such schema of the sidecar.
    #[error("there is no sidecar schema {asked}; this program knows 1 to {latest}")]
    NoSuchSchema {
        /// The number asked for.
        asked: u32,
        /// The newest one.
        latest: u32,
    },
    /// There is no sidecar to rebuild or migrate.
    #[error("the sidecar is switched off by 'lineage.sidecar'")]
    SidecarDisabled,
    /// The sidecar failed in a way that rebuilding does not mend.
    #[error("the sidecar could not be used")]
    Sidecar(#[source] Box<dyn std::error::Error + Send + Sync + 'static>),
    /// The sidecar is damaged; whoever asks rebuilds it and asks again.
    #[error("the sidecar is corrupt: {reason}")]
    CorruptSidecar {
        /// What was found.
        reason: String,
    },
}

impl From<SidecarError> for IndexError {
    fn from(error: SidecarError) -> Self {
        if let SidecarError::NoSuchSchema { asked, latest } = error {
            IndexError::NoSuchSchema { asked, latest }
        } else if error.is_corrupt() {
            IndexError::CorruptSidecar {
                reason: error.to_string(),
            }
        } else {
            IndexError::Sidecar(Box::new(error))
        }
    }
}

impl IndexError {
    /// An ancestry that runs in a circle, which commits cannot: somebody edited the sidecar.
    pub(crate) fn circle(version_id: VersionId) -> Self {
        IndexError::CorruptSidecar {
            reason: format!("version {version_id} is its own ancestor there"),
        }
    }

    /// True if the file cannot be used now, by its rights or because another process does not let go of it: an index in
    /// memory gives the same answers.
    pub(super) fn is_out_of_reach(&self) -> bool {
        let IndexError::Sidecar(source) = self else {
            return false;
        };
        let source = source.downcast_ref::<SidecarError>();
        source.is_some_and(|error| error.is_unwritable() || error.is_busy())
    }

    /// True if rebuilding the sidecar may help.
    pub(crate) fn is_corrupt_sidecar(&self) -> bool {
        matches!(self, IndexError::CorruptSidecar { .. })
    }
}
