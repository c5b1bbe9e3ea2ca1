//! The hooks of a server beside those that are there, and what becomes of pushes where the program is missing.

use std::path::Path;

use serde_json::Value;

use super::{ALL, Server, head, pushed};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, Project, World, texts};
use crate::support::repo::utf8;

const EVENTS: [&str; 2] = ["pre-receive", "post-receive"];

/// Notes down its name, its arguments and all of its input; a file `deny` beside it makes it fail.
const SHELL: &str = "#!/bin/sh\n{ echo \"$(basename \"$0\") $#\"; cat; } >>ran\nif test -e deny; then exit 1; fi\n";
const AWK: &str = "#!/usr/bin/env -S awk -f\nBEGIN {\n  print \"awk\" >>\"ran\"\n  while ((getline line < \"-\") > 0) print line >>\"ran\"\n  if ((getline line < \"deny\") >= 0) exit 1\n}\n";

/// What may be there before.
type Before = (&'static str, fn(&TestRepo, &Path));

const THERE: [Before; 5] = [
    ("shell", |server, path| server.write_exec(path, SHELL)),
    ("strict shell", |server, path| {
        server.write_exec(path, SHELL.replace("/bin/sh\n", "/bin/sh -eu\n"));
    }),
    ("bash", |server, path| {
        server.write_exec(
            path,
            SHELL.replace("/bin/sh\n", "/usr/bin/env -S bash -eu -o pipefail\n"),
        );
    }),
    ("awk", |server, path| server.write_exec(path, AWK)),
    ("link", |server, path| {
        server.write_exec("scripts/hook.sh", SHELL);
        server.symlink("../scripts/hook.sh", path);
    }),
];

#[track_caller]
fn actions(server: &TestRepo, args: &[&str]) -> Vec<String> {
    texts(&hooks(server, args), "action")
}

#[track_caller]
fn hooks(server: &TestRepo, args: &[&str]) -> Vec<Value> {
    let args: Vec<&str> = ["hooks"].iter().chain(args).copied().collect();
    server.lineage_json(&args)
}

/// What the hooks of others were given since the last time.
fn ran(server: &TestRepo) -> Vec<u8> {
    if !server.exists("ran") {
        return Vec::new();
    }
    let ran = server.read("ran");
    server.remove("ran");
    ran
}

#[test]
fn hooks_of_others_get_what_git_gave_and_come_back_as_they_were() {
    for (name, make) in THERE {
        let project = Project::deployed();
        let server = Server::open(&project, "server.git");
        for event in EVENTS {
            make(&server, Path::new(&format!("hooks/{event}")));
        }
        let alone = project.twin();
        let alone_server = Server(alone.folder("server.git"));
        let before = World::of(&server.path().join("hooks"), &[]);
        let planned = actions(&server, &["install", "--server", "--dry-run"]);
        before.assert_same(&World::of(&server.path().join("hooks"), &[]));
        let expected = if name.contains("sh") { "added" } else { "wrapped" };
        assert_eq!(planned, [expected; 2], "{name}");
        assert_eq!(actions(&server, &["install", "--server"]), planned);
        let installed = World::of(&server.path().join("hooks"), &[]);
        assert_eq!(actions(&server, &["install", "--server"]), ["unchanged"; 2]);
        installed.assert_same(&World::of(&server.path().join("hooks"), &[]));
        for check in hooks(&server, &["status", "--server"]) {
            assert_eq!(
                (&check["state"], &check["harmless_without_program"]),
                (&"reached".into(), &true.into()),
                "{name}: {check}"
            );
        }
        assert!(!server.exists("ran"), "{name}: nothing but ours was fired");

        // Names with everything in them that a shell could stumble over.
        let odd = "HEAD:refs/heads/$(x)`y`'z\"$HOME%s&";
        for refspecs in [&ALL[..], &["HEAD:refs/heads/b", odd], &[":refs/heads/b"]] {
            alone_server.take(&alone, refspecs);
            server.take(&project, refspecs);
            let (alone, beside) = (ran(&alone_server), ran(&server));
            assert!(!alone.is_empty());
            assert_eq!(
                String::from_utf8_lossy(&beside),
                String::from_utf8_lossy(&alone),
                "{name}"
            );
        }
        // Ours refuses first, theirs refuses still.
        let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[], None);
        server.refuse(&project, &[&format!("+{forged}:{HEAD_REF}")], "no Change-Origin");
        assert!(ran(&server).is_empty(), "{name}");
        server.write("deny", "");
        let refused = server.push(&project, &["HEAD:refs/heads/c"]);
        assert!(
            refused.err_text().contains("pre-receive hook declined"),
            "{name}: {refused}"
        );
        assert!(!ran(&server).is_empty(), "{name}");

        assert_eq!(actions(&server, &["uninstall", "--server"]), ["restored"; 2], "{name}");
        before.assert_same(&World::of(&server.path().join("hooks"), &[]));
        assert_eq!(actions(&server, &["uninstall", "--server"]), ["absent"; 2], "{name}");
    }
}

#[test]
fn hooks_of_a_server_and_of_a_clone_are_apart() {
    let project = Project::deployed();
    let before = World::of(&project.path().join(".git/hooks"), &[]);
    assert_eq!(actions(&project, &["install", "--server"]), ["created"; 2]);
    for event in EVENTS {
        let own = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks").join(event)).expect("it is there");
        assert_eq!(
            project.read(format!(".git/hooks/{event}")),
            own,
            "as in the folder hooks/ of the source"
        );
    }
    let server = World::of(&project.path().join(".git/hooks"), &[]);
    assert!(
        hooks(&project, &["status"])
            .iter()
            .all(|check| check["state"] == "not_installed")
    );
    hooks(&project, &["install"]);
    hooks(&project, &["uninstall"]);
    server.assert_same(&World::of(&project.path().join(".git/hooks"), &[]));
    assert_eq!(actions(&project, &["uninstall", "--server"]), ["removed"; 2]);
    before.assert_same(&World::of(&project.path().join(".git/hooks"), &[]));
}

