//! Clones of a project whose lineage nobody has shared: `fetch --rebuild` makes it anew from upstream.

mod agreement;
mod random;
mod refused;
mod shallow;

use serde_json::{Value, json};

use super::{heads, refs, version_of};
use crate::support::TestRepo;
use crate::support::project::{ID, PATH, Project, one, text};

/// The project, its git upstream, and a remote that has commits of the project only.
struct Unshared {
    project: Project,
    upstream: TestRepo,
    remote: TestRepo,
}

/// Eight lines: changes at both ends merge.
fn skill(first: &str, last: &str) -> String {
    format!("{first}\n2\n3\n4\n5\n6\n7\n{last}\n")
}

impl Unshared {
    /// Deployed, edited, synced, and edited again: four commits.
    fn new() -> Self {
        let unshared = Unshared::deployed(&[]);
        unshared.project.edit("SKILL.md", skill("one", "mine"));
        unshared.project.commit("Edit");
        unshared.news("SKILL.md", &skill("two", "eight"));
        assert_eq!(unshared.project.sync()["result"], "merged");
        unshared.project.commit("Sync");
        unshared.project.edit("notes.md", "Mine.\n");
        unshared.project.commit("Note");
        unshared.publish();
        unshared
    }

    /// Deployed only. `options` are those of the upstream's `git init`.
    fn deployed(options: &[&str]) -> Self {
        let project = Project::new();
        let upstream = project.sibling("skills.git-tree", options);
        upstream.write("skills/pdf/SKILL.md", skill("one", "eight"));
        upstream.write_exec("skills/pdf/scripts/fill.sh", "#!/bin/sh\n");
        upstream.commit("Begin");
        project.lineage_ok(&["deploy", "../skills.git-tree", PATH, "--from", "skills/pdf"]);
        project.commit("Deploy");
        let remote = project.sibling("remote", &["--bare"]);
        project.git(&["remote", "add", "origin", "../remote"]);
        let unshared = Unshared {
            project,
            upstream,
            remote,
        };
        unshared.publish();
        unshared
    }

    /// Pushes the project's commits, and no lineage.
    fn publish(&self) {
        self.project
            .git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    }

    /// A commit upstream.
    fn news(&self, path: &str, bytes: &str) -> String {
        self.upstream.write(format!("skills/pdf/{path}"), bytes);
        self.upstream.commit("News")
    }

    /// A clone, in which lineage is missing.
    fn clone(&self, name: &str) -> Project {
        Project::over_worktree(self.remote.clone_as(name, &[]))
    }

    /// The same with its lineage rebuilt.
    fn rebuilt(&self, name: &str) -> Project {
        let clone = self.clone(name);
        let answer = rebuild(&clone);
        assert!(answer.iter().all(|one| one["error"].is_null()), "{answer:?}");
        clone
    }
}

/// What `fetch --rebuild` says of each baseline that was missing; it may fail.
#[track_caller]
fn rebuild(clone: &TestRepo) -> Vec<Value> {
    let output = clone.lineage(&["--json", "fetch", "--rebuild"]);
    let answer = one(output.json())["rebuilt"].as_array().expect("a list").clone();
    let failed = answer.iter().any(|one| !one["error"].is_null());
    assert_eq!(output.code, i32::from(failed), "{output}");
    answer
}

/// People and dates of a commit.
fn people(repo: &TestRepo, commit: &str) -> String {
    let format = "--format=%an <%ae> %ad, %cn <%ce> %cd";
    repo.git(&["log", "-1", "--date=raw", format, commit]).trimmed()
}

/// What every commit of the branch holds.
fn all_versions(repo: &TestRepo) -> Vec<String> {
    let with_artifact = format!("{}..main", repo.git(&["rev-list", "--max-parents=0", "main"]).trimmed());
    let commits = repo.git(&["rev-list", &with_artifact]).lines();
    commits.iter().map(|commit| version_of(repo, commit)).collect()
}

