//! Look-ups by the beginning of something: abbreviated ids and hashes, and the artifact ids that a text starts with.
//! All are jumps or short ranges in an index, however much is in it.

use rusqlite::{OptionalExtension, params};

use super::{Reader, SidecarError, rows, sql};
use crate::id::{ArtifactId, ContentHash, VersionId};

impl Reader {
    /// The versions whose id starts with these hexadecimal digits (an odd number will do), sorted, at most `limit`.
    /// Empty if `digits` is empty or has other characters.
    pub(crate) fn versions_by_id_prefix(&self, digits: &str, limit: usize) -> Result<Vec<VersionId>, SidecarError> {
        let Some((from, below)) = range(digits) else {
            return Ok(Vec::new());
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.ids(sql::IDS_BETWEEN, params![from, below, limit])
    }

    /// The content hashes, each once, that start with these hexadecimal digits and belong to a version, sorted, at most
    /// `limit`. Empty if `digits` is empty or has other characters.
    pub(crate) fn by_content_prefix(&self, digits: &str, limit: usize) -> Result<Vec<ContentHash>, SidecarError> {
        let Some((mut from, below)) = range(digits) else {
            return Ok(Vec::new());
        };
        self.snapshot(|| {
            let mut found = Vec::new();
            while found.len() < limit {
                // One content may have many versions: each is jumped over, not read through.
                let query = if found.is_empty() {
                    sql::FIRST_CONTENT_FROM
                } else {
                    sql::FIRST_CONTENT_AFTER
                };
                let next: Option<Vec<u8>> = self
                    .connection()
                    .prepare_cached(query)?
                    .query_row(params![from, below], |row| row.get(0))
                    .optional()?;
                let Some(next) = next else { break };
                found.push(rows::content_hash(&next)?);
                from = next;
            }
            Ok(found)
        })
    }

    /// The ids of artifacts with a version that `text` starts with, longest first: for `skill/a~1` both `skill/a~1`,
    /// if there is such an artifact, and `skill/a`.
    pub(crate) fn artifact_ids_with_prefix_of(&self, text: &str) -> Result<Vec<ArtifactId>, SidecarError> {
        self.snapshot(|| {
            let mut found = Vec::new();
            let mut statement = self.connection().prepare_cached(sql::ARTIFACT_UP_TO)?;
            let mut bound = text;
            // An id that `bound` starts with is not greater than `bound`. If the greatest such id is no beginning of
            // it, any other that is must be a beginning of what both have in common: a longer one would lie between.
            while !bound.is_empty() {
                let id: Option<String> = statement.query_row([bound], |row| row.get(0)).optional()?;
                let Some(id) = id else { break };
                bound = if bound.starts_with(&id) {
                    found.push(rows::artifact_id(&id)?);
                    without_last_char(&bound[..id.len()])
                } else {
                    common_start(bound, &id)
                };
            }
            Ok(found)
        })
    }
}

fn without_last_char(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next_back();
    chars.as_str()
}

fn common_start<'a>(a: &'a str, b: &str) -> &'a str {
    let end = a
        .char_indices()
        .zip(b.chars())
        .find(|((_, a), b)| a != b)
        .map_or(a.len().min(b.len()), |((at, _), _)| at);
    &a[..end]
}

/// The first id that starts with `digits`, and the first that is beyond all that do.
fn range(digits: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let nibbles = digits
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|nibble| u8::try_from(nibble).ok()))
        .collect::<Option<Vec<u8>>>()?;
    if nibbles.is_empty() {
        return None;
    }
    let mut beyond = nibbles.clone();
    while beyond.last() == Some(&0xf) {
        beyond.pop();
    }
    let beyond = match beyond.last_mut() {
        Some(last) => {
            *last += 1;
            pack(&beyond)
        }
        // All digits are f: nothing is beyond but what is longer than any id.
        None => vec![0xff; 33],
    };
    Some((pack(&nibbles), beyond))
}

fn pack(nibbles: &[u8]) -> Vec<u8> {
    nibbles
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_starts_with_the_digits() {
        assert_eq!(range("ab"), Some((vec![0xab], vec![0xac])));
        assert_eq!(range("aBc"), Some((vec![0xab, 0xc0], vec![0xab, 0xd0])));
        assert_eq!(range("aff"), Some((vec![0xaf, 0xf0], vec![0xb0])));
        assert_eq!(range("0"), Some((vec![0x00], vec![0x10])));
        assert_eq!(range("fff").map(|(_, beyond)| beyond), Some(vec![0xff; 33]));
        for none in ["", "xyz", "12 ", "-1", "ä"] {
            assert_eq!(range(none), None, "{none:?}");
        }
    }

    #[test]
    fn common_starts_end_between_characters() {
        assert_eq!(common_start("skill/ab", "skill/ac"), "skill/a");
        assert_eq!(common_start("äb", "äc"), "ä");
        assert_eq!(common_start("ä", "ö"), "");
        assert_eq!(common_start("ab", "a"), "a");
        assert_eq!(common_start("a", "ab"), "a");
        assert_eq!(without_last_char("aö"), "a");
    }
}
