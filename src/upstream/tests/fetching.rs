//! What is fetched, from where, and how often the network is used.

use std::sync::atomic::Ordering;

use super::{Cache, Upstream, count, fetch, listing, load, pdf, servers::everywhere, url, write_large};
use crate::id::HashKind;

#[test]
fn every_kind_of_server_gives_the_same() {
    let upstream = Upstream::new();
    for way in everywhere(&upstream) {
        let cache = Cache::new(&upstream.beside("caches").join(way.name));
        let store = cache.store(&url(&way.url));
        way.refresh(&upstream);
        let first = fetch(&store);
        assert_eq!(
            (first.ref_name.as_str(), first.commit),
            ("main", upstream.id("HEAD")),
            "{}",
            way.name
        );
        assert_eq!(listing(&load(&store, "skills/pdf")), pdf(), "{}", way.name);
        assert_eq!(
            store.last_seen("main").expect("readable").map(|seen| seen.commit),
            Some(first.commit)
        );

        upstream.commit("In between");
        upstream.write("skills/pdf/SKILL.md", format!("# PDF by way of {}\n", way.name));
        let second = upstream.commit("Two");
        way.refresh(&upstream);
        assert_eq!(fetch(&store).commit, second);
        let loaded = load(&store, "skills/pdf");
        assert_eq!(
            loaded.files[1].data,
            format!("# PDF by way of {}\n", way.name).as_bytes()
        );
        // What was there before still is.
        let old = store
            .files(first.commit, Some("skills/pdf"))
            .expect("readable")
            .expect("there");
        assert_eq!(listing(&store.load(&old).expect("readable")), pdf(), "{}", way.name);
        // Who can send commits alone does, and a folder sends all history anyway.
        let is_known = way.filters || way.name == "http without git";
        let is_ancestor = store.is_ancestor(first.commit, second).expect("readable");
        assert_eq!(is_ancestor, is_known.then_some(true), "{}", way.name);

        upstream.git(["reset", "--quiet", "--hard", "HEAD~2"]);
        assert_eq!(upstream.id("HEAD"), first.commit);
    }
}

#[test]
fn a_sync_without_news_costs_one_question() {
    let upstream = Upstream::new();
    for way in everywhere(&upstream) {
        let store = upstream.cache().store(&url(&way.url));
        load(&store, "skills/pdf");
        let Some(connections) = way.take_connections() else {
            continue;
        };
        // Question, commit, blobs; who cannot filter sends commit and blobs at once, and is asked in vain at first.
        let expected = match way.name {
            "http" => 3,
            "http without filters" => 2,
            _ => 4,
        };
        assert_eq!(connections, expected, "{}", way.name);
        load(&store, "skills/pdf");
        assert_eq!(way.take_connections(), Some(1), "{}", way.name);

        // Another process, and the next commit: nothing is tried in vain any more.
        upstream.write("skills/pdf/SKILL.md", format!("{}\n", way.name));
        upstream.commit("Next");
        way.refresh(&upstream);
        load(&upstream.cache().store(&url(&way.url)), "skills/pdf");
        assert_eq!(
            way.take_connections(),
            Some(if way.filters { 3 } else { 2 }),
            "{}",
            way.name
        );
    }
}

#[test]
fn only_the_blobs_of_the_artifact_come_where_the_server_filters() {
    let upstream = Upstream::new();
    upstream.write("large", vec![b'x'; 100_000]);
    upstream.commit("Two");
    for way in everywhere(&upstream).iter().filter(|way| way.filters) {
        let store = Cache::new(&upstream.beside("caches").join(way.name)).store(&url(&way.url));
        let commit = fetch(&store).commit;
        assert_eq!((count(&store, "commit"), count(&store, "blob")), (1, 0), "{}", way.name);
        load(&store, "skills/pdf");
        assert_eq!((count(&store, "commit"), count(&store, "blob")), (1, 3), "{}", way.name);
        store.commit_author(commit).expect("readable");
        store.expand(commit, "**").expect("readable");
        assert_eq!(count(&store, "blob"), 3);
    }
}

