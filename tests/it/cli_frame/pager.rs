//! The pager: which one, when, and that nothing but the way of reading changes.

use crate::support::project::{ID, Project};
use crate::support::terminal::on_a_terminal;
use crate::support::{Call, Output};

/// A pager that marks every line.
const MARKING: &str = "sed 's/^/paged: /'";

/// A call by somebody who has not chosen a pager.
fn call(project: &Project) -> Call<'_> {
    project.call().env_remove("GIT_PAGER").env("TERM", "xterm")
}

/// Whether the answer went through [`MARKING`], all of it or nothing.
#[track_caller]
fn is_paged(output: &Output) -> bool {
    let marked = output.text().lines().filter(|line| line.starts_with("paged: ")).count();
    assert!(marked == 0 || marked == output.text().lines().count(), "{output}");
    assert!(
        output.text().contains("skill/pdf") || output.text().contains("artifact"),
        "{output}"
    );
    marked > 0
}

#[test]
fn long_answers_are_paged_on_a_terminal_only() {
    let project = Project::deployed();
    let ask = |command: &str| {
        let call = call(&project).env("GIT_PAGER", MARKING);
        on_a_terminal(call, &format!("git-lineage {command} --color never"))
    };
    let Some(listed) = ask("list") else { return };
    assert!(is_paged(&listed), "{listed}");
    for command in [
        "log",
        "show skill/pdf",
        "diff",
        "lineage skill/pdf",
        "blame skill/pdf SKILL.md",
        "path skill/pdf skill/pdf",
    ] {
        let output = ask(command).expect("it was there a moment ago");
        let unpaged = output.text().lines().find(|line| !line.starts_with("paged: "));
        assert_eq!(unpaged, None, "{command}: {output}");
        assert_eq!(output.code, 0, "{output}");
    }
    for command in ["status", "verify", "list --no-pager", "--no-pager list", "list --json"] {
        assert!(
            !is_paged(&ask(command).expect("it was there a moment ago")),
            "{command}"
        );
    }
    // A pipe is read by a program, not by a person.
    let piped = call(&project).env("GIT_PAGER", MARKING).lineage(&["list"]);
    assert!(!is_paged(&piped), "{piped}");
    // An answer without a line needs no pager, and an error none either.
    let empty = ask("diff").expect("it was there a moment ago");
    assert_eq!(empty.text(), "");
    let failed = ask("show no/such").expect("it was there a moment ago");
    assert!(failed.text().starts_with("error: "), "{failed}");
    assert_eq!(failed.code, 1, "{failed}");
}

#[test]
fn the_choice_is_that_of_git() {
    let project = Project::deployed();
    let marking = |word: &str| format!("sed 's/^/{word}: /'");
    let ask = |call: Call<'_>, command: &str| -> Option<String> {
        let output = on_a_terminal(call, command)?;
        let word = output.text().split_once(": ").map_or("none", |(word, _)| word);
        Some(word.to_owned())
    };
    let by_git = "git log --format=%s -n 1 --no-color";
    if ask(call(&project), by_git).is_none() {
        return;
    }
    let both = |configure: &dyn for<'c> Fn(Call<'c>) -> Call<'c>| {
        let ours = ask(configure(call(&project)), "git-lineage list").expect("there is a terminal");
        let gits = ask(configure(call(&project)), by_git).expect("there is a terminal");
        assert_eq!(ours, gits);
        ours
    };
    assert_eq!(both(&|call| call.env("PAGER", marking("variable"))), "variable");
    assert_eq!(
        both(&|call| call
            .config("core.pager", &marking("core"))
            .env("PAGER", marking("variable"))),
        "core"
    );
    assert_eq!(
        both(&|call| call
            .config("core.pager", &marking("core"))
            .env("GIT_PAGER", marking("gits"))),
        "gits"
    );
    for none in ["", "cat"] {
        assert_eq!(
            both(&|call| call.env("GIT_PAGER", none).env("PAGER", marking("variable"))),
            "none"
        );
        assert_eq!(both(&|call| call.config("core.pager", none)), "none");
    }
    let missing = call(&project).env("PAGER", "no-such-pager");
    let output = on_a_terminal(missing, "git-lineage list --color never").expect("it was there a moment ago");
    assert!(output.code == 0 && output.text().contains(ID), "{output}");
    assert!(
        output
            .text()
            .contains("note: the pager 'no-such-pager' could not be started"),
        "{output}"
    );
    // One switch for all commands, and one for each, which wins; either may name the pager.
    let ours = |settings: &[(&str, &str)], command: &str| {
        let call = settings
            .iter()
            .fold(call(&project), |call, (key, value)| call.config(key, value));
        ask(call.env("PAGER", marking("variable")), command).expect("there is a terminal")
    };
    let own = marking("own");
    assert_eq!(ours(&[("pager.lineage", "false")], "git-lineage list"), "none");
    assert_eq!(ours(&[("pager.lineage", "true")], "git-lineage status"), "variable");
    assert_eq!(ours(&[("pager.lineage-list", &own)], "git-lineage list"), "own");
    assert_eq!(ours(&[("pager.lineage-list", &own)], "git-lineage log"), "variable");
    assert_eq!(
        ours(
            &[("pager.lineage", "false"), ("pager.lineage-list", "true")],
            "git-lineage list"
        ),
        "variable"
    );
    // git, asked to page by itself or not to, is obeyed; there is never a second pager.
    assert_eq!(ours(&[("pager.lineage", "false")], "git lineage list"), "none");
    assert_eq!(ours(&[("pager.lineage", "true")], "git lineage list"), "variable");
    assert_eq!(ours(&[], "git --no-pager lineage list"), "none");
    assert_eq!(ours(&[], "git -p lineage status"), "variable");
}

