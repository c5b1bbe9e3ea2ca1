//! Whatever other processes do in between, an answer is the one that a new process would give.

use serde_json::{Value, json};

use super::Server;
use crate::support::project::{ID, PATH, Project};

/// What `find`, `log`, `status` and `index status` say, from the server and from a new process.
#[track_caller]
fn assert_fresh(server: &mut Server, project: &Project, after: &str) {
    let hash = project.git(&["write-tree"]).trimmed();
    let hash = project.git(&["rev-parse", &format!("{hash}:{PATH}")]).trimmed();
    for (method, params, args) in [
        ("find", json!([hash]), &["find", &hash][..]),
        ("log", json!({"all": true}), &["log", "--all"]),
        ("status", json!({"unchanged": true}), &["status", "--unchanged"]),
        ("list", json!([]), &["list"]),
        ("index status", json!([]), &["index", "status"]),
    ] {
        // First the server, so that nobody else has brought the sidecar up to date.
        let served = server.lines(method, params);
        assert_eq!(served, project.lineage_json(args), "{method} after {after}");
    }
}

#[test]
fn what_others_change_is_seen() {
    let project = Project::deployed();
    let server = &mut Server::of(&project);
    assert_fresh(server, &project, "nothing");
    let steps: [(&str, &dyn Fn()); 12] = [
        ("a record", &|| drop(project.record_edit("SKILL.md", "# One\n"))),
        ("a commit", &|| {
            project.edit("SKILL.md", "# Two\n");
            project.commit("Two");
        }),
        ("a branch", &|| drop(project.git(&["switch", "-qc", "topic"]))),
        ("a commit on it", &|| {
            project.edit("forms.md", "Three\n");
            project.commit("Three");
            project.lineage_ok(&["record"]);
        }),
        ("a reset", &|| drop(project.git(&["reset", "-q", "--hard", "HEAD~1"]))),
        ("packed refs", &|| drop(project.git(&["pack-refs", "--all", "--prune"]))),
        ("gc", &|| drop(project.git(&["gc", "-q", "--prune=now"]))),
        ("a ref that is moved", &|| {
            let root = project
                .git(&["rev-list", "--max-parents=0", "refs/lineage/heads/main/skill/pdf"])
                .trimmed();
            project.git(&["update-ref", "refs/lineage/heads/other/skill/pdf", &root]);
        }),
        ("a rebuilt sidecar", &|| drop(project.lineage_ok(&["index", "rebuild"]))),
        ("a sidecar that is gone", &|| project.remove(".git/lineage")),
        ("a sidecar of an older schema", &|| {
            drop(project.lineage_ok(&["index", "migrate", "--to", "1"]));
        }),
        ("a damaged sidecar", &|| {
            project.remove(".git/lineage");
            project.write(".git/lineage/index.sqlite", "no database");
        }),
    ];
    for (after, step) in steps {
        step();
        assert_fresh(server, &project, after);
    }
}

#[test]
fn settings_are_read_for_each_request() {
    let project = Project::deployed();
    let mut server = Server::by(
        project
            .call()
            .env_remove("GIT_AUTHOR_NAME")
            .env_remove("GIT_AUTHOR_EMAIL")
            .env_remove("GIT_COMMITTER_NAME")
            .env_remove("GIT_COMMITTER_EMAIL")
            .config("user.useConfigOnly", "true"),
    );
    project.edit("SKILL.md", "# Ours\n");
    assert_eq!(server.error("record", json!([]))["data"]["code"], "no_identity");
    project.git(&["config", "user.name", "Grace"]);
    project.git(&["config", "user.email", "grace@example.org"]);
    assert_eq!(server.lines("record", json!([]))[0]["author"]["name"], "Grace");
    // Switched off, the sidecar that is open is not used any more.
    project.git(&["config", "lineage.sidecar", "false"]);
    assert_eq!(server.lines("index status", json!([]))[0]["state"], "disabled");
    assert_eq!(server.lines("log", json!([ID])).len(), 2);
    project.git(&["config", "--unset", "lineage.sidecar"]);
    project.git(&["config", "lineage.refPrefix", "refs/elsewhere"]);
    assert_eq!(server.lines("log", json!({"all": true})), [] as [Value; 0]);
    project.git(&["config", "--unset", "lineage.refPrefix"]);
    assert_eq!(server.lines("log", json!([ID])).len(), 2);
}

#[test]
fn another_repository_in_its_place_is_another_one() {
    let project = Project::deployed();
    let mut server = Server::of(&project);
    assert_eq!(server.lines("log", json!({"all": true})).len(), 1);
    project.remove(".git");
    project.git(&["init", "-q"]);
    assert_eq!(server.lines("log", json!({"all": true})), [] as [Value; 0]);
    project.remove(".git");
    assert_eq!(
        server.error("log", json!({"all": true}))["data"]["code"],
        "not_a_repository"
    );
}

#[test]
fn what_is_to_be_known_beside_an_answer_comes_before_it() {
    let project = Project::deployed();
    let mut server = Server::of(&project);
    project.remove(".git/lineage");
    let id = server.ask("list", json!([]));
    let note = server.receive();
    assert_eq!((&note["method"], &note["params"]["id"]), (&json!("note"), &json!(id)));
    assert!(
        note["params"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("sidecar")),
        "{note}"
    );
    assert!(note.get("id").is_none(), "nobody is to answer it");
    assert_eq!(server.receive()["id"], id);
    project.remove(".git/lineage");
    let id = server.ask("list", json!({"quiet": true}));
    assert_eq!(server.receive()["id"], id);
}
