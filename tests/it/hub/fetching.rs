//! What a fetch brings, what it leaves alone, and what it costs.

use serde_json::{Value, json};

use super::{World, content, edit};
use crate::support::project::{HEAD_REF, Project, one, text, texts};
use crate::support::repo::utf8;

/// The counts in what `hub fetch` says of a project.
fn counts(project: &Value) -> Value {
    let count = |key: &str| project[key].clone();
    json!([count("added"), count("moved"), count("removed"), count("kept")])
}

#[test]
fn only_lineage_enters_and_only_what_is_new() {
    let world = World::new();
    let shop = world.project("shop");
    shop.git(&["tag", "v1", HEAD_REF]);
    let fetched = one(world.fetch());
    assert_eq!(
        (text(&fetched, "result"), counts(&fetched)),
        ("fetched", json!([1, 0, 0, 0]))
    );
    assert_eq!(
        world.refs("refs"),
        [format!(
            "refs/lineage/remotes/shop/main/skill/pdf {}",
            shop.rev_parse(HEAD_REF)
        )]
    );
    let foreign = world.hub.git_fails(&["cat-file", "-e", &shop.head()]);
    assert_eq!(foreign.code, 1, "no commit of the project is here");
    world.assert_sound();

    let before = world.hub.lineage_json(&["hub", "list"]);
    let again = one(world.fetch());
    assert_eq!(
        (text(&again, "result"), counts(&again)),
        ("up_to_date", json!([0, 0, 0, 0]))
    );
    assert_ne!(before[0]["fetched_at"], Value::Null);

    shop.git(&["checkout", "--quiet", "-b", "side"]);
    edit(&shop, "Grace", "# on the side\n");
    shop.make_upstream("xls");
    shop.lineage_ok(&["deploy", "../upstream/skills/xls", ".claude/skills/xls"]);
    let fetched = one(world.fetch());
    assert_eq!(
        (text(&fetched, "result"), counts(&fetched)),
        ("fetched", json!([2, 0, 0, 0]))
    );
    shop.git(&["checkout", "--quiet", "--force", "main"]);
    edit(&shop, "Grace", "# newer\n");
    let fetched = one(world.fetch());
    assert_eq!(
        counts(&fetched),
        json!([0, 1, 0, 0]),
        "a line that went on leaves nothing behind"
    );
    let listed = one(world.hub.lineage_json(&["hub", "list"]));
    assert_eq!((&listed["artifacts"], &listed["heads"]), (&json!(2), &json!(3)));
    world.assert_sound();
}

#[test]
fn one_that_fails_stops_no_other() {
    let world = World::new();
    let [shop, blog] = ["shop", "blog"].map(|name| world.project(name));
    world.fetch();
    edit(&shop, "Grace", "# newer\n");
    world
        .hub
        .lineage_ok(&["hub", "add", "file:///nowhere/gone", "--name", "gone"]);
    let blog_was = world.refs("refs/lineage/remotes/blog");
    shop.remove(blog.path());
    for jobs in ["1", "8"] {
        let output = world
            .hub
            .lineage(&["--json", "hub", "fetch", "--jobs", jobs])
            .assert_code(1);
        let fetched = output.json();
        assert_eq!(texts(&fetched, "name"), ["blog", "gone", "shop"]);
        for project in &fetched[..2] {
            assert_eq!(text(project, "result"), "failed");
            assert_eq!(text(&project["error"], "code"), "unreachable", "{project}");
            assert!(
                text(&project["error"], "message").contains(text(project, "url")),
                "{project}"
            );
        }
        let expected = if jobs == "1" { "fetched" } else { "up_to_date" };
        assert_eq!(
            (text(&fetched[2], "result"), &fetched[2]["error"]),
            (expected, &Value::Null)
        );
        assert!(output.stderr.is_empty(), "the answer says it all\n{output}");
    }
    assert_eq!(
        world.refs("refs/lineage/remotes/blog"),
        blog_was,
        "what was fetched stays"
    );
    assert_eq!(world.find(&content(&shop)).len(), 1);
    world.assert_sound();
    let spoken = world.hub.lineage(&["hub", "fetch"]).assert_code(1);
    assert_eq!(spoken.lines().len(), 3, "{spoken}");
    assert!(
        spoken.err_text().contains("cannot reach 'file:///nowhere/gone'"),
        "{spoken}"
    );
    assert!(
        !spoken.err_text().contains('\r'),
        "no progress but on a terminal\n{spoken}"
    );
    // Those that are named, and no others.
    let named = world.hub.lineage_json(&["hub", "fetch", "shop", "shop"]);
    assert_eq!(texts(&named, "name"), ["shop"]);
    let listed = world.hub.lineage_json(&["hub", "list"]);
    let never: Vec<bool> = listed.iter().map(|project| project["fetched_at"].is_null()).collect();
    assert_eq!(never, [false, true, false]);
}

