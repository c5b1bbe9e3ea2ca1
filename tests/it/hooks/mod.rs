//! git hooks: what they record ([`events`]), how they fail ([`failures`]), how they get where git runs them ([`files`],
//! [`places`], [`config`]), beside the hooks of others ([`managers`]).

mod config;
mod events;
mod failures;
mod files;
mod managers;
mod places;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::project::{Project, World};
use crate::support::{Call, Output, TestRepo};

/// All events, in the order in which they are shown.
const EVENTS: [&str; 6] = [
    "post-commit",
    "post-merge",
    "post-rewrite",
    "post-checkout",
    "post-applypatch",
    "pre-push",
];

/// A project with `skill/pdf`, and hooks as files, whatever git the machine has.
#[track_caller]
fn hooked() -> Project {
    let project = Project::deployed();
    install(&project);
    project
}

/// Installs hooks; what `hooks install --json` printed.
#[track_caller]
fn install(repo: &TestRepo) -> Vec<Value> {
    ask(repo, &["hooks", "install"])
}

/// What became of each event, in their order.
#[track_caller]
fn actions(changes: &[Value]) -> Vec<&str> {
    changes
        .iter()
        .map(|change| change["action"].as_str().expect("a word"))
        .collect()
}

/// `hooks status --json`.
#[track_caller]
fn status(repo: &TestRepo) -> Vec<Value> {
    ask(repo, &["hooks", "status"])
}

/// A question to a program that takes git for one which knows hook files only.
#[track_caller]
fn ask(repo: &TestRepo, args: &[&str]) -> Vec<Value> {
    let args: Vec<&str> = std::iter::once("--json").chain(args.iter().copied()).collect();
    with_files_only(repo.call(), repo).lineage(&args).assert_code(0).json()
}

/// On a machine with a newer git: one in front that says it is older, so that files are used. It passes everything on.
pub(crate) fn with_files_only<'a>(call: Call<'a>, repo: &TestRepo) -> Call<'a> {
    let older = repo.beside("older-git/git");
    if !older.exists() {
        let path = search_path(repo);
        let git = std::env::split_paths(&path)
            .map(|dir| dir.join("git"))
            .find(|git| git.is_file());
        let git = git.expect("git is installed");
        repo.write_exec(
            &older,
            format!(
                "#!/bin/sh\ntest \"$1\" != version || {{ echo git version 2.47.0; exit; }}\nexec '{}' \"$@\"\n",
                git.display()
            ),
        );
    }
    let folder = older.parent().expect("a folder").to_owned();
    call.env("PATH", in_front(repo, &[folder]))
}

/// The search path of children.
fn search_path(repo: &TestRepo) -> std::ffi::OsString {
    let variables = repo.sandbox().variables();
    let path = variables.into_iter().find(|(key, _)| key == "PATH");
    path.expect("children have one").1
}

/// The search path of children with folders in front.
fn in_front(repo: &TestRepo, folders: &[PathBuf]) -> std::ffi::OsString {
    let rest = search_path(repo);
    std::env::join_paths(folders.iter().cloned().chain(std::env::split_paths(&rest))).expect("no separator in them")
}

/// The search path of children without `git-lineage`.
fn without_program(repo: &TestRepo) -> std::ffi::OsString {
    let path = search_path(repo);
    let others = std::env::split_paths(&path).filter(|dir| !dir.join("git-lineage").exists());
    std::env::join_paths(others).expect("they came from a search path")
}

/// Everything in a folder of hooks.
fn hooks_in(dir: &Path) -> World {
    World::of(dir, &[])
}

/// All lineage refs and what they point to.
#[track_caller]
fn refs(repo: &TestRepo) -> String {
    let call = repo.call().at("1767225600 +0000");
    call.git(&["for-each-ref", "--format=%(refname) %(objectname)", "refs/lineage"])
        .trimmed()
}

/// A commit with hooks; nothing must be said about them.
#[track_caller]
fn commit_quietly(repo: &TestRepo, message: &str) -> Output {
    repo.git(&["add", "--all"]);
    let output = repo.git(&["commit", "--quiet", "--message", message]);
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output}");
    output
}

/// The log of failures.
fn log_of(repo: &TestRepo) -> PathBuf {
    repo.sidecar().with_file_name("hooks.log")
}
