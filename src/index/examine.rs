//! [`Examiner`]: whether heads that are about to come in could be indexed, found out before any ref says so.

use std::collections::{HashMap, HashSet};

use super::{
    Index, IndexError,
    catch_up::{check_name, identity},
    read_versions::{Identity, VersionReader},
};
use crate::{
    git::{GitError, Repo},
    id::VersionId,
    version::ArtifactVersion,
};

/// Looks at heads whose objects are here and whose refs are not.
pub(crate) struct Examiner<'a> {
    repo: &'a Repo,
    index: &'a Index,
    reader: VersionReader<&'a Repo>,
    /// What is not indexed yet.
    new: HashMap<VersionId, (Identity, Vec<VersionId>)>,
}

impl<'a> Examiner<'a> {
    pub(crate) fn new(repo: &'a Repo, index: &'a Index) -> Self {
        Examiner {
            repo,
            index,
            reader: VersionReader::new(repo),
            new: HashMap::new(),
        }
    }

    /// Checks a ref of this name, and all that would come in with it, as catching up with the refs does.
    ///
    /// # Errors
    /// What catching up would stop at, or `verify` calls damage although that goes on: a parent that is not here. Then it
    /// must not come in.
    pub(crate) fn examine(&mut self, name: &str, tip: VersionId) -> Result<(), IndexError> {
        self.repo.prefix().parse(name.into())?;
        let (index, new) = (self.index.reader(), &self.new);
        let known = |id: &VersionId| match new.get(id) {
            Some((known, _)) => Ok(Some(known.clone())),
            None => identity(index, id),
        };
        let mut versions: Vec<ArtifactVersion> = Vec::new();
        self.reader.new_versions(name, tip, known, |version| {
            versions.push(version);
            Ok::<_, IndexError>(())
        })?;
        for version in versions.iter().filter(|version| version.orphan) {
            self.allow_orphan(version)?;
        }
        let newest = match versions.last() {
            Some(newest) => Some(Identity::of(newest)),
            None => known(&tip)?,
        };
        if let Some(newest) = newest {
            check_name(self.repo, name, tip, &newest)?;
        }
        for version in versions {
            let of = Identity::of(&version);
            self.new.insert(version.version_id, (of, version.parent_ids));
        }
        Ok(())
    }

    /// A parent may be missing only where this repository itself was cut. git fetches from a shallow one all the same.
    fn allow_orphan(&self, version: &ArtifactVersion) -> Result<(), IndexError> {
        if self.repo.shallow_boundary()?.contains(&version.version_id.oid()) {
            return Ok(());
        }
        let is_missing = |parent: &&VersionId| !self.repo.exists(parent.oid());
        match version.parent_ids.iter().find(is_missing) {
            None => Ok(()),
            Some(parent) => Err(IndexError::Git(GitError::MissingObject { id: parent.to_string() })),
        }
    }

    /// Whether `tip`, which is indexed or was examined, is `goal` or descends from it.
    pub(crate) fn contains(&self, tip: VersionId, goal: VersionId) -> Result<bool, IndexError> {
        let reader = self.index.reader();
        let least = reader.order_of(&goal)?;
        let mut seen = HashSet::new();
        let mut waiting = vec![tip];
        while let Some(id) = waiting.pop() {
            if id == goal {
                return Ok(true);
            }
            if !seen.insert(id) {
                continue;
            }
            if let Some((_, parents)) = self.new.get(&id) {
                waiting.extend(parents);
            } else if reader.order_of(&id)? > least {
                // Rows are numbered after those of their ancestors.
                waiting.extend(reader.parents(&id)?.unwrap_or_default());
            }
        }
        Ok(false)
    }
}
