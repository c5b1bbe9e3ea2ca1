//! The JSON of `hub` (docs/json.md).

use git_lineage::{FetchedProject, HubInitialized, HubProject, Timestamp};
use serde::Serialize;

use super::super::super::{json, report::Report};

/// `hub init`.
#[derive(Serialize)]
pub(super) struct Initialized {
    path: String,
    created: bool,
}

impl From<&HubInitialized> for Initialized {
    fn from(done: &HubInitialized) -> Self {
        Initialized {
            path: done.path.to_string_lossy().into_owned(),
            created: done.created,
        }
    }
}

/// `hub add`, `hub list`, `hub remove`.
#[derive(Serialize)]
pub(super) struct Project<'a> {
    name: &'a str,
    url: &'a str,
    ref_prefix: &'a str,
    artifacts: usize,
    heads: usize,
    fetched_at: Option<Timestamp>,
}

impl<'a> From<&'a HubProject> for Project<'a> {
    fn from(project: &'a HubProject) -> Self {
        Project {
            name: &project.name,
            url: &project.url,
            ref_prefix: &project.ref_prefix,
            artifacts: project.artifacts,
            heads: project.heads,
            fetched_at: project.fetched_at,
        }
    }
}

/// `hub fetch`.
#[derive(Serialize)]
pub(super) struct Fetched<'a> {
    name: &'a str,
    url: &'a str,
    result: &'static str,
    added: usize,
    moved: usize,
    removed: usize,
    kept: usize,
    error: Option<json::Error<'a>>,
}

impl<'a> Fetched<'a> {
    pub(super) fn new(project: &'a FetchedProject, report: Option<&'a Report>) -> Self {
        let changes = &project.changes;
        Fetched {
            name: &project.name,
            url: &project.url,
            result: match report {
                Some(_) => "failed",
                None if changes.is_empty() => "up_to_date",
                None => "fetched",
            },
            added: changes.added,
            moved: changes.moved,
            removed: changes.removed,
            kept: changes.kept,
            error: report.map(Report::json_object),
        }
    }
}
