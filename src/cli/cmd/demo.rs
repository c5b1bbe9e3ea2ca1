//! `demo`: the tour.

use std::path::PathBuf;

use super::{super::demo, Failure, Outcome, Output};

/// Show a whole life of an artifact in a temporary project
///
/// Every command is printed as you would type it, with what it really answers. The directory is left for you to explore.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage demo
  git lineage demo --dir /tmp/tour")]
pub(in crate::cli) struct Args {
    /// Where to build it; must be empty or not exist [default: a new temporary directory]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(in crate::cli) fn run(args: &Args, out: &mut Output) -> Result<Outcome, Failure> {
    demo::run(args.dir.as_deref(), out)?;
    Ok(Outcome::Done)
}
