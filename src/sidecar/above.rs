//! What stands above versions: everything derived from them, the refs that lead there, and what a tip has in addition.
//!
//! Guarantees: walks go up through the indexes on parents and touch nothing but descendants, so that what others made of the
//! same artifact costs nothing; they end, also in an index whose parents run in a circle.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Reader, SidecarError, ahead::ReadAhead, rows, sql};
use crate::{
    id::{ContentHash, VersionId},
    version::ArtifactVersion,
};

/// Versions and all that descends from them.
#[derive(Debug, Default)]
pub(crate) struct Descendants {
    children: HashMap<VersionId, Vec<VersionId>>,
}

impl Descendants {
    /// The version and what descends from it; it must be one of those that were asked for, or a descendant.
    pub(crate) fn of(&self, id: &VersionId) -> HashSet<VersionId> {
        let mut found = HashSet::from([*id]);
        let mut waiting = vec![*id];
        while let Some(id) = waiting.pop() {
            let children = self.children.get(&id).into_iter().flatten();
            waiting.extend(children.filter(|child| found.insert(**child)));
        }
        found
    }

    /// Whether it is one of those that were asked for, or descends from one.
    pub(crate) fn contains(&self, id: &VersionId) -> bool {
        self.children.contains_key(id)
    }
}

/// Versions by their parent.
type Made = HashMap<VersionId, Vec<(VersionId, ContentHash)>>;

impl Reader {
    /// The versions and everything derived from them, along any parent.
    pub(crate) fn descendants(&self, versions: &[ArtifactVersion]) -> Result<Descendants, SidecarError> {
        self.snapshot(|| {
            // One content may have many versions, and what was made of all of them is read at once.
            let mut made_of: HashMap<ContentHash, Made> = HashMap::new();
            let mut descendants = Descendants::default();
            let mut waiting: Vec<(VersionId, ContentHash)> = versions
                .iter()
                .map(|version| (version.version_id, version.content_hash))
                .collect();
            while let Some((id, content)) = waiting.pop() {
                if descendants.children.contains_key(&id) {
                    continue;
                }
                let made = match made_of.get(&content) {
                    Some(made) => made,
                    None => made_of.entry(content).or_insert(self.made_of(&content)?),
                };
                let children = made.get(&id).map(Vec::as_slice).unwrap_or_default();
                waiting.extend(children);
                descendants
                    .children
                    .insert(id, children.iter().map(|(child, _)| *child).collect());
            }
            Ok(descendants)
        })
    }

    /// What was made of a content, by the parent; twice where two parents of one version have it.
    fn made_of(&self, content: &ContentHash) -> Result<Made, SidecarError> {
        let mut made = Made::new();
        for child in self.versions(sql::BY_PARENT_CONTENT, [content.as_bytes()])? {
            for parent in child.parent_ids {
                let children = made.entry(parent).or_default();
                children.push((child.version_id, child.content_hash));
            }
        }
        Ok(made)
    }

    /// The indexed refs that point to a version for which `wanted` holds, by full name.
    pub(crate) fn tips_where(
        &self,
        wanted: impl Fn(&VersionId) -> bool,
    ) -> Result<Vec<(Vec<u8>, VersionId)>, SidecarError> {
        let mut statement = self.connection().prepare_cached(sql::TIPS)?;
        let mut result = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = result.next()? {
            let version = rows::version_id(rows::blob(row, 1)?)?;
            if wanted(&version) {
                found.push((rows::blob(row, 0)?.to_vec(), version));
            }
        }
        Ok(found)
    }

    /// What `tip` contains and `base` does not, none before one of its descendants: `git rev-list base..tip`.
    pub(crate) fn since(&self, tip: &VersionId, base: &VersionId) -> Result<Vec<ArtifactVersion>, SidecarError> {
        self.snapshot(|| {
            let mut walk = Since {
                ahead: ReadAhead::new(self),
                rows: HashMap::new(),
                waiting: BTreeMap::new(),
                open: 0,
            };
            let mut found = Vec::new();
            walk.meet(base, true)?;
            walk.meet(tip, false)?;
            // Rows are numbered parents first: whatever is taken from the top has been reached on every way to it.
            while walk.open > 0
                && let Some((_, (version, in_base))) = walk.waiting.pop_last()
            {
                walk.open -= usize::from(!in_base);
                for parent in &version.parent_ids {
                    walk.meet(parent, in_base)?;
                }
                if !in_base {
                    found.push(version);
                }
            }
            Ok(found)
        })
    }
}

/// A walk down from two versions at once.
struct Since<'a> {
    ahead: ReadAhead<'a, ArtifactVersion>,
    /// The rows of versions that were met.
    rows: HashMap<VersionId, i64>,
    /// What was met and not yet walked on from, by row, and whether the base contains it.
    waiting: BTreeMap<i64, (ArtifactVersion, bool)>,
    /// How many of those the base does not contain, as far as is known.
    open: usize,
}

impl Since<'_> {
    fn meet(&mut self, id: &VersionId, in_base: bool) -> Result<(), SidecarError> {
        if let Some(row) = self.rows.get(id) {
            if let Some((_, known)) = self.waiting.get_mut(row)
                && in_base
                && !*known
            {
                *known = true;
                self.open -= 1;
            }
            return Ok(());
        }
        // A parent that is not here ends its branch.
        if let Some((row, version)) = self.ahead.take(id)? {
            self.rows.insert(*id, row);
            self.waiting.insert(row, (version, in_base));
            self.open += usize::from(!in_base);
        }
        Ok(())
    }
}
