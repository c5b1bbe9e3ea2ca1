//! [`ManifestEntry`]: what the manifest says of one artifact; and [`Key`], the names it says it under.

use std::borrow::Cow;

use super::{ManifestError, ManifestValueError};
use crate::{
    id::{ArtifactId, CommitId, ContentHash},
    project_path::ProjectPath,
};

/// What the manifest of a project commit says of one deployed artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestEntry {
    /// Which artifact.
    pub id: ArtifactId,
    /// Where it lies in the project.
    pub path: ProjectPath,
    /// Where its content comes from: a URL without credentials, or a directory as it was typed. Never empty.
    pub upstream: Option<String>,
    /// The path inside the upstream.
    pub upstream_path: Option<String>,
    /// The branch, tag or commit that is followed there. Never empty.
    pub upstream_ref: Option<String>,
    /// The upstream content that was deployed or synced last.
    pub baseline: Option<ContentHash>,
    /// The upstream's commit which that content was taken from; it need not exist here.
    pub upstream_commit: Option<CommitId>,
}

impl ManifestEntry {
    /// An entry that says no more than where the artifact lies.
    pub(crate) fn new(id: ArtifactId, path: ProjectPath) -> Self {
        Self {
            id,
            path,
            upstream: None,
            upstream_path: None,
            upstream_ref: None,
            baseline: None,
            upstream_commit: None,
        }
    }

    /// The value of `key` as the manifest spells it.
    pub(super) fn value(&self, key: Key) -> Option<Cow<'_, str>> {
        match key {
            Key::Path => Some(self.path.as_str().into()),
            Key::Upstream => self.upstream.as_deref().map(Cow::from),
            Key::UpstreamPath => self.upstream_path.as_deref().map(Cow::from),
            Key::UpstreamRef => self.upstream_ref.as_deref().map(Cow::from),
            Key::Baseline => self.baseline.map(|hash| hash.to_string().into()),
            Key::UpstreamCommit => self.upstream_commit.map(|id| id.to_string().into()),
        }
    }

    /// Puts a value in its place, checked.
    pub(super) fn set_value(&mut self, key: Key, value: &str) -> Result<(), ManifestValueError> {
        match key {
            Key::Path => self.path = value.parse()?,
            Key::Upstream => self.upstream = Some(checked_text(key, value)?),
            Key::UpstreamPath => self.upstream_path = Some(checked_text(key, value)?),
            Key::UpstreamRef => self.upstream_ref = Some(checked_text(key, value)?),
            Key::Baseline => self.baseline = Some(value.parse()?),
            Key::UpstreamCommit => self.upstream_commit = Some(value.parse()?),
        }
        Ok(())
    }

    /// Takes the value of a key over from another entry.
    pub(super) fn take(&mut self, key: Key, from: &ManifestEntry) {
        match key {
            Key::Path => self.path = from.path.clone(),
            Key::Upstream => self.upstream.clone_from(&from.upstream),
            Key::UpstreamPath => self.upstream_path.clone_from(&from.upstream_path),
            Key::UpstreamRef => self.upstream_ref.clone_from(&from.upstream_ref),
            Key::Baseline => self.baseline = from.baseline,
            Key::UpstreamCommit => self.upstream_commit = from.upstream_commit,
        }
    }

    /// Checks the values that have no type of their own.
    ///
    /// # Errors
    /// [`ManifestError::InvalidValue`].
    pub(super) fn check(&self) -> Result<(), ManifestError> {
        for key in [Key::Upstream, Key::UpstreamPath, Key::UpstreamRef] {
            if let Some(value) = self.value(key) {
                checked_text(key, &value).map_err(|source| invalid_value(&self.id, key, &value, source))?;
            }
        }
        Ok(())
    }
}

/// The error for a `value` that `key` cannot have.
pub(super) fn invalid_value(id: &ArtifactId, key: Key, value: &str, source: ManifestValueError) -> ManifestError {
    ManifestError::InvalidValue {
        id: id.clone(),
        key: key.as_str(),
        value: value.to_owned(),
        source: Box::new(source),
    }
}

/// These texts become trailers, which end at a newline, and git cannot keep a NUL: so no control characters. A tab is
/// harmless. Only the path inside the upstream may be empty: its top.
fn checked_text(key: Key, value: &str) -> Result<String, ManifestValueError> {
    if value.is_empty() && key != Key::UpstreamPath {
        Err(ManifestValueError::Empty)
    } else if value.chars().any(|c| c.is_control() && c != '\t') {
        Err(ManifestValueError::Control)
    } else {
        Ok(value.to_owned())
    }
}

/// The keys this version of the tool knows, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Path,
    Upstream,
    UpstreamPath,
    UpstreamRef,
    Baseline,
    UpstreamCommit,
}

impl Key {
    pub(super) const COUNT: usize = 6;

    pub(super) const ALL: [Key; Key::COUNT] = [
        Key::Path,
        Key::Upstream,
        Key::UpstreamPath,
        Key::UpstreamRef,
        Key::Baseline,
        Key::UpstreamCommit,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Key::Path => "path",
            Key::Upstream => "upstream",
            Key::UpstreamPath => "upstream-path",
            Key::UpstreamRef => "upstream-ref",
            Key::Baseline => "baseline",
            Key::UpstreamCommit => "upstream-commit",
        }
    }

    /// The key that git reads in this spelling; case does not count.
    pub(super) fn from_name(name: &[u8]) -> Option<Self> {
        Key::ALL
            .into_iter()
            .find(|key| key.as_str().as_bytes().eq_ignore_ascii_case(name))
    }

    /// The position in [`Key::ALL`].
    pub(super) fn index(self) -> usize {
        self as usize
    }
}
