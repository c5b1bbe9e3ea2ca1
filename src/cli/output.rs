//! [`Output`]: the answer on stdout, everything else on stderr; or both kept in memory, for `serve`.
//!
//! Notes and follow-ups wait until the answer is out, so that they stand below it on a terminal. Writing to stderr never
//! fails a command.

use std::{
    fmt::Display,
    fs::File,
    io::{self, BufWriter, IsTerminal as _, StdoutLock, Write},
    ops::ControlFlow,
};

use clap::ColorChoice;
use git_lineage::Notice;
use serde::Serialize;

use super::{
    Failure, Global, escape, json,
    pager::Pager,
    progress::ProgressLine,
    report::Report,
    settings::Settings,
    style::{Paint, Tone},
    table::Table,
};

/// Large enough that an answer of 100,000 versions is not thousands of small writes.
const BUFFER: usize = 64 * 1024;

/// Where an answer goes.
enum Answer {
    Stdout(BufWriter<StdoutLock<'static>>),
    File(BufWriter<File>),
    Pager(BufWriter<Pager>),
    Memory(Vec<u8>),
}

impl Write for Answer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Answer::Stdout(stdout) => stdout.write(bytes),
            Answer::File(file) => file.write(bytes),
            Answer::Pager(pager) => pager.write(bytes),
            Answer::Memory(memory) => memory.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Answer::Stdout(stdout) => stdout.flush(),
            Answer::File(file) => file.flush(),
            Answer::Pager(pager) => pager.flush(),
            Answer::Memory(_) => Ok(()),
        }
    }
}

/// What a command has said, for `serve`.
pub(super) struct Said {
    /// JSON Lines.
    pub(super) answer: Vec<u8>,
    /// What the user is to know beside it.
    pub(super) notes: Vec<String>,
    /// It was said to people: the command prints no JSON.
    pub(super) is_text: bool,
}

/// Where a command's text goes.
pub(super) struct Output {
    answer: Answer,
    /// Lines for stderr, printed after the answer.
    afterwards: Vec<String>,
    json: bool,
    quiet: bool,
    /// Something was printed that is no JSON.
    said_text: bool,
    /// `--color`.
    color: Option<ColorChoice>,
    settings: Settings,
    /// Cleared before anything is printed.
    progress: ProgressLine,
    /// Whether a pager is started before the first line, where the user does not say otherwise; `None` where it is not.
    page: Option<bool>,
    width: Option<usize>,
}

impl Output {
    /// `page` says whether the answer is one for a pager, and whether by default.
    pub(super) fn new(global: &Global, page: Option<bool>, settings: Settings, progress: ProgressLine) -> Self {
        let stdout = io::stdout();
        let width = if stdout.is_terminal() {
            terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
        } else {
            None
        };
        Output {
            answer: Answer::Stdout(BufWriter::with_capacity(BUFFER, stdout.lock())),
            afterwards: Vec::new(),
            json: global.json,
            quiet: global.quiet,
            said_text: false,
            color: global.color,
            settings,
            progress,
            page: page.filter(|_| !global.no_pager && !global.json && stdout.is_terminal()),
            width,
        }
    }

    /// For one request of a program: JSON, and nothing leaves this process.
    pub(super) fn in_memory(quiet: bool) -> Self {
        Output {
            answer: Answer::Memory(Vec::new()),
            afterwards: Vec::new(),
            json: true,
            quiet,
            said_text: false,
            color: Some(ColorChoice::Never),
            settings: Settings::default(),
            progress: ProgressLine::default(),
            page: None,
            width: None,
        }
    }

    /// What was said [in memory](Self::in_memory), the library's notices first among the notes.
    pub(super) fn said(self, notices: &[Notice]) -> Said {
        let notices = notices.iter().filter(|_| !self.quiet);
        let mut notes: Vec<String> = notices.map(ToString::to_string).collect();
        notes.extend(self.afterwards);
        let answer = match self.answer {
            Answer::Memory(answer) => answer,
            Answer::Stdout(_) | Answer::File(_) | Answer::Pager(_) => Vec::new(),
        };
        Said {
            answer,
            notes,
            is_text: self.said_text,
        }
    }

    /// From here on the answer goes to a file, without colours and as wide as it is.
    pub(super) fn redirect(&mut self, file: File) {
        self.answer = Answer::File(BufWriter::with_capacity(BUFFER, file));
        self.color = Some(ColorChoice::Never);
        self.page = None;
        self.width = None;
    }

    /// Whether the answer is for a program.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether the answer is read where it is printed.
    pub(super) fn is_terminal(&self) -> bool {
        matches!(self.answer, Answer::Stdout(_)) && io::stdout().is_terminal()
    }

