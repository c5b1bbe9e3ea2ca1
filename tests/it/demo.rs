//! `demo`: every command it prints is one that can be typed, and what it leaves is what it told.

use std::path::{Path, PathBuf};

use crate::support::project::{World, one, text, texts};
use crate::support::{Output, TestRepo};

const ID: &str = "skill/changelog-writer";
const HEAD: &str = "refs/lineage/heads/main/skill/changelog-writer";

/// The commands that a tour printed, as they would be typed.
fn typed(tour: &Output) -> Vec<String> {
    let commands = tour.text().lines().filter_map(|line| line.strip_prefix("$ "));
    commands.map(str::to_owned).collect()
}

/// What a tour printed below a command.
fn below<'t>(tour: &'t Output, command: &str) -> Vec<&'t str> {
    let lines = tour
        .text()
        .lines()
        .skip_while(|line| line.strip_prefix("$ ") != Some(command))
        .skip(1);
    lines
        .take_while(|line| !line.is_empty() && !line.starts_with("$ "))
        .collect()
}

/// The folder in which a tour took place, as its first lines name it.
fn folder(tour: &Output) -> PathBuf {
    let line = tour
        .text()
        .lines()
        .find(|line| line.contains(" in /"))
        .expect("the folder is named");
    PathBuf::from(&line[line.find(" in /").expect("just found") + 4..])
}

