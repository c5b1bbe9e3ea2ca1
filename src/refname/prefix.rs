//! [`RefPrefix`]: where in the ref namespace all lineage stands, and the full names below it.

use std::{fmt, str::FromStr};

use crate::id::{ArtifactId, Line, VersionId};

use super::encode_component;

/// The folders below the prefix; the first component of every lineage ref.
pub(super) mod area {
    pub(crate) const HEADS: &str = "heads";
    pub(crate) const REMOTES: &str = "remotes";
    pub(crate) const KEPT: &str = "kept";
    pub(crate) const PENDING: &str = "pending";
}

/// Folders whose refs are somebody else's, so that lineage may stand below but not directly in them.
const TAKEN: [&str; 5] = ["refs/heads", "refs/tags", "refs/remotes", "refs/notes", "refs/replace"];
/// Folders whose refs git keeps apart for every work tree.
const PER_WORKTREE: [&str; 3] = ["refs/bisect", "refs/rewritten", "refs/worktree"];

/// What every lineage ref starts with: `refs/lineage`, or the `lineage.refPrefix` of the git configuration where a host
/// accepts nothing but branches. Never ends in `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RefPrefix(String);

/// A `lineage.refPrefix` that cannot serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("lineage.refPrefix '{prefix}' {reason}: set it to something like refs/lineage or refs/heads/lineage")]
pub struct InvalidRefPrefix {
    /// The value as configured.
    pub prefix: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl RefPrefix {
    /// The prefix itself, without a slash at its end.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The newest version of an artifact on a line.
    pub(crate) fn head(&self, line: &Line, id: &ArtifactId) -> String {
        with_id(self.line_dir(line), id)
    }

    /// The same, as last fetched from `remote`, which is not empty.
    pub(crate) fn remote(&self, remote: &str, line: &Line, id: &ArtifactId) -> String {
        with_id(self.remote_line_dir(remote, line), id)
    }

    /// A head that was left behind.
    pub(crate) fn kept(&self, version_id: &VersionId) -> String {
        format!("{}{version_id}", self.kept_dir())
    }

    /// An unfinished operation on an artifact in the work tree of that name, which is not empty.
    pub(crate) fn pending(&self, worktree: &str, id: &ArtifactId) -> String {
        with_id(self.worktree_dir(worktree), id)
    }

    /// What the refs that hold versions start with: everything but unfinished operations. All end in `/`.
    pub(crate) fn version_dirs(&self) -> [String; 3] {
        [self.heads_dir(), self.remotes_dir(), self.kept_dir()]
    }

    /// What the heads of all lines start with; ends in `/`, as all these do.
    pub(crate) fn heads_dir(&self) -> String {
        self.dir(area::HEADS)
    }

    /// What the heads of one line start with.
    pub(crate) fn line_dir(&self, line: &Line) -> String {
        self.dir_in(area::HEADS, line.as_str())
    }

    /// What everything fetched starts with.
    pub(crate) fn remotes_dir(&self) -> String {
        self.dir(area::REMOTES)
    }

    /// What everything fetched from one remote starts with.
    pub(crate) fn remote_dir(&self, remote: &str) -> String {
        self.dir_in(area::REMOTES, remote)
    }

    /// What everything fetched of one line of a remote starts with.
    pub(crate) fn remote_line_dir(&self, remote: &str, line: &Line) -> String {
        format!("{}{}/", self.remote_dir(remote), encode_component(line.as_str()))
    }

    /// What kept heads start with.
    pub(crate) fn kept_dir(&self) -> String {
        self.dir(area::KEPT)
    }

    /// What unfinished operations in all work trees start with.
    pub(crate) fn pending_dir(&self) -> String {
        self.dir(area::PENDING)
    }

    /// What unfinished operations in one work tree start with.
    pub(crate) fn worktree_dir(&self, worktree: &str) -> String {
        self.dir_in(area::PENDING, worktree)
    }

    fn dir(&self, area: &str) -> String {
        format!("{}/{area}/", self.0)
    }

    fn dir_in(&self, area: &str, first: &str) -> String {
        format!("{}/{area}/{}/", self.0, encode_component(first))
    }
}

fn with_id(mut dir: String, id: &ArtifactId) -> String {
    dir.push_str(&encode_component(id.kind()));
    dir.push('/');
    dir.push_str(&encode_component(id.name()));
    dir
}

impl Default for RefPrefix {
    fn default() -> Self {
        RefPrefix("refs/lineage".to_owned())
    }
}

impl FromStr for RefPrefix {
    type Err = InvalidRefPrefix;

