//! The command line: what can be typed, and which file answers it.
//!
//! A run goes one way: [`Cli`] is parsed, a [`Context`] (where, who, when) and an [`Output`] are made, one command of
//! [`cmd`] calls one function of the library and prints what it says, and a [`Failure`] becomes a [`report`]. Nothing
//! here decides anything about lineage; the crate's public API is all it sees.

mod clock;
mod cmd;
mod code;
mod completions;
mod context;
mod dates;
mod demo;
mod escape;
mod failure;
mod graph;
mod hints;
mod json;
mod manual;
mod output;
mod overview;
mod owned_files;
mod pager;
mod porcelain;
mod progress;
mod reference;
mod relative_time;
mod report;
mod serve;
mod settings;
mod signing;
mod style;
mod table;
mod text;
mod usage;

use std::{ffi::OsString, process::ExitCode};

use clap::{
    ArgAction, Args, ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    builder::PossibleValuesParser,
};
use git_lineage::Line;

use self::{
    context::Context, failure::Failure, output::Output, progress::ProgressLine, report::Report, settings::Settings,
};

/// Remembers where every deployed artifact came from
///
/// An artifact is a directory or a single file that was copied into a project and lives on there: an agent skill, an
/// agent, a command, a prompt, a config template. Every recorded version of it is an ordinary git commit under
/// refs/lineage/, whose ancestry is the artifact's lineage.
///
/// A VERSION is named by <id> (newest on the current line), <id>~<n> (n versions before it), <id>@<line> (newest on
/// another line, or as <id>@<remote>/<line> on one of a remote, as last fetched), a version id, or a content hash; ids
/// and hashes may be abbreviated to seven or more digits.
#[derive(Debug, Parser)]
#[command(
    name = "git-lineage",
    bin_name = "git lineage",
    version,
    disable_help_subcommand = true
)]
#[command(after_help = "\
Examples:
  git lineage demo                                      the tour, in a temporary directory
  git lineage deploy ../skills/pdf .claude/skills/pdf   copy an artifact into the project
  git lineage status                                    what changed here, what is new upstream
  git lineage sync skill/pdf                            bring in what is new upstream
  git lineage log skill/pdf                             its versions, newest first

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 conflicts wait for you, 4 'verify' found damage,
'status --exit-code' drift, or 'gate' more than is allowed.")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes, before or after its name.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Run as if started in DIR
    // Not global: of one that stands before and after the command's name clap would keep the latter only. See `parse`.
    #[arg(short = 'C', value_name = "DIR", action = ArgAction::Append)]
    directory: Vec<OsString>,
    /// The project branch to work on, instead of the one checked out
    #[arg(long, value_name = "BRANCH", global = true)]
    line: Option<Line>,
    /// Print JSON: one object, or one object per line for lists
    #[arg(long, global = true)]
    json: bool,
    /// When to use colour: auto, always or never [default: as color.lineage or color.ui says]
    #[arg(long, value_name = "WHEN", global = true, hide_possible_values = true)]
    color: Option<ColorChoice>,
    /// Print a long answer to the terminal as it is, not through a pager
    #[arg(long, global = true)]
    no_pager: bool,
    /// Print nothing on stderr but errors
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(cmd::init::Args),
    Deploy(cmd::deploy::Args),
    Adopt(cmd::adopt::Args),
    Sync(cmd::sync::Args),
    Record(cmd::record::Args),
    Restore(cmd::restore::Args),
    Mv(cmd::mv::Args),
    Remove(cmd::remove::Args),
    Undo(cmd::undo::Args),
    Status(cmd::status::Args),
    Diff(cmd::diff::Args),
    List(cmd::list::Args),
    Log(cmd::log::Args),
    Graph(cmd::graph::Args),
    Show(cmd::show::Args),
    Lineage(cmd::lineage::Args),
    Children(cmd::children::Args),
    Find(cmd::find::Args),
    MergeBase(cmd::merge_base::Args),
    Path(cmd::path::Args),
    Blame(cmd::blame::Args),
    Gate(cmd::gate::Args),
    Fetch(cmd::fetch::Args),
    Push(cmd::push::Args),
    Prune(cmd::prune::Args),
    Forget(cmd::forget::Args),
    Verify(cmd::verify::Args),
    Index(cmd::index::Args),
    Hooks(cmd::hooks::Args),
    Hub(cmd::hub::Args),
    Serve(cmd::serve::Args),
    Demo(cmd::demo::Args),
    Man(cmd::man::Args),
    Completions(cmd::completions::Args),
    Setup(cmd::setup::Args),
    #[command(hide = true)]
    Complete(cmd::completions::CompleteArgs),
    #[command(hide = true)]
    Hook(cmd::hook::Args),
    /// Print the reference of all commands as Markdown
    #[command(hide = true)]
    HelpReference,
}

