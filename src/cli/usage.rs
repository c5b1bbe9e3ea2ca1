//! What the parser of the command line says: help, the version, and wrong usage.

use std::{
    ffi::OsString,
    io::{self, Write as _},
};

use clap::{ColorChoice, error::ErrorKind};

use super::{escape, output::to_stderr, report::Report, settings::Settings, style::Paint};

/// Prints what `clap` has to say and returns the exit code. `args` are looked at once more for `--json` and `--color`,
/// because an invalid command line has no options yet.
pub(super) fn answer(error: clap::Error, args: &[OsString]) -> u8 {
    let exit = u8::try_from(error.exit_code()).unwrap_or(1);
    let (error, harmless) = without_tricks(error, args);
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !asked && has_flag(args, "--json") {
        to_stderr(&report(&error, exit).json());
        return exit;
    }
    let choice = colour(args);
    let paint = if asked {
        Paint::stdout(choice, &Settings::default())
    } else {
        Paint::stderr(choice, &Settings::default())
    };
    let rendered = error.render();
    let text = match harmless {
        true if paint.is_on() => rendered.ansi().to_string(),
        true => rendered.to_string(),
        false => escape::line(&rendered.to_string()).into_owned(),
    };
    if asked {
        // Help that nobody reads to the end is no failure.
        let _ = io::stdout().lock().write_all(text.as_bytes());
    } else {
        to_stderr(text.trim_end());
    }
    exit
}

/// The same error about arguments in which everything that a terminal obeys, line ends included, is spelled out; and
/// whether it can be printed as it is.
fn without_tricks(error: clap::Error, args: &[OsString]) -> (clap::Error, bool) {
    let escaped: Vec<OsString> = args
        .iter()
        .map(|arg| escape::line(&arg.to_string_lossy()).into_owned().into())
        .collect();
    if escaped == args {
        return (error, true);
    }
    match super::parse(&escaped) {
        Err(same) if same.kind() == error.kind() => (same, true),
        // Wrong only because of what was spelled out.
        _ => (error, false),
    }
}

/// The parser's text taken apart: the first paragraph is the message, tips and the usage line are hints.
pub(super) fn report(error: &clap::Error, exit: u8) -> Report {
    let text = error.render().to_string();
    let (first, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
    let message: Vec<&str> = first.lines().map(str::trim).collect();
    let message = message.join(" ");
    let hint = |line: &str| {
        let line = line.trim();
        let tip = line.strip_prefix("tip: ").map(str::to_owned);
        tip.or_else(|| line.starts_with("Usage: ").then(|| line.to_owned()))
    };
    let mut hints: Vec<String> = rest.lines().filter_map(hint).collect();
    if hints.is_empty() {
        hints.extend(
            rest.lines()
                .map(str::trim)
                .filter(|line| line.contains("--help"))
                .map(str::to_owned),
        );
    }
    Report {
        code: "usage".to_owned(),
        message: message
            .strip_prefix("error: ")
            .unwrap_or(&message)
            .trim_end()
            .to_owned(),
        causes: Vec::new(),
        candidates: Vec::new(),
        hints,
        exit,
    }
}

fn has_flag(args: &[OsString], flag: &str) -> bool {
    args.iter().take_while(|arg| *arg != "--").any(|arg| arg == flag)
}

fn colour(args: &[OsString]) -> Option<ColorChoice> {
    let value = args.iter().enumerate().find_map(|(at, arg)| match arg.to_str()? {
        "--color" => args.get(at + 1)?.to_str(),
        arg => arg.strip_prefix("--color="),
    });
    value?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{super::parse, *};

    fn parsed(args: &[&str]) -> Report {
        let error = parse(std::iter::once("git-lineage").chain(args.iter().copied()));
        report(&error.expect_err("invalid"), 2)
    }

    #[test]
    fn wrong_usage_is_taken_apart() {
        let report = parsed(&["log", "--origin", "Sync"]);
        assert_eq!(report.code, "usage");
        assert!(
            report
                .message
                .starts_with("invalid value 'Sync' for '--origin <ORIGIN>'"),
            "{report:?}"
        );
        assert!(report.message.contains("local_modification"), "{report:?}");
        let report = parsed(&["lst"]);
        assert_eq!(report.message, "unrecognized subcommand 'lst'");
        assert!(report.hints[0].contains("'list'"), "{report:?}");
        assert!(report.hints[1].starts_with("Usage: git lineage"), "{report:?}");
    }

    #[test]
    fn options_are_found_before_they_are_parsed() {
        let args = |args: &[&str]| args.iter().map(OsString::from).collect::<Vec<_>>();
        assert!(has_flag(&args(&["x", "--json"]), "--json"));
        assert!(!has_flag(&args(&["x", "--", "--json"]), "--json"));
        assert_eq!(colour(&args(&["x", "--color", "never"])), Some(ColorChoice::Never));
        assert_eq!(colour(&args(&["x", "--color=always"])), Some(ColorChoice::Always));
        assert_eq!(colour(&args(&["x", "--color"])), None);
    }
}
