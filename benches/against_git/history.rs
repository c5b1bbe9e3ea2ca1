//! One long lineage from its end to its beginning.

use std::path::Path;

use git_lineage::LineageStore;

use crate::{
    Sizes,
    generate::{Shape, artifact, fill, pack},
    project::init,
    table::Table,
    timing::{LINEAGE, in_turns, output, time},
};

/// What `lineage --json` tells of each version, as far as git can.
const FORMAT: &str = "--format=%H %T %P %ct %(trailers:key=Change-Origin)";

pub(crate) fn measure(table: &mut Table, dir: &Path, sizes: Sizes) {
    if !table.wants("lineage of a chain") {
        return;
    }
    let dir = dir.join("history");
    std::fs::create_dir_all(&dir).expect("a directory");
    let project = init(&dir, "project");
    let store = LineageStore::open(&project).expect("a repository");
    let versions = sizes.chain;
    fill(
        &store,
        Shape {
            versions,
            artifacts: 1,
            merges: None,
        },
    );
    pack(&project);
    let id = artifact(0);
    let head = format!("refs/lineage/heads/main/{id}");
    let ours = ["lineage", "--json", id.as_str()];
    assert_eq!(output(&project, LINEAGE, &ours).lines().count(), versions);
    let pair = in_turns(
        sizes.runs,
        |_| time(&project, LINEAGE, &ours),
        |_| time(&project, "git", &["log", "--first-parent", FORMAT, &head]),
    );
    let work = format!("lineage of a chain of {versions} versions, as JSON");
    table.compare(work, "`git log --first-parent`", (0.8, 0.3), pair);
}
