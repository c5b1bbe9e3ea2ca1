//! From what a person types to a version: `<id>`, `<id>~<n>`, `<id>@<line>`, a version id or a content hash, the last two
//! abbreviated to seven digits or more.
//!
//! The longest existing artifact id wins, then the last `@`, then the last `~<n>`. A line that is none here may be one of a
//! remote: `<id>@<remote>/<line>`.

use std::collections::HashSet;

use super::{Candidate, Query, QueryError};
use crate::{
    id::{ArtifactId, ContentHash, Line, VersionId},
    index::IndexError,
    manifest::ManifestEntry,
    refname::LineageRef,
    similar::similar_ids,
};

/// The fewest digits that abbreviate an id.
pub(crate) const SHORTEST_ABBREVIATION: usize = 7;
/// How many meanings of an ambiguous text are listed.
const MOST_CANDIDATES: usize = 20;

impl Query<'_> {
    /// The version that `text` names.
    pub(crate) fn resolve(&self, text: &str, line: Option<&Line>) -> Result<VersionId, QueryError> {
        if let Some((id, rest)) = self.longest_id(text, line)? {
            return self.on_line(text, &id, rest, line);
        }
        if is_abbreviation(text) {
            return self.by_digits(text);
        }
        let similar = match self.artifact_at(text, line)? {
            Some(id) => vec![id],
            None => similar_ids(text, &self.known_ids(line)?),
        };
        Err(QueryError::UnknownVersion {
            text: text.to_owned(),
            similar,
        })
    }

    /// The content that a full or abbreviated hash names.
    pub(crate) fn resolve_content(&self, text: &str) -> Result<ContentHash, QueryError> {
        if let Ok(hash) = text.parse() {
            return Ok(hash);
        }
        let digits = text.to_ascii_lowercase();
        let unknown = || QueryError::UnknownContent { text: text.to_owned() };
        if !is_abbreviation(&digits) {
            return Err(unknown());
        }
        let found = self
            .index
            .reader()
            .by_content_prefix(&digits, MOST_CANDIDATES)
            .map_err(IndexError::from)?;
        match found.as_slice() {
            [] => Err(unknown()),
            [only] => Ok(*only),
            several => {
                let mut candidates = Vec::new();
                for content in several {
                    candidates.extend(self.find_by_content(content)?.iter().map(candidate));
                }
                Err(QueryError::Ambiguous {
                    text: text.to_owned(),
                    candidates,
                })
            }
        }
    }

    /// Every artifact id that is deployed on the line or has a version.
    pub(crate) fn known_ids(&self, line: Option<&Line>) -> Result<Vec<ArtifactId>, QueryError> {
        let mut ids = self.index.reader().artifact_ids().map_err(IndexError::from)?;
        let deployed = self.artifacts(&self.line_view(line)?)?;
        ids.extend(deployed.keys().cloned());
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    /// The artifact that lies at a path, or has it in it: people name files by where they are.
    fn artifact_at(&self, path: &str, line: Option<&Line>) -> Result<Option<ArtifactId>, QueryError> {
        let deployed = self.artifacts(&self.line_view(line)?)?;
        let path = path.trim_start_matches("./").trim_end_matches('/');
        let holds = |entry: &&ManifestEntry| {
            let rest = path.strip_prefix(entry.path.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        Ok(deployed.values().find(holds).map(|entry| entry.id.clone()))
    }

    fn longest_id<'t>(&self, text: &'t str, line: Option<&Line>) -> Result<Option<(ArtifactId, &'t str)>, QueryError> {
        let mut ids = self
            .index
            .reader()
            .artifact_ids_with_prefix_of(text)
            .map_err(IndexError::from)?;
        let deployed = self.artifacts(&self.line_view(line)?)?;
        ids.extend(deployed.keys().filter(|id| text.starts_with(id.as_str())).cloned());
        ids.sort_by_key(|id| std::cmp::Reverse(id.as_str().len()));
        let fitting = ids.into_iter().find_map(|id| {
            let rest = &text[id.as_str().len()..];
            (rest.is_empty() || rest.starts_with(['@', '~'])).then_some((id, rest))
        });
        Ok(fitting)
    }

    /// What follows an id: `@<line>`, `~<n>`, or the one and then the other.
    fn on_line(&self, text: &str, id: &ArtifactId, rest: &str, line: Option<&Line>) -> Result<VersionId, QueryError> {
        let unknown = || QueryError::UnknownVersion {
            text: text.to_owned(),
            similar: vec![id.clone()],
        };
        let (rest, steps) = match rest.rsplit_once('~') {
            Some((before, "")) => (before, 1),
            Some((before, digits)) => (before, digits.parse::<u64>().map_err(|_| unknown())?),
            None => (rest, 0),
        };
        let named: Option<Line> = match rest.strip_prefix('@') {
            Some(name) => Some(name.parse()?),
            None if rest.is_empty() => None,
            None => return Err(unknown()),
        };
        let line = named.as_ref().or(line);
        let head = match self.head(id, line) {
            Err(error @ QueryError::UnknownLine { .. }) => match &named {
                Some(named) => Some(self.head_on_remote(id, named, error)?),
                None => return Err(error),
            },
            head => head?,
        };
        match head {
            Some(head) => self.go_back(text, head, steps),
            None => Err(self.no_head(id, line)?),
        }
    }

    /// The head on a line of a remote, as last fetched; `<remote>/<line>` is taken apart wherever that leads somewhere.
    fn head_on_remote(&self, id: &ArtifactId, name: &Line, unknown: QueryError) -> Result<VersionId, QueryError> {
        let prefix = self.repo.prefix();
        let mut is_line = false;
        for (slash, _) in name.as_str().match_indices('/') {
            let (remote, line) = (&name.as_str()[..slash], &name.as_str()[slash + 1..]);
            let Ok(line) = line.parse::<Line>() else { continue };
            if let Some(head) = self.index.tip(&prefix.remote(remote, &line, id))? {
                return Ok(head);
            }
            is_line = is_line || !self.repo.list_refs(&prefix.remote_line_dir(remote, &line))?.is_empty();
        }
        Err(if is_line {
            QueryError::NotOnLine {
                id: id.clone(),
                line: name.to_string(),
                remotes: self.lines_of_remotes(id)?,
            }
        } else {
            unknown
        })
    }

    /// The lines of remotes on which an artifact has a head, as they can be typed.
    fn lines_of_remotes(&self, id: &ArtifactId) -> Result<Vec<String>, QueryError> {
        let tips = self.index.reader().tips_where(|_| true).map_err(IndexError::from)?;
        let mut lines = Vec::new();
        for (name, _) in tips {
            let name = self
                .repo
                .prefix()
                .parse(name.as_slice().into())
                .map_err(IndexError::from)?;
            if let LineageRef::Remote { remote, line, artifact } = &name
                && artifact.matches(id)
                && let (Some(remote), Some(line)) = (remote.raw(), line.raw())
            {
                lines.push(format!("{remote}/{line}"));
            }
        }
        Ok(lines)
    }

    /// Why an artifact has no head on a line: it is deployed there but its versions are not here, or it is not.
    fn no_head(&self, id: &ArtifactId, line: Option<&Line>) -> Result<QueryError, QueryError> {
        let view = self.line_view(line)?;
        let id = id.clone();
        Ok(if self.artifacts(&view)?.contains_key(&id) {
            QueryError::MissingVersions { id }
        } else {
            let line = view.line.map_or_else(|| "HEAD".to_owned(), |line| line.to_string());
            let remotes = self.lines_of_remotes(&id)?;
            QueryError::NotOnLine { id, line, remotes }
        })
    }

    fn go_back(&self, text: &str, start: VersionId, steps: u64) -> Result<VersionId, QueryError> {
        let mut version = start;
        let mut seen = HashSet::new();
        for done in 0..steps {
            if !seen.insert(version) {
                return Err(IndexError::circle(version).into());
            }
            let parents = self.index.reader().parents(&version).map_err(IndexError::from)?;
            version = parents
                .and_then(|parents| parents.first().copied())
                .ok_or_else(|| QueryError::TooFarBack {
                    text: text.to_owned(),
                    available: done,
                })?;
        }
        Ok(version)
    }

    fn by_digits(&self, text: &str) -> Result<VersionId, QueryError> {
        let digits = text.to_ascii_lowercase();
        let reader = self.index.reader();
        let mut ids = reader
            .versions_by_id_prefix(&digits, MOST_CANDIDATES)
            .map_err(IndexError::from)?;
        for content in reader
            .by_content_prefix(&digits, MOST_CANDIDATES)
            .map_err(IndexError::from)?
        {
            ids.extend(self.find_by_content(&content)?.iter().map(|version| version.version_id));
        }
        ids.sort();
        ids.dedup();
        match ids.as_slice() {
            [] => Err(QueryError::UnknownVersion {
                text: text.to_owned(),
                similar: Vec::new(),
            }),
            [only] => Ok(*only),
            several => Err(QueryError::Ambiguous {
                text: text.to_owned(),
                candidates: self.versions(several)?.iter().map(candidate).collect(),
            }),
        }
    }
}

fn is_abbreviation(text: &str) -> bool {
    text.len() >= SHORTEST_ABBREVIATION && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn candidate(version: &crate::version::ArtifactVersion) -> Candidate {
    Candidate {
        version_id: version.version_id,
        artifact_id: version.artifact_id.clone(),
        content_hash: version.content_hash,
        created_at: version.created_at,
        author: version.author.clone(),
        summary: version.summary.clone(),
    }
}
