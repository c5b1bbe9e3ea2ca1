//! What a repository says of itself in its configuration, and what variables say of it: where its work tree is, whether it
//! has one, which format it has. git is asked the same each time.

use super::{Life, live_in, make_skill};
use crate::support::TestRepo;
use crate::support::project::{one, text, texts};
use crate::support::repo::utf8;

#[test]
fn a_work_tree_named_by_the_configuration() {
    let first = TestRepo::new();
    let git_dir = first.beside("elsewhere.git");
    let repo = first.folder("work");
    first.git(&["init", "--quiet", "--bare", utf8(&git_dir)]);
    let at = || repo.call().env("GIT_DIR", &git_dir);
    at().git(&["config", "core.bare", "false"]);
    at().git(&["config", "core.worktree", utf8(repo.path())]);
    make_skill(&repo, "source/skill");
    let mut life = Life::new(&repo, "skills/pdf", "skill/pdf", "source/skill");
    life.variables = vec![("GIT_DIR", git_dir.clone())];
    life.live();
    assert!(git_dir.join("lineage/index.sqlite").is_file());
    // Relative to the git directory, from where it is, and with a `.git` that git finds there.
    let repo = first.folder("outer");
    repo.git(&["init", "--quiet"]);
    repo.git(&["config", "core.worktree", "../../tree"]);
    let tree = first.folder("tree");
    tree.write("README.md", "there\n");
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--message", "Begin"]);
    let deployed = one(repo.lineage_json(&["deploy", "../source/skill", "skills/pdf"]));
    assert!(
        tree.exists("skills/pdf/SKILL.md") && !repo.exists("skills"),
        "{deployed}"
    );
    repo.git(&["commit", "--quiet", "--message", "Deploy"]);
    assert_eq!(repo.rev_parse("HEAD:skills/pdf"), text(&deployed, "content_hash"));
    assert_eq!(one(repo.lineage_json(&["status"]))["state"], "clean");
}

#[test]
fn configuration_of_one_work_tree() {
    let repo = TestRepo::new();
    let versions = live_in(&repo);
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    let linked = repo.worktree_add("linked", "side");
    linked.git(&["config", "--worktree", "user.name", "Only Here"]);
    linked.git(&["config", "--worktree", "core.sparseCheckout", "true"]);
    linked.git(&["config", "--worktree", "lineage.sidecar", "false"]);
    linked.write("skills/a skill/SKILL.md", "on the side\n");
    let as_configured = |repo: &TestRepo, args: &[&str]| {
        let call = repo
            .call()
            .env_remove("GIT_AUTHOR_NAME")
            .env_remove("GIT_COMMITTER_NAME");
        one(call.config("user.email", "here@example.org").lineage_json(args))
    };
    let recorded = as_configured(&linked, &["record", "skill/a skill"]);
    assert_eq!(recorded["author"]["name"], "Only Here");
    assert_eq!(recorded["parent_ids"][0], *versions.last().expect("there are some"));
    let status = |repo: &TestRepo| one(repo.lineage_json(&["index", "status"]));
    assert_ne!(status(&linked), status(&repo), "switched off in one of them");
    make_skill(&repo, "source/other");
    Life::new(&repo, "skills/other", "skill/other", "source/other").live();
}

#[test]
fn a_bare_repository_with_work_trees() {
    for moved in [false, true] {
        let first = TestRepo::new();
        first.commit("Begin");
        let bare = first.clone_as("bare.git", &["--bare"]);
        if moved {
            // As git itself does when work trees get configuration of their own.
            bare.git(&["config", "extensions.worktreeConfig", "true"]);
            bare.git(&["config", "--unset", "core.bare"]);
            bare.git(&["config", "--worktree", "core.bare", "true"]);
        }
        let tree = bare.worktree_add("tree", "side");
        make_skill(&tree, "source/skill");
        let mut life = Life::new(&tree, "skills/pdf", "skill/pdf", "source/skill");
        life.line = "side";
        let versions = life.live();
        assert!(bare.path().join("lineage/index.sqlite").is_file());
        let of_bare = bare.lineage_json(&["lineage", "skill/pdf@side"]);
        assert_eq!(texts(&of_bare, "version_id"), versions);
        // Attributes are those of the work tree, committed or not.
        tree.write(".gitattributes", "*.txt text\n");
        tree.write("skills/pdf/dos.txt", "one\r\ntwo\r\n");
        let recorded = one(tree.lineage_json(&["record", "skill/pdf"]));
        tree.git(&["add", "--all"]);
        let staged = tree.git(&["write-tree", "--prefix=skills/pdf/"]).trimmed();
        assert_eq!(text(&recorded, "content_hash"), staged);
        let error = bare.lineage(&["--json", "record"]).assert_code(1).json_error();
        assert_eq!(error["code"], "bare", "{error}");
    }
}

