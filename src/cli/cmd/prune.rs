//! `prune`: kept heads that nobody needs any more.

use git_lineage::{Prune, Timestamp};

use super::{
    super::{
        dates::Dates,
        json,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output, clock,
};

/// Give up kept heads that others contain
///
/// A head that a reset, rebase, amend or re-deploy leaves behind is kept under refs/lineage/kept/. Those that another head
/// contains, of a line, a remote or kept, need no ref of their own. With --expire those that are older than DATE go as
/// well, and with them what nothing else holds; git's gc deletes it in its own time. What an unfinished command or 'undo'
/// needs stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage prune --dry-run
  git lineage prune --expire '3 months ago'")]
pub(in crate::cli) struct Args {
    /// Also those made before this date, e.g. 2026-11-22 or '3 months ago'
    #[arg(long, value_name = "DATE")]
    expire: Option<String>,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let now = clock::now();
    let expire = args.expire.as_deref();
    let request = Prune {
        expire: expire.map(|text| Timestamp::parse_relative_to(text, now)).transpose()?,
        dry_run: args.dry_run,
    };
    let pruned = context.store()?.prune(&request)?;
    if out.is_json() {
        out.json_lines(pruned.iter().map(json::PrunedLine::from))?;
        return Ok(Outcome::Done);
    }
    let verb = if args.dry_run { "Would prune" } else { "Pruned" };
    let mut table = Table::default();
    for one in &pruned {
        let id = one.version.artifact_id.as_str();
        table.row(vec![
            Cell::new(Tone::Subject, format!("{verb} {id}")),
            text::id_cell(&one.version),
            text::when_cell(&one.version, &Dates::relative()),
            Cell::plain(if one.contained { "contained elsewhere" } else { "old" }),
            Cell::plain(&one.version.summary),
        ]);
    }
    out.table(&table)?;
    if pruned.is_empty() {
        out.aside("nothing to prune");
    } else if args.dry_run {
        out.aside("  nothing was written (--dry-run)");
    }
    Ok(Outcome::Done)
}
