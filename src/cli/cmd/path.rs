//! `path`: the chain between two versions.

use super::{super::text, Context, Failure, Outcome, Output, clock};

/// Show the versions from A to B, both included
///
/// Nothing is printed if B was not derived from A.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage path 3cf9a8d skill/pdf    what happened since")]
pub(in crate::cli) struct Args {
    /// The older version
    #[arg(value_name = "A")]
    a: String,
    /// The newer version
    #[arg(value_name = "B")]
    b: String,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let (a, b) = (context.resolve(&args.a)?, context.resolve(&args.b)?);
    let versions = context.store()?.path_between(&a, &b)?;
    if out.is_json() {
        out.json_lines(&versions)?;
        return Ok(Outcome::Done);
    }
    out.table(&text::versions(&versions, clock::now()))?;
    if versions.is_empty() {
        out.aside(format!("{} was not derived from {}", b.short(), a.short()));
    }
    Ok(Outcome::Done)
}
