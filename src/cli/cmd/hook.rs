//! `hook`: what git's hooks call. Not for people, so it is not in the help; `hooks` is.

use std::{
    ffi::OsString,
    fs::OpenOptions,
    io::Write as _,
    panic::{self, AssertUnwindSafe},
};

use git_lineage::{HookCall, HookEvent, HookFailure, LineageStore};

use super::{Context, Failure, Outcome, Output, clock, receive};

/// Set to `0`, hooks do nothing: by people for one command, by this program for the git processes that it starts.
const SWITCH: &str = "GIT_LINEAGE_HOOKS";
/// Names a file: the hook only notes there that it was reached, see `git lineage hooks status`.
const PROBE: &str = "GIT_LINEAGE_HOOK_PROBE";

/// Do what a git hook is for; those of a clone never fail and print nothing
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The event, as git calls the hook
    #[arg(value_name = "EVENT")]
    event: HookEvent,
    /// What git gave to the hook
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    if let Some(file) = std::env::var_os(PROBE).filter(|file| !file.is_empty()) {
        // Whoever asked has made the file; one that cannot be written to says that the hook was not reached.
        let _ = OpenOptions::new()
            .append(true)
            .open(file)
            .and_then(|mut file| writeln!(file, "{}", args.event));
        if !args.event.is_server() {
            return Ok(Outcome::Done);
        }
    }
    // Whoever pushes may set variables, for a repository on the same machine: they switch off nothing on a server.
    if args.event.is_server() {
        return receive::run(args.event, context, out);
    }
    if std::env::var_os(SWITCH).is_some_and(|value| value == "0") {
        return Ok(Outcome::Done);
    }
    // A panic would talk to the user, who can do nothing about it.
    panic::set_hook(Box::new(|_| {}));
    // Not in a repository, or in one that git refuses: then there is no log either.
    let Ok(store) = context.store_in_hook() else {
        return Ok(Outcome::Done);
    };
    let answer = panic::catch_unwind(AssertUnwindSafe(|| answer(args, store)));
    if let Err(panicked) = answer {
        let what = panicked.downcast_ref::<String>().map(String::as_str);
        let what = what.or_else(|| panicked.downcast_ref::<&str>().copied());
        let error = std::io::Error::other(what.unwrap_or("it panicked").to_owned());
        // If not even the log can be written there is nobody left to tell.
        let _ = store.log_hook_failure(&HookFailure::new(args.event, &error, clock::now()));
    }
    Ok(Outcome::Done)
}

fn answer(args: &Args, store: &LineageStore) {
    let now = clock::now();
    let arguments = args
        .arguments
        .iter()
        .map(|argument| argument.to_string_lossy().into_owned());
    let arguments: Vec<String> = arguments.collect();
    if args.event == HookEvent::PrePush {
        return super::pre_push::run(&arguments, store);
    }
    let call = HookCall {
        event: args.event,
        arguments,
    };
    // Its failures are in the log. Without a name in git's settings all but the end of a conflict can be recorded.
    let caller = store.caller(now).ok().flatten();
    let _ = store.run_hook(&call, caller.as_ref(), now);
}
