//! Records where every deployed artifact came from: each version is a git commit, its ancestry the lineage.
//!
//! The modules stand in the order in which data flows.
// Public API is re-exported at the root; the modules are the rooms it is built in.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod content;
mod id;
mod manifest;
mod operation;
mod origin;
mod project_path;
mod refname;
mod sidecar;
mod version;

pub use id::{ArtifactId, CommitId, ContentHash, HashKind, IdError, Kind, Line, VersionId};
pub use manifest::{ManifestEntry, ManifestError, ManifestValueError};
pub use origin::{ChangeOrigin, UnknownOrigin};
pub use project_path::{ProjectPath, ProjectPathError};
pub use version::{ArtifactVersion, Damage, InvalidTime, Person, Signature, Timestamp, Trailer, Upstream};
