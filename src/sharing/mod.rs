//! Sharing lineage over ordinary git remotes: fetching what others have recorded, pushing what commits hold.
//!
//! Data flows one way: [`remote`] says which remote is meant, [`branches`] which project commits it holds, the
//! [`operation`](crate::operation) below this room which versions those are, [`plan`] what of them the remote lacks, and
//! [`transport`] has git carry it. git's own transports, credentials and hooks on the other side do the rest.
//!
//! Guarantees: a fetch moves no line head, and what vanishes from a remote stays reachable here; a push sends only versions
//! of commits, moves a head over there only from the value that was last fetched, and asks the server nothing where there is
//! nothing new.

mod branches;
mod error;
mod fetch;
mod heads;
mod plan;
mod push;
mod remote;
mod standing;
mod transport;

pub(crate) use branches::{Branches, concern_lineage};
pub use branches::{InvalidOutgoingRef, LeftOut, LeftOutReason, OutgoingRef};
pub use error::SharingError;
pub use fetch::{Fetched, FetchedHead};
pub(crate) use fetch::{fetch, keep_lost};
pub(crate) use heads::RemoteHeads;
pub use plan::MoveKind;
pub(crate) use plan::{HeadMove, of_branch, of_gone_lines};
pub use push::{PushResult, Pushed, PushedHead};
pub(crate) use push::{Sent, send};
pub(crate) use remote::Remote;
pub(crate) use standing::shared;
pub use standing::{Shared, SharedState};
pub(crate) use transport::{Progress, list_remote};
