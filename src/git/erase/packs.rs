//! Packs that hold objects which are to be deleted: written anew without them, by git.
//!
//! The new pack is complete before the old one goes. Of that the pack itself goes first: killed in between, its index is
//! left, which git ignores, and no byte of what was to be deleted.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use gix::{ObjectId, odb::pack::index};

use super::{
    super::{
        command::{finished, output_of},
        kept_pack::is_kept_by_a_process,
        look_at,
    },
    GitError, Repo, remove_if_there,
};

/// What git keeps beside a pack, in the order in which it is deleted.
const PARTS: [&str; 7] = ["pack", "idx", "rev", "bitmap", "mtimes", "promisor", "keep"];

impl Repo {
    pub(super) fn delete_from_packs(&self, doomed: &HashSet<ObjectId>) -> Result<(), GitError> {
        let folder = self.objects_dir().join("pack");
        let mut rewritten = Vec::new();
        for path in files(&folder)? {
            if path.extension().is_none_or(|extension| extension != "idx") || is_kept_by_a_process(&path) {
                continue;
            }
            let Ok(index) = index::File::at(&path, self.gix().object_hash()) else {
                continue;
            };
            if doomed.iter().any(|id| index.lookup(id).is_some()) {
                // Where it cannot be told whether the pack is there, nothing is deleted.
                if look_at(&path.with_extension("pack"))?.is_some() {
                    self.write_without(&path, &index, doomed)?;
                }
                rewritten.push(path);
            }
        }
        if rewritten.is_empty() {
            return Ok(());
        }
        let had_index_of_all = forget_index_of_all(&folder)?;
        for old in &rewritten {
            for part in PARTS {
                remove_if_there(&old.with_extension(part))?;
            }
        }
        if had_index_of_all {
            self.run_git(&["multi-pack-index", "write"], b"")?;
        }
        Ok(())
    }

    /// Writes everything in a pack but the doomed objects as a pack of its own, with the marks that the old one has.
    fn write_without(&self, old: &Path, index: &index::File, doomed: &HashSet<ObjectId>) -> Result<(), GitError> {
        let mut names = String::new();
        for entry in index.iter().filter(|entry| !doomed.contains(&entry.oid)) {
            names.push_str(&entry.oid.to_string());
            names.push('\n');
        }
        if names.is_empty() {
            return Ok(());
        }
        let folder = old.parent().unwrap_or(old);
        // git runs elsewhere.
        let folder = folder.canonicalize().map_err(GitError::io("resolve", folder))?;
        let base = folder.join("pack");
        let args = [
            "-c",
            "pack.packSizeLimit=0",
            "pack-objects",
            "-q",
            "--delta-base-offset",
        ];
        let mut command = self.git_command(&args);
        command.arg(&base);
        let output = finished("pack-objects", output_of(command, names.as_bytes())?)?;
        let id = String::from_utf8_lossy(&output).trim().to_owned();
        for mark in ["promisor", "keep"] {
            let from = old.with_extension(mark);
            if look_at(&from)?.is_some() {
                let to = folder.join(format!("pack-{id}.{mark}"));
                fs::copy(&from, &to).map_err(GitError::io("write", &to))?;
            }
        }
        Ok(())
    }
}

/// Deletes the index over several packs, which would name packs that are gone; true if there was one.
fn forget_index_of_all(folder: &Path) -> Result<bool, GitError> {
    let mut found = false;
    for path in files(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == "multi-pack-index.d" {
            fs::remove_dir_all(&path).map_err(GitError::io("delete", &path))?;
            found = true;
        } else if name.starts_with("multi-pack-index") {
            found |= remove_if_there(&path)?;
        }
    }
    Ok(found)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, GitError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(GitError::io("list", folder)(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(GitError::io("list", folder))?.path());
    }
    paths.sort();
    Ok(paths)
}
