//! `blame`: where each line of a file comes from.

use std::{os::unix::ffi::OsStrExt as _, path::PathBuf};

use git_lineage::{ArtifactVersion, Blame, BlamedLine};

use super::{
    super::{
        dates::{DateArgs, DateFormat, Dates},
        escape,
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Show where each line of a file comes from
///
/// For every line the version in which it first appeared, as 'git blame' finds it on the commits of the lineage, through
/// merges and renames inside the artifact. A line of upstream's belongs to the upstream version that brought it;
/// 'resolved' marks lines that were written while resolving a merge and stand on neither side.
///
/// What is asked about is the file as VERSION holds it: edits that are not recorded yet are not shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage blame skill/pdf SKILL.md
  git lineage blame skill/pdf~3 scripts/fill.py
  git lineage blame agent/code-reviewer           the one file of a single-file artifact")]
pub(in crate::cli) struct Args {
    /// The version, e.g. skill/pdf, skill/pdf~3 or a version id
    #[arg(value_name = "VERSION")]
    version: String,
    /// The file, as its path inside the artifact [default: the only one]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    date: DateArgs,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let version = context.resolve(&args.version)?;
    let file = args.file.as_ref().map(|file| file.as_os_str().as_bytes());
    let blame = context.store()?.blame(&version, file)?;
    if out.is_json() {
        out.json_lines(&blame.lines)?;
    } else {
        print(&blame, &args.date.dates_alone(DateFormat::SHORT), out)?;
    }
    Ok(Outcome::Done)
}

fn print(blame: &Blame, dates: &Dates, out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::default();
    for line in &blame.lines {
        table.row(row(line, &blame.versions[&line.version_id], dates));
    }
    // However wide the terminal is, the end of a line is as much of an answer as its beginning.
    for line in table.lines(out.paint(), None) {
        out.line(line)?;
    }
    if blame.lines.is_empty() {
        out.aside(format!("'{}' is empty", escape::path(&blame.path)));
    }
    for orphan in blame.versions.values().filter(|version| version.orphan) {
        out.aside(format!(
            "what {id} was derived from is not in this clone: lines of {id} may be older",
            id = orphan.version_id.short()
        ));
    }
    Ok(())
}

fn row(line: &BlamedLine, version: &ArtifactVersion, dates: &Dates) -> Vec<Cell> {
    let mut origin = text::origin(line.change_origin).to_owned();
    if line.resolution {
        origin.push_str(" (resolved)");
    }
    // The carriage return of a file with such line ends says nothing about the line.
    let shown = line.text.strip_suffix(b"\r").unwrap_or(&line.text);
    vec![
        text::id_cell(version),
        Cell::new(Tone::of(line.change_origin), origin),
        text::when_cell(version, dates),
        Cell::plain(&version.author.name),
        Cell::number(line.line_no.try_into().unwrap_or(u64::MAX)),
        Cell::file_text(shown),
    ]
}
