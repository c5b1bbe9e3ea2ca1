//! A password in a URL reaches the server, and nothing else.

use std::{path::Path, sync::atomic::Ordering};

use super::{Upstream, http::HttpServer, listing, load, pdf, url};
use crate::upstream::UpstreamError;

const PASSWORD: &str = "s3cret%2Fpass";
/// `ada:s3cret/pass` in base64.
const AUTHORIZATION: &str = "Basic YWRhOnMzY3JldC9wYXNz";

/// All bytes of all files below a directory, names included.
fn all_bytes(directory: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(directory).expect("readable") {
        let path = entry.expect("readable").path();
        bytes.extend_from_slice(path.as_os_str().as_encoded_bytes());
        if path.is_dir() {
            bytes.extend(all_bytes(&path));
        } else {
            bytes.extend(std::fs::read(path).expect("readable"));
        }
    }
    bytes
}

fn gives_away(bytes: &[u8]) -> bool {
    [PASSWORD, "s3cret/pass", "s3cret", "YWRhOnM"]
        .iter()
        .any(|secret| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()))
}

fn message(error: &UpstreamError) -> String {
    format!("{error} {error:?}")
}

#[test]
fn credentials_are_in_no_file_and_in_no_message() {
    let upstream = Upstream::new();
    let bare = upstream.bare();
    super::git(&bare, ["config", "uploadpack.allowFilter", "true"]);
    let server = HttpServer::new(bare.parent().expect("a folder"));
    *server.behaviour.authorization.lock().expect("no panic") = Some(AUTHORIZATION.to_owned());
    let address = format!("127.0.0.1:{}/bare.git", server.port);
    let with = |user_info: &str, path: &str| {
        upstream
            .cache()
            .store(&url(&format!("http://{user_info}@{address}{path}")))
    };

    let store = with(&format!("ada:{PASSWORD}"), "");
    assert_eq!(store.url(), format!("http://{address}"));
    assert_eq!(listing(&load(&store, "skills/pdf")), pdf());
    assert_eq!(
        store
            .is_ancestor(upstream.id("HEAD"), upstream.id("HEAD"))
            .expect("readable"),
        Some(true)
    );
    let bytes = all_bytes(upstream.cache().root());
    assert!(bytes.len() > 1_000 && !gives_away(&bytes));
    assert!(gives_away(format!("x{PASSWORD}").as_bytes()));

    let wrong = with(&format!("ada:{PASSWORD}x"), "")
        .resolve(None)
        .expect_err("not let in");
    let nothing = with(&format!("ada:{PASSWORD}"), "/nothing")
        .resolve(None)
        .expect_err("not there");
    for error in [&wrong, &nothing] {
        assert!(matches!(error, UpstreamError::Unreachable { .. }), "{error}");
        assert!(!gives_away(message(error).as_bytes()), "{}", message(error));
        assert!(error.to_string().contains(&address), "{error}");
    }
    upstream.write("skills/pdf/SKILL.md", "new\n");
    upstream.commit("Two");
    upstream.bare();
    let resolved = store.resolve(None).expect("reachable");
    server.behaviour.cuts_packs.store(true, Ordering::SeqCst);
    let broken = store.fetch(&resolved).expect_err("the server dies");
    assert!(!gives_away(message(&broken).as_bytes()), "{}", message(&broken));
    assert!(!gives_away(&all_bytes(upstream.cache().root())));
}

#[test]
fn the_users_own_credentials_and_settings_count() {
    let upstream = Upstream::new();
    let server = HttpServer::new(upstream.bare().parent().expect("a folder"));
    *server.behaviour.authorization.lock().expect("no panic") = Some(AUTHORIZATION.to_owned());
    let address = format!("http://127.0.0.1:{}/", server.port);
    // As CI systems do it, and `git -c`.
    let key = format!("http.{address}.extraHeader");
    let cache = upstream
        .cache()
        .with_environment("GIT_CONFIG_COUNT", "1")
        .with_environment("GIT_CONFIG_KEY_0", &key)
        .with_environment("GIT_CONFIG_VALUE_0", &format!("Authorization: {AUTHORIZATION}"))
        .with_environment(
            "GIT_CONFIG_PARAMETERS",
            &format!("'url.{address}.insteadOf'='https://example.invalid/'"),
        );
    let store = cache.store(&url("https://example.invalid/bare.git"));
    assert_eq!(listing(&load(&store, "skills/pdf")), pdf());
    assert!(!gives_away(&all_bytes(cache.root())));
}
