//! [`scan`]: what stands at an artifact's path, told by the index and by stat data alone.
//!
//! No file is read and nothing is asked of the repository, so several artifacts can be scanned at once. What the index
//! cannot answer for is left to [`WorkTree::take`](super::WorkTree::take): files that may have changed, and everything
//! that is not tracked.

use std::{io, ops::Range, os::fd::BorrowedFd, path::Path};

use gix::{
    bstr::{BStr, BString, ByteSlice, ByteVec},
    index::{
        State,
        entry::{self, Flags, stat},
    },
};

use super::super::{
    Snapshot, SnapshotError,
    listing::{Entry, FileStat, Folder},
};
use crate::{
    content::{self, Content, ContentError, Mode, to_path},
    git::{GitError, Repo},
    id::HashKind,
    project_path::ProjectPath,
};

/// The settings by which git judges a file without reading it.
#[derive(Debug, Clone, Copy)]
pub(super) struct StatRules {
    options: stat::Options,
    trust_exec_bit: bool,
    has_symlinks: bool,
}

impl StatRules {
    pub(super) fn new(repo: &Repo) -> Result<Self, GitError> {
        Ok(StatRules {
            options: repo
                .gix()
                .stat_options()
                .map_err(GitError::backend("read the settings for stat data"))?,
            trust_exec_bit: repo.config_bool("core.fileMode").unwrap_or(true),
            has_symlinks: repo.config_bool("core.symlinks").unwrap_or(true),
        })
    }

    /// What git would store of a file or link; `None` for what it could not.
    fn mode(&self, stat: &FileStat, in_index: Option<Mode>) -> Option<Mode> {
        if stat.is_link() {
            return Some(Mode::Symlink);
        }
        if !stat.is_file() {
            return None;
        }
        Some(match in_index {
            // The link's target stands in a plain file.
            Some(Mode::Symlink) if !self.has_symlinks => Mode::Symlink,
            Some(Mode::Executable) if !self.trust_exec_bit => Mode::Executable,
            _ if self.trust_exec_bit && stat.is_executable() => Mode::Executable,
            _ => Mode::File,
        })
    }

    /// Whether a file is, by its stat data, what the index knows; a file as new as the index itself may have changed
    /// within the clock's resolution and counts as changed. So does one with the size 0 that git writes down for what it
    /// found to have changed so.
    fn is_unchanged(&self, index: &State, entry: &gix::index::Entry, stat: &FileStat) -> bool {
        entry.stat.matches(&stat.in_index(), self.options)
            && !entry.stat.is_racy(index.timestamp(), self.options)
            && (entry.stat.size != 0 || entry.id.is_empty_blob())
            && !is_intent_to_add(entry)
    }
}

/// One thing that a scan found. Paths are relative to the project.
#[derive(Debug)]
pub(super) enum Seen {
    /// The index says what it is: unchanged since, or not to be looked at.
    AsIndexed { entry: usize },
    /// A tracked file that may differ from what the index knows, or an unmerged one.
    ToRead { path: BString, mode: Mode },
    /// What is not tracked and no directory; without a mode, something that git cannot store.
    Untracked { path: BString, mode: Option<Mode> },
    /// A directory that holds nothing tracked.
    UntrackedFolder { path: BString },
}

/// What stands at the path of one artifact.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(super) seen: Vec<Seen>,
    /// Paths in conflict, relative to the project, each once.
    pub(super) unmerged: Vec<BString>,
    /// The content, where it was asked for and the index knows all of it.
    pub(super) settled: Option<Snapshot>,
}

/// A work tree and its index, for scanning.
#[derive(Clone, Copy)]
pub(super) struct Scanner<'a> {
    pub(super) root: &'a Path,
    /// The same, open.
    pub(super) folder: BorrowedFd<'a>,
    pub(super) index: &'a State,
    pub(super) rules: StatRules,
    pub(super) hash: HashKind,
}

