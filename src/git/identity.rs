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
    /// `None` if no name or no e-mail address is configured.
    pub(crate) fn identity(&self, role: Role, now: Timestamp) -> Result<Option<Signature>, GitError> {
        let (found, key) = match role {
            Role::Author => (self.gix().author(), "gitoxide.commit.authorDate"),
            Role::Committer => (self.gix().committer(), "gitoxide.commit.committerDate"),
        };
        let Some(signature) = found.transpose().map_err(GitError::backend("read the identity"))? else {
            return Ok(None);
        };
        let time = match self.config_string(key) {
            None => now,
            Some(text) => parse_date(&text, now).map_err(|reason| GitError::InvalidConfig {
                key: match role {
                    Role::Author => "GIT_AUTHOR_DATE",
                    Role::Committer => "GIT_COMMITTER_DATE",
                },
                value: text,
                reason,
            })?,
        };
        Ok(Some(Signature {
            person: Person {
                name: signature.name.to_string(),
                email: signature.email.to_string(),
            },
            time,
        }))
    }

    /// For reflogs, which exist only where `core.logAllRefUpdates=always`: the committer, or a generic one, because a
    /// missing identity must not keep refs from moving.
    pub(super) fn reflog_signature(&self) -> Option<gix::actor::Signature> {
        if let Some(Ok(signature)) = self.gix().committer() {
            return signature.to_owned().ok();
        }
        Some(gix::actor::Signature {
            name: "git lineage".into(),
            email: "git-lineage@localhost".into(),
            time: gix::date::Time::new(0, 0),
        })
    }
}

fn parse_date(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    Timestamp::parse_relative_to(text, now).map_err(|error| error.to_string())
}
