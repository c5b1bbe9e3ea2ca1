//! Files, patterns and authors of upstream commits.

use super::{Upstream, fetch, listing, pdf, url};
use crate::{
    content::ContentError,
    upstream::{Store, UpstreamError},
};

fn paths(store: &Store, path: Option<&str>) -> Option<Vec<String>> {
    let files = store.files(fetch(store).commit, path).expect("readable")?;
    Some(files.entries.iter().map(|entry| entry.path.to_string()).collect())
}

#[test]
fn a_directory_a_file_or_everything() {
    let upstream = Upstream::new();
    let store = upstream.store();
    let commit = fetch(&store).commit;
    let files = |path| store.files(commit, path).expect("readable").expect("there");

    let directory = files(Some("./skills/pdf/"));
    assert_eq!(directory.tree, Some(upstream.id("HEAD:skills/pdf")));
    assert!(!directory.single_file);
    let ids: Vec<_> = directory.entries.iter().map(|entry| entry.id).collect();
    let expected = ["README.md", "SKILL.md", "scripts/fill.sh"].map(|name| format!("HEAD:skills/pdf/{name}"));
    assert_eq!(ids, expected.map(|revision| upstream.id(&revision)));
    let loaded = store.load(&directory).expect("readable");
    assert_eq!(listing(&loaded), pdf());
    assert_eq!((loaded.tree, loaded.files[0].id), (directory.tree, Some(ids[0])));

    let single = files(Some("skills/pdf/scripts/fill.sh"));
    assert!(single.single_file && single.tree.is_none());
    assert_eq!(
        listing(&store.load(&single).expect("readable")),
        [("fill.sh".to_owned(), "100755", "#!/bin/sh\n".to_owned())]
    );

    for path in [None, Some(""), Some(".")] {
        let all = files(path);
        assert_eq!((all.entries.len(), all.tree), (5, Some(upstream.id("HEAD^{tree}"))));
    }
    for path in [
        "skills/none",
        "README.md/x",
        "skills/pdf/README.md/x",
        "none/pdf",
        "--help",
    ] {
        assert_eq!(store.files(commit, Some(path)).expect("readable"), None, "{path}");
    }
    for path in ["../skills", "/skills", "skills/../../x"] {
        let refused = store.files(commit, Some(path));
        assert!(matches!(refused, Err(UpstreamError::PathOutside { .. })), "{path}");
    }
}

