//! Refs that something else moved: plain git, a fetch, a gc, another machine.

use std::fs;
use std::time::{Duration, SystemTime};

use super::World;
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, Project};

/// Does `step` with plain git; then every first question about it must be right and told in one line.
#[track_caller]
fn overtaken(world: &mut World, what: &str, step: impl FnOnce(&Project)) {
    world.assert_silent();
    let stale = world.project.beside("stale");
    world.project.copy(".git/lineage", &stale);
    step(&world.project);
    world.learn_truth();
    for _ in 0..world.questions.len() / 2 {
        world.assert_healed(what, &["sidecar", "brought up to date"], || world.restore(&stale));
    }
}

#[test]
fn refs_moved_by_plain_git_are_noticed() {
    let mut world = World::new();
    let head = world.project.rev_parse(HEAD_REF);
    let tree = world.project.rev_parse(&format!("{HEAD_REF}~1^{{tree}}"));
    overtaken(&mut world, "a version made by plain git", |project| {
        let version = project.plain_version(&tree, &[&head], Some("local_modification"));
        project.git(&["update-ref", HEAD_REF, &version, &head]);
    });
    overtaken(&mut world, "a head set back", |project| {
        project.git(&["update-ref", HEAD_REF, &head]);
    });
    overtaken(&mut world, "a kept head deleted", |project| {
        let kept = project
            .git(&["for-each-ref", "--format=%(refname)", "refs/lineage/kept"])
            .lines();
        project.git(&["update-ref", "-d", &kept[0]]);
    });
    overtaken(&mut world, "all versions of other lines gone", |project| {
        for name in ["heads/side", "remotes/origin/main", "remotes/origin/side"] {
            project.git(&["update-ref", "-d", &format!("refs/lineage/{name}/{ID}")]);
        }
        project.git(&["gc", "--quiet", "--prune=now"]);
    });
    assert!(
        world.truth.iter().any(|answer| answer.code == 1),
        "some of it was asked for"
    );
}

#[test]
fn refs_that_a_fetch_brought_are_noticed() {
    let mut world = World::new();
    let clone = world.project.clone_as("clone", &[]);
    clone.git(&["fetch", "--quiet", "origin", "+refs/lineage/*:refs/lineage/*"]);
    clone.write(format!("{PATH}/SKILL.md"), "made in the clone\n");
    clone.lineage_ok(&["record"]);
    let refspec = "+refs/lineage/heads/*:refs/lineage/remotes/clone/*";
    let fetch = ["fetch", "--quiet", "../clone", refspec];
    overtaken(&mut world, "a fetch", |project| drop(project.git(&fetch)));
    // Nothing new: nothing to tell.
    world.project.git(&fetch);
    world.assert_silent();
}

#[test]
fn refs_that_were_only_stored_otherwise_are_no_news() {
    let world = World::new();
    let project = &world.project;
    for step in [
        &["pack-refs", "--all"][..],
        &["pack-refs", "--all", "--prune"],
        &["gc", "--quiet"],
        &["gc", "--quiet", "--prune=now"],
        &["commit", "--quiet", "--allow-empty", "-m", "Something else"],
        &["commit-graph", "write", "--reachable"],
    ] {
        project.git(step);
        world.assert_silent();
    }
}

/// In one file of refs those of several prefixes stand together.
#[test]
fn refs_below_another_prefix_are_others() {
    let first = TestRepo::new();
    let table = first.sibling("table", &["--ref-format=reftable"]);
    for (repo, packed) in [(&first, false), (&first, true), (&table, false)] {
        if !repo.exists("README.md") {
            Project::over(repo.clone()).deploy();
        }
        if packed {
            repo.git(&["pack-refs", "--all"]);
        }
        let all = || repo.lineage_json(&["log", "--all"]).len();
        assert_eq!(all(), 1);
        repo.git(&["config", "lineage.refPrefix", "refs/elsewhere"]);
        assert_eq!(all(), 0, "{}, packed: {packed}", repo.path().display());
        repo.git(&["config", "--unset", "lineage.refPrefix"]);
        assert_eq!(all(), 1, "{}, packed: {packed}", repo.path().display());
    }
}

/// The clock of a file system ticks every few milliseconds. A ref moved in the tick in which the index was filled leaves
/// every time stamp as it was; stamps that could hide that are not trusted.
#[test]
fn refs_moved_within_one_tick_of_the_clock_are_noticed() {
    let world = World::new();
    let project = &world.project;
    if !project.has_ref_files("times of folders of refs") {
        return;
    }
    let folder = project.path().join(".git/refs/lineage/heads/main/skill");
    let head = project.rev_parse(HEAD_REF);
    let parent = project.rev_parse(&format!("{HEAD_REF}~1"));
    let tick = SystemTime::now() + Duration::from_secs(3600);
    let set_clock = || {
        let opened = fs::File::open(&folder).expect("the ref is loose");
        opened.set_modified(tick).expect("the folder is ours");
    };
    for build in [&["index", "rebuild"][..], &["list"]] {
        set_clock();
        if build == ["list"] {
            project.remove(".git/lineage");
        }
        project.lineage_ok(build);
        for target in [&parent, &head] {
            project.git(&["update-ref", HEAD_REF, target]);
            set_clock();
            let shown = project.lineage_json(&["show", &format!("{ID}@main")]);
            let truth = project
                .call()
                .config("lineage.sidecar", "false")
                .lineage_json(&["show", &format!("{ID}@main")]);
            assert_eq!(shown, truth, "{build:?}");
            let children = project.lineage_json(&["log", "--all", ID]);
            let known = children.iter().any(|version| version["version_id"] == *head);
            assert_eq!(known, *target == head, "{build:?}: {children:?}");
        }
    }
}
