//! [`ContentError`] and [`Refusal`]: why content cannot be read, and why it is not let in.

use std::{io, path::PathBuf};

use gix::bstr::{BStr, ByteSlice};

use crate::id::ContentHash;

/// Why content cannot be read from the file system, put into trees, or let in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// A file or directory cannot be read.
    #[error("cannot read '{}'", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something that stood in a directory was gone when it was its turn.
    #[error("'{}' vanished while its directory was read: try again once nothing else writes there", path.display())]
    Vanished {
        /// What is gone.
        path: PathBuf,
    },
    /// A file did not keep its size or its type while it was read.
    #[error("'{}' changed while it was read: try again once nothing else writes there", path.display())]
    Changed {
        /// Which file.
        path: PathBuf,
    },
    /// A repository inside the content. Its files belong to that repository.
    #[error("'{}' is a nested repository: an artifact cannot hold one; move it away, or remove its .git", path.display())]
    NestedRepository {
        /// The directory that holds the repository, or the submodule.
        path: PathBuf,
    },
    /// A socket, pipe or device.
    #[error("'{}' is neither a file, a directory nor a symbolic link: git cannot store it; move it away", path.display())]
    SpecialFile {
        /// Which one.
        path: PathBuf,
    },
    /// A file name that git cannot hold.
    #[error("'{}' has a name that git cannot store: rename it", path.display())]
    UnrepresentableName {
        /// Which file.
        path: PathBuf,
    },
    /// A git tree object that cannot be read as one.
    #[error("tree {tree} (at '{}') is damaged: {fault}", path.display())]
    DamagedTree {
        /// Where in the content the tree stands; empty for its root.
        path: PathBuf,
        /// The id of the tree.
        tree: ContentHash,
        /// What is wrong with it.
        fault: Refusal,
    },
    /// More files, or longer paths, than any artifact has: a tree made to exhaust memory.
    #[error(
        "the content under tree {tree} is too large: more than {entries} files and directories, or {bytes} bytes of paths"
    )]
    TooLarge {
        /// The root tree.
        tree: ContentHash,
        /// How many files and directories are read at most.
        entries: usize,
        /// How many bytes all paths together may have.
        bytes: usize,
    },
    /// Content that is not let in, or cannot be stored.
    #[error("'{}' is refused: {reason}", path.display())]
    Refused {
        /// Relative to the artifact.
        path: PathBuf,
        /// Why.
        reason: Refusal,
    },
    /// Something stands in the project where a directory is needed.
    #[error("nothing is written to '{}': {obstacle}", path.display())]
    Obstructed {
        /// What stands in the way, relative to the project root.
        path: PathBuf,
        /// Why it is in the way.
        obstacle: &'static str,
    },
}

impl ContentError {
    /// A refusal of `path`, which is relative to the artifact.
    pub(crate) fn refused(path: &[u8], reason: Refusal) -> Self {
        ContentError::Refused {
            path: to_path(path),
            reason,
        }
    }
}

/// Why a path, an entry of a git tree, or a file that git itself reads is refused.
///
/// The texts complete "… is refused: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A tree object whose bytes do not follow the format.
    #[error("it is not a git tree: {reason}")]
    Malformed {
        /// Where the format is left.
        reason: &'static str,
    },
    /// A name without a single byte.
    #[error("it has an empty name")]
    EmptyName,
    /// `.` or `..`.
    #[error("'.' and '..' are not names")]
    RelativeName,
    /// A `/` inside one name.
    #[error("a name contains '/'")]
    SlashInName,
    /// A NUL byte in a path or in the target of a symbolic link.
    #[error("it contains a NUL byte")]
    Nul,
    /// A name longer than git admits.
    #[error("a name is longer than {limit} bytes")]
    NameTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A path longer than the file system admits.
    #[error("its path is longer than {limit} bytes")]
    PathTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// More directories within one another than are read.
    #[error("it lies deeper than {limit} directories")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// `.git` in one of the spellings that are `.git` on some file system.
    #[error("git reads a name in it as '.git'")]
    DotGit,
    /// `.gitmodules` as a symbolic link, in one of its spellings.
    #[error("git reads '.gitmodules' from a file only, never through a symbolic link")]
    GitmodulesLink,
    /// A directory where git wants a file that it reads itself.
    #[error("git reads {name} as a file, but it is a directory")]
    NotAFile {
        /// Which file git would read.
        name: &'static str,
    },
    /// A submodule.
    #[error("it is a nested repository (a submodule)")]
    NestedRepository,
    /// An object id of zeros only.
    #[error("its object id is null")]
    NullId,
    /// An object id of the other hash function.
    #[error("its object id is of another hash function than the tree")]
    ForeignId,
    /// A mode that git does not write.
    #[error("its mode is {mode}, which git does not write")]
    UnknownMode {
        /// As it stands in the tree.
        mode: String,
    },
    /// A mode written with leading zeros.
    #[error("its mode {mode} is padded with zeros")]
    ZeroPaddedMode {
        /// As it stands in the tree.
        mode: String,
    },
    /// The same name twice in one directory.
    #[error("it stands there twice")]
    Duplicate,
    /// One path that is a file and a directory.
    #[error("it is both a file and a directory")]
    FileAndDirectory,
    /// An entry that does not follow the one before it in git's order.
    #[error("it does not stand in git's order")]
    Unordered,
    /// A path below a symbolic link of the same content.
    #[error("it leads through the symbolic link '{}'", link.display())]
    ThroughLink {
        /// The symbolic link.
        link: PathBuf,
    },
    /// Two names that are one on a file system which ignores case or normalises.
    #[error("it and '{}' are one file where case or Unicode form is ignored", other.display())]
    Twin {
        /// The other path.
        other: PathBuf,
    },
    /// A symbolic link without a target.
    #[error("it is a symbolic link without a target")]
    EmptyLink,
    /// A symbolic link with a target that no system could follow.
    #[error("the target of the symbolic link is longer than {limit} bytes")]
    LinkTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A symbolic link that leaves the artifact.
    #[error("the symbolic link leads out of the artifact, to '{}'", target.display())]
    LinkLeaves {
        /// Its target as written.
        target: PathBuf,
    },
    /// A symbolic link that leads to itself, or through too many others.
    #[error("the symbolic link leads in a circle, or through more than {limit} others")]
    LinkLoop {
        /// The limit.
        limit: u32,
    },
    /// A submodule name that git refuses.
    #[error("it names a submodule '{name}', which git refuses")]
    SubmoduleName {
        /// The name.
        name: String,
    },
    /// A submodule setting that git refuses.
    #[error("it gives a submodule the {key} '{value}', which git refuses")]
    SubmoduleSetting {
        /// `url`, `path` or `update`.
        key: &'static str,
        /// As written.
        value: String,
    },
    /// A line of attributes that git does not read.
    #[error("line {line} is longer than git reads in an attributes file")]
    AttributesLine {
        /// Counted from 1.
        line: usize,
    },
    /// A file that git reads itself and that is too large for it.
    #[error("it is larger than the {limit} bytes git reads of such a file")]
    TooLargeForGit {
        /// The limit, in bytes.
        limit: u64,
    },
}

/// A git path as one of this system.
pub(crate) fn to_path(path: &[u8]) -> PathBuf {
    let path: &BStr = path.as_bstr();
    // Only Windows cannot hold every sequence of bytes; there the error shows what can be shown.
    gix::path::from_bstr(path).map_or_else(|_| PathBuf::from(path.to_str_lossy().into_owned()), Into::into)
}