#[test]
fn no_server_sends_again_what_is_here() {
    let upstream = Upstream::new();
    write_large(&upstream, "skills/pdf/data");
    upstream.commit("Large");
    for way in everywhere(&upstream) {
        let Some(http) = &way.http else { continue };
        let take_sent = || http.behaviour.sent.swap(0, Ordering::SeqCst);
        let store = upstream.cache().store(&url(&way.url));
        load(&store, "skills/pdf");
        assert!(take_sent() > 50_000, "{}", way.name);
        upstream.write("skills/pdf/SKILL.md", format!("{}\n", way.name));
        upstream.commit("Small");
        way.refresh(&upstream);
        assert_eq!(load(&store, "skills/pdf").files.len(), 4);
        let sent = take_sent();
        // Without git behind it a server cannot but send packs as they are.
        assert!(sent < 10_000 || way.name == "http without git", "{}: {sent}", way.name);
    }
}

#[test]
fn an_upstream_of_the_other_hash_function() {
    let upstream = Upstream::of(HashKind::Sha256);
    let store = upstream.store();
    let resolved = fetch(&store);
    assert_eq!(resolved.commit.kind(), gix::hash::Kind::Sha256);
    assert_eq!(listing(&load(&store, "skills/pdf")), pdf());
    // The upstream is made anew with SHA-1: the store follows.
    std::fs::remove_dir_all(upstream.path.join(".git")).expect("removed");
    upstream.git(["init", "--quiet", "--initial-branch=main"]);
    let commit = upstream.commit("Anew");
    assert_eq!(fetch(&store).commit, commit);
    assert_eq!(listing(&load(&store, "skills/pdf")), pdf());
    assert!(
        store
            .last_seen("main")
            .expect("readable")
            .is_some_and(|seen| seen.commit == commit)
    );
}

#[test]
fn a_commit_that_no_ref_names() {
    let upstream = Upstream::new();
    let old = upstream.id("HEAD");
    upstream.write("skills/pdf/SKILL.md", "new\n");
    let lost = upstream.commit("Lost");
    upstream.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    upstream.write("skills/pdf/SKILL.md", "newer\n");
    upstream.commit("Found");
    let store = upstream.store();
    for (commit, text) in [(old, "# PDF\n\nRead and fill.\n"), (lost, "new\n")] {
        let resolved = store.resolve(Some(&commit.to_string())).expect("an id");
        assert_eq!((resolved.commit, resolved.full_name.as_deref()), (commit, None));
        store.fetch(&resolved).expect("the upstream has it");
        let files = store
            .files(commit, Some("skills/pdf/SKILL.md"))
            .expect("readable")
            .expect("there");
        assert_eq!(store.load(&files).expect("readable").files[0].data, text.as_bytes());
    }
}

#[test]
fn servers_that_give_out_nothing_by_its_id() {
    let upstream = Upstream::new();
    let old = upstream.id("HEAD");
    upstream.git(["branch", "gone/below"]);
    upstream.write("skills/pdf/SKILL.md", "new\n");
    upstream.commit("Two");
    for way in everywhere(&upstream).iter().filter(|way| way.name.starts_with("http")) {
        // The protocol of old servers: only what a ref names is given out.
        let cache = Cache::new(&upstream.beside("caches").join(way.name))
            .with_environment("GIT_CONFIG_COUNT", "1")
            .with_environment("GIT_CONFIG_KEY_0", "protocol.version")
            .with_environment("GIT_CONFIG_VALUE_0", "0");
        let store = cache.store(&url(&way.url));
        let loaded = load(&store, "skills/pdf");
        assert_eq!(loaded.files[1].data, b"new\n", "{}", way.name);
        // Blobs come with their commit here, or with all history.
        let expected = if way.name == "http without git" { 6 } else { 5 };
        assert_eq!(count(&store, "blob"), expected, "{}", way.name);

        let lost = store.resolve(Some(&old.to_string())).expect("an id");
        store.fetch(&lost).expect("it is part of a branch");
        let files = store.files(old, Some("skills/pdf")).expect("readable").expect("there");
        assert_eq!(listing(&store.load(&files).expect("readable")), pdf(), "{}", way.name);
        assert_eq!(
            store
                .last_seen(&lost.ref_name)
                .expect("readable")
                .map(|seen| seen.commit),
            Some(old)
        );
        let again = cache.store(&url(&way.url));
        way.take_connections();
        again.fetch(&lost).expect("it is here");
        again.load(&files).expect("it is here");
        assert_eq!(way.take_connections(), Some(0), "{}", way.name);
    }
}