#[test]
fn common_pagers_are_told_what_git_tells_them() {
    let project = Project::deployed();
    let shown = "cat >/dev/null; echo LESS=$LESS LV=$LV IN_USE=$GIT_PAGER_IN_USE";
    let ask = |call: Call<'_>| on_a_terminal(call.env("GIT_PAGER", shown), "git-lineage list");
    let Some(output) = ask(call(&project)) else { return };
    assert_eq!(output.text(), "LESS=FRX LV=-c IN_USE=true\n");
    let own = ask(call(&project).env("LESS", "i").env("LV", "")).expect("it was there a moment ago");
    assert_eq!(own.text(), "LESS=i LV= IN_USE=true\n");
}

#[test]
fn a_pager_changes_no_exit_code() {
    let project = Project::deployed();
    project.edit("SKILL.md", "# Ours\n");
    let ask = |pager: &str, command: &str| on_a_terminal(call(&project).env("GIT_PAGER", pager), command);
    let paged = |pager: &str| {
        let call = call(&project)
            .env("GIT_PAGER", pager)
            .config("pager.lineage-status", "true");
        on_a_terminal(call, "git-lineage status --exit-code")
    };
    for pager in [MARKING, "false", "head -n 0", "exit 3", "cat >/dev/null; exit 7"] {
        let Some(output) = paged(pager) else { return };
        assert_eq!(output.code, 4, "{pager}: {output}");
        assert!(!output.text().contains("error"), "{pager}: {output}");
    }
    let files: String = (0..20_000).map(|line| format!("line {line}\n")).collect();
    project.record_edit("SKILL.md", &files);
    // More than a pipe holds, for a reader who has seen enough.
    let quit = ask("head -n 1", &format!("git-lineage blame {ID} SKILL.md")).expect("it was there a moment ago");
    assert_eq!((quit.code, quit.text().lines().count()), (0, 1), "{quit}");
    assert!(quit.text().contains("line 0"), "{quit}");
}

#[test]
fn colours_reach_the_pager() {
    let project = Project::deployed();
    let ask = |call: Call<'_>, command: &str| on_a_terminal(call.env("GIT_PAGER", "sed s/^/p:/"), command);
    let coloured = |output: &Output| output.stdout.contains(&0x1b);
    let Some(own) = ask(call(&project), "git-lineage list") else {
        return;
    };
    assert!(coloured(&own) && own.text().starts_with("p:"), "{own}");
    let by_git = ask(call(&project), "git -p lineage list").expect("it was there a moment ago");
    assert!(coloured(&by_git) && by_git.text().starts_with("p:"), "{by_git}");
    let call = || call(&project);
    for plain in [
        call().env("NO_COLOR", "1"),
        call().env("TERM", "dumb"),
        call().config("color.pager", "false"),
        call().config("color.ui", "false"),
    ] {
        let output = ask(plain, "git -p lineage list").expect("it was there a moment ago");
        assert!(!coloured(&output), "{output}");
    }
}

#[test]
fn an_interrupt_is_for_the_pager() {
    let project = Project::deployed();
    if on_a_terminal(call(&project), "true").is_none() {
        return;
    }
    // It says when it is ready, and goes on when it was interrupted, as one does that only ends a search.
    project.write_exec(
        "interrupted",
        "#!/bin/sh\ntrap 'touch hit' INT\nsleep 0.3; touch ready\nuntil [ -e hit ]; do sleep 0.05; done\nexec cat\n",
    );
    let press = "until [ -e ready ]; do sleep 0.05; done; printf '\\003'; until [ -e ended ]; do sleep 0.05; done";
    let command = "trap : INT; git-lineage list --color never; echo code $?; touch ended";
    project.write("typed", command);
    // A shell cannot trap what whoever started the tests ignores.
    let script = format!("{{ {press}; }} | script -qec 'exec env --default-signal=INT sh typed' /dev/null");
    let output = call(&project).env("GIT_PAGER", "./interrupted").within(60).sh(&script);
    let text = output.text().replace('\r', "");
    assert!(
        text.contains("skill/pdf  ") && text.trim_end().ends_with("code 0"),
        "{output}"
    );
}
