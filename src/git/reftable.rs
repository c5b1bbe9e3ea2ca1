//! Refs through the git binary: everything in reftable repositories, and transactions that delete in the others.
//!
//! gix 0.90 opens a reftable repository without complaint and then writes loose refs that git never reads.

use std::{
    collections::BTreeSet,
    fs::{self, File},
};

use gix::ObjectId;

use super::{
    GitError, Repo,
    command::complaint,
    identity::Role,
    refs::{Expected, RefUpdate},
    sync_files,
};
use crate::version::Timestamp;

/// What git says where the system did not let it write. It is nobody else's doing, whatever the rest of the message is about.
const FAULTS: [&str; 9] = [
    "couldn't write",
    "couldn't set",
    "unable to create directory",
    "No space left on device",
    "Disk quota exceeded",
    "Input/output error",
    "I/O error",
    "Permission denied",
    "Read-only file system",
];

impl Repo {
    pub(super) fn reftable_head(&self) -> Result<(Option<String>, Option<ObjectId>), GitError> {
        let branch = self.ask_git(&["symbolic-ref", "-q", "HEAD"])?;
        let branch = branch.map(|name| String::from_utf8_lossy(&name).trim_end().to_owned());
        let commit = self.ask_git(&["rev-parse", "-q", "--verify", "HEAD^{commit}"])?;
        Ok((branch, commit.and_then(|id| parse_id(&id))))
    }

    pub(super) fn reftable_find(&self, name: &str) -> Result<Option<ObjectId>, GitError> {
        let id = self.ask_git(&["rev-parse", "-q", "--verify", "--end-of-options", name])?;
        Ok(id.and_then(|id| parse_id(&id)))
    }

    pub(super) fn reftable_list(&self, prefix: &str) -> Result<Vec<(String, ObjectId)>, GitError> {
        let output = self.run_git(
            &["for-each-ref", "--format=%(objectname) %(refname) %(symref)", prefix],
            b"",
        )?;
        let mut refs = Vec::new();
        for line in String::from_utf8_lossy(&output).lines() {
            let mut fields = line.split(' ');
            let (Some(id), Some(name)) = (fields.next().and_then(|id| parse_id(id.as_bytes())), fields.next()) else {
                continue;
            };
            let name = name.to_owned();
            if fields.next().is_some_and(|target| !target.is_empty()) {
                return Err(GitError::SymbolicRef { name });
            }
            refs.push((name, id));
        }
        refs.sort();
        Ok(refs)
    }

    /// One `git update-ref --stdin` transaction, synced as configured.
    pub(super) fn update_refs_by_git(&self, updates: &[RefUpdate]) -> Result<(), GitError> {
        for update in updates {
            self.remove_stale_lock(&update.name)?;
        }
        // As everywhere, what is created comes before what is moved: killed in between, nothing is lost.
        let mut ordered: Vec<&RefUpdate> = updates.iter().collect();
        ordered.sort_by_key(|update| update.expected != Expected::Absent);
        let zero = ObjectId::null(self.gix().object_hash()).to_string();
        let mut input = Vec::new();
        for update in ordered {
            let old = match update.expected {
                Expected::Absent => zero.clone(),
                Expected::Is(id) => id.to_string(),
                // Nothing there means that any value will do.
                Expected::Anything => String::new(),
            };
            let line = match update.new {
                Some(new) => format!("update {}\0{new}\0{old}\0", update.name),
                None => format!("delete {}\0{old}\0", update.name),
            };
            input.extend_from_slice(line.as_bytes());
        }
        let fsync = if self.durability().refs {
            "core.fsync=reference"
        } else {
            "core.fsync=-reference"
        };
        let mut args = vec!["-c", fsync];
        let now = Timestamp { seconds: 0, offset: 0 };
        if self.identity(Role::Committer, now)?.is_none() {
            // For the reflog: a missing identity must not keep refs from moving.
            args.extend(["-c", "user.name=git lineage", "-c", "user.email=git-lineage@localhost"]);
        }
        args.extend(["update-ref", "--no-deref", "-m", "git lineage", "-z", "--stdin"]);
        let output = {
            let _lent = self.lend_turn();
            self.git_output(&args, &input)?
        };
        if output.status.success() {
            return self.sync_what_git_moved(updates);
        }
        let message = complaint(&output);
        // Behind the transaction git tidies up, and what it meets there is no failure of that.
        if self.have_moved(updates)? {
            return self.sync_what_git_moved(updates);
        }
        // Some of the refs may have moved before it met with that, by this very command.
        let has_failed = FAULTS.iter().any(|fault| message.contains(fault));
        if !has_failed && let Some(name) = self.find_moved_ref(updates)? {
            return Err(GitError::RefMoved { name });
        }
        let locked = message.contains("lock") && !has_failed;
        let failed = GitError::GitFailed {
            command: "update-ref".to_owned(),
            message,
        };
        if !locked {
            return Err(failed);
        }
        self.wait_for_holder_of_refs(updates)?;
        Err(GitError::RefLocked { source: failed.into() })
    }
}

impl Repo {
    /// git syncs the files of refs, not their names, and of a reftable (2.47) all but the end, without which it cannot be read.
    fn sync_what_git_moved(&self, updates: &[RefUpdate]) -> Result<(), GitError> {
        if !self.durability().refs {
            return Ok(());
        }
        let mut directories = BTreeSet::new();
        if self.reftable {
            for folder in [self.common_dir(), self.gix().git_dir()].map(|dir| dir.join("reftable")) {
                // Each worktree has tables of its own; those that git has made into one meanwhile are gone.
                for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                    if let Ok(file) = File::open(entry.path()) {
                        sync_files::sync_files([(&file, entry.path().as_path())].into_iter())?;
                    }
                }
                directories.insert(folder);
            }
        } else {
            for update in updates {
                let place = self.place_of_ref(&update.name);
                for folder in place.ancestors().skip(1) {
                    directories.insert(folder.to_owned());
                    if folder.ends_with("refs") {
                        break;
                    }
                }
            }
        }
        sync_files::sync_directories(&directories)
    }
}

fn parse_id(output: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(output.trim_ascii()).ok()
}
