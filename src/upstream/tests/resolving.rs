//! Which commit a name means, and what is said where it means none.

use super::{Upstream, fetch, url};
use crate::{id::HashKind, upstream::UpstreamError};

/// An upstream with branches and tags of every kind.
fn with_refs() -> Upstream {
    let upstream = Upstream::new();
    upstream.git(["tag", "light"]);
    upstream.git(["tag", "--annotate", "--message=x", "v1"]);
    upstream.git(["tag", "--annotate", "--message=x", "nested", "v1"]);
    upstream.git(["tag", "both"]);
    upstream.git(["tag", "blob", "HEAD:README.md"]);
    upstream.commit("Two");
    upstream.git(["branch", "both"]);
    upstream.git(["branch", "team/topic"]);
    upstream.git(["update-ref", "refs/pull/1/head", "HEAD~1"]);
    upstream
}

#[test]
fn names_mean_what_they_mean_to_git() {
    let upstream = with_refs();
    let store = upstream.store();
    for (name, full_name, revision) in [
        ("main", "refs/heads/main", "HEAD"),
        ("team/topic", "refs/heads/team/topic", "HEAD"),
        ("light", "refs/tags/light", "HEAD~1"),
        ("v1", "refs/tags/v1", "HEAD~1"),
        ("nested", "refs/tags/nested", "HEAD~1"),
        ("both", "refs/heads/both", "HEAD"),
        ("tags/both", "refs/tags/both", "HEAD~1"),
        ("refs/tags/v1", "refs/tags/v1", "HEAD~1"),
        ("refs/pull/1/head", "refs/pull/1/head", "HEAD~1"),
    ] {
        let resolved = store.resolve(Some(name)).expect(name);
        assert_eq!(resolved.ref_name, name);
        assert_eq!(resolved.full_name.as_deref(), Some(full_name));
        assert_eq!(resolved.commit, upstream.id(revision), "{name}");
        store.fetch(&resolved).expect(name);
        let seen = store.last_seen(name).expect("readable").expect("just fetched");
        assert_eq!(seen.commit, resolved.commit);
    }
    assert_eq!(store.last_seen("other").expect("readable"), None);
    let default = store.resolve(None).expect("there is one");
    assert_eq!(
        (default.ref_name.as_str(), default.commit),
        ("main", upstream.id("HEAD"))
    );
}

#[test]
fn what_is_not_there_is_named() {
    let upstream = with_refs();
    let store = upstream.store();
    let similar = |name: &str| match store.resolve(Some(name)) {
        Err(UpstreamError::RefGone { ref_name, similar, .. }) => {
            assert_eq!(ref_name, name);
            similar
        }
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(similar("mainn"), ["main"]);
    assert_eq!(similar("refs/heads/mainn"), ["main"]);
    assert_eq!(similar("team/topci"), ["team/topic"]);
    for name in [
        "",
        "HEAD",
        "--upload-pack=touch x",
        "heads",
        "refs/heads/",
        "main^{}",
        "*",
        "v1^{}",
    ] {
        similar(name);
    }
    fetch(&store);
    upstream.git(["branch", "--move", "main", "trunk"]);
    assert!(similar("main").is_empty());
    assert_eq!(store.resolve(None).expect("HEAD moved along").ref_name, "trunk");

    let lost = "0123456789".repeat(4);
    let lost = store.resolve(Some(&lost)).expect("an id");
    let error = store.fetch(&lost).expect_err("nobody has it");
    assert!(
        matches!(&error, UpstreamError::CommitGone { commit, .. } if commit.to_string() == lost.ref_name),
        "{error}"
    );
    let blob = store.resolve(Some("blob")).expect("a tag");
    let error = store.fetch(&blob).expect_err("no commit").to_string();
    assert!(
        error.contains("'blob' in '/") && error.contains("is a blob, not a commit"),
        "{error}"
    );
}

#[test]
fn a_head_that_names_no_branch() {
    let upstream = Upstream::empty(HashKind::Sha1);
    let store = upstream.store();
    for ref_name in [None, Some("main"), Some("refs/pull/1/head")] {
        let refused = store.resolve(ref_name);
        assert!(
            matches!(refused, Err(UpstreamError::EmptyUpstream { .. })),
            "{refused:?}"
        );
    }
    upstream.commit("One");
    upstream.git(["branch", "other"]);
    upstream.git(["checkout", "--quiet", "--detach"]);
    // HEAD stands where main does.
    assert_eq!(store.resolve(None).expect("a guess").ref_name, "main");
    upstream.commit("Nowhere");
    for head in ["HEAD", "refs/heads/gone"] {
        if head != "HEAD" {
            upstream.git(["symbolic-ref", "HEAD", head]);
        }
        match store.resolve(None) {
            Err(UpstreamError::NoDefaultBranch { branches, .. }) => assert_eq!(branches, ["main", "other"]),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_upstream_that_does_not_answer() {
    let upstream = Upstream::new();
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = nowhere.local_addr().expect("bound").port();
    drop(nowhere);
    for typed in [
        format!("http://127.0.0.1:{port}/x.git"),
        format!("git://127.0.0.1:{port}/x.git"),
        format!("file://{}", upstream.beside("nothing").display()),
    ] {
        let store = upstream.cache().store(&url(&typed));
        match store.resolve(None) {
            Err(UpstreamError::Unreachable { url, message }) => {
                assert_eq!(url, typed);
                assert!(message.contains("fatal: "), "{message}");
            }
            other => panic!("{typed}: {other:?}"),
        }
        assert!(!store.dir.exists());
    }
}
