//! Repositories and folders that nobody may trust: a hostile clone as an upstream, one of another user, a cache that others can
//! write to, and passwords in the manifest of a project.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::objects::Objects;
use crate::support::TestRepo;
use crate::support::project::{ID, PATH, Project, World, text};
use crate::support::repo::utf8;
use crate::support::run::as_text_and_json;
use crate::support::unprivileged::Unprivileged;

/// Settings by which git runs programs; `%` stands for one that leaves a trace.
const PROGRAMS: [(&str, &str); 18] = [
    ("core.fsmonitor", "%"),
    ("core.sshCommand", "%"),
    ("core.gitProxy", "%"),
    ("core.pager", "%"),
    ("core.editor", "%"),
    ("core.alternateRefsCommand", "%"),
    ("uploadpack.packObjectsHook", "%"),
    ("filter.evil.clean", "%"),
    ("filter.evil.smudge", "%"),
    ("filter.evil.process", "%"),
    ("diff.evil.textconv", "%"),
    ("diff.evil.command", "%"),
    ("diff.external", "%"),
    ("merge.evil.driver", "%"),
    ("gpg.program", "%"),
    ("credential.helper", "!%"),
    ("remote.origin.uploadpack", "%"),
    ("remote.origin.url", "ext::% x"),
];
const HOOKS: [&str; 8] = [
    "post-checkout",
    "post-index-change",
    "pre-auto-gc",
    "fsmonitor-watchman",
    "reference-transaction",
    "post-upload-pack",
    "pre-receive",
    "post-receive",
];

/// Lets every setting, hook and attribute of a repository name a program that writes the file `owned` in the sandbox.
fn arm(repo: &TestRepo, git_dir: &Path) {
    let trace = repo.beside("owned");
    let program = repo.beside("evil.sh");
    repo.write_exec(
        &program,
        format!("#!/bin/sh\necho \"$0 $*\" >>'{}'\nexit 1\n", utf8(&trace)),
    );
    let config = git_dir.join("config");
    for (key, value) in PROGRAMS {
        let value = value.replace('%', utf8(&program));
        repo.call()
            .cwd("/")
            .git(&["config", "--file", utf8(&config), key, &value]);
    }
    for (key, value) in [("remote.origin.promisor", "true"), ("core.fsmonitorHookVersion", "2")] {
        repo.call()
            .cwd("/")
            .git(&["config", "--file", utf8(&config), key, value]);
    }
    for hook in HOOKS {
        repo.copy(&program, git_dir.join("hooks").join(hook));
    }
    repo.write(git_dir.join("info/attributes"), "* filter=evil diff=evil merge=evil\n");
}

#[track_caller]
fn assert_nothing_ran(repo: &TestRepo) {
    let trace = repo.beside("owned");
    assert!(!repo.exists(&trace), "{}", String::from_utf8_lossy(&repo.read(&trace)));
}

/// An upstream with `skills/pdf`, armed.
fn hostile_clone(project: &Project) -> TestRepo {
    let clone = project.sibling("evil", &[]);
    clone.write("skills/pdf/SKILL.md", "# Harmless\n");
    clone.write("skills/pdf/.gitattributes", "* filter=evil diff=evil merge=evil\n");
    clone.commit("Harmless");
    arm(&clone, &clone.path().join(".git"));
    clone
}

