//! One part of a ref name: any text, percent-encoded so that git accepts it and no `/` is left.
//!
//! The bytes `A–Z a–z 0–9 _ - .` and all of non-ASCII UTF-8 stand as they are; every other byte is `%XX` in upper case,
//! and so is a `.` where git refuses it: at the start, after another `.`, at the end, and in a final `.lock`. An encoded
//! text over [`MAX_LEN`] bytes is cut to its first [`PREFIX_LEN`], and `%-` and the SHA-1 of the raw text follow:
//! file systems refuse longer names. `%-` cannot come from the encoding itself, so the two forms never meet.

use gix::bstr::{BStr, ByteSlice};
use sha1::{Digest, Sha1};

/// The longest encoded text that stands in full; with git's `.lock` it fits every common file system.
const MAX_LEN: usize = 200;
/// How much of a longer one is kept for people to recognise it by, at most.
const PREFIX_LEN: usize = 150;
/// What the longest single unit (a UTF-8 character of four bytes) can leave unused of [`PREFIX_LEN`].
const SHORTEST_PREFIX_LEN: usize = PREFIX_LEN - 3;
/// Stands between the kept part and the hash.
const SHORTENED_MARK: &str = "%-";
const HEX_LEN: usize = 40;

/// The text of one ref component, or all that the ref tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// The raw text.
    Whole(String),
    /// The text was too long; only who knows it in full can say whether it is meant.
    Shortened,
}

/// Why a part of a ref name is not in the one spelling in which lineage writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// Nothing stands between two slashes.
    #[error("it is empty")]
    Empty,
    /// A `%` without two upper-case hexadecimal digits behind it.
    #[error("it holds a '%' that two upper-case hexadecimal digits do not follow")]
    Escape,
    /// The bytes behind the escapes are not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// The same text is written otherwise.
    #[error("it escapes what needs no escape, or does not escape what needs one, or is too long")]
    Spelling,
    /// The shortened form with the wrong length of its parts, or a hash that is none.
    #[error("it is no shortened name: about 150 bytes, '%-' and 40 lower-case hexadecimal digits")]
    Shortening,
}

/// Encodes `raw`, which must not be empty, as one component of a ref name. Different texts give different components.
pub(crate) fn encode_component(raw: &str) -> String {
    debug_assert!(!raw.is_empty(), "an empty text cannot stand in a ref name");
    let mut encoded = escape(raw, true);
    if encoded.len() > MAX_LEN {
        encoded.truncate(prefix_end(&encoded));
        encoded.push_str(SHORTENED_MARK);
        for byte in Sha1::digest(raw) {
            push_hex(&mut encoded, byte, b"0123456789abcdef");
        }
    }
    encoded
}

/// Reads a component back.
///
/// # Errors
/// [`NotCanonical`] unless `encoded` is byte for byte what [`encode_component`] makes of the text it stands for, as far
/// as a shortened one can show that.
pub(crate) fn decode_component(encoded: &BStr) -> Result<Decoded, NotCanonical> {
    if encoded.is_empty() {
        return Err(NotCanonical::Empty);
    }
    if let Some((prefix, hash)) = encoded.split_once_str(SHORTENED_MARK) {
        return check_shortened(prefix.as_bstr(), hash).map(|()| Decoded::Shortened);
    }
    let raw = unescape(encoded)?;
    if encode_component(&raw).as_bytes() == encoded.as_bytes() {
        Ok(Decoded::Whole(raw))
    } else {
        Err(NotCanonical::Spelling)
    }
}

fn check_shortened(prefix: &BStr, hash: &[u8]) -> Result<(), NotCanonical> {
    let is_hex = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let lengths_fit = (SHORTEST_PREFIX_LEN..=PREFIX_LEN).contains(&prefix.len()) && hash.len() == HEX_LEN;
    if !lengths_fit || !hash.iter().all(is_hex) {
        return Err(NotCanonical::Shortening);
    }
    // More text follows in the original, so the rules for a text's end do not apply to the end of the prefix.
    if escape(&unescape(prefix)?, false).as_bytes() == prefix.as_bytes() {
        Ok(())
    } else {
        Err(NotCanonical::Spelling)
    }
}

/// Percent-encodes; `to_the_end` is false where `raw` is only the start of a longer text.
fn escape(raw: &str, to_the_end: bool) -> String {
    let bytes = raw.as_bytes();
    let mut encoded = String::with_capacity(raw.len() + 8);
    for (at, character) in raw.char_indices() {
        let stands = match character {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '-' => true,
            '.' => {
                let starts_badly = at == 0 || bytes[at - 1] == b'.';
                let ends_badly = to_the_end && matches!(&bytes[at..], b"." | b".lock");
                !starts_badly && !ends_badly
            }
            other => !other.is_ascii(),
        };
        if stands {
            encoded.push(character);
        } else {
            encoded.push('%');
            push_hex(&mut encoded, bytes[at], b"0123456789ABCDEF");
        }
    }
    encoded
}

fn unescape(encoded: &BStr) -> Result<String, NotCanonical> {
    let mut raw = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let &[high, low, ref after @ ..] = after else {
                return Err(NotCanonical::Escape);
            };
            raw.push(upper_hex_value(high)? << 4 | upper_hex_value(low)?);
            rest = after;
        } else {
            raw.push(byte);
            rest = after;
        }
    }
    String::from_utf8(raw).map_err(|_| NotCanonical::NotUtf8)
}

/// Where an encoded text is cut: at most [`PREFIX_LEN`] bytes in, and inside neither a character nor an escape.
fn prefix_end(encoded: &str) -> usize {
    let mut end = PREFIX_LEN;
    while !encoded.is_char_boundary(end) {
        end -= 1;
    }
    // Every '%' in an encoded text starts an escape of three bytes.
    match &encoded.as_bytes()[end - 2..end] {
        [b'%', _] => end - 2,
        [_, b'%'] => end - 1,
        _ => end,
    }
}

fn push_hex(text: &mut String, byte: u8, digits: &[u8; 16]) {
    text.push(char::from(digits[usize::from(byte >> 4)]));
    text.push(char::from(digits[usize::from(byte & 0xf)]));
}

fn upper_hex_value(digit: u8) -> Result<u8, NotCanonical> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(NotCanonical::Escape),
    }
}

/// One component read from a ref name: as it stands there, and what it means if that can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component {
    encoded: String,
    raw: Option<String>,
}

impl Component {
    /// Reads one component of a ref name.
    ///
    /// # Errors
    /// As [`decode_component`].
    pub(crate) fn parse(encoded: &BStr) -> Result<Self, NotCanonical> {
        let raw = match decode_component(encoded)? {
            Decoded::Whole(raw) => Some(raw),
            Decoded::Shortened => None,
        };
        let encoded = encoded.to_str().map_err(|_| NotCanonical::NotUtf8)?.to_owned();
        Ok(Component { encoded, raw })
    }

    /// The component as it stands in the ref name.
    pub(crate) fn encoded(&self) -> &str {
        &self.encoded
    }

    /// The text it stands for; `None` if it is shortened.
    pub(crate) fn raw(&self) -> Option<&str> {
        self.raw.as_deref()
    }

    /// Whether this is the component for `text`; also right where this one is shortened.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match &self.raw {
            Some(raw) => raw == text,
            None => !text.is_empty() && encode_component(text) == self.encoded,
        }
    }
}

#[cfg(test)]
mod tests;