    fn from_str(text: &str) -> Result<Self, InvalidRefPrefix> {
        let is_or_is_below = |dir: &&str| {
            text.strip_prefix(*dir)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let reason = if !text.starts_with("refs/") {
            "is not below refs/"
        } else if text.ends_with('/') {
            "ends in a slash"
        } else if gix::validate::reference::name(text.into()).is_err() {
            "is not a valid ref name"
        } else if TAKEN.contains(&text) {
            "is where git keeps other refs"
        } else if PER_WORKTREE.iter().any(is_or_is_below) {
            "is where git keeps refs of one work tree only"
        } else {
            return Ok(RefPrefix(text.to_owned()));
        };
        Err(InvalidRefPrefix {
            prefix: text.to_owned(),
            reason,
        })
    }
}

impl fmt::Display for RefPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_where_the_format_says() {
        let id: ArtifactId = "skill/Design Principles/v2".parse().expect("valid");
        let line: Line = "feature/x".parse().expect("valid");
        let version: VersionId = "3cf9a8d1b54e1e7d0e2b0c1a4f6d8e9a0b1c2d3e".parse().expect("valid");
        let prefix = RefPrefix::default();
        let last = "skill/Design%20Principles%2Fv2";
        assert_eq!(
            prefix.head(&line, &id),
            format!("refs/lineage/heads/feature%2Fx/{last}")
        );
        assert_eq!(
            prefix.remote("up/stream", &line, &id),
            format!("refs/lineage/remotes/up%2Fstream/feature%2Fx/{last}")
        );
        assert_eq!(prefix.kept(&version), format!("refs/lineage/kept/{version}"));
        assert_eq!(prefix.pending("wt", &id), format!("refs/lineage/pending/wt/{last}"));
        assert_eq!(prefix.heads_dir(), "refs/lineage/heads/");

        let branches: RefPrefix = "refs/heads/lineage".parse().expect("valid");
        assert_eq!(branches.kept_dir(), "refs/heads/lineage/kept/");
    }

    #[test]
    fn folders_are_starts_of_the_names_in_them() {
        let id: ArtifactId = "skill/pdf".parse().expect("valid");
        let line: Line = "main".parse().expect("valid");
        let p = RefPrefix::default();
        for (dir, inner, name) in [
            (p.heads_dir(), p.line_dir(&line), p.head(&line, &id)),
            (p.remotes_dir(), p.remote_dir("origin"), p.remote("origin", &line, &id)),
            (p.dir(area::PENDING), p.worktree_dir("main"), p.pending("main", &id)),
        ] {
            assert!(inner.starts_with(&dir) && name.starts_with(&inner) && inner.ends_with('/'));
        }
    }

    #[test]
    fn prefixes_are_checked() {
        for good in [
            "refs/lineage",
            "refs/heads/lineage",
            "refs/x/y/z",
            "refs/headsup",
            "refs/设计",
        ] {
            assert_eq!(good.parse::<RefPrefix>().map(|p| p.to_string()), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "refs",
            "refs/",
            "refs/lineage/",
            "lineage",
            "heads/lineage",
            "refs//lineage",
            "refs/a b",
            "refs/a..b",
            "refs/x.lock",
            "refs/x/*",
            "refs/heads",
            "refs/tags",
            "refs/replace",
            "refs/worktree",
            "refs/worktree/lineage",
            "refs/bisect/x",
            "/refs/lineage",
        ] {
            assert!(bad.parse::<RefPrefix>().is_err(), "{bad}");
        }
    }
}