#[test]
fn what_it_leaves_is_what_it_told_and_what_git_says() {
    let repo = TestRepo::new();
    repo.write("README.md", "x\n");
    repo.commit("Begin");
    let before = World::of(repo.path(), &[]);
    // Where it is called from, and what the caller's git is told, is nothing to it.
    let called = || {
        repo.call()
            .env("GIT_DIR", repo.path().join(".git"))
            .config("commit.gpgSign", "true")
    };
    let tour = called().lineage_ok(&["demo"]);
    before.assert_same(&World::of(repo.path(), &[]));
    let folder = folder(&tour);
    assert!(folder.starts_with(repo.beside("tmp")), "{}", folder.display());
    let project = TestRepo::in_dir(folder.join("project"));
    assert!(
        tour.text().contains(&format!("  cd {}\n", project.path().display())),
        "{tour}"
    );

    // The lineage, oldest first: the content returns to the first one twice, then both sides move on.
    let lineage = project.lineage_json(&["lineage", ID]);
    let mut walked = project.git(&["rev-list", "--first-parent", "--reverse", HEAD]).lines();
    assert_eq!(texts(&lineage, "version_id"), walked);
    let (local, sync) = ("local_modification", "sync");
    assert_eq!(
        texts(&lineage, "change_origin"),
        ["deployment", local, local, sync, local, local, sync, local, sync]
    );
    let contents = texts(&lineage, "content_hash");
    let format = "--format=%T";
    walked = project
        .git(&["log", "--first-parent", "--reverse", format, HEAD])
        .lines();
    assert_eq!(contents, walked);
    assert_eq!([&contents[0], &contents[2]], [&contents[2], &contents[4]]);
    assert!(contents[1] != contents[0] && contents[3] != contents[0] && contents[1] != contents[3]);
    // The timeline, newest first: all of it.
    let timeline = project.lineage_json(&["log", ID]);
    let mut all = project.git(&["rev-list", HEAD]).lines();
    let mut listed = texts(&timeline, "version_id");
    assert_eq!(listed.len(), 12, "upstream's three versions too");
    all.sort();
    listed.sort();
    assert_eq!(listed, all);
    // What was printed is the same.
    let printed = below(&tour, &format!("git lineage lineage {ID}"));
    let expected = lineage.iter().map(|version| {
        let field = |key| text(version, key);
        format!(
            "{}  {:18}  {}",
            &field("version_id")[..7],
            field("change_origin"),
            &field("content_hash")[..7]
        )
    });
    assert_eq!(printed, expected.collect::<Vec<_>>());
    let printed = below(&tour, &format!("git lineage log {ID} --graph")).join("\n");
    for id in &all {
        assert!(printed.contains(&id[..7]), "{id} in\n{printed}");
    }
    // Whose line is whose, as git says it.
    let blame = "git lineage blame skill/changelog-writer templates/CHANGELOG.md";
    let last = tour.text().rsplit(blame).next().expect("it was asked");
    let blamed = last.lines().skip(1).take(14).map(|line| line[..7].to_owned());
    let file = "templates/CHANGELOG.md";
    let oracle = project.git(&["blame", "-s", "--root", "--abbrev=6", HEAD, "--", file]);
    let expected = oracle.text().lines().map(|line| line[..7].to_owned());
    assert_eq!(blamed.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    // The rest is an ordinary project in which everything is committed.
    assert_eq!(project.git(&["status", "--porcelain"]).text(), "");
    project.git(&["fsck", "--strict"]);
    project.lineage_ok(&["verify"]);
}

#[test]
fn every_command_can_be_typed() {
    // As the demonstration itself, which leaves the user's settings alone.
    let repo = TestRepo::usual();
    let stage = repo.folder("stage");
    let tour = stage.lineage_ok(&["demo", "--dir", "tour"]);
    // A folder as it was before the first command, made without the program.
    let copy = repo.folder("copy");
    for (fixture, to) in [("skills", "skills"), ("skills-next", "skills-next")] {
        let from = repo.fixture(&format!("{fixture}/changelog-writer"));
        copy.copy(from, format!("{to}/changelog-writer"));
    }
    copy.call().sh("git init -q project && cd project
         git config user.name Ada && git config user.email ada@example.org
         echo '# A project' >README.md && git add README.md && git commit -qm Begin");
    let commands = typed(&tour);
    assert_eq!(commands.len(), 34, "{commands:#?}");
    assert_eq!(commands[0], "cd project");
    for command in &commands[1..] {
        let words: Vec<&str> = command.split(' ').collect();
        assert!(["git", "echo", "cp", "grep"].contains(&words[0]), "{command}");
    }
    // The sync that ends in a conflict says so by its exit code.
    let mut scripted = commands.clone();
    let resolved = commands.iter().position(|command| command.ends_with("--continue"));
    let syncs = |command: &String| *command == format!("git lineage sync {ID}");
    let stops = scripted[..resolved.expect("a conflict is resolved")]
        .iter()
        .rposition(syncs);
    scripted[stops.expect("a sync")].push_str(" || [ $? = 3 ]");
    copy.call().sh(&scripted.join("\n"));
    let [toured, again] = [stage.path().join("tour"), copy.path().to_owned()].map(|folder| {
        let project = TestRepo::in_dir(folder.join("project"));
        let lineage = project.lineage_json(&["lineage", ID]);
        let subjects = project.git(&["log", "--format=%s %T"]).lines();
        (
            texts(&lineage, "content_hash"),
            texts(&lineage, "change_origin"),
            texts(&lineage, "summary"),
            subjects,
        )
    });
    assert_eq!(toured, again);

    // What is proposed at the end, and what only asks, in the folder that was left.
    let (_, proposed) = tour.text().split_once("for you to explore:\n").expect("the end");
    let proposed: Vec<&str> = proposed.lines().map(str::trim).collect();
    assert!(proposed.len() == 3 && proposed[0].starts_with("cd /"), "{proposed:?}");
    let shown = stage.call().sh(&proposed.join("\n"));
    assert!(
        shown.text().starts_with(&format!("{ID}  ")) && shown.text().contains("* commit"),
        "{shown}"
    );
    let project = TestRepo::in_dir(stage.path().join("tour/project"));
    for command in commands.iter().filter(|command| command.starts_with("git lineage l")) {
        // Nothing but the times has changed since.
        let now = project.call().sh(command);
        let ids = |lines: Vec<&str>| -> Vec<String> {
            lines
                .iter()
                .map(|line| line.split_once("  ").map_or("", |(id, _)| id).to_owned())
                .collect()
        };
        assert_eq!(
            ids(now.text().lines().collect()),
            ids(below(&tour, command)),
            "{command}"
        );
    }
}

#[test]
fn only_an_empty_directory_is_taken() {
    let repo = TestRepo::new();
    let stage = repo.folder("stage");
    stage.write("full/file", "mine\n");
    let before = World::of(stage.path(), &[]);
    for json in [false, true] {
        let args: Vec<&str> = json
            .then_some("--json")
            .into_iter()
            .chain(["demo", "--dir", "full"])
            .collect();
        let output = stage.lineage(&args).assert_code(1);
        assert!(output.err_text().contains("'full' is not empty"), "{output}");
        assert!(output.err_text().contains("name a directory that is empty"), "{output}");
        assert_eq!(output.text(), "");
    }
    let file = stage.lineage(&["demo", "--dir", "full/file"]).assert_code(1);
    assert!(file.err_text().contains("'full/file'"), "{file}");
    before.assert_same(&World::of(stage.path(), &[]));
    std::fs::create_dir(stage.path().join("empty")).expect("the sandbox is writable");
    // One that is there, and one with folders above it that are not; a name that a shell would take apart.
    for dir in ["empty", "to be/made here"] {
        let answer = one(stage.lineage_json(&["demo", "--dir", dir]));
        let path = stage.path().join(dir);
        assert_eq!(Path::new(text(&answer, "directory")), path);
        assert_eq!(Path::new(text(&answer, "project")), path.join("project"));
        assert_eq!(answer.as_object().map(serde_json::Map::len), Some(2), "{answer}");
        assert!(stage.exists(path.join("project/.gitlineage")));
    }
}
