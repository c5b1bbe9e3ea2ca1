//! `fetch`, `push` and the pre-push hook over every transport that git has, against git's own servers on this machine:
//! here what works, [`breaking`] what breaks, [`passwords`] what must not be told, [`ssh`].

mod breaking;
#[path = "../../../../src/upstream/tests/hermetic.rs"]
mod hermetic;
#[path = "../../../../src/upstream/tests/http.rs"]
mod http;
#[path = "../../../../src/upstream/tests/loopback.rs"]
mod loopback;
mod passwords;
mod ssh;

use std::path::Path;

use hermetic::hermetic;
use http::HttpServer;
use loopback::Daemon;

use super::{assert_no_warning, heads, shared, version_of};
use crate::support::project::{Project, one, text};
use crate::support::{Output, Rng, TestRepo};

/// As [`shared`], with hooks as files, and a remote that servers of all kinds take pushes for.
fn served() -> (Project, TestRepo) {
    let (project, remote) = shared();
    crate::hooks::with_files_only(project.call(), &project).lineage_ok(&["hooks", "install"]);
    for service in ["http.receivepack", "daemon.receivepack"] {
        remote.git(&["config", service, "true"]);
    }
    (project, remote)
}

/// The folder of all repositories of a sandbox.
fn root(repo: &TestRepo) -> &Path {
    repo.sandbox().root()
}

/// The remote behind a server of this machine.
fn url(scheme: &str, port: u16) -> String {
    format!("{scheme}://127.0.0.1:{port}/remote")
}

/// Has `origin` stand for this URL.
fn reached_at(project: &TestRepo, url: &str) {
    project.git(&["remote", "set-url", "origin", url]);
}

/// Text of so many bytes, of which a pack needs more than half.
fn noise(seed: u64, bytes: usize) -> String {
    let mut rng = Rng(seed);
    let mut text = String::new();
    while text.len() < bytes {
        text.push_str(&format!("{:08x}\n", rng.below(1 << 32)));
    }
    text
}

/// Commits a change of the skill; its version.
fn edited(project: &Project, content: &str) -> String {
    project.edit("SKILL.md", content);
    project.commit("Edit");
    version_of(project, "HEAD")
}

/// Shares in every way there is, back and forth, with these settings in each clone. All that was printed meanwhile.
fn works(project: &Project, remote: &TestRepo, url: &str, settings: &[(&str, &str)]) -> Vec<Output> {
    let mut said = Vec::new();
    let mut note = |output: Output| {
        said.push(output.clone());
        output
    };
    let head = |repo: &TestRepo| heads(repo)["main/skill/pdf"].clone();
    let other = Project::over_worktree(project.sibling("other", &[]));
    other.git(&["remote", "add", "origin", url]);
    reached_at(project, url);
    for (key, value) in settings {
        project.git(&["config", key, value]);
        other.git(&["config", key, value]);
    }

    let first = edited(project, "# with the hook\n");
    let pushed = note(project.git(&["push", "--set-upstream", "origin", "main"]));
    assert_no_warning(&pushed);
    assert_eq!(head(remote), first, "{url}");

    let second = edited(project, "# without it\n");
    note(project.git(&["push", "--no-verify"]));
    assert_eq!(head(remote), first, "{url}");
    let pushed = note(project.lineage(&["--json", "push"])).assert_code(0);
    assert_eq!(one(pushed.json())["heads"][0]["result"], "fast_forward", "{url}");
    assert_eq!(head(remote), second, "{url}");

    note(other.git(&["fetch", "origin"]));
    note(other.git(&["switch", "--create", "main", "--track", "origin/main"]));
    let fetched = note(other.lineage(&["--json", "fetch"])).assert_code(0);
    let fetched = one(fetched.json());
    assert_eq!(text(&fetched["heads"][0], "after"), second, "{url}");
    assert_eq!(fetched["versions"], 3, "{url}: deployed and edited twice");
    assert_eq!(version_of(&other, "HEAD"), second, "{url}");

    let third = edited(&other, "# back again\n");
    note(other.git(&["push"]));
    note(other.lineage(&["push"]).assert_code(0));
    assert_eq!(head(remote), third, "{url}");
    note(project.lineage(&["fetch", "origin"]).assert_code(0));
    note(project.git(&["pull"]));
    assert_eq!(version_of(project, "HEAD"), third, "{url}");
    for repo in [project, &other] {
        let pushed = note(repo.lineage(&["push"])).assert_code(0);
        assert!(pushed.err_text().contains("nothing to send"), "{url}: {pushed}");
        note(repo.lineage(&["verify"])).assert_code(0);
    }
    said
}

