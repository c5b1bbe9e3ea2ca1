//! Who still runs the bad one, and who changed it since?

use serde_json::json;

use super::{World, content, edit, lines};
use crate::support::project::text;

#[test]
fn who_still_runs_the_bad_one_and_who_changed_it_since() {
    let world = World::new();
    let [shop, blog, docs, wiki] = ["shop", "blog", "docs", "wiki"].map(|name| world.project(name));
    let bad = content(&shop);
    assert_eq!(bad, content(&wiki), "all deployed the same");
    // One goes on by itself, on one of its lines.
    blog.git(&["branch", "release"]);
    edit(&blog, "Grace", "# pdf\n\nRead, never fill.\n");
    edit(&blog, "Linus", "# pdf\n\nNever fill.\n");
    // Upstream mends it: one takes that as it is, another one with a change of its own.
    edit(&wiki, "Grace", "# pdf, ours\n\nRead and fill files.\n");
    wiki.upstream("references/forms.md", "# Forms\n\nMended.\n");
    for project in [&docs, &wiki] {
        project.sync();
        project.commit("Sync the pdf skill");
    }
    // The release of the blog is on the line that it left.
    blog.git(&["checkout", "--quiet", "release"]);
    blog.write("notes.md", "About the release.\n");
    blog.edit("references/forms.md", "# Forms\n\nFor the release.\n");
    blog.commit("Release");
    blog.record();

    let fetched = world.fetch();
    assert_eq!(
        fetched.iter().filter(|project| project["result"] == "fetched").count(),
        4
    );
    world.assert_sound();
    let found = world.find(&bad[..10]);
    let of = |name: &str| {
        let holds = |version: &&serde_json::Value| {
            let held_by = version["held_by"].as_array().expect("a list");
            held_by.iter().any(|holder| holder["remote"] == name)
        };
        found
            .iter()
            .find(holds)
            .unwrap_or_else(|| panic!("nobody names {name}"))
    };
    assert_eq!(found.len(), 4, "each deployed it by itself");
    assert_eq!(
        (lines(of("shop"), true), lines(of("shop"), false)),
        (vec!["shop/main".to_owned()], vec![])
    );
    assert_eq!(lines(of("blog"), false), ["blog/main", "blog/release"]);
    let since = |name: &str, at: usize| {
        let mut since = of(name)["held_by"][at]["since"].clone();
        for person in since["changed_by"].as_array_mut().expect("a list") {
            *person = person["name"].take();
        }
        since
    };
    assert_eq!(
        since("blog", 0),
        json!({"versions": 2, "deployments": 0, "syncs": 0, "local_modifications": 2, "unknown": 0,
               "changed_by": ["Linus", "Grace"]})
    );
    assert_eq!(since("blog", 1)["changed_by"], json!(["Ada Author"]));
    assert_eq!(
        since("docs", 0),
        json!({"versions": 1, "deployments": 0, "syncs": 1, "local_modifications": 0, "unknown": 0, "changed_by": []})
    );
    // Its own change, upstream's version, and the merge of both.
    assert_eq!(
        since("wiki", 0),
        json!({"versions": 3, "deployments": 0, "syncs": 2, "local_modifications": 1, "unknown": 0,
               "changed_by": ["Grace"]})
    );
    // The copy that a colleague has on the desk is as good as the hash.
    let copy = world.hub.beside("copy");
    world.hub.copy(shop.path().join(".claude/skills/pdf"), &copy);
    assert_eq!(world.find(copy.to_str().expect("UTF-8")), found);
    assert!(world.find_everything() >= 9);
}

#[test]
fn people_read_one_block_for_each_version() {
    let world = World::new();
    let shop = world.project("shop");
    world.project("a-long-name");
    edit(&shop, "Grace", "# ours\n");
    world.fetch();
    let found = world.hub.lineage_ok(&["find", &content(&shop)]);
    let head = world.hub.rev_parse("refs/lineage/remotes/shop/main/skill/pdf");
    assert_eq!(
        found.text(),
        format!(
            "{} is skill/pdf at {} (local_modification)\n  runs it  shop  main\n",
            &content(&shop)[..7],
            &head[..7]
        )
    );
    let bad = world
        .hub
        .rev_parse("refs/lineage/remotes/a-long-name/main/skill/pdf^{tree}");
    let found = world.hub.lineage_ok(&["find", &bad]);
    let shown: Vec<&str> = found.text().lines().collect();
    assert_eq!(shown.len(), 4, "{found}");
    assert_eq!(shown[1], "  runs it        a-long-name  main");
    assert!(shown[0].ends_with("(deployment, ../upstream/skills/pdf)"), "{found}");
    let since = format!("  changed since  shop         main  {}  ", &head[..7]);
    assert!(shown[3].starts_with(&since), "{found}");
    assert!(
        shown[3].ends_with("  1 version: 1 local_modification by Grace"),
        "{found}"
    );
}

