//! What projects leave behind stays reachable; what somebody else still contains needs no keeping.

use super::{World, edit};
use crate::support::project::{HEAD_REF, one, text};

const HERE: &str = "refs/lineage/remotes/shop/main/skill/pdf";

#[test]
fn a_rewound_head_is_kept() {
    let world = World::new();
    let shop = world.project("shop");
    let first = shop.rev_parse(HEAD_REF);
    edit(&shop, "Grace", "# second\n");
    let second = shop.rev_parse(HEAD_REF);
    world.fetch();
    shop.git(&["update-ref", HEAD_REF, &first]);
    let fetched = one(world.fetch());
    assert_eq!((&fetched["moved"], &fetched["kept"]), (&1.into(), &1.into()));
    assert_eq!(world.hub.rev_parse(HERE), first);
    assert_eq!(
        world.refs("refs/lineage/kept"),
        [format!("refs/lineage/kept/{second} {second}")]
    );
    // It is still there to be asked for, and no line has it.
    let content = world.hub.rev_parse(&format!("{second}^{{tree}}"));
    let found = world.find(&content);
    assert_eq!(found[0]["held_by"], serde_json::json!([]));
    let shown = world.hub.lineage_ok(&["find", &content]);
    assert!(shown.text().ends_with("\n  no line holds it any more\n"), "{shown}");
    // There and back, and there again: nothing is lost and nothing is kept twice.
    for head in [&second, &first, &second] {
        shop.git(&["update-ref", HEAD_REF, head]);
        world.fetch();
        assert_eq!(world.refs("refs/lineage/kept").len(), 1);
    }
    world.assert_sound();
}

#[test]
fn a_deleted_head_is_kept_unless_another_contains_it() {
    let world = World::new();
    let shop = world.project("shop");
    let deployed = shop.rev_parse(HEAD_REF);
    shop.git(&["checkout", "--quiet", "-b", "side"]);
    edit(&shop, "Grace", "# on the side\n");
    let side = shop.rev_parse("refs/lineage/heads/side/skill/pdf");
    shop.git(&["checkout", "--quiet", "main"]);
    world.fetch();
    // Merged, and the branch deleted: main contains it by the time of the same fetch.
    shop.git(&["merge", "--quiet", "--no-ff", "side"]);
    shop.lineage_ok(&["record"]);
    shop.git(&["branch", "--quiet", "-D", "side"]);
    shop.git(&["update-ref", "-d", "refs/lineage/heads/side/skill/pdf"]);
    let fetched = one(world.fetch());
    assert_eq!(
        (&fetched["removed"], &fetched["kept"]),
        (&1.into(), &0.into()),
        "{fetched}"
    );
    assert_eq!(world.refs("refs/lineage/kept"), [""; 0]);
    assert_eq!(world.hub.rev_parse(HERE), side, "main was fast-forwarded to it");
    // Now the last one goes.
    shop.git(&["update-ref", "-d", HEAD_REF]);
    let fetched = one(world.fetch());
    assert_eq!((&fetched["removed"], &fetched["kept"]), (&1.into(), &1.into()));
    assert_eq!(world.refs("refs"), [format!("refs/lineage/kept/{side} {side}")]);
    assert_eq!(world.hub.git(&["merge-base", &deployed, &side]).trimmed(), deployed);
    world.assert_sound();
}

#[test]
fn another_project_that_contains_it_is_enough() {
    let world = World::new();
    let shop = world.project("shop");
    let first = shop.rev_parse(HEAD_REF);
    edit(&shop, "Grace", "# second\n");
    let second = shop.rev_parse(HEAD_REF);
    let fork = shop.clone_as("fork", &["--bare"]);
    fork.git(&[
        "fetch",
        "--quiet",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/heads/*",
    ]);
    world.add("fork");
    world.fetch();
    shop.git(&["update-ref", HEAD_REF, &first]);
    let fetched = world.fetch_one("shop");
    assert_eq!(
        (&fetched["moved"], &fetched["kept"]),
        (&1.into(), &0.into()),
        "the fork has it"
    );
    fork.git(&["update-ref", HEAD_REF, &first]);
    let fetched = world.fetch_one("fork");
    assert_eq!(
        (&fetched["moved"], &fetched["kept"]),
        (&1.into(), &1.into()),
        "nobody has it now"
    );
    assert_eq!(
        world.refs("refs/lineage/kept"),
        [format!("refs/lineage/kept/{second} {second}")]
    );
}

/// Each alone contains what the other leaves behind, until the moment at which both leave it.
#[test]
fn two_projects_that_leave_the_same_behind_in_one_fetch() {
    let world = World::new();
    let shop = world.project("shop");
    let first = shop.rev_parse(HEAD_REF);
    edit(&shop, "Grace", "# second\n");
    let second = shop.rev_parse(HEAD_REF);
    let forks = ["fork-1", "fork-2"].map(|name| {
        let fork = shop.clone_as(name, &["--bare"]);
        fork.git(&[
            "fetch",
            "--quiet",
            "origin",
            "+refs/lineage/heads/*:refs/lineage/heads/*",
        ]);
        world.add(name);
        fork
    });
    world.fetch();
    shop.git(&["update-ref", HEAD_REF, &first]);
    forks[0].git(&["update-ref", HEAD_REF, &first]);
    forks[1].git(&["update-ref", "-d", HEAD_REF]);
    let kept: u64 = world
        .fetch()
        .iter()
        .map(|project| project["kept"].as_u64().expect("a number"))
        .sum();
    assert_eq!(kept, 1);
    assert_eq!(
        world.refs("refs/lineage/kept"),
        [format!("refs/lineage/kept/{second} {second}")]
    );
    world.assert_sound();
}

#[test]
fn a_lineage_that_was_begun_anew_keeps_the_old_one() {
    let world = World::new();
    let shop = world.project("shop");
    edit(&shop, "Grace", "# second\n");
    let old = shop.rev_parse(HEAD_REF);
    world.fetch();
    shop.lineage_ok(&["remove", "skill/pdf"]);
    shop.commit("Out");
    let new = shop.deploy();
    shop.commit("In again");
    let fetched = one(world.fetch());
    assert_eq!((&fetched["moved"], &fetched["kept"]), (&1.into(), &1.into()));
    assert_eq!(world.hub.rev_parse(HERE), text(&new, "version_id"));
    let all: Vec<_> = world.hub.lineage_json(&["log", "--all"]);
    assert_eq!(all.len(), 3, "{all:#?}");
    assert_eq!(
        world.refs("refs/lineage/kept"),
        [format!("refs/lineage/kept/{old} {old}")]
    );
    world.find_everything();
}
