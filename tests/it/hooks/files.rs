//! Hook files beside those of the user: whatever was there goes on running as before, and comes back as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{EVENTS, actions, ask, commit_quietly, hooks_in, install, refs, status};
use crate::support::TestRepo;
use crate::support::project::Project;
use crate::support::unprivileged::Unprivileged;

/// Says what it was given, and ends with 3.
const SHELL: &str = "#!/bin/sh\necho \"shell $*\" >>ran\ncat >>ran\nexit 3\n";
/// The same in no shell.
const AWK: &str = "#!/usr/bin/env -S awk -f\nBEGIN {\n  for (i = 1; i < ARGC; i++) args = args \" \" ARGV[i]\n  print \"awk\" args >>\"ran\"\n  while ((getline line < \"-\") > 0) print line >>\"ran\"\n  exit 3\n}\n";

/// What may be there before: a name, and how it is made.
type Before = (&'static str, fn(&Project, &Path));

/// Hooks that git runs.
const RUN: [Before; 7] = [
    ("shell", |project, path| project.write_exec(path, SHELL)),
    ("bash by env", |project, path| {
        project.write_exec(path, SHELL.replace("/bin/sh", "/usr/bin/env sh"));
    }),
    ("strict", |project, path| {
        project.write_exec(path, SHELL.replace("/bin/sh\n", "/bin/sh -eu\n"));
    }),
    ("awk", |project, path| project.write_exec(path, AWK)),
    ("link", |project, path| {
        project.write_exec("scripts/hook.sh", SHELL);
        project.symlink("../../scripts/hook.sh", path);
    }),
    ("absolute link", |project, path| {
        let script = project.beside("hook.awk");
        project.write_exec(&script, AWK);
        project.symlink(script, path);
    }),
    ("without an interpreter", |project, path| {
        project.write_exec(path, SHELL.replace("#!/bin/sh\n", ""));
    }),
];

/// Hooks that git does not run, or that do nothing.
const NOT_RUN: [Before; 6] = [
    ("switched off", |project, path| {
        project.write_exec(path, SHELL);
        project.chmod(path, 0o644);
    }),
    ("awk switched off", |project, path| {
        project.write_exec(path, AWK);
        project.chmod(path, 0o600);
    }),
    ("dangling link", |project, path| project.symlink("./nowhere", path)),
    ("empty", |project, path| project.write_exec(path, "")),
    ("an interpreter alone", |project, path| {
        project.write_exec(path, "#!/bin/sh");
    }),
    ("an interpreter and a line end", |project, path| {
        project.write_exec(path, "#!/bin/sh\n");
    }),
];

/// Makes a hook of each event.
fn project_with(before: &Before) -> Project {
    let project = Project::deployed();
    for event in EVENTS {
        before.1(&project, Path::new(&format!(".git/hooks/{event}")));
    }
    project
}

/// Lets git fire hooks with arguments, standard input and a status that counts: what they did, as far as it is the same in
/// every repository.
fn fire(project: &Project) -> (i32, Vec<String>) {
    project.edit("SKILL.md", "# edited\n");
    let git = |args: &[&str]| project.call().at("1767300000 +0000").git_any(args).code;
    assert_eq!(git(&["commit", "--quiet", "--all", "--message", "edited"]), 0);
    assert_eq!(git(&["commit", "--quiet", "--amend", "--message", "amended"]), 0);
    let code = git(&["checkout", "--quiet", "-b", "side"]);
    let ran = project.path().join("ran");
    let text = fs::read_to_string(&ran).unwrap_or_default();
    let _ = fs::remove_file(ran);
    (code, text.lines().map(str::to_owned).collect())
}

#[test]
fn hooks_of_others_run_as_before_and_come_back_as_they_were() {
    for before in RUN.iter().chain(&NOT_RUN) {
        let name = before.0;
        let project = project_with(before);
        let alone = fire(&project.twin());
        let runs = RUN.iter().any(|other| other.0 == name);
        assert_eq!(alone.1.is_empty(), !runs, "{name}: {alone:?}");
        assert_eq!(alone.0 != 0, runs, "{name}: git checkout fails where its hook does");

        let hooks = project.path().join(".git/hooks");
        let was = hooks_in(&hooks);
        let installed = install(&project);
        let in_front = ["shell", "bash by env", "strict", "an interpreter and a line end"].contains(&name);
        let expected = if in_front { "added" } else { "wrapped" };
        assert_eq!(actions(&installed), [expected; 6], "{name}");
        let is = hooks_in(&hooks);
        assert_eq!(actions(&install(&project)), ["unchanged"; 6], "{name}");
        is.assert_same(&hooks_in(&hooks));
        for check in status(&project) {
            assert_eq!(
                (&check["state"], &check["harmless_without_program"]),
                (&"reached".into(), &true.into()),
                "{name}: {check}"
            );
        }
        assert!(!project.exists("ran"), "{name}: nothing but ours was fired");

        let twin = project.twin();
        let before = refs(&twin);
        assert_eq!(fire(&twin), alone, "{name}");
        assert_ne!(refs(&twin), before, "{name}: and ours records");

        let taken_out = ask(&project, &["hooks", "uninstall"]);
        assert_eq!(actions(&taken_out), ["restored"; 6], "{name}");
        was.assert_same(&hooks_in(&hooks));
        assert_eq!(
            actions(&ask(&project, &["hooks", "uninstall"])),
            ["absent"; 6],
            "{name}"
        );
        was.assert_same(&hooks_in(&hooks));
    }
}

#[test]
fn hooks_of_our_own_go_without_a_trace() {
    let project = Project::deployed();
    let before = hooks_in(&project.path().join(".git/hooks"));
    let planned = ask(&project, &["hooks", "install", "--dry-run"]);
    assert_eq!(actions(&planned), ["created"; 6]);
    before.assert_same(&hooks_in(&project.path().join(".git/hooks")));
    assert_eq!(install(&project), planned);
    for event in EVENTS {
        let path = format!(".git/hooks/{event}");
        let own = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks").join(event)).expect("it is there");
        assert_eq!(project.read(&path), own, "as in the folder hooks/ of the source");
    }
    let is = project.everything();
    assert_eq!(
        actions(&ask(&project, &["hooks", "uninstall", "--dry-run"])),
        ["removed"; 6]
    );
    is.assert_same(&project.everything());
    assert_eq!(actions(&ask(&project, &["hooks", "uninstall"])), ["removed"; 6]);
    before.assert_same(&hooks_in(&project.path().join(".git/hooks")));
}

#[test]
fn the_scripts_in_the_source_work_by_themselves() {
    let project = Project::deployed();
    for event in EVENTS {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks").join(event);
        project.copy(own, format!(".git/hooks/{event}"));
        assert!(
            project
                .call()
                .sh(&format!("sh -n .git/hooks/{event}"))
                .stderr
                .is_empty()
        );
    }
    let before = refs(&project);
    project.edit("SKILL.md", "# edited\n");
    commit_quietly(&project, "edited");
    assert_ne!(refs(&project), before);
    assert_eq!(actions(&install(&project)), ["unchanged"; 6]);
}

#[test]
fn of_a_hook_that_was_edited_only_our_part_goes() {
    let line = "echo mine >>ran\n";
    for (before, left) in [
        (None, format!("#!/bin/sh\n{line}")),
        (Some(&RUN[0]), format!("{SHELL}{line}")),
    ] {
        let project = before.map_or_else(Project::deployed, project_with);
        install(&project);
        let hook = ".git/hooks/post-commit";
        let text = String::from_utf8(project.read(hook)).expect("text") + line;
        project.write(hook, text);
        project.chmod(hook, 0o711);
        assert_eq!(actions(&install(&project))[0], "unchanged", "the rest is not ours");
        let taken_out = ask(&project, &["hooks", "uninstall"]);
        assert_eq!(taken_out[0]["action"], "restored");
        assert_eq!(String::from_utf8(project.read(hook)).expect("text"), left);
        let mode = fs::metadata(project.path().join(hook))
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o711);
    }
}