#[test]
fn clones_share_versions_and_go_their_own_ways() {
    let world = World::new();
    let shop = world.project("shop");
    let deployed = content(&shop);
    let fork = shop.clone_as("fork", &[]);
    fork.lineage_ok(&["init"]);
    fork.git(&["fetch", "--quiet"]);
    fork.lineage_ok(&["record"]);
    let fork = crate::support::project::Project::over_worktree(fork);
    edit(&fork, "Grace", "# of the fork\n");
    world.add("fork");
    let branch = shop.clone_as("branch", &["--bare"]);
    branch.git(&[
        "fetch",
        "--quiet",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/heads/*",
    ]);
    world.hub.lineage_ok(&["hub", "add", "../branch", "--name", "mirror"]);
    world.fetch();
    world.assert_sound();
    let found = world.find(&deployed);
    assert_eq!(found.len(), 1, "it is one version everywhere");
    assert_eq!(lines(&found[0], true), ["mirror/main", "shop/main"]);
    assert_eq!(lines(&found[0], false), ["fork/main"]);
    // A deployment of its own in another project is another version with the same content.
    world.project("blog");
    world.fetch();
    let found = world.find(&deployed);
    assert_eq!(found.len(), 2);
    assert_eq!(lines(&found[0], true), ["blog/main"], "newest first");
    assert_ne!(text(&found[0], "version_id"), text(&found[1], "version_id"));
    world.find_everything();
}

#[test]
fn content_that_returned_is_held_twice_by_one_line() {
    let world = World::new();
    let shop = world.project("shop");
    let first = content(&shop);
    let original = shop.read(".claude/skills/pdf/SKILL.md");
    edit(&shop, "Grace", "# other\n");
    shop.edit("SKILL.md", &original);
    shop.commit("As it was");
    shop.record();
    assert_eq!(content(&shop), first);
    world.fetch();
    let found = world.find(&first);
    assert_eq!(found.len(), 2);
    assert_eq!((lines(&found[0], true).len(), lines(&found[1], false).len()), (1, 1));
    assert_eq!(found[1]["held_by"][0]["since"]["versions"], 2);
}

#[test]
fn a_project_with_remotes_is_asked_with_an_option() {
    let world = World::new();
    let shop = world.project("shop");
    let first = content(&shop);
    let clone = shop.clone_as("clone", &[]);
    clone.lineage_ok(&["init"]);
    clone.git(&["fetch", "--quiet"]);
    clone.lineage_ok(&["record"]);
    edit(&shop, "Grace", "# newer\n");
    clone.git(&["fetch", "--quiet"]);
    let plain = clone.lineage_json(&["find", &first]);
    assert!(plain[0].get("held_by").is_none(), "{}", plain[0]);
    let found = clone.lineage_json(&["find", &first, "--where"]);
    super::assert_held_as_git_says(&clone, &found[0]);
    let remotes: Vec<_> = found[0]["held_by"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|holder| &holder["remote"])
        .collect();
    // The clone itself has no head of its own: its branch holds what was fetched.
    assert_eq!(remotes, ["origin"]);
    clone.write(".claude/skills/pdf/SKILL.md", "# of the clone\n");
    clone.lineage_ok(&["record"]);
    let found = clone.lineage_json(&["find", &first, "--where"]);
    super::assert_held_as_git_says(&clone, &found[0]);
    assert_eq!(found[0]["held_by"].as_array().map(Vec::len), Some(2));
    assert!(clone.lineage_ok(&["find", &first, "--where"]).text().contains("(here)"));
    let wrong = clone
        .lineage(&["find", "x", "--where", "--upstream", "y"])
        .assert_code(2);
    assert!(wrong.err_text().contains("--where"));
}