    /// Whether a person wants to see how far a command has come.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && !self.json
    }

    /// The colours of stdout.
    pub(super) fn paint(&self) -> Paint {
        Paint::stdout(self.color, &self.settings)
    }

    fn paint_stderr(&self) -> Paint {
        Paint::stderr(self.color, &self.settings)
    }

    /// Where a line of text goes: behind a pager from the first one on.
    fn text(&mut self) -> &mut Answer {
        self.said_text = true;
        self.progress.clear();
        let started = self
            .page
            .take()
            .map(|by_default| Pager::start(&self.settings, by_default));
        match started {
            Some(Ok(Some(pager))) => self.answer = Answer::Pager(BufWriter::with_capacity(BUFFER, pager)),
            Some(Err(why)) => self.note(why),
            Some(Ok(None)) | None => {}
        }
        &mut self.answer
    }

    /// How wide the terminal is; `None` where the answer goes elsewhere.
    pub(super) fn width(&self) -> Option<usize> {
        self.width
    }

    /// One JSON object on a line of its own.
    pub(super) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        json::write(&mut self.answer, value)?;
        self.answer.write_all(b"\n")
    }

    /// JSON Lines.
    pub(super) fn json_lines<T: Serialize>(&mut self, values: impl IntoIterator<Item = T>) -> io::Result<()> {
        values.into_iter().try_for_each(|value| self.json(&value))
    }

    /// JSON Lines as they are found; returns how many.
    pub(super) fn json_lines_of<T: Serialize, E>(
        &mut self,
        find: impl FnOnce(&mut dyn FnMut(T) -> ControlFlow<()>) -> Result<(), E>,
    ) -> Result<usize, Failure>
    where
        Failure: From<E>,
    {
        let mut lines = 0;
        let mut failed = None;
        find(&mut |value| {
            lines += 1;
            match self.json(&value) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(lines),
        }
    }

    /// One line of the answer. Whatever it holds of a repository's text must be escaped already.
    pub(super) fn line(&mut self, line: impl Display) -> io::Result<()> {
        writeln!(self.text(), "{line}")
    }

    /// Text with line ends of its own; as [`line`](Self::line).
    pub(super) fn raw(&mut self, text: &str) -> io::Result<()> {
        self.text().write_all(text.as_bytes())
    }

    /// Bytes for a script, which reads them itself: no pager, wherever they go.
    pub(super) fn for_scripts(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.page = None;
        self.said_text = true;
        self.progress.clear();
        self.answer.write_all(bytes)
    }

    /// A table.
    pub(super) fn table(&mut self, table: &Table) -> io::Result<()> {
        if table.is_empty() {
            return Ok(());
        }
        let (paint, width) = (self.paint(), self.width);
        let answer = self.text();
        table
            .lines(paint, width)
            .try_for_each(|line| writeln!(answer, "{line}"))
    }

    /// Whether anything but the answer and errors is wanted.
    pub(super) fn is_chatty(&self) -> bool {
        !self.quiet && !self.json
    }

    /// What to do next, or what an empty answer means: below the answer on stderr, unless `-q` or `--json`.
    pub(super) fn aside(&mut self, text: impl AsRef<str>) {
        if self.is_chatty() {
            self.afterwards.push(escape::line(text.as_ref()).into_owned());
        }
    }

    /// What the answer cannot say by itself but a program's user must know too: below it on stderr, unless `-q`.
    pub(super) fn note(&mut self, text: impl AsRef<str>) {
        if self.quiet {
            return;
        }
        if let Answer::Memory(_) = self.answer {
            self.afterwards.push(text.as_ref().to_owned());
            return;
        }
        let label = self.paint_stderr().paint(Tone::Label, "note:");
        self.afterwards.push(format!("{label} {}", escape::line(text.as_ref())));
    }

    /// Errors about parts of the work, below the answer on stderr, and each of their hints once. In JSON the answer itself
    /// holds them.
    pub(super) fn complain(&mut self, reports: &[&Report]) {
        if self.json {
            return;
        }
        let mut hints: Vec<&String> = Vec::new();
        for report in reports {
            self.afterwards.push(report.text_without_hints(self.paint_stderr()));
            for hint in &report.hints {
                if !hints.contains(&hint) {
                    hints.push(hint);
                }
            }
        }
        let label = self.paint_stderr().paint(Tone::Label, "hint:");
        self.afterwards
            .extend(hints.iter().map(|hint| format!("{label} {}", escape::line(hint))));
    }

    /// Everything that a command has said so far, now; for one that runs other programs.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.progress.clear();
        self.answer.flush()
    }

    /// Prints the library's notices, what is left of the answer, and what was to stand below it.
    pub(super) fn finish(&mut self, notices: &[Notice]) -> io::Result<()> {
        self.progress.clear();
        // Until the pager has ended the terminal is its own.
        if let Answer::Pager(pager) = &mut self.answer {
            let flushed = pager.flush();
            pager.get_mut().finish();
            flushed?;
        }
        if !self.quiet {
            let label = self.paint_stderr().paint(Tone::Label, "note:");
            for notice in notices {
                to_stderr(&format!("{label} {}", escape::line(&notice.to_string())));
            }
        }
        self.answer.flush()?;
        self.afterwards.drain(..).for_each(|line| to_stderr(&line));
        Ok(())
    }

    /// The error that ended the command, as the last thing on stderr.
    pub(super) fn report(&self, report: &Report) {
        to_stderr(&if self.json {
            report.json()
        } else {
            report.text(self.paint_stderr())
        });
    }
}

/// One write, so that lines of several processes do not mix; a closed stderr is nobody's loss.
pub(super) fn to_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}