impl Scanner<'_> {
    /// Scans an artifact. What lies behind a symbolic link is not there for git.
    ///
    /// # Errors
    /// Names a nested repository, a folder that cannot be listed, something that is neither file nor link, or a part of
    /// the index that is collapsed.
    pub(super) fn scan(&self, artifact: &ProjectPath, behind_link: bool) -> Result<Scan, SnapshotError> {
        let path = BString::from(artifact.as_str());
        let mut scan = self.as_in_index(artifact)?;
        if behind_link {
            return Ok(scan);
        }
        match FileStat::of(self.folder, &artifact.to_path()) {
            Ok(stat) if stat.is_folder() => self.folders(vec![path], &mut scan)?,
            Ok(stat) => {
                let tracked = self.tracked_in(path.as_bstr());
                scan.seen.extend(self.file(tracked, path.as_bstr(), &stat)?);
            }
            Err(error) if is_absent(&error) => {}
            Err(source) => return Err(unreadable(&self.root.join(artifact.to_path()), source)),
        }
        Ok(scan)
    }

    /// The content of an artifact that is as the index knows it. Here, because hashing is done by several threads then.
    pub(super) fn settled(&self, artifact: &ProjectPath, scan: &Scan) -> Result<Option<Snapshot>, SnapshotError> {
        let mut entries = Vec::with_capacity(scan.seen.len());
        for seen in &scan.seen {
            match seen {
                Seen::AsIndexed { entry } => entries.push(as_indexed(self.index, *entry, artifact)),
                _ => return Ok(None),
            }
        }
        let content = Content::new(entries);
        Ok(Some(Snapshot {
            hash: content.hash(self.hash)?,
            content,
        }))
    }

    /// The index entries at and below a path: all that a look-up inside it needs to search.
    fn tracked_in(&self, path: &BStr) -> Tracked<'_> {
        let all = self.index.entries();
        let first = all.partition_point(|entry| entry.path(self.index) < path);
        // What lies below a folder follows on it, but not at once: `a-b` stands between `a` and `a/b`.
        let last = all[first..].partition_point(|entry| entry.path(self.index).starts_with(path));
        Tracked {
            index: self.index,
            first,
            entries: &all[first..first + last],
        }
    }

    /// What the index alone decides, and what it forbids.
    fn as_in_index(&self, artifact: &ProjectPath) -> Result<Scan, SnapshotError> {
        let path = artifact.as_str();
        let tracked = self.tracked_in(path.into());
        let mut scan = Scan::default();
        for at in tracked.at(path.into()).chain(tracked.below(path.into())) {
            let entry = self.index.entry(at);
            let entry_path = entry.path(self.index);
            if entry.stage_raw() != 0 {
                if scan.unmerged.last().is_none_or(|last| last != entry_path) {
                    scan.unmerged.push(entry_path.to_owned());
                }
                continue;
            }
            if entry.mode == entry::Mode::COMMIT {
                let path = self.root.join(to_path(entry_path));
                return Err(ContentError::NestedRepository { path }.into());
            }
            if not_looked_at(entry) && !is_intent_to_add(entry) {
                scan.seen.push(Seen::AsIndexed { entry: at });
            }
        }
        if self.index.is_sparse() {
            self.refuse_collapsed_directory(artifact)?;
        }
        Ok(scan)
    }

    fn refuse_collapsed_directory(&self, artifact: &ProjectPath) -> Result<(), SnapshotError> {
        let path = artifact.as_str();
        // Folders in the index end in `/`.
        let own = format!("{path}/");
        let collapsed = self.index.entries().iter().any(|entry| {
            let folder = entry.path(self.index);
            entry.mode == entry::Mode::DIR && (own.as_bytes().starts_with(folder) || folder.starts_with(own.as_bytes()))
        });
        if collapsed {
            return Err(SnapshotError::SparseIndex { path: path.to_owned() });
        }
        Ok(())
    }

    /// Lists folders and what is below them; one without tracked files is left undecided.
    pub(super) fn folders(&self, mut folders: Vec<BString>, scan: &mut Scan) -> Result<(), SnapshotError> {
        while let Some(mut path) = folders.pop() {
            let tracked = self.tracked_in(path.as_bstr());
            let folder = to_path(&path);
            let failed = |source| unreadable(&self.root.join(&folder), source);
            let listing = Folder::open(self.folder, &folder).map_err(failed)?;
            path.push(b'/');
            let folder_len = path.len();
            let listed = listing.each(|name, entry| {
                path.truncate(folder_len);
                path.push_str(name);
                if name.eq_ignore_ascii_case(b".git") {
                    let path = self.root.join(to_path(&path));
                    return Err(SnapshotError::from(ContentError::NestedRepository { path }).into());
                }
                match entry {
                    Entry::Folder if tracked.below(path.as_bstr()).is_empty() => {
                        scan.seen.push(Seen::UntrackedFolder { path: path.clone() });
                    }
                    Entry::Folder => folders.push(path.clone()),
                    Entry::File(stat) => scan.seen.extend(self.file(tracked, path.as_bstr(), &stat)?),
                }
                Ok(())
            });
            listed.map_err(|error| match error {
                ScanFailure::Listing(source) => failed(source),
                ScanFailure::Snapshot(error) => error,
            })?;
        }
        Ok(())
    }

    /// Judges one path that is not a directory; `None` where the index has spoken already.
    fn file(&self, tracked: Tracked<'_>, path: &BStr, stat: &FileStat) -> Result<Option<Seen>, SnapshotError> {
        let tracked = tracked.at(path).next();
        let entry = tracked.map(|at| self.index.entry(at));
        if entry.is_some_and(not_looked_at) {
            return Ok(None);
        }
        let index_mode = entry.map(|entry| mode_of(entry.mode));
        let mode = self.rules.mode(stat, index_mode);
        let (Some(at), Some(entry)) = (tracked, entry) else {
            let path = path.to_owned();
            return Ok(Some(Seen::Untracked { path, mode }));
        };
        let mode = mode.ok_or_else(|| special_file(&self.root.join(to_path(path))))?;
        let as_indexed =
            entry.stage_raw() == 0 && index_mode == Some(mode) && self.rules.is_unchanged(self.index, entry, stat);
        Ok(Some(if as_indexed {
            Seen::AsIndexed { entry: at }
        } else {
            let path = path.to_owned();
            Seen::ToRead { path, mode }
        }))
    }
}

