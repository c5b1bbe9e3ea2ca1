//! Every command, killed at its system calls one after the other.
//!
//! How many is told by `GIT_LINEAGE_KILLS`: at most so many points for each command and each victim; where there are more,
//! so many of them are drawn, evenly, by the number `GIT_LINEAGE_SEED`. With `--nocapture` each prints a line of the table
//! in docs/reliability.md.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::case::{Case, Way};
use super::cases;
use super::checks::{self, Needed, State};
use super::shim::{Point, Record, Shim, Victim};
use crate::support::{Output, Rng, TestRepo};
use serde_json::Value;

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

killed_everywhere! {
    deploy
    deploy_from_git
    record
    record_with_reflog
    record_to_reftable
    record_many_files
    record_many_artifacts
    record_a_commit
    sync
    sync_into_conflict
    sync_in_a_reftable
    continue_when_resolved
    continue_when_interrupted
    abort_a_conflict
    abort_when_interrupted
    restore
    mv
    mv_to_another_id
    deploy_again
    remove
    undo
    adopt
    batch
    fetch
    push
    prune
    forget
    forget_what_is_packed
    init
    hooks_install
    hooks_uninstall
    record_by_a_hook
    index_rebuild
    index_migrate
    status
    hub_add
    hub_fetch
    settle_the_manifest
}

pub(super) fn number(variable: &str, usual: usize) -> usize {
    std::env::var(variable).map_or(usual, |value| value.parse().expect("a number"))
}

