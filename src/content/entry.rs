//! [`Content`]: an artifact's files as one flat, sorted list of [`Entry`]s.
//!
//! Directories are not listed; like git, the list holds them only through the files in them.

use gix::{
    ObjectId,
    bstr::{BStr, BString},
};

use super::{ContentError, tree};
use crate::id::{ContentHash, HashKind};

/// What a path of a content is: the three kinds of blob that git knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Mode {
    /// A file that is not executable: 100644.
    File,
    /// A file that its owner may execute: 100755.
    Executable,
    /// A symbolic link; its blob is the target: 120000.
    Symlink,
}

impl Mode {
    /// The mode as git's number.
    pub(crate) fn to_git(self) -> u32 {
        match self {
            Mode::File => 0o100_644,
            Mode::Executable => 0o100_755,
            Mode::Symlink => 0o120_000,
        }
    }

    /// The mode as it stands in a tree object: six octal digits.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Mode::File => "100644",
            Mode::Executable => "100755",
            Mode::Symlink => "120000",
        }
    }

    /// The mode of a number that git writes today; `None` for a directory, a submodule and everything else.
    pub(crate) fn from_git(mode: u32) -> Option<Self> {
        [Mode::File, Mode::Executable, Mode::Symlink]
            .into_iter()
            .find(|known| known.to_git() == mode)
    }

    /// The mode as git reads it from an old tree, which may hold other permissions, such as 100664.
    pub(crate) fn from_git_lenient(mode: u32) -> Option<Self> {
        const TYPE: u32 = 0o170_000;
        match mode & TYPE {
            0o100_000 if mode & 0o100 == 0 => Some(Mode::File),
            0o100_000 => Some(Mode::Executable),
            0o120_000 => Some(Mode::Symlink),
            _ => None,
        }
    }
}

/// One file, executable or symbolic link. Entries are ordered by path, then mode, then id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Entry {
    /// Relative to the artifact, with `/` between the names.
    pub(crate) path: BString,
    /// What it is.
    pub(crate) mode: Mode,
    /// The id of its blob.
    pub(crate) id: ObjectId,
}

/// What an artifact holds. The entries are sorted by the bytes of their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Content {
    entries: Vec<Entry>,
}

impl Content {
    /// Takes entries in any order. Nothing is checked: see [`gate`](super::gate).
    pub(crate) fn new(mut entries: Vec<Entry>) -> Self {
        if !entries.is_sorted() {
            entries.sort_unstable();
        }
        Self { entries }
    }

    /// All entries, by path.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry at exactly this path.
    pub(crate) fn get(&self, path: &BStr) -> Option<&Entry> {
        let index = self.entries.binary_search_by(|entry| entry.path.as_slice().cmp(path));
        index.ok().map(|index| &self.entries[index])
    }

    /// The id of the git tree with these entries.
    ///
    /// # Errors
    /// As [`write_trees`](tree::write_trees).
    pub(crate) fn hash(&self, kind: HashKind) -> Result<ContentHash, ContentError> {
        tree::write_trees(&self.entries, kind, &mut |_, _| Ok::<_, ContentError>(()))
    }
}

impl Entry {
    /// An entry for a blob that is known by its bytes, for tests.
    #[cfg(test)]
    pub(crate) fn of_data(path: impl Into<BString>, mode: Mode, data: &[u8], kind: HashKind) -> Self {
        Self {
            path: path.into(),
            mode,
            id: super::hash_object(kind, "blob", data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_round_trip_and_nothing_else_is_one() {
        for mode in [Mode::File, Mode::Executable, Mode::Symlink] {
            assert_eq!(Mode::from_git(mode.to_git()), Some(mode));
            assert_eq!(Mode::from_git_lenient(mode.to_git()), Some(mode));
            assert_eq!(format!("{:o}", mode.to_git()), mode.as_str());
        }
        for other in [0, 0o40_000, 0o160_000, 0o100_600, 0o104_755, 0o140_000] {
            assert_eq!(Mode::from_git(other), None, "{other:o}");
        }
        assert_eq!(Mode::from_git_lenient(0o100_664), Some(Mode::File));
        assert_eq!(Mode::from_git_lenient(0o100_775), Some(Mode::Executable));
        assert_eq!(Mode::from_git_lenient(0o160_000), None);
        assert_eq!(Mode::from_git_lenient(0o40_000), None);
    }

    #[test]
    fn content_is_sorted_and_searchable() {
        let entry = |path: &str| Entry::of_data(path, Mode::File, path.as_bytes(), HashKind::Sha1);
        let content = Content::new(vec![entry("b"), entry("a/x"), entry("a.b"), entry("a0")]);
        let paths: Vec<_> = content.entries().iter().map(|entry| entry.path.to_string()).collect();
        assert_eq!(paths, ["a.b", "a/x", "a0", "b"]);
        assert_eq!(content.get("a/x".into()), Some(&entry("a/x")));
        assert_eq!(content.get("a".into()), None);
        assert!(Content::default().is_empty());
    }
}
