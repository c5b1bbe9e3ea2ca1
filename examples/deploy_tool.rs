//! A small deployment tool: makes a project hold the artifacts that a plan lists, and loses nothing on the way.
//!
//! ```sh
//! cargo run --example deploy_tool -- plan.json            # in the project: bring it about
//! cargo run --example deploy_tool -- plan.json --check    # only say what is missing; exit code 4 if anything is
//! ```
//!
//! ```json
//! {"artifacts": [
//!   {"id": "skill/pdf", "path": ".claude/skills/pdf", "source": "https://github.com/anthropics/skills", "from": "skills/pdf"},
//!   {"id": "agent/reviewer", "path": ".claude/agents/reviewer.md", "source": "../agents/reviewer.md"}]}
//! ```
//!
//! What is not deployed is deployed, or adopted where other content lies at its path already; what lies elsewhere is moved;
//! everything else is synced; what the plan does not list any more is removed. Local edits are recorded before anything is
//! overwritten, and what both sides changed is merged. Exit codes: 0 done, 1 an artifact failed, 3 conflicts wait for somebody.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::Path,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use git_lineage::{
    Adopt, AdoptUpstream, ArtifactId, Caller, Deploy, LineageStore, ListedArtifact, Move, OperationError, ProjectPath,
    Record, Remove, Sync, SyncResult, Timestamp,
};
use serde::Deserialize;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the project is to hold.
#[derive(Deserialize)]
struct Plan {
    artifacts: Vec<Planned>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    id: ArtifactId,
    /// From the project's root, like a relative source.
    path: String,
    source: String,
    from: Option<String>,
    #[serde(rename = "ref")]
    ref_name: Option<String>,
}

