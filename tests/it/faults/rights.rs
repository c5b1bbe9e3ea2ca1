//! What may only be read. Root may write everywhere, so this is done by somebody else.

use super::{answers, works_again, world};
use crate::support::Output;
use crate::support::project::{HEAD_REF, ID, PATH, Project, SOURCE, text};
use crate::support::unprivileged::Unprivileged;

const WRITING: [&[&str]; 8] = [
    &["record", ID],
    &["sync"],
    &["deploy", SOURCE, "skills/second", "--id", "skill/second"],
    &["restore", ID, "skill/pdf~2"],
    &["mv", ID, "skills/pdf"],
    &["remove", ID],
    &["undo"],
    &["prune"],
];

fn json<'a>(args: &'a [&'a str]) -> Vec<&'a str> {
    ["--json"].into_iter().chain(args.iter().copied()).collect()
}

#[track_caller]
fn assert_clear(output: &Output) {
    assert_eq!(output.code, 1, "{output}");
    let error = output
        .json()
        .into_iter()
        .map(|mut line| line["error"].take())
        .find(|error| !error.is_null())
        .unwrap_or_else(|| output.json_error());
    let message = text(&error, "message");
    assert!(message.contains("ermission denied"), "{output}");
    assert!(message.contains('/'), "it says where: {output}");
    assert_ne!(error["code"], "ref_locked", "nobody holds a lock: {output}");
    assert_ne!(error["code"], "foreign_owner", "it is nobody else's: {output}");
}

#[test]
fn a_repository_that_may_only_be_read() {
    let project = world();
    project.lineage_ok(&["list"]);
    let truth = answers(&project);
    let Some(nobody) = Unprivileged::find(&project) else {
        return;
    };
    nobody.give_sandbox(&project);
    let before = project.everything();
    nobody.while_protected(project.path(), || {
        for (question, (code, printed)) in super::QUESTIONS.iter().zip(&truth) {
            let output = nobody.call(&project).within(60).lineage(&json(question));
            assert_eq!((output.code, output.text()), (*code, printed.as_str()), "{output}");
        }
        for args in WRITING {
            let output = nobody.call(&project).within(60).lineage(&json(args));
            let is_idle = matches!(args[0], "undo" | "prune");
            if !is_idle {
                assert_clear(&output);
            }
        }
    });
    before.assert_same(&project.everything());
    let recorded = nobody.call(&project).lineage_json(&["record", ID]);
    assert_eq!(recorded[0]["recorded"], true);
    nobody.call(&project).lineage_ok(&["sync"]);
    nobody.call(&project).lineage_ok(&["verify"]);
}

/// The work tree may be written, the repository not: nothing is written there either.
#[test]
fn a_git_directory_that_may_only_be_read() {
    let project = world();
    let Some(nobody) = Unprivileged::find(&project) else {
        return;
    };
    nobody.give_sandbox(&project);
    let git = project.path().join(".git");
    let before = project.everything();
    nobody.while_protected(&git, || {
        for args in WRITING.iter().filter(|args| !matches!(args[0], "undo" | "prune")) {
            assert_clear(&nobody.call(&project).within(60).lineage(&json(args)));
        }
    });
    before.assert_same(&project.everything());
}

/// Recorded first, so that nothing is lost where the files cannot be written.
#[test]
fn a_work_tree_that_may_only_be_read_can_be_continued() {
    let project = world();
    let Some(nobody) = Unprivileged::find(&project) else {
        return;
    };
    nobody.give_sandbox(&project);
    let artifact = project.path().join(PATH);
    nobody.while_protected(&artifact, || {
        assert_clear(&nobody.call(&project).within(60).lineage(&["--json", "sync"]));
    });
    assert!(!project.exists(format!("{PATH}/new.md")));
    let pending = nobody.call(&project).git(&["for-each-ref", "refs/lineage/pending"]);
    if !pending.text().is_empty() {
        nobody.call(&project).lineage_ok(&["sync", "--continue"]);
    }
    nobody.call(&project).lineage_ok(&["sync"]);
    assert_eq!(project.read(format!("{PATH}/SKILL.md")), b"not recorded\n");
    assert_eq!(project.read(format!("{PATH}/new.md")), b"theirs\n");
    nobody.call(&project).lineage_ok(&["verify"]);
}

/// A file stands where the cache of upstreams would be: root, too, cannot write there.
#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let project = world();
    let upstream = project.sibling("skills", &[]);
    upstream.write("skills/docx/SKILL.md", "docx\n");
    upstream.commit("Skills");
    let cache = project.beside("home/.cache/git-lineage");
    project.write(&cache, "a file\n");
    let args = ["--json", "deploy", "../skills", "skills/docx", "--from", "skills/docx"];
    let head = project.rev_parse(HEAD_REF);
    let output = project.call().within(60).lineage(&args).assert_code(1);
    let error = output.json_error();
    assert_eq!(error["code"], "cache_io", "{output}");
    assert!(text(&error, "message").contains(".cache/git-lineage"), "{output}");
    assert!(error["hints"].to_string().contains("XDG_CACHE_HOME"), "{output}");
    assert_eq!(project.rev_parse(HEAD_REF), head);
    assert!(!project.exists("skills/docx"));
    // What needs no cache goes on, and with another one so does this.
    let elsewhere = project.beside("elsewhere");
    project.call().env("XDG_CACHE_HOME", elsewhere).lineage_ok(&args);
    project.remove(&cache);
    project.lineage_ok(&["status"]);
    works_again(&project);
}

/// Whose files they are, and whether they can be read, are two things.
#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let project = Project::deployed();
    let Some(nobody) = Unprivileged::find(&project) else {
        return;
    };
    nobody.give_sandbox(&project);
    project.chmod(".git/config", 0o000);
    let output = nobody.call(&project).lineage(&["--json", "list"]);
    assert_clear(&output);
    assert!(output.json_error()["message"].to_string().contains(".git"), "{output}");
    project.chmod(".git/config", 0o644);
    nobody.call(&project).lineage_ok(&["list"]);
}
