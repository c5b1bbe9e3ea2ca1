//! `gate`: lines by origin against limits, for a build that must not let more through.

use git_lineage::{ArtifactId, Gate, GateLimit, GateLimits, GateReport, LineCounts, Status};

use super::{
    super::{
        json,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Count lines that are upstream's, yours or unknown, against limits
///
/// Counts the newest recorded version of each artifact. A file that upstream has byte for byte is upstream's, of any other
/// each line is told as 'blame' does; what was written while resolving a merge is yours. Binary files have no lines.
///
/// Exits with 4 if all artifacts together have more lines of an origin than is allowed, or one has edits that are not
/// recorded: of those nobody can tell yet. Without a limit, here or in the settings lineage.gateMaxLocal and
/// lineage.gateMaxUnknown, lines are only counted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage gate
  git lineage gate --max-unknown 0 --max-local 5%
  git lineage gate --max-local 0 agent/reviewer    nobody has touched it")]
pub(in crate::cli) struct Args {
    /// The artifacts [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<ArtifactId>,
    /// At most so many lines may be yours: a number, or a share of all such as 5%
    #[arg(long, value_name = "LINES")]
    max_local: Option<GateLimit>,
    /// At most so many lines may be of unknown origin
    #[arg(long, value_name = "LINES")]
    max_unknown: Option<GateLimit>,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let store = context.store()?;
    let report = store.gate(&Gate {
        ids: args.ids.clone(),
        line: context.line().cloned(),
        limits: GateLimits {
            local: args.max_local,
            unknown: args.max_unknown,
        },
    })?;
    let unrecorded = unrecorded(args, context)?;
    let passed = unrecorded.is_empty() && !report.exceeds_local() && !report.exceeds_unknown();
    if out.is_json() {
        out.json(&json::GateObject::new(&report, &unrecorded, passed))?;
    } else {
        print(&report, &unrecorded, out)?;
    }
    Ok(if passed { Outcome::Done } else { Outcome::Drift })
}

/// The artifacts of which the work tree, or the line's branch, holds what no version has.
fn unrecorded(args: &Args, context: &Context) -> Result<Vec<ArtifactId>, Failure> {
    let store = context.store()?;
    if store.work_tree().is_none() {
        return Ok(Vec::new());
    }
    let status = store.status(&Status {
        ids: args.ids.clone(),
        line: context.line().cloned(),
        unchanged: false,
    })?;
    let unrecorded = status.into_iter().filter(|status| !status.recorded);
    Ok(unrecorded.map(|status| status.artifact_id).collect())
}

fn print(report: &GateReport, unrecorded: &[ArtifactId], out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::default();
    for artifact in &report.artifacts {
        let mut row = vec![
            Cell::new(Tone::Subject, artifact.artifact_id.as_str()),
            Cell::plain(counted(&artifact.lines)),
        ];
        if artifact.binary_files > 0 {
            row.push(Cell::new(Tone::Dim, text::count(artifact.binary_files, "binary file")));
        }
        table.row(row);
    }
    out.table(&table)?;
    out.line(format_args!(
        "{}: {}",
        text::count(report.artifacts.len(), "artifact"),
        counted(&report.lines)
    ))?;
    let exceeded = [
        (report.exceeds_local(), report.lines.local, "yours", report.limits.local),
        (
            report.exceeds_unknown(),
            report.lines.unknown,
            "of unknown origin",
            report.limits.unknown,
        ),
    ];
    for (exceeded, lines, whose, limit) in exceeded {
        if let Some(limit) = limit.filter(|_| exceeded) {
            let verb = if lines == 1 { "is" } else { "are" };
            let verdict = format!("{} {verb} {whose}, {limit} allowed", text::count(lines, "line"));
            out.line(out.paint().paint(Tone::Bad, &verdict))?;
        }
    }
    for id in unrecorded {
        let verdict = format!("{id} has edits that are not recorded");
        out.line(out.paint().paint(Tone::Bad, &verdict))?;
    }
    if !unrecorded.is_empty() {
        out.aside("git lineage record   records them, and it can be told whose they are");
    }
    Ok(())
}

fn counted(lines: &LineCounts) -> String {
    format!(
        "{} upstream, {} yours, {} unknown",
        text::count(lines.upstream, "line"),
        lines.local,
        lines.unknown
    )
}
