//! Making hubs, and the projects in them.

use serde_json::{Value, json};

use super::{World, content, edit};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, one, text, texts};
use crate::support::repo::utf8;

/// The code and the hints of an error.
#[track_caller]
fn refused(repo: &TestRepo, args: &[&str]) -> (String, String) {
    let args = [&["--json"], args].concat();
    let error = repo.lineage(&args).assert_code(1).json_error();
    (text(&error, "code").to_owned(), error["hints"].to_string())
}

#[test]
fn a_hub_is_made_or_taken() {
    let repo = TestRepo::usual();
    let made = one(repo.lineage_json(&["hub", "init", "../deep/er/hub.git"]));
    let path = repo.beside("deep/er/hub.git");
    assert_eq!(made, json!({"path": utf8(&path), "created": true}));
    assert_eq!(
        repo.git(&["-C", utf8(&path), "rev-parse", "--is-bare-repository"])
            .trimmed(),
        "true"
    );
    let again = one(repo.lineage_json(&["hub", "init", utf8(&path)]));
    assert_eq!(again["created"], false);

    let bare = repo.sibling("bare.git", &["--bare"]);
    assert_eq!(refused(&bare, &["hub", "list"]).0, "not_a_hub");
    assert_eq!(one(bare.lineage_json(&["hub", "init"]))["created"], false);
    assert_eq!(bare.lineage_json(&["hub", "list"]), [Value::Null; 0]);

    let (code, hints) = refused(&repo, &["hub", "init"]);
    assert!(code == "not_bare" && hints.contains("hub init <DIR>"), "{code} {hints}");
    for command in [
        &["hub", "list"][..],
        &["hub", "add", "../bare.git"],
        &["hub", "fetch"],
        &["hub", "remove", "x"],
    ] {
        assert_eq!(refused(&repo, command).0, "not_a_hub", "{command:?}");
    }
    repo.write("../full/file", "x\n");
    assert_eq!(refused(&repo, &["hub", "init", "../full"]).0, "occupied");
    assert!(!repo.exists("../full/HEAD"), "nothing was made there");
    assert_eq!(
        refused(&repo, &["hub", "init", "../bare.git", "--object-format", "sha256"]).0,
        "object_format"
    );
    repo.lineage(&["hub", "init", "../x", "--object-format", "md5"])
        .assert_code(2);
    let spoken = repo.lineage_ok(&["hub", "init", "../new.git"]);
    assert_eq!(
        spoken.text(),
        format!("Made the hub {}\n", utf8(&repo.beside("new.git")))
    );
    assert!(spoken.err_text().contains("lineage hub add <URL>"), "{spoken}");
    // What belongs to no repository: the directory that the environment names is not touched.
    let elsewhere = repo.call().env("GIT_DIR", repo.path().join(".git"));
    elsewhere.lineage_ok(&["hub", "init", "../other.git"]);
    assert_eq!(
        repo.git(&["config", "--default", "", "--get", "lineage.hub"]).trimmed(),
        ""
    );
}

#[test]
fn a_project_is_a_remote_with_one_refspec() {
    let world = World::new();
    let shop = world.project("shop");
    let listed = one(world.hub.lineage_json(&["hub", "list"]));
    assert_eq!(
        listed,
        json!({"name": "shop", "url": utf8(shop.path()), "ref_prefix": "refs/lineage", "artifacts": 0, "heads": 0,
               "fetched_at": null})
    );
    let config = world.hub.git(&["config", "--get-regexp", r"^remote\."]).lines();
    assert_eq!(
        config,
        [
            "remote.shop.fetch +refs/lineage/heads/*:refs/lineage/remotes/shop/*".to_owned(),
            "remote.shop.tagopt --no-tags".to_owned(),
            format!("remote.shop.url {}", utf8(shop.path())),
        ]
    );
    // A remote of another kind is none, and keeps its name.
    world.hub.git(&["remote", "add", "plain", utf8(shop.path())]);
    assert_eq!(texts(&world.hub.lineage_json(&["hub", "list"]), "name"), ["shop"]);
    assert_eq!(
        refused(&world.hub, &["hub", "add", "../repo", "--name", "plain"]).0,
        "name_taken"
    );
    assert_eq!(refused(&world.hub, &["hub", "fetch", "plain"]).0, "unknown_project");
}

