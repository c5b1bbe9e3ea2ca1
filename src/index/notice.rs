//! [`Notice`]: what the library has to say beside its answer. It never prints; whoever asked may.

use std::{fmt, path::PathBuf};

use crate::{id::ArtifactId, project_path::ProjectPath};

/// Something that happened on the way to an answer that is right all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The sidecar was built again.
    SidecarRebuilt {
        /// Why.
        reason: String,
        /// How many versions it holds now.
        versions: u64,
    },
    /// Refs had moved without the sidecar, by plain git or by a process that was interrupted; it has followed.
    SidecarCaughtUp {
        /// How many.
        refs: usize,
    },
    /// The sidecar was migrated to the schema of this program.
    SidecarMigrated {
        /// The schema it had.
        from: u32,
        /// The schema it has.
        to: u32,
    },
    /// The sidecar cannot be written: answers are right, only slower.
    SidecarUnwritable {
        /// The file.
        path: PathBuf,
    },
    /// An artifact was left out because its files are gone.
    MissingContent {
        /// The artifact.
        id: ArtifactId,
        /// Where it should be.
        path: ProjectPath,
    },
    /// An artifact was left out because an earlier command on it has not ended.
    Unfinished {
        /// The artifact.
        id: ArtifactId,
        /// That command's name.
        operation: &'static str,
    },
    /// The sidecar could not be brought up to date after a write; the next command does it.
    SidecarBehind {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::SidecarRebuilt { reason, versions } => {
                let plural = if *versions == 1 { "" } else { "s" };
                write!(f, "the sidecar was rebuilt with {versions} version{plural} ({reason})")
            }
            Notice::SidecarCaughtUp { refs } => {
                let plural = if *refs == 1 { "" } else { "s" };
                write!(f, "the sidecar was brought up to date: {refs} ref{plural} had moved")
            }
            Notice::SidecarMigrated { from, to } => {
                write!(f, "the sidecar was migrated from schema {from} to {to}")
            }
            Notice::SidecarUnwritable { path } => write!(
                f,
                "the sidecar '{}' cannot be written; answers are right, only slower",
                path.display()
            ),
            Notice::MissingContent { id, path } => write!(f, "'{id}' was left out: there is no file at '{path}'"),
            Notice::Unfinished { id, operation } => {
                write!(
                    f,
                    "'{id}' was left out: an unfinished {operation} of it stands in this work tree"
                )
            }
            Notice::SidecarBehind { reason } => {
                write!(
                    f,
                    "the sidecar is behind ({reason}); the next command brings it up to date"
                )
            }
        }
    }
}
