//! How far something has come: what the library tells, and that a person sees it on a terminal, and only there.

use std::sync::{Arc, Mutex};

use git_lineage::{LineageStore, Progress, ProgressStage};

use crate::support::project::{ID, Project};
use crate::support::terminal::on_a_terminal;
use crate::support::{Call, Output};

/// A store, and what it has told.
fn told(project: &Project) -> (LineageStore, Arc<Mutex<Vec<Progress>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let store = LineageStore::open(project.path()).expect("a repository");
    let store = store.with_progress(move |now| listener.lock().expect("nobody panics").push(now));
    (store, told)
}

/// What was told of one stage; checked to go forward, and not beyond its end.
#[track_caller]
fn of_stage(told: &Mutex<Vec<Progress>>, stage: ProgressStage) -> Vec<u64> {
    let told = std::mem::take(&mut *told.lock().expect("nobody panics"));
    let steps: Vec<Progress> = told.into_iter().filter(|now| now.stage == stage).collect();
    assert!(
        steps.iter().all(|now| now.total.is_none_or(|total| now.done < total)),
        "{steps:?}"
    );
    let done: Vec<u64> = steps.iter().map(|now| now.done).collect();
    assert!(done.is_sorted(), "{done:?}");
    done
}

fn with_versions(count: u32) -> Project {
    let project = Project::deployed();
    for number in 1..count {
        project.edit("SKILL.md", format!("# {number}\n"));
        project.commit("Edit");
    }
    project
}

#[test]
fn the_library_tells_how_far_it_has_come() {
    let project = with_versions(5);
    let (store, steps) = told(&project);
    let caller = store.caller(git_lineage::Timestamp {
        seconds: 1_800_000_000,
        offset: 0,
    });
    let caller = caller.expect("settings that can be read").expect("somebody");
    store
        .record_local_modification(&git_lineage::Record::default(), &caller)
        .expect("recorded");
    // The deployment was recorded on the commit before.
    assert_eq!(of_stage(&steps, ProgressStage::ReadingCommits), [0, 1, 2, 3, 4]);

    store.rebuild_sidecar().expect("rebuilt");
    assert_eq!(of_stage(&steps, ProgressStage::IndexingVersions), [5]);

    store.verify(&[]).expect("checked");
    assert_eq!(of_stage(&steps, ProgressStage::CheckingVersions), [0, 1, 2, 3, 4]);

    store.sync(&git_lineage::Sync::default(), &caller).expect("synced");
    assert_eq!(of_stage(&steps, ProgressStage::AskingUpstreams), [0]);

    let sources = project.beside("upstream/skills");
    for name in ["one", "two"] {
        project.make_upstream(name);
    }
    let mut request = git_lineage::Deploy::new(sources.to_str().expect("text"));
    request.path = Some("more".parse().expect("a path"));
    store.deploy_each(&request, "[ot]*", &caller).expect("deployed");
    assert_eq!(of_stage(&steps, ProgressStage::Deploying), [0, 1]);
}

/// A call on a terminal that shows progress at once.
fn shown(call: Call<'_>, command: &str) -> Option<Output> {
    on_a_terminal(call.env("TERM", "xterm").env("GIT_PROGRESS_DELAY", "0"), command)
}

#[test]
fn a_person_sees_it_on_a_terminal() {
    let project = with_versions(3);
    project.lineage_ok(&["record"]);
    let Some(output) = shown(project.call(), "git-lineage index rebuild") else {
        return;
    };
    assert!(output.text().contains("indexing versions: 3"), "{output}");
    // The line is gone where the answer stands.
    let answer = output.text().lines().last().expect("an answer");
    assert!(
        answer
            .trim_start_matches(|c| c != 'R')
            .starts_with("Rebuilt the sidecar"),
        "{output}"
    );
    let verified = shown(project.call(), "git-lineage verify").expect("it was there a moment ago");
    assert!(verified.text().contains("checking versions: 0 of 3"), "{verified}");
    let synced = shown(project.call(), &format!("git-lineage sync {ID}")).expect("it was there a moment ago");
    assert!(synced.text().contains("asking upstreams: 0 of 1"), "{synced}");
}

#[test]
fn nobody_else_does() {
    let project = with_versions(3);
    project.lineage_ok(&["record"]);
    for command in [
        "git-lineage -q verify",
        "git-lineage --json verify",
        "git-lineage verify 2>errors; cat errors",
    ] {
        let Some(output) = shown(project.call(), command) else {
            return;
        };
        assert!(!output.text().contains("versions:"), "{command}: {output}");
    }
    // Nor whoever does not have to wait.
    let quick = project.call().env("TERM", "xterm").env("GIT_PROGRESS_DELAY", "1000");
    let output = on_a_terminal(quick, "git-lineage verify").expect("it was there a moment ago");
    assert!(!output.text().contains("versions:"), "{output}");
    let piped = project.call().env("GIT_PROGRESS_DELAY", "0").lineage(&["verify"]);
    assert_eq!(piped.err_text(), "");
}
