//! Every command, with calls that fail one after the other: a full disk, a write and a read that end in an error.
//!
//! How many is told by `GIT_LINEAGE_FAULTS`, as by `GIT_LINEAGE_KILLS` for the kills: at most so many points for each command
//! and each fault. With `--nocapture` each prints a line of the table in docs/reliability.md.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::case::Case;
use super::cases;
use super::projects::three;
use super::shim::{Fault, Point, Record, Shim, Victim};
use super::sweep::{Sweep, drawn, errors, is_said, number, shim};
use crate::support::project::{HEAD_REF, ID, Project};

/// How many points, unless somebody asks for more.
const USUAL: usize = 1;

macro_rules! failed_everywhere {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                if let Some(case) = Into::<Option<Case>>::into(cases::$name()) {
                    fail_everywhere(&case);
                }
            }
        )*
    };
}

cases::every_case!(failed_everywhere);

fn fail_everywhere(case: &Case) {
    if Shim::new(&case.project, false).is_none() {
        return;
    }
    let mut sweep = Sweep::of(case);
    for fault in Fault::EVERY {
        // That git fails is git's matter where it is not ours.
        let victim = if case.is_called_by_git() {
            Victim::Ours
        } else {
            fault.victim()
        };
        let calls = sweep.calls(victim, Some(fault));
        let points = drawn(points(fault, victim, &calls), number("GIT_LINEAGE_FAULTS", USUAL));
        sweep.try_all(fault.name(), Some(fault), &calls, &points);
    }
    sweep.end();
}

/// Questions, in a project that has something to ask for.
fn questions() -> (Project, Vec<Vec<String>>) {
    let project = three();
    project.upstream("new.md", "theirs\n");
    project.lineage_ok(&["sync"]);
    project.commit("Sync");
    project.edit("SKILL.md", "not recorded\n");
    let [head, first] = [HEAD_REF, &format!("{HEAD_REF}~2")].map(|name| project.rev_parse(name));
    let tree = project.rev_parse(&format!("{first}^{{tree}}"));
    let asked = [
        &["status"][..],
        &["list"],
        &["log", ID],
        &["log", "--all"],
        &["show", ID],
        &["lineage", &head, "--all-parents"],
        &["children", &tree],
        &["find", &tree],
        &["merge-base", &head, &first],
        &["path", &first, &head],
        &["diff", ID],
        &["blame", ID, "SKILL.md"],
        &["verify"],
        &["sync", "--dry-run"],
    ];
    let owned = asked.map(|args| args.iter().map(|&arg| arg.to_owned()).collect());
    (project, owned.into())
}

/// A question is answered right, or not at all.
#[test]
fn no_wrong_answer() {
    let (project, questions) = questions();
    if Shim::new(&project, false).is_none() {
        return;
    }
    let mut failures = Vec::new();
    for question in questions {
        let args: Vec<&str> = question.iter().map(String::as_str).collect();
        let case = Case::new("", project.clone(), &args);
        for fault in [Fault::Full, Fault::Read] {
            let calls = Sweep::of(&case).calls(fault.victim(), Some(fault));
            let points = drawn(
                points(fault, fault.victim(), &calls),
                number("GIT_LINEAGE_FAULTS", USUAL),
            );
            let tried = points.len();
            let before = failures.len();
            for point in points {
                if catch_unwind(AssertUnwindSafe(|| ask(&case, fault, point))).is_err() {
                    let call = &calls[usize::try_from(point.at).expect("small") - 1];
                    failures.push(format!("{args:?}, {fault:?}, {} {:?}", call.name, call.places));
                }
            }
            let wrong = failures.len() - before;
            println!(
                "| {} | `{}` | {} | {tried} | 0 | {wrong} | |",
                fault.name(),
                args[0],
                calls.len()
            );
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[track_caller]
fn ask(case: &Case, fault: Fault, point: Point) {
    let [with, without] = [case.project.twin(), case.project.twin()];
    let truth = case.run(&without, None);
    let answer = case.run(&with, Some((&shim(&with, false, Some(fault)), point)));
    if answer.code == truth.code {
        // 'status' says of each upstream whether it could be looked at.
        if case.is_called("status") && answer.json().iter().any(|line| !line["upstream_error"].is_null()) {
            return;
        }
        assert_eq!(answer.text(), truth.text(), "{answer}");
        return;
    }
    // Of what cannot be read 'verify' says that it is damaged.
    let is_found =
        case.is_called("verify") && answer.code == 4 && answer.json().iter().all(|found| !found["message"].is_null());
    let is_said = answer.code == 1 && errors(&answer).iter().any(|error| is_said(fault, error));
    assert!(is_found || is_said, "{answer}");
    assert_eq!(case.run(&with, None).text(), truth.text(), "{answer}");
}

/// Each call that is to fail; on a full disk a write may also come to its middle.
fn points(fault: Fault, victim: Victim, calls: &[Record]) -> Vec<Point> {
    let mut all = Vec::new();
    for (at, call) in (1..).zip(calls) {
        let point = Point {
            victim,
            at,
            torn: false,
        };
        all.push(point);
        if fault == Fault::Full && call.can_be_torn() {
            all.push(Point { torn: true, ..point });
        }
    }
    all
}
