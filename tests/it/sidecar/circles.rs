//! Rows that no commit can be: a version that is its own ancestor. Whatever is asked, it ends.

use super::World;
use crate::support::project::{HEAD_REF, ID};

/// Makes `version` a child of `parent` in the sidecar alone.
fn set_parent(world: &World, version: &str, parent: &str) {
    // The memo of the project's history would answer for it.
    world.sql("DELETE FROM project_commits; DELETE FROM project_states");
    world.sql(&format!(
        "UPDATE artifact_versions SET parent_ids = x'{parent}', parent_hash =
         (SELECT content_hash FROM artifact_versions WHERE version_id = x'{parent}') WHERE version_id = x'{version}'"
    ));
}

/// The versions of the line, oldest first.
fn chain(world: &World) -> Vec<String> {
    let listed = world
        .project
        .git(&["rev-list", "--first-parent", "--reverse", HEAD_REF]);
    listed.lines()
}

#[test]
fn a_circle_of_parents_ends_in_an_error_or_is_healed() {
    let world = World::new();
    let project = &world.project;
    let chain = chain(&world);
    let (root, synced, head) = (&chain[0], &chain[1], &chain[chain.len() - 1]);
    // A circle through everything, one of a version with itself, one of upstream versions.
    let circles = [[root, head], [head, head], [root, synced], [synced, synced]];
    let hash = project.rev_parse(&format!("{head}^{{tree}}"));
    let far_back = format!("{ID}~18446744073709551615");
    let questions = [
        &["list"][..],
        &["log"],
        &["log", "--all"],
        &["log", ID, "--graph"],
        &["graph"],
        &["lineage", head],
        &["lineage", head, "--all-parents"],
        &["show", head],
        &["show", &far_back],
        &["find", &hash],
        &["children", &hash],
        &["merge-base", "--all", root, head],
        &["path", root, head],
        &["record", "--dry-run"],
        &["sync", "--dry-run"],
    ];
    for question in &questions {
        let off = project.call().config("lineage.sidecar", "false").lineage(question);
        for [version, parent] in circles {
            world.restore(&world.settled);
            set_parent(&world, version, parent);
            let answer = project.call().within(30).lineage(question);
            let healed = answer.code == off.code && answer.stdout == off.stdout;
            // 'verify' mends nothing: it tells.
            let refused = answer.code == 1 && answer.err_text().contains("error: ") || answer.code == 4;
            assert!(
                healed || refused || answer.code == 0,
                "{question:?}, {version} under {parent}\n{off}\n{answer}"
            );
        }
    }
}

#[test]
fn verify_lists_a_circle_and_mends_nothing() {
    let world = World::new();
    let project = &world.project;
    let chain = chain(&world);
    let (root, head) = (&chain[0], &chain[chain.len() - 1]);
    for [version, parent] in [[root, head], [head, head], [root, &chain[1]]] {
        world.restore(&world.settled);
        set_parent(&world, version, parent);
        for _ in 0..2 {
            let output = project.call().within(30).lineage(&["--json", "verify"]).assert_code(4);
            let found = output.json();
            let has = |code: &str| found.iter().any(|finding| finding["code"] == code);
            assert!(has("sidecar_cycle") && has("sidecar_row_mismatch"), "{output}");
        }
    }
}

#[test]
fn recording_on_a_circle_ends_and_records_the_truth() {
    let world = World::new();
    let project = &world.project;
    let chain = chain(&world);
    let (root, head) = (&chain[0], &chain[chain.len() - 1]);
    for (number, [version, parent]) in [[root, head], [head, head], [root, &chain[1]]].into_iter().enumerate() {
        world.restore(&world.settled);
        set_parent(&world, version, parent);
        let before = project.git(&["rev-list", "--count", HEAD_REF]).trimmed();
        project.edit("SKILL.md", format!("edit {number}\n"));
        let output = project.call().within(30).lineage(&["--json", "record", ID]);
        let after = project.git(&["rev-list", "--count", HEAD_REF]).trimmed();
        if output.code == 0 {
            assert_ne!(before, after, "{output}");
            assert_eq!(
                project.rev_parse(&format!("{HEAD_REF}~1")),
                output.json()[0]["parent_ids"][0],
                "{output}"
            );
        } else {
            assert_eq!((output.code, &before), (1, &after), "{output}");
        }
        project.git(&["fsck", "--strict", "--no-progress"]);
    }
}