fn kill_everywhere(case: &Case) {
    if Shim::new(&case.project, false).is_none() {
        return;
    }
    let after = {
        let twin = case.project.twin();
        case.run_undisturbed(&twin);
        case.state(&twin)
    };
    let before = case.state(&case.project);
    let mut failures = Vec::new();
    for victim in Victim::EVERY {
        if case.is_called_by_git() && victim == Victim::Git {
            continue;
        }
        let calls = count(case, victim);
        let mut sum = Sum::default();
        for point in points(victim, &calls) {
            let tried = catch_unwind(AssertUnwindSafe(|| kill_at(case, point, &before, &after, &mut sum)));
            if tried.is_err() {
                let call = calls.get(usize::try_from(point.at).expect("small") - 1);
                let call = call.map(|call| format!("{} {:?}", call.name, call.places));
                failures.push(format!("{}, {point:?}, at {}", case.name, call.unwrap_or_default()));
            }
        }
        sum.print(victim, case.name, calls.len());
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// The calls of an undisturbed run.
#[track_caller]
fn count(case: &Case, victim: Victim) -> Vec<Record> {
    let twin = case.project.twin();
    let place = case.place(&twin);
    let shim = Shim::new(&place, true).expect("it was made before");
    let point = Point {
        victim,
        at: 0,
        torn: false,
    };
    let output = case.run(&twin, Some((&shim, point)));
    assert!(output.code == case.code, "{output}");
    shim.trace()
}

/// Each call before which to kill, and each write in the middle of which; as many as are asked for.
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
    let most = number("GIT_LINEAGE_KILLS", USUAL);
    if all.len() <= most {
        return all;
    }
    let mut rng = Rng(number("GIT_LINEAGE_SEED", 7) as u64);
    let part = |n: usize| n * all.len() / most;
    (0..most)
        .map(|n| all[part(n) + rng.below(part(n + 1) - part(n))])
        .collect()
}

/// What came of all the kills of one command.
#[derive(Debug, Default)]
struct Sum {
    tried: usize,
    done: usize,
    lost: usize,
    wrong: usize,
    continued: usize,
    aborted: usize,
    rebuilt: usize,
    unlocked: usize,
}

impl Sum {
    fn print(&self, victim: Victim, command: &str, calls: usize) {
        println!(
            "| {} | `{command}` | {calls} | {} | {} | {} | {} continued, {} aborted, {} rebuilt, {} unlocked |",
            victim.name(),
            self.tried,
            self.lost,
            self.wrong,
            self.continued,
            self.aborted,
            self.rebuilt,
            self.unlocked
        );
    }

    fn add(&mut self, needed: Needed) {
        self.continued += usize::from(needed.continued);
        self.aborted += usize::from(needed.aborted);
        self.rebuilt += usize::from(needed.rebuilt);
        self.unlocked += usize::from(needed.unlocked);
    }
}

#[track_caller]
fn kill_at(case: &Case, point: Point, before: &State, after: &State, sum: &mut Sum) {
    sum.tried += 1;
    // Until all is looked at.
    sum.wrong += 1;
    let twin = case.project.twin();
    let repo = case.place(&twin);
    let output = {
        let shim = Shim::new(&repo, false).expect("it was made before");
        let output = case.run(&twin, Some((&shim, point)));
        if !shim.struck() {
            // It made fewer calls this time.
            assert_eq!(output.code, case.code, "{output}");
        }
        output
    };
    let reported = checks::reported(&output.stdout);
    if point.victim == Victim::Git {
        assert_clear(case, &output);
    }
    assert_nothing_lost(case, &repo, before, &reported, sum);
    for repo in case.every_place(&twin) {
        checks::assert_git_is_content(&repo);
    }
    before.assert_none_between(&case.state(&twin), after, case.several);

    let mut needed = Needed::default();
    let go_on = match case.way {
        Way::Either => point.at.is_multiple_of(2),
        Way::Continue => true,
        Way::Abort => false,
    };
    checks::recover(&repo, go_on, &mut needed);
    let recovered = case.state(&twin);
    let back = if case.way == Way::Abort { after } else { before };
    // Of several artifacts those that were finished already stay so.
    let mixed = needed.aborted && case.several && !back.has_same_files(&recovered);
    before.assert_none_between(&recovered, after, case.several);
    if needed.aborted && !mixed {
        back.assert_same_files(&recovered);
    }
    assert_nothing_lost(case, &repo, before, &reported, sum);

    let again = checks::unlocking(&case.every_place(&twin), &mut needed, || case.run(&twin, None));
    let is_refused = |error: &Value| case.refusals.iter().any(|code| error["code"] == **code);
    let allowed = again.code == case.code || errors(&again).iter().any(is_refused);
    assert!(allowed, "after {output}again {again}");
    let now = case.state(&twin);
    // What is refused as a whole where a part is done already does not do the other part.
    if case.repeatable && !(mixed && again.code != case.code) {
        after.assert_same(&now);
    }
    checks::recover(&repo, go_on, &mut needed);
    assert_nothing_lost(case, &repo, before, &reported, sum);
    for repo in case.every_place(&twin) {
        checks::assert_git_is_content(&repo);
    }
    sum.add(needed);
    sum.wrong -= 1;
    sum.done += usize::from(output.code == case.code);
}

/// A git that was killed is told of, if it matters.
#[track_caller]
fn assert_clear(case: &Case, output: &Output) {
    if output.code == case.code {
        return;
    }
    assert!(matches!(output.code, 1 | 3), "{output}");
    let is_said = |error: &Value| error["message"].as_str().is_some_and(|message| message.len() > 10);
    let refused = output.json().iter().any(|line| !line["heads"].is_null());
    assert!(refused || errors(output).iter().any(is_said), "{output}");
}

/// The errors of a call as a whole and of single artifacts.
fn errors(output: &Output) -> Vec<Value> {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let values = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values
        .map(|mut value| value["error"].take())
        .filter(|error| !error.is_null())
        .collect()
}

#[track_caller]
fn assert_nothing_lost(
    case: &Case,
    repo: &TestRepo,
    before: &State,
    reported: &std::collections::BTreeSet<String>,
    sum: &mut Sum,
) {
    if case.gives_up {
        return;
    }
    let now = checks::versions(repo);
    let lost: Vec<&String> = before
        .versions
        .union(reported)
        .filter(|id| !now.contains(*id))
        .collect();
    sum.lost += lost.len();
    assert!(lost.is_empty(), "lost: {lost:?}");
}
