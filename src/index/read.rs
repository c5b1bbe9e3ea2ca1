//! Reading: what the rest of the crate asks of the known versions.

use super::{Index, IndexError};
use crate::{
    git::{GitError, Repo, versions::VersionReadError},
    id::{ArtifactId, ContentHash, VersionId},
    refname::LineageRef,
    sidecar::{Reader, SidecarError},
    version::{ArtifactVersion, commit::ParsedVersion},
};

impl Index {
    /// All look-ups of the sidecar.
    pub(crate) fn reader(&self) -> &Reader {
        &self.sidecar
    }

    /// What a lineage ref points to, as indexed. Unlike the ref itself, which others may move at any time, this is never
    /// ahead of the versions known here.
    pub(crate) fn tip(&self, ref_name: &str) -> Result<Option<VersionId>, IndexError> {
        Ok(self.sidecar.tip(ref_name.as_bytes())?)
    }

    /// Runs `work` on one moment of the index: what other processes write meanwhile is not seen.
    pub(crate) fn at_one_moment<T>(&self, work: impl FnOnce() -> T) -> Result<T, IndexError> {
        Ok(self.sidecar.snapshot(|| Ok::<_, SidecarError>(work()))?)
    }

    /// A version with its place in the topological order; `None` if it is not known.
    pub(crate) fn version_with_order(&self, id: &VersionId) -> Result<Option<(i64, ArtifactVersion)>, IndexError> {
        Ok(self.sidecar.version_with_row(id)?)
    }

    /// All versions, of any artifact, with exactly this content; newest first.
    pub(crate) fn find_by_content(&self, content: &ContentHash) -> Result<Vec<ArtifactVersion>, IndexError> {
        Ok(self.sidecar.find_by_content(content)?)
    }

    /// Everything a version's commit says, read from the commit itself.
    pub(crate) fn parsed(&self, repo: &Repo, id: VersionId) -> Result<ParsedVersion, IndexError> {
        parsed(repo, id)
    }

    /// The heads that an artifact has on all lines of all remotes, as last fetched.
    pub(crate) fn remote_heads(&self, artifact: &ArtifactId) -> Result<Vec<VersionId>, IndexError> {
        if let Some(known) = self.remote_heads.borrow().as_ref() {
            return Ok(heads_of(known, artifact));
        }
        let mut found = Vec::new();
        for (name, tip) in self.sidecar.tips()? {
            // Names were checked when they were indexed; only the remote ones matter here.
            if let Ok(parsed @ LineageRef::Remote { .. }) = self.prefix.parse(name.as_slice().into()) {
                found.push((parsed, tip));
            }
        }
        let heads = heads_of(&found, artifact);
        *self.remote_heads.borrow_mut() = Some(found);
        Ok(heads)
    }
}

/// Everything a version's commit says, read from the commit itself.
pub(crate) fn parsed(repo: &Repo, id: VersionId) -> Result<ParsedVersion, IndexError> {
    repo.parse_version(id, &mut Vec::new())
        .map_err(|error| unreadable(id, error))
}

/// Why a version that is needed could not be read.
pub(super) fn unreadable(id: VersionId, error: VersionReadError) -> IndexError {
    match error {
        VersionReadError::Missing => IndexError::Git(GitError::MissingObject { id: id.to_string() }),
        VersionReadError::Damaged(damage) => IndexError::Damaged { version_id: id, damage },
    }
}

fn heads_of(refs: &[(LineageRef, VersionId)], artifact: &ArtifactId) -> Vec<VersionId> {
    let own = refs.iter().filter(|(name, _)| name.matches(artifact));
    own.map(|(_, tip)| *tip).collect()
}
