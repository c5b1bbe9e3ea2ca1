//! A sidecar that cannot be written: answers are right, only slower.

use super::{World, assert_same, notes};
use crate::support::Output;
use crate::support::project::{HEAD_REF, ID};
use crate::support::run::wait;
use crate::support::unprivileged::Unprivileged;

/// Every question is answered right, with one line about the sidecar, and recording works; nothing heals.
#[track_caller]
fn works_without(world: &mut World, what: &str) {
    world.learn_truth();
    let project = &world.project;
    for (question, truth) in world.cases() {
        let answer = world.ask(question);
        assert_same(&answer, truth);
        let told = answer.err_text();
        assert!(
            told.lines().count() == 1 && told.contains("cannot be written"),
            "{what}\n{answer}"
        );
    }
    project.edit("SKILL.md", what);
    let output = project.lineage_ok(&["record", ID]);
    assert_eq!(output.err_text().lines().count(), 1, "{output}");
    assert_eq!(
        project.contents(ID).len().to_string(),
        project
            .git(&["rev-list", "--first-parent", "--count", HEAD_REF])
            .trimmed()
    );
    let status = project.lineage_json(&["index", "status"]);
    assert_eq!(status[0]["state"], "unwritable", "{what}: {status:?}");
    for command in [&["index", "rebuild"][..], &["index", "migrate", "--to", "1"]] {
        assert_eq!(project.lineage(command).code, 1, "{what}");
    }
}

#[test]
fn something_else_in_its_place_is_left_alone() {
    let mut world = World::new();
    let (folder, file) = (world.project.path().join(".git/lineage"), world.project.sidecar());
    world.project.remove(&file);
    world.project.write(file.join("somebody's"), "file\n");
    works_without(&mut world, "a folder in the file's place");
    assert_eq!(world.project.read(file.join("somebody's")), b"file\n");

    world.project.remove(&folder);
    world.project.write(&folder, "a file\n");
    works_without(&mut world, "a file in the folder's place");
    assert_eq!(world.project.read(&folder), b"a file\n");

    world.project.remove(&folder);
    world.project.symlink("/dev/full/nowhere", &folder);
    works_without(&mut world, "a link to nowhere");

    world.project.remove(&folder);
    world.learn_truth();
    world.assert_healed("all is well again", &["rebuilt", "missing"], || {
        if world.project.exists(&folder) {
            world.project.remove(&folder);
        }
    });
}

/// Nobody holds it for so long but a debugger, or somebody who fills an index of millions.
#[test]
fn one_that_another_process_does_not_let_go_of_is_done_without() {
    let world = World::new();
    let project = &world.project;
    let parent = project.rev_parse(&format!("{HEAD_REF}~1"));
    project.git(&["update-ref", HEAD_REF, &parent]);
    project.edit("SKILL.md", "while it is locked\n");
    let conn = rusqlite::Connection::open(project.sidecar()).expect("the file is there");
    conn.execute_batch("BEGIN IMMEDIATE; DELETE FROM ref_tips")
        .expect("nobody else is writing");
    // At the same time, because each waits for a while.
    let asked = project.call().spawn_lineage(&["--json", "show", &parent]);
    let recorded = project.call().spawn_lineage(&["--json", "record", ID]);
    for child in [asked, recorded] {
        let output = wait(child).assert_code(0);
        let told = notes(&output);
        assert!(told.len() == 1 && told[0].contains("cannot be written"), "{output}");
    }
    assert_eq!(project.rev_parse(&format!("{HEAD_REF}~1")), parent);
    drop(conn);
    let contents = project.contents(ID);
    assert_eq!(
        contents.last(),
        Some(&project.rev_parse(&format!("{HEAD_REF}^{{tree}}")))
    );
}

#[test]
fn without_the_right_to_write_the_answers_are_right() {
    let world = World::new();
    let project = &world.project;
    let Some(nobody) = Unprivileged::find(project) else {
        return;
    };
    let (sidecar, head) = (project.sidecar(), project.rev_parse(HEAD_REF));
    let lineage = project.path().join(".git/lineage");
    nobody.give_sandbox(project);
    let truth = world.truth_for(nobody);
    let restore = |saved| {
        world.restore(saved);
        nobody.give(&lineage);
    };
    // Nothing has to be written, so nothing needs to be told.
    for (what, saved) in [("with a journal", &world.fresh), ("without a journal", &world.settled)] {
        for protected in [&lineage, &sidecar] {
            restore(saved);
            nobody.while_protected(protected, || world.assert_right_for(nobody, what, 0, &truth));
        }
    }
    // Nothing at all can be written, and nothing is there.
    let git_dir = project.path().join(".git");
    project.remove(&lineage);
    nobody.while_protected(&git_dir, || {
        world.assert_right_for(nobody, "nothing is there", 1, &truth);
    });
    restore(&world.settled);
    project.write(&sidecar, "noise");
    nobody.while_protected(&lineage, || world.assert_right_for(nobody, "noise", 1, &truth));
    // Met while it is read, not when it is opened.
    restore(&world.settled);
    world.sql("DROP TABLE people");
    nobody.while_protected(&lineage, || {
        world.assert_right_for(nobody, "a table is gone", 1, &truth);
    });
    restore(&world.settled);
    let set_head = |version: &str| drop(nobody.call(project).git(&["update-ref", HEAD_REF, version]));
    set_head(&format!("{head}~1"));
    let truth = world.truth_for(nobody);
    nobody.while_protected(&lineage, || world.assert_right_for(nobody, "a ref moved", 1, &truth));
    // A record is made all the same, and the next command that may write takes it in.
    set_head(&head);
    restore(&world.settled);
    nobody.while_protected(&lineage, || {
        project.edit("SKILL.md", "by nobody\n");
        let output = nobody.call(project).lineage_ok(&["--json", "record", ID]);
        assert_eq!(output.json()[0]["recorded"], true);
        let told = output.err_text();
        assert!(
            told.lines().count() == 1 && told.contains("cannot be written"),
            "{output}"
        );
    });
    let lineage = nobody.call(project).lineage_ok(&["lineage", ID]).lines();
    let counted = nobody
        .call(project)
        .git(&["rev-list", "--first-parent", "--count", HEAD_REF]);
    assert_eq!(lineage.len().to_string(), counted.trimmed());
}

impl World {
    /// What is right now, as this user sees it.
    fn truth_for(&self, user: Unprivileged) -> Vec<Output> {
        let off = |question: &Vec<String>| self.ask_as(user, question, "false");
        self.questions.iter().map(off).collect()
    }

    fn ask_as(&self, user: Unprivileged, question: &[String], sidecar: &str) -> Output {
        let args: Vec<&str> = ["--json"]
            .into_iter()
            .chain(question.iter().map(String::as_str))
            .collect();
        let call = user.call(&self.project).within(60);
        call.config("lineage.sidecar", sidecar).lineage(&args)
    }

    /// Every answer to this user is right, with so many lines about the sidecar.
    #[track_caller]
    fn assert_right_for(&self, user: Unprivileged, what: &str, lines: usize, truth: &[Output]) {
        for (question, truth) in self.questions.iter().zip(truth) {
            let answer = self.ask_as(user, question, "true");
            assert_same(&answer, truth);
            let told = notes(&answer);
            assert!(
                told.len() == lines && told.iter().all(|line| line.contains("cannot be written")),
                "{what}\n{answer}"
            );
        }
    }
}
