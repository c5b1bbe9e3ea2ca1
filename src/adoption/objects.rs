//! [`Objects`]: what the states of a path are made of, and whether they can be versions.

use std::collections::HashSet;

use gix::{
    ObjectId,
    objs::{Kind, tree::EntryKind},
};

use crate::{
    content::{RawEntries, gate},
    git::{GitError, Repo, path_at::Found},
};

/// Which objects were met already.
#[derive(Default)]
pub(super) struct Objects {
    seen: HashSet<ObjectId>,
    buffer: Vec<u8>,
}

impl Objects {
    /// The objects of a state that were not met before, trees before what is in them; or why it can be no version.
    ///
    /// A state is judged as `verify` judges a version: what git would call an error, a nested repository.
    pub(super) fn of(&mut self, repo: &Repo, state: Found) -> Result<Result<Vec<ObjectId>, String>, GitError> {
        let mut new = Vec::new();
        if state.kind != EntryKind::Tree {
            if self.seen.insert(state.id) {
                new.push(state.id);
            }
            return Ok(Ok(new));
        }
        let mut trees = vec![state.id];
        while let Some(tree) = trees.pop() {
            if !self.seen.insert(tree) {
                continue;
            }
            new.push(tree);
            let kind = repo.read_into(tree, &mut self.buffer)?;
            if kind != Kind::Tree {
                return Ok(Err(format!("{tree} is a {kind}, not a directory")));
            }
            if let Some(fault) = gate::faults_in_raw_tree(&self.buffer, repo.hash_kind()).first() {
                return Ok(Err(fault.to_string()));
            }
            for entry in RawEntries::new(&self.buffer, repo.hash_kind()).flatten() {
                if entry.is_tree() {
                    trees.push(entry.id);
                } else if self.seen.insert(entry.id) {
                    new.push(entry.id);
                }
            }
        }
        Ok(Ok(new))
    }
}
