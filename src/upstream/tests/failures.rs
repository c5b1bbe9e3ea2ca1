//! Servers that die, stores that vanish or break, processes that meet.

use std::{sync::atomic::Ordering, time::Duration};

use super::{
    Cache, Resolved, Store, Upstream, count, fetch, git,
    http::HttpServer,
    listing, load,
    loopback::{Daemon, Proxy},
    pdf, url, write_large,
};
use crate::upstream::UpstreamError;

#[test]
fn a_server_that_dies_in_the_middle_leaves_a_store_that_works() {
    let upstream = Upstream::new();
    write_large(&upstream, "skills/pdf/first");
    let first = upstream.commit("First");
    let bare = upstream.bare();
    let root = bare.parent().expect("it lies in a folder");
    let server = HttpServer::new(root);
    let daemon = Daemon::new(root);
    let proxy = daemon.as_ref().map(|daemon| Proxy::new(daemon.port));
    let mut urls = vec![format!("http://127.0.0.1:{}/bare.git", server.port)];
    urls.extend(
        proxy
            .as_ref()
            .map(|proxy| format!("git://127.0.0.1:{}/bare.git", proxy.port)),
    );
    let breaks = |breaks: bool| {
        server.behaviour.cuts_packs.store(breaks, Ordering::SeqCst);
        if let Some(proxy) = &proxy {
            proxy.breaks.store(breaks, Ordering::SeqCst);
        }
    };
    for filters in ["false", "true"] {
        git(&bare, ["config", "uploadpack.allowFilter", filters]);
        for typed in &urls {
            let cache = Cache::new(&upstream.beside(&format!("cache-{filters}-{}", &typed[..4])));
            let store = cache.store(&url(typed));
            let fails_then_works = |files: usize| {
                let resolved = store.resolve(None).expect("refs come through");
                breaks(true);
                let error = fetch_all(&store, &resolved).expect_err("the connection breaks");
                assert!(
                    matches!(&error, UpstreamError::FetchFailed { url, .. } if url == typed),
                    "{error:?}"
                );
                breaks(false);
                assert!(store.dir.join("HEAD").exists());
                assert_eq!(fetch_all(&store, &resolved).expect("reachable"), files);
            };
            fails_then_works(4);
            let marker = store.dir.join("marker");
            std::fs::write(&marker, "").expect("written");

            write_large(&upstream, "skills/pdf/second");
            let second = upstream.commit("Second");
            upstream.bare();
            fails_then_works(5);
            assert!(marker.exists(), "a store that works is never given up");
            let seen = cache.store(&url(typed)).last_seen("main").expect("readable");
            assert_eq!(seen.map(|seen| seen.commit), Some(second));
            assert_eq!(fetch_all(&store, &Resolved::commit(first)).expect("here before"), 4);

            upstream.git(["reset", "--quiet", "--hard", "HEAD~1"]);
            upstream.bare();
        }
    }
}

/// How many files came.
fn fetch_all(store: &Store, resolved: &Resolved) -> Result<usize, UpstreamError> {
    store.fetch(resolved)?;
    let files = store.files(resolved.commit, Some("skills/pdf"))?.expect("there");
    Ok(store.load(&files)?.files.len())
}

#[test]
fn a_store_that_is_deleted_while_it_is_used_is_made_anew() {
    let upstream = Upstream::new();
    let store = upstream.store();
    let delete = || std::fs::remove_dir_all(upstream.cache().root()).expect("it may be deleted at any time");
    let resolved = fetch(&store);
    delete();
    let files = store
        .files(resolved.commit, Some("skills/pdf"))
        .expect("fetched again")
        .expect("there");
    delete();
    assert_eq!(listing(&store.load(&files).expect("fetched again")), pdf());
    delete();
    let author = store.commit_author(resolved.commit).expect("fetched again");
    assert_eq!(author.person.name, "Grace Author");
    delete();
    store.fetch(&resolved).expect("fetched again");
    assert!(upstream.store().last_seen("main").expect("readable").is_some());
    delete();
    assert_eq!(upstream.store().last_seen("main").expect("readable"), None);
    assert_eq!(listing(&load(&store, "skills/pdf")), pdf());
}

