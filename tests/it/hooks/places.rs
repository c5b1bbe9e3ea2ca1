//! Where git looks for hooks: `core.hooksPath` of all kinds, linked work trees, submodules.

use serde_json::Value;

use super::{EVENTS, actions, ask, commit_quietly, hooks_in, install, refs, status};
use crate::support::TestRepo;
use crate::support::project::{PATH, Project, World};

/// `hooks <args> --json` that must be refused.
#[track_caller]
fn refused(repo: &TestRepo, args: &[&str]) -> Value {
    let args: Vec<&str> = ["--json", "hooks"].iter().chain(args).copied().collect();
    super::with_files_only(repo.call(), repo)
        .lineage(&args)
        .assert_code(1)
        .json_error()
}

/// State and obstacle of each event.
fn states(checks: &[Value]) -> Vec<(&str, &str)> {
    fn word<'v>(check: &'v Value, key: &str) -> &'v str {
        check[key].as_str().unwrap_or("-")
    }
    checks
        .iter()
        .map(|check| (word(check, "state"), word(check, "obstacle")))
        .collect()
}

#[test]
fn a_folder_in_the_work_tree_gets_them_and_says_whose_files_they_are() {
    let project = Project::deployed();
    project.write_exec(".githooks/post-commit", "#!/bin/sh\necho theirs >>ran\n");
    project.write(".gitignore", "ran\n");
    project.commit("Hooks of the team");
    project.git(&["config", "core.hooksPath", ".githooks"]);
    let before = World::of(&project.path().join(".githooks"), &[]);
    let call = super::with_files_only(project.call(), &project);
    let output = call.lineage(&["hooks", "install"]).assert_code(0);
    assert!(output.text().contains(".githooks/post-commit"), "{output}");
    assert!(
        output.err_text().contains("the project tracks hooks that were changed"),
        "{output}"
    );
    let again = install(&project);
    assert_eq!(again[0]["tracked"], true);
    assert_eq!(again[1]["tracked"], false, "nobody has added it");
    assert!(!project.exists(".git/hooks/post-commit"));
    assert_eq!(states(&status(&project)), [("reached", "-"); 6]);
    // From a folder below, too.
    let below = project.folder(&format!("repo/{PATH}"));
    assert_eq!(states(&ask(&below, &["hooks", "status"])), [("reached", "-"); 6]);
    let before_commit = refs(&project);
    project.edit("SKILL.md", "# edited\n");
    project.git(&["commit", "--quiet", "-m", "edited", PATH]);
    assert_ne!(refs(&project), before_commit);
    assert_eq!(project.read("ran"), b"theirs\n");
    ask(&project, &["hooks", "uninstall"]);
    before.assert_same(&World::of(&project.path().join(".githooks"), &[]));
}

#[test]
fn a_folder_that_others_may_use_is_not_changed_silently() {
    let project = Project::deployed();
    let shared = project.folder("shared-hooks");
    shared.write_exec("post-commit", "#!/bin/sh\necho shared >>\"$GIT_DIR/../ran\"\n");
    let path = shared.path().to_str().expect("UTF-8");
    project.git(&["config", "core.hooksPath", path]);
    let before = hooks_in(shared.path());
    let error = refused(&project, &["install"]);
    assert_eq!(error["code"], "shared_directory");
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|message| message.contains("nothing was changed")),
        "{error}"
    );
    assert_eq!(error["hints"].as_array().map(Vec::len), Some(2), "{error}");
    before.assert_same(&hooks_in(shared.path()));
    assert_eq!(
        states(&status(&project))[..2],
        [("not_installed", "other_hook"), ("not_installed", "-")]
    );

    let installed = ask(&project, &["hooks", "install", "--shared"]);
    assert_eq!(
        actions(&installed),
        ["added", "created", "created", "created", "created", "created"]
    );
    assert_eq!(states(&status(&project)), [("reached", "-"); 6]);
    // In another repository that uses them they do nothing.
    let other = project.sibling("other", &[]);
    other.git(&["config", "core.hooksPath", path]);
    other.write("x", "x\n");
    commit_quietly(&other, "x");
    assert!(!other.exists(".git/lineage"));
    // Nor does one repository take them away from the others by the way.
    assert_eq!(actions(&ask(&other, &["hooks", "uninstall"])), ["shared"; 6]);
    assert_eq!(states(&status(&project)), [("reached", "-"); 6]);
    assert_eq!(
        actions(&ask(&project, &["hooks", "uninstall", "--shared"]))[0],
        "restored"
    );
    before.assert_same(&hooks_in(shared.path()));
}

#[test]
fn a_global_setting_is_told_by_its_scope() {
    let project = Project::deployed();
    let shared = project.folder("shared-hooks");
    let config = project.beside("gitconfig");
    project.write(&config, format!("[core]\n\thooksPath = {}\n", shared.path().display()));
    let ask = |args: &[&str]| {
        let call = super::with_files_only(project.call(), &project);
        call.env("GIT_CONFIG_GLOBAL", &config).lineage(args)
    };
    let error = ask(&["--json", "hooks", "install"]).assert_code(1).json_error();
    assert_eq!(error["code"], "shared_directory");
    // The way out that is proposed: hooks of its own.
    project.git(&["config", "--local", "core.hooksPath", ".git/hooks"]);
    let installed = ask(&["--json", "hooks", "install"]).assert_code(0).json();
    assert_eq!(actions(&installed), ["created"; 6]);
    assert!(project.exists(".git/hooks/post-commit"));
    assert!(!shared.exists("post-commit"));
}

