//! Every state of a path in an upstream's history, against what git says of it.

use super::{servers::everywhere, *};
use crate::upstream::Occurrence;

/// The states as `commit path id`, in order.
fn past(store: &Store, path: &str) -> Vec<String> {
    let tip = store.resolve(None).expect("an upstream that answers");
    let past = store.past(&tip, path).expect("an upstream that sends it");
    past.iter().map(line).collect()
}

fn line(occurrence: &Occurrence) -> String {
    let Occurrence { commit, path, found } = occurrence;
    format!("{commit} {path} {}", found.id)
}

fn state(upstream: &Upstream, commit: ObjectId, path: &str) -> String {
    let id = upstream.id(&format!("{commit}:{path}"));
    format!("{commit} {path} {id}")
}

#[test]
fn every_state_is_found_with_the_commit_it_came_up_in() {
    for hash in [HashKind::Sha1, HashKind::Sha256] {
        let upstream = Upstream::of(hash);
        let one = upstream.id("HEAD");
        upstream.write("README.md", "# Other\n");
        upstream.commit("Not there");
        upstream.write("skills/pdf/SKILL.md", "# PDF\n\nTwo.\n");
        let two = upstream.commit("Two");
        // Moved as it is, then edited, then the first state again.
        upstream.git(["mv", "skills", "all"]);
        upstream.commit("Move");
        upstream.write("all/pdf/SKILL.md", "# PDF\n\nThree.\n");
        let three = upstream.commit("Three");
        upstream.write("all/pdf/SKILL.md", "# PDF\n\nRead and fill.\n");
        let four = upstream.commit("One again");
        let expected = [
            state(&upstream, one, "skills/pdf"),
            state(&upstream, two, "skills/pdf"),
            state(&upstream, three, "all/pdf"),
            state(&upstream, four, "all/pdf"),
        ];
        assert_eq!(past(&upstream.store(), "all/pdf"), expected);
        // Under its old name it ends where it was moved away.
        assert_eq!(past(&upstream.store(), "skills/pdf"), expected[..2]);
        assert_eq!(past(&upstream.store(), "nowhere"), Vec::<String>::new());
    }
}

#[test]
fn side_branches_count_and_their_merge_brings_nothing_new() {
    let upstream = Upstream::new();
    let one = upstream.id("HEAD");
    upstream.git(["checkout", "--quiet", "-b", "side"]);
    upstream.write("skills/pdf/SKILL.md", "# PDF\n\nSide.\n");
    let side = upstream.commit("Side");
    upstream.git(["checkout", "--quiet", "main"]);
    upstream.write("README.md", "# Main\n");
    upstream.commit("Main");
    upstream.git(["merge", "--quiet", "--no-edit", "side"]);
    let expected = [
        state(&upstream, one, "skills/pdf"),
        state(&upstream, side, "skills/pdf"),
    ];
    assert_eq!(past(&upstream.store(), "skills/pdf"), expected);
}

#[test]
fn every_server_sends_it_and_blobs_stay_where_they_are() {
    let upstream = Upstream::new();
    let one = upstream.id("HEAD");
    upstream.write("skills/pdf/SKILL.md", "# PDF\n\nTwo.\n");
    let two = upstream.commit("Two");
    let expected = [state(&upstream, one, "skills/pdf"), state(&upstream, two, "skills/pdf")];
    for way in everywhere(&upstream) {
        let store = Cache::new(&upstream.beside(&format!("cache of {}", way.name))).store(&url(&way.url));
        // One commit only, then its ancestry, which may come without trees.
        fetch(&store);
        store.is_ancestor(one, two).expect("answered");
        assert_eq!(past(&store, "skills/pdf"), expected, "{}", way.name);
        if way.filters {
            assert_eq!(count(&store, "blob"), 0, "{}", way.name);
        }
        way.take_connections();
        assert_eq!(past(&store, "skills/pdf"), expected, "{}", way.name);
        // Only what the branch is now was asked.
        assert!(way.take_connections().is_none_or(|asked| asked <= 1), "{}", way.name);
        assert_eq!(load(&store, "skills/pdf").files.len(), 3);
    }
}
