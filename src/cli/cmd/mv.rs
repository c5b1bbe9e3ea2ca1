//! `mv`: the artifact elsewhere.

use std::path::PathBuf;

use git_lineage::{ArtifactId, Move};

use super::{
    super::{escape, json, signing::SigningArgs, style::Tone},
    Context, Failure, Outcome, Output,
};

/// Move an artifact to another path, or give it another id
///
/// Where the files have been moved already, with 'git mv' or otherwise, the manifest follows them. Ignored files that are no
/// part of the artifact stay where they are. With --id a lineage of that name begins, with the baseline as its deployment;
/// the old one stays.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage mv skill/pdf .agents/skills/pdf
  git lineage mv skill/pdf .agents/skills/forms --id skill/forms")]
pub(in crate::cli) struct Args {
    /// The artifact
    #[arg(value_name = "ID")]
    id: ArtifactId,
    /// Where it is to lie
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// What it is to be called from now on
    #[arg(long = "id", value_name = "ID")]
    new_id: Option<ArtifactId>,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not stage what was written and deleted
    #[arg(long)]
    no_stage: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store_to_write(&args.signing)?;
    let path = store.project_path(context.cwd(), &args.path)?;
    let mut request = Move::new(args.id.clone(), path);
    request.new_id.clone_from(&args.new_id);
    request.line = context.line().cloned();
    request.dry_run = args.dry_run;
    request.stage = !args.no_stage;
    let moved = store.relocate(&request, &context.caller()?)?;
    if out.is_json() {
        out.json(&json::Moved::new(&moved, args.dry_run))?;
        return Ok(Outcome::Done);
    }
    let verb = if args.dry_run { "Would move" } else { "Moved" };
    let id = out
        .paint()
        .paint(Tone::Subject, &escape::line(moved.artifact_id.as_str()));
    let (from, to) = (escape::line(moved.from.as_str()), escape::line(moved.path.as_str()));
    out.line(format_args!("{verb} {id}  from {from} to {to}"))?;
    if args.dry_run {
        out.aside("  nothing was written (--dry-run)");
        return Ok(Outcome::Done);
    }
    if let Some(edits) = moved.recorded_edits {
        out.aside(format!("  your edits were recorded first as {}", edits.short()));
    }
    if !args.no_stage {
        out.aside("  staged; commit it when you are ready");
    }
    Ok(Outcome::Done)
}
