//! The past of artifacts that were vendored by hand, read from the project's own history. Nothing is written here.
//!
//! [`past`] lists the states of a path along the first parents of a commit; [`renames`] finds where a path came from;
//! [`objects`] says whether a state can be a version; [`classify`] tells upstream's states from those made here. What a version made of a state looks like, and writing it, is the
//! business of `operation`.
//!
//! Guarantees: the answer is a function of the commits alone, so two machines find the same; no process is started per
//! commit.

mod classify;
mod error;
mod objects;
mod past;
mod renames;

pub(crate) use classify::{At, MergeQuestion, Verdict, classify};
pub use error::AdoptionError;
pub(crate) use past::Past;
pub use past::PastBeginning;
