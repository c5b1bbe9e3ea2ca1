//! What must not come in: it would stop every question about every project.

use serde_json::Value;

use super::{World, content, edit};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, Project, one, text};

/// The error code of what was refused, its message, and the number of heads.
fn refusal(fetched: &Value) -> (String, String) {
    assert_eq!(text(fetched, "result"), "failed", "{fetched}");
    let error = &fetched["error"];
    (text(error, "code").to_owned(), text(error, "message").to_owned())
}

#[test]
fn damaged_heads_stay_out_and_the_others_come() {
    let world = World::new();
    let [shop, blog] = ["shop", "blog"].map(|name| world.project(name));
    world.fetch();
    let good = world.hub.rev_parse("refs/lineage/remotes/shop/main/skill/pdf");
    let tree = shop.rev_parse(&format!("{HEAD_REF}^{{tree}}"));
    let other = "refs/lineage/heads/other/skill/pdf";
    for (name, version, complaint) in [
        (
            HEAD_REF,
            shop.plain_version(&tree, &[&good], Some("deployment")),
            "is a deployment, but has a parent",
        ),
        (
            HEAD_REF,
            shop.plain_version(&tree, &[&good], Some("Sync")),
            "is damaged",
        ),
        (other, shop.head(), "is damaged"),
        (other, tree.clone(), "is damaged"),
        (
            "refs/lineage/heads/other/skill/xls",
            good.clone(),
            "a version of 'skill/pdf'",
        ),
        (
            "refs/lineage/heads/too/deep/skill/pdf",
            good.clone(),
            "has 5 parts behind the area",
        ),
        ("refs/lineage/heads/other/skill/p%64f", good.clone(), "not encoded"),
    ] {
        shop.git(&["update-ref", name, &version]);
        shop.git(&["update-ref", "refs/lineage/heads/third/skill/pdf", &good]);
        let (code, message) = refusal(&world.fetch_one("shop"));
        assert_eq!(code, "refused");
        assert!(
            message.contains("1 of the heads of 'shop'") && message.contains(complaint),
            "{name}: {message}"
        );
        assert_eq!(
            world.hub.rev_parse("refs/lineage/remotes/shop/main/skill/pdf"),
            good,
            "it stays where it was"
        );
        assert_eq!(
            world.hub.rev_parse("refs/lineage/remotes/shop/third/skill/pdf"),
            good,
            "the others come"
        );
        assert_eq!(world.find(&content(&blog)).len(), 2, "every question has its answer");
        world.assert_sound();
        // Once it is mended all is well.
        shop.git(&["update-ref", "-d", name]);
        shop.git(&["update-ref", HEAD_REF, &good]);
        shop.git(&["update-ref", "-d", "refs/lineage/heads/third/skill/pdf"]);
        assert_eq!(text(&world.fetch_one("shop"), "result"), "fetched");
    }
    let spoken = world.hub.lineage_ok(&["hub", "fetch"]);
    assert_eq!(spoken.err_text(), "");
    assert_eq!(world.refs("refs/lineage/kept"), [""; 0]);
}

#[test]
fn an_ancestor_is_looked_at_too() {
    let world = World::new();
    let shop = world.project("shop");
    let good = shop.rev_parse(HEAD_REF);
    let tree = shop.rev_parse(&format!("{HEAD_REF}^{{tree}}"));
    let forged = shop.plain_version(&tree, &[&good], Some("merge"));
    let on_top = shop.plain_version(&tree, &[&forged], Some("local_modification"));
    shop.git(&["update-ref", HEAD_REF, &on_top]);
    let (code, message) = refusal(&world.fetch_one("shop"));
    assert_eq!(code, "refused");
    assert!(message.contains(&forged), "{message}");
    assert_eq!(world.refs("refs"), [""; 0]);
    let spoken = world.hub.lineage(&["hub", "fetch"]).assert_code(1);
    assert!(spoken.err_text().contains("hint: git lineage verify"), "{spoken}");
}

#[test]
fn another_hash_function_is_named() {
    let world = World::usual();
    world.project("shop");
    let project = Project::over(
        world
            .hub
            .sibling("modern", &["--initial-branch=main", "--object-format=sha256"]),
    );
    project.deploy();
    project.commit("Add the pdf skill");
    world.add("modern");
    let output = world.hub.lineage(&["--json", "hub", "fetch"]).assert_code(1);
    let fetched = output.json();
    let (code, message) = refusal(&fetched[0]);
    assert_eq!(code, "other_object_format");
    assert!(
        message.contains("is a SHA-256 repository, and the hub one of SHA-1"),
        "{message}"
    );
    let hint = fetched[0]["error"]["hints"][0].as_str().expect("a hint");
    assert!(hint.contains("hub init --object-format sha256"), "{hint}");
    assert_eq!(text(&fetched[1], "result"), "fetched");
    world.assert_sound();
}

#[test]
fn a_shallow_project_cannot_give_what_it_lacks() {
    let world = World::new();
    let shop = world.project("shop");
    edit(&shop, "Grace", "# second\n");
    let shallow = shop.sibling("shallow", &["--bare"]);
    let url = format!("file://{}", shop.path().display());
    shallow.git(&[
        "fetch",
        "--quiet",
        "--depth=1",
        &url,
        "+refs/lineage/heads/*:refs/lineage/heads/*",
    ]);
    world.add("shallow");
    let fetched = world.hub.lineage(&["--json", "hub", "fetch", "shallow"]).assert_code(1);
    let (code, message) = refusal(&one(fetched.json()));
    let parent = shop.rev_parse("refs/lineage/heads/main/skill/pdf~1");
    assert_eq!(code, "refused");
    assert!(
        message.contains(&format!("the object {parent} is missing")),
        "{message}"
    );
    assert!(!world.hub.exists("shallow"), "the hub did not become shallow itself");
    world.assert_sound();
    // With the rest from elsewhere it is whole.
    for name in ["shop", "shallow"] {
        let fetched = one(world.hub.lineage_json(&["hub", "fetch", name]));
        assert_eq!(text(&fetched, "result"), "fetched", "{fetched}");
    }
    world.assert_sound();
}

/// What somebody put among the hub's own refs is the hub's damage, and no project's.
#[test]
fn damage_of_the_hub_itself_ends_the_fetch() {
    let world = World::new();
    let shop = world.project("shop");
    world.fetch();
    let version = shop.rev_parse(HEAD_REF);
    world.hub.git(&["update-ref", "refs/lineage/remotes/shop/x", &version]);
    edit(&shop, "Grace", "# second\n");
    let error = world
        .hub
        .lineage(&["--json", "hub", "fetch"])
        .assert_code(1)
        .json_error();
    assert_eq!(text(&error, "code"), "foreign_ref", "{error}");
    world.hub.git(&["update-ref", "-d", "refs/lineage/remotes/shop/x"]);
    assert_eq!(text(&one(world.fetch()), "result"), "fetched");
}

/// A plain `git fetch` lets everything in; the next question says what is wrong, as it does everywhere.
#[test]
fn plain_git_fetch_brings_the_same() {
    let world = World::new();
    let shop: Project = world.project("shop");
    world.hub.git(&["fetch", "--quiet", "--all"]);
    assert_eq!(
        world.refs("refs"),
        [format!(
            "refs/lineage/remotes/shop/main/skill/pdf {}",
            shop.rev_parse(HEAD_REF)
        )]
    );
    assert_eq!(text(&one(world.fetch()), "result"), "up_to_date");
    let hub: &TestRepo = &world.hub;
    assert_eq!(hub.lineage_json(&["log", "--all", ID]).len(), 1);
}