#[test]
fn submodules_are_refused_and_old_modes_read_as_git_reads_them() {
    let upstream = Upstream::new();
    let head = upstream.id("HEAD").to_string();
    upstream.git([
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{head},skills/pdf/sub"),
    ]);
    upstream.git(["commit", "--quiet", "--message=A submodule"]);
    let store = upstream.store();
    let commit = fetch(&store).commit;
    for (path, named) in [("skills/pdf", "sub"), ("skills/pdf/sub", "skills/pdf/sub")] {
        match store.files(commit, Some(path)) {
            Err(UpstreamError::Content(ContentError::NestedRepository { path })) => {
                assert_eq!(path, std::path::Path::new(named));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(paths(&store, Some("skills/docx")), Some(vec!["SKILL.md".to_owned()]));

    // git writes no such tree any more, and there are many of them.
    let blob = upstream.id("HEAD:README.md").to_string();
    let mut tree = Vec::new();
    for (mode, name) in [("100664", "a"), ("100775", "b")] {
        tree.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        tree.extend_from_slice(gix::ObjectId::from_hex(blob.as_bytes()).expect("an id").as_slice());
    }
    std::fs::write(upstream.beside("tree"), tree).expect("written");
    let file = upstream.beside("tree").display().to_string();
    let tree = upstream.git(["hash-object", "-w", "-t", "tree", "--literally", &file]);
    let commit = upstream.git(["commit-tree", "-m", "Old", &tree]);
    upstream.git(["update-ref", "refs/heads/main", &commit]);
    let files = store
        .files(fetch(&store).commit, None)
        .expect("readable")
        .expect("there");
    let modes: Vec<_> = files.entries.iter().map(|entry| entry.mode.as_str()).collect();
    assert_eq!(modes, ["100644", "100755"]);
    assert_eq!(files.tree.map(|id| id.to_string()), Some(tree));
}

#[test]
fn patterns_find_artifacts() {
    let upstream = Upstream::new();
    upstream.write("skills/.hidden/x", "x");
    upstream.write("skills/index.md", "x");
    upstream.write("agents/deep/er/SKILL.md", "x");
    upstream.commit("More");
    let store = upstream.store();
    let commit = fetch(&store).commit;
    let expand = |pattern: &str| store.expand(commit, pattern).expect("readable");
    assert_eq!(
        expand("skills/*"),
        ["skills/.hidden", "skills/docx", "skills/index.md", "skills/pdf"]
    );
    assert_eq!(expand("./skills/p*/"), ["skills/pdf"]);
    assert_eq!(expand("*/d*"), ["agents/deep", "skills/docx"]);
    assert_eq!(
        expand("**/SKILL.md"),
        ["agents/deep/er/SKILL.md", "skills/docx/SKILL.md", "skills/pdf/SKILL.md"]
    );
    assert_eq!(
        expand("agents/**"),
        ["agents/deep", "agents/deep/er", "agents/deep/er/SKILL.md"]
    );
    assert_eq!(expand("skills/pdf"), ["skills/pdf"]);
    assert!(expand("none/*").is_empty() && expand("*.txt").is_empty());
    assert!(matches!(
        store.expand(commit, "../*"),
        Err(UpstreamError::PathOutside { .. })
    ));

    let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"skills/\xff");
    std::fs::write(upstream.path.join(name), "x").expect("a file system of bytes");
    let commit = upstream.commit("A name that is no text");
    fetch(&store);
    let refused = store.expand(commit, "skills/*").expect_err("it could not be recorded");
    assert!(matches!(refused, UpstreamError::PathNotUtf8 { .. }), "{refused}");
    assert_eq!(
        store.expand(commit, "skills/p*").expect("not asked for"),
        ["skills/pdf"]
    );
}

#[test]
fn authors_are_read_as_they_are() {
    let upstream = Upstream::new();
    let store = upstream.store();
    let author = store.commit_author(fetch(&store).commit).expect("readable");
    assert_eq!(author.person.name, "Grace Author");
    assert_eq!(author.person.email, "grace@example.org");
    assert_eq!((author.time.seconds, author.time.offset), (1_767_225_600, 3_600));
    let committer = store.commit_committer(fetch(&store).commit).expect("readable");
    let shown = upstream.git(["log", "-1", "--format=%cn|%ce|%ct"]);
    let (name, email) = (&committer.person.name, &committer.person.email);
    assert_eq!(format!("{name}|{email}|{}", committer.time.seconds), shown);
    assert_ne!(committer.person, author.person);

    let tree = upstream.id("HEAD^{tree}").to_string();
    let raw = format!("tree {tree}\nauthor  <> 99999999999999999999 +0000\ncommitter a <b> 1 +0000\n\nx\n");
    std::fs::write(upstream.beside("commit"), raw).expect("written");
    let file = upstream.beside("commit").display().to_string();
    let commit = upstream.git(["hash-object", "-w", "-t", "commit", "--literally", &file]);
    upstream.git(["update-ref", "refs/heads/main", &commit]);
    let author = store
        .commit_author(fetch(&store).commit)
        .expect("history is full of such commits");
    assert_eq!(author.person.name, "");

    let raw = format!("tree {tree}\nauthor nobody\ncommitter a <b> 1 +0000\n\nx\n");
    std::fs::write(upstream.beside("commit"), raw).expect("written");
    let commit = upstream.git(["hash-object", "-w", "-t", "commit", "--literally", &file]);
    upstream.git(["update-ref", "refs/heads/main", &commit]);
    let commit = fetch(&store).commit;
    let marker = store.dir.join("marker");
    std::fs::write(&marker, "").expect("written");
    let damaged = store.commit_author(commit).expect_err("it has no author");
    assert!(matches!(damaged, UpstreamError::DamagedCommit { .. }), "{damaged}");
    assert!(marker.exists(), "the store is not to blame");
}

#[test]
fn damaged_trees_are_the_upstreams_fault() {
    let upstream = Upstream::new();
    std::fs::write(upstream.beside("tree"), b"100644 cut\0off").expect("written");
    let file = upstream.beside("tree").display().to_string();
    let tree = upstream.git(["hash-object", "-w", "-t", "tree", "--literally", &file]);
    let raw = format!("tree {tree}\nauthor a <b> 1 +0000\ncommitter a <b> 1 +0000\n\nx\n");
    std::fs::write(upstream.beside("commit"), raw).expect("written");
    let file = upstream.beside("commit").display().to_string();
    let commit = upstream.git(["hash-object", "-w", "-t", "commit", "--literally", &file]);
    upstream.git(["update-ref", "refs/heads/main", &commit]);
    let store = upstream.store();
    let resolved = store.resolve(None).expect("reachable");
    // git may refuse to send or to take it; if not, reading finds out.
    let read = store
        .fetch(&resolved)
        .and_then(|()| store.files(resolved.commit, None).map(drop));
    let refused = read.expect_err("no tree");
    let is_known = matches!(refused, UpstreamError::Content(_) | UpstreamError::FetchFailed { .. });
    assert!(is_known, "{refused}");
}

#[test]
fn nothing_is_asked_of_the_upstream_offline() {
    let upstream = Upstream::new();
    let commit = fetch(&upstream.store()).commit;
    let trace = upstream.beside("trace");
    let traced = upstream
        .cache()
        .with_environment("GIT_TRACE2_EVENT", &trace.to_string_lossy());
    let store = || traced.store(&url(&upstream.path.to_string_lossy()));
    let offline = store().offline();
    let seen = offline.last_seen("main").expect("readable").expect("fetched before");
    assert_eq!(seen.commit, commit);
    let files = offline
        .files(commit, Some("skills/pdf"))
        .expect("readable")
        .expect("there");
    assert_eq!(files.entries.len(), 3);
    // No blob was fetched yet, and none is now.
    let missing = offline.load(&files);
    assert!(
        matches!(&missing, Err(UpstreamError::Git(error)) if error.is_missing_object()),
        "{missing:?}"
    );
    assert_eq!(offline.is_ancestor(commit, commit).expect("readable"), Some(true));
    assert!(!trace.exists());
    // The trace would have told.
    store().load(&files).expect("readable");
    assert!(trace.exists());
}
