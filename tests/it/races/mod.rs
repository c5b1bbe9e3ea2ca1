//! Several processes on one artifact at the same time, and git's gc between them: nothing that was recorded is lost.

mod crowd;
mod holders;

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::support::project::{HEAD_REF, ID, PATH, Project, text};
use crate::support::run::wait;
use crate::support::writer;

/// The versions along first parents, newest first, and that nothing but roots ends the chain.
#[track_caller]
fn chain(project: &Project) -> Vec<String> {
    let chain = project.git(&["rev-list", "--first-parent", HEAD_REF]).lines();
    let all = project.git(&["rev-list", HEAD_REF]).lines();
    assert_eq!(chain.len(), all.len(), "one unbroken chain, no version beside it");
    chain
}

/// Git finds no fault, before and after it threw away what nothing reaches, and can read every byte of every version.
#[track_caller]
fn assert_all_readable(project: &Project, versions: &[String]) {
    let fsck = project.git(&["fsck", "--strict", "--no-progress"]);
    assert_eq!(fsck.err_text(), "", "{fsck}");
    project.git(&["gc", "--quiet", "--prune=now"]);
    let fsck = project.git(&["fsck", "--strict", "--full", "--no-progress"]);
    assert_eq!((fsck.text(), fsck.err_text()), ("", ""), "{fsck}");
    let trees: String = versions
        .iter()
        .map(|id| format!("{id}^{{commit}}\n{id}^{{tree}}\n"))
        .collect();
    let checked = project.git_stdin(&["cat-file", "--batch-check"], trees);
    assert!(!checked.text().contains("missing"), "{checked}");
    let mut args = vec!["rev-list", "--objects", "--no-object-names"];
    args.extend(versions.iter().map(String::as_str));
    let objects = project.git(&args).stdout;
    let contents = project.git_stdin(&["cat-file", "--batch"], objects);
    assert_eq!(contents.err_text(), "");
    // The program reads them as well, and finds them where git does.
    project.lineage_ok(&["verify"]);
    let lineage = project.lineage_json(&["lineage", ID]);
    let ids: Vec<&str> = lineage
        .iter()
        .rev()
        .map(|version| text(version, "version_id"))
        .collect();
    assert_eq!(ids, chain(project));
}

#[test]
fn two_processes_record_through_the_library() {
    const EACH: usize = 200;
    let project = Project::deployed();
    // It is not about the disk.
    project.git(&["config", "core.fsync", "none"]);
    let writers = ["one", "two"].map(|name| writer::spawn(&project, name, EACH));
    let mut reported = HashSet::new();
    for writer in writers {
        let output = wait(writer).assert_code(0);
        let ids = writer::reported(&output.stdout);
        assert_eq!(ids.len(), EACH, "{output}");
        reported.extend(ids);
    }
    assert_eq!(reported.len(), 2 * EACH, "no two of them are the same");
    let chain = chain(&project);
    assert_eq!(chain.len(), 2 * EACH + 1);
    assert!(reported.iter().all(|id| chain.contains(id)), "none is lost");
    let contents: HashSet<String> = project
        .git(&["log", "--format=%T", HEAD_REF])
        .lines()
        .into_iter()
        .collect();
    assert_eq!(contents.len(), chain.len(), "each has its own content");
    assert_all_readable(&project, &chain);
}

/// Edits a file of its own and records, again and again; the versions that were reported.
fn edit_and_record(project: &Project, name: &str, rounds: usize) -> Vec<String> {
    let mut reported = Vec::new();
    for round in 0..rounds {
        // As editors do it: nobody ever sees half of a file.
        let (draft, file) = (format!("{name}.draft"), format!("{PATH}/{name}.md"));
        project.write(&draft, format!("{name} {round}\n"));
        std::fs::rename(project.path().join(&draft), project.path().join(&file)).expect("both are in the project");
        let recorded = project.record();
        reported.push(text(&recorded, "version_id").to_owned());
    }
    reported
}

