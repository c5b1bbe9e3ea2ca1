//! The bytes of one git tree object, entry by entry.
//!
//! Only the form is checked here: what cannot be cut into mode, name and id is [`Refusal::Malformed`]. Whether an
//! entry is acceptable is decided by who reads it.

use std::cmp::Ordering;

use gix::ObjectId;

use super::Refusal;
use crate::id::HashKind;

/// One entry as it stands in the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawEntry<'a> {
    /// The mode's octal digits as written.
    pub(crate) mode_text: &'a [u8],
    /// Their value.
    pub(crate) mode: u32,
    /// One name; it may be empty or contain `/`, but no NUL.
    pub(crate) name: &'a [u8],
    /// What the entry points to.
    pub(crate) id: ObjectId,
}

impl RawEntry<'_> {
    pub(crate) const TREE: u32 = 0o40_000;
    pub(crate) const GITLINK: u32 = 0o160_000;

    /// True where git, which reads modes by their type, would descend.
    pub(crate) fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == Self::TREE
    }

    /// The order git keeps within a tree: by the bytes of the names, where a directory's is followed by a `/`.
    pub(crate) fn cmp_in_tree(&self, other: &RawEntry<'_>) -> Ordering {
        let bytes = |entry: &RawEntry<'_>| (entry.name.len(), entry.is_tree().then_some(b'/'));
        let ((len, end), (other_len, other_end)) = (bytes(self), bytes(other));
        let common = len.min(other_len);
        let next = |entry: &[u8], end| entry.get(common).copied().or(end);
        (self.name[..common].cmp(&other.name[..common]))
            .then_with(|| next(self.name, end).cmp(&next(other.name, other_end)))
    }
}

/// Cuts `data`, the content of a tree object without its header, into entries.
pub(crate) struct RawEntries<'a> {
    rest: &'a [u8],
    id_len: usize,
}

impl<'a> RawEntries<'a> {
    pub(crate) fn new(data: &'a [u8], kind: HashKind) -> Self {
        Self {
            rest: data,
            id_len: kind.to_gix().len_in_bytes(),
        }
    }

    /// How many bytes have not been cut yet.
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    fn cut(&self) -> Result<(RawEntry<'a>, &'a [u8]), &'static str> {
        // Far beyond every mode, and so short that the value cannot overflow.
        const MAX_DIGITS: usize = 10;
        let digits = self
            .rest
            .iter()
            .take(MAX_DIGITS + 1)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (mode_text, rest) = self.rest.split_at(digits);
        if digits == 0 || digits > MAX_DIGITS || mode_text.iter().any(|digit| !(b'0'..=b'7').contains(digit)) {
            return Err("an entry has no octal mode");
        }
        let rest = rest.strip_prefix(b" ").ok_or("there is no space after a mode")?;
        let end = rest.iter().position(|byte| *byte == 0).ok_or("a name does not end")?;
        let (name, rest) = (&rest[..end], &rest[end + 1..]);
        let (id, rest) = rest.split_at_checked(self.id_len).ok_or("an object id is cut off")?;
        let entry = RawEntry {
            mode_text,
            mode: mode_text
                .iter()
                .fold(0, |mode, digit| mode << 3 | u32::from(digit - b'0')),
            name,
            id: ObjectId::try_from(id).map_err(|_| "an object id has an unknown length")?,
        };
        Ok((entry, rest))
    }
}

impl<'a> Iterator for RawEntries<'a> {
    type Item = Result<RawEntry<'a>, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match self.cut() {
            Ok((entry, rest)) => {
                self.rest = rest;
                Some(Ok(entry))
            }
            Err(reason) => {
                self.rest = &[];
                Some(Err(Refusal::Malformed { reason }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_of_a_tree_is_cut_without_panic() {
        for kind in [HashKind::Sha1, HashKind::Sha256] {
            let id_len = kind.to_gix().len_in_bytes();
            let mut data = b"100644 a\0".to_vec();
            data.extend(vec![1; id_len]);
            let one = data.len();
            data.extend(b"40000 b\0");
            data.extend(vec![2; id_len]);
            for end in 0..=data.len() {
                let entries: Vec<_> = RawEntries::new(&data[..end], kind).collect();
                let whole = end == 0 || end == one || end == data.len();
                assert_eq!(entries.iter().all(Result::is_ok), whole, "{end} bytes");
            }
            let names: Vec<_> = RawEntries::new(&data, kind)
                .flatten()
                .map(|entry| (entry.name, entry.mode))
                .collect();
            assert_eq!(names, [(&b"a"[..], 0o100_644), (b"b", 0o40_000)]);
        }
    }

    #[test]
    fn modes_that_are_none_are_malformed() {
        for text in ["", " ", "10064x", "100648", "-1", "77777777777777777777777", "100644"] {
            let data = [text.as_bytes(), b" a\0", &[1; 20]].concat();
            let valid = RawEntries::new(&data, HashKind::Sha1).all(|entry| entry.is_ok());
            assert_eq!(valid, text == "100644", "{text}");
        }
    }
}
