//! Refs: looking them up, listing them, and moving several in one transaction by compare-and-swap.
//!
//! Guarantees: either all updates of a transaction happen or none; each only if the ref has its expected old value;
//! with durability on, the new values are on disk when [`Repo::update_refs`] returns. Updates are written by gix with the
//! lock files synced before they get their names; transactions that delete go through git, because deleting rewrites
//! `packed-refs`, which gix does not sync.

use std::{collections::BTreeSet, path::PathBuf};

use gix::{
    ObjectId,
    refs::{
        FullName, Target,
        transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog},
    },
};

use super::{GitError, Repo, sync_files};

/// What a ref must be before it is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Not there.
    Absent,
    /// Exactly this.
    Is(ObjectId),
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
        match self.gix().try_find_reference(name).map_err(unreadable)? {
            Some(mut reference) => reference.peel_to_id().map(|id| Some(id.detach())).map_err(unreadable),
            None => Ok(None),
        }
    }

    /// All refs whose name starts with `prefix` (which ends in `/`), with their direct values, sorted by name.
    ///
    /// # Errors
    /// [`GitError::SymbolicRef`]: a lineage ref that follows another one would be moved in its stead.
    pub(crate) fn list_refs(&self, prefix: &str) -> Result<Vec<(String, ObjectId)>, GitError> {
        if self.reftable {
            return self.reftable_list(prefix);
        }
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

    /// Moves refs, all or none.
    ///
    /// # Errors
    /// [`GitError::RefMoved`] names the first ref that did not have its expected value, [`GitError::RefLocked`] says
    /// that another process holds a lock: both may be tried again on the new state.
    pub(crate) fn update_refs(&self, updates: &[RefUpdate]) -> Result<(), GitError> {
        if updates.is_empty() {
            return Ok(());
        }
        if self.reftable || updates.iter().any(|update| update.new.is_none()) {
            return self.update_refs_by_git(updates);
        }
        self.update_loose_refs(updates)
    }

    fn update_loose_refs(&self, updates: &[RefUpdate]) -> Result<(), GitError> {
        let mut edits = Vec::with_capacity(updates.len());
        let mut paths = Vec::with_capacity(updates.len());
        for update in updates {
            edits.push(edit(update)?);
            paths.push(self.common_dir().join(&update.name));
        }
        let sync = self.durability().refs;
        let mut directories = BTreeSet::new();
        if sync {
            for path in &paths {
                sync_files::directories_to_sync(path, &mut directories);
            }
        }
        let (file_lock, packed_lock) = self.lock_timeouts();
        let transaction = self
            .gix()
            .refs
            .transaction()
            .prepare(edits, file_lock, packed_lock)
            .map_err(|source| self.classify_ref_error(updates, source))?;
        if sync {
            // The new values stand in the lock files now; they must be on disk before they get the refs' names.
            for path in &paths {
                let lock = lock_path(path);
                // A ref that already had its new value has no lock file.
                if let Ok(file) = std::fs::File::open(&lock) {
                    file.sync_all().map_err(GitError::io("sync", &lock))?;
                }
            }
        }
        let committer = self.reflog_signature();
        let mut time = gix::date::parse::TimeBuf::default();
        transaction
            .commit(committer.as_ref().map(|signature| signature.to_ref(&mut time)))
            .map_err(|source| self.classify_ref_error(updates, source))?;
        if sync {
            sync_files::sync_directories(&directories)?;
        }
        Ok(())
    }

    /// Sorts a failed transaction into: somebody moved a ref, somebody holds a lock, anything else.
    fn classify_ref_error(&self, updates: &[RefUpdate], source: gix::Error) -> GitError {
        match self.find_moved_ref(updates) {
            Ok(Some(name)) => GitError::RefMoved { name },
            _ if source.classify().is_retryable() || mentions_lock(&source) => {
                GitError::RefLocked { source: source.into() }
            }
            _ => GitError::backend("update the refs")(source),
        }
    }

    /// The first ref of a failed transaction that does not have its expected value.
    pub(super) fn find_moved_ref(&self, updates: &[RefUpdate]) -> Result<Option<String>, GitError> {
        for update in updates {
            let expected = match update.expected {
                Expected::Absent => None,
                Expected::Is(id) => Some(id),
            };
            if self.find_ref(&update.name)? != expected {
                return Ok(Some(update.name.clone()));
            }
        }
        Ok(None)
    }

    fn lock_timeouts(&self) -> (gix::lock::acquire::Fail, gix::lock::acquire::Fail) {
        let config = self.gix().config_snapshot();
        let of = |key: &str, default: i64| match config.integer(key).unwrap_or(default) {
            0 => gix::lock::acquire::Fail::Immediately,
            // git waits for ever on a negative value; a bounded wait with an error is kinder than a silent hang.
            millis => gix::lock::acquire::Fail::AfterDurationWithBackoff(std::time::Duration::from_millis(
                u64::try_from(millis).unwrap_or(60_000),
            )),
        };
        (of("core.filesRefLockTimeout", 100), of("core.packedRefsTimeout", 1000))
    }
}

fn mentions_lock(error: &gix::Error) -> bool {
    error
        .iter_errors()
        .any(|cause| cause.to_string().contains(".lock") || cause.to_string().contains("lock"))
}

fn lock_path(path: &std::path::Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn edit(update: &RefUpdate) -> Result<RefEdit, GitError> {
    let name = FullName::try_from(update.name.as_str()).map_err(GitError::backend("name a ref"))?;
    let expected = match update.expected {
        Expected::Absent => PreviousValue::MustNotExist,
        Expected::Is(id) => PreviousValue::MustExistAndMatch(Target::Object(id)),
    };
    let change = match update.new {
        Some(new) => Change::Update {
            log: LogChange {
                mode: RefLog::AndReference,
                force_create_reflog: false,
                message: "git lineage".into(),
            },
            expected,
            new: Target::Object(new),
        },
        None => Change::Delete {
            expected,
            log: RefLog::AndReference,
        },
    };
    Ok(RefEdit::new(name, change))
}
