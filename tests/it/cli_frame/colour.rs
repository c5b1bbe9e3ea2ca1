//! Colours: only where a person looks, and never against the user's wish.

use crate::support::project::{ID, Project};
use crate::support::{Call, Output};

const ESCAPE: u8 = 0x1b;

fn coloured(output: &Output) -> bool {
    output.stdout.contains(&ESCAPE) || output.stderr.contains(&ESCAPE)
}

#[test]
fn a_pipe_gets_none_unless_asked_for() {
    let project = Project::deployed();
    for command in [
        &["list"][..],
        &["log"],
        &["show", ID],
        &["lineage", ID],
        &["show", "no/such"],
        &["--help"],
        &["no-such"],
    ] {
        let with = |options: &[&str]| {
            let args: Vec<&str> = options.iter().chain(command).copied().collect();
            project.lineage(&args)
        };
        assert!(!coloured(&with(&[])), "{command:?}");
        assert!(!coloured(&with(&["--color", "auto"])), "{command:?}");
        assert!(!coloured(&with(&["--color=never"])), "{command:?}");
        let always = with(&["--color", "always"]);
        assert!(coloured(&always), "{command:?}");
        // Colour repeats what a word says: without it the text is the same.
        let plain = strip(&String::from_utf8(always.stdout).expect("text"));
        assert_eq!(plain, with(&[]).text(), "{command:?}");
        assert!(
            !coloured(&with(&["--json", "--color", "always"])) || command == ["--help"],
            "{command:?}"
        );
    }
    let forced = project.call().env("CLICOLOR_FORCE", "1").lineage(&["list"]);
    assert!(coloured(&forced), "{forced}");
    let never = project
        .call()
        .env("CLICOLOR_FORCE", "1")
        .lineage(&["list", "--color", "never"]);
    assert!(!coloured(&never), "{never}");
}

/// Text without `ESC [ … m`.
fn strip(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| {
        plain + part.split_once('m').map_or("", |(_, rest)| rest)
    })
}

/// Runs `git-lineage list` on a terminal; `None` where there is no program that makes one.
fn on_a_terminal(call: Call<'_>, options: &str) -> Option<Output> {
    let command = format!("script -qec 'git-lineage {options} list' /dev/null </dev/null");
    let output = call.sh(&format!("command -v script >/dev/null || exit 0; {command}"));
    (!output.stdout.is_empty()).then_some(output)
}

#[test]
fn a_terminal_gets_them_unless_the_user_does_not_want_them() {
    let project = Project::deployed();
    let call = || project.call().env("TERM", "xterm-256color");
    let Some(output) = on_a_terminal(call(), "") else {
        eprintln!("SKIPPED: no 'script' from util-linux, so there is no terminal to test colours on");
        return;
    };
    assert!(output.stdout.contains(&ESCAPE), "{output}");
    for (call, options) in [
        (call().env("NO_COLOR", "1"), ""),
        (call().env("TERM", "dumb"), ""),
        (call(), "--color never"),
        (call(), "--json"),
    ] {
        let output = on_a_terminal(call, options).expect("it was there a moment ago");
        assert!(output.text().contains("skill/pdf"), "{output}");
        assert!(!output.stdout.contains(&ESCAPE), "{output}");
    }
    let wanted = on_a_terminal(call().env("NO_COLOR", "1"), "--color always").expect("it was there a moment ago");
    assert!(wanted.stdout.contains(&ESCAPE), "{wanted}");
}
