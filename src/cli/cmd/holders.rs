//! What `find --where` prints: each version with the lines that hold it.

use git_lineage::{ArtifactVersion, Holder, Person, Since, Timestamp, VersionId};
use serde::Serialize;

use super::{
    super::{
        relative_time,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Failure, Output, clock,
};

/// How this repository is called among remotes.
const HERE: &str = "(here)";

/// Prints versions, each with its holders.
pub(super) fn print(found: &[ArtifactVersion], holders: &[Vec<Holder>], out: &mut Output) -> Result<(), Failure> {
    let pairs = found.iter().zip(holders);
    if out.is_json() {
        out.json_lines(pairs.map(|(version, holders)| Found {
            version,
            held_by: holders.iter().map(HolderObject::from).collect(),
        }))?;
        return Ok(());
    }
    let now = clock::now();
    let mut table = Table::default();
    for (version, holders) in pairs {
        table.row(vec![Cell::plain(format!(
            "{} is {} at {} ({})",
            version.content_hash.short(),
            version.artifact_id,
            version.version_id.short(),
            facts(version),
        ))]);
        for (at, holder) in holders.iter().enumerate() {
            let is_first = at == 0 || holders[at - 1].is_head() != holder.is_head();
            table.row(row(holder, is_first, now));
        }
        if holders.is_empty() {
            table.row(vec![Cell::new(Tone::Dim, "  no line holds it any more")]);
        }
    }
    out.table(&table)?;
    Ok(())
}

/// The origin of a version, and where upstream content came from.
pub(super) fn facts(version: &ArtifactVersion) -> String {
    let origin = text::origin(version.change_origin);
    match version.upstream.as_ref().and_then(text::upstream) {
        Some(upstream) => format!("{origin}, {upstream}"),
        None => origin.to_owned(),
    }
}

fn row(holder: &Holder, is_first: bool, now: Timestamp) -> Vec<Cell> {
    let (label, tone) = match holder.is_head() {
        true => ("  runs it", Tone::Label),
        false => ("  changed since", Tone::Local),
    };
    let mut row = vec![
        Cell::new(tone, if is_first { label } else { "" }),
        Cell::new(Tone::Subject, holder.remote.as_deref().unwrap_or(HERE)),
        Cell::plain(&holder.line),
    ];
    if !holder.is_head() {
        row.push(Cell::new(Tone::Dim, holder.head.short()));
        row.push(Cell::plain(relative_time::since(holder.head_created_at, now)));
        row.push(Cell::plain(since(&holder.since)));
    }
    row
}

/// `3 versions: 1 sync, 2 local_modification by Ada, Grace`
fn since(since: &Since) -> String {
    let counts = [
        (since.deployments, "deployment"),
        (since.syncs, "sync"),
        (since.local_modifications, "local_modification"),
        (since.unknown, "unknown"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, origin)| format!("{count} {origin}")).collect();
    let people: Vec<&str> = since.changed_by.iter().map(|person| person.name.as_str()).collect();
    let by = if people.is_empty() {
        String::new()
    } else {
        format!(" by {}", people.join(", "))
    };
    format!("{}: {}{by}", text::count(since.versions, "version"), counts.join(", "))
}

#[derive(Serialize)]
struct Found<'a> {
    #[serde(flatten)]
    version: &'a ArtifactVersion,
    held_by: Vec<HolderObject<'a>>,
}

#[derive(Serialize)]
struct HolderObject<'a> {
    remote: Option<&'a str>,
    line: &'a str,
    head: VersionId,
    is_head: bool,
    head_created_at: Timestamp,
    since: SinceObject<'a>,
}

#[derive(Serialize)]
struct SinceObject<'a> {
    versions: usize,
    deployments: usize,
    syncs: usize,
    local_modifications: usize,
    unknown: usize,
    changed_by: &'a [Person],
}

impl<'a> From<&'a Holder> for HolderObject<'a> {
    fn from(holder: &'a Holder) -> Self {
        let since = &holder.since;
        HolderObject {
            remote: holder.remote.as_deref(),
            line: &holder.line,
            head: holder.head,
            is_head: holder.is_head(),
            head_created_at: holder.head_created_at,
            since: SinceObject {
                versions: since.versions,
                deployments: since.deployments,
                syncs: since.syncs,
                local_modifications: since.local_modifications,
                unknown: since.unknown,
                changed_by: &since.changed_by,
            },
        }
    }
}
