//! Which old values of heads are left behind: no head contains them any more.

use std::collections::{BTreeMap, HashSet, VecDeque};

use gix::ObjectId;

use crate::git::{GitError, Repo, light_commits::LightCommits};

/// A head that was moved or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moved {
    /// Whose head it is, by the end of its name. Only heads of the same artifact can contain its versions.
    pub(super) artifact: String,
    pub(super) old: ObjectId,
    /// `None` if it was deleted.
    pub(super) new: Option<ObjectId>,
}

/// The old values that no head contains. `heads` are all there are afterwards, with their artifacts; they are asked for only where
/// some head was not just moved forward.
pub(super) fn left_behind(
    repo: &Repo,
    moved: &[Moved],
    heads: impl FnOnce() -> Result<Vec<(String, ObjectId)>, GitError>,
) -> Result<HashSet<ObjectId>, GitError> {
    let mut commits = LightCommits::new(repo);
    let mut searches: BTreeMap<&str, Search> = BTreeMap::new();
    for one in moved.iter().filter(|one| one.new != Some(one.old)) {
        let search = searches.entry(&one.artifact).or_default();
        search.wanted.insert(one.old);
        search.next.extend(one.new);
    }
    for search in searches.values_mut() {
        search.run(&mut commits)?;
    }
    searches.retain(|_, search| !search.wanted.is_empty());
    if searches.is_empty() {
        return Ok(HashSet::new());
    }
    for (artifact, head) in heads()? {
        if let Some(search) = searches.get_mut(artifact.as_str()) {
            search.next.push_back(head);
        }
    }
    for search in searches.values_mut() {
        search.run(&mut commits)?;
    }
    Ok(searches.into_values().flat_map(|search| search.wanted).collect())
}

/// A walk down from heads until everything is found.
#[derive(Default)]
struct Search {
    wanted: HashSet<ObjectId>,
    next: VecDeque<ObjectId>,
    seen: HashSet<ObjectId>,
}

impl Search {
    fn run(&mut self, commits: &mut LightCommits<'_>) -> Result<(), GitError> {
        while !self.wanted.is_empty()
            && let Some(id) = self.next.pop_front()
        {
            if !self.seen.insert(id) {
                continue;
            }
            self.wanted.remove(&id);
            match commits.get(id) {
                Ok(commit) => self.next.extend(commit.parents),
                // Where a history ends that is not all here, or is damaged, nothing below is contained for certain.
                Err(GitError::MissingObject { .. } | GitError::CorruptObject { .. } | GitError::WrongKind { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
