//! [`IndexError`]: why the known versions cannot be read.

use crate::{git::GitError, id::VersionId, refname::RefNameError, sidecar::SidecarError, version::Damage};

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
    /// A ref below the lineage prefix is not one of ours.
    #[error("a ref stands where lineage refs are kept but is none")]
    ForeignRef(#[from] RefNameError),
    /// The ancestry runs in a circle, which only a hand-edited sidecar can make it do.
    #[error("the ancestry of version {version_id} runs in a circle")]
    Cycle {
        /// A version on the circle.
        version_id: VersionId,
    },
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
        if error.is_corrupt() {
            IndexError::CorruptSidecar {
                reason: error.to_string(),
            }
        } else {
            IndexError::Sidecar(Box::new(error))
        }
    }
}

impl IndexError {
    /// True if rebuilding the sidecar may help.
    pub(crate) fn is_corrupt_sidecar(&self) -> bool {
        matches!(self, IndexError::CorruptSidecar { .. })
    }
}
