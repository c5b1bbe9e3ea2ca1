//! Reading the trailer paragraph.

use std::borrow::Cow;

use gix::{
    bstr::{BStr, ByteSlice},
    objs::commit::{MessageRef, message::BodyRef},
};

use super::{Damage, FORMAT, Key, Trailer, Trailers, fault_in_value};
use crate::{
    id::{ArtifactId, ContentHash},
    origin::ChangeOrigin,
    version::Upstream,
};

/// How much of a value an error repeats, in characters.
const SHOWN: usize = 200;

/// All that a trailer paragraph says, and all that is wrong with it.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The trailers; `None` if anything is wrong.
    pub(crate) trailers: Option<Trailers>,
    /// Where something is wrong, what can be read all the same.
    pub(crate) partial: Partial,
    /// Whether this is meant to be a version: it has at least one of the known trailers.
    pub(crate) of_a_version: bool,
    /// Everything that is wrong.
    pub(crate) damage: Vec<Damage>,
}

/// Some of the trailers, each on its own.
#[derive(Debug, Default)]
pub(crate) struct Partial {
    pub(crate) artifact_id: Option<ArtifactId>,
    pub(crate) change_origin: Option<ChangeOrigin>,
    pub(crate) parent_hash: Option<ContentHash>,
}

impl Trailers {
    /// Reads the last paragraph of a commit message.
    ///
    /// In a format newer than [`FORMAT`] known keys may have come to mean more than is known here: repeated or
    /// unreadable ones are then kept as unknown trailers. The format and the artifact id are always needed.
    ///
    /// # Errors
    /// [`Damage`] for the first trailer that is missing, repeated or malformed.
    pub(crate) fn parse(message: &[u8]) -> Result<Self, Damage> {
        let reading = Trailers::read(message);
        match reading.damage.into_iter().next() {
            Some(first) => Err(first),
            None => Ok(reading.trailers.expect("nothing is wrong, so all are there")),
        }
    }

    /// As [`parse`](Self::parse), but goes on past what is wrong.
    pub(crate) fn read(message: &[u8]) -> Reading {
        let mut paragraph = Paragraph::of(message);
        let of_a_version = paragraph.known.iter().any(Option::is_some);
        let format = paragraph.required(Key::LineageFormat, read_format);
        paragraph.newer = format.is_some_and(|format| format > FORMAT);
        paragraph.judge_repeated();
        let artifact_id: Option<ArtifactId> = paragraph.required(Key::ArtifactId, parsed);
        let change_origin: Option<ChangeOrigin> = paragraph.optional(Key::ChangeOrigin, parsed);
        let parent_hash: Option<ContentHash> = paragraph.optional(Key::ParentHash, object_id);
        let upstream = Upstream {
            url: paragraph.optional(Key::UpstreamUrl, text),
            path: paragraph.optional(Key::UpstreamPath, text),
            ref_name: paragraph.optional(Key::UpstreamRef, text),
            commit: paragraph.optional(Key::UpstreamCommit, object_id),
            tree: paragraph.optional(Key::UpstreamTree, object_id),
        };
        let project_commit = paragraph.optional(Key::ProjectCommit, object_id);
        let Paragraph { unknown, damage, .. } = paragraph;
        let (trailers, partial) = match (format, artifact_id) {
            (Some(format), Some(artifact_id)) if damage.is_empty() => {
                let whole = Trailers {
                    format,
                    artifact_id,
                    change_origin,
                    parent_hash,
                    upstream: (upstream != Upstream::default()).then_some(upstream),
                    project_commit,
                    unknown,
                };
                (Some(whole), Partial::default())
            }
            (_, artifact_id) => {
                let partial = Partial {
                    artifact_id,
                    change_origin,
                    parent_hash,
                };
                (None, partial)
            }
        };
        Reading {
            trailers,
            partial,
            of_a_version,
            damage,
        }
    }
}

/// The trailers as they stand there, sorted by whether they are known.
struct Paragraph<'a> {
    /// The first value of each known key, by the key's index.
    known: [Option<Cow<'a, BStr>>; Key::ALL.len()],
    /// The known keys that stand there again. Their further values are in `unknown`.
    repeated: Vec<Key>,
    unknown: Vec<Trailer>,
    /// Whether the format is newer than the one known here, so that what cannot be read is no damage.
    newer: bool,
    damage: Vec<Damage>,
}

impl<'a> Paragraph<'a> {
    fn of(message: &'a [u8]) -> Self {
        let mut paragraph = Paragraph {
            known: Default::default(),
            repeated: Vec::new(),
            unknown: Vec::new(),
            newer: false,
            damage: Vec::new(),
        };
        let body = MessageRef::from_bytes(message).body();
        for trailer in body.iter().flat_map(BodyRef::trailers) {
            let key = Key::of_token(trailer.token);
            match key.map(|key| &mut paragraph.known[key as usize]) {
                Some(slot @ None) => *slot = Some(trailer.value),
                _ => {
                    if let Some(key) = key.filter(|key| !paragraph.repeated.contains(key)) {
                        paragraph.repeated.push(key);
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

    fn judge_repeated(&mut self) {
        for key in &self.repeated {
            if !self.newer || matches!(key, Key::LineageFormat | Key::ArtifactId) {
                self.damage.push(Damage::DuplicateTrailer { key: key.as_str() });
            }
        }
    }

    fn required<T>(&mut self, key: Key, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let value = match self.known[key as usize].take() {
            Some(value) => read_value(key, &value, read),
            None => Err(Damage::MissingTrailer { key: key.as_str() }),
        };
        value.map_err(|damage| self.damage.push(damage)).ok()
    }

    fn optional<T>(&mut self, key: Key, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let value = self.known[key as usize].take()?;
        match read_value(key, &value, read) {
            Ok(read) => Some(read),
            Err(_) if self.newer => {
                self.unknown.push(Trailer {
                    key: key.as_str().to_owned(),
                    value: value.to_str_lossy().into_owned(),
                });
                None
            }
            Err(damage) => {
                self.damage.push(damage);
                None
            }
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
