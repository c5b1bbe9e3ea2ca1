//! [`ChangeOrigin`]: why a version came to be, in exactly three spellings.
//!
//! An unknown origin is `None` around this type, never a fourth spelling. Every entrance (text, JSON, trailer, SQL,
//! option) goes through [`FromStr`], so `Sync`, `merge` or an empty text are refused wherever they appear.

use std::{fmt, str::FromStr};

use crate::id::serde_as_text;

/// Why a version was recorded. Unknown (recorded before tracking, or adopted) is `Option::None`.
///
/// ```
/// use git_lineage::ChangeOrigin;
/// assert_eq!("sync".parse::<ChangeOrigin>()?, ChangeOrigin::Sync);
/// assert!("Sync".parse::<ChangeOrigin>().is_err());
/// # Ok::<(), git_lineage::UnknownOrigin>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeOrigin {
    /// First copied into the project: `deployment`.
    Deployment,
    /// Upstream content brought in: `sync`.
    Sync,
    /// Edited in the project: `local_modification`.
    LocalModification,
}

impl ChangeOrigin {
    /// All origins, in the order an artifact usually meets them.
    pub const ALL: [ChangeOrigin; 3] = [
        ChangeOrigin::Deployment,
        ChangeOrigin::Sync,
        ChangeOrigin::LocalModification,
    ];

    /// The one spelling used in trailers, SQL, JSON and options.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeOrigin::Deployment => "deployment",
            ChangeOrigin::Sync => "sync",
            ChangeOrigin::LocalModification => "local_modification",
        }
    }
}

/// A text that is none of the three origins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a change origin: use deployment, sync or local_modification")]
pub struct UnknownOrigin {
    /// The text as given.
    pub text: String,
}

impl FromStr for ChangeOrigin {
    type Err = UnknownOrigin;

    fn from_str(text: &str) -> Result<Self, UnknownOrigin> {
        ChangeOrigin::ALL
            .into_iter()
            .find(|origin| origin.as_str() == text)
            .ok_or_else(|| UnknownOrigin { text: text.to_owned() })
    }
}

impl fmt::Display for ChangeOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

serde_as_text!(ChangeOrigin);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_spellings_and_no_other() {
        for origin in ChangeOrigin::ALL {
            assert_eq!(origin.as_str().parse(), Ok(origin));
            let json = serde_json::to_string(&origin).expect("text");
            assert_eq!(serde_json::from_str::<ChangeOrigin>(&json).expect("origin"), origin);
        }
        for bad in ["Sync", "merge", "", " sync", "local-modification", "null", "unknown"] {
            assert!(bad.parse::<ChangeOrigin>().is_err(), "{bad:?}");
            assert!(serde_json::from_str::<ChangeOrigin>(&format!("\"{bad}\"")).is_err());
        }
    }
}
