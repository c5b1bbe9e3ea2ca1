//! The content of an artifact as it lies in the project's work tree.
//!
//! Tracked paths with their bytes, skip-worktree paths as in the index, untracked paths that are not ignored as added,
//! missing ones as deleted. A file whose stat data matches the index is not read, as `git add` would not read it.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use gix::{
    bstr::{BStr, BString, ByteSlice, ByteVec},
    filter::Pipeline,
    index::{
        State,
        entry::{self, Flags, Stat},
    },
    objs::Kind,
};

use super::{Snapshot, SnapshotError, filters, ignore::IgnoreRules};
use crate::{
    content::{Content, ContentError, Entry, Mode, to_path},
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
    let index = repo
        .gix()
        .index_or_empty()
        .map_err(GitError::backend("read the index"))?;
    let mut taker = Taker::new(repo, &index, artifact, batch)?;
    taker.take_as_in_index()?;
    let root = repo.work_tree()?.join(artifact.to_path());
    if !leads_through_symlink(repo.work_tree()?, artifact) {
        match std::fs::symlink_metadata(&root) {
            Ok(metadata) if metadata.is_dir() => taker.take_directory()?,
            Ok(metadata) => taker.take_path(BString::from(artifact.as_str()), &root, &metadata)?,
            Err(error) if is_absent(&error) => {}
            Err(source) => return Err(unreadable(&root, source)),
        }
    }
    let content = Content::new(taker.entries);
    Snapshot::with_trees(content, repo.hash_kind(), batch)
}

/// git takes nothing from behind a symbolic link.
fn leads_through_symlink(root: &Path, artifact: &ProjectPath) -> bool {
    let mut folder = root.to_owned();
    let path = artifact.to_path();
    let Some(parent) = path.parent() else { return false };
    parent.components().any(|component| {
        folder.push(component);
        std::fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_symlink())
    })
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}

fn unreadable(path: &Path, source: std::io::Error) -> SnapshotError {
    ContentError::Unreadable {
        path: path.to_owned(),
        source,
    }
    .into()
}

struct Taker<'a, 'batch, 'repo> {
    repo: &'a Repo,
    index: &'a State,
    artifact: &'a ProjectPath,
    batch: &'batch mut ObjectBatch<'repo>,
    pipeline: Pipeline<'a>,
    ignore: IgnoreRules<'a>,
    stat_options: entry::stat::Options,
    trust_exec_bit: bool,
    has_symlinks: bool,
    entries: Vec<Entry>,
}

impl<'a, 'batch, 'repo> Taker<'a, 'batch, 'repo> {
    fn new(
        repo: &'a Repo,
        index: &'a State,
        artifact: &'a ProjectPath,
        batch: &'batch mut ObjectBatch<'repo>,
    ) -> Result<Self, SnapshotError> {
        let (pipeline, _) = repo
            .gix()
            .filter_pipeline(None)
            .map_err(GitError::backend("prepare git's filters"))?;
        Ok(Taker {
            repo,
            index,
            artifact,
            batch,
            pipeline,
            ignore: IgnoreRules::new(repo, index, artifact)?,
            stat_options: repo
                .gix()
                .stat_options()
                .map_err(GitError::backend("read the settings for stat data"))?,
            trust_exec_bit: repo.config_bool("core.fileMode").unwrap_or(true),
            has_symlinks: repo.config_bool("core.symlinks").unwrap_or(true),
            entries: Vec::new(),
        })
    }

    /// What the index alone decides, and what it forbids.
    fn take_as_in_index(&mut self) -> Result<(), SnapshotError> {
        let path = self.artifact.as_str();
        let folder = format!("{path}/");
        let own = self.index.entry_range(path.into()).into_iter().flatten();
        let inside = self
            .index
            .prefixed_entries_range(folder.as_str().into())
            .into_iter()
            .flatten();
        for at in own.chain(inside) {
            let entry = self.index.entry(at);
            let entry_path = entry.path(self.index);
            if entry.stage_raw() != 0 {
                return Err(SnapshotError::Unmerged {
                    path: entry_path.to_string(),
                });
            }
            if entry.mode == entry::Mode::COMMIT {
                return Err(ContentError::NestedRepository {
                    path: self.repo.work_tree()?.join(to_path(entry_path)),
                }
                .into());
            }
            if entry.flags.intersects(Flags::SKIP_WORKTREE | Flags::ASSUME_VALID) {
                let (path, id, mode) = (entry_path.to_owned(), entry.id, mode_of(entry.mode));
                self.batch.add_present(id)?;
                self.push(path.as_bstr(), mode, id);
            }
        }
        if self.index.is_sparse() {
            self.refuse_collapsed_directory()?;
        }
        Ok(())
    }

    fn refuse_collapsed_directory(&self) -> Result<(), SnapshotError> {
        let path = self.artifact.as_str();
        let collapsed = self.index.entries().iter().any(|entry| {
            let folder = entry.path(self.index);
            entry.mode == entry::Mode::DIR
                && (path.as_bytes().starts_with(folder) || folder.starts_with(path.as_bytes()))
        });
        if collapsed {
            return Err(SnapshotError::SparseIndex { path: path.to_owned() });
        }
        Ok(())
    }

