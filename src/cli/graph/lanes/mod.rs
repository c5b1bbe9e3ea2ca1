//! Lanes: which column each version of a graph stands in, and how the lines between versions run.
//!
//! A lane leads down to a version that is still to come. [`Lanes::next`] takes the versions from the top of a graph to its
//! bottom and says of each how it is drawn and the way to the next one: as characters ([`Step::row`], [`Step::links`]), or as lines
//! from column to column ([`Step::edges`]). It holds nothing but the lanes that are open, so that a step costs what it draws,
//! however long the graph is.

use git_lineage::VersionId;

use super::Drawn;

/// So many lanes are drawn side by side; what there is beyond that begins anew where it comes.
pub(super) const MOST_LANES: usize = 32;

/// Whose line it is that a lane draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Upstream,
    Local,
}

#[derive(Debug, Clone, Copy)]
struct Lane {
    awaits: VersionId,
    side: Side,
}

/// The lanes that are open between two versions.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    open: Vec<Lane>,
    /// The last version ended the last lane.
    ended: bool,
}

/// One version, and the way down from it.
#[derive(Debug)]
pub(super) struct Step {
    /// The column of the version.
    pub(super) column: usize,
    /// Whose version it is, and with it the line to its first parent.
    side: Side,
    /// The lanes above it, the one that leads to it included.
    sides: Vec<Side>,
    /// The version above stands in the same column and has nothing to do with it.
    is_apart: bool,
    /// Some of its parents have no lane, because there are too many.
    pub(super) is_cut: bool,
    /// Lanes, other than its own, that lead to a parent after the first.
    linked: Vec<usize>,
    /// New lanes right of its own, for further parents.
    opened: Vec<Side>,
    /// A lane that ends when these are open, and the one left of it that it joins: none below a root.
    closed: Option<(usize, Option<usize>)>,
}

/// A line from a column beside a version to one beside the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) side: Side,
}

/// A character of a lane.
pub(super) type Glyph = (char, Side);

impl Lanes {
    /// Goes on to the next version.
    pub(super) fn next(&mut self, drawn: &Drawn) -> Step {
        let awaited = self.open.iter().position(|lane| lane.awaits == drawn.id);
        let column = awaited.unwrap_or(self.open.len());
        if awaited.is_none() {
            self.open.push(Lane {
                awaits: drawn.id,
                side: drawn.side,
            });
        }
        let mut step = Step {
            column,
            side: drawn.side,
            sides: self.open.iter().map(|lane| lane.side).collect(),
            is_apart: awaited.is_none() && self.ended,
            is_cut: false,
            linked: Vec::new(),
            opened: Vec::new(),
            closed: None,
        };
        let mut opened = Vec::new();
        for parent in drawn.parents.iter().skip(1) {
            match self.open.iter().position(|lane| lane.awaits == parent.id) {
                Some(other) => step.linked.push(other),
                None if self.open.len() + opened.len() >= MOST_LANES => step.is_cut = true,
                None => opened.push(Lane {
                    awaits: parent.id,
                    side: parent.side,
                }),
            }
        }
        step.opened = opened.iter().map(|lane| lane.side).collect();
        let first = drawn.parents.first();
        let joined = first.and_then(|first| self.open.iter().position(|lane| lane.awaits == first.id));
        let new = opened.len();
        self.open.splice(column + 1..column + 1, opened);
        step.closed = match (first, joined) {
            (None, _) => Some((column, None)),
            (Some(_), Some(other)) if other < column => Some((column, Some(other))),
            (Some(_), Some(other)) => Some((other + new, Some(column))),
            // Nothing leads to it, so what is below need not know of it.
            (Some(_), None) if column >= MOST_LANES => {
                step.is_cut = true;
                Some((column, None))
            }
            (Some(_), None) => None,
        };
        if let Some(first) = first {
            self.open[column] = Lane {
                awaits: first.id,
                side: drawn.side,
            };
        }
        self.ended = step.closed == Some((self.open.len() - 1, None));
        if let Some((lane, _)) = step.closed {
            self.open.remove(lane);
        }
        step
    }
}

