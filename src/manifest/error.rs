//! [`ManifestError`]: why a manifest cannot be read or an entry not be put into it.

use crate::{
    id::{ArtifactId, IdError},
    project_path::{ProjectPath, ProjectPathError},
};

/// Why a manifest cannot be read, or an entry cannot stand in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// A line that git would not read as configuration either.
    #[error(
        "line {line} of .gitlineage is not in git-config syntax: {text:?}; correct it or take the file from the last commit"
    )]
    Syntax {
        /// The line, counted from 1.
        line: usize,
        /// The beginning of that line.
        text: String,
    },
    /// The file holds the markers of an unfinished merge.
    #[error(".gitlineage has a merge conflict in line {line}: resolve it, then 'git add .gitlineage'")]
    Conflicted {
        /// The line of the first marker, counted from 1.
        line: usize,
    },
    /// While it is unmerged: both sides have changed a key, and not alike.
    #[error(
        "the merge leaves '{key}' of [artifact \"{id}\"] in .gitlineage open ({} here, {} there): resolve it, then 'git add .gitlineage'",
        said(.ours), said(.theirs)
    )]
    Undecided {
        /// The section.
        id: ArtifactId,
        /// The key.
        key: &'static str,
        /// What it is on our side.
        ours: Option<String>,
        /// What it is on their side.
        theirs: Option<String>,
    },
    /// While it is unmerged: one side has taken an artifact out, the other has changed what is said of it.
    #[error(
        "the merge leaves [artifact \"{id}\"] in .gitlineage open (removed by one side, changed by the other): resolve it, then 'git add .gitlineage'"
    )]
    RemovedAndChanged {
        /// The section.
        id: ArtifactId,
    },
    /// A key is given twice for one artifact, in one section or in two of the same id.
    #[error(
        ".gitlineage gives '{key}' of [artifact \"{id}\"] twice, in lines {first_line} and {second_line}: keep one of them"
    )]
    DuplicateKey {
        /// The section.
        id: ArtifactId,
        /// The key.
        key: &'static str,
        /// Where it stands first, counted from 1.
        first_line: usize,
        /// Where it stands again.
        second_line: usize,
    },
    /// A section that does not say where its artifact lies.
    #[error("[artifact \"{id}\"] in line {line} of .gitlineage has no 'path': add one or remove the section")]
    MissingPath {
        /// The section.
        id: ArtifactId,
        /// The line of its header, counted from 1.
        line: usize,
    },
    /// A section whose name is not an artifact id.
    #[error(
        "[artifact {text:?}] in line {line} of .gitlineage names no artifact: correct the id or remove the section"
    )]
    InvalidId {
        /// The name of the section.
        text: String,
        /// The line of its header, counted from 1.
        line: usize,
        /// What is wrong with it.
        source: IdError,
    },
    /// A value that its key cannot have.
    #[error("'{key}' of [artifact \"{id}\"] in .gitlineage cannot be {value:?}: correct or remove it")]
    InvalidValue {
        /// The section.
        id: ArtifactId,
        /// The key.
        key: &'static str,
        /// The value; bytes that are not UTF-8 as replacement characters.
        value: String,
        /// What is wrong with it.
        source: Box<ManifestValueError>,
    },
    /// Two artifacts of which one would hold the other.
    #[error(
        "'{inner}' of {inner_path} lies in '{outer}' at {outer_path}: artifacts cannot contain one another, move one of them"
    )]
    OverlappingPaths {
        /// The artifact that holds the other.
        outer: ArtifactId,
        /// Where it lies.
        outer_path: ProjectPath,
        /// The artifact that lies in it.
        inner: ArtifactId,
        /// Where that one lies.
        inner_path: ProjectPath,
    },
    /// Two ids that a file system without case could not tell apart.
    #[error("'{first}' and '{second}' differ only by case: choose another id for one of them")]
    CaseTwins {
        /// One of them.
        first: ArtifactId,
        /// The other.
        second: ArtifactId,
    },
}

fn said(value: &Option<String>) -> String {
    match value {
        Some(value) => format!("{value:?}"),
        None => "nothing".to_owned(),
    }
}

/// What is wrong with a value of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestValueError {
    /// The key stands without `=`.
    #[error("there is no '=' with a value behind the key")]
    NoValue,
    /// The value is empty where it cannot be.
    #[error("the value is empty")]
    Empty,
    /// The value is not UTF-8.
    #[error("the value is not UTF-8")]
    NotUtf8,
    /// The value holds a control character other than a tab; a trailer could not hold it.
    #[error("the value holds a control character")]
    Control,
    /// Not the path of an artifact.
    #[error(transparent)]
    Path(#[from] ProjectPathError),
    /// Not an object id.
    #[error(transparent)]
    ObjectId(#[from] IdError),
}