#[test]
fn a_broken_store_is_made_anew_and_a_good_one_is_not() {
    let upstream = Upstream::new();
    let resolved = fetch(&upstream.store());
    let dir = upstream.store().dir;
    let packs = || {
        let files = std::fs::read_dir(dir.join("objects/pack")).expect("readable");
        let paths = files.map(|entry| entry.expect("readable").path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "pack"))
    };
    let damages: [(&str, &dyn Fn()); 5] = [
        ("no HEAD", &|| std::fs::remove_file(dir.join("HEAD")).expect("removed")),
        ("configuration", &|| {
            std::fs::write(dir.join("config"), "[core").expect("written");
        }),
        ("empty packs", &|| {
            for pack in packs() {
                std::fs::remove_file(&pack).expect("removed");
                std::fs::write(&pack, "").expect("written");
            }
        }),
        ("no objects", &|| {
            std::fs::remove_dir_all(dir.join("objects")).expect("removed");
        }),
        ("a file in its place", &|| {
            std::fs::remove_dir_all(&dir).expect("removed");
            std::fs::write(&dir, "").expect("written");
        }),
    ];
    for (name, damage) in damages {
        damage();
        let files = upstream.store().files(resolved.commit, Some("skills/pdf"));
        assert_eq!(files.expect(name).expect(name).entries.len(), 3);
        fetch(&upstream.store());
        load(&upstream.store(), "skills/pdf");
        git(&dir, ["-c", "remote.x.promisor=true", "fsck", "--connectivity-only"]);
    }
    // A process that was killed while it fetched.
    upstream.write("skills/pdf/SKILL.md", "new\n");
    upstream.commit("Two");
    std::fs::write(dir.join("shallow.lock"), "").expect("written");
    load(&upstream.store(), "skills/pdf");
    assert!(!dir.join("way").exists(), "the server is not to blame");

    let marker = dir.join("marker");
    std::fs::write(&marker, "").expect("written");
    upstream.write("skills/pdf/SKILL.md", "newer\n");
    upstream.commit("Three");
    let store = upstream.store();
    let resolved = store.resolve(None).expect("reachable");
    let away = upstream.beside("away");
    std::fs::rename(&upstream.path, &away).expect("renamed");
    let error = store.fetch(&resolved).expect_err("the upstream is gone");
    assert!(matches!(error, UpstreamError::FetchFailed { .. }), "{error}");
    std::fs::rename(&away, &upstream.path).expect("renamed");
    fetch(&store);
    assert!(marker.exists());
}

#[test]
fn a_second_failure_is_an_error() {
    let upstream = Upstream::new();
    let resolved = fetch(&upstream.store());
    let dir = upstream.store().dir;
    std::fs::remove_dir_all(&dir).expect("removed");
    let cache = upstream.cache().with_environment("GIT_CONFIG_PARAMETERS", "'core.bare");
    let store = cache.store(&url(&upstream.path.to_string_lossy()));
    let error = store.fetch(&resolved).expect_err("git does not run like this");
    assert!(matches!(error, UpstreamError::Git(_)), "{error}");
}

#[test]
fn two_at_once_fetch_once() {
    let upstream = Upstream::new();
    let bare = upstream.bare();
    git(&bare, ["config", "uploadpack.allowFilter", "true"]);
    let server = HttpServer::new(bare.parent().expect("a folder"));
    let typed = format!("http://127.0.0.1:{}/bare.git", server.port);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = upstream.cache().store(&url(&typed));
                assert_eq!(listing(&load(&store, "skills/pdf")), pdf());
            });
        }
    });
    // Each asks, one fetches the commit and one the blobs.
    assert_eq!(server.behaviour.take_connections(), 6);
}

#[test]
fn who_waits_too_long_is_told_what_for() {
    let upstream = Upstream::new();
    let held = upstream.store();
    let _lock = held.lock().expect("nobody has it");
    let store = upstream
        .cache()
        .with_lock_wait(Duration::from_millis(40))
        .store(&url(&upstream.path.to_string_lossy()));
    let resolved = store.resolve(None).expect("asking needs no lock");
    let error = store.fetch(&resolved).expect_err("somebody has it");
    assert!(
        matches!(&error, UpstreamError::CacheLocked { lock_file, .. } if lock_file.exists()),
        "{error}"
    );
}

#[test]
fn what_fsck_refuses_is_said_and_only_where_the_user_wants_it() {
    let upstream = Upstream::new();
    let blob = upstream.id("HEAD:README.md");
    let tree = [&b"0100644 padded\0"[..], blob.as_slice()].concat();
    std::fs::write(upstream.beside("tree"), tree).expect("written");
    let file = upstream.beside("tree").display().to_string();
    let tree = upstream.git(["hash-object", "-w", "-t", "tree", "--literally", &file]);
    let commit = upstream.git(["commit-tree", "-m", "Old", &tree]);
    upstream.git(["update-ref", "refs/heads/main", &commit]);
    let cache = upstream
        .cache()
        .with_environment("GIT_CONFIG_COUNT", "1")
        .with_environment("GIT_CONFIG_KEY_0", "transfer.fsckObjects")
        .with_environment("GIT_CONFIG_VALUE_0", "true");
    let store = cache.store(&url(&upstream.path.to_string_lossy()));
    let resolved = store.resolve(None).expect("reachable");
    match store.fetch(&resolved) {
        Err(UpstreamError::RefusedByFsck { message, .. }) => assert!(message.contains("zeroPadded"), "{message}"),
        other => panic!("{other:?}"),
    }
    fetch(&upstream.store());
    assert_eq!(count(&upstream.store(), "tree"), 1);
}

#[test]
fn the_environment_of_a_hook_does_not_lead_astray() {
    let upstream = Upstream::new();
    let other = Upstream::new();
    let git_dir = other.path.join(".git").display().to_string();
    let mut cache = upstream.cache();
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR"] {
        cache = cache.with_environment(name, &git_dir);
    }
    for name in [
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_SHALLOW_FILE",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
    ] {
        cache = cache.with_environment(name, &other.beside(name).to_string_lossy());
    }
    let before = git(&other.path, ["count-objects", "-v"]);
    let store = cache.store(&url(&upstream.path.to_string_lossy()));
    assert_eq!(listing(&load(&store, "skills/pdf")), pdf());
    assert_eq!(count(&store, "blob"), 3);
    assert_eq!(git(&other.path, ["count-objects", "-v"]), before);
    assert!(!other.beside("GIT_OBJECT_DIRECTORY").exists());
}
