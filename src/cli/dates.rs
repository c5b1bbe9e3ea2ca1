//! [`Dates`]: how dates are shown: counted from now, or in one of git's formats (`--date`, `log.date`).

use std::{
    io::{self, IsTerminal as _},
    str::FromStr,
};

use git_lineage::Timestamp;
use jiff::tz::Offset;

use super::{clock, context::Context, relative_time};

/// The option of commands that show dates.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct DateArgs {
    /// How to show dates: relative, iso, iso-strict, rfc, short, raw, unix or default, as git's --date; with -local behind it
    /// in your time zone
    #[arg(long, value_name = "FORMAT")]
    date: Option<DateFormat>,
}

impl DateArgs {
    /// As the option says, else as `log.date` does, else relative.
    pub(super) fn dates(self, context: &Context) -> Dates {
        let configured = || {
            let text = context.settings().get("log.date")?;
            let text = match text.strip_prefix("auto:") {
                // For a person who reads, that is.
                Some(_) if !io::stdout().is_terminal() => "default",
                Some(format) => format,
                None => text,
            };
            text.parse().ok()
        };
        Dates::new(self.date.or_else(configured).unwrap_or(DateFormat::RELATIVE))
    }

    /// The same for a command with another default, to which `log.date` does not apply.
    pub(super) fn dates_alone(self, otherwise: DateFormat) -> Dates {
        Dates::new(self.date.unwrap_or(otherwise))
    }
}

/// One of git's formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DateFormat {
    form: Form,
    /// In the time zone here, not in that of whoever made it.
    local: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Relative,
    Iso,
    IsoStrict,
    Rfc,
    Short,
    Raw,
    Unix,
    Default,
}

impl DateFormat {
    const RELATIVE: Self = DateFormat {
        form: Form::Relative,
        local: false,
    };
    pub(super) const SHORT: Self = DateFormat {
        form: Form::Short,
        local: false,
    };
}

/// What `--date` takes, without what may stand behind it.
pub(super) const FORMATS: [&str; 8] = [
    "relative",
    "iso",
    "iso-strict",
    "rfc",
    "short",
    "raw",
    "unix",
    "default",
];

impl FromStr for DateFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, local) = match text.strip_suffix("-local") {
            Some(name) => (name, true),
            None if text == "local" => ("default", true),
            None => (text, false),
        };
        let form = match name {
            "relative" => Form::Relative,
            "iso" | "iso8601" => Form::Iso,
            "iso-strict" | "iso8601-strict" => Form::IsoStrict,
            "rfc" | "rfc2822" => Form::Rfc,
            "short" => Form::Short,
            "raw" => Form::Raw,
            "unix" => Form::Unix,
            "default" => Form::Default,
            _ => return Err("it is relative, iso, iso-strict, rfc, short, raw, unix or default"),
        };
        Ok(DateFormat { form, local })
    }
}

/// Shows dates in one way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dates {
    format: DateFormat,
    now: Timestamp,
}

impl Dates {
    fn new(format: DateFormat) -> Self {
        Dates {
            format,
            now: clock::now(),
        }
    }

    /// Where there is no option.
    pub(super) fn relative() -> Self {
        Dates::new(DateFormat::RELATIVE)
    }

    /// The date as it is shown.
    pub(super) fn show(&self, at: Timestamp) -> String {
        let DateFormat { form, local } = self.format;
        let seconds = at.seconds;
        match form {
            Form::Relative => return relative_time::since(at, self.now),
            Form::Unix => return seconds.to_string(),
            _ => {}
        }
        let offset = if local { clock::offset_at(seconds) } else { at.offset };
        let zone = zone(offset);
        if form == Form::Raw {
            return format!("{seconds} {zone}");
        }
        let moment = jiff::Timestamp::from_second(seconds).ok();
        let Some((moment, offset)) = moment.zip(Offset::from_seconds(offset).ok()) else {
            // Of a year that no calendar has.
            return format!("{seconds} {zone}");
        };
        let civil = offset.to_datetime(moment);
        let pattern = match form {
            Form::Short => return civil.strftime("%Y-%m-%d").to_string(),
            Form::IsoStrict if offset.seconds() == 0 => return civil.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            Form::IsoStrict => {
                let (hours, minutes) = zone.split_at(3);
                return format!("{}{hours}:{minutes}", civil.strftime("%Y-%m-%dT%H:%M:%S"));
            }
            Form::Iso => "%Y-%m-%d %H:%M:%S",
            Form::Rfc => "%a, %-d %b %Y %H:%M:%S",
            _ => "%a %b %-d %H:%M:%S %Y",
        };
        match form {
            Form::Default if local => civil.strftime(pattern).to_string(),
            _ => format!("{} {zone}", civil.strftime(pattern)),
        }
    }
}

/// `+0100`
fn zone(offset: i32) -> String {
    let minutes = offset.unsigned_abs() / 60;
    let sign = if offset < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}
