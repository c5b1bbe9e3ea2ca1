//! The sidecar is disposable: whatever happens to its file, every answer is what refs and commits say, and what was done
//! about it is told in one line.
//!
//! The truth is what `lineage.sidecar=false` answers, which reads no file, and what a clone with all refs answers.

mod behind;
mod circles;
mod damage;
mod migrate;
mod switched_off;
mod unwritable;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use rusqlite::Connection;

use crate::support::project::{HEAD_REF, ID, PATH, Project, text};
use crate::support::{Output, TestRepo};

/// A project with something of everything an index holds, and questions about it.
struct World {
    project: Project,
    questions: Vec<Vec<String>>,
    /// The right answers.
    truth: Vec<Output>,
    /// Which question comes next where not all are asked.
    turn: AtomicUsize,
    /// The sidecar's folder as the commands left it: the newest rows are in the journal.
    fresh: PathBuf,
    /// The same with everything in the file itself and no journal.
    settled: PathBuf,
}

/// The first world, for as long as a test uses it: making one takes forty commands, copying it none.
static FIRST: Mutex<Weak<World>> = Mutex::new(Weak::new());

impl World {
    fn new() -> Self {
        let first = {
            let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
            first.upgrade().unwrap_or_else(|| {
                let made = Arc::new(Self::make());
                *first = Arc::downgrade(&made);
                made
            })
        };
        let project = first.project.twin();
        let world = Self {
            questions: first.questions.clone(),
            truth: first.truth.clone(),
            turn: AtomicUsize::new(0),
            fresh: project.beside("fresh"),
            settled: project.beside("settled"),
            project,
        };
        // The files have moved, the refs have not.
        assert_eq!(world.ask(&world.questions[0]).err_text(), "");
        world.project.copy(".git/lineage", &world.fresh);
        world.sql("PRAGMA wal_checkpoint(TRUNCATE)");
        let journal = world.project.sidecar().with_extension("sqlite-wal");
        assert!(!journal.exists(), "closing the last connection removes it");
        world.project.copy(".git/lineage", &world.settled);
        world
    }

    fn make() -> Self {
        let project = Project::deployed();
        project.upstream("SKILL.md", "# pdf\n\nNew upstream.\n");
        project.sync();
        let baseline = text(&project.record_edit("SKILL.md", "ours\n"), "parent_hash").to_owned();
        project.commit("Sync and edit");
        // Equal content in another artifact; a head that an amended commit left behind; another line.
        project.lineage_ok(&["deploy", "../upstream/skills/pdf", "other/skills/pdf-copy"]);
        for message in [&["--message=Try"][..], &["--amend", "--message=Try again"]] {
            project.edit("SKILL.md", message[0]);
            project.git(&["add", "--all"]);
            project.git(&[&["commit", "--quiet"], message].concat());
            project.lineage_ok(&["record"]);
        }
        let linked = project.worktree_add("linked", "side");
        linked.write(format!("{PATH}/SKILL.md"), "theirs\n");
        linked.lineage_ok(&["record"]);
        // What came from elsewhere: a merge version, and one of unknown origin.
        let [ours, theirs] = [HEAD_REF, "refs/lineage/heads/side/skill/pdf"].map(|name| project.rev_parse(name));
        let tree = project.rev_parse(&format!("{theirs}^{{tree}}"));
        let merge = project.plain_version(&tree, &[&ours, &theirs], Some("local_modification"));
        let unknown = project.plain_version(&baseline, &[&merge], None);
        for (line, version) in [("main", &merge), ("side", &unknown)] {
            let name = format!("refs/lineage/remotes/origin/{line}/{ID}");
            project.git(&["update-ref", &name, version]);
        }
        project.git(&["pack-refs", "--all"]);
        project.lineage_ok(&["list"]);
        let head = text(&project.record_edit("SKILL.md", "ours again\n"), "version_id").to_owned();
        let questions = [
            &["list"][..],
            &["log", "--all"],
            &["lineage", &head],
            &["lineage", &unknown, "--all-parents"],
            &["children", &baseline],
            &["find", &baseline],
            &["show", ID],
            &["merge-base", "--all", &head, &unknown],
        ];
        let owned = |args: &&[&str]| args.iter().map(|&arg| arg.to_owned()).collect();
        let mut world = Self {
            questions: questions.iter().map(owned).collect(),
            truth: Vec::new(),
            turn: AtomicUsize::new(0),
            fresh: PathBuf::new(),
            settled: PathBuf::new(),
            project,
        };
        world.learn_truth();
        assert!(
            world
                .truth
                .iter()
                .all(|answer| answer.code == 0 && !answer.stdout.is_empty())
        );
        world
    }