#[test]
fn two_processes_record_one_work_tree() {
    const ROUNDS: usize = 40;
    let project = Project::deployed();
    let reported: Vec<String> = thread::scope(|scope| {
        let threads = ["one", "two"].map(|name| scope.spawn(|| edit_and_record(&project, name, ROUNDS)));
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    let chain = chain(&project);
    assert!(reported.iter().all(|id| chain.contains(id)), "none is lost");
    // A process may find both edits recorded by the other; but never less than one version for each of its rounds' edits.
    assert!(chain.len() > ROUNDS && chain.len() <= 2 * ROUNDS + 1, "{}", chain.len());
    let before = chain.len();
    assert_eq!(project.record()["recorded"], false, "the last one holds what is there");
    project.git(&["add", "--all", "--", PATH]);
    assert_eq!(
        project.staged_tree(PATH),
        project.rev_parse(&format!("{HEAD_REF}^{{tree}}"))
    );
    assert_eq!(self::chain(&project).len(), before);
    assert_all_readable(&project, &chain);
}

/// What they write besides refs, the manifest and git's index, has no compare-and-swap.
#[test]
fn processes_that_deploy_and_sync_keep_each_others_manifest_lines() {
    let project = Project::deployed();
    let names = ["a", "b", "c", "d", "e", "f"];
    for name in names {
        project.make_upstream(name);
    }
    project.upstream("SKILL.md", "theirs\n");
    let children: Vec<_> = names
        .iter()
        .map(|name| {
            let (from, to) = (format!("../upstream/skills/{name}"), format!("skills/{name}"));
            project.call().spawn_lineage(&["--json", "deploy", &from, &to])
        })
        .chain([project.call().spawn_lineage(&["--json", "sync"])])
        .chain([project
            .call()
            .spawn_lineage(&["--json", "deploy", "../upstream/skills/a", "skills/a"])])
        .collect();
    let codes: Vec<i32> = children.into_iter().map(|child| wait(child).code).collect();
    // The last is one too many, or the first: each artifact is deployed once.
    assert_eq!(codes.iter().sum::<i32>(), 1, "{codes:?}");
    assert!(codes[0] == 1 || codes[7] == 1, "{codes:?}");
    let listed = project.lineage_json(&["list"]);
    assert_eq!(listed.len(), names.len() + 1);
    let status = project.git(&["status", "--porcelain"]);
    assert!(
        status.lines().iter().all(|line| !line.starts_with([' ', '?'])),
        "all is staged: {status}"
    );
    assert_eq!(
        project.git(&["ls-files", "--", "skills"]).lines().len(),
        3 * names.len()
    );
    assert_eq!(project.read(format!("{PATH}/SKILL.md")), b"theirs\n");
}

/// Sets a flag when it is dropped, in a panic as well.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn gc_takes_nothing_that_is_being_recorded() {
    let project = Project::deployed();
    let done = AtomicBool::new(false);
    let (reported, collections) = thread::scope(|scope| {
        let gc = scope.spawn(|| {
            let mut collections = 0;
            while !done.load(Ordering::Relaxed) {
                let output = project.call().within(60).git_any(&["gc", "--quiet", "--prune=now"]);
                // While refs move gc is kept out; it is as good as any other refusal of a second gc.
                let said = output.err_text();
                // In a reftable git has one lock for all refs, and its gc gives up where that is held.
                let is_locked = project.has_tables() && said.contains("fatal: failed to run");
                let kept_out = said.contains("gc is already running") || is_locked;
                assert!(output.code == 0 || kept_out, "{output}");
                collections += usize::from(output.code == 0);
            }
            collections
        });
        let end = SetOnDrop(&done);
        let writer = writer::spawn(&project, "library", 80);
        let mut reported = edit_and_record(&project, "program", 30);
        let output = wait(writer).assert_code(0);
        reported.extend(writer::reported(&output.stdout));
        drop(end);
        (reported, gc.join().expect("no panic"))
    });
    assert!(collections >= 3, "{collections}");
    let chain = chain(&project);
    assert_eq!(chain.len(), 1 + 80 + 30);
    assert!(reported.iter().all(|id| chain.contains(id)), "none is lost");
    assert_all_readable(&project, &chain);
    assert!(!Path::new(&project.path().join(".git/gc.pid")).exists());
}
