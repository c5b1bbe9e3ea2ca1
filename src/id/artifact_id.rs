//! [`ArtifactId`]: `<kind>/<name>`, checked; and [`Kind`], its first half.
//!
//! Guarantees: the kind is `[a-z][a-z0-9-]*`; the name is non-empty UTF-8 in Unicode normal form C, without control
//! characters and without white space at its ends. `/` and spaces inside the name are fine. Which id an artifact gets
//! by default is decided where artifacts are deployed, not here.

use std::{fmt, str::FromStr};

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{IdError, serde_as_text};

/// What sort of thing an artifact is, e.g. `skill` or `agent`: the part of its id before the first `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(String);

impl Kind {
    /// The kind as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Kind {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut bytes = text.bytes();
        let starts_well = bytes.next().is_some_and(|b| b.is_ascii_lowercase());
        if starts_well && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            Ok(Kind(text.to_owned()))
        } else {
            Err(IdError::InvalidKind { kind: text.to_owned() })
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

serde_as_text!(Kind);

/// The name of an artifact, unique in a project: `<kind>/<name>`, e.g. `skill/pdf` or `skill/Design Principles`.
///
/// ```
/// use git_lineage::ArtifactId;
/// let id: ArtifactId = "skill/Design Principles".parse()?;
/// assert_eq!((id.kind(), id.name()), ("skill", "Design Principles"));
/// assert!("Skill/pdf".parse::<ArtifactId>().is_err(), "kinds are lower case");
/// # Ok::<(), git_lineage::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactId {
    text: String,
    kind_len: usize,
}

impl ArtifactId {
    /// Puts an id together from its two halves.
    ///
    /// # Errors
    /// [`IdError::InvalidName`] if `name` breaks a rule for names.
    pub fn new(kind: &Kind, name: &str) -> Result<Self, IdError> {
        check_name(name)?;
        Ok(ArtifactId {
            text: format!("{kind}/{name}"),
            kind_len: kind.0.len(),
        })
    }

    /// The part before the first `/`.
    pub fn kind(&self) -> &str {
        &self.text[..self.kind_len]
    }

    /// Everything after the first `/`; may itself hold `/` and spaces.
    pub fn name(&self) -> &str {
        &self.text[self.kind_len + 1..]
    }

    /// The whole id, `<kind>/<name>`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form in which two ids that differ only by case are equal; a project may hold only one of them.
    pub(crate) fn case_folded(&self) -> String {
        if self.text.is_ascii() {
            return self.text.to_ascii_lowercase();
        }
        self.text.to_lowercase().nfc().collect()
    }
}

fn check_name(name: &str) -> Result<(), IdError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name.chars().any(char::is_control) {
        "it holds a control character"
    } else if name.trim() != name {
        "it starts or ends with white space"
    } else if !is_nfc(name) {
        "it is not in Unicode normal form C"
    } else {
        return Ok(());
    };
    Err(IdError::InvalidName {
        name: name.to_owned(),
        reason,
    })
}

impl FromStr for ArtifactId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (kind, name) = text
            .split_once('/')
            .ok_or_else(|| IdError::NoKind { id: text.to_owned() })?;
        ArtifactId::new(&kind.parse()?, name)
    }
}

impl fmt::Display for ArtifactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

serde_as_text!(ArtifactId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_the_rules_allow() {
        for text in [
            "skill/pdf",
            "skill/Design Principles",
            "a/b/c",
            "x-1/设计 原则",
            "agent/a//b",
            "skill/.lock",
        ] {
            let id: ArtifactId = text.parse().expect(text);
            assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn refuses_what_they_do_not() {
        let decomposed = "skill/u\u{308}";
        for text in [
            "",
            "pdf",
            "/pdf",
            "skill/",
            "Skill/pdf",
            "1a/b",
            "skill/ pdf",
            "skill/pdf ",
            "skill/a\nb",
            decomposed,
        ] {
            assert!(text.parse::<ArtifactId>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn serde_checks_as_from_str_does() {
        let id: ArtifactId = serde_json::from_str("\"skill/pdf\"").expect("valid");
        assert_eq!(serde_json::to_string(&id).expect("text"), "\"skill/pdf\"");
        assert!(serde_json::from_str::<ArtifactId>("\"pdf\"").is_err());
    }

    #[test]
    fn case_twins_fold_alike() {
        let fold = |text: &str| text.parse::<ArtifactId>().expect("valid").case_folded();
        assert_eq!(fold("skill/PDF"), fold("skill/pdf"));
        assert_eq!(fold("skill/ÄX"), fold("skill/äx"));
        assert_ne!(fold("skill/a"), fold("skill/b"));
    }
}