#[test]
fn nothing_of_a_hostile_clone_is_run() {
    let project = Project::deployed();
    let clone = hostile_clone(&project);
    project.lineage_ok(&["deploy", "../evil", "x", "--from", "skills/pdf", "--id", "skill/x"]);
    project.lineage_ok(&["deploy", "../evil/skills/pdf", "plain", "--id", "skill/plain"]);
    project.commit("Taken");
    let bare = |args: &[&str]| {
        let hooks = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"];
        let attributes = [
            "-c",
            "filter.evil.clean=cat",
            "-c",
            "filter.evil.process=",
            "-c",
            "filter.evil.smudge=cat",
        ];
        clone.git(&[&hooks[..], &attributes, args].concat());
    };
    clone.write("skills/pdf/SKILL.md", "# Still harmless\n");
    bare(&["commit", "--quiet", "--all", "--message=More"]);
    project.write("x/own.md", "Mine\n");
    for args in [
        &["status", "--fetch"][..],
        &["sync", "skill/x", "--dry-run"],
        &["sync", "--all"],
        &["diff", "skill/x~1", "skill/x"],
        &["blame", "skill/x", "SKILL.md"],
        &["find", "x/SKILL.md", "--upstream", "../evil"],
        &["verify"],
        &["restore", "skill/x", "skill/x~2"],
    ] {
        let output = project.lineage(args);
        assert!(output.code < 2, "{output}");
        assert_nothing_ran(&project);
    }
    project.copy("../evil/skills/pdf", "vendored/pdf");
    project.commit("Vendored");
    project.lineage_ok(&[
        "adopt",
        "vendored/pdf",
        "--id",
        "skill/v",
        "--upstream",
        "../evil",
        "--from",
        "skills/pdf",
    ]);
    assert_nothing_ran(&project);
    // Its lineage, too, is fetched and nothing more.
    let other = project.clone_as("other", &[]);
    other.git(&[
        "fetch",
        "--quiet",
        "origin",
        "refs/lineage/heads/*:refs/lineage/heads/*",
    ]);
    arm(&other, &other.path().join(".git"));
    project.git(&["remote", "add", "other", utf8(other.path())]);
    project.lineage_ok(&["fetch", "other"]);
    let hub = project.folder("hub.git");
    hub.lineage_ok(&["hub", "init"]);
    hub.lineage_ok(&["hub", "add", "../other"]);
    hub.lineage_ok(&["hub", "fetch"]);
    assert_nothing_ran(&project);
    // The programs would have left their trace.
    let status = other.call().git_any(&["status"]);
    assert!(project.exists(project.beside("owned")), "{status}");
}

#[test]
fn an_upstream_of_another_user_is_not_read() {
    let project = Project::deployed();
    let Some(nobody) = Unprivileged::find(&project).filter(|nobody| nobody.can_give_away()) else {
        crate::support::skipped("only root can give a repository away");
        return;
    };
    let clone = hostile_clone(&project);
    nobody.give(clone.path());
    let before = project.everything();
    let deploy = ["--json", "deploy", "../evil", "x", "--from", "skills/pdf"];
    let error = project.lineage(&deploy).assert_code(1).json_error();
    assert!(text(&error, "message").contains("dubious ownership"), "{error}");
    before.assert_same(&project.everything());
    assert_nothing_ran(&project);
}

#[test]
fn a_cache_of_others_is_not_used() {
    let project = Project::deployed();
    let clone = hostile_clone(&project);
    let deploy = ["--json", "deploy", "../evil", "x", "--from", "skills/pdf", "--dry-run"];
    let shared = project.folder("shared");
    let cache = project.folder("shared/git-lineage");
    cache.chmod(cache.path(), 0o777);
    let call = || project.call().env("XDG_CACHE_HOME", shared.path());
    let everything = || World::of(project.sandbox().root(), &[Path::new("repo/.git/lineage")]);
    let before = everything();
    let error = call().lineage(&deploy).assert_code(1).json_error();
    assert_eq!(error["code"], "foreign_cache");
    assert!(
        text(&error, "message").contains("every user may write there"),
        "{error}"
    );
    assert!(text(&error, "message").contains("shared/git-lineage"), "{error}");
    before.assert_same(&everything());
    std::fs::set_permissions(cache.path(), std::fs::Permissions::from_mode(0o755)).expect("ours");
    call().lineage_ok(&deploy);

    let Some(nobody) = Unprivileged::find(&project).filter(|nobody| nobody.can_give_away()) else {
        crate::support::skipped("only root can give a cache away");
        return;
    };
    // What another user has put into a cache of ours is made anew.
    let mut stores = std::fs::read_dir(cache.path()).expect("readable").flatten();
    let store = stores.find(|entry| entry.path().is_dir()).expect("fetched").path();
    arm(&project, &store);
    project.write(
        store.join("objects/info/alternates"),
        format!("{}/.git/objects\n", utf8(clone.path())),
    );
    nobody.give(&store);
    call().lineage_ok(&deploy);
    assert_nothing_ran(&project);
    nobody.give(cache.path());
    let error = call().lineage(&deploy).assert_code(1).json_error();
    assert!(
        text(&error, "message").contains("it belongs to another user"),
        "{error}"
    );
    assert_nothing_ran(&project);
}

