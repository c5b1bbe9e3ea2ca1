//! Lock files that a killed git left behind: who would come to them in the end does not begin.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use super::{LINES, lines, with_conflict, with_line, with_lines};
use crate::support::project::{ID, PATH, Project, SOURCE, text};

const INDEX: &str = ".git/index.lock";

/// While the lock stands the command fails and changes nothing: no file, no entry of the index, no ref. Without it the same
/// command ends with `code`.
#[track_caller]
fn stops_at(project: &Project, lock: &str, args: &[&str], code: i32) {
    project.write(lock, "");
    let before = project.all_but_objects();
    let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
    let output = project.lineage(&args).assert_code(1);
    let error = output.json_error();
    assert_eq!(error["code"], "locked", "{output}");
    let path = project.path().join(lock);
    let named = text(&error, "message").contains(path.to_str().expect("UTF-8"));
    assert!(named, "{output}");
    assert!(error["hints"].to_string().contains("remove the file"), "{output}");
    before.assert_same(&project.all_but_objects());
    project.remove(lock);
    let _done = project.lineage(&args).assert_code(code);
}

/// Something new is upstream.
#[track_caller]
fn outdated() -> Project {
    let project = with_lines();
    project.upstream("lines.txt", with_line(LINES, 20, "theirs"));
    project
}

#[test]
fn deploy_and_sync_stop_at_the_lock_of_the_index() {
    stops_at(&Project::new(), INDEX, &["deploy", SOURCE, PATH], 0);
    let project = outdated();
    stops_at(&project, INDEX, &["sync"], 0);
    assert_eq!(lines(&project), with_line(LINES, 20, "theirs"));
    // Conflicts are written into the index in any case.
    let project = outdated();
    project.edit("lines.txt", with_line(LINES, 20, "mine"));
    stops_at(&project, INDEX, &["sync", "--no-stage"], 3);
}

#[test]
fn restore_mv_and_remove_stop_at_the_lock_of_the_index() {
    let project = with_lines();
    project.record_edit("lines.txt", &with_line(LINES, 1, "mine"));
    stops_at(&project, INDEX, &["restore", ID, "skill/pdf~1"], 0);
    stops_at(&project, INDEX, &["mv", ID, "elsewhere"], 0);
    stops_at(&project, INDEX, &["remove", ID], 0);
    assert!(!project.exists("elsewhere"));
}

#[test]
fn both_ways_back_stop_at_the_lock_of_the_index() {
    let project = with_conflict();
    stops_at(&project, INDEX, &["sync", "--abort"], 0);
    assert_eq!(lines(&project), with_line(LINES, 1, "uno"));
    let project = outdated();
    project.lineage_ok(&["sync"]);
    stops_at(&project, INDEX, &["undo"], 0);
    assert_eq!(lines(&project), LINES);
}

#[test]
fn refs_that_git_will_move_are_looked_at_before() {
    if !outdated().has_ref_files("locks of files of refs") {
        return;
    }
    for lock in [".git/packed-refs.lock", ".git/refs/worktree/lineage-undo.lock"] {
        stops_at(&outdated(), lock, &["sync"], 0);
    }
    stops_at(&with_conflict(), ".git/packed-refs.lock", &["sync", "--abort"], 0);
}

#[test]
fn a_lock_that_comes_in_the_middle_leaves_what_can_be_continued() {
    let project = outdated();
    project.write(".gitattributes", "lines.txt filter=slow\n");
    project.commit("Filter");
    let began = project.beside("began");
    let once = format!("test -e '{0}' || touch '{0}' {INDEX}; cat", began.display());
    project.git(&["config", "filter.slow.smudge", &once]);
    let output = project.lineage(&["--json", "sync"]).assert_code(1);
    assert_eq!(output.json_error()["code"], "locked", "{output}");
    stops_at(&project, INDEX, &["sync", "--continue"], 0);
    assert_eq!(lines(&project), with_line(LINES, 20, "theirs"));
    assert_eq!(project.git(&["diff", "--name-only"]).text(), "");
    project.lineage_ok(&["verify"]);
}

#[test]
fn a_lock_that_goes_in_time_is_waited_for() {
    let project = outdated();
    project.write(INDEX, "");
    let lock = project.path().join(INDEX);
    let mut child = project.call().spawn_lineage(&["sync"]);
    std::thread::sleep(Duration::from_millis(300));
    let ended = child.try_wait().expect("a child can be asked").is_some();
    fs::remove_file(&lock).expect("it is ours");
    crate::support::run::wait(child).assert_code(0);
    assert!(!ended, "it did not wait");
}

#[test]
fn who_does_not_need_the_index_does_not_ask_for_it() {
    let project = outdated();
    project.write(INDEX, "");
    project.lineage_ok(&["sync", "--dry-run"]);
    project.lineage_ok(&["remove", ID, "--dry-run"]);
    project.record_edit("SKILL.md", "mine\n");
    project.lineage_ok(&["status"]);
    project.lineage_ok(&["sync", "--no-stage"]);
    assert_eq!(lines(&project), with_line(LINES, 20, "theirs"));
    project.lineage_ok(&["sync"]);
}

#[test]
fn a_linked_work_tree_has_locks_of_its_own() {
    let project = outdated();
    let linked = Project::over_worktree(project.worktree_add("linked", "other"));
    let of_linked = project.path().join(".git/worktrees/linked");
    linked.write(of_linked.join("index.lock"), "");
    project.lineage_ok(&["sync"]);
    let output = linked.lineage(&["--json", "sync"]).assert_code(1);
    assert_eq!(output.json_error()["code"], "locked", "{output}");
    linked.remove(of_linked.join("index.lock"));
    // One that is too old to be in use, on a ref that only this program moves, is no obstacle.
    let lock = of_linked.join("refs/worktree/lineage-undo.lock");
    linked.write(&lock, "");
    let file = fs::File::options().write(true).open(&lock).expect("it was just made");
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    file.set_modified(an_hour_ago).expect("it is ours");
    linked.lineage_ok(&["sync"]);
    assert!(!lock.exists());
}

#[test]
fn init_stops_at_the_lock_of_the_configuration_if_it_has_to_write_there() {
    let project = Project::new();
    let lock = ".git/config.lock";
    project.git(&["remote", "add", "origin", "../elsewhere"]);
    stops_at(&project, lock, &["init"], 0);
    project.write(lock, "");
    project.lineage_ok(&["init"]);
}
