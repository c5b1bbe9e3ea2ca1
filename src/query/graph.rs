//! `log --graph`: the lanes are git's own drawing.

use super::{Query, QueryError};
use crate::{id::VersionId, version::ArtifactVersion};

/// One row of a drawn graph.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GraphRow {
    /// The lanes, as `git log --graph` draws them; no trailing white space.
    pub lanes: String,
    /// The version on this row; `None` on rows that only connect lanes.
    pub version: Option<ArtifactVersion>,
}

impl Query<'_> {
    /// The graph of what a version contains.
    pub(crate) fn graph(&self, id: &VersionId) -> Result<Vec<GraphRow>, QueryError> {
        let id = id.to_string();
        let args = [
            "log",
            "--graph",
            "--topo-order",
            "--no-color",
            "--format=%x00%H",
            "--end-of-options",
            &id,
            "--",
        ];
        let drawn = self.repo.run_git(&args, b"")?;
        let drawn = String::from_utf8_lossy(&drawn);
        let mut rows = Vec::new();
        for row in drawn.lines() {
            let (lanes, id) = match row.split_once('\0') {
                Some((lanes, id)) => (lanes, Some(id)),
                None => (row, None),
            };
            rows.push(GraphRow {
                lanes: lanes.trim_end().to_owned(),
                version: id.map(|id| self.version(&id.parse()?)).transpose()?,
            });
        }
        Ok(rows)
    }
}
