//! What an artifact holds: files, executables and symbolic links under paths, as git would store them.
//!
//! This room knows nothing of repositories. It has five parts, in the order in which content flows:
//!
//! - [`walk()`] lists a plain directory or file, [`hash`] computes git's ids of what it finds;
//! - [`incoming`] holds the bytes of what comes from outside;
//! - [`entry`] is the flat list every other room works with;
//! - [`tree`] builds git's nested tree objects from that list, [`flatten()`] reads them back;
//! - [`gate`] decides whether content from outside may come in, before its first byte is written.
//!
//! Guarantees: no recursion over the depth of directories or trees, names are bytes and need not be UTF-8, ids have 20
//! or 32 bytes, and whatever is refused is named by its path. Left to others: filters and attributes, ignore rules,
//! reading and writing objects. Where a caller's function can fail, its error type `E` only has to be
//! `From<ContentError>`.

mod entry;
mod error;
mod flatten;
pub(crate) mod gate;
mod hash;
mod incoming;
mod of_path;
mod raw_tree;
mod renamed;
mod size;
#[cfg(test)]
pub(crate) mod testing;
mod tree;
mod walk;

pub(crate) use entry::{Content, Entry, Mode};
pub(crate) use error::to_path;
pub use error::{ContentError, Refusal};
pub(crate) use flatten::flatten;
pub(crate) use hash::hash_object;
pub(crate) use incoming::{Incoming, IncomingFile};
pub(crate) use raw_tree::{RawEntries, RawEntry};
pub(crate) use renamed::{last_name, most_renamed};
pub(crate) use size::Size;
pub(crate) use tree::write_trees;
pub(crate) use walk::walk;