/// What is to be done about one artifact.
enum Step {
    Deploy(Planned),
    Move(ArtifactId, ProjectPath),
    Sync(ArtifactId),
    Remove(ArtifactId),
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// It was so already.
    Nothing,
    Done,
    Conflicts,
    Failed,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (plan, check) = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [plan] => (plan, false),
        [plan, "--check"] => (plan, true),
        _ => {
            eprintln!("usage: deploy_tool <plan.json> [--check]");
            return ExitCode::from(2);
        }
    };
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let now = Timestamp {
        seconds: i64::try_from(seconds).unwrap_or_default(),
        offset: 0,
    };
    match run(Path::new("."), Path::new(plan), check, now, &mut |line| {
        println!("{line}");
    }) {
        Ok(End::Nothing) => ExitCode::SUCCESS,
        Ok(End::Done) => ExitCode::from(if check { 4 } else { 0 }),
        Ok(End::Conflicts) => ExitCode::from(3),
        Ok(End::Failed) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {}", with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Brings the plan about, or with `check` says what that would be. The worst end of all steps.
fn run(project: &Path, plan: &Path, check: bool, now: Timestamp, say: &mut dyn FnMut(String)) -> Result<End> {
    let plan: Plan = serde_json::from_str(&fs::read_to_string(plan)?)?;
    let store = LineageStore::discover(project)?;
    let caller = store.caller(now)?.ok_or("git does not know who you are")?;
    // A clone may hold commits that name versions which nobody has fetched yet: nothing is done on a guess.
    let missing = store.missing_versions(None)?;
    if let Some(id) = missing.first() {
        return Err(format!("the versions of {id} are not here: git lineage fetch").into());
    }
    let mut worst = End::Nothing;
    for step in steps(plan, &store)? {
        let end = match carry_out(&store, step, check, &caller, say) {
            Ok(end) => end,
            Err(error) => {
                say(format!("  failed: {}", with_causes(&*error)));
                End::Failed
            }
        };
        worst = worst.max(end);
    }
    for notice in store.take_notices() {
        say(format!("note: {notice}"));
    }
    Ok(worst)
}

/// Compares the plan with what is deployed. What goes makes room first.
fn steps(plan: Plan, store: &LineageStore) -> Result<Vec<Step>> {
    let deployed: BTreeMap<ArtifactId, ListedArtifact> = store
        .list(None)?
        .into_iter()
        .map(|artifact| (artifact.version.artifact_id.clone(), artifact))
        .collect();
    let gone = deployed
        .keys()
        .filter(|id| plan.artifacts.iter().all(|planned| planned.id != **id));
    let mut steps: Vec<Step> = gone.cloned().map(Step::Remove).collect();
    for planned in plan.artifacts {
        let path: ProjectPath = planned.path.parse()?;
        match deployed.get(&planned.id) {
            None => steps.push(Step::Deploy(planned)),
            Some(artifact) => {
                if artifact.path != path {
                    steps.push(Step::Move(planned.id.clone(), path));
                }
                steps.push(Step::Sync(planned.id));
            }
        }
    }
    Ok(steps)
}

fn carry_out(
    store: &LineageStore,
    step: Step,
    check: bool,
    caller: &Caller,
    say: &mut dyn FnMut(String),
) -> Result<End> {
    match step {
        Step::Deploy(planned) => deploy(store, &planned, check, caller, say),
        Step::Move(id, path) => {
            say(format!("move {id} to {path}"));
            let request = Move {
                dry_run: check,
                ..Move::new(id, path)
            };
            store.relocate(&request, caller)?;
            Ok(End::Done)
        }
        Step::Remove(id) => {
            say(format!("remove {id}"));
            let request = Remove {
                dry_run: check,
                ..Remove::new(id)
            };
            store.remove(&request, caller)?;
            Ok(End::Done)
        }
        Step::Sync(id) => {
            let request = Sync {
                ids: vec![id.clone()],
                dry_run: check,
                ..Sync::default()
            };
            let mut end = End::Nothing;
            for synced in store.sync(&request, caller)? {
                end = end.max(match synced.result {
                    SyncResult::UpToDate => End::Nothing,
                    SyncResult::FastForward | SyncResult::Merged => End::Done,
                    SyncResult::Conflict => End::Conflicts,
                    // What a newer library may have to say is for people to look at, too.
                    _ => End::Failed,
                });
                if end > End::Nothing {
                    say(
                        format!("sync {id}: {} {}", synced.result.as_str(), synced.conflicts.join(" "))
                            .trim_end()
                            .to_owned(),
                    );
                }
                if let Some(error) = synced.error {
                    say(format!("  {}", with_causes(&error)));
                }
            }
            Ok(end)
        }
    }
}

/// Other content at the path is somebody's work: it is adopted with the past that the project's history knows of it, and compared
/// with the upstream, so that the next sync merges.
fn deploy(
    store: &LineageStore,
    planned: &Planned,
    check: bool,
    caller: &Caller,
    say: &mut dyn FnMut(String),
) -> Result<End> {
    let path: ProjectPath = planned.path.parse()?;
    let request = Deploy {
        id: Some(planned.id.clone()),
        path: Some(path.clone()),
        from: planned.from.clone(),
        ref_name: planned.ref_name.clone(),
        dry_run: check,
        ..Deploy::new(&planned.source)
    };
    match store.deploy(&request, caller) {
        Ok(deployed) => {
            say(format!("deploy {} to {} ({} files)", planned.id, path, deployed.files));
            Ok(End::Done)
        }
        Err(OperationError::ContentInTheWay { .. }) => {
            let mut request = Adopt::new(vec![path.clone()]);
            request.id = Some(planned.id.clone());
            request.upstreams = vec![AdoptUpstream {
                source: planned.source.clone(),
                from: planned.from.clone(),
            }];
            request.ref_name = planned.ref_name.clone();
            request.dry_run = check;
            let adopted = store.adopt(&request, caller)?;
            let versions: usize = adopted.iter().map(|one| one.versions.len()).sum();
            say(format!("adopt {} at {path} ({versions} versions)", planned.id));
            if !check {
                let edits = Record {
                    ids: vec![planned.id.clone()],
                    ..Record::default()
                };
                store.record_local_modification(&edits, caller)?;
            }
            Ok(End::Done)
        }
        Err(error) => Err(error.into()),
    }
}

/// An error and all that led to it, on one line.
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let all = std::iter::once(error.to_string()).chain(causes.map(ToString::to_string));
    let mut lines: Vec<String> = all.collect();
    lines.dedup();
    lines.join(": ")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// A project and upstream skills beside it, in a folder that goes with it.
    struct Place {
        folder: tempfile::TempDir,
        now: Timestamp,
    }

    impl Place {
        fn new() -> Self {
            let place = Place {
                folder: tempfile::tempdir().expect("a folder"),
                now: "2026-01-01T00:00:00+00:00".parse().expect("a time"),
            };
            fs::create_dir(place.folder.path().join("project")).expect("created");
            place.git(&["init", "--quiet", "--initial-branch=main"]);
            place.git(&["config", "user.name", "Ada"]);
            place.git(&["config", "user.email", "ada@example.org"]);
            place.git(&["config", "commit.gpgSign", "false"]);
            place.git(&["commit", "--quiet", "--allow-empty", "-m", "Begin"]);
            place
        }

        fn git(&self, args: &[&str]) {
            let status = Command::new("git")
                .args(args)
                .current_dir(self.folder.path().join("project"))
                .status();
            assert!(status.expect("git runs").success(), "git {args:?}");
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            fs::write(path, text).expect("written");
        }

        fn read(&self, path: &str) -> Option<String> {
            fs::read_to_string(self.folder.path().join(path)).ok()
        }

        /// Runs the tool with artifacts given as `name` or `name at path`.
        fn run(&mut self, artifacts: &[&str], check: bool) -> (End, Vec<String>) {
            let artifacts: Vec<_> = artifacts
                .iter()
                .map(|artifact| {
                    let (name, path) = artifact.split_once(" at ").unwrap_or((artifact, artifact));
                    serde_json::json!({"id": format!("skill/{name}"), "path": format!("skills/{path}"),
                        "source": "../upstream", "from": name})
                })
                .collect();
            let plan = self.folder.path().join("plan.json");
            fs::write(&plan, serde_json::json!({"artifacts": artifacts}).to_string()).expect("written");
            self.now.seconds += 1;
            let mut said = Vec::new();
            let project = self.folder.path().join("project");
            let end = run(&project, &plan, check, self.now, &mut |line| said.push(line)).expect("a plan");
            (end, said)
        }
    }

    #[test]
    fn a_project_becomes_what_the_plan_says() {
        let mut place = Place::new();
        place.write("upstream/a/SKILL.md", "# A\n\nText.\n\nMore.\n");
        place.write("upstream/b/SKILL.md", "# B\n");
        let (end, said) = place.run(&["a", "b"], true);
        assert_eq!((end, said.len()), (End::Done, 2));
        assert_eq!(place.read("project/skills/a/SKILL.md"), None, "it was only checked");
        assert_eq!(place.run(&["a", "b"], false).0, End::Done);
        place.git(&["commit", "--quiet", "-m", "Deploy"]);
        assert_eq!(place.run(&["a", "b"], true), (End::Nothing, Vec::new()));

        // Both sides move; one goes elsewhere, and one goes.
        place.write("upstream/a/SKILL.md", "# A, newer\n\nText.\n\nMore.\n");
        place.write("project/skills/a/SKILL.md", "# A\n\nText.\n\nOurs.\n");
        let (end, said) = place.run(&["a at moved/a"], false);
        assert_eq!(end, End::Done, "{said:?}");
        assert_eq!(
            said,
            [
                "remove skill/b",
                "move skill/a to skills/moved/a",
                "sync skill/a: merged"
            ]
        );
        assert_eq!(
            place.read("project/skills/moved/a/SKILL.md").as_deref(),
            Some("# A, newer\n\nText.\n\nOurs.\n")
        );
        assert_eq!(place.read("project/skills/b/SKILL.md"), None);
    }

    #[test]
    fn what_somebody_wrote_is_adopted_and_conflicts_are_left_to_people() {
        let mut place = Place::new();
        place.write("upstream/a/SKILL.md", "# A\n");
        place.write("project/skills/a/SKILL.md", "# A\n");
        place.git(&["add", "--all"]);
        place.git(&["commit", "--quiet", "-m", "Copied by hand"]);
        place.write("project/skills/a/SKILL.md", "# Ours\n");
        let (end, said) = place.run(&["a"], false);
        assert_eq!(
            (end, said),
            (End::Done, vec!["adopt skill/a at skills/a (1 versions)".to_owned()])
        );
        place.write("upstream/a/SKILL.md", "# Theirs\n");
        let (end, said) = place.run(&["a"], false);
        assert_eq!(
            (end, said),
            (End::Conflicts, vec!["sync skill/a: conflict SKILL.md".to_owned()])
        );
        assert!(
            place
                .read("project/skills/a/SKILL.md")
                .is_some_and(|text| text.contains("<<<<<<<"))
        );
    }

    #[test]
    fn one_that_fails_stops_no_other() {
        let mut place = Place::new();
        place.write("upstream/b/SKILL.md", "# B\n");
        let (end, said) = place.run(&["a", "b"], false);
        assert_eq!(end, End::Failed);
        assert!(said[0].starts_with("  failed: "), "{said:?}");
        assert!(place.read("project/skills/b/SKILL.md").is_some());
    }
}