impl Command {
    /// Its name, and whether a person reads its answer through a pager where nobody says otherwise; `None` for one whose
    /// answer is short, or not for reading.
    fn paged(&self) -> Option<(&'static str, bool)> {
        Some(match self {
            Command::Blame(_) => ("blame", true),
            Command::Children(_) => ("children", true),
            Command::Diff(_) => ("diff", true),
            Command::Find(_) => ("find", true),
            Command::Graph(_) => ("graph", true),
            Command::Lineage(_) => ("lineage", true),
            Command::List(_) => ("list", true),
            Command::Log(_) => ("log", true),
            Command::Path(_) => ("path", true),
            Command::Show(_) => ("show", true),
            Command::Status(_) => ("status", false),
            Command::Verify(_) => ("verify", false),
            _ => return None,
        })
    }

    /// Whether it may leave new objects behind. A hook does too, but the git command that it belongs to tidies up by itself.
    fn writes_objects(&self) -> bool {
        matches!(
            self,
            Command::Deploy(_)
                | Command::Adopt(_)
                | Command::Sync(_)
                | Command::Record(_)
                | Command::Restore(_)
                | Command::Mv(_)
                | Command::Remove(_)
                | Command::Fetch(_)
        )
    }
}

/// How a command ended that did not fail; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Done, or an empty list.
    Done,
    /// The one thing asked for does not exist; or a part of the work failed and was reported.
    Failed,
    /// Conflicts wait for the user.
    Conflicts,
    /// Damage was found by a command that looks for it.
    Damage,
    /// Drift was found, or more than is allowed, by a command that was asked to look for it.
    Drift,
}

impl Outcome {
    fn exit_code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::Failed => 1,
            Outcome::Conflicts => 3,
            Outcome::Damage | Outcome::Drift => 4,
        }
    }
}

/// Parses, runs, reports; the value is the exit code of the process.
pub(crate) fn main(args: &[OsString]) -> ExitCode {
    let cli = match parse(args) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(usage::answer(error, args)),
    };
    let paged = cli.command.paged();
    let settings = paged.map_or_else(Settings::default, |(name, _)| Settings::of_command(name));
    let progress = ProgressLine::new(&cli.global);
    let page = paged.map(|(_, by_default)| by_default);
    let mut out = Output::new(&cli.global, page, settings.clone(), progress.clone());
    let result = Context::new(&cli.global, settings, progress).and_then(|context| {
        let result = run(&cli.command, &context, &mut out);
        let finished = out.finish(&context.notices());
        let outcome = result?;
        finished?;
        if cli.command.writes_objects() {
            context.maintain();
        }
        Ok(outcome)
    });
    match result {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        // Whoever read the answer has seen enough, as in 'git lineage log | head'.
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            let report = Report::new(&failure, clock::now());
            out.report(&report);
            ExitCode::from(report.exit)
        }
    }
}

/// The parser: `-C` may stand behind the command's name too.
fn parser() -> clap::Command {
    let root = Cli::command();
    let directory = root.get_arguments().find(|arg| arg.get_id() == "directory").cloned();
    let behind = directory.expect("it is declared above").id(BEHIND).global(true);
    let pages = PossibleValuesParser::new(manual::names(&root));
    overview::grouped(root).mut_subcommands(|command| {
        let command = command.arg(behind.clone());
        match command.get_name() {
            "man" => command.mut_arg("command", |arg| arg.value_parser(pages.clone())),
            _ => command,
        }
    })
}

/// The id of a `-C` behind the command's name.
const BEHIND: &str = "directory behind the command";

