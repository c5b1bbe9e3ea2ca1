//! From a method and its parameters to the command line that asks the same.
//!
//! Nothing is known twice: which methods there are, and what they take, is read from the parser of the command line.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};
use serde_json::Value;

use super::{
    super::usage,
    message::{METHOD_NOT_FOUND, Params, Problem},
};

/// Commands that print for people, run other programs or read what is meant for us.
const NOT_SERVED: [&str; 8] = [
    "complete",
    "completions",
    "demo",
    "help-reference",
    "hook",
    "man",
    "serve",
    "setup",
];
/// Questions. Everything else may write, and waits for its turn.
const QUESTIONS: [&str; 16] = [
    "blame",
    "children",
    "diff",
    "find",
    "gate",
    "graph",
    "hub list",
    "index status",
    "lineage",
    "list",
    "log",
    "merge-base",
    "path",
    "show",
    "status",
    "verify",
];
/// Options of every command that a request may name; the others are about streams and terminals.
const GLOBAL: [&str; 2] = ["line", "quiet"];

/// Whether a method only asks.
pub(super) fn is_question(method: &str) -> bool {
    QUESTIONS.contains(&method)
}

/// The command that a method names, e.g. `sync` or `index status`.
pub(super) fn command<'a>(root: &'a Command, method: &str) -> Result<&'a Command, Problem> {
    let mut found = root;
    for word in method.split(' ') {
        let below = found.get_subcommands().find(|command| command.get_name() == word);
        found = match below {
            Some(below) if !(std::ptr::eq(found, root) && NOT_SERVED.contains(&word)) => below,
            _ => return Err(not_found(root, method)),
        };
    }
    // 'index' alone asks for nothing.
    if found.has_subcommands() {
        return Err(not_found(root, method));
    }
    Ok(found)
}

/// A method, for the reference.
pub(in crate::cli) struct Method {
    pub(in crate::cli) name: String,
    /// Its parameters, those that may come by position first.
    pub(in crate::cli) words: Vec<String>,
    pub(in crate::cli) options: Vec<String>,
    pub(in crate::cli) is_question: bool,
}

/// All methods, in the order of the commands.
pub(in crate::cli) fn methods(root: &Command) -> Vec<Method> {
    let shown = |above: &Command| -> Vec<Command> {
        let below = above.get_subcommands().filter(|command| !command.is_hide_set());
        below.cloned().collect()
    };
    let names = shown(root).into_iter().flat_map(|command| {
        let name = command.get_name().to_owned();
        let below = shown(&command);
        if below.is_empty() {
            return vec![name];
        }
        below
            .iter()
            .map(|below| format!("{name} {}", below.get_name()))
            .collect()
    });
    let served = names.filter_map(|name| Some((command(root, &name).ok()?, name)));
    served
        .map(|(command, name)| {
            let own = arguments(command, root).into_iter();
            let own = own.filter(|(name, _)| !GLOBAL.contains(&name.as_str()));
            let (words, options): (Vec<_>, Vec<_>) = own.partition(|(_, arg)| arg.get_index().is_some());
            let names = |all: Vec<(String, &Arg)>| all.into_iter().map(|(name, _)| name).collect();
            Method {
                is_question: is_question(&name),
                name,
                words: names(words),
                options: names(options),
            }
        })
        .collect()
}

/// With what the parser of the command line has to say about the words.
fn not_found(root: &Command, method: &str) -> Problem {
    let words: Vec<&str> = method.split(' ').collect();
    let args = std::iter::once("git-lineage").chain(words.iter().copied());
    let hints = match root.clone().try_get_matches_from(args) {
        Err(error) if words.iter().all(|word| !word.is_empty() && !word.starts_with('-')) => {
            let tips = usage::report(&error, 2).hints.into_iter();
            tips.filter(|hint| !hint.starts_with("Usage:")).collect()
        }
        _ => Vec::new(),
    };
    let shown: String = method.chars().take(80).collect();
    Problem {
        code: METHOD_NOT_FOUND,
        ..Problem::usage(format!("there is no method '{shown}'"), hints)
    }
}

