//! Killed at any instant: nothing is lost, and both ways out lead somewhere.

use std::{thread, time::Duration};

use super::{LINES, with_line};
use crate::support::{
    project::{Project, World, texts},
    run::wait,
};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn path(name: &str) -> String {
    format!("skills/{name}")
}

/// Four artifacts: a fast-forward, a clean merge, a conflict, and one with nothing new.
#[track_caller]
fn project() -> Project {
    let project = Project::new();
    for name in NAMES {
        project.make_upstream(name);
        project.write(project.upstream_dir(name).join("lines.txt"), LINES);
        project.lineage_ok(&["deploy", &format!("../upstream/skills/{name}"), &path(name)]);
    }
    project.commit("Deploy");
    for (name, line) in [("b", 20), ("c", 1)] {
        project.write(format!("{}/lines.txt", path(name)), with_line(LINES, line, "mine"));
    }
    for name in ["a", "b", "c"] {
        let upstream = project.upstream_dir(name);
        project.write(upstream.join("lines.txt"), with_line(LINES, 1, "theirs"));
        project.write(upstream.join("new.md"), "new\n");
        project.remove(upstream.join("references/forms.md"));
    }
    project
}

/// A small generator of delays; the same in every run.
struct Delays(u64);

impl Delays {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % below
    }
}

/// `GIT_LINEAGE_KILLS` asks for more rounds than the usual twelve.
#[test]
fn a_sync_killed_anywhere_can_be_finished_or_taken_back() {
    let template = project();
    let mut delays = Delays(7);
    // How long it takes undisturbed is what the kills are spread over.
    let begun = std::time::Instant::now();
    copy_of(&template, "undisturbed").lineage(&["sync"]).assert_code(3);
    let whole = u64::try_from(begun.elapsed().as_micros()).expect("it is short");
    let before = World::of(template.path(), &[std::path::Path::new(".git")]);
    let (mut interrupted, mut untouched) = (0, 0);
    let rounds = std::env::var("GIT_LINEAGE_KILLS").map_or(12, |kills| kills.parse().expect("a number"));
    for round in 0..rounds {
        let project = copy_of(&template, &format!("round-{round}"));
        let mut child = project.call().spawn_lineage(&["sync"]);
        thread::sleep(Duration::from_micros(delays.next(whole * 5 / 4)));
        child.kill().expect("it is ours");
        wait(child);
        remove_locks(&project);
        let stands = !project.git(&["for-each-ref", "refs/lineage/pending"]).text().is_empty();
        let go_on = round % 2 == 0;
        if !stands {
            untouched += 1;
            continue;
        }
        interrupted += 1;
        if go_on {
            let output = project.lineage(&["--json", "sync", "--continue"]).assert_code(3);
            let c = output.json().into_iter().find(|one| one["artifact_id"] == "skill/c");
            assert_eq!(c.expect("it is in conflict")["result"], "conflict", "{output}");
            assert_finished(&project);
        } else {
            project.lineage_ok(&["sync", "--abort"]);
            // What had been finished before the kill is finished; all else is as it was.
            let status = project.lineage(&["--json", "sync"]).assert_code(3);
            assert_eq!(status.json().len(), 4, "{status}");
            assert_finished(&project);
        }
        project.git(&["fsck", "--strict"]);
        project.lineage_ok(&["sync", "--abort"]);
        project.lineage_ok(&["verify"]);
        let c = World::of(&project.path().join("skills/c"), &[]);
        World::of(&template.path().join("skills/c"), &[]).assert_same(&c);
        project.remove(project.path());
    }
    before.assert_same(&World::of(template.path(), &[std::path::Path::new(".git")]));
    assert!(
        interrupted >= 3,
        "{interrupted} of the kills hit work in progress, {untouched} did not"
    );
}

/// A killed process leaves a git that goes on moving refs: the next command waits for it.
#[test]
fn what_git_is_still_at_for_a_killed_sync_is_waited_for() {
    let project = project();
    // git takes away what no longer stands.
    let (hook, began) = (".git/hooks/reference-transaction", project.path().join("../began"));
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = prepared ] && grep -Eq ' 0+ refs/lineage/pending'; then touch '{}'; sleep 1; fi\n",
        began.display()
    );
    project.write(hook, script);
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path().join(hook), executable).expect("it is ours");
    let mut child = project.call().spawn_lineage(&["sync"]);
    while !began.exists() {
        assert!(child.try_wait().expect("it is ours").is_none(), "it ended without git");
        thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("it is ours");
    wait(child);
    // Git finished what is not in conflict; the conflict is taken back.
    project.remove(hook);
    let aborted = project.lineage_json(&["sync", "--abort"]);
    assert_eq!(texts(&aborted, "artifact_id"), ["skill/c"]);
    assert_eq!(project.git(&["for-each-ref", "refs/lineage/pending"]).text(), "");
    project.lineage_ok(&["verify"]);
}

#[track_caller]
fn assert_finished(project: &Project) {
    let read = |name: &str| String::from_utf8(project.read(format!("{}/lines.txt", path(name)))).expect("UTF-8");
    assert_eq!(read("a"), with_line(LINES, 1, "theirs"));
    assert_eq!(read("b"), with_line(&with_line(LINES, 1, "theirs"), 20, "mine"));
    assert!(
        read("c").starts_with("<<<<<<< yours\nmine\n=======\ntheirs\n"),
        "{}",
        read("c")
    );
    for name in ["a", "b", "c"] {
        assert!(project.exists(format!("{}/new.md", path(name))));
        assert!(!project.exists(format!("{}/references/forms.md", path(name))));
    }
    let unmerged = project.git(&["diff", "--name-only", "--diff-filter=U"]);
    assert_eq!(unmerged.text(), "skills/c/lines.txt\n");
    let mut origins = texts(&project.lineage_json(&["log", "skill/b"]), "change_origin");
    origins.sort();
    assert_eq!(origins, ["deployment", "local_modification", "sync", "sync"]);
    let standing = project.git(&["for-each-ref", "--format=%(refname:lstrip=4)", "refs/lineage/pending"]);
    assert_eq!(standing.text(), "skill/c\n");
}

/// The project once more, with a git directory of its own and the upstream beside it.
#[track_caller]
fn copy_of(template: &Project, name: &str) -> Project {
    let folder = template.folder(name);
    template.copy(template.path(), folder.path());
    Project::over_worktree(folder)
}

/// git's own locks stand after its process was killed; a person would be told to remove them.
fn remove_locks(project: &Project) {
    let lock = project.path().join(".git/index.lock");
    if lock.exists() {
        project.remove(lock);
    }
}
