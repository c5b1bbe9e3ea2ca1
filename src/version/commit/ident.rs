//! Author and committer of a new version, made into what git accepts.
//!
//! The caller's own identity is treated as `git commit` treats it: cleaned, and refused if nothing is left of the name.
//! One that is copied from a project commit stays as it is as far as a commit can hold it, and never stops the recording:
//! history is full of empty names and impossible dates, and every clone has to make the same commit of them.

use gix::bstr::BString;

use super::UnwritableVersion;
use crate::version::{Signature, Timestamp};

/// The largest offset from UTC that git writes: 99 hours and 59 minutes, in seconds.
const MAX_OFFSET: u32 = (99 * 60 + 59) * 60;

/// Where an identity comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provenance {
    /// It is the caller's.
    Own,
    /// It is that of a project commit.
    Copied,
}

/// Makes the signature git writes; `role` is `author` or `committer`.
///
/// # Errors
/// For an identity of the caller's: [`UnwritableVersion::EmptyName`] and [`UnwritableVersion::InvalidTime`].
pub(super) fn to_gix(
    signature: &Signature,
    provenance: Provenance,
    role: &'static str,
) -> Result<gix::actor::Signature, UnwritableVersion> {
    let name = clean(&signature.person.name, provenance);
    if name.is_empty() && provenance == Provenance::Own {
        return Err(UnwritableVersion::EmptyName {
            role,
            email: signature.person.email.clone(),
        });
    }
    Ok(gix::actor::Signature {
        name: BString::from(name),
        email: BString::from(clean(&signature.person.email, provenance)),
        time: time(signature.time, provenance, role)?,
    })
}

/// The signature of somebody for a commit that is no version: whatever it is, it fits.
pub(crate) fn fitting(signature: &Signature) -> gix::actor::Signature {
    gix::actor::Signature {
        name: BString::from(clean(&signature.person.name, Provenance::Copied)),
        email: BString::from(clean(&signature.person.email, Provenance::Copied)),
        time: fitting_time(signature.time),
    }
}

fn clean(text: &str, provenance: Provenance) -> String {
    let kept = |text: &str| -> String { text.chars().filter(|c| !matches!(c, '<' | '>' | '\n' | '\0')).collect() };
    match provenance {
        Provenance::Own => kept(text.trim_matches(is_crud)),
        Provenance::Copied => kept(text).trim().to_owned(),
    }
}

/// What git removes from the ends of a name or an address.
fn is_crud(c: char) -> bool {
    c <= ' ' || matches!(c, ',' | ':' | ';' | '<' | '>' | '"' | '\\' | '\'')
}

fn time(time: Timestamp, provenance: Provenance, role: &'static str) -> Result<gix::date::Time, UnwritableVersion> {
    let in_range = time.seconds >= 0 && time.offset.unsigned_abs() <= MAX_OFFSET;
    match provenance {
        _ if in_range => Ok(time.to_gix()),
        Provenance::Own => Err(UnwritableVersion::InvalidTime { role, time }),
        Provenance::Copied => Ok(fitting_time(time)),
    }
}

fn fitting_time(time: Timestamp) -> gix::date::Time {
    let fits = time.offset.unsigned_abs() <= MAX_OFFSET;
    gix::date::Time {
        seconds: time.seconds.max(0),
        offset: if fits { time.offset } else { 0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Person;

    fn written(name: &str, email: &str, seconds: i64, offset: i32, provenance: Provenance) -> Option<String> {
        let signature = Signature {
            person: Person {
                name: name.to_owned(),
                email: email.to_owned(),
            },
            time: Timestamp { seconds, offset },
        };
        let signature = to_gix(&signature, provenance, "author").ok()?;
        let mut bytes = Vec::new();
        signature.write_to(&mut bytes).expect("valid");
        Some(String::from_utf8(bytes).expect("UTF-8"))
    }

    #[test]
    fn the_callers_own_is_cleaned_as_git_does() {
        for (name, email, result) in [
            ("Ada Lovelace", "a@b", Some("Ada Lovelace <a@b> 1 +0130")),
            ("\"A. B.\"", " .x@y. ", Some("A. B. <.x@y.> 1 +0130")),
            ("a<b>c\nd", "<x>", Some("abcd <x> 1 +0130")),
            ("'q';\t", "", Some("q <> 1 +0130")),
            ("设计", "x\0y", Some("设计 <xy> 1 +0130")),
            (";;", "x", None),
            ("", "x", None),
            ("<>", "x", None),
        ] {
            assert_eq!(
                written(name, email, 1, 5_400, Provenance::Own).as_deref(),
                result,
                "{name}"
            );
        }
        assert_eq!(written("a", "b", -1, 0, Provenance::Own), None);
        assert_eq!(written("a", "b", 0, 360_000, Provenance::Own), None);
    }

    #[test]
    fn a_copied_one_always_fits() {
        for (name, seconds, offset, result) in [
            ("\"Q\", Jr.", 1, -1_800, "\"Q\", Jr. <e> 1 -0030"),
            ("", 0, 0, " <e> 0 +0000"),
            ("a", -5, 0, "a <e> 0 +0000"),
            ("a", 1, i32::MIN, "a <e> 1 +0000"),
            ("a", 1, 359_940, "a <e> 1 +9959"),
        ] {
            let copied = written(name, "e", seconds, offset, Provenance::Copied);
            assert_eq!(copied.as_deref(), Some(result), "{name}");
        }
    }
}
