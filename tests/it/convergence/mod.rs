//! Three clones and one bare remote, random work in all of them at once, and what they come to.
//!
//! A history is a number of [steps](steps) chosen by a seed. Each is done in one of the clones: what can happen to a project
//! alone ([`random_history`](crate::random_history)), and push, force-push, pull, fetch, with git and with lineage. Two of
//! the clones have hooks, two fetch lineage with every `git fetch`, two are one person's ([`team`]).
//!
//! After every step ([`team`]): `verify` finds nothing in the clone, every version that was ever reported there is
//! reachable, a fetch moved no head of a line, a push that git refused has sent nothing, and a head that was moved on the
//! remote is the version of the commit that the branch has there, by the rule: no edit travels that was recorded only.
//!
//! In the end ([`agreement`]) everybody pushes and fetches. Then every clone, and one made then, finds the same version for
//! every commit of every branch on the remote, the remote has all of these, and there is nothing left to send.
//!
//! A history that comes out wrong is printed as a shell script. Variables:
//!
//! - `GIT_LINEAGE_STEPS=<n>`: so many steps instead of the usual ones;
//! - `GIT_LINEAGE_TEAM=<seed>`: only this history;
//! - `GIT_LINEAGE_TEAMS=<n>`: so many instead of the usual ones;
//! - `GIT_LINEAGE_TEAM_SHRINK=1`: leave out steps as long as it still fails.

mod agreement;
mod steps;
mod stories;
mod team;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::random_history::{Failure, number, shrink};
use steps::Step;
use team::Team;

/// How many histories there are, and how many steps one has.
const HISTORIES: u64 = 2;
const LENGTH: usize = 60;

#[test]
fn clones_that_have_pushed_and_fetched_agree() {
    let seeds = match number("GIT_LINEAGE_TEAM") {
        Some(seed) => seed..=seed,
        None => 1..=number("GIT_LINEAGE_TEAMS").unwrap_or(HISTORIES),
    };
    let length = number("GIT_LINEAGE_STEPS").map_or(LENGTH, |steps| steps as usize);
    let template = Team::new();
    let check = |seed: u64| {
        let mut steps = steps::history(seed, length);
        let mut outcome = run(&template, &steps);
        if outcome.is_err() && number("GIT_LINEAGE_TEAM_SHRINK").is_some() {
            steps = shrink(steps, |fewer| run(&template, fewer).is_err());
            outcome = run(&template, &steps);
        }
        if let Err(Failure { script, message }) = &outcome {
            eprintln!("==== GIT_LINEAGE_TEAM={seed}\n{script}\n{message}");
        }
        outcome.is_err()
    };
    let failed: Vec<u64> = std::thread::scope(|scope| {
        let running: Vec<_> = seeds.map(|seed| (seed, scope.spawn(move || check(seed)))).collect();
        let ended = running
            .into_iter()
            .filter_map(|(seed, thread)| thread.join().expect("panics are caught").then_some(seed));
        ended.collect()
    });
    assert!(failed.is_empty(), "these came out wrong: {failed:?}");
}

/// Runs a history from the beginning of `template`.
fn run(template: &Team, steps: &[Step]) -> Result<(), Failure> {
    let mut team = template.twin();
    let script = team.script();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        for step in steps {
            team.perform(step);
        }
        agreement::in_the_end(&mut team);
    }));
    outcome.map_err(|panic| Failure::new(panic.as_ref(), &script))
}
