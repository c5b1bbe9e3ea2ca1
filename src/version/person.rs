//! [`Person`] and [`Signature`]: who did something, and when.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A name and an e-mail address as git stores them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// The name, e.g. `Ada Lovelace`.
    pub name: String,
    /// The e-mail address without angle brackets.
    pub email: String,
}

/// Who did something and when: git's author or committer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub person: Person,
    /// When, with the offset of their clock.
    pub time: Timestamp,
}
