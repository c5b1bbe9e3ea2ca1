//! Random histories of a project, its two upstreams and its artifacts, and what must hold in them whatever happens.
//!
//! A history is about thirty [steps](steps) chosen by a seed: edits, commits, branches, merges, rebases, cherry-picks,
//! reverts, amends, resets, stashes, with and without conflicts and in any state of the work tree, and between them deploy,
//! sync in all its endings, record, restore, remove. Versions are caught up with after some steps, and after others by the
//! next command that needs them; or, in the same histories once more, by git's hooks.
//!
//! After every step: `verify` finds nothing, and every version that was ever reported is reachable. After a catch-up:
//! HEAD's version has HEAD's content and stands on HEAD's baseline, what lies in the work tree is recorded, recording again
//! adds nothing, questions move nothing ([`checks`]). Every sync, and every few steps one of everything in a copy of the
//! project, comes to what git's own merge of the same three contents comes to ([`contents`], [`next_sync`]). In the end
//! every commit of every branch holds a version that contains its parents' ([`held`]), also for others ([`clones`]: what
//! exactly is promised).
//!
//! A history that comes out wrong is printed as a shell script. Variables:
//!
//! - `GIT_LINEAGE_HISTORIES=<n>`: so many instead of the usual ones;
//! - `GIT_LINEAGE_HISTORY=<seed>`: only this one;
//! - `GIT_LINEAGE_HISTORY_SHRINK=1`: leave out steps as long as it still fails.

pub(crate) mod act;
mod checks;
mod clones;
pub(crate) mod conflicts;
pub(crate) mod contents;
pub(crate) mod held;
mod next_sync;
pub(crate) mod script;
pub(crate) mod steps;
pub(crate) mod versions;
pub(crate) mod world;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicUsize, Ordering},
};

use clones::Agreement;
use script::Script;
use steps::Step;
use world::World;

/// How many steps one has.
const LENGTH: usize = 30;

/// How a history came out wrong.
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) script: String,
}

impl Failure {
    /// What a panic said, and what was done up to it.
    pub(crate) fn new(panic: &(dyn std::any::Any + Send), script: &Script) -> Self {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Failure {
            message: text.unwrap_or_else(|| "a panic without a text".to_owned()),
            script: script.text(),
        }
    }
}

/// Runs a history from the beginning of `template`.
fn run(template: &World, steps: &[Step]) -> Result<Agreement, Failure> {
    let mut world = template.twin();
    let script = world.script.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        for (number, step) in steps.iter().enumerate() {
            world.perform(step);
            checks::after_step(&world, number);
        }
        clones::at_the_end(&mut world)
    }));
    outcome.map_err(|panic| Failure::new(panic.as_ref(), &script))
}

/// Leaves out steps as long as what is left still fails.
pub(crate) fn shrink<S: Clone>(mut steps: Vec<S>, fails: impl Fn(&[S]) -> bool) -> Vec<S> {
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(at..(at + size).min(steps.len()));
            if fails(&fewer) {
                steps = fewer;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    steps
}

/// What a variable is set to.
pub(crate) fn number(variable: &str) -> Option<u64> {
    let set = std::env::var(variable).ok()?;
    Some(set.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

#[test]
fn whatever_happens_to_the_project_its_versions_follow() {
    histories(8, false);
}

#[test]
fn with_hooks_they_follow_at_once() {
    histories(4, true);
}

/// Runs so many histories, unless others are asked for.
#[track_caller]
fn histories(usual: u64, hooks: bool) {
    let seeds: Vec<u64> = match number("GIT_LINEAGE_HISTORY") {
        Some(seed) => vec![seed],
        None => (1..=number("GIT_LINEAGE_HISTORIES").unwrap_or(usual)).collect(),
    };
    let template = World::new(hooks);
    contents::make_model(&template, &["repo", "one", "two", contents::COPY]);
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut outcomes = Vec::new();
        while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut steps = steps::history(*seed, LENGTH);
            let mut outcome = run(&template, &steps);
            if outcome.is_err() && number("GIT_LINEAGE_HISTORY_SHRINK").is_some() {
                steps = shrink(steps, |fewer| run(&template, fewer).is_err());
                outcome = run(&template, &steps);
            }
            outcomes.push((*seed, outcome));
        }
        outcomes
    };
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(seeds.len());
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a worker catches panics"))
            .collect()
    });
    let (mut all, mut failed) = (Agreement::default(), Vec::new());
    for (seed, outcome) in outcomes {
        match outcome {
            Ok(agreement) => {
                all.equal += agreement.equal;
                all.excused += agreement.excused;
            }
            Err(failure) => {
                eprintln!(
                    "==== GIT_LINEAGE_HISTORY={seed}\n{}\n{}",
                    failure.script, failure.message
                );
                failed.push(seed);
            }
        }
    }
    assert!(
        failed.is_empty(),
        "of {} histories these came out wrong: {failed:?}",
        seeds.len()
    );
    let few = seeds.len() < 4;
    assert!(
        few || all.equal > all.excused,
        "clones hardly ever came to the same: {all:?}"
    );
}
