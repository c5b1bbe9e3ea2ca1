//! `adopt --discover`: what looks like an artifact and is not tracked yet.

use crate::support::TestRepo;
use crate::support::project::texts;

/// The ids and paths that are listed.
#[track_caller]
fn discovered(repo: &TestRepo, paths: &[&str]) -> Vec<String> {
    let args = [["adopt", "--discover"].as_slice(), paths].concat();
    let found = repo.lineage_json(&args);
    let line = |one: &serde_json::Value| {
        format!(
            "{} {}",
            one["artifact_id"].as_str().unwrap_or("-"),
            one["path"].as_str().expect("a path")
        )
    };
    found.iter().map(line).collect()
}

fn vendored() -> TestRepo {
    let repo = TestRepo::new();
    for file in [
        ".claude/skills/pdf/SKILL.md",
        ".claude/skills/pdf/agents/inner.md",
        ".claude/skills/README.md",
        ".claude/agents/reviewer.md",
        ".claude/agents/tool.py",
        ".claude/commands/nested/skills/x/SKILL.md",
        "deep/down/here/SKILL.md",
        "plugins/backend/agents/reviewer.md",
        "plugins/backend/skills/pdf/SKILL.md",
        "templates/skills/pdf/SKILL.md",
        "src/main.rs",
    ] {
        repo.write(file, file);
    }
    repo.commit("Everything");
    repo.write(".claude/skills/new/SKILL.md", "not committed\n");
    repo
}

#[test]
fn artifacts_are_listed_the_outermost_first() {
    let repo = vendored();
    let everything = [
        "agent/reviewer .claude/agents/reviewer.md",
        "command/nested .claude/commands/nested",
        "skill/pdf .claude/skills/pdf",
        "artifact/here deep/down/here",
        "plugin/backend plugins/backend",
        "skill/templates/pdf templates/skills/pdf",
    ];
    assert_eq!(discovered(&repo, &[]), everything);
    assert_eq!(discovered(&repo, &["."]), everything);
    assert_eq!(discovered(&repo, &[".claude", "deep/down/here"]), everything[..4]);
    // Only what was asked for, though it lies in something larger.
    assert_eq!(
        discovered(&repo, &["plugins/backend/skills"]),
        ["skill/pdf plugins/backend/skills/pdf"]
    );
    assert_eq!(discovered(&repo, &["src"]), Vec::<String>::new());
    assert_eq!(discovered(&TestRepo::new(), &[]), Vec::<String>::new());
}

#[test]
fn each_command_adopts_just_that() {
    let repo = vendored();
    let found = repo.call().cwd("deep").lineage_json(&["adopt", "--discover"]);
    for command in texts(&found, "next") {
        let words: Vec<&str> = command.split(' ').collect();
        assert_eq!(words[..3], ["git", "lineage", "adopt"]);
        repo.call().cwd("deep").lineage_ok(&words[2..]);
    }
    let listed = repo.lineage_json(&["list"]);
    let mut ids = texts(&found, "artifact_id");
    ids.sort();
    assert_eq!(texts(&listed, "artifact_id"), ids);
    assert_eq!(discovered(&repo, &[]), Vec::<String>::new());
}

#[test]
fn where_something_inside_is_tracked_the_rest_of_it_is_listed() {
    let repo = vendored();
    repo.lineage_ok(&["adopt", "plugins/backend/skills/pdf", "--id", "skill/backend"]);
    let found = discovered(&repo, &["plugins"]);
    assert_eq!(found, ["agent/reviewer plugins/backend/agents/reviewer.md"]);
}
