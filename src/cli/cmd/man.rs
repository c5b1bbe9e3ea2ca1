//! `man`: the manual.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    super::{
        escape, json,
        manual::{self, Page},
        owned_files::{self, Change},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Show the manual of git lineage, or of one of its commands
///
/// On a terminal the page is opened in man; elsewhere its source is printed, as man reads it. With --dir the pages are
/// written instead, one for each command. 'git lineage setup' puts them where man, and so 'git lineage --help', finds them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage man
  git lineage man sync
  git lineage man sync > git-lineage-sync.1
  git lineage man --dir /usr/local/share/man/man1    for a package")]
pub(in crate::cli) struct Args {
    /// The command [default: the whole program]
    #[arg(value_name = "COMMAND", hide_possible_values = true)]
    command: Option<String>,
    /// Write the pages into DIR, all of them or that of COMMAND
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let page = || manual::page(args.command.as_deref()).expect("the parser takes commands that have one");
    match &args.dir {
        Some(dir) => {
            let pages = match args.command {
                Some(_) => vec![page()],
                None => manual::pages(),
            };
            write(&pages, &context.cwd().join(dir), out)
        }
        None if out.is_terminal() && !out.is_json() => open(&page()),
        None => {
            out.line(page().text.trim_end())?;
            Ok(Outcome::Done)
        }
    }
}

fn write(pages: &[Page], dir: &Path, out: &mut Output) -> Result<Outcome, Failure> {
    let mut left_alone = Vec::new();
    let mut changes = Vec::new();
    for page in pages {
        let path = dir.join(&page.name);
        let change = owned_files::write(&path, &page.text, false)?;
        if change == Change::LeftAlone {
            left_alone.push(page.name.as_str());
        }
        changes.push(json::FileChange::new(&path, change));
    }
    if out.is_json() {
        out.json_lines(changes)?;
    } else {
        let written = text::count(pages.len() - left_alone.len(), "page");
        let dir = dir.to_string_lossy();
        out.line(format_args!("Wrote {written} to {}", escape::line(&dir)))?;
    }
    if left_alone.is_empty() {
        return Ok(Outcome::Done);
    }
    out.note(format!(
        "left alone, for git-lineage did not make them: {}",
        left_alone.join(", ")
    ));
    Ok(Outcome::Failed)
}

/// Opens a page in `man`, which takes it only from a file.
fn open(page: &Page) -> Result<Outcome, Failure> {
    let failed = |source| Failure::Manual { source };
    let mut file = tempfile::Builder::new()
        .prefix("git-lineage-")
        .suffix(".1")
        .tempfile()
        .map_err(failed)?;
    file.write_all(page.text.as_bytes()).map_err(failed)?;
    let status = Command::new("man")
        .arg("-l")
        .arg(file.path())
        .status()
        .map_err(failed)?;
    Ok(match status.success() {
        true => Outcome::Done,
        false => Outcome::Failed,
    })
}
