//! The content of an artifact as it lies in the project's work tree.
//!
//! Tracked paths with their bytes, skip-worktree paths as in the index, untracked paths that are not ignored as added,
//! missing ones as deleted. A file whose stat data matches the index is not read, as `git add` would not read it.
//!
//! A [`WorkTree`] is opened once and serves any number of artifacts: the index, the filters and the ignore rules are
//! loaded once, the latter two only when a file must be read or one is found that is not tracked.

mod scan;

use std::{
    collections::HashMap,
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use gix::{
    bstr::{BString, ByteSlice},
    filter::Pipeline,
    index::State,
    objs::Kind,
};

pub(crate) use self::scan::Scan;
use self::scan::{Scanner, Seen, StatRules, as_indexed, inside, special_file, unreadable};
use super::{Snapshot, SnapshotError, filters, ignore::IgnoreRules, listing, parallel};
use crate::{
    content::{Content, Entry, Mode, to_path},
    git::{GitError, Repo, objects::ObjectBatch},
    project_path::ProjectPath,
};

/// Reads the artifact at `artifact`; its blobs and trees go to `batch`.
///
/// # Errors
/// [`SnapshotError::Unmerged`] where the index holds a conflict inside the artifact; [`SnapshotError::Content`] names a
/// nested repository, an unreadable file or one that git cannot store.
pub(crate) fn of_artifact(
    repo: &Repo,
    artifact: &ProjectPath,
    batch: &mut ObjectBatch<'_>,
) -> Result<Snapshot, SnapshotError> {
    let mut tree = WorkTree::open(repo)?;
    let scan = tree.scan(artifact)?;
    if let Some(path) = scan.unmerged.first() {
        return Err(SnapshotError::Unmerged { path: path.to_string() });
    }
    tree.take(artifact, scan, batch)
}

/// The project's work tree, for reading artifacts in it.
pub(crate) struct WorkTree<'repo> {
    repo: &'repo Repo,
    root: &'repo Path,
    /// The same, open.
    folder: OwnedFd,
    index: gix::worktree::Index,
    rules: StatRules,
    pipeline: Option<Pipeline<'repo>>,
    ignore: IgnoreRules<'repo>,
    /// Whether the folders that artifacts lie in are reached through a symbolic link.
    behind_link: HashMap<String, bool>,
}

impl<'repo> WorkTree<'repo> {
    /// Opens the work tree with its index as it is now.
    pub(crate) fn open(repo: &'repo Repo) -> Result<Self, SnapshotError> {
        let index = repo
            .gix()
            .index_or_empty()
            .map_err(GitError::backend("read the index"))?;
        let root = repo.work_tree()?;
        Ok(WorkTree {
            repo,
            root,
            folder: listing::open_root(root).map_err(|source| unreadable(root, source))?,
            index,
            rules: StatRules::new(repo)?,
            pipeline: None,
            ignore: IgnoreRules::new(repo),
            behind_link: HashMap::new(),
        })
    }

    /// Looks at an artifact without reading its files.
    pub(crate) fn scan(&mut self, artifact: &ProjectPath) -> Result<Scan, SnapshotError> {
        let behind_link = self.is_behind_link(artifact);
        self.scanner().scan(artifact, behind_link)
    }

    /// As [`scan`](Self::scan), for many artifacts, and with the content where the index knows all of it; what comes of
    /// each stands at its place. Other work is done at the same time.
    pub(crate) fn scan_all<T>(
        &mut self,
        artifacts: &[&ProjectPath],
        meanwhile: impl FnOnce() -> T,
    ) -> (Vec<Result<Scan, SnapshotError>>, T) {
        let artifacts: Vec<(&ProjectPath, bool)> = artifacts
            .iter()
            .map(|artifact| (*artifact, self.is_behind_link(artifact)))
            .collect();
        let scanner = self.scanner();
        parallel::for_each_while(&artifacts, meanwhile, |(artifact, behind_link)| {
            let mut scan = scanner.scan(artifact, *behind_link)?;
            scan.settled = scanner.settled(artifact, &scan)?;
            Ok(scan)
        })
    }

    /// The index of the work tree.
    pub(crate) fn index(&self) -> &State {
        &self.index
    }

