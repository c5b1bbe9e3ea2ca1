//! [`Caller`]: in whose name, and when.

use crate::version::Signature;

/// Who makes a change and who records it, each with the time; the library reads no clock and no environment for it.
///
/// The command line fills it from git's own settings, see [`LineageStore::caller`](crate::LineageStore::caller).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose change it is.
    pub author: Signature,
    /// Who records it; the time becomes the version's `created_at`.
    pub committer: Signature,
}

impl Caller {
    /// One person in both roles.
    pub fn new(signature: Signature) -> Self {
        Caller {
            author: signature.clone(),
            committer: signature,
        }
    }
}