#[test]
fn a_baseline_is_the_upstream_commit_as_deploy_would_have_recorded_it() {
    let unshared = Unshared::new();
    let clone = unshared.clone("clone");
    for args in [&["status"][..], &["log", ID], &["record"]] {
        let missing = clone.lineage(args).assert_code(1);
        assert!(missing.err_text().contains("git lineage fetch --rebuild"), "{missing}");
    }
    clone.lineage_ok(&["fetch"]);
    assert_eq!(clone.lineage(&["status"]).code, 1, "the remote has none");
    let files = clone.git(&["status", "--porcelain"]).stdout;
    let answer = rebuild(&clone);
    let [deployed, synced] = answer.as_slice() else {
        panic!("{answer:?}");
    };
    assert_eq!(clone.git(&["status", "--porcelain"]).stdout, files);
    let expected = json!({
        "artifact_id": ID,
        "baseline": unshared.upstream.rev_parse("HEAD:skills/pdf"),
        "version_id": synced["version_id"],
        "error": null,
    });
    assert_eq!(*synced, expected);
    let commits = unshared.upstream.git(&["rev-list", "--reverse", "main"]).lines();
    let (root, second) = (text(deployed, "version_id"), text(synced, "version_id"));
    for ((version, commit), (parents, origin)) in [(root, &commits[0]), (second, &commits[1])]
        .into_iter()
        .zip([(json!([]), "deployment"), (json!([root]), "sync")])
    {
        let shown = clone.show(version);
        let tree = unshared.upstream.rev_parse(&format!("{commit}:skills/pdf"));
        assert_eq!((&shown["content_hash"], &shown["parent_ids"]), (&json!(tree), &parents));
        assert_eq!(shown["change_origin"], origin);
        assert_eq!(people(&clone, version), people(&unshared.upstream, commit));
        let upstream = json!({"url": "../skills.git-tree", "path": "skills/pdf", "ref": "main", "commit": commit});
        assert_eq!(
            (&shown["upstream"], &shown["project_commit"]),
            (&upstream, &Value::Null)
        );
        assert_eq!(clone.git(&["ls-tree", "-r", version]).stdout, {
            unshared.upstream.git(&["ls-tree", "-r", &tree]).stdout
        });
    }
    assert!(rebuild(&clone).is_empty(), "nothing is missing any more");
    // Everything hangs on the head of the line.
    assert_eq!(heads(&clone).len(), 1);
    assert!(refs(&clone, "refs/lineage/kept/").is_empty());
    assert_eq!(heads(&clone)["main/skill/pdf"], version_of(&clone, "HEAD"));
}

#[test]
fn all_works_on_what_was_rebuilt() {
    let unshared = Unshared::new();
    let clone = unshared.rebuilt("clone");
    let origins: Vec<Value> = clone
        .lineage_json(&["log", ID])
        .iter()
        .map(|one| one["change_origin"].clone())
        .collect();
    assert_eq!(
        origins,
        ["local_modification", "sync", "sync", "local_modification", "deployment"]
    );
    let blamed = clone.lineage_json(&["blame", ID, "SKILL.md"]);
    let origins: Vec<&str> = blamed.iter().map(|line| text(line, "change_origin")).collect();
    assert_eq!(
        (origins[0], origins[1], origins[7]),
        ("sync", "deployment", "local_modification")
    );
    // Of a line's origin both lineages say the same.
    let there = unshared.project.lineage_json(&["blame", ID, "SKILL.md"]);
    assert!(
        blamed
            .iter()
            .zip(&there)
            .all(|(here, there)| here["change_origin"] == there["change_origin"])
    );
    let status = one(clone.lineage_json(&["status", ID]));
    assert_eq!(
        (&status["state"], &status["recorded"]),
        (&json!("modified"), &json!(true))
    );
    let recorded = clone.record_edit("notes.md", "Mine, again.\n");
    assert_eq!(recorded["parent_ids"], json!([version_of(&clone, "HEAD")]));
    clone.commit("Edit");
    // The next sync merges over what was synced last: its first line is upstream's, and mine at the end stays.
    unshared.news("SKILL.md", &skill("three", "eight"));
    let synced = clone.sync();
    assert_eq!(synced["result"], "merged", "{synced}");
    assert_eq!(
        clone.read(format!("{PATH}/SKILL.md")),
        skill("three", "mine").as_bytes()
    );
    clone.commit("Sync");
    assert_eq!(clone.lineage(&["verify"]).code, 0);
    clone.git(&["push", "--quiet"]);
    clone.lineage_ok(&["push"]);
    let other = unshared.clone("other");
    other.lineage_ok(&["fetch"]);
    assert_eq!(version_of(&other, "HEAD"), version_of(&clone, "HEAD"));
}