#[test]
fn a_wrapper_that_was_edited_goes_on_calling_what_it_replaced() {
    let project = project_with(&RUN[3]);
    install(&project);
    let hook = ".git/hooks/post-commit";
    let text = String::from_utf8(project.read(hook)).expect("text");
    project.write(hook, text.replace("#!/bin/sh\n", "#!/bin/sh\necho mine >>ran\n"));
    let taken_out = ask(&project, &["hooks", "uninstall"]);
    assert_eq!(
        actions(&taken_out),
        ["detached", "restored", "restored", "restored", "restored", "restored"]
    );
    let before = refs(&project);
    assert_eq!(fire(&project).1[..2], ["mine", "awk"]);
    assert_eq!(refs(&project), before, "ours is gone");
    assert_eq!(actions(&ask(&project, &["hooks", "uninstall"])), ["absent"; 6]);
}

#[test]
fn a_part_that_cannot_be_found_is_left_and_said() {
    let project = super::hooked();
    let hook = ".git/hooks/post-merge";
    let text = String::from_utf8(project.read(hook))
        .expect("text")
        .replace("# <<< git-lineage", "# git-lineage");
    project.write(hook, &text);
    assert_eq!(install(&project)[1]["action"], "unrecognized");
    let taken_out = super::with_files_only(project.call(), &project)
        .lineage(&["hooks", "uninstall"])
        .assert_code(0);
    assert!(taken_out.err_text().contains("take them out by hand"), "{taken_out}");
    assert_eq!(project.read(hook), text.as_bytes());
    assert!(!project.exists(".git/hooks/post-commit"), "the others are gone");
}

