//! Signing what an attempt plans. A version's id includes its signature, so it is signed when it is planned: nothing has been
//! written then, and a signature that cannot be made ends the attempt.

use super::{super::OperationError, Planner};
use crate::{
    git::{Signer, objects::Mode},
    id::VersionId,
    version::{ArtifactVersion, commit::NewVersion},
};

/// Whether and how.
pub(super) enum Signing {
    /// Nothing is going to be written.
    DryRun,
    /// The settings have not been looked at: most commands that write record nothing new.
    Unasked,
    /// What the settings call for.
    Asked(Option<Signer>),
}

impl Signing {
    pub(super) fn of(write: Mode) -> Self {
        match write {
            Mode::Objects => Signing::Unasked,
            Mode::Nothing | Mode::Ids => Signing::DryRun,
        }
    }
}

impl Planner<'_> {
    /// The commit of a new version as it is to be written, its id, and how it reads back.
    ///
    /// What is taken from a project commit is never signed: it must be the same commit in every clone, whoever makes it.
    pub(super) fn encode(
        &mut self,
        version: &NewVersion,
    ) -> Result<(VersionId, Vec<u8>, ArtifactVersion), OperationError> {
        if version.project_commit.is_none() && matches!(self.signing, Signing::Unasked) {
            self.signing = Signing::Asked(self.repo.signer()?);
        }
        let raw = version.encode()?;
        let raw = match &self.signing {
            Signing::Asked(Some(signer)) if version.project_commit.is_none() => {
                signer.sign(&raw, &version.committer)?
            }
            _ => raw,
        };
        Ok(self.repo.read_back(raw)?)
    }
}
