//! [`Key`]: the known trailer keys, in the order in which they are written.

/// A key of the lineage format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    LineageFormat,
    ArtifactId,
    ChangeOrigin,
    ParentHash,
    UpstreamUrl,
    UpstreamPath,
    UpstreamRef,
    UpstreamCommit,
    UpstreamTree,
    ProjectCommit,
}

impl Key {
    /// All keys; a key's discriminant is its index here.
    pub(crate) const ALL: [Key; 10] = [
        Key::LineageFormat,
        Key::ArtifactId,
        Key::ChangeOrigin,
        Key::ParentHash,
        Key::UpstreamUrl,
        Key::UpstreamPath,
        Key::UpstreamRef,
        Key::UpstreamCommit,
        Key::UpstreamTree,
        Key::ProjectCommit,
    ];

    /// The spelling in which the key is written.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Key::LineageFormat => "Lineage-Format",
            Key::ArtifactId => "Artifact-Id",
            Key::ChangeOrigin => "Change-Origin",
            Key::ParentHash => "Parent-Hash",
            Key::UpstreamUrl => "Upstream-Url",
            Key::UpstreamPath => "Upstream-Path",
            Key::UpstreamRef => "Upstream-Ref",
            Key::UpstreamCommit => "Upstream-Commit",
            Key::UpstreamTree => "Upstream-Tree",
            Key::ProjectCommit => "Project-Commit",
        }
    }

    /// The key that `token` spells, in any case: git's `%(trailers:key=…)` does not look at case either, so a known key
    /// in another case must not pass as an unknown one.
    pub(crate) fn of_token(token: &[u8]) -> Option<Key> {
        Key::ALL
            .into_iter()
            .find(|key| key.as_str().as_bytes().eq_ignore_ascii_case(token))
    }
}