#[test]
fn refs_are_packed_and_the_index_is_current() {
    let world = World::new();
    let projects = ["a", "b", "c"].map(|name| world.project(name));
    world.fetch();
    assert!(
        !world.hub.exists("refs/lineage/remotes"),
        "no loose ref is left to be listed"
    );
    let quiet = world.hub.lineage_ok(&["find", &content(&projects[0])]);
    assert_eq!(quiet.err_text(), "", "nothing had to be brought up to date");
    let status = one(world.hub.lineage_json(&["index", "status"]));
    assert_eq!((text(&status, "state"), &status["versions"]), ("current", &json!(3)));
    // Without a sidecar the answers are the same.
    let with = world.find(&content(&projects[0]));
    let without = world.hub.call().config("lineage.sidecar", "false");
    assert_eq!(without.lineage_json(&["find", &content(&projects[0])]), with);
    world.hub.git(&["gc", "--quiet", "--prune=now"]);
    world.assert_sound();
    edit(&projects[1], "Grace", "# newer\n");
    world.fetch();
    world.find_everything();
    assert!(!world.hub.exists("refs/lineage/remotes"));
}

#[test]
fn a_host_that_takes_only_branches() {
    let world = World::new();
    let shop = world.project("shop");
    let host = shop.sibling("host", &["--bare", "--initial-branch=main"]);
    let to_branches = "refs/lineage/heads/*:refs/heads/lineage/heads/*";
    shop.git(&["push", "--quiet", utf8(host.path()), "main", to_branches]);
    let added = world
        .hub
        .lineage_json(&["hub", "add", "../host", "--ref-prefix", "refs/heads/lineage"]);
    assert_eq!(text(&one(added), "ref_prefix"), "refs/heads/lineage");
    world.fetch();
    let head = shop.rev_parse(HEAD_REF);
    assert_eq!(
        world.refs("refs/lineage/remotes/host"),
        [format!("refs/lineage/remotes/host/main/skill/pdf {head}")]
    );
    assert!(
        world.hub.git_fails(&["cat-file", "-e", &shop.head()]).code == 1,
        "the branch itself is not fetched"
    );
    let error = world
        .hub
        .lineage(&["--json", "hub", "add", "../repo", "--ref-prefix", "refs/heads"]);
    assert_eq!(text(&error.assert_code(1).json_error(), "code"), "invalid_ref_prefix");
    world.assert_sound();
}

#[test]
fn a_hub_with_a_prefix_of_its_own() {
    let world = World::new();
    world.hub.git(&["config", "lineage.refPrefix", "refs/hub"]);
    let shop = world.project("shop");
    world.fetch();
    assert_eq!(
        world.refs("refs"),
        [format!(
            "refs/hub/remotes/shop/main/skill/pdf {}",
            shop.rev_parse(HEAD_REF)
        )]
    );
    assert_eq!(world.hub.lineage_json(&["find", &content(&shop)]).len(), 1);
    assert_eq!(world.hub.lineage_json(&["verify"]), [Value::Null; 0]);
}

#[test]
fn reftable_and_sha256() {
    let world = World::new();
    for (format, refs) in [("sha1", "reftable"), ("sha256", "files"), ("sha256", "reftable")] {
        let hub = world.hub.folder(&format!("hub-{format}-{refs}.git"));
        let call = hub.call().env("GIT_DEFAULT_REF_FORMAT", refs);
        call.lineage_ok(&["hub", "init", "--object-format", format]);
        let name = format!("{format}-{refs}");
        let object_format = format!("--object-format={format}");
        let project = Project::over(world.hub.sibling(&name, &["--initial-branch=main", &object_format]));
        project.deploy();
        project.commit("Add the pdf skill");
        hub.lineage_ok(&["hub", "add", &format!("../{name}")]);
        let this = World { hub };
        this.fetch();
        edit(&project, "Grace", "# newer\n");
        let fetched = one(this.fetch());
        assert_eq!(counts(&fetched), json!([0, 1, 0, 0]));
        assert_eq!(this.find_everything(), 2);
        project.git(&["update-ref", "-d", HEAD_REF]);
        assert_eq!(counts(&one(this.fetch())), json!([0, 0, 1, 1]));
        this.assert_sound();
    }
}

#[test]
fn a_bundle_is_a_project_too() {
    let world = World::new();
    let shop = world.project("shop");
    shop.git(&["bundle", "create", "--quiet", "../offline.bundle", HEAD_REF]);
    let added = one(world.hub.lineage_json(&["hub", "add", "../offline.bundle"]));
    assert_eq!(text(&added, "name"), "offline");
    world.fetch();
    assert_eq!(
        super::lines(&world.find(&content(&shop))[0], true),
        ["offline/main", "shop/main"]
    );
}

#[test]
fn two_fetches_at_once_agree() {
    let world = World::new();
    let projects = ["a", "b", "c", "d"].map(|name| world.project(name));
    for round in 0..3 {
        let children = [0, 1].map(|_| world.hub.call().spawn_lineage(&["--json", "hub", "fetch"]));
        for child in children {
            let output = crate::support::run::wait(child).assert_code(0);
            assert!(
                output.json().iter().all(|project| project["error"].is_null()),
                "{output}"
            );
        }
        for project in &projects {
            let name = project.path().file_name().expect("a name").to_str().expect("UTF-8");
            let here = world
                .hub
                .rev_parse(&format!("refs/lineage/remotes/{name}/main/skill/pdf"));
            assert_eq!(here, project.rev_parse(HEAD_REF), "round {round}");
            edit(project, "Grace", &format!("# round {round}\n"));
        }
        world.assert_sound();
    }
}
