//! `verify`: refs, commits, manifest and sidecar against one another.

use git_lineage::{ArtifactId, Finding, Verification};

use super::{
    super::{
        json,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Check refs, commits, trailers, manifest and sidecar against one another
///
/// Lists all damage, one line each, and exits with 4 if there is any. Changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage verify
  git lineage verify skill/pdf
  git lineage verify --signatures")]
pub(in crate::cli) struct Args {
    /// Only these artifacts [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<ArtifactId>,
    /// Also have git check signatures: each that is there must be good, and with the setting lineage.requireSignatures each
    /// version that was not taken from a commit must have one
    #[arg(long)]
    signatures: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let checked = if args.signatures {
        store.verify_with_signatures(&args.ids)?
    } else {
        store.verify(&args.ids)?
    };
    if out.is_json() {
        out.json_lines(checked.findings.iter().map(json::FindingLine::from))?;
    } else {
        print(&checked, out)?;
    }
    Ok(if checked.findings.is_empty() {
        Outcome::Done
    } else {
        Outcome::Damage
    })
}

fn print(checked: &Verification, out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::default();
    for finding in &checked.findings {
        table.row(row(finding));
    }
    out.table(&table)?;
    let found = match checked.findings.len() {
        0 => out.paint().paint(Tone::Good, "no damage found"),
        number => out.paint().paint(Tone::Bad, &text::count(number, "problem")),
    };
    out.line(format_args!(
        "{}, {}, {}: {found}",
        text::count(checked.artifacts, "artifact"),
        text::count(checked.versions, "version"),
        text::count(checked.lines, "line"),
    ))?;
    Ok(())
}

fn row(finding: &Finding) -> Vec<Cell> {
    let artifact = finding.artifact_id.as_ref().map_or("-", ArtifactId::as_str);
    let version = finding.version_id.map_or_else(|| "-".to_owned(), |id| id.short());
    vec![
        Cell::new(Tone::Subject, artifact),
        Cell::new(Tone::Dim, version),
        Cell::new(Tone::Bad, &finding.code),
        Cell::plain(&finding.message),
    ]
}
