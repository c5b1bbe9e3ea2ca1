//! `serve`: all other commands, for a program that asks often.

use super::{super::serve, Context, Failure, Outcome};

/// Answer many requests in one process: JSON-RPC 2.0 over stdin and stdout
///
/// For deployment tools, editors and scripts in any language. A message is framed as in the Language Server Protocol, by
/// Content-Length. The method is a command's name, its parameters are the command's arguments and long options in
/// snake_case, and the result is the array of the lines that the command prints with --json. Every answer is the one that
/// a new process would give.
///
/// Questions are answered side by side, in any order; what changes something is done in its turn. $/cancelRequest gives up a
/// request that has not begun to write. At the end of stdin everything that was asked is answered first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage serve --stdio
  git -C ~/project lineage serve --stdio    paths in requests count from there")]
pub(in crate::cli) struct Args {
    /// Talk over stdin and stdout, the only way there is
    #[arg(long, required = true)]
    stdio: bool,
}

pub(in crate::cli) fn run(_args: &Args, context: &Context) -> Result<Outcome, Failure> {
    serve::run(context.cwd())?;
    Ok(Outcome::Done)
}
