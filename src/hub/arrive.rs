//! Letting in the heads of a project whose objects are here: looked at first, then moved in one transaction, and what would
//! be lost by it is kept.

use std::collections::{BTreeMap, BTreeSet};

use super::{Heads, HubError, ProjectChanges, projects::Remote};
use crate::{
    git::{
        Repo,
        refs::{Expected, RefUpdate},
    },
    id::VersionId,
    index::{Examiner, Index, IndexError},
};

/// What became of the heads of a project.
pub(crate) struct Arrived {
    pub(super) changes: ProjectChanges,
    pub(super) error: Option<HubError>,
}

/// Makes the heads of a project here what they are over there. A head that cannot be read stays as it was here, and is
/// named in the answer. The index must be as new as the refs; to be called during this process's turn.
///
/// # Errors
/// [`HubError::Git`] with a lost race: somebody else moves the same refs. Damage of the sidecar.
pub(crate) fn arrive(repo: &Repo, index: &Index, remote: &Remote, heads: &Heads) -> Result<Arrived, HubError> {
    let mut before: BTreeMap<String, VersionId> = repo
        .list_refs(&repo.prefix().remote_dir(&remote.name))?
        .into_iter()
        .map(|(name, id)| (name, VersionId::from_oid(id)))
        .collect();
    let mut examiner = Examiner::new(repo, index);
    let mut arrival = Arrival::default();
    for (name, new) in heads {
        let old = before.remove(name);
        if old == Some(*new) {
            arrival.stands(name, *new);
            continue;
        }
        match examiner.examine(name, *new) {
            Ok(()) => arrival.moves(name, old, *new),
            Err(error) if error.is_corrupt_sidecar() => return Err(error.into()),
            Err(error) => {
                arrival.refused.push(error);
                if let Some(old) = old {
                    arrival.stands(name, old);
                }
            }
        }
    }
    for (name, old) in before {
        arrival.goes(name, old);
    }
    let kept = arrival.left_behind(repo, index, remote, &examiner)?;
    arrival.changes.kept = kept.len();
    for version in kept {
        arrival.keep(repo, index, version)?;
    }
    repo.update_refs_to_recorded(&arrival.updates)?;
    Ok(Arrived {
        changes: arrival.changes,
        error: arrival.error(&remote.name),
    })
}

/// What is to be done with the refs of a project.
#[derive(Default)]
struct Arrival {
    updates: Vec<RefUpdate>,
    changes: ProjectChanges,
    /// The heads as they will be.
    after: Vec<(String, VersionId)>,
    /// Heads that move or go, with where they were.
    left: Vec<(String, VersionId)>,
    refused: Vec<IndexError>,
}

impl Arrival {
    fn stands(&mut self, name: &str, version: VersionId) {
        self.after.push((name.to_owned(), version));
    }

    fn moves(&mut self, name: &str, old: Option<VersionId>, new: VersionId) {
        self.stands(name, new);
        let expected = match old {
            None => {
                self.changes.added += 1;
                Expected::Absent
            }
            Some(old) => {
                self.changes.moved += 1;
                self.left.push((name.to_owned(), old));
                Expected::Is(old.oid())
            }
        };
        self.updates.push(RefUpdate {
            name: name.to_owned(),
            new: Some(new.oid()),
            expected,
        });
    }

    fn goes(&mut self, name: String, old: VersionId) {
        self.changes.removed += 1;
        self.updates.push(RefUpdate {
            name: name.clone(),
            new: None,
            expected: Expected::Is(old.oid()),
        });
        self.left.push((name, old));
    }

    /// What no head and no kept ref will contain any more.
    fn left_behind(
        &self,
        repo: &Repo,
        index: &Index,
        remote: &Remote,
        examiner: &Examiner<'_>,
    ) -> Result<BTreeSet<VersionId>, HubError> {
        let own = repo.prefix().remote_dir(&remote.name);
        let mut left_behind = BTreeSet::new();
        for (name, old) in &self.left {
            let artifact = repo.prefix().parse(name.as_str().into()).map_err(IndexError::from)?;
            let mut is_contained = false;
            for (other, tip) in &self.after {
                let other = repo.prefix().parse(other.as_str().into()).map_err(IndexError::from)?;
                is_contained =
                    is_contained || (other.artifact() == artifact.artifact() && examiner.contains(*tip, *old)?);
            }
            if !is_contained && !self.is_held_by_others(index, &own, *old)? {
                left_behind.insert(*old);
            }
        }
        Ok(left_behind)
    }

    /// Whether any ref but the project's own contains a version.
    fn is_held_by_others(&self, index: &Index, own: &str, old: VersionId) -> Result<bool, HubError> {
        let reader = index.reader();
        let version = reader.version(&old).map_err(IndexError::from)?;
        let above = reader.descendants(version.as_slice()).map_err(IndexError::from)?;
        let tips = reader.tips_where(|id| above.contains(id)).map_err(IndexError::from)?;
        Ok(tips.iter().any(|(name, _)| !name.starts_with(own.as_bytes())))
    }

    fn keep(&mut self, repo: &Repo, index: &Index, version: VersionId) -> Result<(), HubError> {
        let name = repo.prefix().kept(&version);
        if index.tip(&name)?.is_none() {
            self.updates.push(RefUpdate {
                name,
                new: Some(version.oid()),
                expected: Expected::Absent,
            });
        }
        Ok(())
    }

    fn error(self, name: &str) -> Option<HubError> {
        let heads = self.refused.len();
        let source = self.refused.into_iter().next()?;
        Some(HubError::Refused {
            name: name.to_owned(),
            heads,
            source: Box::new(source),
        })
    }
}
