//! Connections that break in the middle: one clear error, nothing half done, and the next try works.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{Daemon, HttpServer, edited, heads, loopback::Proxy, noise, reached_at, root, served, url, version_of};
use crate::sharing::{refs, results};
use crate::support::project::{Project, one, text};
use crate::support::{Output, TestRepo};

/// A change of which more is recorded than is committed: its version takes more than the project has of it.
pub(super) fn edited_at_length(project: &Project, seed: u64) -> String {
    project.record_edit("SKILL.md", &noise(seed, 60_000));
    edited(project, &format!("# short again, {seed}\n"))
}

/// Panics unless it is the one error of a transport, in one line and with the way out.
#[track_caller]
pub(super) fn assert_clear(output: &Output) {
    assert_eq!(output.code, 1, "{output}");
    assert!(output.stdout.is_empty(), "{output}");
    let error = output.json_error();
    assert_eq!(text(&error, "code"), "transport", "{output}");
    let message = text(&error, "message");
    assert!(message.starts_with("git could not "), "{output}");
    assert!(!message.contains(['\n', '\r']) && message.len() < 300, "{output}");
    let hints = error["hints"].as_array().expect("a list");
    assert!(text_of(hints).contains("git ls-remote origin"), "{output}");
    assert_eq!(output.err_text().lines().count(), 1, "{output}");
}

fn text_of(hints: &[serde_json::Value]) -> String {
    let hints = hints.iter().filter_map(serde_json::Value::as_str);
    hints.collect::<Vec<_>>().join("\n")
}

/// Every ref, and whether all that they reach is there.
#[track_caller]
fn state(repo: &TestRepo) -> Vec<String> {
    repo.git(&["fsck", "--connectivity-only"]);
    repo.git(&["for-each-ref"]).lines()
}

/// The command fails clearly while the connection breaks, changes nothing anywhere, and says what it does afterwards.
#[track_caller]
pub(super) fn fails_then_works(
    repo: &TestRepo,
    remote: &TestRepo,
    breaks: &AtomicBool,
    command: &str,
) -> serde_json::Value {
    let before = (state(repo), state(remote));
    breaks.store(true, Ordering::SeqCst);
    assert_clear(&repo.lineage(&["--json", command]));
    let shown = repo.lineage(&[command]).assert_code(1);
    let lines: Vec<&str> = shown.err_text().lines().collect();
    assert!(lines[0].starts_with("error: git could not "), "{shown}");
    assert!(lines[1..].iter().all(|line| line.starts_with("hint: ")), "{shown}");
    assert!(!shown.err_text().contains("\\n"), "{shown}");
    breaks.store(false, Ordering::SeqCst);
    assert_eq!((state(repo), state(remote)), before);
    assert_eq!(repo.lineage(&["verify"]).code, 0);
    one(repo.lineage_json(&[command]))
}

/// A remote that two clones know, and what the first has pushed since.
fn with_more_there() -> (Project, TestRepo, TestRepo) {
    let (project, remote) = served();
    project.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    let other = remote.clone_as("other", &[]);
    other.lineage_ok(&["fetch"]);
    edited_at_length(&project, 1);
    project.git(&["push", "--quiet"]);
    (project, remote, other)
}

#[test]
fn a_fetch_that_breaks() {
    let (project, remote, other) = with_more_there();
    let server = HttpServer::new(root(&remote));
    let daemon = Daemon::new(root(&remote));
    let proxy = daemon.as_ref().map(|daemon| Proxy::new(daemon.port));
    let mut ways = vec![(url("http", server.port), &server.behaviour.cuts_packs)];
    ways.extend(proxy.as_ref().map(|proxy| (url("git", proxy.port), &*proxy.breaks)));
    for (seed, (url, breaks)) in (2..).zip(ways) {
        reached_at(&other, &url);
        let fetched = fails_then_works(&other, &remote, breaks, "fetch");
        assert_eq!(
            text(&fetched["heads"][0], "after"),
            version_of(&project, "HEAD"),
            "{url}"
        );
        edited_at_length(&project, seed);
        project.git(&["push", "--quiet"]);
    }
}

