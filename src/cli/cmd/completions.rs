//! `completions`, the scripts for shells, and `complete`, which they ask.

use std::ffi::OsString;

use clap::builder::PossibleValuesParser;

use super::{
    super::{
        completions::{self, SHELLS},
        escape, parser,
    },
    Failure, Outcome, Output,
};

/// Print the completion script for a shell
///
/// 'git lineage setup' puts the scripts of all shells where these look. They complete commands, options, values, ids of
/// artifacts, lines, versions and files, for git-lineage and for 'git lineage'.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage completions bash > ~/.local/share/bash-completion/completions/git-lineage
  source <(git lineage completions bash)    for this shell only")]
pub(in crate::cli) struct Args {
    /// The shell
    #[arg(value_name = "SHELL", value_parser = shells())]
    shell: String,
}

fn shells() -> PossibleValuesParser {
    PossibleValuesParser::new(SHELLS.map(|shell| shell.name))
}

pub(in crate::cli) fn run(args: &Args, out: &mut Output) -> Result<Outcome, Failure> {
    for shell in SHELLS.iter().filter(|shell| shell.name == args.shell) {
        let scripts: Vec<&str> = shell.scripts.iter().map(|script| script.text.trim_end()).collect();
        out.line(scripts.join("\n\n"))?;
    }
    Ok(Outcome::Done)
}

/// Tell a completion script what may stand where the cursor is
///
/// The first line says whether the shell is to add paths: none, directories or files. Then a line for each word, with a
/// tab and what is to be known about it.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CompleteArgs {
    /// The words up to the cursor, without the program's name
    #[arg(value_name = "WORD", last = true)]
    words: Vec<OsString>,
}

pub(in crate::cli) fn complete(args: &CompleteArgs, out: &mut Output) -> Result<Outcome, Failure> {
    let mut root = parser();
    root.build();
    let completion = completions::complete(&root, &args.words);
    out.line(completion.paths.as_str())?;
    for candidate in completion.candidates {
        // The word is what will be typed; a shell shows what is beside it as it is.
        if candidate.word.chars().any(char::is_control) {
            continue;
        }
        out.line(format_args!("{}\t{}", candidate.word, escape::line(&candidate.help)))?;
    }
    Ok(Outcome::Done)
}
