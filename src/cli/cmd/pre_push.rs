//! The `pre-push` hook: the versions of pushed commits go along with them.
//!
//! It never stops a push: what goes wrong is a warning with the way out. Whether git is only asked what it would do, and
//! whether it was told to push what is no fast-forward, it tells no hook; both are read from the command line of the
//! `git push` above this process.

use std::io::{self, IsTerminal as _, Read as _};

use git_lineage::{LeftOutReason, LineageStore, OutgoingRef, PushAlong, PushResult, SharingError};

use super::{
    super::{escape, report::Report},
    Failure, clock,
    push::left_out_text,
};

/// How many processes may stand between `git push` and this one: shells, hook managers.
const MOST_PARENTS: usize = 16;

/// Sends what goes along; `arguments` are the remote's name and its URL.
pub(super) fn run(arguments: &[String], store: &LineageStore) {
    let asked = asked_of_git();
    if asked.dry_run {
        return;
    }
    let mut input = String::new();
    if io::stdin().read_to_string(&mut input).is_err() {
        return;
    }
    let refs: Vec<OutgoingRef> = input.lines().filter_map(|line| line.parse().ok()).collect();
    let Some(remote) = arguments.first() else { return };
    let request = PushAlong {
        remote: remote.clone(),
        refs,
        forced: asked.forced,
        progress: io::stderr().is_terminal(),
    };
    match store.push_along(&request) {
        Ok(pushed) => {
            let mut refused = pushed.heads.iter().filter_map(|head| match &head.result {
                PushResult::Refused { reason } => Some(reason),
                _ => None,
            });
            if let Some(reason) = refused.next() {
                let more = match refused.count() {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                warn(&format!("{remote} refused a head of lineage{more}: {reason}"));
                hint("the push of the project goes on; git lineage push   sends lineage later");
            }
            let unclear =
                |reason: &LeftOutReason| matches!(reason, LeftOutReason::NoLine | LeftOutReason::MissingVersions(_));
            for left_out in pushed.left_out.iter().filter(|left_out| unclear(&left_out.reason)) {
                if let Some(text) = left_out_text(left_out, remote) {
                    warn(&text);
                }
            }
        }
        // A URL: nobody could say what was last seen there.
        Err(SharingError::UnknownRemote { .. }) => {
            warn("lineage is not sent to what is no configured remote");
            hint("git remote add <name> <url>   makes it one");
        }
        Err(error) => {
            let report = Report::new(&Failure::from(error), clock::now());
            warn(&format!("lineage was not sent: {}", report.message));
            hint("the push of the project goes on; git lineage push   sends lineage later");
        }
    }
}

fn warn(text: &str) {
    eprintln!("warning: {}", escape::line(text));
}

fn hint(text: &str) {
    eprintln!("hint: {}", escape::line(text));
}

/// What `git push` was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    dry_run: bool,
    forced: bool,
}

/// Where nobody knows, it is taken for a push of everything: more is sent then, and nothing is lost by it.
const UNKNOWN: Asked = Asked {
    dry_run: false,
    forced: true,
};

/// Looks upwards for the `git push` that runs this hook.
fn asked_of_git() -> Asked {
    let mut process = std::os::unix::process::parent_id();
    for _ in 0..MOST_PARENTS {
        let Some((parent, arguments)) = parent_and_arguments(process) else {
            break;
        };
        if let Some(asked) = read_arguments(&arguments) {
            return asked;
        }
        process = parent;
    }
    UNKNOWN
}

/// The parent of a process, and its command line, as far as the system tells.
fn parent_and_arguments(process: u32) -> Option<(u32, Vec<String>)> {
    let words = |bytes: &[u8], separator: u8| -> Vec<String> {
        let words = bytes.split(|byte| *byte == separator).filter(|word| !word.is_empty());
        words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    };
    if let Ok(line) = std::fs::read(format!("/proc/{process}/cmdline")) {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name in parentheses may hold anything.
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        return Some((parent, words(&line, 0)));
    }
    let number = process.to_string();
    let output = std::process::Command::new("ps")
        .args(["-o", "ppid=,args=", "-p", &number])
        .output();
    let mut line = words(output.ok()?.stdout.trim_ascii(), b' ').into_iter();
    let parent = line.next()?.parse().ok()?;
    Some((parent, line.collect()))
}

/// What the command line of a `git push` says; `None` for that of anything else.
fn read_arguments(arguments: &[String]) -> Option<Asked> {
    let mut words = arguments.iter();
    let program = words.next()?;
    let name = program.rsplit('/').next().unwrap_or(program);
    match name {
        "git" => words.find(|word| *word == "push").map(drop)?,
        "git-push" => {}
        _ => return None,
    }
    let mut asked = Asked {
        dry_run: false,
        forced: false,
    };
    let mut options = true;
    for word in words {
        let word = word.as_str();
        if options && word == "--" {
            options = false;
        } else if let Some(long) = word.strip_prefix("--").filter(|_| options) {
            match long {
                "no-dry-run" => asked.dry_run = false,
                "no-force" => asked.forced = false,
                "mirror" => asked.forced = true,
                // git takes what no other option begins with, too.
                _ if long.len() > 1 && "dry-run".starts_with(long) => asked.dry_run = true,
                _ if long.starts_with("force") || (long.len() > 2 && "force".starts_with(long)) => asked.forced = true,
                _ => {}
            }
        } else if let Some(short) = word.strip_prefix('-').filter(|_| options) {
            // What follows -o is its value.
            let flags = short.split('o').next().unwrap_or_default();
            asked.dry_run |= flags.contains('n');
            asked.forced |= flags.contains('f');
        } else {
            asked.forced |= word.starts_with('+');
        }
    }
    Some(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_was_asked_is_read_from_its_command_line() {
        let read = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            read_arguments(&words).map(|asked| (asked.dry_run, asked.forced))
        };
        for (line, expected) in [
            ("git push", Some((false, false))),
            ("/usr/bin/git -C /x -c a.b=c push origin main", Some((false, false))),
            ("git push -n", Some((true, false))),
            ("git push --dry-run origin", Some((true, false))),
            ("git push --dry origin", Some((true, false))),
            ("git push --delete origin x", Some((false, false))),
            ("git push -fn origin", Some((true, true))),
            ("git push -uf origin x", Some((false, true))),
            ("git push -o nf origin x", Some((false, false))),
            ("git push -onf origin x", Some((false, false))),
            ("git push --force-with-lease origin x", Some((false, true))),
            ("git push --follow-tags origin", Some((false, false))),
            ("git push origin +x:y", Some((false, true))),
            ("git push --mirror", Some((false, true))),
            ("git push -- origin -n", Some((false, false))),
            ("sh -c git push -n", None),
            ("git fetch", None),
            ("", None),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
    }
}
