//! The manual pages: one for the program, one for each command, made from what the parser of the command line knows.
//!
//! What a page says of a command is what its `--help` says; what concerns all of them (exit status, environment, settings,
//! files) is in [`common`]. `git lineage --help` is what git makes `man git-lineage` of, so the names are git's way of
//! naming pages: `git-lineage-sync.1`.

mod common;

use std::io;

use clap::{Arg, Command};
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

/// A manual page.
pub(super) struct Page {
    /// Its file.
    pub(super) name: String,
    /// What the formatter reads.
    pub(super) text: String,
}

/// All pages, the program's first.
pub(super) fn pages() -> Vec<Page> {
    let root = root();
    let commands = commands(&root).map(|command| of_command(command, &root));
    std::iter::once(of_program(&root)).chain(commands).collect()
}

/// The page of a command, or of the program; `None` if there is no such command.
pub(super) fn page(command: Option<&str>) -> Option<Page> {
    let root = root();
    let Some(name) = command else {
        return Some(of_program(&root));
    };
    let command = commands(&root).find(|command| command.get_name() == name)?;
    Some(of_command(command, &root))
}

/// The names of the commands that have a page.
pub(super) fn names(root: &Command) -> Vec<String> {
    commands(root).map(|command| command.get_name().to_owned()).collect()
}

fn root() -> Command {
    let mut root = super::parser();
    root.build();
    root
}

fn commands(root: &Command) -> impl Iterator<Item = &Command> {
    root.get_subcommands().filter(|command| !command.is_hide_set())
}

fn of_program(root: &Command) -> Page {
    let mut text = beginning(root, root);
    text += &part(|w| man(root, root).render_options_section(w));
    let mut rest = Roff::new();
    rest.control("SH", ["COMMANDS"]);
    for command in commands(root) {
        rest.control("TP", []);
        rest.text([bold(page_name(command)), roman("(1)")]);
        rest.text([roman(command.get_about().map(ToString::to_string).unwrap_or_default())]);
    }
    examples(root, &mut rest);
    common::exit_status(&mut rest);
    common::environment(&mut rest);
    common::configuration(&mut rest);
    common::files(&mut rest);
    let others: Vec<String> = commands(root).map(page_name).collect();
    see_also(&others, &mut rest);
    Page {
        name: "git-lineage.1".to_owned(),
        text: text + &body(&rest),
    }
}

fn of_command(command: &Command, root: &Command) -> Page {
    let command = &without_global(command);
    let mut text = beginning(command, root);
    if command.has_subcommands() {
        text += &body(&heading("SH", "ACTIONS"));
        for action in commands(command) {
            text += &section_of_action(&without_global(action), root);
        }
    } else if has_options(command) {
        text += &part(|w| man(command, root).render_options_section(w));
    }
    let mut rest = Roff::new();
    examples(command, &mut rest);
    common::exit_status(&mut rest);
    see_also(&["git-lineage".to_owned()], &mut rest);
    Page {
        name: format!("{}.1", page_name(command)),
        text: text + &body(&rest),
    }
}

/// One of several things that a command does, within its page.
fn section_of_action(action: &Command, root: &Command) -> String {
    let mut text = body(&heading("SS", &usage(action)));
    let described = part(|w| man(action, root).render_description_section(w));
    text += described.strip_prefix(".SH DESCRIPTION\n").unwrap_or(&described);
    if has_options(action) {
        let options = part(|w| man(action, root).render_options_section(w));
        text += options.strip_prefix(".SH OPTIONS\n").unwrap_or(&options);
    }
    text
}

/// Title, name, synopsis and description. No date: the same program makes the same page.
fn beginning(command: &Command, root: &Command) -> String {
    // Each part brings what tells the formatter how to set apostrophes: once is enough.
    let mut text = Roff::new().render();
    text.insert_str(0, &format!(".\\\" {}\n", super::owned_files::MARK));
    let man = man(command, root);
    text += &format!(
        ".TH \"{}\" \"1\" \"\" \"git-lineage {}\" \"Git Manual\"\n",
        page_name(command).to_uppercase(),
        root.get_version().unwrap_or_default()
    );
    text += &part(|w| man.render_name_section(w));
    text += &part(|w| man.render_synopsis_section(w));
    text += &part(|w| man.render_description_section(w));
    text
}

fn man(command: &Command, root: &Command) -> Man {
    let forms: Vec<String> = match command.get_name() {
        name if name != root.get_name() && command.has_subcommands() => commands(command).map(usage).collect(),
        _ => vec![usage(command)],
    };
    Man::new(
        command
            .clone()
            .mut_args(values_in_help)
            .override_usage(forms.join("\n")),
    )
}

/// `git lineage sync [OPTIONS] [ID]...`
fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    usage.trim_start_matches("Usage:").trim().to_owned()
}

