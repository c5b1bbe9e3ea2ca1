//! `list`: what is deployed.

use git_lineage::{Line, ListedArtifact};

use super::{
    super::{
        dates::DateArgs,
        json,
        porcelain::{NOTHING, PorcelainArgs},
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// List the deployed artifacts with their newest version
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage list
  git lineage list --line release    what is deployed on another branch
  git lineage list --porcelain | cut -f 1    for scripts: the ids")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    porcelain: PorcelainArgs,
    #[command(flatten)]
    date: DateArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let artifacts = context.store()?.list(context.line())?;
    if out.is_json() {
        out.json_lines(artifacts.iter().map(json::Listed::from))?;
        return Ok(Outcome::Done);
    }
    if args.porcelain.is_wanted() {
        for artifact in &artifacts {
            porcelain(artifact, args.porcelain, out)?;
        }
        return Ok(Outcome::Done);
    }
    let dates = args.date.dates(context);
    let mut table = Table::default();
    for artifact in &artifacts {
        let version = &artifact.version;
        table.row(vec![
            Cell::new(Tone::Subject, version.artifact_id.as_str()),
            text::id_cell(version),
            text::origin_cell(version),
            text::when_cell(version, &dates),
            Cell::plain(artifact.path.as_str()),
        ]);
    }
    out.table(&table)?;
    if artifacts.is_empty() && context.store()?.is_hub() {
        out.aside("nothing is deployed in a hub: git lineage hub list shows its projects");
    } else if artifacts.is_empty() {
        out.aside("nothing is deployed on this line: git lineage deploy <source> [<path>]");
    }
    Ok(Outcome::Done)
}

fn porcelain(artifact: &ListedArtifact, args: PorcelainArgs, out: &mut Output) -> Result<(), Failure> {
    let version = &artifact.version;
    let fields = [
        version.artifact_id.as_str(),
        &version.version_id.to_string(),
        &version.content_hash.to_string(),
        text::origin(version.change_origin),
        &version.created_at.to_string(),
        artifact.line.as_ref().map_or(NOTHING, Line::as_str),
        &artifact
            .baseline
            .map_or_else(|| NOTHING.to_owned(), |hash| hash.to_string()),
    ];
    Ok(args.print(&fields, artifact.path.as_str().as_bytes(), out)?)
}
