//! Hooks in git's configuration, for which git has to be 2.54 or newer. `GIT_LINEAGE_NEW_GIT` names the program where the
//! machine's own git is older.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{EVENTS, actions, ask, in_front, refs};
use crate::support::project::Project;
use crate::support::{Call, Output, TestRepo};

/// A git that runs hooks from its configuration.
struct NewGit {
    program: PathBuf,
}

impl NewGit {
    /// `None`, with a line that says so, where there is none.
    fn find() -> Option<Self> {
        let named = std::env::var_os("GIT_LINEAGE_NEW_GIT").map(PathBuf::from);
        let program = named.unwrap_or_else(|| "git".into());
        let version = Command::new(&program).arg("version").output().expect("it runs").stdout;
        let version = String::from_utf8(version).expect("text");
        let mut numbers = version.split([' ', '.']).filter_map(|word| word.parse::<u32>().ok());
        let version_numbers = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        if version_numbers >= (2, 54) {
            return Some(NewGit { program });
        }
        crate::support::skipped(&format!(
            "hooks in the configuration, for {} is older than 2.54: set GIT_LINEAGE_NEW_GIT",
            version.trim()
        ));
        None
    }

    /// A call in which everybody finds this git first.
    fn call<'a>(&self, repo: &'a TestRepo) -> Call<'a> {
        let folder = self.program.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folders: Vec<PathBuf> = folder.map(Path::to_owned).into_iter().collect();
        // The tested program stays in front of what may lie beside that git.
        let path = in_front(repo, &folders);
        repo.call().env("PATH", path)
    }

    #[track_caller]
    fn ask(&self, repo: &TestRepo, args: &[&str]) -> Vec<Value> {
        let args: Vec<&str> = std::iter::once("--json").chain(args.iter().copied()).collect();
        self.call(repo).lineage(&args).assert_code(0).json()
    }

    #[track_caller]
    fn git(&self, repo: &TestRepo, args: &[&str]) -> Output {
        self.call(repo).git(args)
    }
}

#[test]
fn configured_hooks_record_beside_all_others_and_go_without_a_trace() {
    let Some(git) = NewGit::find() else { return };
    let project = Project::deployed();
    let config = project.read(".git/config");
    let hooks = super::hooks_in(&project.path().join(".git/hooks"));
    assert_eq!(
        actions(&git.ask(&project, &["hooks", "install", "--dry-run"])),
        ["created"; 6]
    );
    assert_eq!(project.read(".git/config"), config);
    let installed = git.ask(&project, &["hooks", "install"]);
    assert_eq!(actions(&installed), ["created"; 6]);
    assert!(
        installed.iter().all(|change| change["method"] == "config"),
        "{installed:#?}"
    );
    assert_eq!(actions(&git.ask(&project, &["hooks", "install"])), ["unchanged"; 6]);
    hooks.assert_same(&super::hooks_in(&project.path().join(".git/hooks")));
    // A hook of the user in each way, and nowhere for hook files.
    project.git(&["config", "core.hooksPath", "/dev/null"]);
    project.git(&["config", "hook.mine.command", "echo mine >>ran"]);
    for event in EVENTS {
        project.git(&["config", "--add", "hook.mine.event", event]);
    }
    for check in git.ask(&project, &["hooks", "status"]) {
        assert_eq!(
            (&check["state"], &check["harmless_without_program"]),
            (&"reached".into(), &true.into()),
            "{check}"
        );
    }
    assert!(!project.exists("ran"), "only ours were fired");
    let before = refs(&project);
    project.edit("SKILL.md", "# edited\n");
    let output = git.git(&project, &["commit", "--quiet", "--all", "-m", "edited"]);
    assert!(output.stderr.is_empty(), "{output}");
    let committed = refs(&project);
    assert_ne!(committed, before);
    assert_eq!(project.read("ran"), b"mine\n");
    project.edit("SKILL.md", "# amended\n");
    git.git(&project, &["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    assert_ne!(refs(&project), committed);
    // Without the program git goes on.
    let path = super::without_program(&project);
    let folder = git.program.parent().expect("a folder").to_owned();
    let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&path))).expect("no separator");
    project.edit("SKILL.md", "# more\n");
    let output = project
        .call()
        .env("PATH", path)
        .git(&["commit", "--quiet", "--all", "-m", "more"]);
    assert!(output.stderr.is_empty(), "{output}");
    for key in ["core.hooksPath", "hook.mine.command"] {
        project.git(&["config", "--unset", key]);
    }
    project.git(&["config", "--unset-all", "hook.mine.event"]);
    assert_eq!(actions(&git.ask(&project, &["hooks", "uninstall"])), ["removed"; 6]);
    assert_eq!(actions(&git.ask(&project, &["hooks", "uninstall"])), ["absent"; 6]);
    let left = String::from_utf8(project.read(".git/config")).expect("text");
    assert_eq!(
        left.replace("[hook \"mine\"]\n", ""),
        String::from_utf8(config).expect("text")
    );
}

