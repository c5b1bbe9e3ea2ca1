//! Which colour means what, and when there is any. Colour repeats what a word says, it never replaces the word.

use std::io;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use git_lineage::ChangeOrigin;

use super::{
    pager::IN_USE,
    settings::{Settings, truth},
};

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    /// The subject of a line.
    Subject,
    /// Less important than its neighbours, or unknown.
    Dim,
    /// From upstream.
    Upstream,
    /// Changed here.
    Local,
    /// Deployed, or well.
    Good,
    /// An error, or damage.
    Bad,
    /// A line that is no more.
    Removed,
    /// The label of a note or hint.
    Label,
}

impl Tone {
    /// The tone of a change origin.
    pub(super) fn of(origin: Option<ChangeOrigin>) -> Self {
        match origin {
            Some(ChangeOrigin::Deployment) => Tone::Good,
            Some(ChangeOrigin::Sync) => Tone::Upstream,
            Some(ChangeOrigin::LocalModification) => Tone::Local,
            None => Tone::Dim,
        }
    }

    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Tone::Plain => Style::new(),
            Tone::Subject => Style::new().bold(),
            Tone::Dim => Style::new().dimmed(),
            Tone::Upstream => colour(AnsiColor::Blue),
            Tone::Local => colour(AnsiColor::Yellow),
            Tone::Good => colour(AnsiColor::Green),
            Tone::Bad => colour(AnsiColor::Red).bold(),
            Tone::Removed => colour(AnsiColor::Red),
            Tone::Label => colour(AnsiColor::Cyan),
        }
    }
}

/// Colours text for one stream, or leaves it as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    on: bool,
}

impl Paint {
    /// For stdout: `--color` decides, else `color.lineage`, else `color.ui`. Where these say `auto`, or nothing: `NO_COLOR`,
    /// `CLICOLOR_FORCE`, `TERM=dumb` and whether it is a terminal, or a pager behind which is one.
    pub(super) fn stdout(option: Option<ColorChoice>, settings: &Settings) -> Self {
        let choice = choice(option, settings);
        let on = decide(choice, AutoStream::choice(&io::stdout()));
        Paint {
            on: on || (choice == ColorChoice::Auto && goes_to_a_pager(settings)),
        }
    }

    /// For stderr, by the same rules.
    pub(super) fn stderr(option: Option<ColorChoice>, settings: &Settings) -> Self {
        Paint {
            on: decide(choice(option, settings), AutoStream::choice(&io::stderr())),
        }
    }

    /// No colour, for text that is not printed as it is.
    pub(super) fn none() -> Self {
        Paint { on: false }
    }

    /// Whether there is colour at all.
    pub(super) fn is_on(self) -> bool {
        self.on
    }

    /// `text` in the colour of `tone`.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.on || tone == Tone::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = tone.style();
        format!("{style}{text}{style:#}")
    }
}

/// What the user has said, here or once for all.
fn choice(option: Option<ColorChoice>, settings: &Settings) -> ColorChoice {
    let configured = || {
        let text = settings.get("color.lineage").or_else(|| settings.get("color.ui"))?;
        Some(match text.to_ascii_lowercase().as_str() {
            "always" => ColorChoice::Always,
            "never" => ColorChoice::Never,
            text if truth(text) == Some(false) => ColorChoice::Never,
            _ => ColorChoice::Auto,
        })
    };
    option.or_else(configured).unwrap_or(ColorChoice::Auto)
}

/// Whether git has put a pager behind this program, as it does for `pager.lineage` and `git -p`.
fn goes_to_a_pager(settings: &Settings) -> bool {
    let says = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let in_use = says(IN_USE).is_some_and(|value| truth(&value.to_string_lossy()) == Some(true));
    let may_be = settings.get("color.pager").and_then(truth) != Some(false);
    in_use && may_be && says("NO_COLOR").is_none() && says("TERM").is_some_and(|term| term != "dumb")
}

fn decide(choice: ColorChoice, found: anstream::ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => found != anstream::ColorChoice::Never,
    }
}
