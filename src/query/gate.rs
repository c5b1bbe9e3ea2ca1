//! `gate`: of what is deployed, how many lines are upstream's, how many are yours, and of how many nobody knows.
//!
//! A file that the newest upstream version below the head has byte for byte is upstream's as a whole; of any other each line
//! is told by [`blame`](super::blame). What was written while resolving a merge is yours. Edits that are not recorded are
//! not part of any version; they make the verdict void, and are named.

use std::{collections::HashSet, fmt, str::FromStr};

use gix::objs::Kind;
use serde::Serialize;

use super::{Query, QueryError, blame::is_binary, status::selected};
use crate::{
    git::{GitError, Repo},
    id::{ArtifactId, Line, VersionId},
    manifest::ManifestEntry,
    origin::ChangeOrigin,
    project::graph::Graph,
};

/// The setting for [`GateLimits::local`].
const LOCAL: &str = "lineage.gateMaxLocal";
/// The setting for [`GateLimits::unknown`].
const UNKNOWN: &str = "lineage.gateMaxUnknown";

/// What to count, and how much may be there.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    /// Which artifacts, in this order; none means all that are deployed, by id.
    pub ids: Vec<ArtifactId>,
    /// A line that is not checked out.
    pub line: Option<Line>,
    /// What is allowed; where nothing is said, the settings `lineage.gateMaxLocal` and `lineage.gateMaxUnknown` count.
    pub limits: GateLimits,
}

/// How many lines of all artifacts together may be of an origin; `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct GateLimits {
    /// Lines written here.
    pub local: Option<GateLimit>,
    /// Lines of unknown origin.
    pub unknown: Option<GateLimit>,
}

/// A number of lines, or a share of all of them: `12` or `5%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateLimit {
    /// At most so many lines.
    Lines(usize),
    /// At most so many of a hundred lines.
    Percent(u8),
}

/// A text is no [`GateLimit`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is neither a number of lines, e.g. 12, nor a share of them from 0% to 100%")]
pub struct InvalidGateLimit {
    /// The text as given.
    pub text: String,
}

impl FromStr for GateLimit {
    type Err = InvalidGateLimit;

    fn from_str(text: &str) -> Result<Self, InvalidGateLimit> {
        let invalid = || InvalidGateLimit { text: text.to_owned() };
        // No sign, no spaces: what `parse` lets through beyond digits is none of ours.
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain
                .then(|| digits.parse::<usize>().ok())
                .flatten()
                .ok_or_else(invalid)
        };
        match text.strip_suffix('%') {
            None => Ok(GateLimit::Lines(number(text)?)),
            Some(digits) => match u8::try_from(number(digits)?) {
                Ok(percent @ 0..=100) => Ok(GateLimit::Percent(percent)),
                _ => Err(invalid()),
            },
        }
    }
}

impl fmt::Display for GateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GateLimit::Lines(lines) => write!(f, "{lines}"),
            GateLimit::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Serialize for GateLimit {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl GateLimit {
    fn allows(self, lines: usize, of: usize) -> bool {
        match self {
            GateLimit::Lines(most) => lines <= most,
            GateLimit::Percent(percent) => lines as u128 * 100 <= of as u128 * u128::from(percent),
        }
    }
}

/// Lines by where they come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LineCounts {
    /// Of deployments and syncs.
    pub upstream: usize,
    /// Of local modifications, and written while resolving a merge.
    pub local: usize,
    /// Of versions whose origin nobody knows.
    pub unknown: usize,
}

impl LineCounts {
    /// All of them.
    pub fn total(&self) -> usize {
        self.upstream + self.local + self.unknown
    }

    fn add(&mut self, other: LineCounts) {
        self.upstream += other.upstream;
        self.local += other.local;
        self.unknown += other.unknown;
    }
}

/// The lines of one artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ArtifactLines {
    /// Whose.
    pub artifact_id: ArtifactId,
    /// Its head, which was counted.
    pub version_id: VersionId,
    /// Its lines.
    pub lines: LineCounts,
    /// Files without lines that mean anything: a zero byte among the first 8,000, as for git.
    pub binary_files: usize,
}

/// What a gate found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GateReport {
    /// Each artifact, as asked.
    pub artifacts: Vec<ArtifactLines>,
    /// All of them together.
    pub lines: LineCounts,
    /// What was allowed.
    pub limits: GateLimits,
}

