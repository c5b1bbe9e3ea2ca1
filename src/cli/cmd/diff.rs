//! `diff`: what differs, file by file, each with whose change it is.

use git_lineage::{ArtifactId, Diff, DiffBetween, FileChange, FileDiff, FileOrigin, QueryError, VersionId};

use super::{
    super::{
        escape,
        style::{Paint, Tone},
        table::{Cell, Table},
    },
    Context, Failure, Outcome, Output,
};

/// Show what differs, with whose change it is
///
/// Without arguments, or with the id of an artifact: the work tree against the baseline, the content last deployed or
/// synced; 'both' marks files that upstream has changed since as well. With a VERSION: the work tree against that version.
/// With two: the one against the other; a file is upstream's change where both hold what upstream had then.
///
/// The patches are git's, with paths from the project's root. What a terminal would obey in them is spelled out, so that of
/// a file with such characters 'git apply' may not take them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage diff                          everything changed here since it was deployed or synced
  git lineage diff skill/pdf --stat
  git lineage diff skill/pdf~1              the work tree against the version before the newest
  git lineage diff skill/pdf@main skill/pdf@release")]
pub(in crate::cli) struct Args {
    /// An artifact, or a version to compare with
    #[arg(value_name = "ID|VERSION")]
    first: Option<String>,
    /// Another version, instead of the work tree
    #[arg(value_name = "VERSION", requires = "first")]
    second: Option<String>,
    /// One line for each file instead of a patch
    #[arg(long)]
    stat: bool,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let files = files(args, context, !args.stat && !out.is_json())?;
    if out.is_json() {
        out.json_lines(&files)?;
    } else if args.stat {
        let mut table = Table::default();
        for file in &files {
            table.row(row(file));
        }
        out.table(&table)?;
    } else {
        for file in &files {
            patch(file, out)?;
        }
    }
    Ok(Outcome::Done)
}

fn files(args: &Args, context: &Context, patch: bool) -> Result<Vec<FileDiff>, Failure> {
    let store = context.store()?;
    let ask = |between| {
        store.diff(&Diff {
            between,
            line: context.line().cloned(),
            patch,
        })
    };
    let version = |text: &str| -> Result<VersionId, Failure> { context.resolve(text) };
    Ok(match (&args.first, &args.second) {
        (None, _) => ask(DiffBetween::default())?,
        (Some(first), Some(second)) => ask(DiffBetween::Versions(version(first)?, version(second)?))?,
        (Some(first), None) => {
            // What is deployed is meant as such; all else names a version.
            let deployed = first
                .parse::<ArtifactId>()
                .map(|id| DiffBetween::BaselineAndWorkTree(vec![id]));
            match deployed.map(ask) {
                Ok(Err(QueryError::NotDeployed { .. })) | Err(_) => {
                    ask(DiffBetween::VersionAndWorkTree(version(first)?))?
                }
                Ok(answer) => answer?,
            }
        }
    })
}

fn row(file: &FileDiff) -> Vec<Cell> {
    let (word, tone) = origin(file.origin);
    let lines = match (file.lines_added, file.lines_deleted) {
        (Some(added), Some(deleted)) => format!("+{added} -{deleted}"),
        _ => "binary".to_owned(),
    };
    vec![
        Cell::new(tone, word),
        Cell::plain(letter(file.change)),
        Cell::new(Tone::Subject, file.artifact_id.as_str()),
        Cell::plain(name(file)),
        Cell::plain(lines),
    ]
}

/// The path, and where the file was before.
fn name(file: &FileDiff) -> String {
    let path = escape::path(&file.path);
    match &file.renamed_from {
        Some(before) => format!("{} → {path}", escape::path(before)),
        None => path,
    }
}

fn origin(origin: Option<FileOrigin>) -> (&'static str, Tone) {
    match origin {
        Some(FileOrigin::Upstream) => ("upstream", Tone::Upstream),
        Some(FileOrigin::Local) => ("mine", Tone::Local),
        Some(FileOrigin::Both) => ("both", Tone::Bad),
        Some(FileOrigin::None) | None => ("unknown", Tone::Dim),
    }
}

fn letter(change: FileChange) -> &'static str {
    match change {
        FileChange::Added => "A",
        FileChange::Deleted => "D",
        FileChange::Renamed => "R",
        _ => "M",
    }
}

/// One line that says whose change it is, and the patch as git shows it.
fn patch(file: &FileDiff, out: &mut Output) -> Result<(), Failure> {
    let paint = out.paint();
    let (word, tone) = origin(file.origin);
    out.line(format_args!(
        "{}  {}  {}",
        paint.paint(tone, word),
        paint.paint(Tone::Subject, &escape::line(file.artifact_id.as_str())),
        name(file),
    ))?;
    let mut in_header = true;
    let text = file.patch.strip_suffix(b"\n").unwrap_or(&file.patch);
    for line in text.split(|byte| *byte == b'\n') {
        in_header = !line.starts_with(b"@@") && (in_header || line.starts_with(b"diff --git "));
        out.line(coloured(line, in_header, paint))?;
    }
    Ok(())
}

/// A line of a patch, escaped, in git's colours.
fn coloured(line: &[u8], in_header: bool, paint: Paint) -> String {
    let text = escape::file_text(line);
    let tone = match line.first() {
        _ if in_header => Tone::Subject,
        Some(b'+') => Tone::Good,
        Some(b'-') => Tone::Removed,
        Some(b'@') => Tone::Label,
        _ => Tone::Plain,
    };
    paint.paint(tone, &text)
}
