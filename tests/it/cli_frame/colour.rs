//! Colours: only where a person looks, and never against the user's wish.

use crate::support::project::{ID, Project};
use crate::support::terminal::on_a_terminal;
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

/// Runs `git-lineage list` on a terminal; `None` where there is none.
fn listed(call: Call<'_>, options: &str) -> Option<Output> {
    on_a_terminal(call, &format!("git-lineage {options} list"))
}

#[test]
fn a_terminal_gets_them_unless_the_user_does_not_want_them() {
    let project = Project::deployed();
    let call = || project.call().env("TERM", "xterm-256color");
    let Some(output) = listed(call(), "") else { return };
    assert!(output.stdout.contains(&ESCAPE), "{output}");
    for (call, options) in [
        (call().env("NO_COLOR", "1"), ""),
        (call().env("TERM", "dumb"), ""),
        (call(), "--color never"),
        (call(), "--json"),
    ] {
        let output = listed(call, options).expect("it was there a moment ago");
        assert!(output.text().contains("skill/pdf"), "{output}");
        assert!(!output.stdout.contains(&ESCAPE), "{output}");
    }
    let wanted = listed(call().env("NO_COLOR", "1"), "--color always").expect("it was there a moment ago");
    assert!(wanted.stdout.contains(&ESCAPE), "{wanted}");
}

#[test]
fn the_settings_are_those_of_git() {
    let project = Project::deployed();
    let call = || project.call().env("TERM", "xterm-256color");
    // On a pipe, and on a terminal: as git decides it for its own commands.
    for settings in [
        &[][..],
        &[("color.ui", "always")],
        &[("color.ui", "never")],
        &[("color.ui", "false")],
        &[("color.ui", "true")],
        &[("color.ui", "auto")],
        &[("color.ui", "never"), ("own", "always")],
        &[("color.ui", "always"), ("own", "never")],
        &[("color.ui", "never"), ("own", "auto")],
        &[("color.ui", "always"), ("own", "false")],
    ] {
        let with = |own: &str| {
            settings.iter().fold(call(), |call, (key, value)| match *key {
                "own" => call.config(own, value),
                key => call.config(key, value),
            })
        };
        let ours = with("color.lineage").lineage_ok(&["list"]);
        let gits = with("color.branch").git(&["branch"]);
        assert_eq!(coloured(&ours), coloured(&gits), "{settings:?}");
        let Some(ours) = listed(with("color.lineage"), "") else {
            continue;
        };
        let gits = on_a_terminal(with("color.branch"), "git branch").expect("it was there a moment ago");
        assert_eq!(coloured(&ours), coloured(&gits), "{settings:?} on a terminal");
    }
    // The option wins over them, and they win over NO_COLOR (no-color.org) and CLICOLOR_FORCE.
    let always = || call().config("color.ui", "always");
    assert!(!coloured(&always().lineage(&["list", "--color", "never"])));
    assert!(!coloured(&always().lineage(&["list", "--color", "auto"])));
    assert!(coloured(
        &call()
            .config("color.ui", "never")
            .lineage(&["list", "--color", "always"])
    ));
    assert!(coloured(&always().env("NO_COLOR", "1").lineage(&["list"])));
    assert!(!coloured(
        &call()
            .config("color.ui", "auto")
            .env("NO_COLOR", "1")
            .env("CLICOLOR_FORCE", "1")
            .lineage(&["list"])
    ));
    assert!(!coloured(
        &call()
            .config("color.ui", "never")
            .env("CLICOLOR_FORCE", "1")
            .lineage(&["list"])
    ));
    // Set to nothing it says nothing.
    if let Some(output) = listed(call().env("NO_COLOR", ""), "") {
        assert!(coloured(&output), "{output}");
    }
    // Errors too, of a repository that could be opened.
    let failed = always().lineage(&["show", "no/such"]);
    assert!(coloured(&failed), "{failed}");
}
