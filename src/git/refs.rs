//! Refs: looking them up, listing them, and moving several in one transaction by compare-and-swap.
//!
//! Guarantees: either all updates of a transaction happen or none (killed in the middle, those happened that lose
//! nothing); each only if the ref has its expected old value; with durability on, the new values are on disk when
//! [`Repo::update_refs`] returns. A ref is found while `git pack-refs` moves it to another place. Transactions that delete
//! or write a reflog, and all in a reftable repository, go through git.

use std::fs::Metadata;

use gix::ObjectId;

use super::{GitError, Repo, freshen::Freshener, gc::Written, packed_refs};

/// What a ref must be before it is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Not there.
    Absent,
    /// Exactly this.
    Is(ObjectId),
    /// Whatever it is: nobody else moves it.
    Anything,
}

/// One change of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefUpdate {
    /// Full ref name.
    pub(crate) name: String,
    /// The new value; `None` deletes the ref.
    pub(crate) new: Option<ObjectId>,
    /// The value it must have.
    pub(crate) expected: Expected,
}

impl Repo {
    /// The value of a ref, symbolic refs followed; `None` if it does not exist.
    pub(crate) fn find_ref(&self, name: &str) -> Result<Option<ObjectId>, GitError> {
        if self.reftable {
            return self.reftable_find(name);
        }
        let unreadable = |source: gix::Error| GitError::UnreadableRef {
            name: name.to_owned(),
            source: source.into(),
        };
        self.undisturbed(|| match self.gix().try_find_reference(name).map_err(unreadable)? {
            Some(mut reference) => reference.peel_to_id().map(|id| Some(id.detach())).map_err(unreadable),
            None => Ok(None),
        })
    }

    /// All refs whose name starts with `prefix` (which ends in `/`), with their direct values, sorted by name.
    ///
    /// # Errors
    /// [`GitError::SymbolicRef`]: a lineage ref that follows another one would be moved in its stead.
    pub(crate) fn list_refs(&self, prefix: &str) -> Result<Vec<(String, ObjectId)>, GitError> {
        if self.reftable {
            return self.reftable_list(prefix);
        }
        // On a Mac names may be spelled otherwise on the disk, and those of one work tree lie elsewhere.
        let is_special = self.gix().refs.precompose_unicode || prefix.starts_with("refs/worktree/");
        self.undisturbed(|| {
            if is_special {
                self.list_refs_by_gix(prefix)
            } else {
                self.list_ref_files(prefix)
            }
        })
    }

    fn list_refs_by_gix(&self, prefix: &str) -> Result<Vec<(String, ObjectId)>, GitError> {
        let failed = || GitError::backend("list the refs");
        let platform = self.gix().references().map_err(failed())?;
        let mut refs = Vec::new();
        for reference in platform.prefixed(prefix).map_err(failed())? {
            let reference = reference.map_err(|source| GitError::UnreadableRef {
                name: format!("{prefix}*"),
                source: source.into(),
            })?;
            let name = reference.name().as_bstr().to_string();
            let Some(id) = reference.target().try_id().map(ToOwned::to_owned) else {
                return Err(GitError::SymbolicRef { name });
            };
            refs.push((name, id));
        }
        refs.sort();
        Ok(refs)
    }

    /// Reads refs again if `packed-refs` changed meanwhile. gix looks there first and at the loose refs second; a ref that
    /// `git pack-refs` moves from the one to the other in between would not be found at all.
    pub(super) fn undisturbed<T>(&self, read: impl Fn() -> Result<T, GitError>) -> Result<T, GitError> {
        let packed = self.common_dir().join("packed-refs");
        let stamp = || std::fs::metadata(&packed).ok().map(|found| fingerprint(&found));
        let mut before = stamp();
        for _ in 0..MOST_READS {
            let result = read();
            let after = stamp();
            // One that vanishes while the loose ones are read may be packed as well.
            if after == before && result.is_ok() {
                return result;
            }
            before = after;
        }
        read()
    }

    /// Moves refs, all or none, to what was written for them.
    ///
    /// # Errors
    /// [`GitError::RefMoved`] names the first ref that did not have its expected value, [`GitError::RefLocked`] says
    /// that another process holds a lock: both may be tried again on the new state.
    pub(crate) fn update_refs(&self, updates: &[RefUpdate], written: Written<'_>) -> Result<(), GitError> {
        if updates.is_empty() {
            return Ok(());
        }
        let _turn = self.take_turn();
        self.refuse_what_was_forgotten(updates, &written)?;
        // Refs of one work tree do not lie in the common directory.
        let of_worktree = |update: &RefUpdate| update.name.starts_with("refs/worktree/");
        let by_git = |update: &RefUpdate| update.new.is_none() || of_worktree(update) || self.has_reflog(&update.name);
        if self.reftable || updates.iter().any(by_git) {
            let _secured = written.secure()?;
            return self.update_refs_by_git(updates);
        }
        if updates.len() >= packed_refs::MANY && self.can_update_packed_refs()? {
            return self.update_packed_refs(updates, written);
        }
        self.update_loose_refs(updates, written)
    }

    /// A version that is known already may have been forgotten since it was looked up.
    fn refuse_what_was_forgotten(&self, updates: &[RefUpdate], written: &Written<'_>) -> Result<(), GitError> {
        let mut stored = Freshener::new(self);
        for update in updates {
            if let Some(new) = update.new
                && !written.has_loose(new)
                && !stored.is_stored_anywhere(new)?
            {
                return Err(GitError::RefMoved {
                    name: update.name.clone(),
                });
            }
        }
        Ok(())
    }

    /// As [`update_refs`](Self::update_refs), to what recorded versions reach already.
    pub(crate) fn update_refs_to_recorded(&self, updates: &[RefUpdate]) -> Result<(), GitError> {
        self.update_refs(updates, Written::nothing(self))
    }

    /// Whether git would write a reflog for a ref: here only where it is told to for all of them, or one was begun.
    fn has_reflog(&self, name: &str) -> bool {
        let always = self
            .config_string("core.logAllRefUpdates")
            .is_some_and(|value| value.eq_ignore_ascii_case("always"));
        always || self.common_dir().join("logs").join(name).exists()
    }

    /// Whether a ref has a reflog.
    pub(crate) fn has_reflog_now(&self, name: &str) -> bool {
        if self.reftable {
            return self.has_reflog(name);
        }
        self.common_dir().join("logs").join(name).exists()
    }

    /// Whether all refs of a failed transaction have their new values all the same.
    pub(super) fn have_moved(&self, updates: &[RefUpdate]) -> Result<bool, GitError> {
        for update in updates {
            if self.find_ref(&update.name)? != update.new {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The first ref of a failed transaction that does not have its expected value.
    pub(super) fn find_moved_ref(&self, updates: &[RefUpdate]) -> Result<Option<String>, GitError> {
        for update in updates {
            let expected = match update.expected {
                Expected::Absent => None,
                Expected::Is(id) => Some(id),
                Expected::Anything => continue,
            };
            if self.find_ref(&update.name)? != expected {
                return Ok(Some(update.name.clone()));
            }
        }
        Ok(None)
    }
}

/// How often refs are read again; packing them takes longer than reading them.
const MOST_READS: usize = 10;

/// What changes whenever a file does.
pub(super) fn fingerprint(found: &Metadata) -> (i64, i64, u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (found.mtime(), found.mtime_nsec(), found.ino(), found.len())
}
