//! [`Here`]: the refs of versions that are here before a push is taken.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use gix::{ObjectId, bstr::ByteSlice as _};

use super::names::{Head, artifact_part};
use crate::{
    git::{GitError, Repo},
    id::ArtifactId,
};

/// The refs that are here. What a push says that they were is not believed: whoever pushes may say anything until git moves them.
pub(super) struct Here {
    /// By name.
    heads: BTreeMap<String, ObjectId>,
    /// Those of remotes, likewise.
    remotes: BTreeMap<String, ObjectId>,
    /// What they and those kept point to.
    pub(super) tips: HashSet<ObjectId>,
}

impl Here {
    pub(super) fn list(repo: &Repo) -> Result<Self, GitError> {
        let list = |dir: &str| -> Result<BTreeMap<String, ObjectId>, GitError> {
            Ok(repo.list_refs(dir)?.into_iter().collect())
        };
        let prefix = repo.prefix();
        let (heads, remotes) = (list(&prefix.heads_dir())?, list(&prefix.remotes_dir())?);
        let kept = list(&prefix.kept_dir())?;
        let tips = [&heads, &remotes, &kept].into_iter().flat_map(BTreeMap::values);
        Ok(Here {
            tips: tips.copied().collect(),
            heads,
            remotes,
        })
    }

    /// What a head is now.
    pub(super) fn value(&self, head: &Head<'_>) -> Option<ObjectId> {
        self.heads.get(head.name).copied()
    }

    /// What the walk for new versions starts from: the values of refs of the same artifacts, those of the pushed heads first.
    pub(super) fn near(&self, pushed: &[Head<'_>]) -> Vec<ObjectId> {
        let unknown = pushed
            .iter()
            .filter(|head| head.new.is_some_and(|new| !self.tips.contains(&new)));
        let unknown: Vec<&Head<'_>> = unknown.collect();
        let artifacts: HashSet<&str> = unknown.iter().map(|head| head.artifact).collect();
        let own = unknown.iter().filter_map(|head| self.value(head));
        let others = self.heads.iter().chain(&self.remotes);
        let others = others.filter(|(name, _)| artifacts.contains(artifact_part(name)));
        own.chain(others.map(|(_, id)| *id)).collect()
    }

    /// All heads there will be, with their artifacts.
    pub(super) fn after(&self, pushed: &[Head<'_>]) -> Vec<(String, ObjectId)> {
        let mut heads: HashMap<&str, ObjectId> = self.heads.iter().map(|(name, id)| (name.as_str(), *id)).collect();
        for head in pushed {
            match head.new {
                Some(new) => heads.insert(head.name, new),
                None => heads.remove(head.name),
            };
        }
        let heads = heads.into_iter();
        heads.map(|(name, id)| (artifact_part(name).to_owned(), id)).collect()
    }

    /// The artifacts that refs here name in full.
    pub(super) fn artifacts(&self, repo: &Repo) -> Vec<ArtifactId> {
        let names = self.heads.keys().chain(self.remotes.keys());
        // One of each; a thousand artifacts on fifty lines have many refs.
        let one_of_each: BTreeMap<&str, &String> = names.map(|name| (artifact_part(name), name)).collect();
        let parsed = one_of_each
            .into_values()
            .filter_map(|name| repo.prefix().parse(name.as_bytes().as_bstr()).ok());
        let ids: BTreeSet<ArtifactId> = parsed.filter_map(|parsed| parsed.artifact()?.id().cloned()).collect();
        ids.into_iter().collect()
    }
}
