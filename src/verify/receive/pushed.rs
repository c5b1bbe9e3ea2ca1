//! [`PushedRef`]: one line of what git tells its `pre-receive` and `post-receive` hooks.

use std::borrow::Cow;

use gix::{ObjectId, bstr::ByteSlice as _};

use super::ReceiveError;
use crate::id::VersionId;

/// A ref that a push creates, moves or deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedRef {
    name: Vec<u8>,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
}

impl PushedRef {
    /// All lines that git gives to a hook: the old id, the new id and the full name of the ref. Null ids stand for none.
    ///
    /// ```
    /// use git_lineage::PushedRef;
    ///
    /// let (null, id) = ("0".repeat(40), "3cf9a8d1b54e1e7d0e2b0c1a4f6d8e9a0b1c2d3e");
    /// let pushed = PushedRef::parse(format!("{null} {id} refs/heads/main\n").as_bytes())?;
    /// assert_eq!(pushed[0].name(), "refs/heads/main");
    /// assert_eq!((pushed[0].old_value(), pushed[0].new_value()), (None, Some(id.parse()?)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ReceiveError::MalformedLine`] for a line that is none of git's.
    pub fn parse(lines: &[u8]) -> Result<Vec<Self>, ReceiveError> {
        let lines = lines.lines().filter(|line| !line.is_empty());
        lines
            .map(|line| {
                Self::parse_line(line).ok_or_else(|| ReceiveError::MalformedLine {
                    line: line.to_str_lossy().into_owned(),
                })
            })
            .collect()
    }

    fn parse_line(line: &[u8]) -> Option<Self> {
        let mut fields = line.splitn(3, |byte| *byte == b' ');
        let mut id = || -> Option<Option<ObjectId>> {
            let id = ObjectId::from_hex(fields.next()?).ok()?;
            Some((!id.is_null()).then_some(id))
        };
        let (old, new) = (id()?, id()?);
        let name = fields.next().filter(|name| !name.is_empty())?.to_vec();
        Some(PushedRef { name, old, new })
    }

    /// The full name; bytes that are not UTF-8 are replaced.
    pub fn name(&self) -> Cow<'_, str> {
        self.name.to_str_lossy()
    }

    /// What it pointed to; `None` where it is created.
    pub fn old_value(&self) -> Option<VersionId> {
        self.old.map(VersionId::from_oid)
    }

    /// What it is to point to; `None` where it is deleted.
    pub fn new_value(&self) -> Option<VersionId> {
        self.new.map(VersionId::from_oid)
    }

    pub(super) fn raw_name(&self) -> &[u8] {
        &self.name
    }

    pub(super) fn old_oid(&self) -> Option<ObjectId> {
        self.old
    }

    pub(super) fn new_oid(&self) -> Option<ObjectId> {
        self.new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3cf9a8d1b54e1e7d0e2b0c1a4f6d8e9a0b1c2d3e";

    #[test]
    fn every_byte_of_a_name_counts() {
        let null = "0".repeat(40);
        let mut lines = format!("{ID} {null} refs/lineage/heads/a b\n\n{null} {ID} refs/x").into_bytes();
        lines.push(0xff);
        let pushed = PushedRef::parse(&lines).expect("two lines");
        assert_eq!(pushed.len(), 2);
        assert_eq!(pushed[0].raw_name(), b"refs/lineage/heads/a b");
        assert_eq!(
            (pushed[0].old_value(), pushed[0].new_value()),
            (Some(ID.parse().expect("an id")), None)
        );
        assert_eq!(pushed[1].raw_name(), b"refs/x\xff");
        let (long, null) = ("ab".repeat(32), "0".repeat(64));
        let pushed = PushedRef::parse(format!("{null} {long} refs/x\n").as_bytes()).expect("SHA-256");
        assert_eq!(pushed[0].new_value().map(|id| id.to_string()), Some(long));
    }

    #[test]
    fn what_git_does_not_write_is_an_error() {
        for line in [
            "x",
            ID,
            &format!("{ID} {ID}"),
            &format!("{ID} {ID} "),
            &format!("{} {ID} refs/x", &ID[1..]),
        ] {
            let error = PushedRef::parse(line.as_bytes());
            assert!(matches!(error, Err(ReceiveError::MalformedLine { .. })), "{line}");
        }
    }
}
