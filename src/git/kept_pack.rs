//! [`KeptPack`]: a pack that no gc deletes, or repacks, for as long as it matters.
//!
//! git respects a file `.keep` beside the pack; it says which process made it, so that those of killed processes are let
//! go of.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{GitError, Repo, look::is_nothing, pack::PackSpool, process, sync_files};

/// What a `.keep` of ours says, before the process that made it.
const KEEPER: &str = "git lineage ";
/// How often a pack is handed to git again.
const MOST_TRIES: usize = 5;

/// A pack that is in the repository. It is kept until this is dropped.
pub(super) struct KeptPack {
    keep: PathBuf,
}

impl Drop for KeptPack {
    fn drop(&mut self) {
        // If it cannot be removed the pack is never repacked, which does no harm.
        if fs::read_to_string(&self.keep).is_ok_and(|text| text.trim() == keep_text()) {
            let _ = fs::remove_file(&self.keep);
        }
    }
}

impl Repo {
    /// Takes a pack in; when this returns its objects are visible and, unless `core.fsync` says otherwise, synced.
    pub(super) fn keep_pack(&self, mut pack: PackSpool) -> Result<KeptPack, GitError> {
        self.let_go_of_left_behind();
        let mut index_pack = self.index_pack(self.durability().objects);
        index_pack.arg(format!("--keep={}", keep_text()));
        let mut tries = 0;
        let printed = loop {
            tries += 1;
            let gc = self.gc_is_at_work();
            match pack.hand_over(&mut index_pack, self.gix().object_hash()) {
                // A gc that is told to spare nothing deletes temporary files in use, too.
                Err(GitError::GitFailed { .. }) if tries < MOST_TRIES && (gc || self.gc_is_at_work()) => {}
                done => break done?,
            }
        };
        // "keep <id>", or "pack <id>" where there was a file already: of another process, or from a try that failed.
        let printed = String::from_utf8_lossy(&printed);
        let id = printed.split_whitespace().last().unwrap_or_default();
        let folder = self.objects_dir().join("pack");
        let keep = folder.join(format!("pack-{id}.keep"));
        if self.durability().objects {
            // git syncs the files, not their names.
            sync_files::sync_directories(&BTreeSet::from([folder]))?;
        }
        Ok(KeptPack { keep })
    }

    fn let_go_of_left_behind(&self) {
        let Ok(entries) = fs::read_dir(self.objects_dir().join("pack")) else {
            return;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "keep")
                && let Ok(text) = fs::read_to_string(&path)
                && text
                    .strip_prefix(KEEPER)
                    .is_some_and(|keeper| !process::may_be_there(keeper))
            {
                // Next time, otherwise.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

/// Whether a process of this program that is running, another one than this, keeps the pack of this index.
pub(super) fn is_kept_by_a_process(index: &Path) -> bool {
    match fs::read(index.with_extension("keep")) {
        Ok(text) => {
            let text = String::from_utf8_lossy(&text);
            text.strip_prefix(KEEPER).is_some_and(process::may_be_there)
        }
        // Where it cannot be told, it is.
        Err(error) => !is_nothing(error.kind()),
    }
}

fn keep_text() -> String {
    format!("{KEEPER}{}", process::this_process())
}
