//! `lineage`: the chain from the root to a version.

use git_lineage::{ArtifactVersion, VersionId};

use super::{
    super::{
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Show what a version was derived from, oldest first
///
/// One line per version from the root on, along first parents: version, origin, content hash. The same content may stand
/// in it twice: going back is a version too.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage lineage skill/pdf
  git lineage lineage skill/pdf --all-parents    with what was merged in")]
pub(in crate::cli) struct Args {
    /// The version, e.g. skill/pdf, skill/pdf~3 or a version id
    #[arg(value_name = "VERSION")]
    version: String,
    /// Everything the version contains, parents before children
    #[arg(long)]
    all_parents: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let version = context.resolve(&args.version)?;
    if out.is_json() && !args.all_parents {
        out.json_lines_of(|visit| store.visit_lineage(&version, visit))?;
        return Ok(Outcome::Done);
    }
    let versions = if args.all_parents {
        store.ancestors(&version)?
    } else {
        store.lineage(&version)?
    };
    if out.is_json() {
        out.json_lines(&versions)?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::default();
    for version in &versions {
        table.row(row(version, args.all_parents));
    }
    out.table(&table)?;
    if let Some(orphan) = versions.iter().find(|version| version.orphan) {
        let before = orphan
            .parent_hash
            .map_or_else(String::new, |hash| format!(" (content {})", hash.short()));
        out.aside(format!(
            "what {} was derived from is not in this clone{before}",
            orphan.version_id.short()
        ));
    }
    Ok(Outcome::Done)
}

fn row(version: &ArtifactVersion, with_parents: bool) -> Vec<Cell> {
    let mut row = vec![
        text::id_cell(version),
        text::origin_cell(version),
        Cell::plain(version.content_hash.short()),
    ];
    if with_parents && !version.parent_ids.is_empty() {
        let parents: Vec<String> = version.parent_ids.iter().map(VersionId::short).collect();
        row.push(Cell::plain(format!("from {}", parents.join(" "))));
    }
    row
}
