//! How far a fetch has come: one line on a terminal that is written over, nothing elsewhere.

use std::io::{self, IsTerminal as _, Write as _};

use git_lineage::HubProgress;

use super::super::super::{escape, output::Output};

/// A line on stderr.
pub(super) struct Progress {
    on: bool,
    /// How many columns of it are written.
    width: usize,
}

impl Progress {
    pub(super) fn new(out: &Output) -> Self {
        Progress {
            on: out.shows_progress() && io::stderr().is_terminal(),
            width: 0,
        }
    }

    pub(super) fn show(&mut self, now: &HubProgress<'_>) {
        let (done, total) = (now.done, now.total);
        self.write(&format!("fetched {done} of {total}: {}", escape::line(now.name)));
    }

    /// Takes the line away.
    pub(super) fn end(&mut self) {
        if self.width > 0 {
            self.write("");
        }
    }

    fn write(&mut self, text: &str) {
        if !self.on {
            return;
        }
        let width = unicode_width::UnicodeWidthStr::width(text);
        let padding = " ".repeat(self.width.saturating_sub(width));
        self.width = width;
        // A closed stderr is nobody's loss.
        let _ = write!(io::stderr().lock(), "\r{text}{padding}\r");
    }
}
