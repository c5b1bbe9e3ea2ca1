//! `init`: the manifest, and the remotes' fetch configuration.

use git_lineage::InstallHooks;

use super::{super::json, Context, Failure, Outcome, Output};

/// Prepare the project: the manifest, and fetching lineage from its remotes
///
/// Writes an empty .gitlineage at the project root, and adds to every remote what makes 'git fetch' bring lineage too.
/// Running it again adds only what is missing. 'deploy' works without it. With --hooks git's hooks record by themselves from
/// now on, see 'git lineage hooks'.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage init            in a project, or in a fresh clone of one
  git lineage init --hooks    and record every commit by itself")]
pub(in crate::cli) struct Args {
    /// Install git's hooks, too, as 'git lineage hooks install' does
    #[arg(long)]
    hooks: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    // First, for only this can be refused.
    let hooks = if args.hooks {
        store.install_hooks(InstallHooks::default())?
    } else {
        Vec::new()
    };
    let done = store.initialize()?;
    if out.is_json() {
        out.json(&json::Initialized {
            manifest: &done.manifest,
            created: done.created,
            remotes: &done.remotes,
            hooks: hooks.iter().map(json::HookChange::from).collect(),
        })?;
        return Ok(Outcome::Done);
    }
    if done.created {
        out.line(format_args!("Created {}", done.manifest))?;
        out.aside("  next: git lineage deploy <source> [<path>]");
        if !args.hooks {
            out.aside("  or first: git lineage hooks install   records every commit by itself");
        }
    } else if store.work_tree().is_some() {
        out.line(format_args!("{} was there already", done.manifest))?;
    } else if done.remotes.is_empty() {
        out.aside("nothing to do: a bare repository has no work tree for a manifest");
    }
    for remote in &done.remotes {
        let remote = crate::cli::escape::line(remote);
        out.line(format_args!("git fetch {remote}   brings its lineage too from now on"))?;
    }
    super::hooks::print_changes(&hooks, false, context, out)?;
    Ok(Outcome::Done)
}
