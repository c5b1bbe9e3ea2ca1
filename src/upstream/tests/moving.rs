//! Upstreams that move, rename, delete and rewrite.

use gix::ObjectId;

use super::{Upstream, count, fetch, load};
use crate::{
    id::HashKind,
    upstream::{Before, Moved, Store},
};

/// What became of `skills/pdf` after the upstream did something to its work tree; nothing is known but its commit.
fn after(upstream: &Upstream, change: &dyn Fn()) -> (Store, Moved) {
    let store = upstream.store();
    let before = fetch(&store).commit;
    change();
    upstream.commit("Changed");
    let now = fetch(&store).commit;
    let moved = moved(&store, before, "skills/pdf", None, now);
    (store, moved)
}

fn moved(store: &Store, commit: ObjectId, path: &str, id: Option<ObjectId>, now: ObjectId) -> Moved {
    store.moved(Before { commit, path, id }, now).expect("it can be said")
}

fn to(path: &str) -> Moved {
    Moved::To(path.to_owned())
}

#[test]
fn an_artifact_that_is_still_there() {
    let upstream = Upstream::new();
    let (_, moved) = after(&upstream, &|| upstream.write("skills/pdf/SKILL.md", "quite another\n"));
    assert_eq!(moved, Moved::Still);
}

#[test]
fn an_artifact_that_was_moved_as_it_was() {
    let upstream = Upstream::new();
    let (store, moved) = after(&upstream, &|| {
        upstream.git(["mv", "skills", "plugins"]);
        upstream.write("plugins/pdf-copy", "x");
    });
    assert_eq!(moved, to("plugins/pdf"));
    assert_eq!(count(&store, "blob"), 0, "equal trees need no bytes");

    let upstream = Upstream::new();
    let (_, moved) = after(&upstream, &|| {
        // Of two equal ones the one that has kept its name.
        upstream.git(["mv", "skills/pdf", "a-moved"]);
        upstream.copy("a-moved", "z/pdf");
    });
    assert_eq!(moved, to("z/pdf"));
}

#[test]
fn an_artifact_that_was_moved_and_edited() {
    let upstream = Upstream::new();
    upstream.write("skills/pdf/large.md", "a line\n".repeat(100));
    upstream.write("other/large.md", "another line\n".repeat(100));
    upstream.commit("Large");
    let (store, moved) = after(&upstream, &|| {
        upstream.git(["mv", "skills/pdf", "skills/pdf-tools"]);
        upstream.git(["mv", "other", "others"]);
        upstream.write("skills/pdf-tools/large.md", format!("{}new\n", "a line\n".repeat(100)));
        upstream.write("skills/pdf-tools/SKILL.md", "# PDF\n\nRead and fill, and more.\n");
        upstream.git(["mv", "skills/pdf-tools/scripts/fill.sh", "skills/pdf-tools/fill"]);
        upstream.write("unrelated", "x");
    });
    assert_eq!(moved, to("skills/pdf-tools"));
    let fetched = count(&store, "blob");
    assert!(fetched < 7, "only what could be renamed is compared: {fetched}");
}

#[test]
fn an_artifact_that_is_gone() {
    let upstream = Upstream::new();
    upstream.copy("skills/pdf", "examples/pdf");
    upstream.commit("A copy that is no move");
    let (_, moved) = after(&upstream, &|| {
        upstream.git(["rm", "--quiet", "-r", "skills/pdf"]);
        upstream.write("skills/docx/more.md", "nothing of it\n");
    });
    assert_eq!(moved, Moved::Deleted);

    // One file of three elsewhere is not the artifact.
    let upstream = Upstream::new();
    let (_, moved) = after(&upstream, &|| {
        std::fs::create_dir_all(upstream.path.join("other/scripts")).expect("a directory");
        upstream.git(["mv", "skills/pdf/scripts/fill.sh", "other/scripts/fill.sh"]);
        upstream.git(["rm", "--quiet", "-r", "skills/pdf"]);
    });
    assert_eq!(moved, Moved::Deleted);
    // Two are.
    let upstream = Upstream::new();
    let (_, moved) = after(&upstream, &|| {
        std::fs::create_dir_all(upstream.path.join("other/scripts")).expect("a directory");
        upstream.git(["mv", "skills/pdf/scripts/fill.sh", "other/scripts/fill.sh"]);
        upstream.git(["mv", "skills/pdf/SKILL.md", "other/SKILL.md"]);
        upstream.git(["rm", "--quiet", "-r", "skills/pdf"]);
    });
    assert_eq!(moved, to("other"));
}

#[test]
fn a_single_file_and_the_root() {
    let upstream = Upstream::new();
    upstream.write(
        "agents/reviewer.md",
        "# Reviewer\n\nReviews what others wrote, line by line.\n",
    );
    upstream.commit("An agent");
    let store = upstream.store();
    let before = fetch(&store).commit;
    upstream.git(["mv", "agents/reviewer.md", "critic.md"]);
    let renamed = upstream.commit("Renamed");
    upstream.write("critic.md", "# Critic\n\nReviews what others wrote, line by line.\n");
    let edited = upstream.commit("Edited");
    fetch(&store);
    for now in [renamed, edited] {
        assert_eq!(moved(&store, before, "agents/reviewer.md", None, now), to("critic.md"));
        assert_eq!(moved(&store, before, "", None, now), Moved::Still);
    }
    // The folder's one file is gone to the top.
    assert_eq!(moved(&store, before, "agents", None, renamed), to(""));
}

