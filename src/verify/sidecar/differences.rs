//! [`differences`]: what a row of the sidecar says otherwise than its commit.

use crate::{id::VersionId, version::ArtifactVersion};

/// A sentence for every field in which a row differs from its commit; whether it is an orphan a commit does not say.
pub(super) fn differences(row: &ArtifactVersion, commit: &ArtifactVersion) -> Vec<String> {
    let mut found = Vec::new();
    let mut field = |name: &str, row: String, commit: String| {
        if row != commit {
            found.push(format!("{name} is {row} in the sidecar, but {commit} in the commit"));
        }
    };
    let list = |ids: &[VersionId]| {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        format!("[{}]", ids.join(" "))
    };
    field(
        "artifact_id",
        row.artifact_id.to_string(),
        commit.artifact_id.to_string(),
    );
    field(
        "content_hash",
        row.content_hash.to_string(),
        commit.content_hash.to_string(),
    );
    field("parent_hash", shown(row.parent_hash), shown(commit.parent_hash));
    field("parent_ids", list(&row.parent_ids), list(&commit.parent_ids));
    field("change_origin", shown(row.change_origin), shown(commit.change_origin));
    field("created_at", row.created_at.to_string(), commit.created_at.to_string());
    field("author", format!("{:?}", row.author), format!("{:?}", commit.author));
    field("summary", format!("{:?}", row.summary), format!("{:?}", commit.summary));
    field(
        "upstream",
        format!("{:?}", row.upstream),
        format!("{:?}", commit.upstream),
    );
    field(
        "project_commit",
        shown(row.project_commit),
        shown(commit.project_commit),
    );
    found
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}
