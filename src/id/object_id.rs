//! [`VersionId`], [`ContentHash`] and [`CommitId`]: git object ids that cannot be mistaken for one another, of either hash function.

use std::{fmt, str::FromStr};

use gix::ObjectId;

use super::{IdError, serde_as_text};

/// The hash function of a repository; it decides whether ids have 20 or 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HashKind {
    /// SHA-1: ids of 20 bytes, 40 hexadecimal digits.
    #[default]
    Sha1,
    /// SHA-256: ids of 32 bytes, 64 hexadecimal digits.
    Sha256,
}

impl HashKind {
    pub(crate) fn of(kind: gix::hash::Kind) -> Self {
        match kind {
            gix::hash::Kind::Sha256 => HashKind::Sha256,
            // The enum is non-exhaustive; SHA-1 is the only other function git knows.
            _ => HashKind::Sha1,
        }
    }

    pub(crate) fn to_gix(self) -> gix::hash::Kind {
        match self {
            HashKind::Sha1 => gix::hash::Kind::Sha1,
            HashKind::Sha256 => gix::hash::Kind::Sha256,
        }
    }
}

macro_rules! object_id_type {
    ($(#[$doc:meta])* $type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(ObjectId);

        impl $type {
            #[doc = concat!("Makes a ", $what, " of 20 (SHA-1) or 32 (SHA-256) raw bytes; `None` for any other length.")]
            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                ObjectId::try_from(bytes).ok().map(Self)
            }

            /// The raw id: 20 or 32 bytes.
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_slice()
            }

            /// The first seven hexadecimal digits, for people to read; not unique.
            pub fn short(&self) -> String {
                self.0.to_hex_with_len(7).to_string()
            }

            /// Which hash function made this id.
            pub fn hash_kind(&self) -> HashKind {
                HashKind::of(self.0.kind())
            }

            pub(crate) fn from_oid(id: impl Into<ObjectId>) -> Self {
                Self(id.into())
            }

            pub(crate) fn oid(&self) -> ObjectId {
                self.0
            }
        }

        impl FromStr for $type {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                ObjectId::from_hex(text.as_bytes()).map(Self).map_err(|_| IdError::InvalidObjectId {
                    text: text.to_owned(),
                    what: $what,
                })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self.0)
            }
        }

        serde_as_text!($type);
    };
}

object_id_type! {
    /// The id of one recorded version: the id of its git commit.
    ///
    /// ```
    /// use git_lineage::VersionId;
    /// let id: VersionId = "3cf9a8d1b54e1e7d0e2b0c1a4f6d8e9a0b1c2d3e".parse()?;
    /// assert_eq!(id.short(), "3cf9a8d");
    /// # Ok::<(), git_lineage::IdError>(())
    /// ```
    VersionId, "version id"
}

object_id_type! {
    /// The id of a content: the git tree id of an artifact as its project stores it.
    ///
    /// ```
    /// use git_lineage::ContentHash;
    /// let empty: ContentHash = "4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse()?;
    /// assert_eq!(empty.as_bytes().len(), 20);
    /// # Ok::<(), git_lineage::IdError>(())
    /// ```
    ContentHash, "content hash"
}

object_id_type! {
    /// The id of an ordinary git commit that is not a version: one of the project or of an upstream. Information only;
    /// an upstream's commit need not exist here, and may be of another hash function.
    CommitId, "commit id"
}

impl ContentHash {
    /// True for the content without a single file.
    pub(crate) fn is_empty_tree(&self) -> bool {
        self.0 == ObjectId::empty_tree(self.0.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_hash_functions_round_trip() {
        for text in ["ab".repeat(20), "cd".repeat(32)] {
            let id: VersionId = text.parse().expect("full id");
            assert_eq!(id.to_string(), text);
            assert_eq!(VersionId::from_bytes(id.as_bytes()), Some(id));
            assert_eq!(serde_json::to_string(&id).expect("text"), format!("\"{text}\""));
        }
    }

    #[test]
    fn other_lengths_and_letters_are_refused() {
        for text in ["", "abc", &"g".repeat(40), &"a".repeat(41), &"a".repeat(39)] {
            assert!(text.parse::<ContentHash>().is_err(), "{text}");
        }
        assert_eq!(ContentHash::from_bytes(&[0; 19]), None);
    }
}
