//! [`Damage`]: what can be wrong with one version.

use crate::id::ContentHash;

/// What is wrong with a version. Which version it is stands in the error around this one, so no text here repeats it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// A trailer that every version has is not there.
    #[error("the trailer {key} is missing")]
    MissingTrailer {
        /// The trailer's key.
        key: &'static str,
    },
    /// A trailer that may stand once stands several times.
    #[error("the trailer {key} stands there more than once")]
    DuplicateTrailer {
        /// The trailer's key.
        key: &'static str,
    },
    /// A trailer's value cannot be read.
    #[error("the trailer {key} has the value '{value}': {reason}")]
    MalformedTrailer {
        /// The trailer's key.
        key: &'static str,
        /// Its value, cut where it is very long.
        value: String,
        /// What is wrong with the value.
        reason: String,
    },
    /// The change origin is none of the three spellings.
    #[error("'{value}' is not a change origin: use deployment, sync or local_modification, or leave Change-Origin out")]
    UnknownOrigin {
        /// The value of the trailer, cut where it is very long.
        value: String,
    },
    /// The trailer Parent-Hash and the first parent of the commit contradict one another.
    #[error("{}", mismatch(.claimed.as_ref(), .actual.as_ref()))]
    ParentHashMismatch {
        /// What the trailer says; `None` if it is missing.
        claimed: Option<ContentHash>,
        /// The first parent's content; `None` if there is no parent or nobody has looked at it.
        actual: Option<ContentHash>,
    },
    /// The object is no commit.
    #[error("it is a {kind}, not a commit")]
    NotACommit {
        /// What it is: `blob`, `tree` or `tag`.
        kind: String,
    },
    /// The object is there, but cannot be read.
    #[error("it cannot be read: {message}")]
    Unreadable {
        /// What reading it failed with.
        message: String,
    },
    /// The object is a commit that git itself would not have written.
    #[error("it is a malformed commit: {reason}")]
    MalformedCommit {
        /// What is wrong with it.
        reason: String,
    },
}

impl Damage {
    /// The stable name of this kind of damage, in JSON and for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Damage::MissingTrailer { .. } => "missing_trailer",
            Damage::DuplicateTrailer { .. } => "duplicate_trailer",
            Damage::MalformedTrailer { .. } => "malformed_trailer",
            Damage::UnknownOrigin { .. } => "unknown_origin",
            Damage::ParentHashMismatch { .. } => "parent_hash_mismatch",
            Damage::NotACommit { .. } => "not_a_commit",
            Damage::Unreadable { .. } => "unreadable",
            Damage::MalformedCommit { .. } => "malformed_commit",
        }
    }
}

fn mismatch(claimed: Option<&ContentHash>, actual: Option<&ContentHash>) -> String {
    match (claimed, actual) {
        (Some(claimed), Some(actual)) => format!("Parent-Hash is {claimed}, but its parent's content is {actual}"),
        (Some(claimed), None) => format!("Parent-Hash is {claimed}, but it has no parent"),
        (None, Some(actual)) => format!("Parent-Hash is missing; its parent's content is {actual}"),
        (None, None) => "Parent-Hash is missing, but it has a parent".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mismatch_says_which_side_is_wrong() {
        let hash = |digit: &str| digit.repeat(40).parse::<ContentHash>().ok();
        for (claimed, actual, text) in [
            (hash("a"), hash("b"), "parent's content is bbb"),
            (hash("a"), None, "has no parent"),
            (None, hash("b"), "missing; its parent's content is bbb"),
            (None, None, "missing, but it has a parent"),
        ] {
            let damage = Damage::ParentHashMismatch { claimed, actual };
            assert!(damage.to_string().contains(text), "{damage}");
            assert_eq!(damage.code(), "parent_hash_mismatch");
        }
    }
}