#[test]
fn taken_names_get_a_proposal_and_strange_ones_are_refused() {
    let world = World::new();
    let hub = &world.hub;
    let other = |name: &str| {
        hub.sibling(name, &[]);
        format!("../{name}")
    };
    world.project("shop");
    let (code, hints) = refused(hub, &["hub", "add", &other("acme/shop")]);
    assert!(
        code == "name_taken" && hints.contains("--name acme-shop "),
        "{code} {hints}"
    );
    hub.lineage_ok(&["hub", "add", "../acme/shop", "--name", "acme-shop"]);
    let (code, hints) = refused(hub, &["hub", "add", &other("else"), "--name", "SHOP"]);
    assert!(
        code == "name_taken" && hints.contains("-SHOP is free") | hints.contains("-SHOP   is free"),
        "{hints}"
    );
    let (code, hints) = refused(hub, &["hub", "add", "../shop", "--name", "again"]);
    assert!(
        code == "already_added" && hints.contains("hub fetch shop"),
        "{code} {hints}"
    );
    for name in [
        "",
        "a b",
        "a..b",
        ".hidden",
        "x.lock",
        "a\tb",
        "/a",
        "a/",
        &"x".repeat(61),
    ] {
        assert_eq!(
            refused(hub, &["hub", "add", "../else", "--name", name]).0,
            "invalid_name",
            "{name:?}"
        );
    }
    for name in ["-x", "--upload-pack=touch x"] {
        let name = format!("--name={name}");
        assert_eq!(
            refused(hub, &["hub", "add", "../else", &name]).0,
            "invalid_name",
            "{name:?}"
        );
    }
    for url in [
        "ext::sh -c 'touch x'",
        "--upload-pack=x",
        "ssh://-oProxyCommand=x/y",
        "foo://host/x",
    ] {
        assert_eq!(
            refused(hub, &["hub", "add", "--name", "x", "--", url]).0,
            "refused_url",
            "{url}"
        );
    }
    assert_eq!(refused(hub, &["hub", "add", "../upstream/skills"]).0, "no_repository");
    assert_eq!(refused(hub, &["hub", "add", "../nothing"]).0, "nothing_there");
    let (code, hints) = refused(hub, &["hub", "remove", "shopp"]);
    assert!(code == "unknown_project" && hints.contains("'shop'"), "{code} {hints}");
    assert_eq!(
        texts(&hub.lineage_json(&["hub", "list"]), "name"),
        ["acme-shop", "shop"],
        "nothing was changed"
    );
}

#[test]
fn names_of_any_script_work() {
    let world = World::new();
    let shop = world.project("shop");
    for name in ["acme/shop", "商店", "a@b", "100%", "x.y-z_1", "HEAD"] {
        let copy = shop.clone_as(&format!("copy of {}", name.replace('/', " ")), &["--bare"]);
        copy.git(&[
            "fetch",
            "--quiet",
            "origin",
            "+refs/lineage/heads/*:refs/lineage/heads/*",
        ]);
        world.hub.lineage_ok(&["hub", "add", utf8(copy.path()), "--name", name]);
        let fetched = one(world.hub.lineage_json(&["hub", "fetch", name]));
        assert_eq!((text(&fetched, "name"), text(&fetched, "result")), (name, "fetched"));
        let version = format!("skill/pdf@{name}/main");
        assert_eq!(
            text(&one(world.hub.lineage_json(&["show", &version])), "version_id"),
            shop.rev_parse(HEAD_REF),
            "{version}"
        );
    }
    world.fetch();
    let found = world.hub.lineage_json(&["find", &content(&shop)]);
    let mut remotes: Vec<_> = found[0]["held_by"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|holder| text(holder, "remote").to_owned())
        .collect();
    remotes.sort();
    let mut expected = ["acme/shop", "商店", "a@b", "100%", "x.y-z_1", "HEAD", "shop"];
    expected.sort_unstable();
    assert_eq!(remotes, expected);
    assert_eq!(world.hub.lineage_json(&["verify"]), [Value::Null; 0]);
    for name in ["acme/shop", "100%"] {
        world.hub.lineage_ok(&["hub", "remove", name]);
    }
    assert_eq!(world.hub.lineage_json(&["hub", "list"]).len(), 5);
    assert_eq!(world.hub.lineage_json(&["verify"]), [Value::Null; 0]);
}

