//! Which word of a command line is being typed, and what the parser takes there.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

use super::values::Wanted;

/// What may stand where the cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Candidate {
    /// The whole word.
    pub(in crate::cli) word: String,
    /// What is to be known about it; may be empty.
    pub(in crate::cli) help: String,
}

impl Candidate {
    pub(super) fn new(word: impl Into<String>, help: impl Into<String>) -> Self {
        Candidate {
            word: word.into(),
            help: help.into(),
        }
    }
}

/// What the shell may add by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Paths {
    None,
    Directories,
    Files,
}

impl Paths {
    /// As the scripts know it.
    pub(in crate::cli) fn as_str(self) -> &'static str {
        match self {
            Paths::None => "none",
            Paths::Directories => "directories",
            Paths::Files => "files",
        }
    }
}

/// All that may stand there.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) struct Completion {
    pub(in crate::cli) candidates: Vec<Candidate>,
    pub(in crate::cli) paths: Paths,
}

impl Completion {
    fn nothing() -> Self {
        Completion {
            candidates: Vec::new(),
            paths: Paths::None,
        }
    }
}

/// What has been typed before the cursor, as far as it matters for what comes.
#[derive(Default)]
pub(super) struct Typed {
    /// The values of `-C`, in order.
    pub(super) directories: Vec<OsString>,
    /// The words that are no options, behind the command's name.
    pub(super) words: Vec<String>,
    /// Options that were given, by their ids.
    options: Vec<String>,
}

/// Completes the last of `words`, the words behind the program's name.
pub(in crate::cli) fn complete(root: &Command, words: &[OsString]) -> Completion {
    let Some((current, before)) = words.split_last() else {
        return Completion::nothing();
    };
    let Some(current) = current.to_str() else {
        return Completion::nothing();
    };
    let Some(position) = Position::after(root, before) else {
        return Completion::nothing();
    };
    let mut completion = position.complete(current);
    completion
        .candidates
        .retain(|candidate| candidate.word.starts_with(current));
    completion
}

/// Where on the command line the next word stands.
struct Position<'a> {
    command: &'a Command,
    typed: Typed,
    /// The option whose value comes next.
    option: Option<&'a Arg>,
    /// `--` was typed.
    only_words: bool,
}

impl<'a> Position<'a> {
    /// `None` where nothing is known of what was typed.
    fn after(root: &'a Command, before: &[OsString]) -> Option<Self> {
        let mut position = Position {
            command: root,
            typed: Typed::default(),
            option: None,
            only_words: false,
        };
        for word in before {
            if let Some(option) = position.option.take() {
                position.typed.option(option, Some(word));
                continue;
            }
            let text = word.to_str()?;
            if position.only_words {
                position.word(text)?;
            } else if text == "--" {
                position.only_words = true;
            } else if let Some(long) = text.strip_prefix("--") {
                position.long(long)?;
            } else if let Some(short) = text.strip_prefix('-').filter(|short| !short.is_empty()) {
                position.short(short)?;
            } else {
                position.word(text)?;
            }
        }
        Some(position)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        if self.command.has_subcommands() {
            self.command = self.command.get_subcommands().find(|below| below.get_name() == word)?;
        } else {
            self.typed.words.push(word.to_owned());
        }
        Some(())
    }

    fn long(&mut self, text: &str) -> Option<()> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let option = self.find_long(name)?;
        match value {
            None if takes_value(option) => self.option = Some(option),
            value => self.typed.option(option, value.map(OsStr::new)),
        }
        Some(())
    }

    /// Several in one word, the last with its value, if it takes one.
    fn short(&mut self, text: &str) -> Option<()> {
        for (at, letter) in text.char_indices() {
            let option = self.options().find(|arg| arg.get_short() == Some(letter))?;
            if takes_value(option) {
                match &text[at + letter.len_utf8()..] {
                    "" => self.option = Some(option),
                    value => self.typed.option(option, Some(OsStr::new(value))),
                }
                return Some(());
            }
            self.typed.option(option, None);
        }
        Some(())
    }

    fn options(&self) -> impl Iterator<Item = &'a Arg> {
        self.command.get_arguments().filter(|arg| !arg.is_positional())
    }

    fn find_long(&self, name: &str) -> Option<&'a Arg> {
        self.options().find(|arg| arg.get_long() == Some(name))
    }

    fn complete(&self, current: &str) -> Completion {
        if let Some(option) = self.option {
            return self.values(option, current, "");
        }
        if !self.only_words && current.starts_with('-') {
            return match current.split_once('=') {
                None => self.option_names(current),
                Some((name, value)) => match self.find_long(name.trim_start_matches('-')) {
                    Some(option) => self.values(option, value, &format!("{name}=")),
                    None => Completion::nothing(),
                },
            };
        }
        if self.command.has_subcommands() {
            return Completion {
                candidates: self.commands(),
                paths: Paths::None,
            };
        }
        let words: Vec<&Arg> = self.command.get_positionals().collect();
        let next = words.get(self.typed.words.len());
        match next.or_else(|| words.last().filter(|last| repeats(last))) {
            Some(arg) => self.values(arg, current, ""),
            None => Completion::nothing(),
        }
    }

    fn commands(&self) -> Vec<Candidate> {
        let shown = self.command.get_subcommands().filter(|command| !command.is_hide_set());
        shown
            .map(|command| Candidate::new(command.get_name(), about(command.get_about())))
            .collect()
    }

    /// Long names; the letter of one that has none.
    fn option_names(&self, current: &str) -> Completion {
        let given = |arg: &&Arg| self.typed.options.iter().any(|id| arg.get_id() == id.as_str()) && !repeats(arg);
        let shown = self.options().filter(|arg| !arg.is_hide_set() && !given(arg));
        let candidates = shown.filter_map(|arg| {
            let name = match (arg.get_long(), arg.get_short()) {
                (Some(long), _) if current.starts_with("--") || current == "-" => format!("--{long}"),
                (_, Some(short)) => format!("-{short}"),
                _ => return None,
            };
            Some(Candidate::new(name, about(arg.get_help())))
        });
        Completion {
            candidates: candidates.collect(),
            paths: Paths::None,
        }
    }

    /// The values of an argument; each with what stands before it in the same word.
    fn values(&self, arg: &Arg, current: &str, before: &str) -> Completion {
        let possible = arg.get_possible_values();
        let mut candidates: Vec<Candidate> = possible
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| Candidate::new(value.get_name(), about(value.get_help())))
            .collect();
        let mut paths = Paths::None;
        if candidates.is_empty() {
            let wanted = Wanted::of(arg, self.command);
            (candidates, paths) = wanted.list(current, &self.typed);
        }
        // What was typed already is not meant again where many may stand.
        if repeats(arg) {
            candidates.retain(|candidate| !self.typed.words.contains(&candidate.word));
        }
        for candidate in &mut candidates {
            candidate.word.insert_str(0, before);
        }
        Completion { candidates, paths }
    }
}

impl Typed {
    fn option(&mut self, option: &Arg, value: Option<&OsStr>) {
        self.options.push(option.get_id().to_string());
        if option.get_short() == Some('C') {
            self.directories.extend(value.map(OsStr::to_owned));
        }
    }
}

fn takes_value(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}

/// Whether more than one may be given.
fn repeats(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

/// A help text's first line.
fn about(help: Option<&clap::builder::StyledStr>) -> String {
    let text = help.map(ToString::to_string).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}
