//! What `forget` prints.

use git_lineage::{ArtifactId, CommitId, VersionId};
use serde::Serialize;

/// `forget`.
#[derive(Serialize)]
pub(in crate::cli) struct Forgotten<'a> {
    artifact_id: &'a ArtifactId,
    version_ids: &'a [VersionId],
    gone: bool,
    deleted_objects: usize,
    refs: Vec<MovedRef<'a>>,
    kept: &'a [VersionId],
    undo: &'a [String],
    held: Held<'a>,
    pushed: Vec<HoldingRef<'a>>,
    baseline_lost: bool,
}

#[derive(Serialize)]
struct MovedRef<'a> {
    #[serde(rename = "ref")]
    name: &'a str,
    before: VersionId,
    after: Option<VersionId>,
}

#[derive(Serialize)]
struct Held<'a> {
    files: &'a [String],
    commits: &'a [CommitId],
    versions: &'a [VersionId],
    indexes: &'a [String],
    refs: &'a [String],
    reflogs: bool,
    elsewhere: bool,
}

#[derive(Serialize)]
struct HoldingRef<'a> {
    remote: &'a str,
    #[serde(rename = "ref")]
    name: &'a str,
    version_id: VersionId,
    rewind_to: Option<VersionId>,
    rewind: Vec<String>,
}

impl<'a> From<&'a git_lineage::Forgotten> for Forgotten<'a> {
    fn from(forgotten: &'a git_lineage::Forgotten) -> Self {
        let refs = forgotten.refs.iter().map(|moved| MovedRef {
            name: &moved.ref_name,
            before: moved.before,
            after: moved.after,
        });
        let pushed = forgotten.pushed.iter().map(|pushed| HoldingRef {
            remote: &pushed.remote,
            name: &pushed.ref_name,
            version_id: pushed.version_id,
            rewind_to: pushed.rewind_to,
            rewind: pushed.rewind(),
        });
        let held = &forgotten.held;
        Forgotten {
            artifact_id: &forgotten.artifact_id,
            version_ids: &forgotten.versions,
            gone: forgotten.is_gone(),
            deleted_objects: forgotten.deleted_objects,
            refs: refs.collect(),
            kept: &forgotten.kept,
            undo: &forgotten.undo,
            held: Held {
                files: &held.files,
                commits: &held.commits,
                versions: &held.versions,
                indexes: &held.indexes,
                refs: &held.refs,
                reflogs: held.reflogs,
                elsewhere: held.elsewhere,
            },
            pushed: pushed.collect(),
            baseline_lost: forgotten.baseline_lost,
        }
    }
}
