//! Reading the trailer paragraph.

use std::borrow::Cow;

use gix::{
    bstr::{BStr, ByteSlice},
    objs::commit::{MessageRef, message::BodyRef},
};

use super::{Damage, FORMAT, Key, Trailer, Trailers, fault_in_value};
use crate::version::Upstream;

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 200;

impl Trailers {
    /// Reads the last paragraph of a commit message.
    ///
    /// In a format newer than [`FORMAT`] known keys may have come to mean more than is known here: repeated or
    /// unreadable ones are then kept as unknown trailers. The format and the artifact id are always needed.
    ///
    /// # Errors
    /// [`Damage`] for the first trailer that is missing, repeated or malformed.
    pub(crate) fn parse(message: &[u8]) -> Result<Self, Damage> {
        let mut paragraph = Paragraph::of(message);
        let format = paragraph.required(Key::LineageFormat, read_format)?;
        paragraph.newer = format > FORMAT;
        if let Some(key) = paragraph.repeated
            && !(paragraph.newer && key != Key::LineageFormat && key != Key::ArtifactId)
        {
            return Err(Damage::DuplicateTrailer { key: key.as_str() });
        }
        let artifact_id = paragraph.required(Key::ArtifactId, parsed)?;
        let change_origin = paragraph.optional(Key::ChangeOrigin, parsed)?;
        let parent_hash = paragraph.optional(Key::ParentHash, object_id)?;
        let upstream = Upstream {
            url: paragraph.optional(Key::UpstreamUrl, text)?,
            path: paragraph.optional(Key::UpstreamPath, text)?,
            ref_name: paragraph.optional(Key::UpstreamRef, text)?,
            commit: paragraph.optional(Key::UpstreamCommit, object_id)?,
            tree: paragraph.optional(Key::UpstreamTree, object_id)?,
        };
        Ok(Trailers {
            format,
            artifact_id,
            change_origin,
            parent_hash,
            upstream: (upstream != Upstream::default()).then_some(upstream),
            project_commit: paragraph.optional(Key::ProjectCommit, object_id)?,
            unknown: paragraph.unknown,
        })
    }
}

/// The trailers as they stand there, sorted by whether they are known.
struct Paragraph<'a> {
    /// The first value of each known key, by the key's index.
    known: [Option<Cow<'a, BStr>>; Key::ALL.len()],
    /// The first known key that stands there again. Its further values are in `unknown`.
    repeated: Option<Key>,
    unknown: Vec<Trailer>,
    /// Whether the format is newer than the one known here, so that what cannot be read is no damage.
    newer: bool,
}

impl<'a> Paragraph<'a> {
    fn of(message: &'a [u8]) -> Self {
        let mut paragraph = Paragraph {
            known: Default::default(),
            repeated: None,
            unknown: Vec::new(),
            newer: false,
        };
        let body = MessageRef::from_bytes(message).body();
        for trailer in body.iter().flat_map(BodyRef::trailers) {
            let key = Key::of_token(trailer.token);
            match key.map(|key| &mut paragraph.known[key as usize]) {
                Some(slot @ None) => *slot = Some(trailer.value),
                taken => {
                    if taken.is_some() {
                        paragraph.repeated = paragraph.repeated.or(key);
                    }
                    paragraph.unknown.push(Trailer {
                        key: trailer.token.to_str_lossy().into_owned(),
                        value: trailer.value.to_str_lossy().into_owned(),
                    });
                }
            }
        }
        paragraph
    }

    fn required<T>(&mut self, key: Key, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Damage> {
        match self.known[key as usize].take() {
            Some(value) => read_value(key, &value, read),
            None => Err(Damage::MissingTrailer { key: key.as_str() }),
        }
    }

    fn optional<T>(&mut self, key: Key, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, Damage> {
        let Some(value) = self.known[key as usize].take() else {
            return Ok(None);
        };
        match read_value(key, &value, read) {
            Err(_) if self.newer => {
                self.unknown.push(Trailer {
                    key: key.as_str().to_owned(),
                    value: value.to_str_lossy().into_owned(),
                });
                Ok(None)
            }
            read => read.map(Some),
        }
    }
}

fn read_value<T>(key: Key, value: &BStr, read: impl Fn(&str) -> Result<T, String>) -> Result<T, Damage> {
    let reason = match value.to_str() {
        Err(_) => "it is not UTF-8".to_owned(),
        Ok(text) => match fault_in_value(text) {
            Some(fault) => fault.to_owned(),
            None => match read(text) {
                Ok(read) => return Ok(read),
                Err(reason) => reason,
            },
        },
    };
    let value = value.to_str_lossy().chars().take(SHOWN).collect();
    Err(match key {
        Key::ChangeOrigin => Damage::UnknownOrigin { value },
        _ => Damage::MalformedTrailer {
            key: key.as_str(),
            value,
            reason,
        },
    })
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn object_id<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| "expected 40 or 64 hexadecimal digits".to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "stands beside readers that can fail")]
fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// A whole number from 1, in the one spelling that `{format}` writes.
fn read_format(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(format) if format >= 1 && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0') => Ok(format),
        _ => Err("expected a whole number from 1".to_owned()),
    }
}
