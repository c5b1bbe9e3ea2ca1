//! Every command, killed at its system calls one after the other.
//!
//! How many is told by `GIT_LINEAGE_KILLS`: at most so many points for each command and each victim; where there are more,
//! so many of them are drawn, evenly, by the number `GIT_LINEAGE_SEED`. With `--nocapture` each prints a line of the table
//! in docs/reliability.md.

use super::case::Case;
use super::cases;
use super::shim::{Point, Record, Shim, Victim};
use super::sweep::{Sweep, drawn, number};

/// How many points, unless somebody asks for more.
const USUAL: usize = 4;

macro_rules! killed_everywhere {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                if let Some(case) = Into::<Option<Case>>::into(cases::$name()) {
                    kill_everywhere(&case);
                }
            }
        )*
    };
}

cases::every_case!(killed_everywhere);

fn kill_everywhere(case: &Case) {
    if Shim::new(&case.project, false).is_none() {
        return;
    }
    let mut sweep = Sweep::of(case);
    for victim in Victim::EVERY {
        if case.is_called_by_git() && victim == Victim::Git {
            continue;
        }
        let calls = sweep.calls(victim, None);
        let points = drawn(points(victim, &calls), number("GIT_LINEAGE_KILLS", USUAL));
        sweep.try_all(victim.name(), None, &calls, &points);
    }
    sweep.end();
}

/// Each call before which to kill, and each write in the middle of which.
fn points(victim: Victim, calls: &[Record]) -> Vec<Point> {
    let mut all = Vec::new();
    for (at, call) in (1..).zip(calls) {
        // Where it is our call there is no difference to our being killed alone.
        if victim == Victim::All && !call.by_git {
            continue;
        }
        all.push(Point {
            victim,
            at,
            torn: false,
        });
        if call.can_be_torn() {
            all.push(Point { victim, at, torn: true });
        }
    }
    all
}
