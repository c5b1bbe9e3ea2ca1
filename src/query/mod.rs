//! Questions about versions, answered from the index and the commits. Nothing here writes refs or the manifest.

mod error;
pub(crate) mod similar;

pub use error::{Candidate, QueryError};