#[test]
fn said_to_be_bare_and_not() {
    let repo = TestRepo::new();
    let versions = live_in(&repo);
    let in_work_tree = |repo: &TestRepo| repo.call().git_any(&["status"]).code == 0;
    let writes = |repo: &TestRepo| repo.lineage(&["record"]).code == 0;
    let tells = |repo: &TestRepo| texts(&repo.lineage_json(&["lineage", "skill/a skill"]), "version_id");
    // Not said at all, it is what it looks like.
    repo.git(&["config", "--unset", "core.bare"]);
    assert_eq!((in_work_tree(&repo), writes(&repo)), (true, true));
    // With files around it, but said to be bare.
    repo.git(&["config", "core.bare", "true"]);
    assert_eq!((in_work_tree(&repo), writes(&repo)), (false, false));
    assert_eq!(tells(&repo), versions);
    let error = repo.lineage(&["--json", "record"]).assert_code(1).json_error();
    assert_eq!(error["code"], "bare", "{error}");
    // A work tree that is named counts for more.
    let named = || {
        let git_dir = repo.path().join(".git");
        repo.call().env("GIT_DIR", git_dir).env("GIT_WORK_TREE", repo.path())
    };
    named().git(&["status"]);
    named().lineage_ok(&["record"]);
    // Bare, and said not to be: inside of it there is no work tree for git.
    repo.git(&["config", "core.bare", "false"]);
    let bare = repo.clone_as("bare.git", &["--bare"]);
    bare.git(&["fetch", "--quiet", "origin", "+refs/lineage/*:refs/lineage/*"]);
    bare.git(&["config", "core.bare", "false"]);
    assert_eq!((in_work_tree(&bare), writes(&bare)), (false, false));
    assert_eq!(tells(&bare), versions);
    assert!(!repo.beside(".gitlineage").exists());
    // From inside of a git directory the work tree around it is meant.
    assert_eq!(tells(&repo.folder("repo/.git")), versions);
}

/// A repository's configuration changed, and git's word on whether it may be read.
#[test]
fn what_git_makes_of_a_format_decides() {
    let changes: [&[(&str, &str)]; 24] = [
        &[("core.repositoryFormatVersion", "0")],
        &[("core.repositoryFormatVersion", "1")],
        &[("core.repositoryFormatVersion", "2")],
        &[("core.repositoryFormatVersion", "99")],
        &[
            ("core.repositoryFormatVersion", "0"),
            ("extensions.fromTheFuture", "true"),
        ],
        &[
            ("core.repositoryFormatVersion", "1"),
            ("extensions.fromTheFuture", "true"),
        ],
        &[("core.repositoryFormatVersion", "1"), ("extensions.fromTheFuture", "")],
        &[("core.repositoryFormatVersion", "1"), ("extensions.noop", "true")],
        &[("core.repositoryFormatVersion", "1"), ("extensions.noop-v1", "true")],
        &[("core.repositoryFormatVersion", "0"), ("extensions.noop-v1", "true")],
        &[
            ("core.repositoryFormatVersion", "1"),
            ("extensions.preciousObjects", "true"),
        ],
        &[
            ("core.repositoryFormatVersion", "0"),
            ("extensions.preciousObjects", "true"),
        ],
        &[
            ("core.repositoryFormatVersion", "0"),
            ("extensions.worktreeConfig", "true"),
        ],
        &[
            ("core.repositoryFormatVersion", "0"),
            ("extensions.partialClone", "origin"),
        ],
        &[
            ("core.repositoryFormatVersion", "1"),
            ("extensions.partialClone", "origin"),
        ],
        &[
            ("core.repositoryFormatVersion", "0"),
            ("extensions.objectFormat", "sha256"),
        ],
        &[
            ("core.repositoryFormatVersion", "0"),
            ("extensions.objectFormat", "sha1"),
        ],
        &[
            ("core.repositoryFormatVersion", "1"),
            ("extensions.objectFormat", "sha1"),
        ],
        &[
            ("core.repositoryFormatVersion", "1"),
            ("extensions.objectFormat", "md5"),
        ],
        &[
            ("core.repositoryFormatVersion", "1"),
            ("extensions.refStorage", "files"),
        ],
        &[
            ("core.repositoryFormatVersion", "0"),
            ("extensions.refStorage", "files"),
        ],
        &[
            ("core.repositoryFormatVersion", "1"),
            ("extensions.refStorage", "papyrus"),
        ],
        &[("core.repositoryFormatVersion", "many")],
        &[("core.bare", "perhaps")],
    ];
    let template = TestRepo::usual();
    let versions = live_in(&template);
    let mut refused = Vec::new();
    for change in changes {
        let repo = template.twin();
        let config = repo.path().join(".git/config");
        for (key, value) in change {
            // Not by git, which would look at it first.
            let file = ["config", "--file", utf8(&config), key, value];
            repo.folder("aside").git(&file);
        }
        let git = repo.call().git_any(&["rev-parse", "HEAD"]);
        let asked = repo.lineage(&["--json", "lineage", "skill/a skill"]);
        assert_eq!(asked.code == 0, git.code == 0, "{change:?}\n{git}\n{asked}");
        let recorded = repo.lineage(&["--json", "record"]);
        assert_eq!(recorded.code == 0, git.code == 0, "{change:?}\n{git}\n{recorded}");
        if git.code == 0 {
            assert_eq!(texts(&asked.json(), "version_id"), versions, "{change:?}");
        } else {
            refused.push(text(&asked.json_error(), "code").to_owned());
        }
    }
    // What is no configuration at all.
    let repo = template.twin();
    repo.write(".git/config", "[core\n");
    let git = repo.call().git_any(&["rev-parse", "HEAD"]);
    let asked = repo.lineage(&["--json", "list"]);
    assert_eq!((git.code, asked.code), (128, 1), "{git}\n{asked}");
    refused.push(text(&asked.json_error(), "code").to_owned());
    refused.sort();
    refused.dedup();
    assert_eq!(
        refused,
        [
            "invalid_config",
            "misplaced_extension",
            "unknown_extension",
            "unknown_format",
            "unreadable_config"
        ]
    );
}