impl Step {
    /// A row before the version's own, where without it a line would be seen that there is not.
    pub(super) fn gap(&self) -> Option<Vec<Glyph>> {
        self.is_apart.then(|| lines(&self.sides[..self.column]))
    }

    /// The version's own row: `mark` in its column.
    pub(super) fn row(&self, mark: char) -> Vec<Glyph> {
        let mut row = lines(&self.sides);
        row[2 * self.column] = (mark, self.side);
        row
    }

    /// The rows that lead to the next version; most often none.
    pub(super) fn links(&self) -> Vec<Vec<Glyph>> {
        let mut rows = Vec::new();
        let mut sides = self.sides_below();
        for &other in &self.linked {
            let mut row = lines(&sides);
            let (left, right) = (self.column.min(other), self.column.max(other));
            let near = if other < self.column { right - 1 } else { left };
            for gap in left..right {
                let line = match gap {
                    gap if gap != near => '_',
                    _ if other < self.column => '/',
                    _ => '\\',
                };
                row[2 * gap + 1] = (line, sides[other]);
            }
            rows.push(row);
        }
        for &side in self.opened.iter().rev() {
            sides.insert(self.column + 1, side);
            let mut row = blank(&sides);
            for (at, &side) in sides.iter().enumerate() {
                if at <= self.column {
                    row[2 * at] = ('|', side);
                } else {
                    row[2 * at - 1] = ('\\', side);
                }
            }
            rows.push(row);
        }
        let Some((lane, into)) = self.closed else {
            return rows;
        };
        if into.is_none() && lane + 1 == sides.len() {
            return rows;
        }
        let mut row = blank(&sides);
        for (at, &side) in sides.iter().enumerate() {
            match at {
                at if at < lane => row[2 * at] = ('|', side),
                at if at > lane => row[2 * at - 1] = ('/', side),
                _ => {}
            }
        }
        for gap in into.unwrap_or(lane)..lane {
            let line = if gap + 1 == lane { '/' } else { '_' };
            row[2 * gap + 1] = (line, sides[lane]);
        }
        rows.push(row);
        rows
    }

    /// The same as lines from the columns beside the version to those beside the next.
    pub(super) fn edges(&self) -> Vec<Edge> {
        let new = self.opened.len();
        let landed = |lane: usize| match self.closed {
            Some((closed, into)) if lane == closed => into,
            Some((closed, _)) if lane > closed => Some(lane - 1),
            _ => Some(lane),
        };
        let moved = |lane: usize| landed(if lane > self.column { lane + new } else { lane });
        let edge = |from: usize, to: Option<usize>, side: Side| to.map(|to| Edge { from, to, side });
        let sides = self.sides_below();
        let kept = sides.iter().enumerate().map(|(at, &side)| edge(at, moved(at), side));
        let opened = self.opened.iter().enumerate();
        let opened = opened.map(|(at, &side)| edge(self.column, landed(self.column + 1 + at), side));
        let linked = self
            .linked
            .iter()
            .map(|&other| edge(self.column, moved(other), sides[other]));
        kept.chain(opened).chain(linked).flatten().collect()
    }

    fn sides_below(&self) -> Vec<Side> {
        let mut sides = self.sides.clone();
        sides[self.column] = self.side;
        sides
    }
}

fn blank(sides: &[Side]) -> Vec<Glyph> {
    vec![(' ', Side::Local); (2 * sides.len()).saturating_sub(1)]
}

/// All lanes going straight down.
fn lines(sides: &[Side]) -> Vec<Glyph> {
    let mut row = blank(sides);
    for (at, &side) in sides.iter().enumerate() {
        row[2 * at] = ('|', side);
    }
    row
}

#[cfg(test)]
mod tests;
