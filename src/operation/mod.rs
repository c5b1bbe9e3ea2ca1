//! What the library does for its callers: init, deploy, adopt, sync, record. Built from the rooms below it.
//!
//! Every operation is one or more *attempts* ([`attempt`]): the [`planner`] catches up with the project's history, the
//! operation adds its versions, everything is written in one go, and an attempt that lost a race is made again. Only
//! then are files, manifest and index changed ([`work`]).

pub(crate) mod adopt;
mod arrival;
pub(crate) mod at_commit;
pub(crate) mod attempt;
pub(crate) mod batch;
mod caller;
pub(crate) mod catch_up;
mod default_id;
pub(crate) mod deploy;
mod error;
pub(crate) mod forget;
mod held;
pub(crate) mod init;
pub(crate) mod manifest_file;
mod needed;
mod newer_format;
mod note;
mod planner;
pub(crate) mod prune;
pub(crate) mod rebuild;
pub(crate) mod record;
pub(crate) mod relocate;
pub(crate) mod remove;
pub(crate) mod restore;
pub(crate) mod resume;
mod selection;
pub(crate) mod sync;
pub(crate) mod undo;
mod way_back;
mod work;

pub use adopt::{Adopt, AdoptUpstream, Adoptable, Adopted, AdoptedVersion, Unproven};
pub use batch::{Batch, BatchFile, BatchVersion, FileMode};
pub use caller::Caller;
pub use deploy::{Deploy, Deployed};
pub use error::OperationError;
pub use forget::{Forget, Forgotten, HoldingRef, MovedRef, StillHeld};
pub use init::Initialized;
pub use prune::{Prune, Pruned};
pub use rebuild::Rebuilt;
pub use record::{Record, Recorded};
pub use relocate::{Move, Moved};
pub use remove::{Remove, Removed};
pub use restore::{Restore, Restored};
pub use resume::Resume;
pub use sync::{Sync, SyncResult, Synced};
pub use undo::{Undone, UndoneHead};
