//! Repositories: of another hash function or ref storage, bare, linked, inside of others, or somewhere else.

use super::{Life, live_in, make_skill, tail};
use crate::support::TestRepo;
use crate::support::project::{one, text, texts};
use crate::support::repo::utf8;

#[test]
fn sha256() {
    let repo = TestRepo::sha256();
    let versions = live_in(&repo);
    assert!(versions.iter().all(|id| id.len() == 64), "{versions:?}");
    repo.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
}

#[test]
fn reftable() {
    for format in ["sha1", "sha256"] {
        let first = TestRepo::new();
        let formats = ["--ref-format=reftable".to_owned(), format!("--object-format={format}")];
        let repo = first.sibling("reftable", &formats.each_ref().map(String::as_str));
        let versions = live_in(&repo);
        let head = repo.git(&["for-each-ref", "--format=%(objectname) %(refname)", "refs/lineage"]);
        let expected = format!(
            "{} refs/lineage/heads/main/skill/a%20skill\n",
            versions[versions.len() - 1]
        );
        assert_eq!(head.text(), expected);
        assert!(
            !repo.exists(".git/refs/lineage"),
            "no loose ref that git would never read"
        );
        // Moved by git, it is noticed.
        repo.git(&["update-ref", "refs/lineage/heads/main/skill/a%20skill", &versions[0]]);
        assert_eq!(repo.lineage_json(&["lineage", "skill/a skill@main"]).len(), 1);
    }
}

#[test]
fn a_linked_work_tree_shares_lineage_and_sidecar_and_has_its_own_line() {
    let repo = TestRepo::new();
    let versions = live_in(&repo);
    let linked = repo.worktree_add("linked", "side");
    assert_eq!(linked.sidecar(), repo.sidecar());
    // Before anything is recorded there, its line stands where it left the other.
    assert_eq!(
        texts(&linked.lineage_json(&["lineage", "skill/a skill"]), "version_id"),
        versions
    );
    linked.write("skills/a skill/SKILL.md", "on the side\n");
    let recorded = one(linked.lineage_json(&["record", "skill/a skill"]));
    assert_eq!(
        recorded["parent_ids"],
        serde_json::json!([versions[versions.len() - 1]])
    );
    let of = |repo: &TestRepo, version: &str| texts(&repo.lineage_json(&["lineage", version]), "version_id");
    assert_eq!(of(&repo, "skill/a skill"), versions, "the other line is where it was");
    assert_eq!(of(&repo, "skill/a skill@side").len(), versions.len() + 1);
    assert_eq!(of(&linked, "skill/a skill@main"), versions);
    // A whole life in there.
    make_skill(&repo, "source/other");
    let mut life = Life::new(&linked, "skills/other", "skill/other", "source/other");
    life.line = "side";
    life.live();
    assert_eq!(repo.lineage_json(&["list"]).len(), 1);
    assert_eq!(repo.lineage_json(&["list", "--line", "side"]).len(), 2);
}

#[test]
fn a_bare_repository_answers_and_says_what_it_cannot_do() {
    let repo = TestRepo::new();
    let versions = live_in(&repo);
    let bare = repo.clone_as("bare.git", &["--bare"]);
    bare.git(&["fetch", "--quiet", "origin", "+refs/lineage/*:refs/lineage/*"]);
    let life = Life::new(&bare, "skills/a skill", "skill/a skill", "source/skill");
    let lineage = bare.lineage_json(&["lineage", "skill/a skill"]);
    assert_eq!(texts(&lineage, "version_id"), versions);
    // Of questions about paths, those outside; there is no inside.
    let contents = texts(&lineage, "content_hash");
    let source = utf8(&life.source).to_owned();
    Life {
        from: ("", &source),
        ..life
    }
    .ask_everything(&contents);
    for command in [
        &["deploy", "../source/skill", "skills/new"][..],
        &["record"],
        &["record", "skill/a skill"],
        &["sync"],
    ] {
        let args = [&["--json"][..], command].concat();
        let error = bare.lineage(&args).assert_code(1).json_error();
        assert_eq!(error["code"], "bare", "{command:?}: {error}");
        assert!(text(&error, "message").contains("has no work tree"), "{error}");
    }
    // A commit can be recorded without one.
    let recorded = one(bare.lineage_json(&["record", "--rev", "main", "skill/a skill"]));
    assert_eq!(
        (&recorded["recorded"], text(&recorded, "version_id")),
        (&false.into(), &*versions[versions.len() - 1])
    );
}

#[test]
fn a_submodule_is_a_project_of_its_own() {
    let upstream = TestRepo::new();
    upstream.write("README.md", "of the submodule\n");
    upstream.commit("Begin");
    let outer = upstream.sibling("outer", &[]);
    outer.commit("Begin");
    outer.git(&["submodule", "--quiet", "add", "../repo", "inner"]);
    outer.commit("Add a submodule");
    let inner = outer.folder("outer/inner");
    assert_ne!(inner.git_dir(), outer.git_dir());
    live_in(&inner);
    assert!(inner.sidecar().starts_with(outer.path().join(".git/modules")));
    assert_eq!(outer.lineage_json(&["list"]), [serde_json::Value::Null; 0]);
    assert!(!outer.exists(".gitlineage"));
    // For the project around it, it is an upstream like any other: what it has committed, and its own files only.
    let copied = one(outer.lineage_json(&["deploy", "inner", "copy"]));
    assert_eq!(
        text(&copied["upstream"], "commit"),
        inner.git(&["rev-parse", "HEAD"]).trimmed()
    );
    assert_eq!(
        text(&copied, "content_hash"),
        inner.git(&["rev-parse", "HEAD:"]).trimmed()
    );
}

