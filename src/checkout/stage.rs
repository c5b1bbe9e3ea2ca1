//! Putting files that were just written into the index, through git, so that every kind of index is kept well.

use std::fs;

use gix::{
    ObjectId,
    bstr::{BStr, BString},
};

use super::CheckoutError;
use crate::{
    content::to_path,
    git::{GitError, Repo},
};

/// Stages the files at `paths` (relative to the project): present ones are added, even where a rule ignores them, absent
/// ones are removed. What is `gone` is removed whatever lies there. `executables` are those that must be executable where
/// the file system cannot tell.
pub(crate) fn stage(
    repo: &Repo,
    paths: impl IntoIterator<Item = BString>,
    gone: impl IntoIterator<Item = BString>,
    executables: impl IntoIterator<Item = BString>,
) -> Result<(), CheckoutError> {
    // Where a folder took the place of a file, git would rather be told that the file is gone.
    let work_tree = repo.work_tree()?;
    let (folders, files): (Vec<BString>, Vec<BString>) = paths
        .into_iter()
        .partition(|path| fs::symlink_metadata(work_tree.join(to_path(path))).is_ok_and(|found| found.is_dir()));
    for_paths(repo, &["--force-remove"], folders.into_iter().chain(gone))?;
    for_paths(repo, &["--add", "--remove", "--replace"], files)?;
    if !repo.config_bool("core.fileMode").unwrap_or(true) {
        for_paths(repo, &["--chmod=+x"], executables)?;
    }
    Ok(())
}

/// Runs `git update-index` with these options for these paths, if there are any.
pub(crate) fn for_paths(
    repo: &Repo,
    options: &[&str],
    paths: impl IntoIterator<Item = BString>,
) -> Result<(), GitError> {
    let mut input = Vec::new();
    for path in paths {
        input.extend_from_slice(&path);
        input.push(0);
    }
    if input.is_empty() {
        return Ok(());
    }
    let args: Vec<&str> = ["update-index"]
        .iter()
        .chain(options)
        .chain(&["-z", "--stdin"])
        .copied()
        .collect();
    repo.run_git_on_index(&args, &input).map(drop)
}

/// Index entries to be set without regard to the work tree, as `git update-index --index-info` takes them.
#[derive(Debug, Default)]
pub(crate) struct IndexInfo {
    lines: Vec<u8>,
}

impl IndexInfo {
    /// Takes all stages of a path out.
    pub(crate) fn remove(&mut self, path: &BStr, hash: gix::hash::Kind) {
        self.line(&format!("0 {}\t", ObjectId::null(hash)), path);
    }

    /// Puts one stage of a path in.
    pub(crate) fn add(&mut self, path: &BStr, mode: u32, id: ObjectId, stage: u8) {
        self.line(&format!("{mode:o} {id} {stage}\t"), path);
    }

    fn line(&mut self, head: &str, path: &BStr) {
        self.lines.extend_from_slice(head.as_bytes());
        self.lines.extend_from_slice(path);
        self.lines.push(0);
    }

    /// Changes the index; all at once.
    pub(crate) fn write(&self, repo: &Repo) -> Result<(), GitError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        repo.run_git_on_index(&["update-index", "-z", "--index-info"], &self.lines)
            .map(drop)
    }
}
