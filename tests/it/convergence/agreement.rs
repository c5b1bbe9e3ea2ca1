//! In the end: everybody pushes and fetches, and everybody knows the same.

use super::{
    steps::Force,
    team::{CLONES, Team, refs},
};
use crate::{
    random_history::{
        held::{self, Commit},
        versions::Versions,
        world::FIXED,
    },
    support::TestRepo,
};

/// How often all push and fetch, so that whoever was refused has what was missing.
const ROUNDS: usize = 2;

/// Pushes and fetches, and compares.
pub(super) fn in_the_end(team: &mut Team) {
    team.script().comment("In the end");
    for who in 0..CLONES.len() {
        commit_all(team, who);
    }
    for who in (0..CLONES.len() * ROUNDS).map(|turn| turn % CLONES.len()) {
        share_commits(team, who);
    }
    let branches = held::branches(&team.remote);
    for who in 0..CLONES.len() {
        follow(team, who, &branches);
    }
    // Once one has sent what it knows, who has fetched it agrees on that, whatever the others have yet to send.
    let first = team.script().text().len() % CLONES.len();
    team.push_lineage(first);
    fetch_all(team);
    compare(team, &branches, first, false);
    // What one sends may be what another's versions build on, which that one can send only then: at most as often as there
    // are others.
    for _ in 1..CLONES.len() {
        for who in (0..CLONES.len()).map(|turn| (first + turn) % CLONES.len()) {
            team.push_lineage(who);
        }
        fetch_all(team);
    }
    compare(team, &branches, first, true);
    let before = refs(&team.remote, "refs/lineage/heads");
    for who in 0..CLONES.len() {
        team.push_lineage(who);
    }
    assert_eq!(refs(&team.remote, "refs/lineage/heads"), before, "all was sent already");
    check(team);
}

fn fetch_all(team: &mut Team) {
    for who in 0..CLONES.len() {
        team.fetch_lineage(who);
    }
}

/// Ends what stands and commits what lies there.
fn commit_all(team: &mut Team, who: usize) {
    let world = &mut team.clones[who];
    if !world.unfinished().is_empty() {
        world.abort();
    }
    world.git(&["add", "--all"]);
    world.git(&["commit", "-q", "-m", "The end"]);
}

/// Fetches, and pushes all branches as far as the remote takes them.
fn share_commits(team: &mut Team, who: usize) {
    team.fetch(who, &["fetch", "-q", "--prune"]);
    for branch in held::branches(&team.clones[who].project) {
        team.push(who, &branch, Force::Nothing);
    }
}

/// Has just the branches of the remote, where they are there.
fn follow(team: &mut Team, who: usize, branches: &[String]) {
    team.fetch(who, &["fetch", "-q", "--prune"]);
    let world = &team.clones[who];
    world.git(&["switch", "-q", "--detach"]).assert_code(0);
    for branch in held::branches(&world.project) {
        world.git(&["branch", "-q", "-D", &branch]).assert_code(0);
    }
    for branch in branches {
        world
            .git(&["branch", "-q", branch, &format!("origin/{branch}")])
            .assert_code(0);
    }
    world.git(&["switch", "-q", "main"]).assert_code(0);
}

/// All know the version that `sender` knows of every commit of every branch, and the remote has it; `all` was sent, or just
/// what that one knows.
///
/// What the branch's newest version does not contain is left out: an artifact that is gone has no head, and one that was
/// deployed anew another root. The versions before do not travel by themselves.
fn compare(team: &Team, branches: &[String], sender: usize, all: bool) {
    let fresh = fresh_clone(team, branches, if all { "fresh" } else { "early" });
    let there = Versions::in_repository(&team.remote);
    let projects: Vec<&TestRepo> = team.clones.iter().map(|world| &world.project).chain([&fresh]).collect();
    for branch in branches {
        let commits = held::commits(&team.clones[0], std::slice::from_ref(branch));
        let held: Vec<_> = projects.iter().map(|project| held::held(project, &commits)).collect();
        let tip = commits.last().expect("a branch has a commit");
        for id in tip.deployed.keys() {
            let at = |commit: &Commit| (commit.id.clone(), id.clone());
            let Some(newest) = held[sender].get(&at(tip)) else {
                assert!(!all, "{id} holds nothing on {branch}");
                continue;
            };
            assert!(
                there.get(newest).is_some(),
                "the remote lacks {newest} of {id} on {branch}"
            );
            for commit in &commits {
                let versions: Vec<_> = held.iter().map(|held| held.get(&at(commit))).collect();
                let version = versions[sender];
                assert!(
                    version.is_none_or(|version| !there.contains(newest, version))
                        || versions.iter().all(|other| *other == version),
                    "{id} at {} on {branch}: {versions:?}",
                    commit.id
                );
            }
        }
    }
}

/// Nothing is damaged anywhere.
fn check(team: &Team) {
    let fresh = team.remote.folder("fresh");
    let projects = team.clones.iter().map(|world| &world.project).chain([&fresh]);
    for project in projects.clone() {
        let verified = project.call().at(FIXED).lineage(&["--json", "verify"]);
        assert!(verified.code == 0 && verified.stdout.is_empty(), "{verified}");
    }
    for project in projects.chain([&team.remote]) {
        let checked = project
            .call()
            .at(FIXED)
            .git(&["fsck", "--no-dangling", "--no-progress"]);
        assert!(checked.text().is_empty(), "{checked}");
    }
}

/// A clone that nobody has worked in.
fn fresh_clone(team: &Team, branches: &[String], name: &str) -> TestRepo {
    let fresh = team.remote.folder(name);
    let call = || fresh.call().at(FIXED);
    call().git(&["clone", "-q", "../remote", "."]);
    for branch in branches.iter().filter(|branch| *branch != "main") {
        call().git(&["branch", "-q", branch, &format!("origin/{branch}")]);
    }
    call().lineage_ok(&["fetch"]);
    fresh
}
