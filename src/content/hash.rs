//! git's object ids, computed without a repository.
//!
//! The hash functions are the plain ones: unlike git's own SHA-1 they do not look for collision attacks. What enters a
//! repository is therefore written, and hashed again, by git or gix.

use std::io::{self, Read};

use gix::ObjectId;
use sha1::Digest;

use crate::id::HashKind;

/// Read at once from a file.
const BUFFER: usize = 64 << 10;

enum Hasher {
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Hasher {
    /// A hasher that has taken in the header of an object with `len` bytes.
    fn new(kind: HashKind, object_type: &str, len: u64) -> Self {
        let mut hasher = match kind {
            HashKind::Sha1 => Hasher::Sha1(sha1::Sha1::new()),
            HashKind::Sha256 => Hasher::Sha256(sha2::Sha256::new()),
        };
        hasher.update(format!("{object_type} {len}\0").as_bytes());
        hasher
    }

    fn update(&mut self, data: &[u8]) {
        match self {
            Hasher::Sha1(hasher) => hasher.update(data),
            Hasher::Sha256(hasher) => hasher.update(data),
        }
    }

    fn finish(self) -> ObjectId {
        let id = match self {
            Hasher::Sha1(hasher) => ObjectId::try_from(hasher.finalize().as_slice()),
            Hasher::Sha256(hasher) => ObjectId::try_from(hasher.finalize().as_slice()),
        };
        id.expect("the length of a digest is that of its ids")
    }
}

/// The id of the object of type `object_type` (`blob`, `tree`, …) with this data.
pub(crate) fn hash_object(kind: HashKind, object_type: &str, data: &[u8]) -> ObjectId {
    let mut hasher = Hasher::new(kind, object_type, data.len() as u64);
    hasher.update(data);
    hasher.finish()
}

/// The id of the blob that `reader` holds, which must be exactly `len` bytes: git writes the length first.
///
/// # Errors
/// What reading returns; [`io::ErrorKind::UnexpectedEof`] where there is less, and [`io::ErrorKind::InvalidData`]
/// where there is more.
pub(crate) fn hash_blob_reader(kind: HashKind, len: u64, reader: &mut dyn Read) -> io::Result<ObjectId> {
    let mut hasher = Hasher::new(kind, "blob", len);
    // One byte more than is left, so that what is too much is noticed.
    let mut buffer = vec![0; usize::try_from(len).map_or(BUFFER, |len| len.saturating_add(1).min(BUFFER))];
    let mut left = len;
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) if left == 0 => return Ok(hasher.finish()),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        left = left.checked_sub(read as u64).ok_or(io::ErrorKind::InvalidData)?;
        hasher.update(&buffer[..read]);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::content::testing::KINDS;

    #[test]
    fn streams_hash_like_slices_and_must_have_their_length() {
        for kind in KINDS {
            for len in [0, 1, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER + 7] {
                let data: Vec<u8> = (0_u8..=250).cycle().take(len).collect();
                let of = |len: usize, mut data: &[u8]| hash_blob_reader(kind, len as u64, &mut data);
                assert_eq!(of(len, &data).expect("read"), hash_object(kind, "blob", &data));
                let kind_of = |result: io::Result<_>| result.expect_err("wrong length").kind();
                assert_eq!(kind_of(of(len + 1, &data)), io::ErrorKind::UnexpectedEof);
                if len > 0 {
                    assert_eq!(kind_of(of(len - 1, &data)), io::ErrorKind::InvalidData);
                }
            }
        }
    }
}