/// A run of index entries in which look-ups are quick.
#[derive(Clone, Copy)]
struct Tracked<'i> {
    index: &'i State,
    /// The number of the first one in the whole index.
    first: usize,
    entries: &'i [gix::index::Entry],
}

impl Tracked<'_> {
    /// The numbers of the entries at exactly this path: one, or the stages of a conflict.
    fn at(&self, path: &BStr) -> Range<usize> {
        self.range(|entry| entry < path, |entry| entry == path)
    }

    /// The numbers of the entries below a folder.
    fn below(&self, folder: &BStr) -> Range<usize> {
        let is_below = |entry: &BStr| entry.get(folder.len()) == Some(&b'/') && entry.starts_with(folder);
        let is_before = |entry: &BStr| match entry.get(..folder.len()) {
            Some(start) if start == folder.as_bytes() => entry.get(folder.len()).is_none_or(|next| *next < b'/'),
            _ => entry < folder,
        };
        self.range(is_before, is_below)
    }

    fn range(&self, is_before: impl Fn(&BStr) -> bool, is_in: impl Fn(&BStr) -> bool) -> Range<usize> {
        let start = self.entries.partition_point(|entry| is_before(entry.path(self.index)));
        let length = self.entries[start..].partition_point(|entry| is_in(entry.path(self.index)));
        self.first + start..self.first + start + length
    }
}

/// Entries that git itself takes from the index, whatever lies there.
fn not_looked_at(entry: &gix::index::Entry) -> bool {
    entry.stage_raw() == 0 && entry.flags.intersects(Flags::SKIP_WORKTREE | Flags::ASSUME_VALID)
}

/// Entries that are to be content one day, and are none for git until they are added.
fn is_intent_to_add(entry: &gix::index::Entry) -> bool {
    entry.flags.contains(Flags::INTENT_TO_ADD)
}

/// Why a folder was not listed to its end.
enum ScanFailure {
    Listing(io::Error),
    Snapshot(SnapshotError),
}

impl From<io::Error> for ScanFailure {
    fn from(source: io::Error) -> Self {
        ScanFailure::Listing(source)
    }
}

impl From<SnapshotError> for ScanFailure {
    fn from(error: SnapshotError) -> Self {
        ScanFailure::Snapshot(error)
    }
}

/// An entry of the index as one of the artifact's content.
pub(super) fn as_indexed(index: &State, at: usize, artifact: &ProjectPath) -> content::Entry {
    let entry = index.entry(at);
    content::Entry {
        path: inside(artifact, entry.path(index)),
        mode: mode_of(entry.mode),
        id: entry.id,
    }
}

/// A path of the project as one of the artifact; of a single file its name.
pub(super) fn inside(artifact: &ProjectPath, path: &BStr) -> BString {
    match path.get(artifact.as_str().len() + 1..) {
        Some(inner) if !inner.is_empty() => BString::from(inner),
        _ => BString::from(artifact.file_name()),
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

pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

pub(super) fn special_file(path: &Path) -> SnapshotError {
    ContentError::SpecialFile { path: path.to_owned() }.into()
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> SnapshotError {
    ContentError::Unreadable {
        path: path.to_owned(),
        source,
    }
    .into()
}