    fn scanner(&self) -> Scanner<'_> {
        Scanner {
            root: self.root,
            folder: self.folder.as_fd(),
            index: &self.index,
            rules: self.rules,
            hash: self.repo.hash_kind(),
        }
    }

    /// The content of a scanned artifact; its blobs and trees go to `batch`. Unmerged files are taken as they lie there,
    /// markers and all.
    ///
    /// # Errors
    /// [`SnapshotError::Content`] names a nested repository, an unreadable file or one that git cannot store.
    pub(crate) fn take(
        &mut self,
        artifact: &ProjectPath,
        mut scan: Scan,
        batch: &mut ObjectBatch<'_>,
    ) -> Result<Snapshot, SnapshotError> {
        if let Some(settled) = scan.settled.take_if(|_| batch.only_ids()) {
            return Ok(settled);
        }
        let mut entries = Vec::with_capacity(scan.seen.len());
        while !scan.seen.is_empty() {
            let mut undecided = Vec::new();
            for seen in scan.seen.drain(..) {
                match seen {
                    Seen::AsIndexed { entry } => {
                        let entry = as_indexed(&self.index, entry, artifact);
                        batch.add_present(entry.id)?;
                        entries.push(entry);
                    }
                    Seen::ToRead { path, mode } => entries.push(self.read(artifact, &path, mode, batch)?),
                    Seen::Untracked { path, mode } => {
                        if self.ignore.is_ignored(&self.index, artifact, path.as_bstr(), false)? {
                            continue;
                        }
                        let mode = mode.ok_or_else(|| special_file(&self.root.join(to_path(&path))))?;
                        entries.push(self.read(artifact, &path, mode, batch)?);
                    }
                    Seen::UntrackedFolder { path } => {
                        if !self.ignore.is_ignored(&self.index, artifact, path.as_bstr(), true)? {
                            undecided.push(path);
                        }
                    }
                }
            }
            self.scanner().folders(undecided, &mut scan)?;
        }
        Snapshot::with_trees(Content::new(entries), self.repo.hash_kind(), batch)
    }

    fn read(
        &mut self,
        artifact: &ProjectPath,
        path: &BString,
        mode: Mode,
        batch: &mut ObjectBatch<'_>,
    ) -> Result<Entry, SnapshotError> {
        let data = self.stored_bytes(path, mode)?;
        Ok(Entry {
            id: batch.add(Kind::Blob, &data)?,
            path: inside(artifact, path.as_bstr()),
            mode,
        })
    }

    /// What git would store of the file or link at `path` (relative to the project).
    fn stored_bytes(&mut self, path: &BString, mode: Mode) -> Result<Vec<u8>, SnapshotError> {
        let absolute = self.root.join(to_path(path));
        let lost = |source| unreadable(&absolute, source);
        if mode == Mode::Symlink {
            return match std::fs::read_link(&absolute) {
                Ok(target) => {
                    let target = gix::path::into_bstr(target).map_err(GitError::backend("read a link"))?;
                    Ok(target.into_owned().into())
                }
                // `core.symlinks=false`: the link's target stands in a plain file.
                Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
                    std::fs::read(&absolute).map_err(lost)
                }
                Err(error) => Err(lost(error)),
            };
        }
        let file = std::fs::File::open(&absolute).map_err(lost)?;
        let pipeline = match &mut self.pipeline {
            Some(pipeline) => pipeline,
            none => none.insert(filters::of_work_tree(self.repo, &self.index)?),
        };
        filters::to_git(pipeline, &self.index, path, file)
    }

    /// git takes nothing from behind a symbolic link.
    fn is_behind_link(&mut self, artifact: &ProjectPath) -> bool {
        let Some(parent) = artifact.parent() else { return false };
        if let Some(known) = self.behind_link.get(parent.as_str()) {
            return *known;
        }
        let mut folder = self.root.to_owned();
        let behind_link = parent.components().any(|component| {
            folder.push(component);
            std::fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_symlink())
        });
        self.behind_link.insert(parent.as_str().to_owned(), behind_link);
        behind_link
    }
}

impl Scan {
    /// The unmerged paths, relative to the artifact.
    pub(crate) fn unmerged_in(&self, artifact: &ProjectPath) -> Vec<BString> {
        let unmerged = self.unmerged.iter();
        unmerged.map(|path| inside(artifact, path.as_bstr())).collect()
    }
}
