//! In the end: everybody pushes and fetches, and everybody knows the same.

use super::{
    steps::Force,
    team::{CLONES, Team, refs},
};
use crate::{
    random_history::{held, versions::Versions, world::FIXED},
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
    for _ in 0..ROUNDS {
        for who in 0..CLONES.len() {
            share(team, who);
        }
    }
    let branches = held::branches(&team.remote);
    for who in 0..CLONES.len() {
        follow(team, who, &branches);
    }
    for who in (0..CLONES.len()).chain(0..CLONES.len()) {
        team.fetch_lineage(who);
        team.push_lineage(who);
    }
    for who in 0..CLONES.len() {
        team.fetch_lineage(who);
    }
    let before = refs(&team.remote, "refs/lineage/heads");
    for who in 0..CLONES.len() {
        team.push_lineage(who);
    }
    assert_eq!(refs(&team.remote, "refs/lineage/heads"), before, "all was sent already");
    compare(team, &branches);
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
fn share(team: &mut Team, who: usize) {
    team.fetch(who, &["fetch", "-q", "--prune"]);
    team.fetch_lineage(who);
    for branch in held::branches(&team.clones[who].project) {
        team.push(who, &branch, Force::Nothing);
    }
    team.push_lineage(who);
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

/// All know the same version for every commit of every branch, and the remote has it.
///
/// What the branch's newest version does not contain is left out: an artifact that is gone has no head, and one that was
/// deployed anew another root. The versions before do not travel by themselves.
fn compare(team: &Team, branches: &[String]) {
    let fresh = fresh_clone(team, branches);
    let there = Versions::in_repository(&team.remote);
    let projects: Vec<&TestRepo> = team.clones.iter().map(|world| &world.project).chain([&fresh]).collect();
    for branch in branches {
        let commits = held::commits(&team.clones[0], std::slice::from_ref(branch));
        let all: Vec<_> = projects.iter().map(|project| held::held(project, &commits)).collect();
        let tip = &commits.last().expect("a branch has a commit").id;
        for commit in &commits {
            for id in commit.deployed.keys() {
                let at = |commit: &String| (commit.clone(), id.clone());
                let newest = all[0].get(&at(tip));
                let versions: Vec<_> = all.iter().map(|held| held.get(&at(&commit.id))).collect();
                let travels = match (versions[0], newest) {
                    (Some(version), Some(newest)) => {
                        assert!(
                            there.get(newest).is_some(),
                            "the remote lacks {newest} of {id} on {branch}"
                        );
                        there.contains(newest, version)
                    }
                    _ => false,
                };
                assert!(
                    !travels || versions.iter().all(|other| *other == versions[0]),
                    "{id} at {} on {branch}: {versions:?}",
                    commit.id
                );
            }
        }
    }
    for project in projects.iter().copied().chain([&team.remote]) {
        let checked = project
            .call()
            .at(FIXED)
            .git(&["fsck", "--no-dangling", "--no-progress"]);
        assert!(checked.text().is_empty(), "{checked}");
    }
    for project in projects {
        let verified = project.call().at(FIXED).lineage(&["--json", "verify"]);
        assert!(verified.code == 0 && verified.stdout.is_empty(), "{verified}");
    }
}

/// A clone that nobody has worked in.
fn fresh_clone(team: &Team, branches: &[String]) -> TestRepo {
    let fresh = team.remote.folder("fresh");
    let call = || fresh.call().at(FIXED);
    call().git(&["clone", "-q", "../remote", "."]);
    for branch in branches.iter().filter(|branch| *branch != "main") {
        call().git(&["branch", "-q", branch, &format!("origin/{branch}")]);
    }
    call().lineage_ok(&["fetch"]);
    fresh
}