#[test]
fn a_git_directory_somewhere_else() {
    let first = TestRepo::new();
    let elsewhere = first.beside("elsewhere/git");
    let option = format!("--separate-git-dir={}", elsewhere.display());
    std::fs::create_dir(first.beside("elsewhere")).expect("the sandbox is writable");
    let repo = first.sibling("separate", &[&option]);
    live_in(&repo);
    assert!(elsewhere.join("lineage/index.sqlite").is_file());
    assert!(repo.path().join(".git").is_file());
}

#[test]
fn called_from_a_folder_inside() {
    let repo = TestRepo::new();
    repo.commit("Begin");
    make_skill(&repo, "source/skill");
    std::fs::create_dir_all(repo.path().join("skills/deep/er")).expect("the sandbox is writable");
    let mut life = Life::new(&repo, "skills/pdf", "skill/pdf", "source/skill");
    life.from = ("skills/deep/er", "../../pdf");
    life.live();
    // A relative source counts from there, and is recorded from the root.
    let at = || repo.call().cwd("skills/deep/er");
    let deployed = one(at().lineage_json(&["deploy", "../../../../source/skill", "here"]));
    assert_eq!(deployed["upstream"]["url"], "../source/skill");
    assert!(repo.exists("skills/deep/er/here/SKILL.md"));
}

#[test]
fn called_from_outside_with_c() {
    let repo = TestRepo::new();
    repo.commit("Begin");
    make_skill(&repo, "source/skill");
    let outside = repo.folder("outside");
    let mut life = Life::new(&repo, "skills/pdf", "skill/pdf", "source/skill");
    let way = format!("../{}", tail(repo.path()));
    let folder = utf8(outside.path());
    life.from = (folder, "skills/pdf");
    life.global = vec!["-C", &way];
    life.live();
}

#[test]
fn told_where_by_variables() {
    let repo = TestRepo::new();
    repo.commit("Begin");
    make_skill(&repo, "source/skill");
    let outside = repo.folder("outside").path().to_owned();
    let mut life = Life::new(&repo, "skills/pdf", "skill/pdf", "source/skill");
    life.variables = vec![
        ("GIT_DIR", repo.path().join(".git")),
        ("GIT_WORK_TREE", repo.path().to_owned()),
    ];
    life.live();
    // From outside, a path of the project counts from its root, as for git, and a source from where it was typed.
    let call = || {
        let call = repo.call().cwd(&outside);
        life.variables
            .iter()
            .fold(call, |call, (key, value)| call.env(key, value))
    };
    assert_eq!(one(call().lineage_json(&["list"]))["path"], "skills/pdf");
    let deployed = one(call().lineage_json(&["deploy", "../source/skill", "skills/x"]));
    let from = outside.join("../source/skill");
    assert_eq!(text(&deployed["upstream"], "url"), utf8(&from));
    assert!(repo.exists("skills/x/SKILL.md"));
    // A git directory and a work tree that do not lie together.
    let moved = repo.beside("moved.git");
    std::fs::rename(repo.path().join(".git"), &moved).expect("both are in the sandbox");
    let mut apart = Life::new(&repo, "skills/apart", "skill/apart", "source/skill");
    apart.variables = vec![("GIT_DIR", moved), ("GIT_WORK_TREE", repo.path().to_owned())];
    apart.live();
}

#[test]
fn with_reflogs_for_all_refs() {
    let repo = TestRepo::new();
    repo.git(&["config", "core.logAllRefUpdates", "always"]);
    let versions = live_in(&repo);
    let name = "refs/lineage/heads/main/skill/a%20skill";
    let logged = repo.git(&["reflog", "show", "--format=%H", name]).lines();
    assert_eq!(logged[0], versions[versions.len() - 1]);
    assert_eq!(logged[logged.len() - 1], versions[0]);
    repo.git(&["gc", "--quiet", "--prune=now"]);
    repo.git(&["fsck", "--strict", "--no-progress"]);
}

#[test]
fn where_only_branches_are_accepted() {
    let repo = TestRepo::new();
    repo.git(&["config", "lineage.refPrefix", "refs/heads/lineage"]);
    let versions = live_in(&repo);
    let branch = "refs/heads/lineage/heads/main/skill/a%20skill";
    assert_eq!(repo.rev_parse(branch), versions[versions.len() - 1]);
    assert_eq!(repo.git(&["for-each-ref", "refs/lineage"]).text(), "");
    // An ordinary clone brings them as the branches they are.
    let clone = repo.clone_as("clone", &[]);
    clone.git(&["config", "lineage.refPrefix", "refs/remotes/origin/lineage"]);
    assert_eq!(
        texts(&clone.lineage_json(&["lineage", "skill/a skill"]), "version_id"),
        versions
    );
}