#[test]
fn a_script_that_was_switched_off_since_stays_so() {
    let project = project_with(&RUN[0]);
    install(&project);
    let hook = ".git/hooks/post-commit";
    project.chmod(hook, 0o644);
    assert_eq!(status(&project)[0]["obstacle"], "not_executable");
    assert_eq!(actions(&install(&project))[0], "wrapped");
    assert_eq!(status(&project)[0]["state"], "reached");
    let (_, ran) = fire(&project.twin());
    assert!(
        ran.iter().all(|line| *line != "shell "),
        "post-commit is the one without arguments: {ran:?}"
    );
    ask(&project, &["hooks", "uninstall"]);
    assert_eq!(project.read(hook), SHELL.as_bytes());
    let mode = fs::metadata(project.path().join(hook))
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o644);
    // One of ours is switched on again.
    project.remove(hook);
    install(&project);
    project.chmod(hook, 0o644);
    assert_eq!(status(&project)[0]["state"], "blocked");
    assert_eq!(actions(&install(&project))[0], "updated");
    assert_eq!(status(&project)[0]["state"], "reached");
}

#[test]
fn a_hook_of_an_older_form_is_brought_up_to_date() {
    let project = project_with(&RUN[0]);
    install(&project);
    let hook = ".git/hooks/post-commit";
    let today = String::from_utf8(project.read(hook)).expect("text");
    project.write(hook, today.replace(" </dev/null", ""));
    assert_eq!(actions(&install(&project))[0], "updated");
    assert_eq!(String::from_utf8(project.read(hook)).expect("text"), today);
}

#[test]
fn a_hook_that_was_put_aside_is_not_lost_to_another_one() {
    let project = project_with(&RUN[3]);
    install(&project);
    // Somebody replaces a wrapper by a hook that has to be wrapped as well, and another one by nothing.
    let hook = ".git/hooks/post-applypatch";
    project.remove(hook);
    project.write_exec(hook, AWK.replace("awk\"", "second\""));
    project.remove(".git/hooks/post-merge");
    let before = hooks_in(&project.path().join(".git/hooks"));
    let refused = super::with_files_only(project.call(), &project).lineage(&["--json", "hooks", "install"]);
    assert_eq!(refused.clone().assert_code(1).json_error()["code"], "io", "{refused}");
    before.assert_same(&hooks_in(&project.path().join(".git/hooks")));
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_as_a_whole() {
    let project = project_with(&RUN[0]);
    let Some(nobody) = Unprivileged::find(&project) else {
        return;
    };
    // The wrapper around git must be there before.
    status(&project);
    nobody.give_sandbox(&project);
    let hooks = project.path().join(".git/hooks");
    nobody.while_protected(&hooks, || {
        let before = hooks_in(&hooks);
        for args in [
            &["--json", "hooks", "install"][..],
            &["--json", "hooks", "install", "--dry-run"],
        ] {
            let call = super::with_files_only(nobody.call(&project), &project);
            let refused = call.lineage(args).assert_code(1);
            let error = refused.json_error();
            assert_eq!(error["code"], "unwritable", "{refused}");
            assert!(
                error["hints"][0].as_str().is_some_and(|hint| hint.contains("catch up")),
                "{refused}"
            );
        }
        before.assert_same(&hooks_in(&hooks));
    });
    let call = super::with_files_only(nobody.call(&project), &project);
    assert_eq!(call.lineage(&["hooks", "install"]).code, 0);
    nobody.while_protected(&hooks, || {
        let call = super::with_files_only(nobody.call(&project), &project);
        let again = call.lineage(&["--json", "hooks", "install"]).assert_code(0).json();
        assert_eq!(actions(&again), ["unchanged"; 6], "there is nothing to write");
    });
}

#[test]
fn a_folder_that_is_not_there_is_made() {
    let repo = TestRepo::new();
    repo.remove(".git/hooks");
    assert_eq!(actions(&install(&repo)), ["created"; 6]);
    assert!(status(&repo).iter().all(|check| check["state"] == "reached"));
    ask(&repo, &["hooks", "uninstall"]);
    assert_eq!(
        fs::read_dir(repo.path().join(".git/hooks")).expect("a folder").count(),
        0
    );
}

#[test]
fn init_installs_them_where_it_is_asked_to() {
    let repo = TestRepo::new();
    let answer = ask(&repo, &["init", "--hooks"]).remove(0);
    assert_eq!(answer["created"], true);
    assert_eq!(actions(answer["hooks"].as_array().expect("a list")), ["created"; 6]);
    let offered = TestRepo::new().lineage_ok(&["init"]);
    assert!(offered.err_text().contains("git lineage hooks install"), "{offered}");
    let again = repo.lineage_ok(&["init"]);
    assert!(!again.err_text().contains("hooks"), "{again}");
}
