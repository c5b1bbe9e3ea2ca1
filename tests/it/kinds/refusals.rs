//! What is refused, by which name, and with nothing changed: repositories git would refuse, content git could not store.

use std::os::unix::net::UnixListener;

use crate::support::TestRepo;
use crate::support::project::{ID, PATH, Project, text};
use crate::support::repo::utf8;
use crate::support::unprivileged::Unprivileged;

#[test]
fn a_repository_of_somebody_else() {
    let project = Project::deployed();
    let Some(nobody) = Unprivileged::find(&project) else {
        return;
    };
    if !nobody.can_give_away() {
        crate::support::skipped("only root can give a repository away");
        return;
    }
    nobody.give(project.path());
    for command in [
        &["list"][..],
        &["record"],
        &["index", "status"],
        &["deploy", "../upstream/skills/pdf", "x"],
    ] {
        let args = [&["--json"][..], command].concat();
        let output = project.lineage(&args).assert_code(1);
        let error = output.json_error();
        assert_eq!(error["code"], "foreign_owner", "{output}");
        assert!(error["hints"].to_string().contains("safe.directory"), "{error}");
    }
    assert_ne!(project.call().git_fails(&["status"]).code, 0, "as git does");
    // Its owner may, and whoever says that it is safe.
    assert_eq!(nobody.call(&project).lineage_json(&["list"]).len(), 1);
    let global = project.beside("home/.gitconfig");
    let path = utf8(project.path());
    project.write(&global, format!("[safe]\n\tdirectory = {path}\n"));
    let trusting = project.call().env("GIT_CONFIG_GLOBAL", &global);
    assert_eq!(trusting.lineage_json(&["list"]).len(), 1);
}

#[test]
fn a_repository_with_an_unknown_extension() {
    let project = Project::deployed();
    project.git(&["config", "core.repositoryFormatVersion", "1"]);
    assert_eq!(project.lineage_json(&["list"]).len(), 1);
    project.git(&["config", "extensions.fromTheFuture", "true"]);
    for command in [&["list"][..], &["record"]] {
        let args = [&["--json"][..], command].concat();
        let error = project.lineage(&args).assert_code(1).json_error();
        assert_eq!(error["code"], "unknown_extension");
        assert!(text(&error, "message").contains("fromthefuture"), "{error}");
    }
    assert_ne!(project.call().git_any(&["status"]).code, 0, "as git does");
}

/// Refuses to record, naming `path`; nothing in the repository changes.
#[track_caller]
fn refused(project: &Project, code: &str, path: &str) {
    let before = project.everything();
    let refs = project.git(&["for-each-ref"]).stdout;
    for args in [&["--json", "record", ID][..], &["--json", "record"]] {
        let error = project.lineage(args).assert_code(1).json_error();
        assert_eq!(error["code"], code, "{error}");
        assert!(text(&error, "message").contains(path), "{error}");
    }
    assert_eq!(project.git(&["for-each-ref"]).stdout, refs);
    before.assert_same(&project.everything());
}

#[test]
fn a_repository_inside_an_artifact() {
    let project = Project::deployed();
    let inner = format!("{PATH}/vendored");
    project.folder(&format!("repo/{inner}")).git(&["init", "--quiet"]);
    refused(&project, "nested_repository", &format!("{inner}/.git"));
    // As a submodule, with its files or without.
    project.remove(&inner);
    let other = project.sibling("other", &[]);
    other.commit("Begin");
    project.git(&["submodule", "--quiet", "add", "../other", &inner]);
    refused(&project, "nested_repository", &inner);
    project.git(&["submodule", "--quiet", "deinit", "--force", &inner]);
    refused(&project, "nested_repository", &inner);
    project.git(&["rm", "--quiet", "--force", "--", &inner]);
    // In a source it is refused as well, before anything is written.
    project.upstream("vendored/.git", "gitdir: elsewhere\n");
    let error = project
        .lineage(&["--json", "deploy", "../upstream/skills/pdf", "new/skills/x"])
        .assert_code(1)
        .json_error();
    assert!(text(&error, "message").contains("pdf/vendored'"), "{error}");
    assert!(!project.exists("new"));
}

#[test]
fn what_is_neither_file_nor_folder_nor_link() {
    let project = Project::deployed();
    let socket = format!("{PATH}/socket");
    let listening = UnixListener::bind(project.path().join(&socket)).expect("the path is short enough");
    refused(&project, "special_file", &socket);
    drop(listening);
    project.remove(&socket);
    let made = project.call().sh(&format!("mkfifo '{PATH}/pipe'"));
    assert_eq!(made.code, 0);
    // Nobody waits for somebody to write into it.
    let output = project
        .call()
        .within(20)
        .lineage(&["--json", "record", ID])
        .assert_code(1);
    assert!(text(&output.json_error(), "message").contains("pipe"), "{output}");
    project.copy(format!("{PATH}/SKILL.md"), "x");
    project.remove(format!("{PATH}/pipe"));
    project.call().sh("mkfifo ../upstream/skills/pdf/pipe");
    let output = project
        .call()
        .within(20)
        .lineage(&["--json", "sync", ID])
        .assert_code(1);
    let answer = &output.json()[0];
    assert!(text(&answer["error"], "message").contains("pipe"), "{answer}");
}

#[test]
fn what_may_not_be_read() {
    let project = Project::deployed();
    let Some(nobody) = Unprivileged::find(&project) else {
        return;
    };
    nobody.give_sandbox(&project);
    for (path, mode) in [
        (format!("{PATH}/SKILL.md"), 0o000),
        (format!("{PATH}/references"), 0o000),
    ] {
        // Changed, so that what git knows of it does not answer for it.
        project.write(format!("{PATH}/SKILL.md"), format!("changed {path}\n"));
        project.chmod(&path, mode);
        let output = nobody.call(&project).lineage(&["--json", "record", ID]).assert_code(1);
        let error = output.json_error();
        assert_eq!(error["code"], "unreadable", "{error}");
        assert!(text(&error, "message").contains(&path), "{error}");
        project.chmod(&path, 0o755);
    }
    let recorded = nobody.call(&project).lineage_json(&["record", ID]);
    assert_eq!(recorded[0]["recorded"], true);
}

#[test]
fn a_folder_that_is_no_repository() {
    let folder = TestRepo::new().folder("plain");
    let error = folder.lineage(&["--json", "list"]).assert_code(1).json_error();
    assert_eq!(error["code"], "not_a_repository");
    assert!(text(&error, "message").contains("plain"), "{error}");
}
