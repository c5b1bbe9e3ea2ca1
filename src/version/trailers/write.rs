//! Writing the trailer paragraph.

use std::fmt::{Display, Write as _};

use super::{FORMAT, Key, Trailers, fault_in_value};

/// A trailer that cannot be written, because it could not be read back as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the trailer {key} cannot have the value '{value}': {reason}")]
pub struct UnwritableTrailer {
    /// The trailer's key.
    pub key: String,
    /// The value that was to be written.
    pub value: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Trailers {
    /// The paragraph, one line per trailer, each ended by a newline. Right only if [`check_writable`] finds no fault.
    ///
    /// [`check_writable`]: Self::check_writable
    pub(crate) fn to_lines(&self) -> String {
        let mut lines = String::with_capacity(512);
        self.for_each(|key, value| {
            writeln!(lines, "{key}: {value}").expect("writing to a string cannot fail");
        });
        lines
    }

    /// Checks that what [`to_lines`](Self::to_lines) gives is read back as it is.
    ///
    /// # Errors
    /// [`UnwritableTrailer`] for the first value that is empty, holds a control character (a line break would start
    /// another trailer) or white space at its ends; for an unknown trailer whose key is none; and for a format that only
    /// a newer version of this crate may write.
    pub(crate) fn check_writable(&self) -> Result<(), UnwritableTrailer> {
        let unwritable = |key: &str, value: &dyn Display, reason| UnwritableTrailer {
            key: key.to_owned(),
            value: value.to_string(),
            reason,
        };
        if self.format != FORMAT {
            let reason = "a newer version of this program has to write it";
            return Err(unwritable(Key::LineageFormat.as_str(), &self.format, reason));
        }
        for trailer in &self.unknown {
            let key_chars = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            if trailer.key.is_empty() || !trailer.key.bytes().all(key_chars) {
                return Err(unwritable(&trailer.key, &trailer.value, "its key is not one"));
            }
            if Key::of_token(trailer.key.as_bytes()).is_some() {
                return Err(unwritable(
                    &trailer.key,
                    &trailer.value,
                    "its key is one of the format's own",
                ));
            }
        }
        let mut result = Ok(());
        self.for_each(|key, value| {
            // Ids are checked where they are made; only the free texts can be at fault, and printing those is cheap.
            let text = value.to_string();
            if let (Some(reason), Ok(())) = (fault_in_value(&text), &result) {
                result = Err(unwritable(key, &text, reason));
            }
        });
        result
    }

    /// Calls `write` for every trailer, in the order in which they stand.
    fn for_each(&self, mut write: impl FnMut(&str, &dyn Display)) {
        write(Key::LineageFormat.as_str(), &self.format);
        write(Key::ArtifactId.as_str(), &self.artifact_id);
        let mut optional = |key: Key, value: Option<&dyn Display>| {
            if let Some(value) = value {
                write(key.as_str(), value);
            }
        };
        optional(Key::ChangeOrigin, display(self.change_origin.as_ref()));
        optional(Key::ParentHash, display(self.parent_hash.as_ref()));
        if let Some(upstream) = &self.upstream {
            optional(Key::UpstreamUrl, display(upstream.url.as_ref()));
            optional(Key::UpstreamPath, display(upstream.path.as_ref()));
            optional(Key::UpstreamRef, display(upstream.ref_name.as_ref()));
            optional(Key::UpstreamCommit, display(upstream.commit.as_ref()));
            optional(Key::UpstreamTree, display(upstream.tree.as_ref()));
        }
        optional(Key::ProjectCommit, display(self.project_commit.as_ref()));
        for trailer in &self.unknown {
            write(&trailer.key, &trailer.value);
        }
    }
}

fn display<T: Display>(value: Option<&T>) -> Option<&dyn Display> {
    value.map(|value| value as &dyn Display)
}
