//! The story of `docs/sharing.md`, typed as it stands there.

use super::readme::{masked, seen};
use super::sessions;
use crate::support::TestRepo;

#[test]
fn the_story_of_sharing_is_what_the_program_prints() {
    let ada = TestRepo::new().sibling("ada", &["--initial-branch=main"]);
    let skill = ada.beside("skills/sql-review");
    ada.copy(ada.fixture("skills/sql-review"), &skill);
    ada.sibling("origin.git", &["--bare", "--initial-branch=main"]);
    ada.git(&["remote", "add", "origin", "../origin.git"]);
    ada.lineage_ok(&["init"]);
    let call = ada.call().env("GIT_AUTHOR_NAME", "Ada");
    call.lineage_ok(&["deploy", "../skills/sql-review", ".claude/skills/sql-review"]);
    ada.commit("Add the sql-review skill");
    unshared(&ada);
    let mut cwd = ada.clone();
    let mut compared = 0;
    for (command, shown) in sessions("docs/sharing.md") {
        if let Some(dir) = command.strip_prefix("cd ../") {
            cwd = ada.folder(dir);
            continue;
        }
        let author = if cwd.path().ends_with("grace") { "Grace" } else { "Ada" };
        // One of them is refused, and says why.
        let output = cwd.call().env("GIT_AUTHOR_NAME", author).sh(&format!("{command} || :"));
        assert_eq!(masked(&seen(&output)), masked(&shown), "{command}");
        compared += 1;
    }
    assert_eq!(compared, 16);
}

/// Another project, whose commits are shared without lineage.
fn unshared(ada: &TestRepo) {
    let skills = ada.sibling("skills.git", &["--initial-branch=main"]);
    ada.copy(ada.beside("skills/sql-review"), skills.path().join("sql-review"));
    skills.git(&["add", "--all"]);
    let grace = skills.call().env("GIT_AUTHOR_NAME", "Grace");
    grace.git(&["commit", "--quiet", "--message", "Write the sql-review skill"]);
    let shop = ada.sibling("shop", &["--initial-branch=main"]);
    shop.write("README.md", "# Shop\n");
    let from = [
        "deploy",
        "../skills.git",
        ".claude/skills/sql-review",
        "--from",
        "sql-review",
    ];
    shop.lineage_ok(&from);
    shop.commit("Add the sql-review skill");
    shop.write(".claude/skills/sql-review/RULES.md", "- Our own rule.\n");
    shop.git(&["add", "--all"]);
    let author = shop.call().env("GIT_AUTHOR_NAME", "Ada");
    author.git(&["commit", "--quiet", "--message", "Our own rule"]);
    shop.clone_as("shop.git", &["--bare"]);
    let bare = shop.folder("shop.git");
    for name in bare
        .git(&["for-each-ref", "--format=%(refname)", "refs/lineage"])
        .lines()
    {
        bare.git(&["update-ref", "-d", &name]);
    }
}
