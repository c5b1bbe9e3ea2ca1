//! Servers that ask for a password: it reaches them, and nobody else hears of it.

use std::path::Path;

use super::{HttpServer, edited, heads, reached_at, root, served, works};
use crate::support::project::{Project, text};
use crate::support::{Output, TestRepo};

/// As it stands in a URL.
const PASSWORD: &str = "s3cret%2Fpass";
/// `ada:s3cret/pass` in base64.
const AUTHORIZATION: &str = "Basic YWRhOnMzY3JldC9wYXNz";

fn guarded() -> (Project, TestRepo, HttpServer) {
    let (project, remote) = served();
    let server = HttpServer::new(root(&remote));
    *server.behaviour.authorization.lock().expect("no panic") = Some(AUTHORIZATION.to_owned());
    (project, remote, server)
}

fn gives_away(bytes: &[u8]) -> bool {
    ["s3cret", "YWRhOnM"]
        .iter()
        .any(|secret| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()))
}

/// The files below a folder that hold the password.
fn files_with_it(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(files_with_it(&path));
        } else if path.is_file() && gives_away(&std::fs::read(&path).expect("readable")) {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    found
}

/// Panics if the password stands anywhere but in the settings of the two clones.
#[track_caller]
fn assert_untold(remote: &TestRepo, said: &[Output]) {
    for output in said {
        assert!(!gives_away(&output.stdout) && !gives_away(&output.stderr), "{output}");
    }
    let mut files = files_with_it(root(remote));
    files.sort();
    let config = |name: &str| {
        root(remote)
            .join(name)
            .join(".git/config")
            .to_string_lossy()
            .into_owned()
    };
    assert!(files.contains(&config("repo")), "the search finds what is there");
    files.retain(|file| *file != config("repo") && *file != config("other"));
    assert!(files.is_empty(), "{files:?}");
}

#[test]
fn credentials_in_the_url() {
    let (project, remote, server) = guarded();
    let url = format!("http://ada:{PASSWORD}@127.0.0.1:{}/remote", server.port);
    let said = works(&project, &remote, &url, &[]);
    assert_untold(&remote, &said);
}

#[test]
fn credentials_of_a_helper() {
    let (project, remote, server) = guarded();
    let helper = "!f() { test \"$1\" != get || printf 'username=ada\\npassword=s3cret/pass\\n'; }; f";
    let url = super::url("http", server.port);
    let said = works(&project, &remote, &url, &[("credential.helper", helper)]);
    assert_untold(&remote, &said);
}

#[test]
fn credentials_that_the_server_refuses() {
    let (project, remote, server) = guarded();
    edited(&project, "# not sent\n");
    let mut said = Vec::new();
    for user in [format!("ada:{PASSWORD}x@"), "ada@".to_owned(), String::new()] {
        reached_at(&project, &format!("http://{user}127.0.0.1:{}/remote", server.port));
        for command in ["push", "fetch"] {
            let output = project.lineage(&["--json", command]);
            super::breaking::assert_clear(&output);
            let message = text(&output.json_error(), "message").to_owned();
            assert!(message.contains(&format!("127.0.0.1:{}", server.port)), "{output}");
            assert!(!message.contains("ada"), "{output}");
            said.push(output);
            said.push(project.lineage(&[command]).assert_code(1));
        }
        said.push(project.git_fails(&["push", "origin", "main"]));
        assert!(heads(&remote).is_empty());
        assert!(remote.git(&["for-each-ref"]).text().is_empty());
    }
    // Typed where the name of a remote belongs.
    let typed = format!("http://ada:{PASSWORD}@127.0.0.1:{}/remote", server.port);
    for command in ["push", "fetch"] {
        said.push(project.lineage(&["--json", command, &typed]).assert_code(1));
        said.push(project.lineage(&[command, &typed]).assert_code(1));
    }
    said.push(project.git(&["push", &typed, "main"]));
    reached_at(&project, &typed);
    assert_untold(&remote, &said);
}
