//! `remove`: no longer deployed; the lineage stays.

use git_lineage::{ArtifactId, Remove};

use super::{
    super::{escape, json, signing::SigningArgs, style::Tone, text},
    Context, Failure, Outcome, Output,
};

/// Take an artifact out of the project
///
/// Its files are deleted and its section in .gitlineage goes, both staged. What was not recorded yet is recorded first, and
/// the lineage stays: 'log --all' shows it, and any version can be read with plain git.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage remove skill/pdf
  git lineage remove skill/pdf --keep-files   go on with the files as the project's own")]
pub(in crate::cli) struct Args {
    /// The artifact
    #[arg(value_name = "ID")]
    id: ArtifactId,
    /// Leave the files where they are, as the project's own
    #[arg(long)]
    keep_files: bool,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not stage what was deleted and written
    #[arg(long)]
    no_stage: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let mut request = Remove::new(args.id.clone());
    request.keep_files = args.keep_files;
    request.line = context.line().cloned();
    request.dry_run = args.dry_run;
    request.stage = !args.no_stage;
    let removed = context
        .store_to_write(&args.signing)?
        .remove(&request, &context.caller()?)?;
    if out.is_json() {
        out.json(&json::Removed::from(&removed))?;
        return Ok(Outcome::Done);
    }
    let verb = if args.dry_run { "Would remove" } else { "Removed" };
    let id = out.paint().paint(Tone::Subject, &escape::line(args.id.as_str()));
    let path = escape::line(removed.path.as_str()).into_owned();
    let files = if args.keep_files {
        format!("the files stay in {path}")
    } else {
        format!("{} from {path}", text::count(removed.deleted_files, "file"))
    };
    out.line(format_args!("{verb} {id}  {files}"))?;
    if args.dry_run {
        out.aside("  nothing was written (--dry-run)");
        return Ok(Outcome::Done);
    }
    if let Some(edits) = removed.recorded_edits {
        out.aside(format!("  your edits were recorded first as {}", edits.short()));
    }
    if !args.no_stage {
        out.aside("  staged; commit it when you are ready");
    }
    Ok(Outcome::Done)
}