#[test]
fn a_push_that_breaks() {
    let (project, remote) = served();
    project.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    let server = HttpServer::new(root(&remote));
    let daemon = Daemon::new(root(&remote));
    let mut ways = vec![("http", Proxy::new(server.port))];
    ways.extend(daemon.as_ref().map(|daemon| ("git", Proxy::new(daemon.port))));
    for (seed, (scheme, proxy)) in (1..).zip(ways) {
        reached_at(&project, &url(scheme, proxy.port));
        let version = edited_at_length(&project, seed);
        project.git(&["push", "--quiet", "--no-verify"]);
        let pushed = fails_then_works(&project, &remote, &proxy.breaks_uploads, "push");
        assert_eq!(results(&pushed), [("main".to_owned(), "fast_forward".to_owned())]);
        assert_eq!(heads(&remote)["main/skill/pdf"], version, "{scheme}");

        // The commit is short: its push comes through where that of its version does not.
        let version = edited_at_length(&project, 100 + seed);
        proxy.breaks_uploads.store(true, Ordering::SeqCst);
        let pushed = project.git(&["push"]);
        let warnings = pushed
            .err_text()
            .matches("warning: lineage was not sent: git could not push to 'origin'");
        assert_eq!(warnings.count(), 1, "{pushed}");
        assert!(pushed.err_text().contains("git lineage push"), "{pushed}");
        assert!(!pushed.err_text().contains("\\n"), "{pushed}");
        proxy.breaks_uploads.store(false, Ordering::SeqCst);
        assert_eq!(remote.rev_parse("main"), project.head());
        assert_ne!(heads(&remote)["main/skill/pdf"], version);
        project.lineage_ok(&["push"]);
        assert_eq!(heads(&remote)["main/skill/pdf"], version, "{scheme}");
    }
}

#[test]
fn a_push_whose_receipt_is_lost() {
    let (project, remote) = served();
    project.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    let server = HttpServer::new(root(&remote));
    reached_at(&project, &url("http", server.port));
    let before = heads(&remote)["main/skill/pdf"].clone();
    let version = edited(&project, "# more\n");
    project.git(&["push", "--quiet", "--no-verify"]);
    server.behaviour.keeps_receipts.store(true, Ordering::SeqCst);
    assert_clear(&project.lineage(&["--json", "push"]));
    server.behaviour.keeps_receipts.store(false, Ordering::SeqCst);
    let tracking = |repo: &TestRepo| refs(repo, "refs/lineage/remotes/origin/")["main/skill/pdf"].clone();
    assert_eq!(heads(&remote)["main/skill/pdf"], version, "it has arrived");
    assert_eq!(tracking(&project), before, "which nobody here knows");
    assert_eq!(project.lineage(&["verify"]).code, 0);
    let again = one(project.lineage_json(&["push"]));
    assert!(results(&again).is_empty(), "{again}");
    assert_eq!(tracking(&project), version);

    // The hook's word of it is lost as well, and git's own: the next push of both finds all there.
    let version = edited(&project, "# and more\n");
    server.behaviour.keeps_receipts.store(true, Ordering::SeqCst);
    let failed = project.git_fails(&["push"]);
    assert!(failed.err_text().contains("warning: lineage was not sent"), "{failed}");
    server.behaviour.keeps_receipts.store(false, Ordering::SeqCst);
    project.git(&["push"]);
    project.lineage_ok(&["push"]);
    assert_eq!(remote.rev_parse("main"), project.head());
    assert_eq!(
        (heads(&remote)["main/skill/pdf"].clone(), tracking(&project)),
        (version.clone(), version)
    );
    assert_eq!(project.lineage(&["verify"]).code, 0);
}

#[test]
fn a_server_that_dies_over_a_push() {
    let (project, remote) = served();
    project.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    let version = edited(&project, "# more\n");
    project.git(&["push", "--quiet", "--no-verify"]);
    let before = (state(&project), state(&remote));
    remote.write_exec("hooks/pre-receive", "#!/bin/sh\nkill -KILL $PPID\n");
    assert_clear(&project.lineage(&["--json", "push"]));
    assert_eq!((state(&project), state(&remote)), before);
    remote.remove("hooks/pre-receive");
    // Between the refs and the word that they were moved.
    let hook = "#!/bin/sh\ntest \"$1\" != committed || kill -KILL $PPID\n";
    remote.write_exec("hooks/reference-transaction", hook);
    assert_clear(&project.lineage(&["--json", "push"]));
    assert_eq!(state(&project), before.0);
    remote.remove("hooks/reference-transaction");
    assert_eq!(heads(&remote)["main/skill/pdf"], version, "it has arrived");
    let again = one(project.lineage_json(&["push"]));
    assert!(results(&again).is_empty(), "{again}");
    assert_eq!(project.lineage(&["verify"]).code, 0);
}

#[test]
fn a_server_that_is_not_there() {
    let (project, remote) = served();
    project.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = gone.local_addr().expect("it is bound").port();
    drop(gone);
    let before = (state(&project), state(&remote));
    for scheme in ["http", "git"] {
        reached_at(&project, &url(scheme, port));
        for command in ["push", "fetch"] {
            assert_clear(&project.lineage(&["--json", command]));
        }
    }
    reached_at(&project, "../nothing");
    for command in ["push", "fetch"] {
        assert_clear(&project.lineage(&["--json", command]));
    }
    assert_eq!((state(&project), state(&remote)), before);
}
