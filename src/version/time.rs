//! [`Timestamp`]: a moment with the offset of the clock that told it. Nothing here reads a clock.

use std::{fmt, str::FromStr};

use gix::date::time::format;

use crate::id::serde_as_text;

/// Seconds since 1970-01-01T00:00:00Z, and the offset from UTC in seconds at which they were noted.
///
/// Prints and parses as ISO 8601 with an explicit offset: `2026-11-22T10:00:00+00:00`.
///
/// ```
/// use git_lineage::Timestamp;
/// let time: Timestamp = "2026-11-22T11:00:00+01:00".parse()?;
/// assert_eq!(time, Timestamp { seconds: 1_795_341_600, offset: 3_600 });
/// # Ok::<(), git_lineage::InvalidTime>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since the Unix epoch; negative before it.
    pub seconds: i64,
    /// Seconds east of UTC.
    pub offset: i32,
}

/// A text that is no moment in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a date: write 2026-11-22, 2026-11-22T10:00:00+00:00 or '2 weeks ago'")]
pub struct InvalidTime {
    /// The text as given.
    pub text: String,
}

impl Timestamp {
    /// Reads a date as git does: ISO 8601, RFC 2822, git's raw `<seconds> <offset>`, and relative ones such as
    /// `2 weeks ago`, counted from `now`.
    ///
    /// # Errors
    /// [`InvalidTime`] if git's rules find no date in `text`.
    pub fn parse_relative_to(text: &str, now: Timestamp) -> Result<Self, InvalidTime> {
        if let Ok(absolute) = text.parse() {
            return Ok(absolute);
        }
        let invalid = || InvalidTime { text: text.to_owned() };
        let seconds = u64::try_from(now.seconds).map_err(|_| invalid())?;
        let now = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let now = gix::date::Zoned::try_from(now).map_err(|_| invalid())?;
        let time = gix::date::parse(text, Some(now)).map_err(|_| invalid())?;
        Ok(Timestamp::from_gix(time))
    }

    pub(crate) fn from_gix(time: gix::date::Time) -> Self {
        Timestamp {
            seconds: time.seconds,
            offset: time.offset,
        }
    }

    pub(crate) fn to_gix(self) -> gix::date::Time {
        gix::date::Time {
            seconds: self.seconds,
            offset: self.offset,
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_gix().format(format::ISO8601_STRICT) {
            Ok(text) => f.pad(&text),
            // A hand-written commit can claim a year no calendar holds; it is still shown, as git's raw form.
            Err(_) => write!(f, "@{}", self.seconds),
        }
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        gix::date::parse(text, None)
            .map(Timestamp::from_gix)
            .map_err(|_| InvalidTime { text: text.to_owned() })
    }
}

serde_as_text!(Timestamp);