#[test]
fn an_old_commit_that_the_upstream_has_lost() {
    let upstream = Upstream::new();
    let (old, tree) = (upstream.id("HEAD"), upstream.id("HEAD:skills/pdf"));
    upstream.git(["mv", "skills/pdf", "pdf"]);
    upstream.git(["commit", "--quiet", "--amend", "--message=Rewritten"]);
    upstream.git(["reflog", "expire", "--expire=now", "--all"]);
    upstream.git(["gc", "--quiet", "--prune=now"]);
    let store = upstream.store();
    let now = fetch(&store).commit;
    assert_eq!(moved(&store, old, "skills/pdf", Some(tree), now), to("pdf"));
    assert_eq!(moved(&store, old, "skills/pdf", None, now), Moved::Deleted);
    assert_eq!(moved(&store, old, "skills/pdf", Some(old), now), Moved::Deleted);
    assert_eq!(store.is_ancestor(old, now).expect("the history is short"), Some(false));
    let other = ObjectId::null(gix::hash::Kind::Sha256);
    assert_eq!(moved(&store, other, "skills/pdf", Some(tree), now), to("pdf"));
}

#[test]
fn progress_is_told_from_rewritten_history() {
    let upstream = Upstream::new();
    let first = upstream.id("HEAD");
    let store = upstream.store();
    load(&store, "skills/pdf");
    for number in 0..4 {
        upstream.write("README.md", format!("{number}\n"));
        upstream.commit("More");
    }
    let last = fetch(&store).commit;
    assert_eq!(count(&store, "commit"), 2);
    assert_eq!(store.is_ancestor(first, last).expect("reachable"), Some(true));
    assert_eq!(store.is_ancestor(last, first).expect("reachable"), Some(false));
    assert_eq!(count(&store, "blob"), 3, "history comes without files");

    upstream.git(["commit", "--quiet", "--amend", "--message=Rewritten"]);
    let rewritten = fetch(&store).commit;
    assert_eq!(store.is_ancestor(last, rewritten).expect("reachable"), Some(false));
    assert_eq!(store.is_ancestor(first, rewritten).expect("reachable"), Some(true));
    // The trees of commits that came without them are fetched where they are needed.
    let between = upstream.id("HEAD~2");
    let files = store
        .files(between, Some("skills/docx"))
        .expect("reachable")
        .expect("there");
    assert_eq!(files.entries.len(), 1);
}

#[test]
fn progress_in_a_long_history() {
    let upstream = Upstream::empty(HashKind::Sha1);
    let mut stream = String::from("blob\nmark :1\ndata 2\nx\n\n");
    for number in 2..1202 {
        let from = if number > 2 {
            format!("from :{}\n", number - 1)
        } else {
            String::new()
        };
        stream.push_str(&format!(
            "commit refs/heads/main\nmark :{number}\ncommitter a <b> {number} +0000\ndata 1\nc\n{from}M 100644 :1 f{}\n",
            number % 7
        ));
    }
    let path = upstream.beside("stream");
    std::fs::write(&path, stream).expect("written");
    let mut import = std::process::Command::new("git");
    super::hermetic(&mut import);
    let import = import
        .args(["fast-import", "--quiet"])
        .current_dir(&upstream.path)
        .stdin(std::fs::File::open(&path).expect("readable"))
        .status();
    assert!(import.expect("git runs").success());
    let store = upstream.store();
    let now = fetch(&store).commit;
    for (revision, commits) in [("main~300", 512), ("main~1100", 1_200)] {
        assert_eq!(
            store.is_ancestor(upstream.id(revision), now).expect("reachable"),
            Some(true)
        );
        assert_eq!(count(&store, "commit"), commits);
    }
    assert!(
        store
            .files(now, None)
            .expect("readable")
            .is_some_and(|files| files.entries.len() == 7)
    );
}

#[test]
fn an_upstream_that_is_shallow_itself() {
    let upstream = Upstream::new();
    let first = upstream.id("HEAD");
    upstream.commit("Two");
    upstream.commit("Three");
    let path = format!("file://{}", upstream.path.display());
    let clone = upstream.beside("shallow");
    upstream.git(["clone", "--quiet", "--depth=2", &path, &clone.to_string_lossy()]);
    let store = upstream.cache().store(&super::url(&clone.to_string_lossy()));
    let now = fetch(&store).commit;
    assert_eq!(now, upstream.id("HEAD"));
    assert_eq!(super::listing(&load(&store, "skills/pdf")), super::pdf());
    assert_eq!(
        store.is_ancestor(upstream.id("HEAD~1"), now).expect("reachable"),
        Some(true)
    );
    // Two commits are all it has; it names the third, and nobody knows what comes before.
    assert_eq!(store.is_ancestor(first, now).expect("reachable"), Some(true));
    let unknown = ObjectId::null(gix::hash::Kind::Sha1);
    assert_eq!(store.is_ancestor(unknown, now).expect("reachable"), None);
}
