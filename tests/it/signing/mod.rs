//! Signed versions: made with the keys that git's settings name, and checked by git.
//!
//! `git verify-commit` is the oracle for what is good; for SSH keys of type ed25519, which always sign alike, `git
//! commit-tree -S` is it for the bytes. Keys are made for each test by `ssh-keygen` and `gpg`. Where one of these is not
//! installed its tests say so loudly and do nothing else; `.ci/run` installs both.

mod choices;
mod demanded;
mod failures;
mod gpg;
mod made;
mod taken;
mod verify;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::TestRepo;
use crate::support::project::{Project, text};

/// Whose committer the tests are.
const CLEO: &str = "cleo@example.org";

/// Whether a program is there; if not, says that a test did not run.
pub(crate) fn is_installed(program: &str) -> bool {
    let found = std::process::Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        crate::support::skipped(&format!(
            "{program} is not installed, so nothing was signed and nothing checked"
        ));
    }
    found
}

/// Makes the SSH key `../<name>` and returns its public half.
#[track_caller]
fn make_key(repo: &TestRepo, name: &str) -> String {
    repo.call()
        .sh(&format!("ssh-keygen -q -t ed25519 -N '' -C {name} -f ../{name}"));
    let public = std::fs::read_to_string(repo.beside(&format!("{name}.pub"))).expect("ssh-keygen has written it");
    public.trim().to_owned()
}

/// Lets everything in the project be signed with the SSH key `../cleo`, which `../allowed` names as Cleo's.
#[track_caller]
fn sign_with_ssh(repo: &TestRepo) {
    let key = make_key(repo, "cleo");
    repo.write("../allowed", format!("{CLEO} namespaces=\"git\" {key}\n"));
    let allowed = repo.beside("allowed");
    for (key, value) in [
        ("commit.gpgSign", "true"),
        ("gpg.format", "ssh"),
        ("user.signingKey", "../cleo"),
        ("gpg.ssh.allowedSignersFile", crate::support::repo::utf8(&allowed)),
    ] {
        repo.git(&["config", key, value]);
    }
}

/// A project that signs; `None` where that cannot be.
#[track_caller]
fn signing() -> Option<Project> {
    is_installed("ssh-keygen").then(|| {
        let project = Project::new();
        sign_with_ssh(&project);
        project
    })
}

/// All versions that refs reach, oldest first, and whether each was taken from a project commit.
#[track_caller]
fn versions(repo: &TestRepo) -> BTreeMap<String, bool> {
    let format = "--format=%H %(trailers:key=Project-Commit,valueonly,separator=%x2C)";
    let listed = repo.git(&["log", "--glob=refs/lineage", format]);
    let taken = |line: &str| line.split_once(' ').is_some_and(|(_, commit)| !commit.is_empty());
    listed
        .text()
        .lines()
        .map(|line| (line.split(' ').next().unwrap_or_default().to_owned(), taken(line)))
        .collect()
}

/// Whether git takes the signature of a commit.
#[track_caller]
fn is_good(repo: &TestRepo, version: &str) -> bool {
    repo.call().git_any(&["verify-commit", version]).code == 0
}

/// Whether a commit has a signature, whatever it is worth.
#[track_caller]
fn is_signed(repo: &TestRepo, version: &str) -> bool {
    let raw = repo.git(&["cat-file", "commit", version]);
    let headers = raw.text().split("\n\n").next().unwrap_or_default().to_owned();
    headers.lines().any(|line| line.starts_with("gpgsig"))
}

/// What `verify --signatures` finds: codes by version. Exits with 4 exactly if that is anything.
#[track_caller]
fn findings(repo: &TestRepo) -> BTreeMap<String, String> {
    let output = repo.lineage(&["--json", "verify", "--signatures"]);
    let found: Vec<Value> = output.json();
    output.assert_code(if found.is_empty() { 0 } else { 4 });
    let pair = |finding: &Value| (text(finding, "version_id").to_owned(), text(finding, "code").to_owned());
    found.iter().map(pair).collect()
}
