//! How the versions here stand to those that a remote had when it was last seen.

use super::{Remote, RemoteHeads, SharingError};
use crate::{
    id::{ArtifactId, Line, VersionId},
    index::IndexError,
    project::{
        graph::Graph,
        walk::{Plan, Walk},
    },
    query::{Query, QueryError},
};

/// How what is recorded here stands to a remote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shared {
    /// The remote's name.
    pub remote: String,
    /// Nothing was ever fetched from there or pushed to it; then nothing else is said.
    pub never_seen: bool,
    /// The artifacts whose heads differ.
    pub differing: Vec<(ArtifactId, SharedState)>,
}

/// How the head of an artifact stands to a remote's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SharedState {
    /// The remote lacks versions.
    Ahead,
    /// Versions of the remote are not in the head here.
    Behind,
    /// Both.
    Diverged,
}

impl Shared {
    /// How one artifact stands; `None` where its heads are equal, or nothing is known.
    pub fn state_of(&self, id: &ArtifactId) -> Option<SharedState> {
        let found = self.differing.iter().find(|(differing, _)| differing == id);
        found.map(|(_, state)| *state)
    }
}

impl SharedState {
    /// The spelling in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SharedState::Ahead => "ahead",
            SharedState::Behind => "behind",
            SharedState::Diverged => "diverged",
        }
    }
}

/// How the versions that the commits of a line hold stand to the remote that a plain `git fetch` would ask; `None` where
/// there is none, or several would do.
pub(crate) fn shared(query: &Query<'_>, line: Option<&Line>) -> Result<Option<Shared>, QueryError> {
    let view = query.line_view(line)?;
    let remote = match Remote::to_fetch_from(query.repo, view.line.as_ref()) {
        Ok(remote) => remote,
        Err(SharingError::Git(error)) => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    let (Some(line), Some(tip)) = (&view.line, view.tip) else {
        return Ok(None);
    };
    let there = RemoteHeads::last_seen(query.repo, query.index, &remote)?;
    let mut walk = Walk::new(query.repo, query.index, Plan::Nothing);
    let state = walk.to(tip, Some(line))?;
    let here = state
        .all()
        .into_iter()
        .filter_map(|(id, held)| Some((id.clone(), held.version()?)));
    let line = remote.branch_of(query.repo, line);
    Ok(Some(compare(&walk.graph, &remote, &line, &there, here)?))
}

/// Compares the heads of a line with those that a remote has.
fn compare(
    graph: &Graph<'_>,
    remote: &Remote,
    line: &Line,
    there: &RemoteHeads,
    here: impl IntoIterator<Item = (ArtifactId, VersionId)>,
) -> Result<Shared, IndexError> {
    let mut shared = Shared {
        remote: remote.name().to_owned(),
        never_seen: there.is_empty(),
        differing: Vec::new(),
    };
    if shared.never_seen {
        return Ok(shared);
    }
    for (id, version) in here {
        let state = match there.on(line, &id) {
            Some(head) if head == version => continue,
            Some(head) => match (graph.contains(version, head)?, graph.contains(head, version)?) {
                (true, _) => SharedState::Ahead,
                (_, true) => SharedState::Behind,
                _ => SharedState::Diverged,
            },
            None => {
                let mut known = false;
                for head in there.of(&id) {
                    known = known || graph.contains(head.version, version)?;
                }
                if known {
                    continue;
                }
                SharedState::Ahead
            }
        };
        shared.differing.push((id, state));
    }
    Ok(shared)
}
