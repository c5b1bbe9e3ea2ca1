//! How the memo is written down.

use std::collections::HashMap;

use super::{Key, Known};
use crate::id::ContentHash;

/// Begins the file, and every digest: another number for whatever changes what either means.
pub(super) const FORM: &[u8] = b"git-lineage sources 2\n";
/// The memo as a file.
pub(super) fn encode(known: &HashMap<Key, Known>) -> Vec<u8> {
    let mut data = FORM.to_vec();
    for (key, known) in known {
        data.extend(key);
        data.extend(known.stamp);
        for field in [known.content.as_bytes(), &known.names] {
            data.extend((field.len() as u64).to_be_bytes());
            data.extend(field);
        }
    }
    data
}

/// `None` for data that [`encode`] did not write.
pub(super) fn decode(data: &[u8]) -> Option<HashMap<Key, Known>> {
    fn field<'d>(rest: &mut &'d [u8]) -> Option<&'d [u8]> {
        let (length, after) = rest.split_first_chunk::<8>()?;
        let (field, after) = after.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
        *rest = after;
        Some(field)
    }
    let mut rest = data.strip_prefix(FORM)?;
    let mut known = HashMap::new();
    while !rest.is_empty() {
        let (key, after) = rest.split_first_chunk::<32>()?;
        let (stamp, after) = after.split_first_chunk::<32>()?;
        rest = after;
        let content = ContentHash::from_bytes(field(&mut rest)?)?;
        let names = field(&mut rest)?.to_vec();
        known.insert(
            *key,
            Known {
                stamp: *stamp,
                content,
                names,
            },
        );
    }
    Some(known)
}
