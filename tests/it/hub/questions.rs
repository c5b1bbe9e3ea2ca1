//! Every question works in a hub, or says what is missing.

use serde_json::Value;

use super::{World, content, edit};
use crate::support::project::{one, text, texts};

#[test]
fn versions_are_named_by_project_and_line() {
    let world = World::new();
    let [shop, blog] = ["shop", "blog"].map(|name| world.project(name));
    edit(&blog, "Grace", "# second\n");
    edit(&blog, "Grace", "# third\n");
    let fork = blog.clone_as("fork", &["--bare"]);
    fork.git(&[
        "fetch",
        "--quiet",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/heads/*",
    ]);
    world.add("fork");
    world.fetch();
    let hub = &world.hub;
    let ids = |args: &[&str]| texts(&hub.lineage_json(args), "version_id");
    let log = ids(&["log", "skill/pdf@blog/main"]);
    assert_eq!(log.len(), 3);
    assert_eq!(
        ids(&["lineage", "skill/pdf@blog/main"]),
        log.iter().rev().cloned().collect::<Vec<_>>()
    );
    assert_eq!(ids(&["show", "skill/pdf@blog/main~2"]), [log[2].clone()]);
    assert_eq!(ids(&["path", "skill/pdf@blog/main~2", "skill/pdf@blog/main"]).len(), 3);
    assert_eq!(
        ids(&["merge-base", "skill/pdf@blog/main~1", "skill/pdf@fork/main"]),
        [log[1].clone()]
    );
    assert_eq!(ids(&["children", &content(&shop)]), [log[1].clone()]);
    assert_eq!(ids(&["log", "--all", "skill/pdf"]).len(), 4);
    assert_eq!(ids(&["log", "--all"]).len(), 4);
    let diff = hub.lineage_json(&["diff", "skill/pdf@shop/main", "skill/pdf@blog/main"]);
    assert_eq!(texts(&diff, "path"), ["SKILL.md"]);
    let blame = hub.lineage_json(&["blame", "skill/pdf@blog/main", "SKILL.md"]);
    assert_eq!(texts(&blame, "version_id"), [log[0].clone()]);
    assert!(
        hub.lineage_ok(&["log", "skill/pdf@blog/main", "--graph"])
            .text()
            .contains(&log[0][..7])
    );
    for format in ["text", "html"] {
        let graph = hub.lineage_ok(&["graph", "skill/pdf@blog/main", "--format", format]);
        assert!(graph.text().contains("head of blog/main"), "{graph}");
    }
}

#[test]
fn what_a_hub_does_not_have_is_said() {
    let world = World::new();
    let shop = world.project("shop");
    shop.git(&["checkout", "--quiet", "-b", "feature/x"]);
    edit(&shop, "Grace", "# on the side\n");
    world.fetch();
    let hub = &world.hub;
    let refused = |args: &[&str]| {
        let error = hub.lineage(&[&["--json"], args].concat()).assert_code(1).json_error();
        let hints: Vec<String> = error["hints"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|hint| hint.as_str().expect("text").to_owned())
            .collect();
        (text(&error, "code").to_owned(), hints.join("\n"))
    };
    // A line of its own a hub has none; the hint names one that works.
    let (code, hints) = refused(&["show", "skill/pdf"]);
    assert_eq!(code, "not_on_line");
    for version in ["skill/pdf@shop/feature/x", "skill/pdf@shop/main"] {
        assert!(
            hints.contains(&format!("{version}   is its newest version there")),
            "{hints}"
        );
        hub.lineage_ok(&["show", version]);
    }
    let (code, hints) = refused(&["show", "skill/pdf@main"]);
    assert!(
        code == "not_on_line" && hints.contains("skill/pdf@shop/main"),
        "{code} {hints}"
    );
    for line in ["shop/other", "other/main", "shop"] {
        assert_eq!(
            refused(&["show", &format!("skill/pdf@{line}")]).0,
            "unknown_line",
            "{line}"
        );
    }
    // The line is there, and another artifact is on it.
    shop.make_upstream("xls");
    shop.lineage_ok(&["deploy", "../upstream/skills/xls", ".claude/skills/xls"]);
    world.fetch();
    let (code, hints) = refused(&["show", "skill/xls@shop/main"]);
    assert!(
        code == "not_on_line" && hints.contains("skill/xls@shop/feature/x"),
        "{code} {hints}"
    );
    for command in [
        &["status"][..],
        &["deploy", "../upstream/skills/pdf"],
        &["sync"],
        &["record"],
    ] {
        assert_eq!(refused(command).0, "bare", "{command:?}");
    }
    for (command, hint) in [("list", "git lineage hub list"), ("log", "git lineage log --all")] {
        let output = hub.lineage_ok(&[command]);
        assert_eq!(output.text(), "");
        assert!(output.err_text().contains(hint), "{output}");
        assert_eq!(hub.lineage_json(&[command]), [Value::Null; 0]);
    }
    let nothing = hub.lineage_ok(&["find", &hub.id_of('a')]);
    assert_eq!(nothing.text(), "");
    assert!(
        nothing.err_text().contains("no recorded version has this content"),
        "{nothing}"
    );
}

/// A line that is called so goes before one of a remote.
#[test]
fn own_lines_go_first() {
    let world = World::new();
    let shop = world.project("shop");
    let clone = shop.clone_as("clone", &[]);
    clone.lineage_ok(&["init"]);
    clone.git(&["fetch", "--quiet"]);
    let remote = one(clone.lineage_json(&["show", "skill/pdf@origin/main"]));
    assert_eq!(
        text(&remote, "version_id"),
        shop.rev_parse("refs/lineage/heads/main/skill/pdf")
    );
    clone.git(&["checkout", "--quiet", "-b", "origin/main"]);
    clone.write(".claude/skills/pdf/SKILL.md", "# own\n");
    let own = one(clone.lineage_json(&["record", "skill/pdf"]));
    let named = one(clone.lineage_json(&["show", "skill/pdf@origin/main"]));
    assert_eq!(named["version_id"], own["version_id"]);
}
