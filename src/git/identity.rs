//! Who the caller is, as git's configuration and environment say; the time is the caller's to give.

use super::{GitError, Repo};
use crate::version::{Person, Signature, Timestamp};

/// One of the two roles a person has in a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Who made the change.
    Author,
    /// Who recorded it.
    Committer,
}

impl Repo {
    /// The configured identity, with the date of `GIT_AUTHOR_DATE` or `GIT_COMMITTER_DATE` where that is set, else `now`.
    ///
    /// `None` if no name or no e-mail address is configured. Read key by key, because gix's own look-up asks the system
    /// for its time zone, which takes longer than everything else here.
    pub(crate) fn identity(&self, role: Role, now: Timestamp) -> Result<Option<Signature>, GitError> {
        let (section, date_key, date_variable) = match role {
            Role::Author => ("author", "gitoxide.commit.authorDate", "GIT_AUTHOR_DATE"),
            Role::Committer => ("committer", "gitoxide.commit.committerDate", "GIT_COMMITTER_DATE"),
        };
        let first = |keys: &[&str]| keys.iter().find_map(|key| self.config_string(key));
        let name = first(&[&format!("{section}.name"), "user.name"]);
        let email = first(&[&format!("{section}.email"), "user.email", "gitoxide.user.emailFallback"]);
        let Some((name, email)) = name.zip(email) else {
            return Ok(None);
        };
        let time = match self.config_string(date_key) {
            None => now,
            Some(text) => parse_date(&text, now).map_err(|reason| GitError::InvalidConfig {
                key: date_variable,
                value: text,
                reason,
            })?,
        };
        Ok(Some(Signature {
            person: Person { name, email },
            time,
        }))
    }
}

fn parse_date(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    Timestamp::parse_relative_to(text, now).map_err(|error| error.to_string())
}
