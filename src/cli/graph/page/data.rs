//! What the page is told, as JSON for its script alone: no public shape, and as short as a page of 20,000 versions needs it.

use std::collections::{BTreeMap, HashMap};

use git_lineage::{ArtifactVersion, ChangeOrigin, LineageStore, Upstream, VersionId};
use serde::Serialize;

use super::{
    super::{
        super::{escape, text},
        Picture,
        lanes::{Lanes, Side},
        summary,
    },
    changes::{Blamed, Changes, Room},
};

/// Everything.
#[derive(Serialize)]
pub(super) struct Page {
    artifacts: Vec<Artifact>,
    /// What could not be read, for stderr; the page says it where it is missing.
    #[serde(skip)]
    pub(super) unread: Vec<String>,
}

#[derive(Serialize)]
struct Artifact {
    id: String,
    /// What of it is not on the page, in words; empty if it is all.
    left_out: String,
    versions: Vec<Version>,
    /// By version id.
    diffs: BTreeMap<String, Changes>,
    /// Why the other versions have none, in words.
    diffs_left_out: String,
    blame: Vec<Blamed>,
    /// What of the blame is not on the page, in words; empty if it is all.
    blame_note: String,
}

/// One version and its place in the picture.
#[derive(Serialize)]
struct Version {
    id: String,
    content: String,
    /// Its place among deployment, sync, local_modification and unknown.
    origin: u8,
    side: u8,
    at: i64,
    /// Of the committer's clock, in seconds.
    offset: i32,
    author: String,
    summary: String,
    /// As it stands in the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<String>,
    names: Vec<String>,
    parents: Vec<Place>,
    column: usize,
    /// From, to and side of each line to the next row.
    edges: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    orphan: bool,
}

/// A version: its row, or where it has none its id.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Place {
    Row(usize),
    Id(String),
}

/// The rows of versions.
pub(super) struct Places(HashMap<VersionId, usize>);

impl Places {
    pub(super) fn of(&self, id: VersionId) -> Place {
        match self.0.get(&id) {
            Some(row) => Place::Row(*row),
            None => Place::Id(id.to_string()),
        }
    }
}

impl Page {
    /// Reads what the pictures do not hold: what the newest `diffs` versions changed, and the blame of the heads.
    pub(super) fn new(pictures: &[Picture<'_>], diffs: usize, store: &LineageStore) -> Self {
        let mut room = Room::new(diffs, pictures.len(), store);
        let artifacts = pictures
            .iter()
            .map(|picture| Artifact::new(picture, &mut room))
            .collect();
        Page {
            artifacts,
            unread: room.unread(),
        }
    }
}

impl Artifact {
    fn new(picture: &Picture<'_>, room: &mut Room<'_>) -> Self {
        let rows = picture.shown.iter().enumerate();
        let places = Places(rows.map(|(row, shown)| (shown.version.version_id, row)).collect());
        let left_out = match picture.left_out() {
            0 => String::new(),
            1 => "1 older version is not on this page: -n shows more.".to_owned(),
            more => format!("{more} older versions are not on this page: -n shows more."),
        };
        let mut lanes = Lanes::default();
        let mut is_cut = false;
        let versions = picture.drawn().map(|(shown, drawn)| {
            let step = lanes.next(&drawn);
            is_cut = is_cut || step.is_cut;
            let edges = step.edges().into_iter();
            Version {
                column: step.column,
                edges: edges
                    .flat_map(|edge| [edge.from, edge.to, usize::from(number(edge.side))])
                    .collect(),
                side: number(drawn.side),
                parents: shown.version.parent_ids.iter().map(|id| places.of(*id)).collect(),
                names: picture
                    .names(drawn.id)
                    .iter()
                    .map(|name| escape::line(name).into_owned())
                    .collect(),
                ..Version::of(&shown.version)
            }
        });
        let versions = versions.collect();
        let cut = if is_cut {
            " Not all lines are drawn: too many stand side by side."
        } else {
            ""
        };
        let (diffs, diffs_left_out) = room.changes(picture);
        let (blame, blame_note) = room.blame(picture, &places);
        Artifact {
            id: escape::line(picture.graph.artifact_id.as_str()).into_owned(),
            left_out: format!("{left_out}{cut}").trim_start().to_owned(),
            versions,
            diffs,
            diffs_left_out,
            blame,
            blame_note,
        }
    }
}

impl Version {
    fn of(version: &ArtifactVersion) -> Self {
        let safe = |text: &str| escape::line(text).into_owned();
        Version {
            id: version.version_id.to_string(),
            content: version.content_hash.to_string(),
            origin: match version.change_origin {
                Some(ChangeOrigin::Deployment) => 0,
                Some(ChangeOrigin::Sync) => 1,
                Some(ChangeOrigin::LocalModification) => 2,
                None => 3,
            },
            side: 0,
            at: version.created_at.seconds,
            offset: version.created_at.offset,
            author: safe(&version.author.name),
            summary: safe(&version.summary),
            line: Some(summary(version))
                .filter(|line| *line != version.summary)
                .map(|line| safe(&line)),
            names: Vec::new(),
            parents: Vec::new(),
            column: 0,
            edges: Vec::new(),
            upstream: version.upstream.as_ref().and_then(upstream).map(|text| safe(&text)),
            commit: version.project_commit.map(|commit| commit.to_string()),
            orphan: version.orphan,
        }
    }
}

/// Where upstream content came from; a ref that is the commit itself is not said twice.
fn upstream(from: &Upstream) -> Option<String> {
    match (&from.ref_name, &from.commit) {
        (Some(name), Some(commit)) if *name == commit.to_string() => text::upstream(from),
        _ => text::upstream_with_ref(from),
    }
}

fn number(side: Side) -> u8 {
    match side {
        Side::Local => 0,
        Side::Upstream => 1,
    }
}