#[test]
fn a_removed_project_takes_its_own_along() {
    let world = World::new();
    let [shop, blog] = ["shop", "blog"].map(|name| world.project(name));
    edit(&shop, "Grace", "# of the shop\n");
    world.fetch();
    let own = content(&shop);
    assert_eq!(world.find(&own).len(), 1);
    let removed = one(world.hub.lineage_json(&["hub", "remove", "shop"]));
    assert_eq!((text(&removed, "name"), &removed["heads"]), ("shop", &json!(1)));
    assert_ne!(removed["fetched_at"], Value::Null);
    assert_eq!(world.refs("refs/lineage/remotes/shop"), [""; 0]);
    assert_eq!(world.find(&own), [Value::Null; 0]);
    assert_eq!(world.find(&content(&blog)).len(), 1);
    assert_eq!(world.hub.git(&["remote"]).trimmed(), "blog");
    world.assert_sound();
    // It may come back, and its name is free for another.
    world.add("shop");
    assert_eq!(world.hub.lineage_json(&["hub", "list"])[1]["fetched_at"], Value::Null);
    world.fetch();
    assert_eq!(world.find(&own).len(), 1);
    let spoken = world.hub.lineage_ok(&["hub", "remove", "shop"]);
    assert_eq!((spoken.text(), spoken.err_text()), ("Removed shop  1 head\n", ""));
}

#[test]
fn credentials_are_in_no_answer() {
    let world = World::new();
    let url = "http://me:s3cr3t-word@127.0.0.1:9/acme/shop.git";
    let outputs = [
        world.hub.lineage_ok(&["hub", "add", url]),
        world.hub.lineage(&["hub", "add", url]).assert_code(1),
        world
            .hub
            .lineage(&["hub", "add", "http://me:s3cr3t-word@127.0.0.1:9/other/shop"])
            .assert_code(1),
        world.hub.lineage_ok(&["hub", "list"]),
        world.hub.lineage_ok(&["hub", "list", "--json"]),
        world.hub.lineage(&["hub", "fetch"]).assert_code(1),
        world.hub.lineage(&["hub", "fetch", "--json"]).assert_code(1),
        world.hub.lineage_ok(&["hub", "remove", "shop", "--json"]),
    ];
    for output in &outputs {
        let all = format!("{}{}", output.text(), output.err_text());
        assert!(!all.contains("s3cr3t-word") && !all.contains("me:"), "{output}");
    }
    assert!(
        outputs[4]
            .text()
            .contains("\"url\":\"http://127.0.0.1:9/acme/shop.git\""),
        "{}",
        outputs[4]
    );
    assert!(
        outputs[5]
            .err_text()
            .contains("cannot reach 'http://127.0.0.1:9/acme/shop.git'"),
        "{}",
        outputs[5]
    );
}

#[test]
fn an_addition_that_was_killed_can_be_made_again() {
    let world = World::new();
    world.hub.sibling("shop", &[]);
    world
        .hub
        .git(&["config", "remote.shop.fetch", "+refs/heads/*:refs/heads/*"]);
    assert_eq!(world.hub.lineage_json(&["hub", "list"]), [Value::Null; 0]);
    world.add("shop");
    let fetch = world.hub.git(&["config", "--get-all", "remote.shop.fetch"]).trimmed();
    assert_eq!(fetch, "+refs/lineage/heads/*:refs/lineage/remotes/shop/*");
    world.hub.write("config.lock", "");
    let (code, _) = refused(&world.hub, &["hub", "add", "../repo"]);
    assert_eq!(code, "locked");
}
