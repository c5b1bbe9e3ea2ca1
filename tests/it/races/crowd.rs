//! Many processes on one repository, each with work of its own: recording, syncing, fetching and asking, in three work
//! trees, while git collects garbage, repacks, packs refs, and the sidecar is made anew.
//!
//! `GIT_LINEAGE_PROCESSES` says how many there are, each with eight rounds; usually eight with three.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::crash::checks;
use crate::support::TestRepo;
use crate::support::project::{Project, text, texts};

/// How many processes work at the same time, unless somebody asks for more.
const USUAL: usize = 8;

/// The artifact that nobody touches: what is said of it is always the same.
const QUIET: &str = "skill/quiet";

/// Everything that the processes share.
struct Crowd {
    project: Project,
    linked: [TestRepo; 2],
    rounds: usize,
    /// What is said of the quiet artifact.
    truth: Vec<String>,
    /// How often git did what it was told to, between all the others.
    collected: AtomicUsize,
}

const QUESTIONS: [&[&str]; 6] = [
    &["status", QUIET],
    &["log", QUIET],
    &["show", QUIET],
    &["lineage", QUIET],
    &["blame", QUIET, "SKILL.md"],
    &["diff", QUIET],
];

#[test]
fn nothing_is_lost_in_a_crowd() {
    let asked = std::env::var("GIT_LINEAGE_PROCESSES").map(|value| value.parse().expect("a number"));
    let rounds = if asked.is_ok() { 8 } else { 3 };
    let processes = asked.unwrap_or(USUAL);
    let crowd = Crowd::new(processes, rounds);
    let reported: Vec<(TestRepo, BTreeSet<String>)> = thread::scope(|scope| {
        let crowd = &crowd;
        let threads: Vec<_> = (0..processes)
            .map(|number| scope.spawn(move || crowd.work(number)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    let all: usize = reported.iter().map(|(_, versions)| versions.len()).sum();
    println!(
        "{processes} processes, {rounds} rounds: {all} versions reported, git collected or packed {} times",
        crowd.collected.load(Ordering::Relaxed)
    );
    assert!(all >= rounds, "somebody has recorded something");
    // After 'git repack -a -d' it may name what was let go of since, as with any branch that is deleted.
    crowd.project.git(&["commit-graph", "write", "--reachable"]);
    for pruned in [false, true] {
        if pruned {
            crowd.project.git(&["gc", "--quiet", "--prune=now"]);
        }
        let repos = [&*crowd.project, &crowd.linked[0], &crowd.linked[1]];
        for repo in repos {
            checks::assert_git_is_content(repo);
            checks::assert_no_locks(repo);
            assert_eq!(repo.lineage_ok(&["--json", "verify"]).text(), "");
        }
        let here = checks::versions(&crowd.project);
        for (repo, versions) in &reported {
            let lost: Vec<&String> = versions.difference(&here).collect();
            assert!(lost.is_empty(), "reported in {}: {lost:?}", repo.path().display());
        }
        crowd.ask(&crowd.project);
        // What the sidecar says is what the commits say.
        let with = crowd.project.lineage_ok(&["--json", "log", "--all"]);
        let without = crowd.project.call().config("lineage.sidecar", "false");
        assert_eq!(with.text(), without.lineage_ok(&["--json", "log", "--all"]).text());
    }
}

impl Crowd {
    fn new(processes: usize, rounds: usize) -> Self {
        let project = Project::new();
        for name in (0..processes)
            .map(|number| format!("s{number}"))
            .chain(["quiet".to_owned()])
        {
            project.make_upstream(&name);
        }
        project.lineage_ok(&[
            "deploy",
            "../upstream/skills",
            "skills",
            "--each",
            "*",
            "--kind",
            "skill",
        ]);
        project.lineage_ok(&["remove", "skill/pdf"]);
        project.commit("Deploy");
        project.write("skills/quiet/SKILL.md", "mine\n");
        project.lineage_ok(&["record", QUIET]);
        project.commit("Edit");
        let remote = project.sibling("remote", &["--bare"]);
        project.git(&["remote", "add", "origin", "../remote"]);
        project.lineage_ok(&["init"]);
        project.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
        project.lineage_ok(&["push"]);
        for number in (0..processes).filter(|number| number % 8 == 3) {
            let other = remote.clone_as(&format!("other{number}"), &[]);
            other.git(&["remote", "set-url", "origin", "../remote"]);
            other.lineage_ok(&["init"]);
            other.lineage_ok(&["fetch"]);
            other.git(&["switch", "--quiet", "--create", &format!("line{number}")]);
        }
        let linked = ["left", "right"].map(|name| project.worktree_add(name, name));
        let truth = answers(&project);
        Self {
            project,
            linked,
            rounds,
            truth,
            collected: AtomicUsize::new(0),
        }
    }

    /// The work of one process; where it worked and the versions that were reported to it.
    fn work(&self, number: usize) -> (TestRepo, BTreeSet<String>) {
        let id = format!("skill/s{number}");
        let mut reported = BTreeSet::new();
        let (here, linked) = (&*self.project, &self.linked[number / 8 % 2]);
        for round in 0..self.rounds {
            match number % 8 {
                0 => reported.extend(record(here, number, round)),
                1 => {
                    here.write(
                        self.project.upstream_dir(&format!("s{number}")).join("new.md"),
                        format!("{round}\n"),
                    );
                    let synced = run(here, &["sync", &id]);
                    let expected = if round == 0 { "fast_forward" } else { "merged" };
                    assert_eq!(texts(&synced, "result"), [expected]);
                    here.write(format!("skills/s{number}/own.md"), format!("{round}\n"));
                    reported.extend(texts(&synced, "version_id"));
                }
                2 => reported.extend(record(linked, number, round)),
                3 => reported.extend(self.fetch(number, round)),
                4 => self.collect(&["gc", "--quiet", "--prune=now"]),
                5 => {
                    self.collect(&["repack", "-a", "-d", "--quiet"]);
                    self.collect(&["pack-refs", "--all"]);
                }
                6 => {
                    run(here, &["index", "rebuild"]);
                    self.ask(linked);
                }
                _ => self.ask(here),
            }
        }
        (if number % 8 == 2 { linked } else { here }.clone(), reported)
    }

    /// Everything that is said of the quiet artifact is right, in each work tree.
    fn ask(&self, repo: &TestRepo) {
        let line_of = |text: &str, name: &str| text.replace(&format!("\"line\":\"{name}\""), "\"line\":\"main\"");
        let answers = answers(repo).into_iter();
        let as_main = answers.map(|text| line_of(&line_of(&text, "left"), "right"));
        assert_eq!(as_main.collect::<Vec<_>>(), self.truth);
    }

    /// Somebody else has recorded something, and it is fetched.
    fn fetch(&self, number: usize, round: usize) -> BTreeSet<String> {
        let other = self.project.folder(&format!("other{number}"));
        let reported = record(&other, number, round);
        other.commit("Edit");
        other.git(&["push", "--quiet", "--no-verify", "origin", "HEAD"]);
        other.lineage_ok(&["push"]);
        let _fetched = run(&self.project, &["fetch"]);
        reported
    }

    /// git at work; one that meets another of its kind gives up.
    fn collect(&self, args: &[&str]) {
        let output = self.project.call().within(120).git_any(args);
        self.collected
            .fetch_add(usize::from(output.code == 0), Ordering::Relaxed);
    }
}

fn answers(repo: &TestRepo) -> Vec<String> {
    let ask = |question: &&[&str]| {
        let args: Vec<&str> = ["--json"].iter().chain(*question).copied().collect();
        repo.call().within(120).lineage_ok(&args).text().to_owned()
    };
    QUESTIONS.iter().map(ask).collect()
}

fn run(repo: &TestRepo, args: &[&str]) -> Vec<serde_json::Value> {
    repo.call().within(120).lineage_json(args)
}

/// Edits a file and records; the version that was reported.
fn record(repo: &TestRepo, number: usize, round: usize) -> BTreeSet<String> {
    repo.write(format!("skills/s{number}/own.md"), format!("{number} {round}\n"));
    let recorded = run(repo, &["record", &format!("skill/s{number}")]);
    assert_eq!(recorded[0]["recorded"], true, "{recorded:?}");
    BTreeSet::from([text(&recorded[0], "version_id").to_owned()])
}
