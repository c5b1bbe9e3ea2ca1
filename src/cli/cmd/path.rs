//! `path`: from one version to another.

use super::{
    super::{dates::DateArgs, text},
    Context, Failure, Outcome, Output,
};

/// Show how A leads to B, version by version, both included
///
/// Straight through the ancestry where one contains the other; else from A back to their common ancestor, and from there
/// on to B. Nothing is printed if they have none.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage path 3cf9a8d skill/pdf    what happened since")]
pub(in crate::cli) struct Args {
    /// Where to begin
    #[arg(value_name = "A")]
    a: String,
    /// Where to end
    #[arg(value_name = "B")]
    b: String,
    #[command(flatten)]
    date: DateArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let (a, b) = (context.resolve(&args.a)?, context.resolve(&args.b)?);
    let versions = context.store()?.path_between(&a, &b)?;
    if out.is_json() {
        out.json_lines(&versions)?;
        return Ok(Outcome::Done);
    }
    out.table(&text::versions(&versions, &args.date.dates(context)))?;
    if versions.is_empty() {
        out.aside("the two have no ancestor in common");
    }
    Ok(Outcome::Done)
}
