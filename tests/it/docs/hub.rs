//! The story of `docs/hub.md`, typed as it stands there.

use super::readme::{masked, seen};
use super::{block, sessions};
use crate::support::TestRepo;

#[test]
fn the_story_of_the_hub_is_what_the_program_prints() {
    let first = TestRepo::new();
    let skill = first.beside("skills/sql-review");
    first.copy(first.fixture("skills/sql-review"), &skill);
    let [blog, docs, shop] = ["blog", "docs", "shop"].map(|name| {
        let project = first.sibling(name, &["--initial-branch=main"]);
        project.write("README.md", "x\n");
        project.commit("Begin");
        let call = project.call().env("GIT_AUTHOR_NAME", "Ada");
        call.lineage_ok(&["deploy", "../skills/sql-review", ".claude/skills/sql-review"]);
        project.commit("Add the sql-review skill");
        project
    });
    // Upstream mends it, and the blog goes on from there.
    first.write(skill.join("references/indexes.md"), "# Indexes\n\nMended.\n");
    let call = blog.call().env("GIT_AUTHOR_NAME", "Ada");
    call.lineage_ok(&["sync", "skill/sql-review"]);
    blog.commit("Sync");
    blog.write(".claude/skills/sql-review/own.md", "Our own rule.\n");
    let call = blog.call().env("GIT_AUTHOR_NAME", "Grace");
    call.lineage_ok(&["record", "skill/sql-review", "-m", "Our own rule"]);
    assert!(docs.exists(".claude/skills/sql-review"));

    let home = first.beside("").display().to_string();
    let home = home.trim_end_matches('/');
    let mut cwd = shop.clone();
    let mut compared = 0;
    for (command, shown) in sessions("docs/hub.md") {
        if let Some(dir) = command.strip_prefix("cd ../") {
            cwd = first.folder(dir);
            continue;
        }
        let output = cwd.call().sh(&command);
        assert_eq!(
            masked(&seen(&output).replace(home, "/home/ada")),
            masked(&shown),
            "{command}"
        );
        compared += 1;
    }
    assert_eq!(compared, 7);
    // The same with plain git: whose lines hold what upstream mended.
    let mended = cwd.rev_parse("refs/lineage/remotes/blog/main/skill/sql-review~1");
    let plain = block("docs/hub.md", "git for-each-ref").replace("<version>", &mended);
    let refs = cwd.call().sh(&plain);
    assert_eq!(refs.lines().len(), 1, "{refs}");
    assert!(
        refs.text()
            .ends_with("\trefs/lineage/remotes/blog/main/skill/sql-review\n"),
        "{refs}"
    );
}
