//! For a terminal: lanes as `git log --graph` draws them, one line for each version beside them.
//!
//! `o` is a version of pure upstream content, `*` one that holds anything made here; their lanes are in upstream's colour and
//! ours. Rows are printed as they are made: what is held of a long lineage is the versions.

use std::io;

use git_lineage::{ArtifactVersion, GraphVersion};
use unicode_width::UnicodeWidthStr as _;

use super::{
    super::{
        dates::Dates,
        escape,
        output::Output,
        style::{Paint, Tone},
        table::{Cell, Columns},
        text,
    },
    Picture,
    lanes::{Glyph, Lanes, Side},
    summary,
};

/// Beside more lanes than fill so many columns, texts are not aligned any more.
const WIDEST_ALIGNED: usize = 15;

/// What the marks mean, for a line below the answer.
pub(in crate::cli) const LEGEND: &str = "o is upstream's content alone, * holds what was made here";

/// The line of a version, without its lanes.
pub(in crate::cli) fn cells(version: &ArtifactVersion, dates: &Dates) -> [Cell; 5] {
    [
        text::id_cell(version),
        text::origin_cell(version),
        text::when_cell(version, dates),
        Cell::plain(&version.author.name),
        Cell::plain(&version.summary),
    ]
}

/// The same beside lanes, with the upstream commit that came in.
fn line_of(version: &ArtifactVersion, dates: &Dates) -> [Cell; 5] {
    let mut line = cells(version, dates);
    line[4] = Cell::plain(summary(version));
    line
}

/// What stands above the picture of one of several artifacts.
pub(in crate::cli) fn heading(picture: &Picture<'_>, paint: Paint) -> String {
    paint.paint(Tone::Subject, &escape::line(picture.graph.artifact_id.as_str()))
}

/// Prints a picture.
pub(in crate::cli) fn print(picture: &Picture<'_>, dates: &Dates, out: &mut Output) -> io::Result<()> {
    let mut columns = Columns::default();
    let mut lanes = Lanes::default();
    let mut aligned = 0;
    for (shown, drawn) in picture.drawn() {
        columns.widen(&line_of(&shown.version, dates));
        let row = lanes.next(&drawn).row(mark(shown));
        aligned = aligned.max(row.len().min(WIDEST_ALIGNED));
    }
    let paint = out.paint();
    let mut lanes = Lanes::default();
    let mut is_cut = false;
    for (shown, drawn) in picture.drawn() {
        let step = lanes.next(&drawn);
        if let Some(gap) = step.gap() {
            out.line(painted(&gap, paint))?;
        }
        let row = step.row(mark(shown));
        let padding = " ".repeat(aligned.saturating_sub(row.len()) + 1);
        let names = names(picture, shown, paint);
        let taken = row.len() + padding.len() + names.as_ref().map_or(0, |(width, _)| *width);
        let room = out.width().map(|width| width.saturating_sub(taken));
        let line = columns.line(&line_of(&shown.version, dates), paint, room);
        let names = names.map_or_else(String::new, |(_, names)| names);
        out.line(format_args!("{}{padding}{line}{names}", painted(&row, paint)))?;
        for row in step.links() {
            out.line(painted(&row, paint))?;
        }
        is_cut = is_cut || step.is_cut;
    }
    if is_cut {
        out.aside("not all lines are drawn: too many stand side by side");
    }
    Ok(())
}

fn mark(version: &GraphVersion) -> char {
    if version.is_upstream { 'o' } else { '*' }
}

/// What points at a version, as it ends its line, and how wide that is.
fn names(picture: &Picture<'_>, version: &GraphVersion, paint: Paint) -> Option<(usize, String)> {
    let mut names = picture.names(version.version.version_id).to_vec();
    if version.version.orphan {
        names.push("a parent is not in this clone".to_owned());
    }
    if names.is_empty() {
        return None;
    }
    let names = format!("← {}", escape::line(&names.join(", ")));
    Some((2 + names.width(), format!("  {}", paint.paint(Tone::Label, &names))))
}

/// Neighbours of one colour share its escape sequence.
fn painted(row: &[Glyph], paint: Paint) -> String {
    let runs = row.chunk_by(|(a, left), (b, right)| (*a == ' ') == (*b == ' ') && (*a == ' ' || left == right));
    let painted = runs.map(|run| {
        let text: String = run.iter().map(|(c, _)| *c).collect();
        match run[0] {
            (' ', _) => text,
            (_, Side::Upstream) => paint.paint(Tone::Upstream, &text),
            (_, Side::Local) => paint.paint(Tone::Local, &text),
        }
    });
    painted.collect::<String>().trim_end().to_owned()
}