    fn take_directory(&mut self) -> Result<(), SnapshotError> {
        let mut folders = vec![BString::from(self.artifact.as_str())];
        while let Some(folder) = folders.pop() {
            let absolute = self.absolute(folder.as_bstr())?;
            let listing = std::fs::read_dir(&absolute).map_err(|source| unreadable(&absolute, source))?;
            for item in listing {
                let item = item.map_err(|source| unreadable(&absolute, source))?;
                let name = gix::path::os_string_into_bstring(item.file_name())
                    .map_err(GitError::backend("read a file name"))?;
                if name.eq_ignore_ascii_case(b".git") {
                    return Err(ContentError::NestedRepository { path: item.path() }.into());
                }
                let mut path = folder.clone();
                path.push(b'/');
                path.push_str(&name);
                let metadata = match item.metadata() {
                    Ok(metadata) => metadata,
                    // Deleted since it was listed: then it is not part of the content.
                    Err(error) if is_absent(&error) => continue,
                    Err(source) => return Err(unreadable(&item.path(), source)),
                };
                if metadata.is_dir() {
                    if self.is_tracked_directory(path.as_bstr()) || !self.ignore.is_ignored(path.as_bstr(), true)? {
                        folders.push(path);
                    }
                } else {
                    self.take_path(path, &item.path(), &metadata)?;
                }
            }
        }
        Ok(())
    }

    fn is_tracked_directory(&self, path: &BStr) -> bool {
        let mut folder = path.to_owned();
        folder.push(b'/');
        self.index
            .prefixed_entries_range(folder.as_bstr())
            .is_some_and(|range| !range.is_empty())
    }

    /// Takes one path that is not a directory, if it is tracked or not ignored.
    fn take_path(&mut self, path: BString, absolute: &Path, metadata: &std::fs::Metadata) -> Result<(), SnapshotError> {
        let tracked = self.index.entry_by_path(path.as_bstr());
        match tracked {
            Some(entry) if entry.flags.intersects(Flags::SKIP_WORKTREE | Flags::ASSUME_VALID) => return Ok(()),
            None if self.ignore.is_ignored(path.as_bstr(), false)? => return Ok(()),
            _ => {}
        }
        let index_mode = tracked.map(|entry| mode_of(entry.mode));
        if metadata.is_symlink() {
            let target = std::fs::read_link(absolute).map_err(|source| unreadable(absolute, source))?;
            let target = gix::path::into_bstr(target).map_err(GitError::backend("read a link"))?;
            let id = self.batch.add(Kind::Blob, &target)?;
            self.push(path.as_bstr(), Mode::Symlink, id);
            return Ok(());
        }
        if !metadata.is_file() {
            return Err(ContentError::SpecialFile {
                path: absolute.to_owned(),
            }
            .into());
        }
        let mode = self.mode_of_file(metadata, index_mode);
        if let Some(entry) = tracked
            && mode_of(entry.mode) == mode
            && self.is_unchanged(entry, absolute)
        {
            let id = entry.id;
            self.batch.add_present(id)?;
            self.push(path.as_bstr(), mode, id);
            return Ok(());
        }
        let data = self.stored_bytes(&path, absolute, mode)?;
        let id = self.batch.add(Kind::Blob, &data)?;
        self.push(path.as_bstr(), mode, id);
        Ok(())
    }

    fn stored_bytes(&mut self, path: &BString, absolute: &Path, mode: Mode) -> Result<Vec<u8>, SnapshotError> {
        let file = match std::fs::File::open(absolute) {
            Ok(file) => file,
            Err(source) => return Err(unreadable(absolute, source)),
        };
        if mode == Mode::Symlink {
            // `core.symlinks=false`: the link's target stands in a plain file.
            return std::fs::read(absolute).map_err(|source| unreadable(absolute, source));
        }
        filters::to_git(&mut self.pipeline, self.index, path, file)
    }

    fn mode_of_file(&self, metadata: &std::fs::Metadata, in_index: Option<Mode>) -> Mode {
        match in_index {
            Some(Mode::Symlink) if !self.has_symlinks => Mode::Symlink,
            Some(Mode::Executable) if !self.trust_exec_bit => Mode::Executable,
            _ if self.trust_exec_bit && metadata.permissions().mode() & 0o100 != 0 => Mode::Executable,
            _ => Mode::File,
        }
    }

    /// Whether the file is, by its stat data, what the index knows; a file as new as the index itself may have changed
    /// within the clock's resolution and counts as changed.
    fn is_unchanged(&self, entry: &gix::index::Entry, absolute: &Path) -> bool {
        let Ok(metadata) = gix::index::fs::Metadata::from_path_no_follow(absolute) else {
            return false;
        };
        let Ok(stat) = Stat::from_fs(&metadata) else {
            return false;
        };
        entry.stat.matches(&stat, self.stat_options)
            && !entry.stat.is_racy(self.index.timestamp(), self.stat_options)
            && !entry.flags.contains(Flags::INTENT_TO_ADD)
    }

    fn absolute(&self, path: &BStr) -> Result<PathBuf, SnapshotError> {
        Ok(self.repo.work_tree()?.join(to_path(path)))
    }

    /// Adds an entry under its path relative to the artifact.
    fn push(&mut self, path: &BStr, mode: Mode, id: gix::ObjectId) {
        let artifact = self.artifact.as_str().len();
        let path = if path.len() == artifact {
            BString::from(self.artifact.file_name())
        } else {
            BString::from(&path[artifact + 1..])
        };
        self.entries.push(Entry { path, mode, id });
    }
}

fn mode_of(mode: entry::Mode) -> Mode {
    if mode.contains(entry::Mode::SYMLINK) {
        Mode::Symlink
    } else if mode == entry::Mode::FILE_EXECUTABLE {
        Mode::Executable
    } else {
        Mode::File
    }
}