/// The command line, the program's name first.
pub(super) fn command_line(root: &Command, method: &str, params: &Params) -> Result<Vec<OsString>, Problem> {
    let command = command(root, method)?;
    let mut line = Line::default();
    match params {
        Params::None => {}
        Params::List(list) => {
            for value in list {
                line.words.push(text(value, method)?);
            }
        }
        Params::Named(named) => {
            let mut positional: Vec<(usize, Vec<String>)> = Vec::new();
            for (name, value) in named {
                let Some(arg) = argument(command, root, name) else {
                    return Err(unknown(command, root, method, name));
                };
                match arg.get_index() {
                    Some(index) => positional.push((index, texts(value, name)?)),
                    None => line.option(arg, name, value)?,
                }
            }
            positional.sort();
            line.words.extend(positional.into_iter().flat_map(|(_, words)| words));
        }
    }
    let words = std::iter::once("git-lineage")
        .chain(method.split(' '))
        .map(str::to_owned);
    let all = words.chain(line.options).chain(["--".to_owned()]).chain(line.words);
    Ok(all.map(OsString::from).collect())
}

/// What stands behind the command's name.
#[derive(Default)]
struct Line {
    options: Vec<String>,
    words: Vec<String>,
}

impl Line {
    fn option(&mut self, arg: &Arg, name: &str, value: &Value) -> Result<(), Problem> {
        let long = arg.get_long().expect("it was found by its name");
        if matches!(arg.get_action(), ArgAction::SetTrue) {
            match value {
                Value::Bool(true) => self.options.push(format!("--{long}")),
                Value::Bool(false) | Value::Null => {}
                _ => return Err(Problem::usage(format!("'{name}' is true or false"), Vec::new())),
            }
            return Ok(());
        }
        let values = texts(value, name)?;
        self.options
            .extend(values.iter().map(|value| format!("--{long}={value}")));
        Ok(())
    }
}

/// The names by which a command's parameters are called, and their arguments.
pub(super) fn arguments<'a>(command: &'a Command, root: &'a Command) -> Vec<(String, &'a Arg)> {
    let words: Vec<&Arg> = command.get_positionals().collect();
    let taken = |name: &str| words.iter().any(|arg| arg.get_id() == name);
    let global = root
        .get_arguments()
        .filter(|arg| GLOBAL.contains(&arg.get_id().as_str()));
    let own = command.get_arguments().filter(|arg| {
        let is_own = !arg.is_global_set() && arg.get_index().is_none();
        // What is for people or for scripts is no answer here.
        is_own && !["help", "version", "porcelain", "date"].contains(&arg.get_id().as_str())
    });
    let options = own.chain(global).filter_map(|arg| {
        let long = arg.get_long()?.replace('-', "_");
        // Where a word has the name already: the one it has inside.
        let name = if taken(&long) { arg.get_id().to_string() } else { long };
        Some((name, arg))
    });
    let words = words.iter().map(|arg| (arg.get_id().to_string(), *arg));
    words.chain(options).collect()
}

fn argument<'a>(command: &'a Command, root: &'a Command, name: &str) -> Option<&'a Arg> {
    let mut all = arguments(command, root).into_iter();
    all.find_map(|(known, arg)| (known == name).then_some(arg))
}

fn unknown(command: &Command, root: &Command, method: &str, name: &str) -> Problem {
    let known: Vec<String> = arguments(command, root).into_iter().map(|(name, _)| name).collect();
    let shown: String = name.chars().take(80).collect();
    Problem::usage(
        format!("'{method}' has no parameter '{shown}'"),
        vec![format!("there are {}", known.join(", "))],
    )
}

/// One or several values.
fn texts(value: &Value, name: &str) -> Result<Vec<String>, Problem> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(all) => all.iter().map(|value| text(value, name)).collect(),
        value => Ok(vec![text(value, name)?]),
    }
}

