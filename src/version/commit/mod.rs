//! Versions as git commits: [`NewVersion::encode`] makes the bytes of the commit object, [`parse()`] reads them back,
//! [`examine`] says all that is wrong with them.
//!
//! Guarantees: git accepts every commit made here (`fsck --strict` is silent) and finds in its message exactly the
//! trailers of [`trailers`](super::trailers), whatever the summary and the body hold ([`message`]). Equal input gives
//! equal bytes, so two clones that record the same project commit make the same version. Storing the object, and checking
//! `Parent-Hash` against the parent itself, is the business of `store`.

mod encode;
mod examine;
mod ident;
mod message;
mod parse;
mod signature;

pub(crate) use encode::NewVersion;
pub use encode::UnwritableVersion;
pub(crate) use examine::{Examined, examine};
pub(crate) use ident::fitting as fitting_signature;
pub(crate) use parse::{ParsedVersion, parse};
pub(crate) use signature::{signature_of, signed};

#[cfg(test)]
mod git_tests;
#[cfg(test)]
mod test_repository;
