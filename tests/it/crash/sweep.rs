//! [`Sweep`]: one command tried with a fault at many of its calls, and what came of it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;

use super::case::{Action, Case, Way};
use super::checks::{self, Needed, State};
use super::shim::{Fault, Point, Record, Shim, Victim};
use crate::support::{Output, Rng, TestRepo};

/// The number that a variable of the environment says.
pub(super) fn number(variable: &str, usual: usize) -> usize {
    std::env::var(variable).map_or(usual, |value| value.parse().expect("a number"))
}

/// At most so many of all points, drawn evenly.
pub(super) fn drawn(all: Vec<Point>, most: usize) -> Vec<Point> {
    if all.len() <= most {
        return all;
    }
    let mut rng = Rng(number("GIT_LINEAGE_SEED", 7) as u64);
    let part = |n: usize| n * all.len() / most;
    (0..most)
        .map(|n| all[part(n) + rng.below(part(n + 1) - part(n))])
        .collect()
}

/// How the library names a git that did not do what it was called for; what that one says is up to it.
const GIT_FAILED: &str = "'git update-ref' failed: ";

/// What a command does undisturbed, and where it did not do well.
pub(super) struct Sweep<'a> {
    case: &'a Case,
    before: State,
    after: State,
    failures: Vec<String>,
}

/// What came of one fault at all points of a command.
#[derive(Debug, Default)]
struct Sum {
    tried: usize,
    lost: usize,
    wrong: usize,
    continued: usize,
    aborted: usize,
    rebuilt: usize,
    unlocked: usize,
}

impl<'a> Sweep<'a> {
    pub(super) fn of(case: &'a Case) -> Self {
        let twin = case.project.twin();
        case.run_undisturbed(&twin);
        Self {
            before: case.state(&case.project),
            after: case.state(&twin),
            case,
            failures: Vec::new(),
        }
    }

    /// The calls of an undisturbed run.
    #[track_caller]
    pub(super) fn calls(&self, victim: Victim, fault: Option<Fault>) -> Vec<Record> {
        let twin = self.case.project.twin();
        let place = self.case.place(&twin);
        let shim = shim(&place, true, fault);
        let point = Point {
            victim,
            at: 0,
            torn: false,
        };
        let output = self.case.run(&twin, Some((&shim, point)));
        assert!(output.code == self.case.code, "{output}");
        shim.trace()
    }

    /// Tries the points, and prints the line of the table.
    pub(super) fn try_all(&mut self, what: &str, fault: Option<Fault>, calls: &[Record], points: &[Point]) {
        let mut sum = Sum::default();
        for point in points {
            let tried = catch_unwind(AssertUnwindSafe(|| self.try_one(*point, fault, &mut sum)));
            if tried.is_err() {
                let call = calls.get(usize::try_from(point.at).expect("small") - 1);
                let call = call.map(|call| format!("{} {:?}", call.name, call.places));
                let (name, call) = (self.case.name, call.unwrap_or_default());
                self.failures.push(format!("{name}, {what}, {point:?}, at {call}"));
            }
        }
        sum.print(what, self.case.name, calls.len());
    }

    #[track_caller]
    pub(super) fn end(self) {
        assert!(self.failures.is_empty(), "{:#?}", self.failures);
    }

    #[track_caller]
    fn try_one(&self, point: Point, fault: Option<Fault>, sum: &mut Sum) {
        sum.tried += 1;
        // Until all is looked at.
        sum.wrong += 1;
        let (case, before, after) = (self.case, &self.before, &self.after);
        let twin = case.project.twin();
        let repo = case.place(&twin);
        let output = {
            let shim = shim(&repo, false, fault);
            let output = case.run(&twin, Some((&shim, point)));
            if !shim.struck() {
                // It made fewer calls this time.
                assert_eq!(output.code, case.code, "{output}");
            }
            output
        };
        let reported = checks::reported(&output.stdout);
        match fault {
            Some(fault) => self.assert_said(fault, &output),
            None if point.victim == Victim::Git => assert_clear(case, &output),
            None => {}
        }
        self.assert_nothing_lost(&repo, &reported, sum);
        for repo in case.every_place(&twin) {
            checks::assert_git_is_content(&repo);
            // Nobody was killed, and files can be deleted.
            if fault == Some(Fault::Full) {
                checks::assert_no_locks(&repo);
            }
            // A folder that cannot be looked at or removed stays, and is nothing to git.
            if fault.is_some() {
                checks::remove_empty_folders(&repo);
            }
        }
        before.assert_none_between(&case.state(&twin), after, case.several);

        let mut needed = Needed::default();
        let go_on = match case.way {
            Way::Either => point.at.is_multiple_of(2),
            Way::Continue => true,
            Way::Abort => false,
        };
        checks::recover(&repo, go_on, &mut needed);
        if fault.is_some() {
            checks::remove_empty_folders(&repo);
        }
        let recovered = case.state(&twin);
        let back = if case.way == Way::Abort { after } else { before };
        // Of several artifacts those that were finished already stay so, and those that were not begun yet, too.
        let stays = needed.aborted && !back.has_same_files(&recovered);
        let lacks = needed.continued && !after.has_same_files(&recovered);
        let mixed = case.several && (stays || lacks);
        before.assert_none_between(&recovered, after, case.several);
        if needed.aborted && !mixed {
            back.assert_same_files(&recovered);
        }
        self.assert_nothing_lost(&repo, &reported, sum);

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
        self.assert_nothing_lost(&repo, &reported, sum);
        for repo in case.every_place(&twin) {
            checks::assert_git_is_content(&repo);
        }
        sum.add(needed);
        sum.wrong -= 1;
    }

