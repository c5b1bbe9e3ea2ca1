//! Which versions a push brings: those that its tips reach and that no lineage ref reaches here.
//!
//! Two walks in turns, one from the pushed tips and one from heads that are here, so that a version put on top of an old one
//! takes a few steps and not the whole history. Nothing depends on dates. What is found to be known surely is: a ref that is here
//! reaches it. What is found to be new may be known, deep below heads that were not walked from; it is checked once more then, and
//! that does no harm.

use std::collections::{HashMap, HashSet, VecDeque};

use gix::ObjectId;

use super::ReceiveError;
use crate::git::{GitError, Repo, light_commits::LightCommits};

/// What is known of a commit on the way.
#[derive(Default)]
struct Seen {
    known: bool,
    /// As far as it was read.
    parents: Vec<ObjectId>,
}

/// The walk.
struct Walk<'a> {
    commits: LightCommits<'a>,
    tips: &'a HashSet<ObjectId>,
    seen: HashMap<ObjectId, Seen>,
    new: VecDeque<ObjectId>,
    known: VecDeque<ObjectId>,
}

/// The known versions at which new ones begin: nothing at or below them is new. `tips` are what refs here point to, `near` those
/// of them to walk from, the nearest first; `most` new versions are admitted.
///
/// # Errors
/// [`ReceiveError::TooManyVersions`], [`ReceiveError::Git`].
pub(super) fn known_below(
    repo: &Repo,
    pushed: &[ObjectId],
    tips: &HashSet<ObjectId>,
    near: &[ObjectId],
    most: Option<usize>,
) -> Result<HashSet<ObjectId>, ReceiveError> {
    let mut walk = Walk {
        commits: LightCommits::new(repo),
        tips,
        seen: HashMap::new(),
        new: VecDeque::new(),
        known: VecDeque::new(),
    };
    for tip in near {
        walk.visit(*tip, true);
    }
    for tip in pushed {
        walk.visit(*tip, false);
    }
    let mut count = 0;
    while let Some(id) = walk.new.pop_front() {
        if walk.is_known(id) {
            continue;
        }
        count += 1;
        if let Some(limit) = most.filter(|most| count > *most) {
            return Err(ReceiveError::TooManyVersions { limit });
        }
        walk.expand(id, false)?;
        if let Some(id) = walk.known.pop_front() {
            walk.expand(id, true)?;
        }
    }
    let known = walk.seen.into_iter().filter(|(_, seen)| seen.known);
    Ok(known.map(|(id, _)| id).collect())
}

impl Walk<'_> {
    fn is_known(&self, id: ObjectId) -> bool {
        self.seen.get(&id).is_some_and(|seen| seen.known)
    }

    fn visit(&mut self, id: ObjectId, known: bool) {
        if self.seen.contains_key(&id) {
            if known {
                self.mark_known(id);
            }
            return;
        }
        let known = known || self.tips.contains(&id);
        self.seen.insert(
            id,
            Seen {
                known,
                ..Seen::default()
            },
        );
        let queue = if known { &mut self.known } else { &mut self.new };
        queue.push_back(id);
    }

    /// What was taken for new is known, and so is all below it, as far as that was read.
    fn mark_known(&mut self, id: ObjectId) {
        let mut marked = vec![id];
        while let Some(id) = marked.pop() {
            let Some(seen) = self.seen.get_mut(&id).filter(|seen| !seen.known) else {
                continue;
            };
            seen.known = true;
            marked.extend(&seen.parents);
            if seen.parents.is_empty() {
                self.known.push_back(id);
            }
        }
    }

    fn expand(&mut self, id: ObjectId, known: bool) -> Result<(), GitError> {
        let parents = match self.commits.get(id) {
            Ok(commit) => commit.parents,
            // Whoever looks at the versions says what is wrong with this one.
            Err(GitError::MissingObject { .. } | GitError::CorruptObject { .. } | GitError::WrongKind { .. }) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for parent in &parents {
            self.visit(*parent, known);
        }
        if let Some(seen) = self.seen.get_mut(&id) {
            seen.parents = parents;
        }
        Ok(())
    }
}
