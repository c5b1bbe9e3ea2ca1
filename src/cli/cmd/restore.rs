//! `restore`: older content back, as a new version.

use git_lineage::{ArtifactId, Restore};

use super::{
    super::{escape, json, signing::SigningArgs, style::Tone, text},
    Context, Failure, Outcome, Output,
};

/// Bring older content back into the work tree and record it as a new version
///
/// Edits that are not recorded yet are recorded first, so nothing is lost; nothing of the lineage is taken away. The baseline
/// stays what it is: the next sync brings in what upstream changed since then.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage restore skill/pdf skill/pdf~1
  git lineage restore skill/pdf 3cf9a8d
  git lineage restore skill/pdf skill/pdf@main   as it is on another line")]
pub(in crate::cli) struct Args {
    /// The artifact
    #[arg(value_name = "ID")]
    id: ArtifactId,
    /// The version of it whose content is to be there again
    #[arg(value_name = "VERSION")]
    version: String,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not stage what was written
    #[arg(long)]
    no_stage: bool,
    #[command(flatten)]
    signing: SigningArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store_to_write(&args.signing)?;
    let mut request = Restore::new(args.id.clone(), context.resolve(&args.version)?);
    request.line = context.line().cloned();
    request.dry_run = args.dry_run;
    request.stage = !args.no_stage;
    let restored = store.restore(&request, &context.caller()?)?;
    if out.is_json() {
        out.json(&json::Recorded::new(&restored.version, restored.recorded, args.dry_run))?;
        return Ok(Outcome::Done);
    }
    let id = out.paint().paint(Tone::Subject, &escape::line(args.id.as_str()));
    let short = request.version.short();
    let files = text::count(restored.changed_files, "file");
    if !restored.recorded {
        out.line(format_args!("Unchanged {id}  it has the content of {short}"))?;
    } else if args.dry_run {
        out.line(format_args!("Would restore {id}  {files} as in {short}"))?;
    } else {
        let version = restored.version.version_id.short();
        out.line(format_args!("Restored {id}  {version}  {files} as in {short}"))?;
    }
    if let Some(edits) = restored.recorded_edits.filter(|_| !args.dry_run) {
        out.aside(format!("  your edits were recorded first as {}", edits.short()));
    }
    if args.dry_run {
        out.aside("  nothing was written (--dry-run)");
    } else if !args.no_stage && restored.changed_files > 0 {
        out.aside("  staged what was written; commit it when you are ready");
    }
    Ok(Outcome::Done)
}
