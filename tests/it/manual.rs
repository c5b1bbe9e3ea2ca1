//! The manual: a page for every command, which formatters take without a word, and which git finds.

use std::fs;

use crate::support::project::Project;
use crate::support::terminal::on_a_terminal;
use crate::support::{Call, Output};

/// Runs a script with the pages in `pages`; `None`, said aloud, where there is no such program.
fn formatted(call: Call<'_>, program: &str, script: &str) -> Option<Output> {
    let output = call.sh(&format!(
        "command -v {program} >/dev/null || {{ echo SKIPPED; exit 0; }}\n{script}"
    ));
    if output.text() == "SKIPPED\n" {
        crate::support::skipped(&format!("there is no {program} to read the manual with"));
        return None;
    }
    Some(output)
}

#[test]
fn every_command_has_a_page_that_formatters_take() {
    let project = Project::new();
    let written = project.lineage_ok(&["man", "--dir", "pages"]);
    let mut expected: Vec<String> = project
        .commands()
        .iter()
        .map(|command| format!("git-lineage-{command}.1"))
        .collect();
    expected.push("git-lineage.1".to_owned());
    expected.sort();
    let entries = fs::read_dir(project.path().join("pages")).expect("it was made");
    let mut pages: Vec<String> = entries
        .map(|entry| entry.expect("readable").file_name().into_string().expect("text"))
        .collect();
    pages.sort();
    assert_eq!(pages, expected);
    assert_eq!(
        written.text(),
        format!(
            "Wrote {} pages to {}\n",
            pages.len(),
            project.path().join("pages").display()
        )
    );
    let again = project.lineage_json(&["man", "--dir", "pages"]);
    assert!(again.iter().all(|page| page["action"] == "unchanged"), "{again:?}");
    if let Some(output) = formatted(project.call(), "mandoc", "mandoc -T lint -W warning pages/*.1 || :") {
        // A date would make two pages of one program.
        let complaints = output.lines().into_iter().filter(|line| !line.contains("missing date"));
        let complaints: Vec<String> = complaints.collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
    let script = "for page in pages/*.1; do man --warnings -E UTF-8 -l $page 2>&1 >>shown; done; cat shown >&2";
    if let Some(output) = formatted(project.call().env("MANPAGER", "cat"), "man", script) {
        assert_eq!(output.text(), "", "{output}");
        for text in [
            "GIT-LINEAGE(1)",
            "GIT-LINEAGE-SYNC(1)",
            "EXIT STATUS",
            "git lineage sync --continue",
        ] {
            assert!(output.err_text().contains(text), "{text} in {output}");
        }
    }
}

#[test]
fn git_shows_it() {
    let project = Project::new();
    project.lineage_ok(&["setup"]);
    let call = || {
        let manual = project.beside("home/.local/share/man");
        project
            .call()
            .env("MANPATH", manual)
            .env("MANPAGER", "cat")
            .env("MANWIDTH", "80")
    };
    for (script, title) in [
        ("git lineage --help", "GIT-LINEAGE(1)"),
        ("git help lineage", "GIT-LINEAGE(1)"),
        ("man git-lineage-merge-base", "GIT-LINEAGE-MERGE-BASE(1)"),
    ] {
        if let Some(output) = formatted(call(), "man", script) {
            assert!(output.text().starts_with(title), "{output}");
        }
    }
}

#[test]
fn a_page_is_printed_where_no_terminal_is() {
    let project = Project::new();
    let whole = project.lineage_ok(&["man"]);
    assert!(whole.text().contains(".TH \"GIT-LINEAGE\" \"1\""), "{whole}");
    let one = project.lineage_ok(&["man", "sync"]);
    assert!(one.text().contains(".TH \"GIT-LINEAGE-SYNC\" \"1\""), "{one}");
    project.lineage_ok(&["man", "sync", "--dir", "one"]);
    assert_eq!(project.read("one/git-lineage-sync.1"), one.stdout);
    assert_eq!(
        fs::read_dir(project.path().join("one")).expect("it was made").count(),
        1
    );
    let wrong = project.lineage(&["man", "snyc"]).assert_code(2);
    assert!(wrong.err_text().contains("'sync'"), "{wrong}");
    project.lineage(&["man", "hook"]).assert_code(2);
}

#[test]
fn a_page_is_opened_on_a_terminal() {
    let project = Project::new();
    let call = || {
        project
            .call()
            .env("MANPAGER", "cat")
            .env("MANWIDTH", "80")
            .env("TERM", "xterm")
    };
    let has_man = formatted(call(), "man", "echo yes").is_some();
    let Some(output) = on_a_terminal(call(), "git-lineage man sync") else {
        return;
    };
    if has_man {
        assert!(
            output.code == 0 && output.text().starts_with("GIT-LINEAGE-SYNC(1)"),
            "{output}"
        );
    }
    // Where there is no 'man' it says what else there is.
    let programs = project.folder("programs");
    std::os::unix::fs::symlink(crate::support::run::LINEAGE, programs.path().join("git-lineage")).expect("writable");
    let without = format!("PATH={} git-lineage man sync", programs.path().display());
    let output = on_a_terminal(call(), &without).expect("it was there a moment ago");
    assert!(
        output.code == 1 && output.text().contains("--help   prints the same"),
        "{output}"
    );
}
