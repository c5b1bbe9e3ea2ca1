//! `record`: changes made in the project, as versions.

use git_lineage::{ArtifactId, Record, Recorded};

use super::{
    super::{
        json,
        signing::SigningArgs,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Record changes made here as new versions
///
/// First come the project's commits that changed an artifact and are not recorded yet, oldest first; then, as one version
/// more, what the work tree holds. Recording twice adds nothing, and going back to older content is a version too.
/// Without IDs all artifacts are recorded.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage record skill/pdf -m 'fill.py: keep field order'
  git lineage record            catch up with all commits and the work tree
  git lineage record --rev HEAD~3")]
pub(in crate::cli) struct Args {
    /// The artifacts [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<ArtifactId>,
    /// All artifacts, as without IDs
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// What changed, for the version taken from the work tree
    #[arg(short, long, value_name = "MSG", conflicts_with = "rev", allow_hyphen_values = true)]
    message: Option<String>,
    /// Record what this commit of the project holds, instead of the work tree
    #[arg(long, value_name = "COMMIT")]
    rev: Option<String>,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store_to_write(&args.signing)?;
    let request = Record {
        ids: args.ids.clone(),
        message: args.message.clone(),
        rev: args.rev.clone(),
        line: context.line().cloned(),
        dry_run: args.dry_run,
    };
    let recorded = store.record_local_modification(&request, &context.caller()?)?;
    if out.is_json() {
        out.json_lines(
            recorded
                .iter()
                .map(|one| json::Recorded::new(&one.version, one.recorded, args.dry_run)),
        )?;
    } else {
        // What is deployed but has no files was left out, and a note says so.
        let left_out = recorded.is_empty() && !store.list(context.line())?.is_empty();
        print(&recorded, left_out, args, out)?;
    }
    Ok(Outcome::Done)
}

fn print(recorded: &[Recorded], left_out: bool, args: &Args, out: &mut Output) -> Result<(), Failure> {
    let named = !args.ids.is_empty();
    let verb = if args.dry_run { "Would record" } else { "Recorded" };
    let mut table = Table::default();
    // Of a thousand artifacts only those with something new are worth a line, unless they were asked for.
    for one in recorded.iter().filter(|one| named || one.recorded) {
        let version = &one.version;
        let id = version.artifact_id.as_str();
        let subject = if one.recorded {
            format!("{verb} {id}")
        } else {
            format!("Unchanged {id}")
        };
        let mut row = vec![Cell::new(Tone::Subject, subject)];
        if !(args.dry_run && one.recorded) {
            row.push(text::id_cell(version));
        }
        row.push(text::origin_cell(version));
        row.push(Cell::plain(&version.summary));
        table.row(row);
    }
    out.table(&table)?;
    let unchanged = recorded.iter().filter(|one| !one.recorded).count();
    if recorded.is_empty() && !left_out {
        out.aside("nothing is deployed on this line: git lineage deploy <source> [<path>]");
    } else if recorded.is_empty() {
        out.aside("nothing to record");
    } else if table.is_empty() {
        out.aside(format!(
            "nothing to record: {} unchanged",
            text::count(unchanged, "artifact")
        ));
    } else if args.dry_run {
        out.aside("  nothing was written (--dry-run)");
    } else if !named && unchanged > 0 {
        out.aside(format!("  {} unchanged", text::count(unchanged, "artifact")));
    }
    Ok(())
}
