//! Conflicts as a user ends them, with git's own commands.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    steps::{End, Pick},
    world::{FIXED, World},
};

/// What git calls an operation that stopped, and the file, or in a reftable the ref, that says it did.
const OPERATIONS: [(&str, &str); 4] = [
    ("merge", "MERGE_HEAD"),
    ("cherry-pick", "CHERRY_PICK_HEAD"),
    ("revert", "REVERT_HEAD"),
    ("rebase", "rebase-merge"),
];
/// More often no rebase here can stop.
const MOST_STOPS: usize = 40;

/// Brings whatever git stopped in to its end.
pub(crate) fn end_of_git(world: &mut World, end: End) {
    let mut stops = 0;
    while let Some(operation) = standing(world) {
        stops += 1;
        if end.interrupted && stops == 1 && world.branch().is_some() {
            // Refused or done, it harms nothing.
            world.lineage(&["record", "--all"]);
        }
        let Some(pick) = end.pick else {
            world.git(&[operation, "--abort"]).assert_code(0);
            return;
        };
        resolve(world, pick);
        let goes_on = match operation {
            "merge" => world.git_does(&["commit", "-q", "--no-edit"]),
            _ => world.git_does(&[operation, "--continue"]),
        };
        // Nothing is left of it once it is resolved; or it stopped again.
        if !goes_on && unmerged(world).is_empty() && standing(world) == Some(operation) {
            world.git(&[operation, "--skip"]);
        }
        assert!(stops < MOST_STOPS, "{operation} does not end");
    }
    // A stash or a squash that met conflicts stands nowhere but in the index; so may a sync, which is not for here.
    if world.unfinished().is_empty() && !unmerged(world).is_empty() {
        resolve(world, end.pick.unwrap_or(Pick::Ours));
    }
}

fn standing(world: &World) -> Option<&'static str> {
    let in_tables = world.project.has_tables();
    let stands = |name: &str| {
        let ask = || {
            world
                .project
                .call()
                .at(FIXED)
                .git_any(&["rev-parse", "-q", "--verify", name])
        };
        world.project.exists(format!(".git/{name}")) || (in_tables && ask().code == 0)
    };
    let found = OPERATIONS.iter().find(|(_, name)| stands(name));
    found.map(|(operation, _)| *operation)
}

/// Resolves and stages whatever is unmerged.
pub(crate) fn resolve(world: &World, pick: Pick) {
    for (number, (path, stages)) in unmerged(world).into_iter().enumerate() {
        let side = match pick {
            Pick::Ours => Some(2),
            Pick::Theirs => Some(3),
            Pick::Turns => Some(2 + number % 2),
            // A manifest with the lines of both is none.
            Pick::Both if path == ".gitlineage" => Some(2),
            Pick::Both => None,
        };
        match side {
            Some(side) if !stages.contains(&side) => drop(world.git(&["rm", "-q", "--force", "--", &path])),
            Some(side) => {
                let side = if side == 2 { "--ours" } else { "--theirs" };
                world.git(&["checkout", "-q", side, "--", &path]).assert_code(0);
                world.git(&["add", "--", &path]).assert_code(0);
            }
            None => {
                if world.project.exists(&path) {
                    let text = String::from_utf8_lossy(&world.project.read(&path)).into_owned();
                    let marker = |line: &&str| !["<<<<<<<", "=======", ">>>>>>>"].iter().any(|m| line.starts_with(m));
                    let lines: Vec<&str> = text.lines().filter(marker).collect();
                    world.write_in_project(&path, &(lines.join("\n") + "\n"));
                }
                world.git(&["add", "--all", "--", &path]).assert_code(0);
            }
        }
    }
}

/// The paths that are unmerged, with the stages they have.
fn unmerged(world: &World) -> BTreeMap<String, BTreeSet<usize>> {
    let mut found: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let listed = world.ask().git(&["ls-files", "--unmerged", "-z"]);
    for entry in listed.text().split_terminator('\0') {
        let (about, path) = entry.split_once('\t').expect("git prints a tab");
        let stage = about.rsplit(' ').next().and_then(|stage| stage.parse().ok());
        found
            .entry(path.to_owned())
            .or_default()
            .insert(stage.expect("git prints a stage"));
    }
    found
}
