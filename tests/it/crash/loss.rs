//! Power lost after each sync of a command, and at its end: what was reported as recorded is there.
//!
//! The calls of one run are made once more on a [`Disk`], which then loses what its rules allow. How many moments are looked at
//! `GIT_LINEAGE_KILLS` tells, as for the kills.

use std::fs;

use super::case::Case;
use super::cases;
use super::checks::{self, Needed};
use super::disk::{Disk, Loss};
use super::shim::{Point, Record, Shim, Victim};
use super::sweep::number;

/// How many moments, unless somebody asks for more.
const USUAL: usize = 5;

/// When power is lost.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moments {
    /// After each sync and each answer, and at the end.
    Syncs,
    /// After each answer, and at the end: between its own syncs a git that replaces its tables of refs can lose them, because
    /// (2.47) it syncs a new one before its end is written, and removes the old ones.
    Answers,
}

#[test]
fn of_a_record() {
    lose_power_in(&cases::record());
}

#[test]
fn of_a_record_of_many_files() {
    lose_power_in(&cases::record_many_files());
}

#[test]
fn of_a_record_of_many_artifacts() {
    lose_power_in(&cases::record_many_artifacts());
}

#[test]
fn of_a_deploy() {
    lose_power_in(&cases::deploy());
}

#[test]
fn of_a_restore() {
    lose_power_in(&cases::restore());
}

#[test]
fn of_a_sync_into_a_conflict() {
    lose_power_in(&cases::sync_into_conflict());
}

#[test]
fn of_an_adopt() {
    lose_power_in(&cases::adopt());
}

#[test]
fn of_a_batch() {
    lose_power_in(&cases::batch());
}

#[test]
fn of_refs_that_git_moves() {
    lose_power_in(&cases::record_with_reflog());
    if let Some(case) = cases::record_to_reftable() {
        lose_power(&case, Moments::Syncs);
    }
}

/// At all moments that the repository's kind allows.
fn lose_power_in(case: &Case) {
    lose_power(
        case,
        if case.project.has_tables() {
            Moments::Answers
        } else {
            Moments::Syncs
        },
    );
}

fn lose_power(case: &Case, moments: Moments) {
    let twin = case.project.twin();
    let Some(shim) = Shim::new(&twin, true) else { return };
    let mut disk = Disk::of(twin.sandbox().root());
    let before = checks::versions(&case.place(&twin));
    let never = Point {
        victim: Victim::All,
        at: 0,
        torn: false,
    };
    let output = case.run(&twin, Some((&shim, never)));
    assert_eq!(output.code, case.code, "{output}");
    let trace = shim.trace();
    let syncs: Vec<usize> = (0..trace.len())
        .filter(|at| moments == Moments::Syncs && trace[*at].name.ends_with("sync"))
        .collect();
    let every = syncs.len().div_ceil(number("GIT_LINEAGE_KILLS", USUAL)).max(1);
    let (mut said, mut tried) = (Vec::new(), 0);
    let mut syncs = syncs.into_iter().step_by(every).peekable();
    for (at, record) in trace.iter().enumerate() {
        disk.apply(record);
        if is_answer(record) {
            said.extend_from_slice(&record.data);
        }
        let is_moment = syncs.next_if_eq(&at).is_some() || is_answer(record) || at + 1 == trace.len();
        for loss in Loss::EVERY.iter().filter(|_| is_moment) {
            tried += 1;
            let expected = before.union(&checks::reported(&said)).cloned().collect::<Vec<_>>();
            assert_whole(
                case,
                &disk,
                *loss,
                &expected,
                &format!("{} after call {at}, {loss:?}", case.name),
            );
        }
    }
    println!(
        "| power is lost | `{}` | {} | {tried} | 0 | 0 | |",
        case.name,
        trace.len()
    );
}

/// What is printed for whoever called.
fn is_answer(record: &Record) -> bool {
    let to_a_pipe = record.name == "write" && record.places[0].to_string_lossy().starts_with("pipe:");
    to_a_pipe && !record.by_git && !checks::reported(&record.data).is_empty()
}

#[track_caller]
fn assert_whole(case: &Case, disk: &Disk, loss: Loss, expected: &[String], when: &str) {
    let twin = case.project.twin();
    disk.write(loss, twin.sandbox().root());
    let repo = case.place(&twin);
    // git syncs neither its index nor its locks; the former it makes anew.
    let index = repo.path().join(".git/index");
    let is_damaged =
        repo.call().git_any(&["ls-files"]).code != 0 || fs::metadata(&index).is_ok_and(|found| found.len() == 0);
    if is_damaged {
        fs::remove_file(&index).expect("it is there");
        repo.git(&["reset", "--quiet"]);
    }
    checks::remove_locks(&repo);
    let now = checks::versions(&repo);
    let lost: Vec<&String> = expected.iter().filter(|id| !now.contains(*id)).collect();
    assert!(lost.is_empty(), "{when}: lost {lost:?}");
    checks::assert_git_is_content(&repo);
    let pending = repo.git(&["for-each-ref", "refs/lineage/pending"]);
    if pending.text().is_empty() {
        return;
    }
    checks::recover(&repo, false, &mut Needed::default());
}