#[test]
fn a_hooks_path_is_followed_as_git_follows_it() {
    let project = Project::deployed();
    // Relative to where git receives: the git directory, wherever the command is run.
    for (server, dir) in [
        (Server::open(&project, "bare.git"), "own-hooks"),
        (Server(project.sibling("work", &[])), ".git/own-hooks"),
    ] {
        server.git(&["config", "core.hooksPath", "own-hooks"]);
        server.write("sub/x", "");
        let git_dir = server.git_dir();
        let call = server.call().cwd("sub").env("GIT_DIR", &git_dir);
        let installed = call.lineage_json(&["hooks", "install", "--server"]);
        assert_eq!(texts(&installed, "action"), ["created"; 2]);
        assert!(server.exists(format!("{dir}/pre-receive")), "{installed:?}");
        let checks = hooks(&server, &["status", "--server"]);
        assert!(checks.iter().all(|check| check["state"] == "reached"), "{checks:?}");
        let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[], None);
        server.refuse(&project, &[&format!("{forged}:{HEAD_REF}")], "no Change-Origin");
    }
    let server = Server::open(&project, "global.git");
    let elsewhere = project.beside("all-hooks");
    server.git(&["config", "core.hooksPath", utf8(&elsewhere)]);
    let refused = server.lineage(&["hooks", "install", "--server"]).assert_code(1);
    assert!(refused.err_text().contains("other repositories may use"), "{refused}");
    assert!(!elsewhere.exists());
    server.lineage_ok(&["hooks", "install", "--server", "--shared"]);
    assert!(elsewhere.join("post-receive").exists());
}

/// The search path of a server without `git-lineage`, or with one that does this.
fn search_path(project: &Project, instead: Option<&str>) -> std::ffi::OsString {
    let variables = project.sandbox().variables();
    let path = variables
        .into_iter()
        .find(|(key, _)| key == "PATH")
        .expect("children have one")
        .1;
    let others = std::env::split_paths(&path).filter(|dir| !dir.join("git-lineage").exists());
    let mut dirs: Vec<_> = others.collect();
    if let Some(script) = instead {
        let dir = project.beside("instead");
        project.write_exec(dir.join("git-lineage"), script);
        dirs.insert(0, dir);
    }
    std::env::join_paths(dirs).expect("they came from a search path")
}

#[test]
fn without_the_program_pushes_with_lineage_are_refused_and_others_taken() {
    let broken = "#!/bin/sh\ncat >/dev/null\nexit 101\n";
    let old = "#!/bin/sh\necho \"error: there is no lineage hook for 'pre-receive'\" >&2\nexit 2\n";
    for instead in [None, Some(broken), Some(old)] {
        let (project, server) = pushed();
        project.record_edit("SKILL.md", "# Edited\n");
        project.write("refs/lineage/x", "not a ref\n");
        project.commit("More");
        let path = search_path(&project, instead);
        let push = |refspecs: &[&str]| {
            let args: Vec<&str> = ["push", "--quiet", utf8(server.path())]
                .iter()
                .chain(refspecs)
                .copied()
                .collect();
            project.call().env("PATH", &path).git_any(&args)
        };
        let before = server.refs();
        for refspecs in [&["main", ALL[1]][..], &[ALL[1]], &[&format!(":{HEAD_REF}")]] {
            let told = push(refspecs);
            assert_ne!(told.code, 0, "{told}");
            assert!(told.err_text().contains("could not be checked here"), "{told}");
            assert!(told.err_text().contains("git push <remote> <branch>"), "{told}");
            assert_eq!(server.refs(), before);
        }
        for refspec in [
            "main",
            "main:refs/heads/refs/lineage/x",
            "main:refs/lineages/x",
            ":refs/lineages/x",
        ] {
            let taken = push(&[refspec]);
            assert_eq!(taken.code, 0, "{taken}");
        }
        server.git(&["config", "lineage.refPrefix", "refs/heads/lin"]);
        assert_eq!(push(&[ALL[1]]).code, 0, "no lineage here any more");
        assert_ne!(push(&["main:refs/heads/lin/heads/main/skill/pdf"]).code, 0);
    }
}

#[test]
fn what_the_pusher_sets_switches_nothing_off() {
    let (project, server) = pushed();
    let forged = project.plain_version(&project.rev_parse("HEAD^{tree}"), &[], None);
    let note = project.beside("note");
    project.write(&note, "");
    for (key, value) in [("GIT_LINEAGE_HOOKS", "0"), ("GIT_LINEAGE_HOOK_PROBE", utf8(&note))] {
        let call = project.call().env(key, value);
        let told = call.git_fails(&["push", utf8(server.path()), &format!("+{forged}:{HEAD_REF}")]);
        assert!(told.err_text().contains("no Change-Origin"), "{key}: {told}");
    }
    assert_eq!(server.refs()[HEAD_REF], head(&project));
}

#[test]
fn a_push_without_lineage_is_not_looked_at() {
    let (project, server) = pushed();
    // Lineage that cannot even be listed keeps no branch out.
    server.git(&["symbolic-ref", "refs/lineage/heads/main/skill/link", HEAD_REF]);
    project.write("README.md", "# More\n");
    project.commit("More");
    server.take(&project, &["main"]);
    project.record_edit("SKILL.md", "# Edited\n");
    let told = server.push(&project, &[ALL[1]]);
    assert!(told.code != 0 && told.err_text().contains("skill/link"), "{told}");
}