#[test]
fn whoever_rebuilds_makes_the_same_versions() {
    let unshared = Unshared::new();
    let clones: Vec<Project> = ["one", "two", "three"].map(|name| unshared.clone(name)).into();
    clones[1].git(&["switch", "--quiet", "--detach"]);
    clones[2].git(&["config", "commit.gpgSign", "true"]);
    let answers: Vec<Vec<Value>> = clones
        .iter()
        .map(|clone| {
            let call = clone
                .call()
                .env("GIT_AUTHOR_NAME", "Somebody")
                .env("GIT_COMMITTER_EMAIL", "else@example.org");
            let answer = one(call.lineage_json(&["fetch", "--rebuild"]));
            answer["rebuilt"].as_array().expect("a list").clone()
        })
        .collect();
    assert_eq!(answers[0].len(), 2);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    // Where there is no line, the newest keeps the others.
    let kept = refs(&clones[1], "refs/lineage/kept/");
    assert_eq!(kept.values().collect::<Vec<_>>(), [text(&answers[0][1], "version_id")]);
    assert!(heads(&clones[1]).is_empty());
    let status = one(clones[1].lineage_json(&["status", ID]));
    assert_eq!(status["state"], "modified", "{status}");
    clones[1].git(&["switch", "--quiet", "main"]);
    for clone in &clones {
        assert_eq!(all_versions(clone), all_versions(&clones[0]));
        assert_eq!(clone.lineage(&["verify"]).code, 0);
    }
}

#[test]
fn without_any_remote_it_is_rebuilt_too() {
    let unshared = Unshared::new();
    let clone = unshared.clone("clone");
    clone.git(&["remote", "remove", "origin"]);
    assert_eq!(
        clone.lineage(&["--json", "fetch"]).assert_code(1).json_error()["code"],
        "no_remote"
    );
    let answer = one(clone.lineage_json(&["fetch", "--rebuild"]));
    assert_eq!((&answer["remote"], &answer["versions"]), (&Value::Null, &json!(0)));
    assert_eq!(answer["rebuilt"].as_array().map(Vec::len), Some(2));
    assert_eq!(clone.lineage(&["status"]).code, 0);
    assert_eq!(
        clone
            .lineage(&["--json", "fetch", "elsewhere", "--rebuild"])
            .assert_code(1)
            .json_error()["code"],
        "unknown_remote"
    );
}

/// The remote has what was deployed; what was synced since was never pushed.
#[test]
fn what_is_known_is_built_upon() {
    let unshared = Unshared::deployed(&[]);
    unshared.project.lineage_ok(&["push"]);
    let deployed = version_of(&unshared.project, "HEAD");
    unshared.news("SKILL.md", "new\n");
    unshared.project.sync();
    unshared.project.commit("Sync");
    unshared.publish();
    let clone = unshared.clone("clone");
    let answer = rebuild(&clone);
    assert_eq!(answer.len(), 1, "{answer:?}");
    let version = clone.show(text(&answer[0], "version_id"));
    assert_eq!(version["parent_ids"], json!([deployed]));
    // Nothing was edited, so that this is what the commit holds.
    assert_eq!(version["version_id"], version_of(&clone, "HEAD").as_str());
    assert_eq!(clone.lineage(&["verify"]).code, 0);
}