    /// Asks without a sidecar what is right now.
    fn learn_truth(&mut self) {
        let off = |question: &Vec<String>| ask(&self.project, question, &[("lineage.sidecar", "false")]);
        self.truth = self.questions.iter().map(off).collect();
    }

    /// Puts the sidecar's folder back as it was when `saved`.
    fn restore(&self, saved: &PathBuf) {
        self.project.copy(saved, ".git/lineage");
    }

    /// Changes the sidecar's file behind the program's back. Rows that the statements return are read to their end.
    fn sql(&self, statements: &str) {
        let file = self.project.path().join(".git/lineage/index.sqlite");
        let conn = Connection::open(file).expect("the file is there");
        for statement in statements.split(';').filter(|statement| !statement.trim().is_empty()) {
            let mut prepared = conn.prepare(statement).expect("the statement fits the schema");
            let mut rows = prepared.query([]).expect("the statement can be run");
            while rows.next().expect("the statement can be run").is_some() {}
        }
    }

    fn ask(&self, question: &[String]) -> Output {
        ask(&self.project, question, &[])
    }

    /// Every question with its right answer.
    fn cases(&self) -> impl Iterator<Item = (&Vec<String>, &Output)> {
        self.questions.iter().zip(&self.truth)
    }

    /// Nothing has happened, so nothing is told and everything is right.
    #[track_caller]
    fn assert_silent(&self) {
        for (question, truth) in self.cases() {
            let answer = self.ask(question);
            assert_same(&answer, truth);
            assert_eq!(answer.err_text(), "", "{answer}");
        }
    }

    /// The first question after `spoil` is answered right and one line on stderr, with all of `words`, tells what was
    /// done; asked again, it is right and silent. For what shows as soon as the file is opened: the questions take
    /// turns.
    #[track_caller]
    fn assert_healed(&self, what: &str, words: &[&str], spoil: impl Fn()) {
        for _ in 0..2 {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.questions.len();
            let (question, truth) = self.cases().nth(turn).expect("it is one of them");
            spoil();
            let answer = self.ask(question);
            assert_same(&answer, truth);
            let told = notes(&answer);
            assert!(
                told.len() == 1 && words.iter().all(|word| told[0].contains(word)),
                "{what}: expected one line with {words:?}\n{answer}"
            );
            let again = self.ask(question);
            assert_same(&again, truth);
            assert!(notes(&again).is_empty(), "{what}, the second time\n{again}");
        }
    }

    /// Whichever question is the first after `spoil`, it is answered right, with one line where it met what is wrong.
    /// Returns how many did. For what shows only where it is read: half of the questions are asked, the other half the
    /// next time.
    #[track_caller]
    fn assert_never_misled(&self, what: &str, spoil: impl Fn()) -> usize {
        let mut met = 0;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % 2;
        for (question, truth) in self.cases().skip(turn).step_by(2) {
            spoil();
            let answer = self.ask(question);
            assert_same(&answer, truth);
            // An older schema is migrated before, and that is told as well.
            let told = notes(&answer)
                .into_iter()
                .filter(|line| !line.contains("migrated"))
                .count();
            assert!(told <= 1, "{what}\n{answer}");
            met += told;
        }
        met
    }
}

fn ask(repo: &TestRepo, question: &[String], config: &[(&str, &str)]) -> Output {
    let mut call = repo.call().within(60);
    for (key, value) in config {
        call = call.config(key, value);
    }
    let args: Vec<&str> = ["--json"]
        .into_iter()
        .chain(question.iter().map(String::as_str))
        .collect();
    call.lineage(&args)
}

/// What was told beside the answer, or beside the error that is the answer.
fn notes(answer: &Output) -> Vec<&str> {
    let told = answer.err_text().lines();
    told.filter(|line| !(answer.code == 1 && line.starts_with("{\"error\"")))
        .collect()
}

#[track_caller]
fn assert_same(answer: &Output, truth: &Output) {
    assert!(
        answer.code == truth.code && answer.stdout == truth.stdout,
        "expected\n{truth}\nbut\n{answer}"
    );
}

#[test]
fn a_clone_with_all_refs_answers_the_same() {
    let world = World::new();
    let clone = world.project.clone_as("clone", &[]);
    clone.git(&["fetch", "--quiet", "origin", "+refs/lineage/*:refs/lineage/*"]);
    for (at, (question, truth)) in world.cases().enumerate() {
        let answer = ask(&clone, question, &[]);
        assert_same(&answer, truth);
        let told = notes(&answer);
        assert_eq!(told.len(), usize::from(at == 0), "{answer}");
        assert!(told.iter().all(|line| line.contains("it was missing")), "{answer}");
    }
}
