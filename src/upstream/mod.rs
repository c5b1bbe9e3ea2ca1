//! Git upstreams: content from a repository elsewhere, brought within reach.
//!
//! [`source`] tells git upstreams from plain directories. Of the former, a [`Store`] in the [`Cache`] holds what was
//! fetched: [`refs`] asks what a branch or tag is now, [`fetch`] brings its commit, [`seen`] remembers that without a
//! network, [`files`] reads an artifact, [`expand`] finds many, [`moved`] finds one that is elsewhere now, [`history`]
//! compares two commits, [`past`] lists every state that a path ever had, [`search`]
//! looks for a content in all of history.
//!
//! Guarantees: git does all that touches a network, with the user's transports and credentials; credentials are in no
//! file and in no message; as little is fetched as the server allows; the cache may be deleted at any time, also while it
//! is used; nothing of the project is read or changed. Left to others: what may come in (the content's gate), what the
//! project makes of it (`snapshot`), and when to ask (`operation`).

mod cache;
mod command;
mod error;
mod expand;
mod failure;
mod fetch;
mod files;
mod history;
mod moved;
mod past;
mod refs;
mod request;
mod search;
mod seen;
pub(crate) mod source;
mod store;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use cache::Cache;
pub use error::UpstreamError;
pub(crate) use expand::{expand_directory, matches};
pub(crate) use files::Files;
pub(crate) use moved::{Before, Moved};
pub(crate) use past::Occurrence;
pub(crate) use refs::Resolved;
pub(crate) use search::{Holders, Sought};
pub(crate) use seen::Seen;
pub(crate) use store::Store;
