//! How the program is called: through git, with `-C`, and for help.

use crate::support::project::{ID, PATH, Project, one};

#[test]
fn git_finds_it_and_passes_everything_on() {
    let project = Project::deployed();
    let own = project.lineage_ok(&["list", "--json"]);
    let by_git = project.git(&["lineage", "list", "--json"]);
    assert_eq!(by_git.text(), own.text());
    let failed = project.call().git_any(&["lineage", "show", "no/such"]);
    assert_eq!(failed.code, 1, "{failed}");
    assert_eq!(project.call().git_any(&["lineage", "no-such"]).code, 2);
    // Configuration of one call, as git passes it on.
    project.remove(".git/lineage");
    let without = project.git(&["-c", "lineage.sidecar=false", "lineage", "list", "--json"]);
    assert_eq!(without.text(), own.text());
    assert!(!project.exists(".git/lineage"));
    project.git(&["lineage", "list"]);
    assert!(project.exists(".git/lineage"));
    // From a folder below, from elsewhere, and with everything named.
    for args in [
        &["-C", PATH, "lineage", "list", "--json"][..],
        &["--git-dir=.git", "--work-tree=.", "lineage", "list", "--json"],
        &["-C", ".claude", "-C", "..", "lineage", "list", "--json"],
    ] {
        assert_eq!(project.git(args).text(), own.text(), "{args:?}");
    }
    let elsewhere = project.folder("plain");
    let git_dir = project.path().join(".git");
    let output = elsewhere
        .call()
        .env("GIT_DIR", &git_dir)
        .env("GIT_WORK_TREE", project.path())
        .lineage_ok(&["list", "--json"]);
    assert_eq!(output.text(), own.text());
    project.git(&["config", "alias.origins", "lineage list"]);
    assert!(project.git(&["origins"]).text().contains(ID));
}

#[test]
fn each_directory_counts_from_the_one_before() {
    let project = Project::deployed();
    let beside = project.folder("beside");
    let name = project.path().file_name().expect("a name").to_str().expect("text");
    let up = format!("../{name}");
    let listed = |args: &[&str]| beside.lineage_json(args);
    let expected = project.lineage_json(&["list"]);
    assert_eq!(listed(&["-C", &up, "list"]), expected);
    assert_eq!(listed(&["-C", "..", "-C", name, "list"]), expected);
    assert_eq!(listed(&["-C", "..", "list", "-C", name]), expected);
    assert_eq!(listed(&["-C", &up, "-C", ".claude/skills", "list"]), expected);
    assert_eq!(listed(&["-C", "", "-C", &up, "list"]), expected);
    // Everything that is typed counts from there too.
    let found = listed(&["-C", &up, "-C", ".claude", "find", "skills/pdf"]);
    assert_eq!(one(found)["artifact_id"], ID);
    let deployed = listed(&[
        "-C",
        &up,
        "-C",
        ".claude",
        "deploy",
        "../../upstream/skills/pdf",
        "skills/two",
    ]);
    assert_eq!(deployed[0]["artifact_id"], "skill/two");
    assert_eq!(deployed[0]["upstream"]["url"], "../upstream/skills/pdf");
    assert!(project.exists(".claude/skills/two/SKILL.md"));
}

#[test]
fn ceilings_are_those_of_git() {
    let project = Project::deployed();
    let inside = project.path().join(".claude/skills");
    for (ceilings, found) in [
        (project.beside("elsewhere"), true),
        (project.beside(""), true),
        (project.path().join(".claude"), false),
    ] {
        let call = || project.call().cwd(&inside).env("GIT_CEILING_DIRECTORIES", &ceilings);
        assert_eq!(
            call().git_any(&["rev-parse", "--git-dir"]).code == 0,
            found,
            "{}",
            ceilings.display()
        );
        assert_eq!(call().lineage(&["list"]).code == 0, found, "{}", ceilings.display());
    }
}

/// The commands and their options.
const OPTIONS: [(&str, &[&str]); 19] = [
    ("init", &[]),
    ("deploy", &["--id", "--kind", "--from", "--dry-run", "--no-stage"]),
    ("sync", &["--all", "--dry-run", "--no-stage"]),
    ("record", &["--all", "--message", "--rev", "--dry-run"]),
    ("list", &[]),
    (
        "log",
        &["--origin", "--since", "--until", "--max-count", "--graph", "--all"],
    ),
    ("graph", &["--format", "--all", "--max-count", "--output"]),
    ("show", &[]),
    ("lineage", &["--all-parents"]),
    ("children", &[]),
    ("find", &[]),
    ("merge-base", &["--all"]),
    ("path", &[]),
    ("blame", &[]),
    ("verify", &[]),
    ("index status", &[]),
    ("index rebuild", &[]),
    ("index migrate", &["--to"]),
    ("demo", &["--dir"]),
];

#[test]
fn every_command_explains_itself() {
    let project = Project::new();
    let overview = project.lineage_ok(&["--help"]);
    for (command, options) in OPTIONS {
        let first = command.split(' ').next().expect("a word");
        assert!(
            overview.text().lines().any(|line| line.trim_start().starts_with(first)),
            "{command} in\n{overview}"
        );
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = project.lineage_ok(&words);
        assert_eq!(help.err_text(), "");
        assert!(help.text().contains(&format!("Usage: git lineage {command}")), "{help}");
        for option in options.iter().chain(&["-C", "--line", "--json", "--color", "--quiet"]) {
            assert!(help.text().contains(option), "{option} in\n{help}");
        }
        // The short form is for a glance.
        let words: Vec<&str> = command.split(' ').chain(["-h"]).collect();
        assert!(project.lineage_ok(&words).text().len() <= help.text().len());
    }
    let version = project.lineage_ok(&["--version"]);
    assert_eq!(version.text(), concat!("git-lineage ", env!("CARGO_PKG_VERSION"), "\n"));
    // Through git too: git itself takes only 'git lineage --help' for the manual.
    assert!(
        project
            .git(&["lineage", "log", "--help"])
            .text()
            .contains("Usage: git lineage log")
    );
    assert!(project.git(&["lineage", "-h"]).text().contains("\nBegin:\n"));
}

#[test]
fn a_message_may_begin_with_a_dash() {
    let project = Project::deployed();
    project.edit("SKILL.md", "# Ours\n");
    let recorded = one(project.lineage_json(&["record", ID, "-m", "-- dashes --"]));
    assert_eq!(recorded["summary"], "-- dashes --");
    project.edit("SKILL.md", "# Ours again\n");
    let recorded = one(project.lineage_json(&["record", ID, "--message", "--json"]));
    assert_eq!(recorded["summary"], "--json");
}