#[test]
fn files_of_an_older_git_make_way_and_what_is_switched_off_is_told() {
    let Some(git) = NewGit::find() else { return };
    let project = super::hooked();
    let installed = git.ask(&project, &["hooks", "install"]);
    assert_eq!(installed.len(), 12, "{installed:#?}");
    for event in EVENTS {
        assert!(!project.exists(format!(".git/hooks/{event}")));
    }
    project.git(&["config", "hook.lineage-post-commit.enabled", "false"]);
    let checks = git.ask(&project, &["hooks", "status"]);
    assert_eq!(
        (&checks[0]["state"], &checks[0]["obstacle"]),
        (&"blocked".into(), &"disabled".into())
    );
    assert_eq!(checks[1]["state"], "reached");
    // For an older git they are not there.
    let checks = ask(&project, &["hooks", "status"]);
    assert!(
        checks.iter().all(|check| check["obstacle"] == "git_too_old"),
        "{checks:#?}"
    );
    // One that was edited is as it should be again.
    project.git(&["config", "--unset", "hook.lineage-post-commit.enabled"]);
    project.git(&["config", "hook.lineage-post-merge.command", "false"]);
    assert_eq!(
        actions(&git.ask(&project, &["hooks", "install"])),
        [
            "unchanged",
            "updated",
            "unchanged",
            "unchanged",
            "unchanged",
            "unchanged"
        ]
    );
    assert!(
        git.ask(&project, &["hooks", "status"])
            .iter()
            .all(|check| check["state"] == "reached")
    );
}

#[test]
fn a_linked_work_tree_shares_the_configuration() {
    let Some(git) = NewGit::find() else { return };
    let project = Project::deployed();
    let linked = project.worktree_add("linked", "side");
    git.ask(&linked, &["hooks", "install"]);
    assert!(
        git.ask(&project, &["hooks", "status"])
            .iter()
            .all(|check| check["state"] == "reached")
    );
    linked.write(".claude/skills/pdf/SKILL.md", "# linked\n");
    git.git(&linked, &["commit", "--quiet", "--all", "-m", "linked"]);
    assert!(refs(&project).contains("refs/lineage/heads/side/skill/pdf "));
}

#[test]
fn lineage_goes_along_with_a_push_and_the_hook_file_hears_the_same() {
    let Some(git) = NewGit::find() else { return };
    let project = Project::deployed();
    let remote = project.sibling("remote", &["--bare"]);
    project.git(&["remote", "add", "origin", "../remote"]);
    git.ask(&project, &["hooks", "install"]);
    project.write_exec(".git/hooks/pre-push", "#!/bin/sh\ncat >>../heard\n");
    let version = project.show("skill/pdf")["version_id"].clone();
    git.git(&project, &["push", "--dry-run", "origin", "main"]);
    assert!(refs(&remote).is_empty(), "nothing on a dry run");
    git.git(&project, &["push", "origin", "main"]);
    let head = remote.rev_parse("refs/lineage/heads/main/skill/pdf");
    assert_eq!(head, version);
    let heard = project.read(project.beside("heard"));
    assert!(heard.starts_with(b"refs/heads/main "), "{heard:?}");
}
