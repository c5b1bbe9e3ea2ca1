//! [`Table`]: lines whose columns stand below one another, as wide as the terminal allows; [`Columns`], the same for rows
//! that nobody wants to hold.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{
    escape,
    style::{Paint, Tone},
};

const GAP: &str = "  ";
/// A last column narrower than this is not worth cutting to: the line is left to wrap.
const NARROWEST: usize = 16;

/// One field. The text is escaped here, so that no table can print what a repository smuggled in.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
    right: bool,
}

impl Cell {
    pub(super) fn new(tone: Tone, text: impl AsRef<str>) -> Self {
        Cell {
            text: escape::line(text.as_ref()).into_owned(),
            tone,
            right: false,
        }
    }

    pub(super) fn plain(text: impl AsRef<str>) -> Self {
        Cell::new(Tone::Plain, text)
    }

    /// A line of a file, which need not be UTF-8; its tabs stand, so it belongs into the last column.
    pub(super) fn file_text(bytes: &[u8]) -> Self {
        Cell {
            text: escape::file_text(bytes),
            tone: Tone::Plain,
            right: false,
        }
    }

    /// Aligned to the right, for numbers.
    pub(super) fn number(value: u64) -> Self {
        Cell {
            right: true,
            ..Cell::plain(value.to_string())
        }
    }
}

/// Rows of cells; every row may be shorter than the others.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines, without line ends; the last column is cut where `width` columns do not hold it.
    pub(super) fn lines(&self, paint: Paint, width: Option<usize>) -> impl Iterator<Item = String> {
        let mut columns = Columns::default();
        self.rows.iter().for_each(|row| columns.widen(row));
        self.rows.iter().map(move |row| columns.line(row, paint, width))
    }
}

/// How wide the columns of rows are: each row is shown twice, to [`widen`](Self::widen) and to become a [`line`](Self::line).
#[derive(Debug, Default)]
pub(super) struct Columns(Vec<usize>);

impl Columns {
    /// Makes room for a row. Its last cell is not padded, so it does not make its column wider for others.
    pub(super) fn widen(&mut self, row: &[Cell]) {
        self.0.resize(self.0.len().max(row.len()), 0);
        for (widest, cell) in self.0.iter_mut().zip(&row[..row.len().saturating_sub(1)]) {
            *widest = (*widest).max(cell.text.width());
        }
    }

    /// The row as a line, without a line end; the last cell is cut where `width` columns do not hold it.
    pub(super) fn line(&self, row: &[Cell], paint: Paint, width: Option<usize>) -> String {
        line(row, &self.0, paint, width)
    }
}

fn line(row: &[Cell], widths: &[usize], paint: Paint, terminal: Option<usize>) -> String {
    let mut line = String::new();
    let mut used = 0;
    for (column, (cell, &width)) in row.iter().zip(widths).enumerate() {
        let last = column + 1 == row.len();
        if column > 0 {
            line.push_str(GAP);
            used += GAP.len();
        }
        let room = terminal.map(|terminal| terminal.saturating_sub(used));
        let text = match room {
            Some(room) if last && room >= NARROWEST => cut(&cell.text, room),
            _ => cell.text.clone(),
        };
        let padding = " ".repeat(width.saturating_sub(text.width()));
        used += text.width() + padding.len();
        if cell.right {
            line.push_str(&padding);
        }
        line.push_str(&paint.paint(cell.tone, &text));
        if !cell.right && !last {
            line.push_str(&padding);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// As much of `text` as `room` columns hold, with `…` for what is left out.
fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if used + width + 1 > room {
            break;
        }
        kept.push(c);
        used += width;
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {

    use super::*;

    fn lines(rows: &[&[&str]], width: Option<usize>) -> Vec<String> {
        let mut table = Table::default();
        for row in rows {
            table.row(row.iter().map(Cell::plain).collect());
        }
        table.lines(Paint::none(), width).collect()
    }

    #[test]
    fn columns_align_by_what_a_terminal_shows() {
        let shown = lines(&[&["skill/发布", "a", "x"], &["skill/pdf", "long", "y"]], None);
        assert_eq!(shown, ["skill/发布  a     x", "skill/pdf   long  y"]);
    }

    #[test]
    fn the_last_column_gives_way() {
        let shown = lines(&[&["abc", "12345678901234567890"]], Some(23));
        assert_eq!(shown, ["abc  12345678901234567…"]);
        assert_eq!(shown[0].width(), 23);
        assert_eq!(lines(&[&["abc", "12345678901234567890"]], Some(12))[0].len(), 25);
    }

    #[test]
    fn short_rows_and_ends_carry_no_white_space() {
        assert_eq!(lines(&[&["a", ""], &["abc", "b"], &["q"]], None), ["a", "abc  b", "q"]);
    }

    #[test]
    fn nothing_harmful_passes() {
        assert_eq!(lines(&[&["a\u{1b}]0;x\u{7}", "\n"]], None), ["a\\x1b]0;x\\x07  \\n"]);
    }
}
