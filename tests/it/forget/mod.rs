//! `forget`: afterwards the secret is in no object, loose or packed, and in no file of the git directory, and everything else
//! is as it was. Git is the judge: what it can read of all objects, what it reaches, what it finds broken.

mod held;
mod interrupted;
mod lines;
mod refused;
mod remotes;
mod storage;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::project::{HEAD_REF, ID, Project, one, text};

/// What must not be found anywhere.
pub(super) const SECRET: &str = "hunter2-c0ffee-4711";

/// Records a file with the secret; the version's id.
#[track_caller]
pub(super) fn record_secret(project: &Project) -> String {
    let recorded = project.record_edit("token", &format!("The token is {SECRET}.\n"));
    text(&recorded, "version_id").to_owned()
}

/// `forget --json`, which exits with `code`.
#[track_caller]
pub(super) fn forget(project: &Project, args: &[&str], code: i32) -> Value {
    let args = [&["--json", "forget"], args].concat();
    one(project.lineage(&args).assert_code(code).json())
}

/// Where the secret is: objects, whether anything reaches them or not, and files of the git directory as they lie there.
#[track_caller]
pub(super) fn found(project: &Project) -> Vec<String> {
    let holds = |bytes: &[u8]| bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
    let mut found = Vec::new();
    let ids = project.git(&[
        "cat-file",
        "--batch-all-objects",
        "--unordered",
        "--batch-check=%(objectname)",
    ]);
    let contents = project.git_stdin(&["cat-file", "--batch"], &ids.stdout).stdout;
    if holds(&contents) {
        for id in ids.lines() {
            let kind = project.git(&["cat-file", "-t", &id]).trimmed();
            if holds(&project.git(&["cat-file", &kind, &id]).stdout) {
                found.push(format!("{kind} {id}"));
            }
        }
    }
    let common = project
        .git(&["rev-parse", "--path-format=absolute", "--git-common-dir"])
        .trimmed();
    let mut folders = vec![Path::new(&common).to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if holds(&fs::read(&path).expect("it can be read")) {
                found.push(path.display().to_string());
            } else if path.extension().is_some_and(|extension| extension == "pack") {
                assert!(
                    path.with_extension("idx").exists(),
                    "git does not see {}",
                    path.display()
                );
            }
        }
    }
    found
}

/// Everything is whole for git and for lineage, and nothing of the secret is left.
#[track_caller]
pub(super) fn assert_gone(project: &Project) {
    assert_eq!(found(project), [] as [&str; 0]);
    assert_whole(project);
}

/// Everything is whole for git and for lineage.
#[track_caller]
pub(super) fn assert_whole(project: &Project) {
    let fsck = project.git(&["fsck", "--strict", "--no-dangling"]);
    assert!(!fsck.err_text().contains("error"), "{fsck}");
    assert_eq!(project.lineage_ok(&["verify", "--json"]).text(), "");
    let journals = project.sidecar().with_file_name("forgetting");
    let left = fs::read_dir(journals).map(|entries| entries.flatten().map(|entry| entry.file_name()).collect());
    // Killed at the very end, it may leave the empty folder.
    let left: Vec<_> = left.unwrap_or_default();
    assert!(left.is_empty(), "nothing is left to be done: {left:?}");
}

/// All objects that git can read.
#[track_caller]
pub(super) fn objects(project: &Project) -> BTreeSet<String> {
    let ids = project.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    ids.lines().into_iter().collect()
}

#[test]
fn a_secret_is_gone_from_objects_and_sidecar() {
    let project = Project::deployed();
    let before = project.rev_parse(HEAD_REF);
    let secret = record_secret(&project);
    let message = format!("{SECRET} in a message");
    project.edit("token", "Another token.\n");
    let later = project.lineage_json(&["record", ID, "-m", &message]);
    let later = text(&later[0], "version_id").to_owned();
    project.remove(".claude/skills/pdf/token");
    assert!(
        found(&project).len() >= 3,
        "a blob, a commit, the sidecar: {:?}",
        found(&project)
    );
    let kept = objects(&project);

    let everything = project.everything();
    let planned = forget(&project, &[&secret, "--descendants", "--dry-run"], 0);
    everything.assert_same(&project.everything());
    let forgotten = forget(&project, &[&secret, "--descendants"], 0);
    assert_eq!(planned, forgotten);
    assert_eq!(forgotten["artifact_id"], ID);
    assert_eq!(forgotten["gone"], true);
    assert_eq!(forgotten["version_ids"], serde_json::json!([later, secret]));
    assert_eq!(
        forgotten["refs"],
        serde_json::json!([{"ref": HEAD_REF, "before": later, "after": before}])
    );
    assert_gone(&project);
    assert_eq!(project.rev_parse(HEAD_REF), before);
    project.lineage(&["show", &secret]).assert_code(1);
    let gone: BTreeSet<String> = kept.difference(&objects(&project)).cloned().collect();
    // Two commits, two folders, two files.
    assert_eq!(gone.len(), 6, "{gone:?}");
    assert_eq!(forgotten["deleted_objects"], 6);
    assert_eq!(
        project.record()["recorded"],
        false,
        "what lies there is the version before"
    );
}

#[test]
fn a_second_time_there_is_nothing_to_forget() {
    let project = Project::deployed();
    let secret = record_secret(&project);
    forget(&project, &[&secret], 0);
    let again = project.lineage(&["--json", "forget", &secret]).assert_code(1);
    assert_eq!(again.json_error()["code"], "unknown_version");
}

#[test]
fn people_are_told_what_happened() {
    let project = Project::deployed();
    let secret = record_secret(&project);
    let said = project.lineage_ok(&["forget", ID]);
    assert_eq!(said.text(), format!("Forgot skill/pdf  {}\n", &secret[..7]));
    assert!(said.err_text().contains("it is gone here"), "{said}");
}