impl GateReport {
    /// More lines were written here than are allowed.
    pub fn exceeds_local(&self) -> bool {
        self.exceeds(self.limits.local, self.lines.local)
    }

    /// More lines are of unknown origin than are allowed.
    pub fn exceeds_unknown(&self) -> bool {
        self.exceeds(self.limits.unknown, self.lines.unknown)
    }

    fn exceeds(&self, limit: Option<GateLimit>, lines: usize) -> bool {
        limit.is_some_and(|limit| !limit.allows(lines, self.lines.total()))
    }
}

impl Query<'_> {
    /// Counts the lines of artifacts by origin.
    pub(crate) fn gate(&self, gate: &Gate) -> Result<GateReport, QueryError> {
        let limits = GateLimits {
            local: gate.limits.local.or(limit_of(self.repo, LOCAL)?),
            unknown: gate.limits.unknown.or(limit_of(self.repo, UNKNOWN)?),
        };
        let view = self.line_view(gate.line.as_ref())?;
        let artifacts = self.artifacts(&view)?;
        let entries: Vec<&ManifestEntry> = selected(&artifacts, &gate.ids)?;
        let heads = self.heads(&view, &entries)?;
        let graph = Graph::new(self.repo, self.index);
        let mut report = GateReport {
            artifacts: Vec::with_capacity(entries.len()),
            lines: LineCounts::default(),
            limits,
        };
        for (entry, head) in entries.into_iter().zip(heads) {
            let head = head.ok_or_else(|| QueryError::MissingVersions { id: entry.id.clone() })?;
            let (lines, binary_files) = self.count_lines(&graph, &head)?;
            report.lines.add(lines);
            report.artifacts.push(ArtifactLines {
                artifact_id: entry.id.clone(),
                version_id: head,
                lines,
                binary_files,
            });
        }
        Ok(report)
    }

    fn count_lines(&self, graph: &Graph<'_>, head: &VersionId) -> Result<(LineCounts, usize), QueryError> {
        let upstream = match graph.newest_upstream(*head)? {
            Some(newest) => self.entries(&newest.version)?,
            None => Vec::new(),
        };
        let upstream: HashSet<_> = upstream.into_iter().map(|entry| (entry.path, entry.id)).collect();
        let (mut counts, mut binary) = (LineCounts::default(), 0);
        for entry in self.entries(&self.version(head)?)? {
            let data = self.repo.read_kind(entry.id, Kind::Blob)?;
            if is_binary(&data) {
                binary += 1;
                continue;
            }
            let file = (entry.path, entry.id);
            if upstream.contains(&file) {
                counts.upstream += data.split_inclusive(|byte| *byte == b'\n').count();
                continue;
            }
            for line in self.blame(head, Some(&file.0))?.lines {
                match line.change_origin {
                    _ if line.resolution => counts.local += 1,
                    Some(ChangeOrigin::Deployment | ChangeOrigin::Sync) => counts.upstream += 1,
                    Some(ChangeOrigin::LocalModification) => counts.local += 1,
                    None => counts.unknown += 1,
                }
            }
        }
        Ok((counts, binary))
    }
}

fn limit_of(repo: &Repo, key: &'static str) -> Result<Option<GateLimit>, GitError> {
    let Some(text) = repo.config_string(key) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|error: InvalidGateLimit| GitError::InvalidConfig {
            key,
            value: text,
            reason: error.to_string(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_numbers_or_shares() {
        for (text, limit) in [
            ("0", GateLimit::Lines(0)),
            ("12", GateLimit::Lines(12)),
            ("0%", GateLimit::Percent(0)),
            ("100%", GateLimit::Percent(100)),
        ] {
            assert_eq!(text.parse(), Ok(limit));
            assert_eq!(limit.to_string(), text);
        }
        for text in [
            "",
            "%",
            "-1",
            "+1",
            "1.5",
            "101%",
            " 1",
            "1 %",
            "ten",
            "99999999999999999999",
        ] {
            assert!(text.parse::<GateLimit>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_is_of_all_lines_and_exact() {
        let five = GateLimit::Percent(5);
        assert!(five.allows(5, 100) && !five.allows(6, 100) && !five.allows(1, 19) && five.allows(1, 20));
        assert!(five.allows(0, 0) && GateLimit::Lines(0).allows(0, 0) && !GateLimit::Lines(0).allows(1, 9));
        assert!(!GateLimit::Percent(99).allows(usize::MAX, usize::MAX));
    }
}