    /// Where a call failed, the command says what and why, or has done what it does undisturbed.
    #[track_caller]
    fn assert_said(&self, fault: Fault, output: &Output) {
        let case = self.case;
        if output.code == case.code {
            return;
        }
        if matches!(case.action, Action::Library(_)) {
            let text = output.err_text();
            // What cannot be read is as little a repository as what is none.
            let is_not_opened = fault == Fault::Read && text.contains("the repository is there: ");
            let is_said = text.contains(fault.words()) || text.contains(GIT_FAILED) || is_not_opened;
            assert!(output.code == 101 && is_said, "{output}");
            return;
        }
        assert!(matches!(output.code, 1 | 3), "{output}");
        // A push says so of each head, 'forget' that something is not gone.
        let refused = |line: &Value| !line["heads"].is_null() || line["gone"] == false;
        assert!(
            output.json().iter().any(refused) || errors(output).iter().any(|error| is_said(fault, error)),
            "{output}"
        );
    }

    #[track_caller]
    fn assert_nothing_lost(&self, repo: &TestRepo, reported: &BTreeSet<String>, sum: &mut Sum) {
        if self.case.gives_up {
            return;
        }
        let now = checks::versions(repo);
        let all = self.before.versions.union(reported);
        let lost: Vec<&String> = all.filter(|id| !now.contains(*id)).collect();
        sum.lost += lost.len();
        assert!(lost.is_empty(), "lost: {lost:?}");
    }
}

#[track_caller]
pub(super) fn shim(repo: &TestRepo, traced: bool, fault: Option<Fault>) -> Shim {
    let shim = Shim::new(repo, traced).expect("it was made before");
    match fault {
        Some(fault) => shim.failing(fault, repo),
        None => shim,
    }
}

impl Sum {
    fn print(&self, what: &str, command: &str, calls: usize) {
        println!(
            "| {what} | `{command}` | {calls} | {} | {} | {} | {} continued, {} aborted, {} rebuilt, {} unlocked |",
            self.tried, self.lost, self.wrong, self.continued, self.aborted, self.rebuilt, self.unlocked
        );
    }

    fn add(&mut self, needed: Needed) {
        self.continued += usize::from(needed.continued);
        self.aborted += usize::from(needed.aborted);
        self.rebuilt += usize::from(needed.rebuilt);
        self.unlocked += usize::from(needed.unlocked);
    }
}

/// Whether an error says what failed: in the system's words, or in those of git and SQLite, which do not always pass them on.
/// What cannot be read gix takes for missing in many places, or for damaged; then that is said.
pub(super) fn is_said(fault: Fault, error: &Value) -> bool {
    let message = error["message"].as_str().unwrap_or_default();
    let code = error["code"].as_str().unwrap_or_default();
    let by_others = matches!(code, "git_failed" | "fetch_failed" | "transport" | "sidecar");
    message.contains(fault.words()) || ((by_others || fault == Fault::Read) && message.len() > 20)
}

/// A git that was killed is told of, if it matters.
#[track_caller]
fn assert_clear(case: &Case, output: &Output) {
    if output.code == case.code {
        return;
    }
    if matches!(case.action, Action::Library(_)) {
        assert!(output.code == 101 && output.err_text().contains(GIT_FAILED), "{output}");
        return;
    }
    assert!(matches!(output.code, 1 | 3), "{output}");
    let is_said = |error: &Value| error["message"].as_str().is_some_and(|message| message.len() > 10);
    let refused = output.json().iter().any(|line| !line["heads"].is_null());
    assert!(refused || errors(output).iter().any(is_said), "{output}");
}

/// The errors of a call as a whole and of single artifacts.
pub(super) fn errors(output: &Output) -> Vec<Value> {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let values = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    values
        .map(|mut value| value["error"].take())
        .filter(|error| !error.is_null())
        .collect()
}