/// Parses a command line; of several `-C`, wherever they stand, each counts from the one before.
fn parse(args: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> Result<Cli, clap::Error> {
    parse_by(&mut parser(), args)
}

/// The same by a [`parser`] that may have parsed others before.
fn parse_by(
    parser: &mut clap::Command,
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Cli, clap::Error> {
    let mut matches = parser.try_get_matches_from_mut(args)?;
    let behind = matches
        .subcommand()
        .and_then(|(_, below)| below.get_many::<OsString>(BEHIND));
    let behind: Vec<OsString> = behind.unwrap_or_default().cloned().collect();
    let mut cli = Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(parser))?;
    cli.global.directory.extend(behind);
    Ok(cli)
}

fn run(command: &Command, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    match command {
        Command::Init(args) => cmd::init::run(args, context, out),
        Command::Deploy(args) => cmd::deploy::run(args, context, out),
        Command::Adopt(args) => cmd::adopt::run(args, context, out),
        Command::Sync(args) => cmd::sync::run(args, context, out),
        Command::Record(args) => cmd::record::run(args, context, out),
        Command::Restore(args) => cmd::restore::run(args, context, out),
        Command::Mv(args) => cmd::mv::run(args, context, out),
        Command::Remove(args) => cmd::remove::run(args, context, out),
        Command::Undo(args) => cmd::undo::run(args, context, out),
        Command::Status(args) => cmd::status::run(args, context, out),
        Command::Diff(args) => cmd::diff::run(args, context, out),
        Command::List(args) => cmd::list::run(args, context, out),
        Command::Log(args) => cmd::log::run(args, context, out),
        Command::Graph(args) => cmd::graph::run(args, context, out),
        Command::Show(args) => cmd::show::run(args, context, out),
        Command::Lineage(args) => cmd::lineage::run(args, context, out),
        Command::Children(args) => cmd::children::run(args, context, out),
        Command::Find(args) => cmd::find::run(args, context, out),
        Command::MergeBase(args) => cmd::merge_base::run(args, context, out),
        Command::Path(args) => cmd::path::run(args, context, out),
        Command::Blame(args) => cmd::blame::run(args, context, out),
        Command::Gate(args) => cmd::gate::run(args, context, out),
        Command::Fetch(args) => cmd::fetch::run(args, context, out),
        Command::Push(args) => cmd::push::run(args, context, out),
        Command::Prune(args) => cmd::prune::run(args, context, out),
        Command::Forget(args) => cmd::forget::run(args, context, out),
        Command::Verify(args) => cmd::verify::run(args, context, out),
        Command::Index(args) => cmd::index::run(args, context, out),
        Command::Hooks(args) => cmd::hooks::run(args, context, out),
        Command::Hub(args) => cmd::hub::run(args, context, out),
        Command::Serve(args) => cmd::serve::run(args, context),
        Command::Demo(args) => cmd::demo::run(args, out),
        Command::Man(args) => cmd::man::run(args, context, out),
        Command::Completions(args) => cmd::completions::run(args, out),
        Command::Setup(args) => cmd::setup::run(args, context, out),
        Command::Complete(args) => cmd::completions::complete(args, out),
        Command::Hook(args) => cmd::hook::run(args, context, out),
        Command::HelpReference => reference::run(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Cli, clap::Error> {
        super::parse(std::iter::once("git-lineage").chain(args.iter().copied()))
    }

    #[test]
    fn the_clap_tree_is_valid() {
        parser().debug_assert();
    }

    #[test]
    fn global_options_stand_before_and_after_the_command() {
        for args in [
            ["--json", "--line", "x", "-q", "-C", "d", "list"],
            ["list", "--json", "--line", "x", "-q", "-C", "d"],
        ] {
            let cli = parse(&args).expect("valid");
            let global = cli.global;
            assert!(global.json && global.quiet);
            assert_eq!(global.line.map(|line| line.to_string()), Some("x".to_owned()));
            assert_eq!(global.directory, ["d"]);
        }
    }

    #[test]
    fn directories_before_and_behind_the_command_count_in_order() {
        let directories = |args: &[&str]| parse(args).expect("valid").global.directory;
        let expected = ["a", "b", "c"];
        assert_eq!(directories(&["-C", "a", "-C", "b", "list", "-C", "c"]), expected);
        assert_eq!(directories(&["-Ca", "index", "status", "-C", "b", "-Cc"]), expected);
        assert_eq!(directories(&["-C", "", "list"]), [""]);
        assert_eq!(directories(&["list"]), [] as [&str; 0]);
        assert_eq!(directories(&["record", "-m", "-C"]), [] as [&str; 0]);
    }

    #[test]
    fn malformed_values_are_wrong_usage() {
        for args in [
            &["log", "--origin", "Sync"][..],
            &["log", "--origin", ""],
            &["log", "-n", "x"],
            &["sync", "pdf"],
            &["sync", "skill/pdf", "--all"],
            &["deploy", "x", "--kind", "Skill"],
            &["list", "--line", "a..b"],
            &["list", "--color", "sometimes"],
            &["children", "abcdef"],
            &["children", "not-a-hash"],
            &["index"],
            &["no-such-command"],
            &[],
        ] {
            assert_eq!(parse(args).expect_err("invalid").exit_code(), 2, "{args:?}");
        }
    }

    /// The words of a command line.
    fn unquoted(line: &str) -> Vec<String> {
        let (mut words, mut quote) = (vec![String::new()], None);
        for c in line.chars() {
            match c {
                '\'' | '"' if quote == Some(c) => quote = None,
                '\'' | '"' if quote.is_none() => quote = Some(c),
                ' ' if quote.is_none() => words.push(String::new()),
                c => words.last_mut().expect("there is one").push(c),
            }
        }
        words
    }

    #[test]
    fn every_command_has_examples_that_can_be_typed() {
        fn check(command: &clap::Command, name: &str) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let (_, examples) = help
                .split_once("Examples:\n")
                .unwrap_or_else(|| panic!("{name} has none"));
            let own = examples
                .lines()
                .filter(|line| line.contains(&format!("lineage {name}")));
            assert!(name.is_empty() || own.count() > 0, "{name}: {examples}");
            for line in examples.lines().take_while(|line| !line.is_empty()) {
                let Some((_, typed)) = line.split_once("git lineage ") else {
                    continue;
                };
                // What is said about it stands behind more than one space, what a shell does with it behind its signs.
                let typed = typed.split("  ").next().unwrap_or_default();
                let typed = typed.split([';', '|', '>', ')']).next().unwrap_or_default().trim();
                let words = unquoted(typed);
                let parsed = super::parse(std::iter::once("git-lineage".to_owned()).chain(words));
                if let Err(error) = parsed {
                    panic!("'{typed}': {error}");
                }
            }
            for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
                check(below, format!("{name} {}", below.get_name()).trim());
            }
        }
        check(&parser(), "");
    }
}