#[test]
fn files_and_file_urls() {
    for scheme in ["", "file://"] {
        let (project, remote) = served();
        works(&project, &remote, &format!("{scheme}{}", remote.path().display()), &[]);
    }
}

#[test]
fn git_daemon() {
    let (project, remote) = served();
    if let Some(daemon) = Daemon::new(root(&remote)) {
        works(&project, &remote, &url("git", daemon.port), &[]);
    }
}

#[test]
fn smart_http() {
    let (project, remote) = served();
    let server = HttpServer::new(root(&remote));
    works(&project, &remote, &url("http", server.port), &[]);
    server.behaviour.take_connections();
    // Where no version is new the hook asks the server nothing: git alone would connect as often.
    project.git(&["push", "origin", "main:same"]);
    assert_eq!(server.behaviour.take_connections(), 1);
}

#[test]
fn a_push_that_the_server_rejects_publishes_nothing_of_the_work_tree() {
    let (project, remote) = served();
    let server = HttpServer::new(root(&remote));
    reached_at(&project, &url("http", server.port));
    remote.write_exec("hooks/pre-receive", "#!/bin/sh\n! grep -q ' refs/heads/'\n");
    let part_of_it = project.record_edit("SKILL.md", "# recorded, then committed with more\n");
    let committed = edited(&project, "# committed\n");
    let only_recorded = project.record_edit("SKILL.md", "# only recorded\n");
    let _ = project.git_fails(&["push", "origin", "main"]);
    assert!(project.lineage_ok(&["push"]).err_text().contains("nothing to send"));

    assert!(remote.git(&["for-each-ref", "refs/heads"]).text().is_empty());
    let sent: Vec<String> = heads(&remote).into_values().collect();
    assert_eq!(sent, [committed], "a little early, which does no harm");
    let there = remote.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    let has = |id: &str| there.lines().iter().any(|line| line == id);
    assert!(
        has(text(&part_of_it, "version_id")),
        "the commit's version stands on it"
    );
    for key in ["version_id", "content_hash"] {
        assert!(!has(text(&only_recorded, key)), "{key}");
    }
    remote.remove("hooks/pre-receive");
    project.git(&["push", "origin", "main"]);
    assert_eq!(remote.rev_parse("main"), project.head());
    assert_eq!(heads(&remote)["main/skill/pdf"], sent[0]);
}

#[test]
fn a_refusal_comes_in_the_words_of_the_server() {
    let (project, remote) = served();
    let server = HttpServer::new(root(&remote));
    reached_at(&project, &url("http", server.port));
    let hook =
        "#!/bin/sh\n! grep -q ' refs/lineage/' || { printf 'No lineage here.\\nhint: ask Ada\\n' >&2; exit 1; }\n";
    remote.write_exec("hooks/pre-receive", hook);
    let words = "pre-receive hook declined: No lineage here; hint: ask Ada";
    let pushed = project.git(&["push", "origin", "main"]);
    let warning = format!("warning: origin refused a head of lineage: {words}\n");
    assert!(pushed.err_text().contains(&warning), "{pushed}");
    let refused = project.lineage(&["--json", "push"]).assert_code(1);
    assert_eq!(one(refused.json())["heads"][0]["reason"], words, "{refused}");
}
