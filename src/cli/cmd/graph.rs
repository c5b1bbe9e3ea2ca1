//! `graph`: lineages as pictures.

use std::{fs::File, path::PathBuf};

use git_lineage::{GraphStart, Timeline, TimelineStart, VersionGraph};

use super::{
    super::{
        dates::{DateArgs, Dates},
        graph::{Picture, dot, mermaid, page, text},
    },
    Context, Failure, Outcome, Output, log,
};

/// Draw the lineage of an artifact, or of everything that is deployed
///
/// As text it is what 'git lineage log --graph' draws: one line per version, newest first, with lines down to its parents;
/// 'o' is upstream's content alone, '*' holds what was made here. 'dot' is for Graphviz, 'mermaid' for what draws it inside
/// Markdown. 'html' is one page for a browser that needs nothing else: the graph, what each version changed and whose
/// change it is, and where each line of the newest files comes from.
///
/// With --json instead of a format: the versions, as 'git lineage log' prints them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage graph skill/pdf
  git lineage graph --format html --output lineage.html
  git lineage graph skill/pdf --all --format dot | dot -Tsvg > pdf.svg
  git lineage graph skill/pdf -n 20 --format mermaid")]
pub(in crate::cli) struct Args {
    /// The artifact, or the version to begin at; everything that is deployed if there is none
    #[arg(value_name = "ID|VERSION")]
    version: Option<String>,
    /// How to draw it
    #[arg(long, value_name = "FORMAT", default_value = "text", hide_default_value = true)]
    format: Format,
    /// Every version of the artifact, on any line, remote or kept, not only what VERSION contains
    #[arg(long, requires = "version")]
    all: bool,
    /// At most this many versions of each artifact; by default as many as the format bears
    #[arg(short = 'n', long = "max-count", value_name = "N")]
    limit: Option<usize>,
    /// In html: for how many of the newest versions to show what they changed
    #[arg(long, value_name = "N", default_value_t = page::DIFFS)]
    diffs: usize,
    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    date: DateArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For Graphviz
    Dot,
    /// For Mermaid
    Mermaid,
    /// One page for a browser
    Html,
}

impl Format {
    /// How many versions of each artifact are drawn unless more are asked for: what programs that draw can lay out in
    /// seconds, and a page can be loaded with.
    fn usual_limit(self) -> Option<usize> {
        match self {
            Format::Text => None,
            Format::Dot => Some(1_000),
            // Mermaid itself refuses more than 500 lines, or 50,000 characters.
            Format::Mermaid => Some(150),
            Format::Html => Some(20_000),
        }
    }
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    if out.is_json() {
        return as_json(args, context, out);
    }
    let store = context.store()?;
    let graphs = match &args.version {
        Some(version) => vec![store.graph(&start(version, args.all, context)?, context.line())?],
        None => deployed(context)?,
    };
    if graphs.is_empty() && store.is_hub() {
        out.aside("nothing is deployed in a hub: git lineage graph <id>@<project>/<line> draws one lineage");
    } else if graphs.is_empty() {
        out.aside("nothing is deployed on this line: git lineage deploy <source> [<path>]");
    }
    let limit = args.limit.or(args.format.usual_limit());
    let pictures: Vec<Picture<'_>> = graphs.iter().map(|graph| Picture::new(graph, limit)).collect();
    if let Some(path) = &args.output {
        let file = File::create(path).map_err(|source| Failure::PictureFile {
            path: path.clone(),
            source,
        })?;
        out.redirect(file);
    }
    match args.format {
        Format::Text => as_text(&pictures, &args.date.dates(context), out)?,
        Format::Dot => dot::print(&pictures, out)?,
        Format::Mermaid => mermaid::print(&pictures, out)?,
        Format::Html => page::print(&pictures, args.diffs, store, out)?,
    }
    let left_out: usize = pictures.iter().map(Picture::left_out).sum();
    if args.limit.is_none() && left_out > 0 {
        out.note(format!("{left_out} older versions are left out: -n <N> draws more"));
    }
    if let Some(path) = &args.output {
        out.aside(format!("wrote {}", path.display()));
    }
    Ok(Outcome::Done)
}

/// Where to begin: at a version, or with all versions of its artifact.
pub(super) fn start(version: &str, all: bool, context: &Context) -> Result<GraphStart, Failure> {
    Ok(if all {
        GraphStart::Artifact(log::artifact(version, context)?)
    } else {
        GraphStart::Version(context.resolve(version)?)
    })
}

fn deployed(context: &Context) -> Result<Vec<VersionGraph>, Failure> {
    let store = context.store()?;
    let mut graphs = Vec::new();
    for listed in store.list(context.line())? {
        graphs.push(store.graph(&GraphStart::Version(listed.version.version_id), context.line())?);
    }
    Ok(graphs)
}

fn as_text(pictures: &[Picture<'_>], dates: &Dates, out: &mut Output) -> Result<(), Failure> {
    for (at, picture) in pictures.iter().enumerate() {
        if pictures.len() > 1 {
            if at > 0 {
                out.line("")?;
            }
            out.line(text::heading(picture, out.paint()))?;
        }
        text::print(picture, dates, out)?;
    }
    if !pictures.is_empty() {
        out.aside(text::LEGEND);
    }
    Ok(())
}

/// The versions, newest first, as `log` prints them.
fn as_json(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    if args.format != Format::Text || args.output.is_some() {
        return Err(Failure::PictureAsJson);
    }
    let start = match &args.version {
        None => TimelineStart::Deployed(context.line().cloned()),
        Some(version) => match start(version, args.all, context)? {
            GraphStart::Version(id) => TimelineStart::Version(id),
            GraphStart::Artifact(id) => TimelineStart::Artifact(id),
        },
    };
    let mut request = Timeline::new(start);
    request.limit = args.limit;
    let store = context.store()?;
    out.json_lines_of(|visit| store.visit_timeline(&request, visit))?;
    Ok(Outcome::Done)
}
