//! What the library does for its callers: deploy, sync, record and the rest, built from the rooms below it.

mod default_id;
mod error;

pub use error::OperationError;
