//! [`Index`]: the versions known here, fast. Keeps the sidecar equal to the lineage refs and answers from it.
//!
//! Refs and commits are the truth. On opening, the stamps of the places where refs are kept are compared with those of
//! the last time ([`stamps`]); where they differ the refs are listed, and versions new since then are added, oldest first,
//! so that every version stands behind its ancestors ([`catch_up`]). A sidecar that is missing, damaged, from the future
//! or not writable is replaced by one that is right, in memory if need be; what happened is reported as a [`Notice`].
//!
//! [`examine`] looks at heads that are about to come in, before their refs do.
//!
//! Leaves to others: what the versions mean, and every write to refs and objects.

mod catch_up;
mod error;
mod examine;
mod fill;
mod look;
mod memo;
mod notice;
mod open;
mod read;
mod read_versions;
mod scrub;
mod stamps;
mod status;
mod watch;

use std::cell::RefCell;

use crate::sidecar::Sidecar;

pub use error::IndexError;
pub(crate) use examine::Examiner;
pub(crate) use look::{Look, Looked, look};
pub(crate) use memo::StateToSave;
pub use notice::Notice;
pub(crate) use read::parsed;
pub use status::{SidecarState, SidecarStatus};
pub(crate) use status::{migrate, status};

/// The versions known here.
pub(crate) struct Index {
    sidecar: Sidecar,
    prefix: crate::refname::RefPrefix,
    /// Over the places where refs are kept, since the sidecar was last found to be current.
    watch: Option<watch::Watch>,
    /// Heads of remotes, listed once when first asked for.
    remote_heads: RefCell<Option<Vec<(crate::refname::LineageRef, crate::id::VersionId)>>>,
}
