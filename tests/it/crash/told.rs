//! What failing calls have shown, each at the one call that matters.

use super::projects::with_secret;
use super::shim::{Fault, Point, Shim};
use crate::support::project::{HEAD_REF, ID, PATH, Project, SOURCE, text};
use crate::support::{Output, TestRepo};

/// Lets the first call of this name fail that concerns a place which ends so. What was said; `None` where no faults can be
/// injected.
#[track_caller]
fn fail_at(repo: &TestRepo, fault: Fault, args: &[&str], name: &str, end: &str) -> Option<Output> {
    let shim = Shim::new(repo, false)?.only(name, end).failing(fault, repo);
    let point = Point {
        victim: fault.victim(),
        at: 1,
        torn: false,
    };
    let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
    let output = shim.over(repo.call().within(60), "git-lineage", point).lineage(&args);
    assert!(shim.struck(), "{output}");
    Some(output)
}

/// A project with three versions, and the file of the second one's commit.
fn three() -> (Project, String) {
    let project = Project::deployed();
    project.record_edit("SKILL.md", "one\n");
    project.record_edit("SKILL.md", "two\n");
    let id = project.rev_parse(&format!("{HEAD_REF}~1"));
    let file = format!("objects/{}/{}", &id[..2], &id[2..]);
    (project, file)
}

/// For gix it is not there, and a lineage ended at it: in the sidecar for good.
#[test]
fn what_cannot_be_read_is_no_end_of_the_lineage() {
    let (project, file) = three();
    let whole = project.contents(ID);
    let Some(refused) = fail_at(&project, Fault::Read, &["index", "rebuild"], "stat", &file) else {
        return;
    };
    assert_eq!(refused.code, 1, "{refused}");
    assert_eq!(project.contents(ID), whole);
    project.remove(".git/lineage");
    let refused = fail_at(&project, Fault::Read, &["lineage", ID], "stat", &file).expect("as before");
    assert_eq!(refused.code, 1, "{refused}");
    assert_eq!(project.contents(ID), whole);
    project.lineage_ok(&["verify"]);
}

/// There was none, and no way from the one to the other.
#[test]
fn what_cannot_be_read_is_no_stranger_in_a_merge_base() {
    let (project, file) = three();
    let [head, root] = [HEAD_REF, &format!("{HEAD_REF}~2")].map(|name| project.rev_parse(name));
    for args in [&["merge-base", &head, &root][..], &["path", &root, &head]] {
        let Some(refused) = fail_at(&project, Fault::Read, args, "stat", &file) else {
            return;
        };
        assert_eq!(refused.code, 1, "{refused}");
        assert!(!refused.json_error()["message"].is_null(), "{refused}");
    }
    // Neither is what was lost, unless the clone is shallow.
    project.remove(format!(".git/{file}"));
    let refused = project.lineage(&["--json", "merge-base", &head, &root]).assert_code(1);
    assert_eq!(refused.json_error()["code"], "missing_object", "{refused}");
}

/// Without its settings a repository is another one; gix goes on without them.
#[test]
fn a_configuration_that_cannot_be_read_ends_it() {
    let project = Project::deployed();
    for name in ["open", "read"] {
        let Some(refused) = fail_at(&project, Fault::Read, &["list"], name, ".git/config") else {
            return;
        };
        assert_eq!(refused.code, 1, "{refused}");
        assert_eq!(refused.json_error()["code"], "io", "{refused}");
        let message = text(&refused.json_error(), "message").to_owned();
        assert!(message.contains("config"), "{refused}");
    }
}

/// It was said to belong to somebody else.
#[test]
fn a_repository_that_cannot_be_looked_at_belongs_to_nobody_else() {
    let project = Project::deployed();
    let name = project
        .path()
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let Some(refused) = fail_at(&project, Fault::Read, &["list"], "stat", &format!("/{name}")) else {
        return;
    };
    if refused.code != 0 {
        assert_ne!(refused.json_error()["code"], "foreign_owner", "{refused}");
    }
    let refused = fail_at(&project, Fault::Read, &["list"], "stat", "/.git").expect("as before");
    if refused.code != 0 {
        assert_ne!(refused.json_error()["code"], "foreign_owner", "{refused}");
    }
}

/// There was said to be nothing.
#[test]
fn a_source_that_cannot_be_looked_at_is_not_missing() {
    let project = Project::new();
    let Some(refused) = fail_at(&project, Fault::Read, &["deploy", SOURCE, PATH], "stat", "skills/pdf") else {
        return;
    };
    let error = refused.json_error();
    assert!(text(&error, "message").contains("Input/output error"), "{refused}");
    assert!(text(&error, "message").contains("skills/pdf"), "{refused}");
    assert!(!project.exists(PATH));
    project.deploy();
}

