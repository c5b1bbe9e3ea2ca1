//! The typed names of everything: which artifact, which version, which content, which line.
//!
//! Every id is checked where it enters (`FromStr`, serde, and the constructors here), so the rest of the crate never
//! meets an invalid one. How an id becomes a ref name is the business of [`refname`](crate::refname).

mod artifact_id;
mod line;
mod object_id;

pub use artifact_id::{ArtifactId, Kind};
pub use line::Line;
pub use object_id::{CommitId, ContentHash, HashKind, VersionId};

/// Why a text is not one of this module's ids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// An artifact id without a `/` between kind and name.
    #[error("'{id}' is not an artifact id: write <kind>/<name>, for example skill/pdf")]
    NoKind {
        /// The text as given.
        id: String,
    },
    /// A kind that is not `[a-z][a-z0-9-]*`.
    #[error("'{kind}' is not a kind: use a lower-case letter followed by lower-case letters, digits and '-'")]
    InvalidKind {
        /// The text as given.
        kind: String,
    },
    /// An artifact name that breaks one of the rules for names.
    #[error("'{name}' is not an artifact name: {reason}")]
    InvalidName {
        /// The text as given.
        name: String,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// A text that is not a full object id of either hash.
    #[error("'{text}' is not a {what}: expected 40 or 64 hexadecimal digits")]
    InvalidObjectId {
        /// The text as given.
        text: String,
        /// What was expected, e.g. "version id".
        what: &'static str,
    },
    /// A line that git would not accept as a branch name.
    #[error("'{line}' is not a line: git would not accept it as a branch name")]
    InvalidLine {
        /// The text as given.
        line: String,
    },
}

/// Implements serde through `Display` and `FromStr`, so that one spelling and one check serve every entrance.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;
