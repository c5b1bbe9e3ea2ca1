//! `docs/hooks.md`: what it shows of the hooks of a clone and of a server. The recipes for managers are typed in
//! `tests/it/hooks/managers.rs`.

use super::graph::numbered;
use super::readme::seen;
use super::{block, sessions};
use crate::hooks::with_files_only;
use crate::support::Output;
use crate::support::project::{HEAD_REF, ID, Project};

/// What a session shows, of which `…` leaves out lines; spaces between columns count once.
#[track_caller]
fn assert_shown(output: &Output, shown: &str) {
    let spaced = |text: &str| -> String {
        let lines = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n");
        lines.collect()
    };
    let printed = spaced(&seen(output));
    let shown = spaced(shown);
    match shown.split_once("…\n") {
        None => assert_eq!(printed, shown),
        Some((first, last)) => assert!(
            printed.starts_with(first) && printed.ends_with(last),
            "printed\n{printed}\nshown\n{shown}"
        ),
    }
}

#[test]
fn the_sessions_of_the_hooks_are_what_the_program_prints() {
    let project = Project::deployed();
    let server = project.sibling("srv/git/project.git", &["--bare", "--initial-branch=main"]);
    let root = server.path().display().to_string();
    let sessions = sessions("docs/hooks.md");
    for (command, shown) in &sessions {
        let repo = if command.contains("--server") {
            &server
        } else {
            &project
        };
        if command == "git lineage hooks status" {
            project.write_exec(".git/hooks/post-merge", "#!/bin/sh\necho theirs\n");
            project.chmod(".git/hooks/post-rewrite", 0o644);
        }
        let output = with_files_only(repo.call(), repo).sh(command);
        assert_shown(&output, &shown.replace("/srv/git/project.git", &root));
    }
    assert_eq!(sessions.len(), 3);
}

#[test]
fn the_script_with_our_lines_is_what_is_installed() {
    let project = Project::deployed();
    let hook = ".git/hooks/post-commit";
    project.write_exec(hook, "#!/bin/sh\necho \"what was here before\"\n");
    let call = with_files_only(project.call(), &project);
    call.lineage_ok(&["hooks", "install"]);
    let installed = String::from_utf8(project.read(hook)).expect("UTF-8");
    assert_eq!(installed, block("docs/hooks.md", "#!/bin/sh"));
    project.edit("SKILL.md", "# Ours\n");
    project.commit("Recorded by the hook");
    assert_eq!(project.show(ID)["summary"], "Recorded by the hook");
}

/// The jobs that lefthook and pre-commit are given, typed as they would.
#[test]
fn what_managers_call_records() {
    let project = Project::deployed();
    for (yaml, key) in [
        (block("docs/hooks.md", "post-commit:"), "run: "),
        (block("docs/hooks.md", "default_install_hook_types:"), "entry: "),
    ] {
        let mut lines = yaml.lines();
        let job = lines
            .find_map(|line| line.trim_start().strip_prefix(key))
            .expect("a job");
        project.edit("SKILL.md", job);
        project.commit(key);
        let before = project.rev_parse(HEAD_REF);
        // lefthook puts the arguments of the hook there: this one has none.
        project.call().sh(&job.replace("{0}", ""));
        assert_ne!(project.rev_parse(HEAD_REF), before, "{job}");
    }
}

#[test]
fn a_failed_hook_is_told_as_shown() {
    let project = Project::deployed();
    with_files_only(project.call(), &project).lineage_ok(&["hooks", "install"]);
    // A ref that no lineage has: quicker than somebody who holds a lock for long.
    let wrong = HEAD_REF.replace("pdf", "wrong");
    project.git(&["update-ref", &wrong, "HEAD"]);
    project.edit("SKILL.md", "# Ours\n");
    project.commit("Not recorded");
    project.git(&["update-ref", "-d", &wrong]);
    let noted = project.lineage_ok(&["status"]);
    // When and why is another matter.
    let said = |text: &str| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (before, rest) = text.split_once(" failed ").expect("it failed");
        let (_, after) = rest.split_once("; 'git").expect("what does its work");
        format!("{before} failed; 'git{after}")
    };
    let shown = block("docs/hooks.md", "note: the post-commit hook failed");
    assert_eq!(said(noted.err_text()), said(&shown));
}

#[test]
fn a_refused_push_is_told_as_shown() {
    let project = Project::deployed();
    let server = project.sibling("server.git", &["--bare"]);
    server.lineage_ok(&["hooks", "install", "--server"]);
    let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[], None);
    let push = ["push", "--quiet", "../server.git", &format!("{forged}:{HEAD_REF}")];
    let refused = project.git_fails(&push);
    let told = refused
        .err_text()
        .lines()
        .filter(|line| line.starts_with("remote: lineage") || line.starts_with("remote:   "));
    let told: Vec<&str> = told.map(str::trim_end).collect();
    let shown = block("docs/hooks.md", "remote: lineage:");
    assert_eq!(numbered(&told.join("\n")), numbered(shown.trim_end()));
}
