//! What git's configuration says about receiving lineage.

use super::super::signatures;
use crate::git::{GitError, Repo};

/// How many lineage refs a push may have, unless it is set.
const MOST_REFS: usize = 65_536;
/// How many new versions.
const MOST_VERSIONS: usize = 1_000_000;

#[derive(Debug)]
pub(super) struct Settings {
    /// `lineage.maxReceiveRefs`; `None` is no limit.
    pub(super) most_refs: Option<usize>,
    /// `lineage.maxReceiveVersions`, likewise.
    pub(super) most_versions: Option<usize>,
    /// `lineage.allowUnknownOrigin`
    pub(super) allow_unknown_origin: bool,
    /// `lineage.denyRewinds`
    pub(super) deny_rewinds: bool,
    /// `lineage.requireSignatures`
    pub(super) require_signatures: bool,
}

impl Settings {
    pub(super) fn of(repo: &Repo) -> Result<Self, GitError> {
        Ok(Settings {
            most_refs: limit(repo, "lineage.maxReceiveRefs", MOST_REFS)?,
            most_versions: limit(repo, "lineage.maxReceiveVersions", MOST_VERSIONS)?,
            allow_unknown_origin: repo.config_bool("lineage.allowUnknownOrigin").unwrap_or(false),
            require_signatures: signatures::is_required(repo),
            deny_rewinds: repo.config_bool("lineage.denyRewinds").unwrap_or(false),
        })
    }
}

/// A number of things; 0 is no limit, as in git's own settings.
fn limit(repo: &Repo, key: &'static str, default: usize) -> Result<Option<usize>, GitError> {
    let set = repo.config_count(key)?.unwrap_or(default);
    Ok((set > 0).then_some(set))
}