#[test]
fn hooks_that_are_switched_off_are_not_installed() {
    let project = super::hooked();
    project.git(&["config", "core.hooksPath", "/dev/null"]);
    assert_eq!(refused(&project, &["install"])["code"], "switched_off");
    assert_eq!(states(&status(&project)), [("blocked", "hooks_off"); 6]);
    assert_eq!(
        actions(&ask(&project, &["hooks", "uninstall"])),
        ["removed"; 6],
        "those that are there all the same"
    );
}

#[test]
fn hooks_elsewhere_than_git_looks_are_seen_and_follow() {
    let project = super::hooked();
    project.git(&["config", "core.hooksPath", ".githooks"]);
    assert_eq!(states(&status(&project)), [("blocked", "hooks_path"); 6]);
    let told = super::with_files_only(project.call(), &project)
        .lineage(&["hooks", "status"])
        .assert_code(0);
    assert!(told.err_text().contains("next: git lineage hooks install"), "{told}");
    assert_eq!(actions(&install(&project)), ["created"; 6]);
    assert_eq!(states(&status(&project)), [("reached", "-"); 6]);
    let taken_out = ask(&project, &["hooks", "uninstall"]);
    assert_eq!(taken_out.len(), 12, "from both places: {taken_out:#?}");
    for event in EVENTS {
        assert!(!project.exists(format!(".githooks/{event}")) && !project.exists(format!(".git/hooks/{event}")));
    }
}

#[test]
fn all_work_trees_share_the_repositorys_hooks_and_submodules_have_their_own() {
    let project = Project::deployed();
    let linked = project.worktree_add("linked", "side");
    assert_eq!(actions(&install(&linked)), ["created"; 6]);
    assert!(project.exists(".git/hooks/post-commit"));
    for repo in [&*project, &linked] {
        assert_eq!(states(&status(repo)), [("reached", "-"); 6]);
    }
    let outer = project.sibling("outer", &[]);
    outer.git(&[
        "submodule",
        "--quiet",
        "add",
        project.path().to_str().expect("UTF-8"),
        "inner",
    ]);
    let inner = outer.folder("outer/inner");
    assert_eq!(states(&status(&inner)), [("not_installed", "-"); 6]);
    assert_eq!(actions(&install(&inner)), ["created"; 6]);
    assert!(outer.exists(".git/modules/inner/hooks/post-commit"));
    assert_eq!(states(&status(&inner)), [("reached", "-"); 6]);
    assert_eq!(states(&status(&outer)), [("not_installed", "-"); 6]);
}

#[test]
fn a_bare_repository_with_work_trees_has_hooks_too() {
    let project = Project::deployed();
    let bare = project.clone_as("bare.git", &["--bare"]);
    assert_eq!(actions(&install(&bare)), ["created"; 6]);
    assert_eq!(states(&status(&bare)), [("reached", "-"); 6]);
    let linked = bare.worktree_add("of-bare", "side");
    assert_eq!(states(&status(&linked)), [("reached", "-"); 6]);
}

#[test]
fn a_hook_that_does_not_reach_the_program_is_told() {
    let project = super::hooked();
    let folder = project.beside("older-git");
    let path =
        std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&super::without_program(&project))));
    let call = project.call().env("PATH", path.expect("no separator in it"));
    let checks = call.lineage(&["--json", "hooks", "status"]).assert_code(0).json();
    assert_eq!(states(&checks), [("blocked", "program_not_found"); 6]);
    assert!(checks.iter().all(|check| check["harmless_without_program"] == true));
    // A hook of ours that somebody has made fail.
    let hook = ".git/hooks/post-commit";
    project.write(hook, [b"#!/bin/sh\nexit 1\n".to_vec(), project.read(hook)].concat());
    let checks = status(&project);
    assert_eq!(states(&checks)[0], ("blocked", "failed"));
    assert_eq!(checks[0]["harmless_without_program"], false);
    let told = super::with_files_only(project.call(), &project)
        .lineage(&["hooks", "status"])
        .assert_code(0);
    assert!(
        told.err_text()
            .contains("without git-lineage these would fail: post-commit"),
        "{told}"
    );
}

#[test]
fn hooks_of_others_are_fired_only_when_that_is_asked_for() {
    let project = Project::deployed();
    project.write_exec(
        ".git/hooks/post-commit",
        "#!/bin/sh\necho theirs >>ran\ngit-lineage hook post-commit \"$@\" || :\n",
    );
    project.write_exec(".git/hooks/post-merge", "#!/bin/sh\necho merged >>ran\n");
    assert_eq!(states(&status(&project))[..2], [("not_installed", "other_hook"); 2]);
    assert!(!project.exists("ran"));
    let fired = ask(&project, &["hooks", "status", "--fire"]);
    assert_eq!(states(&fired)[..2], [("reached", "-"), ("not_installed", "other_hook")]);
    assert!(project.exists("ran"));
}
