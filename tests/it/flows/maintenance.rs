//! git's maintenance behind commands that write objects.

use crate::support::project::{PATH, Project};
use crate::support::{Call, TestRepo};

/// A call after which git may tidy up, and has done so when the call ends.
fn tidying<'a>(project: &'a TestRepo, auto: &str) -> Call<'a> {
    project
        .call()
        .config("maintenance.auto", "true")
        .config("maintenance.autoDetach", "false")
        .config("gc.autoDetach", "false")
        .config("gc.auto", auto)
}

/// How many objects are loose.
fn loose(project: &TestRepo) -> usize {
    let counts = project.git(&["count-objects"]);
    let count = counts.text().split(' ').next().and_then(|count| count.parse().ok());
    count.expect("a number")
}

/// Enough loose objects that some are in the one folder where git counts them.
fn with_loose_objects() -> Project {
    let project = Project::deployed();
    let folder = project.beside("contents");
    std::fs::create_dir(&folder).expect("a folder");
    let mut paths = String::new();
    for number in 0..2000 {
        let path = folder.join(number.to_string());
        std::fs::write(&path, number.to_string()).expect("written");
        paths.push_str(&format!("{}\n", path.display()));
    }
    project.call().stdin(paths).git(&["hash-object", "-w", "--stdin-paths"]);
    project
}

#[test]
fn a_record_tidies_up_once_there_is_enough() {
    let project = with_loose_objects();
    let before = loose(&project);
    project.edit("SKILL.md", "one\n");
    tidying(&project, "1000000").lineage_ok(&["record"]);
    assert!(loose(&project) > before, "that many are fine");

    project.edit("SKILL.md", "two\n");
    tidying(&project, "0").lineage_ok(&["record"]);
    assert!(loose(&project) > before, "gc is switched off");

    project.edit("SKILL.md", "three\n");
    tidying(&project, "1").lineage_ok(&["record"]);
    let packed = loose(&project);
    assert!(packed < before, "{packed} of {before} are left");
    project.lineage_ok(&["verify"]);
}

#[test]
fn neither_questions_nor_hooks_tidy_up() {
    let project = with_loose_objects();
    tidying(&project, "1").lineage_ok(&["status"]);
    project.edit("SKILL.md", "one\n");
    project.git(&["commit", "--quiet", "--message", "Edit", "--", PATH]);
    let before = loose(&project);
    tidying(&project, "1").lineage_ok(&["hook", "post-commit"]);
    assert!(loose(&project) > before, "the version was recorded");
}
