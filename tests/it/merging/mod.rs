//! Both sides changed: merges, conflicts, and the way out of what is unfinished.

mod classic;
mod conflicts;
mod elsewhere;
mod interrupted;
mod locks;
mod lossless;
mod undo;
mod way_back;

use crate::support::project::{ID, PATH, Project, SOURCE};

/// Twenty numbered lines.
pub(crate) const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n";

/// The lines with one of them replaced.
pub(crate) fn with_line(text: &str, number: usize, line: &str) -> String {
    let lines = text.lines().enumerate();
    lines
        .map(|(at, old)| format!("{}\n", if at + 1 == number { line } else { old }))
        .collect()
}

/// A project in which `skill/pdf` is deployed and committed with [`LINES`] in `lines.txt`.
#[track_caller]
pub(crate) fn with_lines() -> Project {
    let project = Project::new();
    project.upstream("lines.txt", LINES);
    project.lineage_ok(&["deploy", SOURCE, PATH]);
    project.commit("Add the pdf skill");
    project
}

/// The same with a conflict standing: line 1 is `uno` here and `eins` upstream, line 20 is new upstream.
#[track_caller]
pub(crate) fn with_conflict() -> Project {
    let project = with_lines();
    conflict(&project);
    project
}

/// Makes the conflict of [`with_conflict`].
#[track_caller]
pub(crate) fn conflict(project: &Project) {
    project.edit("lines.txt", with_line(LINES, 1, "uno"));
    project.upstream("lines.txt", with_line(&with_line(LINES, 1, "eins"), 20, "zwanzig"));
    let output = project.lineage(&["--json", "sync", ID]).assert_code(3);
    let answer = output.json().remove(0);
    assert_eq!(answer["result"], "conflict", "{output}");
    assert_eq!(answer["conflicts"], serde_json::json!(["lines.txt"]), "{output}");
}

/// `lines.txt` as it lies in the project.
pub(crate) fn lines(project: &Project) -> String {
    String::from_utf8(project.read(format!("{PATH}/lines.txt"))).expect("UTF-8")
}
