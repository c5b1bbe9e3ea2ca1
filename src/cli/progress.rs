//! [`ProgressLine`]: how far a command has come that takes longer than a moment: a line on a terminal, gone when it is done.

use std::{
    io::{self, IsTerminal as _},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use git_lineage::{Progress, ProgressStage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Global;

/// git's own variable, in seconds; its default is two.
const DELAY: &str = "GIT_PROGRESS_DELAY";
const DEFAULT_DELAY: u64 = 1;

/// Shared by what is done and what is printed; does nothing where nobody would see it.
#[derive(Debug, Clone, Default)]
pub(super) struct ProgressLine(Option<Arc<Mutex<Line>>>);

#[derive(Debug)]
struct Line {
    begun: Instant,
    delay: Duration,
    /// What is shown, once anything is.
    shown: Option<(ProgressStage, ProgressBar)>,
}

impl ProgressLine {
    /// For a command: on a terminal, and not where nothing or only JSON is wanted.
    pub(super) fn new(global: &Global) -> Self {
        if global.quiet || global.json || !io::stderr().is_terminal() {
            return ProgressLine::default();
        }
        let delay = std::env::var(DELAY).ok().and_then(|seconds| seconds.parse().ok());
        ProgressLine(Some(Arc::new(Mutex::new(Line {
            begun: Instant::now(),
            delay: Duration::from_secs(delay.unwrap_or(DEFAULT_DELAY)),
            shown: None,
        }))))
    }

    /// Whether anybody is to be told.
    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Shows how far it has come.
    pub(super) fn show(&self, now: Progress) {
        if let Some(line) = &self.0
            && let Ok(mut line) = line.lock()
        {
            line.show(now);
        }
    }

    /// Takes the line away, before anything else is printed.
    pub(super) fn clear(&self) {
        if let Some(line) = &self.0
            && let Ok(mut line) = line.lock()
            && let Some((_, bar)) = line.shown.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Line {
    fn show(&mut self, now: Progress) {
        if self.begun.elapsed() < self.delay {
            return;
        }
        let other = self.shown.take_if(|(stage, _)| *stage != now.stage);
        if let Some((_, bar)) = other {
            bar.finish_and_clear();
        }
        let (_, bar) = self.shown.get_or_insert_with(|| (now.stage, bar(now)));
        bar.set_position(now.done);
    }
}

fn bar(now: Progress) -> ProgressBar {
    let (length, template) = match now.total {
        Some(_) => (now.total, "{msg}: {human_pos} of {human_len}"),
        None => (None, "{msg}: {human_pos}"),
    };
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(words(now.stage));
    bar
}

fn words(stage: ProgressStage) -> &'static str {
    match stage {
        ProgressStage::IndexingVersions => "indexing versions",
        ProgressStage::ReadingCommits => "catching up with commits",
        ProgressStage::AskingUpstreams => "asking upstreams",
        ProgressStage::Deploying => "deploying",
        ProgressStage::Adopting => "adopting",
        ProgressStage::ReadingVersions => "reading versions",
        ProgressStage::CheckingVersions => "checking versions",
        _ => "working",
    }
}
