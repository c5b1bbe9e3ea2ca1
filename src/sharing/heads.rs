//! [`RemoteHeads`]: what a remote had when it was last seen, by artifact.

use std::collections::HashMap;

use super::Remote;
use crate::{
    git::Repo,
    id::{ArtifactId, Line, VersionId},
    index::{Index, IndexError},
    refname::{LineageRef, encode_component},
};

/// A line over there, as it is spelled in ref names, and its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteHead {
    pub(crate) line: String,
    pub(crate) version: VersionId,
}

/// The heads of a remote, as last fetched or pushed.
#[derive(Debug, Default)]
pub(crate) struct RemoteHeads {
    /// By kind and name as they are spelled in ref names.
    by_artifact: HashMap<String, Vec<RemoteHead>>,
}

impl RemoteHeads {
    pub(crate) fn last_seen(repo: &Repo, index: &Index, remote: &Remote) -> Result<Self, IndexError> {
        let dir = remote.tracking_dir(repo);
        let mut heads = RemoteHeads::default();
        for (name, version) in index.reader().tips()? {
            let Some(rest) = name.strip_prefix(dir.as_bytes()) else {
                continue;
            };
            // Names were checked when they were indexed.
            let Ok(LineageRef::Remote { .. }) = repo.prefix().parse(name.as_slice().into()) else {
                continue;
            };
            if let Some((line, artifact)) = std::str::from_utf8(rest).ok().and_then(|rest| rest.split_once('/')) {
                let head = RemoteHead {
                    line: line.to_owned(),
                    version,
                };
                heads.by_artifact.entry(artifact.to_owned()).or_default().push(head);
            }
        }
        Ok(heads)
    }

    /// True if nothing was ever seen there.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_artifact.is_empty()
    }

    /// All of one artifact.
    pub(crate) fn of(&self, id: &ArtifactId) -> &[RemoteHead] {
        self.by_artifact.get(&spelled(id)).map_or(&[], Vec::as_slice)
    }

    /// The one of an artifact on a line.
    pub(crate) fn on(&self, line: &Line, id: &ArtifactId) -> Option<VersionId> {
        let line = encode_component(line.as_str());
        let head = self.of(id).iter().find(|head| head.line == line);
        head.map(|head| head.version)
    }

    /// Every artifact as it is spelled in ref names, with its heads.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &[RemoteHead])> {
        let all = self.by_artifact.iter();
        all.map(|(artifact, heads)| (artifact.as_str(), heads.as_slice()))
    }

    /// Notes down what is about to be there.
    pub(crate) fn set(&mut self, line: &Line, id: &ArtifactId, version: VersionId) {
        let line = encode_component(line.as_str());
        let heads = self.by_artifact.entry(spelled(id)).or_default();
        match heads.iter_mut().find(|head| head.line == line) {
            Some(head) => head.version = version,
            None => heads.push(RemoteHead { line, version }),
        }
    }
}

/// An artifact as it is spelled at the end of ref names.
pub(super) fn spelled(id: &ArtifactId) -> String {
    format!("{}/{}", encode_component(id.kind()), encode_component(id.name()))
}
