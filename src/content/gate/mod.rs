//! The gate: content from outside is hostile until it has passed here, before its first byte is written.
//!
//! - [`check_entries`] judges a flat list of files: names, clashes, and where symbolic links lead;
//! - [`check_storable`] judges the same list only for what git would refuse to store, whoever made it;
//! - [`faults_in_raw_tree`] judges one tree object as `git fsck --strict` does, and a little stricter;
//! - [`check_blob`] judges the files that git reads itself (`.gitmodules`, `.gitattributes`);
//! - [`check_destination`] judges the place where a file is to be written.
//!
//! The names are judged alike on every system, because what is recorded here is checked out elsewhere. Names that are
//! merely awkward on some system (`con`, `a:b`, `x.`, a backslash) pass, as they do in git. What git's own ids must
//! guarantee, such as that a blob's bytes belong to its id, is left to whoever reads objects.

mod blobs;
mod config;
mod destination;
mod links;
mod names;
mod paths;
mod submodule_url;
mod tree_object;

#[cfg(test)]
mod blob_tests;
#[cfg(all(test, unix))]
mod oracle_tests;

use super::{ContentError, Entry};
use links::check_links;
use paths::Paths;

pub(crate) use blobs::{MAX_SPECIAL_FILE, SpecialFile, check_blob, check_gitattributes, check_gitmodules};
pub(crate) use destination::check_destination;
pub(crate) use names::is_dot_git;
pub(crate) use tree_object::faults_in_raw_tree;

/// What [`check_entries`] cannot know by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct GateOptions {
    /// The file system ignores case or normalises names (`core.ignoreCase`, `core.precomposeUnicode`): two names that
    /// it would take for one are refused.
    pub(crate) ignore_case: bool,
    /// The artifact is one file, not a directory that holds one: a symbolic link then leads out wherever it leads.
    pub(crate) single_file: bool,
}

/// May this content from outside be written into a project?
///
/// `read_link` returns the target of a symbolic link, the bytes of its blob; it is asked once for each. The order of
/// the entries does not matter. Refused is all that [`check_storable`] refuses, and a symbolic link whose target
///
/// - is empty, absolute, longer than the system can follow, or holds a NUL byte;
/// - leads above the artifact's root at any step, through whichever other links of the content it goes;
/// - leads in a circle, or through more than 40 links.
///
/// A target that does not exist within the content is no harm as long as it stays inside.
///
/// # Errors
/// What `read_link` returns; [`ContentError::Refused`] naming the first path that is refused.
pub(crate) fn check_entries<E: From<ContentError>>(
    entries: &[Entry],
    read_link: &mut dyn FnMut(&Entry) -> Result<Vec<u8>, E>,
    options: GateOptions,
) -> Result<(), E> {
    let mut paths = Paths::new(entries, options.ignore_case)?;
    check_links(&mut paths, read_link, options.single_file)
}

/// Could git store this content, and every file system that git serves hold it? Where symbolic links lead is not
/// asked: in content that the user made that is the user's business.
///
/// Refused are the names of [`faults_in_raw_tree`], null ids, a path that stands there twice, is both a file and a
/// directory, leads through a symbolic link of the same content or is deeper than 4096 names; with `ignore_case` also
/// two paths that differ by case or Unicode form only.
///
/// # Errors
/// [`ContentError::Refused`] naming the first path that is refused.
pub(crate) fn check_storable(entries: &[Entry], ignore_case: bool) -> Result<(), ContentError> {
    Paths::new(entries, ignore_case).map(drop)
}