/// `git-lineage-sync`
fn page_name(command: &Command) -> String {
    command.get_display_name().unwrap_or(command.get_name()).to_owned()
}

/// A command without what the page of the program says of all.
fn without_global(command: &Command) -> Command {
    command.clone().mut_args(|arg| {
        if arg.is_global_set() || arg.get_id() == "help" {
            arg.hide(true)
        } else {
            arg
        }
    })
}

/// Possible values stand behind the help, as in `--help`.
fn values_in_help(arg: Arg) -> Arg {
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    let is_flag = !arg.get_action().takes_values();
    if arg.is_hide_possible_values_set() || is_flag || values.is_empty() {
        return arg;
    }
    let help = arg
        .get_long_help()
        .or(arg.get_help())
        .map(ToString::to_string)
        .unwrap_or_default();
    arg.hide_possible_values(true)
        .long_help(format!("{help} [possible values: {}]", values.join(", ")))
}

fn has_options(command: &Command) -> bool {
    !command.get_arguments().all(Arg::is_hide_set)
}

/// What stands below a command's help: its examples, and other paragraphs as notes. Exit codes have their own section.
fn examples(command: &Command, roff: &mut Roff) {
    let below = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let mut notes = Vec::new();
    for paragraph in below.split("\n\n") {
        if let Some(lines) = paragraph.strip_prefix("Examples:\n") {
            roff.control("SH", ["EXAMPLES"]);
            roff.control("EX", []);
            for line in lines.lines() {
                roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
            }
            roff.control("EE", []);
        } else if !paragraph.starts_with("Exit codes:") {
            notes.push(paragraph);
        }
    }
    for (n, paragraph) in notes.into_iter().enumerate() {
        match n {
            0 => roff.control("SH", ["NOTES"]),
            _ => roff.control("PP", []),
        };
        roff.text([roman(paragraph)]);
    }
}

fn see_also(pages: &[String], roff: &mut Roff) {
    roff.control("SH", ["SEE ALSO"]);
    let mut line = Vec::new();
    for page in pages.iter().map(String::as_str).chain(["git"]) {
        if !line.is_empty() {
            line.push(roman(", "));
        }
        line.extend([bold(page), roman("(1)")]);
    }
    roff.text(line);
}

fn heading(level: &'static str, text: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control(level, [text]);
    roff
}

/// A part of a page by the generator, without what stands before each.
fn part(render: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    render(&mut bytes).expect("memory takes everything");
    let text = String::from_utf8(bytes).expect("help texts are UTF-8");
    without_preamble(&text)
}

fn body(roff: &Roff) -> String {
    without_preamble(&roff.render())
}

fn without_preamble(text: &str) -> String {
    text.strip_prefix(&Roff::new().render()).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_the_words_of_its_help() {
        let root = root();
        let pages = pages();
        assert_eq!(pages.len(), 1 + names(&root).len());
        assert_eq!(pages[0].name, "git-lineage.1");
        for (command, page) in commands(&root).zip(&pages[1..]) {
            assert_eq!(page.name, format!("git-lineage-{}.1", command.get_name()));
            let found = super::page(Some(command.get_name())).expect("it was just listed");
            assert_eq!(found.text, page.text);
            let about = command.get_about().expect("every command has one").to_string();
            let escaped = about.replace('-', "\\-").replace('\'', "\\*(Aq");
            assert!(page.text.contains(&escaped), "{escaped} in {}", page.text);
            for section in [
                "NAME",
                "SYNOPSIS",
                "DESCRIPTION",
                "EXAMPLES",
                "\"EXIT STATUS\"",
                "\"SEE ALSO\"",
            ] {
                let lines = page.text.lines().filter(|line| *line == format!(".SH {section}"));
                assert_eq!(lines.count(), 1, "{section} in {}", page.text);
            }
        }
        for section in [
            "COMMANDS",
            "EXAMPLES",
            "ENVIRONMENT",
            "CONFIGURATION",
            "FILES",
            "\"GLOBAL OPTIONS\"",
        ] {
            let heading = format!("\n.SH {section}\n");
            assert!(pages[0].text.contains(&heading), "{section} in {}", pages[0].text);
        }
        assert!(page(Some("no-such")).is_none());
        assert!(page(Some("hook")).is_none(), "it is for git's hooks alone");
    }

    #[test]
    fn options_stand_in_their_pages() {
        for command in commands(&root()) {
            let text = page(Some(command.get_name())).expect("it has one").text;
            for arg in without_global(command).get_arguments().filter(|arg| !arg.is_hide_set()) {
                let Some(long) = arg.get_long() else { continue };
                let shown = format!("\\fB\\-\\-{}\\fR", long.replace('-', "\\-"));
                assert!(text.contains(&shown), "{shown} in {text}");
            }
        }
    }
}