fn text(value: &Value, name: &str) -> Result<String, Problem> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) if number.is_u64() || number.is_i64() => Ok(number.to_string()),
        _ => Err(Problem::usage(
            format!("'{name}' takes strings and whole numbers"),
            Vec::new(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{super::parser, message::INVALID_PARAMS},
        *,
    };

    fn root() -> Command {
        let mut root = parser();
        root.build();
        root
    }

    fn line(method: &str, params: Value) -> Result<Vec<String>, Problem> {
        let params = match params {
            Value::Array(list) => Params::List(list),
            Value::Object(named) => Params::Named(named),
            _ => Params::None,
        };
        let line = command_line(&root(), method, &params)?;
        Ok(line[1..]
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect())
    }

    #[test]
    fn parameters_become_options_and_words() {
        for (method, params, expected) in [
            ("list", json!(null), "list --"),
            (
                "sync",
                json!({"ids": ["skill/a", "skill/b"], "dry_run": true, "no_stage": false}),
                "sync --dry-run -- skill/a skill/b",
            ),
            ("sync", json!(["skill/a"]), "sync -- skill/a"),
            ("sync", json!({"continue": true}), "sync --continue --"),
            (
                "deploy",
                json!({"path": "p", "source": "-s", "ref": "main"}),
                "deploy --ref=main -- -s p",
            ),
            (
                "record",
                json!({"message": "--json", "ids": "skill/a"}),
                "record --message=--json -- skill/a",
            ),
            (
                "log",
                json!({"max_count": 3, "line": "main"}),
                "log --line=main --max-count=3 --",
            ),
            ("index migrate", json!({"to": 1}), "index migrate --to=1 --"),
            (
                "mv",
                json!({"id": "skill/a", "path": "p", "new_id": "skill/b"}),
                "mv --id=skill/b -- skill/a p",
            ),
            (
                "adopt",
                json!({"paths": ["p"], "upstream": ["u", "v"], "from": ["f", "g"]}),
                "adopt --from=f --from=g --upstream=u --upstream=v -- p",
            ),
        ] {
            assert_eq!(line(method, params).expect(method).join(" "), expected);
        }
    }

    #[test]
    fn wrong_parameters_are_told() {
        for (method, params) in [
            ("sync", json!({"json": true})),
            ("sync", json!({"color": "never"})),
            ("sync", json!({"help": true})),
            ("sync", json!({"C": "/"})),
            ("sync", json!({"dry-run": true})),
            ("sync", json!({"dry_run": "yes"})),
            ("sync", json!({"ids": [["skill/a"]]})),
            ("sync", json!({"ids": {}})),
            ("sync", json!({"to": true})),
            ("sync", json!({"to": 1.5})),
            ("sync", json!([null])),
        ] {
            let problem = line(method, params.clone()).expect_err("wrong");
            assert_eq!(problem.code, INVALID_PARAMS, "{params}");
            assert_eq!(problem.data.expect("the object")["code"], "usage");
        }
    }

    #[test]
    fn methods_are_commands() {
        for method in [
            "demo",
            "serve",
            "hook",
            "index",
            "Sync",
            "",
            " ",
            "sync ",
            "sync --all",
            "--help",
            "-C",
            "no",
        ] {
            let problem = line(method, json!(null)).expect_err("no method");
            assert_eq!(problem.code, METHOD_NOT_FOUND, "{method}");
        }
        let problem = line("lst", json!(null)).expect_err("no method");
        let data = problem.data.expect("the object").to_string();
        assert!(data.contains("'list'"), "{data}");
    }

    #[test]
    fn every_question_is_a_method() {
        let methods = methods(&root());
        let questions = methods.iter().filter(|method| method.is_question);
        assert_eq!(questions.count(), QUESTIONS.len());
        assert!(QUESTIONS.is_sorted());
        for name in NOT_SERVED {
            assert!(methods.iter().all(|method| method.name != name));
            let words = ["git-lineage", name, "--no-such-option"];
            let error = root().try_get_matches_from(words).expect_err("no such option");
            assert_ne!(error.kind(), clap::error::ErrorKind::InvalidSubcommand, "{name}");
        }
    }

    #[test]
    fn no_two_parameters_have_one_name() {
        for method in methods(&root()) {
            let mut names = [method.words, method.options, GLOBAL.map(str::to_owned).to_vec()].concat();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{}: {names:?}", method.name);
        }
    }
}
