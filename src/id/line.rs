//! [`Line`]: the project branch on which an artifact develops.

use std::{fmt, str::FromStr};

use super::{IdError, serde_as_text};

/// The name of a project branch without `refs/heads/`, e.g. `main` or `feature/x`.
///
/// ```
/// use git_lineage::Line;
/// assert_eq!("feature/x".parse::<Line>()?.as_str(), "feature/x");
/// assert!("a..b".parse::<Line>().is_err());
/// # Ok::<(), git_lineage::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(String);

impl Line {
    /// The branch name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The full name of the branch's ref.
    pub(crate) fn branch_ref(&self) -> String {
        format!("refs/heads/{}", self.0)
    }
}

impl FromStr for Line {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let full = format!("refs/heads/{text}");
        // git refuses these two as branch names although they are valid ref names.
        let reserved = text == "HEAD" || text.starts_with('-');
        if reserved || text.is_empty() || gix::validate::reference::name(full.as_str().into()).is_err() {
            return Err(IdError::InvalidLine { line: text.to_owned() });
        }
        Ok(Line(text.to_owned()))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

serde_as_text!(Line);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_gits_rules_for_branches() {
        for good in ["main", "feature/x", "发布", "a@b", "v1.0"] {
            assert!(good.parse::<Line>().is_ok(), "{good}");
        }
        for bad in ["", "HEAD", "-x", "a b", "a..b", "x.lock", "a~1", "/a", "a/"] {
            assert!(bad.parse::<Line>().is_err(), "{bad}");
        }
    }
}