/// Others were said to hold the lock, or to have moved the ref, and it was tried for a long time.
#[test]
fn a_full_disk_is_nobody_elses_lock() {
    let project = Project::deployed();
    if !project.has_ref_files("a lock of one ref") {
        return;
    }
    project.upstream("new.md", "theirs\n");
    for (name, end) in [
        ("fsync", "lineage-undo.lock"),
        ("write", "lineage-undo.lock"),
        ("rename", "refs/worktree/lineage-undo"),
    ] {
        let twin = project.twin();
        let Some(refused) = fail_at(&twin, Fault::Full, &["sync"], name, end) else {
            return;
        };
        assert_eq!(refused.code, 1, "{refused}");
        let error = refused.json_error();
        assert!(error["code"] == "git_failed" || error["code"] == "io", "{refused}");
        if !twin.git(&["for-each-ref", "refs/lineage/pending"]).text().is_empty() {
            twin.lineage_ok(&["sync", "--continue"]);
        }
        twin.lineage_ok(&["sync"]);
        twin.lineage_ok(&["verify"]);
    }
}

/// 'gc.pid' was said to be there.
#[test]
fn a_full_disk_is_no_gc() {
    let project = Project::deployed();
    let secret = text(&project.record_edit("token", "secret\n"), "version_id").to_owned();
    project.remove(format!("{PATH}/token"));
    let Some(refused) = fail_at(&project, Fault::Full, &["forget", &secret], "write", "") else {
        return;
    };
    assert_eq!(refused.code, 1, "{refused}");
    assert_ne!(refused.json_error()["code"], "locked", "{refused}");
    assert!(!project.exists(".git/gc.pid"));
    project.lineage_ok(&["forget", &secret]);
    project.lineage_ok(&["verify"]);
}

/// Lets each look at a place that ends so fail, one after the other, in a copy each time.
fn fail_at_each(project: &Project, args: &[&str], name: &str, end: &str, then: impl Fn(&Project, &Output)) {
    let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
    for at in 1.. {
        let twin = project.twin();
        let Some(shim) = Shim::new(&twin, false) else { return };
        let shim = shim.only(name, end).failing(Fault::Read, &twin);
        let point = Point {
            victim: Fault::Read.victim(),
            at,
            torn: false,
        };
        let output = shim.over(twin.call().within(60), "git-lineage", point).lineage(&args);
        if !shim.struck() {
            assert!(at > 1, "{output}");
            return;
        }
        then(&twin, &output);
    }
}

/// The pack was taken to be gone already, and its index, and with that all objects in it, was deleted.
#[test]
fn a_pack_that_cannot_be_looked_at_is_not_gone() {
    let (project, secret) = with_secret(true);
    fail_at_each(&project, &["forget", &secret], "stat", ".pack", |twin, _| {
        twin.git(&["fsck", "--strict", "--no-dangling"]);
        twin.lineage_ok(&["verify"]);
    });
}

/// The index was taken to be empty, so that what the command had staged stayed there.
#[test]
fn an_index_that_cannot_be_read_is_not_empty() {
    let project = Project::deployed();
    project.commit("Deploy");
    project.upstream("new.md", "theirs\n");
    let before = project.staged_tree(PATH);
    project.lineage_ok(&["sync"]);
    assert_ne!(project.staged_tree(PATH), before);
    fail_at_each(&project, &["undo"], "open", ".git/index", |twin, output| {
        if output.code != 0 {
            twin.lineage_ok(&["undo"]);
        }
        assert_eq!(twin.staged_tree(PATH), before, "{output}");
    });
}

/// A merge was taken to be none, so that what was recorded then had one parent instead of two.
#[test]
fn a_note_of_git_that_cannot_be_read_is_not_none() {
    let project = Project::deployed();
    project.commit("Deploy");
    project.git(&["switch", "--quiet", "--create", "side"]);
    project.edit("side.md", "side\n");
    project.commit("Side");
    project.git(&["switch", "--quiet", "main"]);
    project.edit("main.md", "main\n");
    project.commit("Main");
    project.git(&["merge", "--quiet", "--no-commit", "side"]);
    let Some(refused) = fail_at(&project, Fault::Read, &["record"], "open", "/MERGE_HEAD") else {
        return;
    };
    assert_eq!(refused.code, 1, "{refused}");
    assert!(
        text(&refused.json_error(), "message").contains("MERGE_HEAD"),
        "{refused}"
    );
    let recorded = project.record();
    assert_eq!(recorded["parent_ids"].as_array().map(Vec::len), Some(2), "{recorded}");
}
