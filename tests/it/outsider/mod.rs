//! Lineage and plain git: what an outsider writes with git alone is read like our own, what the program writes is read
//! with git alone, and what contradicts itself is named and never skipped.
//!
//! The script that writes lineage is the one in `docs/format.md`, so that the page and the program cannot drift apart.

mod document;
mod forged;
mod newer_format;
mod trailers;

use serde_json::{Value, json};

use crate::docs::block;
use crate::support::TestRepo;

/// The keys of the format, in the order in which they are written.
const KEYS: [&str; 10] = [
    "Lineage-Format",
    "Artifact-Id",
    "Change-Origin",
    "Parent-Hash",
    "Upstream-Url",
    "Upstream-Path",
    "Upstream-Ref",
    "Upstream-Commit",
    "Upstream-Tree",
    "Project-Commit",
];

/// The script of the page that writes three versions of `skill/pdf`.
fn script() -> String {
    block("docs/format.md", "#!/bin/sh")
}

/// Three versions with their trees, oldest first, as the script prints them.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) ids: [String; 3],
    pub(crate) trees: [String; 3],
}

/// Runs the script where `git lineage` does not exist.
#[track_caller]
pub(crate) fn write_by_script(repo: &TestRepo) -> Written {
    let machine = std::env::var_os("PATH").expect("a PATH");
    let printed = repo.call().env("PATH", machine).sh(&script());
    let field = |line: usize, field: usize| {
        let line = printed.text().lines().nth(line).expect("a line for each version");
        line.split(' ').nth(field).expect("id, tree, origin").to_owned()
    };
    Written {
        ids: [field(0, 0), field(1, 0), field(2, 0)],
        trees: [field(0, 1), field(1, 1), field(2, 1)],
    }
}

/// Writes a version with the message given and returns its id.
#[track_caller]
fn commit_tree(repo: &TestRepo, tree: &str, parents: &[&str], message: &str) -> String {
    let parents = parents.iter().flat_map(|parent| ["-p", parent]);
    let args: Vec<&str> = ["commit-tree", tree].into_iter().chain(parents).collect();
    repo.git_stdin(&args, message).trimmed()
}

/// The trailers of a version as `git interpret-trailers --parse` finds them, which must be what `git log` shows.
#[track_caller]
fn trailers(repo: &TestRepo, id: &str) -> Vec<(String, String)> {
    let message = repo.git(&["log", "-1", "--format=%B", id]).stdout;
    let parsed = repo.git_stdin(&["interpret-trailers", "--parse"], message);
    let shown = repo.git(&["log", "-1", "--format=%(trailers:only,unfold)", id]);
    assert_eq!(parsed.text().trim_end(), shown.text().trim_end());
    let pair = |line: &str| {
        line.split_once(": ")
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
    };
    parsed
        .text()
        .lines()
        .map(|line| pair(line).expect("key: value"))
        .collect()
}

/// The JSON of a version, made of nothing but what git says about its commit.
#[track_caller]
fn git_says(repo: &TestRepo, id: &str) -> Value {
    let ask = |format: &str, id: &str| {
        let format = format!("--format={format}");
        repo.git(&["log", "-1", &format, id])
            .text()
            .trim_end_matches('\n')
            .to_owned()
    };
    let trailers = trailers(repo, id);
    let trailer = |key: &str| trailers.iter().find(|(found, _)| found == key).map(|(_, value)| value);
    let upstream = trailers.iter().any(|(key, _)| key.starts_with("Upstream-")).then(|| {
        let mut upstream = json!({
            "url": trailer("Upstream-Url"),
            "path": trailer("Upstream-Path"),
            "ref": trailer("Upstream-Ref"),
            "commit": trailer("Upstream-Commit"),
        });
        if let Some(tree) = trailer("Upstream-Tree") {
            upstream["tree"] = json!(tree);
        }
        upstream
    });
    let parents = ask("%P", id);
    let parents: Vec<&str> = parents.split(' ').filter(|parent| !parent.is_empty()).collect();
    let parent_hash = parents.first().map(|parent| ask("%T", parent));
    assert_eq!(trailer("Parent-Hash"), parent_hash.as_ref());
    json!({
        "version_id": ask("%H", id),
        "artifact_id": trailer("Artifact-Id"),
        "content_hash": ask("%T", id),
        "parent_hash": parent_hash,
        "parent_ids": parents,
        "change_origin": trailer("Change-Origin"),
        "created_at": ask("%cI", id).replace('Z', "+00:00"),
        "author": {"name": ask("%an", id), "email": ask("%ae", id)},
        "summary": ask("%s", id),
        "upstream": upstream,
        "project_commit": trailer("Project-Commit"),
        "orphan": false,
    })
}
