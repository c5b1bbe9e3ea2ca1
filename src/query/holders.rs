//! `find --where`: which lines, here and on remotes, hold a version, and what they made of it.
//!
//! What counts are the refs: heads of this repository, and those of remotes as last fetched. Read from the sidecar alone.

use std::collections::{HashMap, HashSet};

use super::{Query, QueryError};
use crate::{
    id::VersionId,
    index::IndexError,
    origin::ChangeOrigin,
    refname::{Component, LineageRef},
    sidecar::Descendants,
    version::{ArtifactVersion, Person, Timestamp},
};

/// A line whose head contains a version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// Where the line is; `None` for this repository.
    pub remote: Option<String>,
    /// The line. One whose name is too long for a ref is named as in the ref.
    pub line: String,
    /// What the line has now.
    pub head: VersionId,
    /// When that was recorded.
    pub head_created_at: Timestamp,
    /// What the head contains beyond the version: nothing where it is the version itself.
    pub since: Since,
}

/// What a head contains beyond a version: as `git rev-list <version>..<head>` lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Since {
    /// How many versions.
    pub versions: usize,
    /// How many of them are deployments, which come in where lineages were joined.
    pub deployments: usize,
    /// How many brought upstream content in.
    pub syncs: usize,
    /// How many were made there.
    pub local_modifications: usize,
    /// How many are of unknown origin.
    pub unknown: usize,
    /// Who made those that are no upstream content, or of unknown origin; the newest first, everybody once.
    pub changed_by: Vec<Person>,
}

impl Holder {
    /// Whether the version is what the line has now.
    pub fn is_head(&self) -> bool {
        self.since.versions == 0
    }
}

impl Since {
    fn of(versions: &[ArtifactVersion]) -> Self {
        let mut since = Since {
            versions: versions.len(),
            ..Since::default()
        };
        for version in versions {
            let count = match version.change_origin {
                Some(ChangeOrigin::Deployment) => &mut since.deployments,
                Some(ChangeOrigin::Sync) => &mut since.syncs,
                Some(ChangeOrigin::LocalModification) => &mut since.local_modifications,
                None => &mut since.unknown,
            };
            *count += 1;
            let is_theirs = matches!(version.change_origin, None | Some(ChangeOrigin::LocalModification));
            if is_theirs && !since.changed_by.contains(&version.author) {
                since.changed_by.push(version.author.clone());
            }
        }
        since
    }
}

/// A line whose head is a version or descends from one.
struct Tip {
    remote: Option<String>,
    line: String,
    version: ArtifactVersion,
}

impl Query<'_> {
    /// For each version the lines that hold it: first those of which it is the head; by remote, this repository before all.
    pub(crate) fn holders(&self, versions: &[ArtifactVersion]) -> Result<Vec<Vec<Holder>>, QueryError> {
        let above = self.index.reader().descendants(versions).map_err(IndexError::from)?;
        let tips = self.tips_above(&above)?;
        versions
            .iter()
            .map(|version| self.holders_of(version, &above, &tips))
            .collect()
    }

    fn tips_above(&self, above: &Descendants) -> Result<Vec<Tip>, QueryError> {
        let reader = self.index.reader();
        let found = reader.tips_where(|id| above.contains(id)).map_err(IndexError::from)?;
        let mut tips = Vec::with_capacity(found.len());
        for (name, id) in found {
            let name = self
                .repo
                .prefix()
                .parse(name.as_slice().into())
                .map_err(IndexError::from)?;
            let (remote, line) = match &name {
                LineageRef::Head { line, .. } => (None, line),
                LineageRef::Remote { remote, line, .. } => (Some(text(remote)), line),
                LineageRef::Kept { .. } | LineageRef::Pending { .. } => continue,
            };
            tips.push(Tip {
                remote,
                line: text(line),
                version: self.version(&id)?,
            });
        }
        Ok(tips)
    }

    fn holders_of(
        &self,
        version: &ArtifactVersion,
        above: &Descendants,
        tips: &[Tip],
    ) -> Result<Vec<Holder>, QueryError> {
        let base = version.version_id;
        let above: HashSet<VersionId> = above.of(&base);
        // Most lines of one project, and clones of it, share their heads.
        let mut known: HashMap<VersionId, Since> = HashMap::new();
        let mut holders = Vec::new();
        for tip in tips.iter().filter(|tip| above.contains(&tip.version.version_id)) {
            let head = tip.version.version_id;
            let since = match known.get(&head) {
                Some(since) => since.clone(),
                None => {
                    let since = self.index.reader().since(&head, &base).map_err(IndexError::from)?;
                    known.entry(head).or_insert(Since::of(&since)).clone()
                }
            };
            holders.push(Holder {
                remote: tip.remote.clone(),
                line: tip.line.clone(),
                head,
                head_created_at: tip.version.created_at,
                since,
            });
        }
        holders.sort_by(|a, b| {
            let key = |holder: &Holder| (!holder.is_head(), holder.remote.clone(), holder.line.clone());
            key(a).cmp(&key(b))
        });
        Ok(holders)
    }
}

fn text(component: &Component) -> String {
    component.raw().unwrap_or(component.encoded()).to_owned()
}
