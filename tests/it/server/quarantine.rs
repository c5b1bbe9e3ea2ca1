//! Objects in quarantine: loose ones, packs, alternates, odd paths.

use super::{ALL, Server, head, pushed};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, Project};

#[test]
fn packs_and_loose_objects_are_seen() {
    for limit in ["1", "10000"] {
        let project = Project::deployed();
        let server = Server::beside(&project);
        server.git(&["config", "receive.unpackLimit", limit]);
        server.take(&project, &ALL);
        project.record_edit("SKILL.md", "# Edited\n");
        // A thin pack whose deltas rest on what is here.
        server.take(&project, &ALL);
        let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[&head(&project)], Some("Sync"));
        server.refuse(&project, &[&format!("{forged}:{HEAD_REF}")], "'Sync'");
        let packs = server.git(&["count-objects", "-v"]).lines();
        assert_eq!(packs.contains(&"packs: 0".to_owned()), limit == "10000", "{packs:?}");
    }
}

#[test]
fn objects_that_are_only_in_alternates_are_seen() {
    let (project, server) = pushed();
    // A server whose objects are another's, in a folder whose name git has to quote.
    let shared = project.folder("sh:ar \"ed");
    shared.git(&[
        "clone",
        "--quiet",
        "--bare",
        server.path().to_str().expect("UTF-8"),
        "store.git",
    ]);
    let store = shared.path().join("store.git");
    shared.git(&["-C", "store.git", "repack", "-adq"]);
    let fork = Server(project.sibling("fork.git", &["--bare"]));
    fork.write(
        "objects/info/alternates",
        format!("{}\n", store.join("objects").display()),
    );
    fork.lineage_ok(&["hooks", "install", "--server"]);
    project.record_edit("SKILL.md", "# Edited\n");
    let base = head(&project);
    fork.take(&project, &ALL);
    assert_eq!(fork.refs()[HEAD_REF], base);
    let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[&base], Some("Sync"));
    fork.refuse(&project, &[&format!("{forged}:{HEAD_REF}")], "'Sync'");

    // And one in such a folder itself, so that the quarantine is, too.
    let odd = odd_server(&shared);
    odd.take(&project, &ALL);
    odd.refuse(&project, &[&format!("{forged}:{HEAD_REF}")], "'Sync'");
}

fn odd_server(shared: &TestRepo) -> Server {
    let server = shared.sibling("sh:ar \"ed/own.git", &["--bare"]);
    server.lineage_ok(&["hooks", "install", "--server"]);
    Server(server)
}

#[test]
fn alternates_of_the_environment_count() {
    let (project, server) = pushed();
    let bare = Server(project.sibling("bare.git", &["--bare"]));
    bare.lineage_ok(&["hooks", "install", "--server"]);
    project.record_edit("SKILL.md", "# Edited\n");
    let objects = server.path().join("objects");
    let push = |refspec: &str| {
        let call = project.call().env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects);
        call.git_any(&["push", "--quiet", bare.path().to_str().expect("UTF-8"), refspec])
    };
    let taken = push(ALL[1]);
    assert_eq!(taken.code, 0, "{taken}");
    let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[&head(&project)], Some("Sync"));
    let refused = push(&format!("{forged}:{HEAD_REF}"));
    assert!(refused.code != 0 && refused.err_text().contains("'Sync'"), "{refused}");
}

#[test]
fn a_server_with_reftable_is_guarded_too() {
    let project = Project::deployed();
    let made = project
        .call()
        .git_any(&["init", "--quiet", "--bare", "--ref-format=reftable", "../table.git"]);
    if made.code != 0 {
        return;
    }
    let server = Server(project.folder("table.git"));
    server.lineage_ok(&["hooks", "install", "--server"]);
    server.take(&project, &ALL);
    let first = head(&project);
    project.record_edit("SKILL.md", "# Edited\n");
    let second = head(&project);
    server.take(&project, &ALL);
    let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[&second], None);
    server.refuse(&project, &[&format!("{forged}:{HEAD_REF}")], "no Change-Origin");
    server.take(&project, &[&format!("+{first}:{HEAD_REF}")]);
    assert_eq!(server.refs()[&format!("refs/lineage/kept/{second}")], second);
}
