//! `index`: the sidecar, which makes look-ups fast and can always be thrown away.

use git_lineage::SidecarStatus;

use super::{
    super::{
        json,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Look after the sidecar, the index that makes look-ups fast
///
/// It lies in the repository under lineage/index.sqlite and holds nothing that the commits do not hold: it may be deleted
/// at any time, and every command brings it up to date by itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage index status
  git lineage index rebuild")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show what it is and whether it agrees with the refs; repairs nothing
    #[command(after_help = "\
Examples:
  git lineage index status
  git lineage index status --json")]
    Status,
    /// Fill it again from the commits
    #[command(after_help = "\
Examples:
  git lineage index rebuild")]
    Rebuild,
    /// Change its schema, up or down; all rows are kept
    #[command(after_help = "\
Examples:
  git lineage index migrate --to 1    for an older program")]
    Migrate {
        /// The schema number
        #[arg(long, value_name = "N")]
        to: u32,
    },
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let (status, done) = match args.action {
        Action::Status => (store.sidecar_status()?, None),
        Action::Rebuild => (store.rebuild_sidecar()?, Some("Rebuilt")),
        Action::Migrate { to } => (store.migrate_sidecar(to)?, Some("Migrated")),
    };
    if out.is_json() {
        out.json(&json::Sidecar::new(&status, matches!(args.action, Action::Rebuild)))?;
        return Ok(Outcome::Done);
    }
    let schema = status
        .schema
        .map_or_else(|| "unknown".to_owned(), |schema| schema.to_string());
    let versions = status.versions.map_or_else(
        || "unknown".to_owned(),
        |versions| text::count(usize::try_from(versions).unwrap_or(usize::MAX), "version"),
    );
    match done {
        Some(done) => out.line(format_args!(
            "{done} the sidecar: {versions}, schema {schema}, {}",
            status.state
        ))?,
        None => print(&status, &versions, &schema, out)?,
    }
    Ok(Outcome::Done)
}

fn print(status: &SidecarStatus, versions: &str, schema: &str, out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::default();
    let mut field = |name: &str, value: &str| {
        table.row(vec![Cell::new(Tone::Dim, name), Cell::plain(value)]);
    };
    field("sidecar", &status.path.to_string_lossy());
    field("state", &status.state.to_string());
    field("schema", schema);
    field("holds", versions);
    field("synced", &status.fsync);
    out.table(&table)?;
    Ok(())
}