/// As `core.ignoreCase` says of a file system on which two names are one.
#[test]
fn two_names_that_are_one_on_some_file_system() {
    let project = Project::over(TestRepo::usual());
    let repo = project.sibling("twins.git", &["--bare"]);
    let objects = Objects::of(&repo);
    let (file, link) = (objects.blob("x\n"), objects.blob("docs"));
    let folder = objects.folder("hooks", &objects.file("post-checkout"));
    let twins: [(&str, [&str; 2], String); 4] = [
        (
            "case",
            ["'a'", "'A'"],
            objects.tree(&[("100644", b"A", &file), ("100644", b"a", &file)]),
        ),
        (
            "link",
            ["'a/hooks/post-checkout'", "'A'"],
            objects.tree(&[("120000", b"A", &link), ("40000", b"a", &folder)]),
        ),
        (
            "form",
            ["'\u{e9}'", "'e\u{301}'"],
            objects.tree(&[
                ("100644", "e\u{301}".as_bytes(), &file),
                ("100644", "\u{e9}".as_bytes(), &file),
            ]),
        ),
        (
            "sharp",
            ["'STRASSE'", "'stra\u{df}e'"],
            objects.tree(&[
                ("100644", b"STRASSE", &file),
                ("100644", "stra\u{df}e".as_bytes(), &file),
            ]),
        ),
    ];
    for (name, _, tree) in &twins {
        objects.commit(&format!("refs/heads/{name}"), &objects.folder("evil", tree), None, name);
    }
    for (name, says, _) in &twins {
        let deploy = [
            "--json",
            "deploy",
            "../twins.git",
            "x",
            "--from",
            "evil",
            "--id",
            "skill/x",
            "--ref",
            name,
        ];
        let before = project.everything();
        let call = project.call().config("core.ignoreCase", "true");
        let output = call.lineage(&[&deploy[..], &["--dry-run"]].concat());
        let message = text(&output.assert_code(1).json_error(), "message").to_owned();
        assert!(
            message.contains("are one file where case or Unicode form is ignored"),
            "{message}"
        );
        assert!(says.iter().all(|part| message.contains(part)), "{message}");
        project.lineage_ok(&[&deploy[..], &["--dry-run"]].concat());
        before.assert_same(&project.everything());
    }
}

#[test]
fn a_password_in_a_manifest_goes_no_further() {
    let project = Project::deployed();
    let manifest = String::from_utf8(project.read(".gitlineage")).expect("text");
    let url = "http://me:s3cret@127.0.0.1:1/x.git";
    project.write(".gitlineage", manifest.replace("../upstream/skills/pdf", url));
    assert_ne!(
        project.read(".gitlineage"),
        manifest.as_bytes(),
        "it names the upstream"
    );
    project.edit("SKILL.md", "# Mine\n");
    project.commit("A password, by mistake");
    for args in [
        &["list"][..],
        &["status"],
        &["status", "--fetch"],
        &["sync", "--all"],
        &["record"],
        &["log", "--all"],
        &["show", ID],
        &["verify"],
        &["find", PATH],
        &["deploy", url, "y"],
        &["adopt", ".claude", "--upstream", url],
        &["fetch", url],
        &["push", url],
        &["hub", "add", url],
    ] {
        for args in as_text_and_json(args) {
            let output = project.lineage(&args);
            for bytes in [&output.stdout, &output.stderr] {
                assert!(!String::from_utf8_lossy(bytes).contains("s3cret"), "{output}");
            }
        }
    }
    let told = |folder: &Path| {
        let found = World::of(folder, &[]);
        let holds = |path: &Path| {
            let (_, bytes) = found.at(path).expect("it was listed");
            bytes.windows(6).any(|bytes| bytes == b"s3cret")
        };
        let paths: Vec<_> = found.paths().filter(|path| holds(path)).map(Path::to_owned).collect();
        paths
    };
    let found = [
        told(&project.path().join(".git/lineage")),
        told(&project.beside("home")),
    ]
    .concat();
    assert!(found.is_empty(), "{found:?}");
    let messages = project.git(&["log", "--all", "--format=%B"]);
    assert!(!messages.text().contains("s3cret"), "{messages}");
}
