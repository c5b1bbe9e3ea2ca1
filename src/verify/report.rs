//! [`Report`]: what was found so far.

use super::{Finding, code::Code};
use crate::{
    id::{ArtifactId, VersionId},
    version::Damage,
};

/// Collects findings in the order in which they are met.
#[derive(Default)]
pub(super) struct Report {
    pub(super) findings: Vec<Finding>,
}

/// Whose version a finding is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About<'a> {
    pub(super) artifact: Option<&'a ArtifactId>,
    pub(super) version: Option<VersionId>,
}

impl Report {
    pub(super) fn add(&mut self, code: Code, about: About<'_>, message: impl Into<String>) {
        self.push(code.as_str(), about, message.into());
    }

    /// What is wrong with one version by itself.
    pub(super) fn add_damage(&mut self, damage: &Damage, about: About<'_>) {
        self.add_damage_as(damage, about, damage.to_string());
    }

    /// The same in other words.
    pub(super) fn add_damage_as(&mut self, damage: &Damage, about: About<'_>, message: String) {
        self.push(damage.code(), about, message);
    }

    /// Whether something was found about an artifact.
    pub(super) fn names(&self, artifact: &ArtifactId) -> bool {
        let mut found = self.findings.iter();
        found.any(|finding| finding.artifact_id.as_ref() == Some(artifact))
    }

    fn push(&mut self, code: &'static str, about: About<'_>, message: String) {
        self.findings.push(Finding {
            artifact_id: about.artifact.cloned(),
            version_id: about.version,
            code: code.to_owned(),
            message,
        });
    }
}

/// An error with what caused it, on one line.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
