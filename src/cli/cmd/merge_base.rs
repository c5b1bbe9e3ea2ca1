//! `merge-base`: the best common ancestors of two versions.

use super::{
    super::{dates::DateArgs, text},
    Context, Failure, Outcome, Output,
};

/// Show the best common ancestor of two versions
///
/// In the order of 'git merge-base --all'. Exits with 1 if there is none.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage merge-base skill/pdf@main skill/pdf@release
  git lineage merge-base 3cf9a8d 77d01ac --all")]
pub(in crate::cli) struct Args {
    /// One version
    #[arg(value_name = "A")]
    a: String,
    /// The other
    #[arg(value_name = "B")]
    b: String,
    /// All of them, where there are several
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    date: DateArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let (a, b) = (context.resolve(&args.a)?, context.resolve(&args.b)?);
    let mut bases = context.store()?.common_ancestors(&a, &b)?;
    if !args.all {
        bases.truncate(1);
    }
    if out.is_json() {
        out.json_lines(&bases)?;
    } else {
        out.table(&text::versions(&bases, &args.date.dates(context)))?;
    }
    if bases.is_empty() {
        out.aside("the two have no ancestor in common");
        return Ok(Outcome::Failed);
    }
    Ok(Outcome::Done)
}