#[test]
fn a_repository_that_must_be_named() {
    let repo = TestRepo::new();
    let versions = live_in(&repo);
    let bare = repo.clone_as("bare.git", &["--bare"]);
    bare.git(&["fetch", "--quiet", "origin", "+refs/lineage/*:refs/lineage/*"]);
    // A bare repository that lies in somebody's files is none for whoever says so.
    let global = repo.beside("home/.gitconfig");
    repo.write(&global, "[safe]\n\tbareRepository = explicit\n");
    let careful = || bare.call().env("GIT_CONFIG_GLOBAL", &global);
    assert_eq!(careful().git_any(&["rev-parse", "HEAD"]).code, 128);
    let output = careful()
        .lineage(&["--json", "lineage", "skill/a skill@main"])
        .assert_code(1);
    let error = output.json_error();
    assert_eq!(error["code"], "unnamed_bare", "{error}");
    assert!(error["hints"].to_string().contains("GIT_DIR="), "{error}");
    // It is of no account where there is a work tree, or where it is said in the repository itself.
    let in_work_tree = repo.call().env("GIT_CONFIG_GLOBAL", &global);
    assert_eq!(in_work_tree.lineage_json(&["list"]).len(), 1);
    bare.git(&["config", "safe.bareRepository", "explicit"]);
    assert_eq!(bare.lineage(&["lineage", "skill/a skill@main"]).code, 0);
    bare.git(&["config", "safe.bareRepository", "all"]);
    assert_eq!(careful().lineage(&["lineage", "skill/a skill@main"]).code, 1);
    let named = careful().env("GIT_DIR", bare.path());
    let lineage = named.lineage_json(&["lineage", "skill/a skill@main"]);
    assert_eq!(texts(&lineage, "version_id"), versions);
}

#[test]
fn objects_somewhere_else_by_a_variable() {
    let repo = TestRepo::new();
    let versions = live_in(&repo);
    let objects = repo.beside("objects");
    std::fs::create_dir(&objects).expect("the sandbox is writable");
    let refs = repo.git(&["for-each-ref"]).stdout;
    repo.write("skills/a skill/SKILL.md", "edited\n");
    for args in [&["list"][..], &["lineage", "skill/a skill"], &["record"]] {
        let args = [&["--json"][..], args].concat();
        let call = repo.call().env("GIT_OBJECT_DIRECTORY", &objects);
        let error = call.lineage(&args).assert_code(1).json_error();
        assert_eq!(error["code"], "objects_elsewhere", "{error}");
        assert!(text(&error, "message").contains(utf8(&objects)), "{error}");
    }
    assert_eq!(repo.git(&["for-each-ref"]).stdout, refs);
    // Where they are anyway.
    for own in [".git/objects", "skills/../.git/objects"] {
        let call = repo.call().env("GIT_OBJECT_DIRECTORY", repo.path().join(own));
        let lineage = call.lineage_json(&["lineage", "skill/a skill"]);
        assert_eq!(texts(&lineage, "version_id"), versions);
    }
}
