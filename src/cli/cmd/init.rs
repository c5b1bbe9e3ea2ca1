//! `init`: the manifest, and the remotes' fetch configuration.

use super::{super::json, Context, Failure, Outcome, Output};

/// Prepare the project: the manifest, and fetching lineage from its remotes
///
/// Writes an empty .gitlineage at the project root, and adds to every remote what makes 'git fetch' bring lineage too.
/// Running it again adds only what is missing. 'deploy' works without it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage init            in a project, or in a fresh clone of one")]
pub(in crate::cli) struct Args {}

pub(in crate::cli) fn run(_args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let done = context.store()?.initialize()?;
    if out.is_json() {
        out.json(&json::Initialized {
            manifest: &done.manifest,
            created: done.created,
            remotes: &done.remotes,
        })?;
        return Ok(Outcome::Done);
    }
    if done.created {
        out.line(format_args!("Created {}", done.manifest))?;
        out.aside("  next: git lineage deploy <source> [<path>]");
    } else if context.store()?.work_tree().is_some() {
        out.line(format_args!("{} was there already", done.manifest))?;
    } else if done.remotes.is_empty() {
        out.aside("nothing to do: a bare repository has no work tree for a manifest");
    }
    for remote in &done.remotes {
        let remote = crate::cli::escape::line(remote);
        out.line(format_args!("git fetch {remote}   brings its lineage too from now on"))?;
    }
    Ok(Outcome::Done)
}
