//! The story of `docs/graph.md`, typed as it stands there.

use super::readme::{masked, seen};
use super::{block, blocks, page, root, sessions};
use crate::support::TestRepo;

/// The project of the page.
fn shop() -> TestRepo {
    let skills = TestRepo::new().sibling("skills", &["--initial-branch=main"]);
    skills.copy(skills.fixture("skills/sql-review"), skills.path().join("sql-review"));
    let write = |message: &str| {
        skills.git(&["add", "--all"]);
        let call = skills.call().env("GIT_AUTHOR_NAME", "Grace");
        call.git(&["commit", "--quiet", "--message", message]);
    };
    write("Write the sql-review skill");
    let shop = skills.sibling("shop", &["--initial-branch=main"]);
    shop.write("README.md", "# Shop\n");
    shop.commit("Begin");
    let ada = |args: &[&str]| shop.call().env("GIT_AUTHOR_NAME", "Ada").lineage_ok(args);
    ada(&[
        "deploy",
        "../skills",
        ".claude/skills/sql-review",
        "--from",
        "sql-review",
    ]);
    shop.write(".claude/skills/sql-review/own.md", "Our own rule.\n");
    ada(&[
        "record",
        "skill/sql-review",
        "-m",
        "checklist: our own rule for soft deletes",
    ]);
    skills.write("sql-review/references/indexes.md", "# Indexes\n\nMended.\n");
    write("Mend the indexes");
    ada(&["sync", "skill/sql-review"]);
    shop
}

/// A text in which ids are numbered in the order in which they come, whole or abbreviated.
pub(super) fn numbered(text: &str) -> String {
    let mut known: Vec<&str> = Vec::new();
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        shown.push_str(before);
        if matches!(run.len(), 7 | 40 | 64) {
            let at = known.iter().position(|id| *id == &run[..7]).unwrap_or(known.len());
            if at == known.len() {
                known.push(&run[..7]);
            }
            shown.push_str(&format!("<{at}>"));
        } else {
            shown.push_str(run);
        }
        rest = after;
    }
    shown + rest
}

#[test]
fn the_story_of_the_picture_is_what_the_program_prints() {
    let shop = shop();
    let text = page("docs/graph.md");
    let sessions = sessions("docs/graph.md");
    for (command, shown) in &sessions {
        let output = shop.call().sh(command);
        assert_eq!(masked(&seen(&output)), masked(shown), "{command}");
    }
    assert_eq!(sessions.len(), 2);
    assert!(shop.exists("lineage.html"));
    if shop.call().sh("command -v dot || :").text().is_empty() {
        crate::support::skipped("Graphviz is not installed");
    } else {
        shop.call().sh(&block(
            "docs/graph.md",
            "git lineage graph skill/sql-review --format dot",
        ));
        let drawn = String::from_utf8(shop.read("lineage.svg")).expect("UTF-8");
        assert_eq!(drawn.matches("class=\"node\"").count(), 4, "{drawn}");
    }
    let (_, shown) = blocks(&text, "mermaid").remove(0);
    let printed = shop.lineage_ok(&["graph", "skill/sql-review", "--format", "mermaid"]);
    assert_eq!(numbered(printed.text()), numbered(&shown));
}

#[test]
fn the_pictures_of_the_page_are_small() {
    let images = root("docs/images").read_dir().expect("there is a folder");
    let sizes = images.map(|image| image.expect("readable").metadata().expect("readable").len());
    let sizes: Vec<u64> = sizes.collect();
    assert!(
        sizes.len() >= 3 && sizes.iter().all(|size| *size < 150_000),
        "{sizes:?}"
    );
}
