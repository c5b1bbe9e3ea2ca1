//! `log`: the timeline.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use git_lineage::{ArtifactId, OriginFilter, QueryError, Timeline, TimelineStart, Timestamp};

use super::{
    super::{
        dates::DateArgs,
        graph::{Picture, text},
        style::Tone,
        table::{Cell, Table},
    },
    Context, Failure, Outcome, Output, clock, graph, note_missing_versions,
};

/// Show the versions of an artifact, or of all, newest first
///
/// With a VERSION: everything it contains, along all parents. With --all: every version of its artifact, on whichever
/// line, remote or kept head. Without a VERSION the same of everything that is deployed, or with --all of every artifact
/// there ever was. No version stands above one that was made from it, whatever its date says.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage log skill/pdf
  git lineage log skill/pdf --graph
  git lineage log --origin sync --since '2 weeks ago'")]
pub(in crate::cli) struct Args {
    /// Where to begin, e.g. skill/pdf, skill/pdf~3 or a version id
    #[arg(value_name = "VERSION")]
    version: Option<String>,
    /// Only versions of this origin
    #[arg(long, value_parser = origin_parser())]
    origin: Option<Origin>,
    /// Only versions from this date on, e.g. 2026-11-22 or '2 weeks ago'
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Only versions up to this date
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// At most this many
    #[arg(short = 'n', long = "max-count", value_name = "N")]
    limit: Option<usize>,
    /// Draw the parents beside the versions: 'o' is upstream's content alone, '*' holds what was made here
    #[arg(long, requires = "version", conflicts_with_all = ["origin", "since", "until"])]
    graph: bool,
    /// Every version of the artifact, not only what VERSION contains
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    date: DateArgs,
}

/// As typed: the three spellings, and `unknown`.
#[derive(Debug, Clone, Copy)]
struct Origin(OriginFilter);

fn origin_parser() -> impl clap::builder::TypedValueParser<Value = Origin> {
    PossibleValuesParser::new(["deployment", "sync", "local_modification", "unknown"]).try_map(|text| {
        Ok::<_, git_lineage::UnknownOrigin>(Origin(match text.as_str() {
            "unknown" => OriginFilter::Unknown,
            known => OriginFilter::Known(known.parse()?),
        }))
    })
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let now = clock::now();
    let date = |text: &Option<String>| {
        text.as_deref()
            .map(|text| Timestamp::parse_relative_to(text, now))
            .transpose()
    };
    let (since, until) = (date(&args.since)?, date(&args.until)?);
    if args.graph
        && !out.is_json()
        && let Some(version) = &args.version
    {
        let graph = store.graph(&graph::start(version, args.all, context)?, context.line())?;
        text::print(&Picture::new(&graph, args.limit), &args.date.dates(context), out)?;
        return Ok(Outcome::Done);
    }
    let mut request = Timeline::new(match &args.version {
        None if args.all => TimelineStart::Everything,
        None => TimelineStart::Deployed(context.line().cloned()),
        Some(version) if args.all => TimelineStart::Artifact(artifact(version, context)?),
        Some(version) => TimelineStart::Version(context.resolve(version)?),
    });
    request.origin = args.origin.map(|origin| origin.0);
    request.since = since;
    request.until = until;
    request.limit = args.limit;
    if out.is_json() {
        let lines = out.json_lines_of(|visit| store.visit_timeline(&request, visit))?;
        if lines == 0 && args.all {
            note_missing_versions(context, out)?;
        }
        return Ok(Outcome::Done);
    }
    let versions = store.timeline(&request)?;
    if versions.is_empty() && args.all {
        note_missing_versions(context, out)?;
    }
    if versions.is_empty() && args.version.is_none() && !args.all && store.is_hub() {
        out.aside("nothing is deployed in a hub: git lineage log --all shows all versions");
    }
    let dates = args.date.dates(context);
    let mut table = Table::default();
    for version in &versions {
        let mut row = Vec::new();
        if args.version.is_none() {
            row.push(Cell::new(Tone::Subject, version.artifact_id.as_str()));
        }
        row.extend(text::cells(version, &dates));
        table.row(row);
    }
    out.table(&table)?;
    Ok(Outcome::Done)
}

/// The artifact that a VERSION belongs to, which with `--all` need not be on the current line.
pub(super) fn artifact(text: &str, context: &Context) -> Result<ArtifactId, Failure> {
    let store = context.store()?;
    match store.resolve(text, context.line()) {
        Ok(id) => Ok(store.version(&id)?.artifact_id),
        Err(QueryError::NotOnLine { id, .. }) => Ok(id),
        Err(error) => Err(error.into()),
    }
}
