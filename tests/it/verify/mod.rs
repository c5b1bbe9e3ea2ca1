//! `verify`: every kind of damage, made with git's plumbing or by editing the sidecar, and what is no damage.
//!
//! Each test makes one kind of damage and says exactly what must be found; then a second, unrelated one is added, and both
//! must be listed.

mod agreement;
mod clean;
mod content;
mod manifest;
mod refs;
mod sidecar;
mod versions;

use serde_json::Value;

use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, Project, text};

/// A code, and the version it is about.
type Expected<'a> = (&'a str, Option<&'a str>);

/// What `verify` finds; exits with 4 exactly if that is anything.
#[track_caller]
fn findings(repo: &TestRepo, ids: &[&str]) -> Vec<Value> {
    let args: Vec<&str> = ["--json", "verify"].iter().chain(ids).copied().collect();
    let output = repo.lineage(&args);
    let found = output.json();
    output.assert_code(if found.is_empty() { 0 } else { 4 });
    found
}

/// Codes and versions of findings, sorted.
#[track_caller]
fn pairs(found: &[Value]) -> Vec<(String, Option<String>)> {
    let pair = |finding: &Value| {
        let version = finding["version_id"].as_str().map(str::to_owned);
        (text(finding, "code").to_owned(), version)
    };
    let mut pairs: Vec<_> = found.iter().map(pair).collect();
    pairs.sort();
    pairs
}

/// Panics unless `verify` finds exactly these, now and beside an unrelated damage; returns the findings.
#[track_caller]
fn assert_found(repo: &TestRepo, expected: &[Expected<'_>]) -> Vec<Value> {
    let found = findings(repo, &[]);
    let mut wanted: Vec<_> = expected
        .iter()
        .map(|(code, version)| ((*code).to_owned(), version.map(str::to_owned)))
        .collect();
    wanted.sort();
    assert_eq!(pairs(&found), wanted, "{found:#?}");
    for finding in &found {
        assert!(!text(finding, "message").is_empty(), "{finding}");
    }

    let (code, target) = unrelated_damage(repo);
    wanted.push((code.to_owned(), Some(target)));
    wanted.sort();
    let both = findings(repo, &[]);
    assert_eq!(pairs(&both), wanted, "{both:#?}");
    if has_tables(repo) {
        plumbing(repo, &["update-ref", "-d", UNRELATED_REF]);
    } else {
        repo.remove(repo.git_dir().join(UNRELATED_REF));
    }
    found
}

const UNRELATED_REF: &str = "refs/lineage/heads/main/agent/unrelated";

fn has_tables(repo: &TestRepo) -> bool {
    repo.git_dir().join("reftable").exists()
}

/// A git command by which no clock moves on.
#[track_caller]
fn plumbing(repo: &TestRepo, args: &[&str]) -> String {
    repo.call().at("1767225600 +0000").git(args).trimmed()
}

/// A head of another artifact that points to nothing, or, where git alone writes refs, which lets none do that, to a file;
/// returns what is said of it, and the target.
#[track_caller]
fn unrelated_damage(repo: &TestRepo) -> (&'static str, String) {
    if has_tables(repo) {
        repo.write("unrelated", "a file\n");
        let file = plumbing(repo, &["hash-object", "-w", "unrelated"]);
        repo.remove("unrelated");
        plumbing(repo, &["update-ref", UNRELATED_REF, &file]);
        return ("not_a_commit", file);
    }
    let nothing = "ee".repeat(digits(repo) / 2);
    repo.write(repo.git_dir().join(UNRELATED_REF), format!("{nothing}\n"));
    ("dangling_ref", nothing)
}

/// Panics with the findings if there are any.
#[track_caller]
fn assert_clean(repo: &TestRepo) {
    let found = findings(repo, &[]);
    assert!(found.is_empty(), "{found:#?}");
}

/// The number of hexadecimal digits of an id.
#[track_caller]
fn digits(repo: &TestRepo) -> usize {
    // Asked of no ref: some are damaged here.
    let format = repo.git(&["rev-parse", "--show-object-format"]);
    if format.trimmed() == "sha256" { 64 } else { 40 }
}

/// The one version of [`Project::deployed`] and its tree.
#[track_caller]
fn deployed() -> (Project, String, String) {
    let project = Project::deployed();
    let id = project.rev_parse(HEAD_REF);
    let tree = project.rev_parse(&format!("{id}^{{tree}}"));
    (project, id, tree)
}

/// Writes a commit with these last lines, whatever they say.
#[track_caller]
fn commit(repo: &TestRepo, tree: &str, parents: &[&str], trailers: &str) -> String {
    let mut args = vec!["commit-tree", tree];
    args.extend(parents.iter().flat_map(|parent| ["-p", parent]));
    repo.git_stdin(&args, format!("Made by hand\n\n{trailers}")).trimmed()
}

/// Writes an object of any bytes and any kind.
#[track_caller]
fn literally(repo: &TestRepo, kind: &str, bytes: impl AsRef<[u8]>) -> String {
    let args = ["hash-object", "-w", "--literally", "-t", kind, "--stdin"];
    repo.git_stdin(&args, bytes).trimmed()
}

/// The raw bytes of a hexadecimal id.
fn raw(id: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&id[at..at + 2], 16).expect("hexadecimal");
    (0..id.len()).step_by(2).map(digit).collect()
}

/// Writes a tree of these entries (mode, name, id), whatever they are.
#[track_caller]
fn tree_of(repo: &TestRepo, entries: &[(&str, &str, &str)]) -> String {
    let entry = |(mode, name, id): &(&str, &str, &str)| [format!("{mode} {name}\0").as_bytes(), &raw(id)].concat();
    literally(repo, "tree", entries.iter().flat_map(entry).collect::<Vec<u8>>())
}

/// The file of a loose object.
#[track_caller]
fn object_file(repo: &TestRepo, id: &str) -> std::path::PathBuf {
    let path = repo.git_dir().join("objects").join(&id[..2]).join(&id[2..]);
    assert!(path.exists(), "{id} is not loose");
    path
}

/// Makes a loose object disappear.
#[track_caller]
fn lose(repo: &TestRepo, id: &str) {
    repo.remove(object_file(repo, id));
}

/// Replaces the bytes of a loose object.
#[track_caller]
fn overwrite(repo: &TestRepo, id: &str, bytes: impl AsRef<[u8]>) {
    let path = object_file(repo, id);
    // Objects are read-only.
    repo.remove(&path);
    repo.write(&path, bytes);
}

/// Points a ref of the artifact `skill/<name>` on line main to an object.
#[track_caller]
fn head(repo: &TestRepo, name: &str, id: &str) {
    repo.git(&["update-ref", &format!("refs/lineage/heads/main/skill/{name}"), id]);
}

/// The trailers that every version of an artifact has.
fn trailers_of(artifact: &str) -> String {
    format!("Lineage-Format: 1\nArtifact-Id: {artifact}\n")
}