#[test]
fn what_only_the_work_tree_names_is_rebuilt_and_kept() {
    let unshared = Unshared::deployed(&[]);
    unshared.news("SKILL.md", "new\n");
    unshared.project.sync();
    let manifest = unshared.project.read(".gitlineage");
    let clone = unshared.clone("clone");
    clone.write(".gitlineage", &manifest);
    clone.edit("SKILL.md", "new\n");
    let answer = rebuild(&clone);
    assert_eq!(answer.len(), 2, "{answer:?}");
    let newest = text(&answer[1], "version_id");
    assert!(refs(&clone, "refs/lineage/kept/").contains_key(newest));
    assert_eq!(clone.record()["version_id"], newest);
    assert_eq!(clone.lineage(&["verify"]).code, 0);
}

#[test]
fn a_branch_without_a_commit_is_no_obstacle() {
    let unshared = Unshared::deployed(&[]);
    let clone = unshared.clone("clone");
    clone.git(&["switch", "-q", "--orphan", "alone"]);
    clone.git(&["checkout", "-q", "origin/main", "--", "."]);
    let answer = rebuild(&clone);
    assert_eq!(answer.len(), 1, "{answer:?}");
    assert_eq!(clone.record()["version_id"], answer[0]["version_id"]);
    clone.commit("Begin anew");
    assert_eq!(version_of(&clone, "HEAD"), text(&answer[0], "version_id"));
}

/// Both sides have synced something else, and the manifest is full of markers.
#[test]
fn in_the_middle_of_a_merge_both_sides_are_rebuilt() {
    let unshared = Unshared::deployed(&[]);
    let project = &unshared.project;
    project.git(&["branch", "topic"]);
    unshared.news("SKILL.md", &skill("two", "eight"));
    project.sync();
    project.commit("Sync");
    unshared.publish();
    project.git(&["switch", "-q", "topic"]);
    unshared.news("SKILL.md", &skill("two", "three"));
    project.sync();
    project.commit("Sync more");
    project.git(&["push", "-q", "origin", "topic"]);
    let clone = unshared.clone("clone");
    assert_ne!(clone.call().git_any(&["merge", "-q", "origin/topic"]).code, 0);
    let answer = rebuild(&clone);
    assert_eq!(answer.len(), 3, "{answer:?}");
    clone.git(&["checkout", "-q", "--theirs", PATH]);
    clone.git(&["add", PATH]);
    let recorded = clone.record();
    assert_eq!(recorded["parent_ids"].as_array().map(Vec::len), Some(2), "{recorded}");
    clone.commit("Merge");
    assert_eq!(clone.lineage(&["verify"]).code, 0);
}

/// A baseline is as old as its upstream commit.
#[test]
fn pruning_leaves_what_the_line_holds() {
    let unshared = Unshared::deployed(&[]);
    let clone = unshared.rebuilt("clone");
    clone.lineage_ok(&["prune", "--expire", "2100-01-01"]);
    assert_eq!(clone.lineage(&["status"]).code, 0);
}

/// A single file, attributes that change bytes, and an upstream of the other hash function.
#[test]
fn content_is_what_deploy_makes_of_it() {
    let unshared = Unshared::deployed(&["--object-format=sha256"]);
    unshared.upstream.write("agents/review.md", "line\r\nline\r\n");
    unshared.upstream.commit("Agent");
    unshared.project.write(".gitattributes", "*.md text\n");
    let from = [
        "deploy",
        "../skills.git-tree",
        "agents/check.md",
        "--from",
        "agents/review.md",
    ];
    let deployed = one(unshared.project.lineage_json(&from));
    unshared.project.commit("Deploy an agent");
    unshared.publish();
    let clone = unshared.clone("clone");
    let answer = rebuild(&clone);
    assert_eq!(answer.len(), 2, "{answer:?}");
    let version = clone.show(text(&answer[0], "version_id"));
    for key in ["artifact_id", "content_hash", "upstream", "files", "summary", "author"] {
        assert_eq!(
            version[key],
            unshared.project.show(text(&deployed, "version_id"))[key],
            "{key}"
        );
    }
    assert!(version["upstream"]["tree"].is_string(), "{version}");
    assert_eq!(clone.lineage(&["verify"]).code, 0);
}
