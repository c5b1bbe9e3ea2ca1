//! Small lineages written with plain git, line by line.

use git_lineage::{ChangeOrigin, LineageStore, QueryError};

use super::oracle::{Fact, by_lineage, compare, facts, id, merged_tree, version, version_of_tree};
use crate::support::TestRepo;

const DEPLOYED: Option<ChangeOrigin> = Some(ChangeOrigin::Deployment);
const SYNCED: Option<ChangeOrigin> = Some(ChangeOrigin::Sync);
const LOCAL: Option<ChangeOrigin> = Some(ChangeOrigin::LocalModification);

/// Both hash functions.
fn repositories() -> [TestRepo; 2] {
    [TestRepo::new(), TestRepo::sha256()]
}

/// Panics unless git agrees and the lines of `path` are those of `expected`, in this order.
#[track_caller]
fn assert_blame(repo: &TestRepo, version: &str, path: &str, expected: &[(&str, Option<ChangeOrigin>, bool)]) {
    assert!(compare(repo, version) >= expected.len());
    let expected: Vec<Fact> = expected
        .iter()
        .map(|(id, origin, resolution)| ((*id).to_owned(), *origin, *resolution))
        .collect();
    assert_eq!(facts(repo, version, path), expected);
}

#[test]
fn along_a_chain_a_line_belongs_to_whoever_wrote_it() {
    for repo in repositories() {
        let one = version(&repo, &[("a.md", "one\ntwo\nthree\nfour\n")], &[], DEPLOYED);
        let two = version(&repo, &[("a.md", "one\ntwo\nours\nfour\n")], &[&one], LOCAL);
        let three = version(&repo, &[("a.md", "zero\none\nours\nfour\n")], &[&two], SYNCED);
        // Recorded before origins were, and back to a line that was there once: a new one.
        let four = version(&repo, &[("a.md", "zero\none\ntwo\nours\nfour\n")], &[&three], None);
        let expected = [
            (three.as_str(), SYNCED, false),
            (&one, DEPLOYED, false),
            (&four, None, false),
            (&two, LOCAL, false),
            (&one, DEPLOYED, false),
        ];
        assert_blame(&repo, &four, "a.md", &expected);
        assert_blame(&repo, &one, "a.md", &[(one.as_str(), DEPLOYED, false); 4]);
    }
}

#[test]
fn a_clean_merge_owns_nothing() {
    for repo in repositories() {
        let base = version(&repo, &[("a.md", "1\n2\n3\n4\n5\n6\n7\n8\n")], &[], DEPLOYED);
        let upstream = version(&repo, &[("a.md", "1\nup\n3\n4\n5\n6\n7\n8\n")], &[&base], SYNCED);
        let head = version(&repo, &[("a.md", "1\n2\n3\n4\n5\n6\nour\n8\n")], &[&base], LOCAL);
        let tree = merged_tree(&repo, &head, &upstream);
        let merge = version_of_tree(&repo, &tree, &[&head, &upstream], SYNCED);
        let mut expected = [(base.as_str(), DEPLOYED, false); 8];
        expected[1] = (&upstream, SYNCED, false);
        expected[6] = (&head, LOCAL, false);
        assert_blame(&repo, &merge, "a.md", &expected);
    }
}

/// Both sides changed the second line.
fn conflict(repo: &TestRepo) -> (String, String, String) {
    let base = version(repo, &[("a.md", "1\n2\n3\n")], &[], DEPLOYED);
    let upstream = version(repo, &[("a.md", "1\nup\n3\n")], &[&base], SYNCED);
    let head = version(repo, &[("a.md", "1\nour\n3\n")], &[&base], LOCAL);
    (base, upstream, head)
}

#[test]
fn what_resolves_a_conflict_belongs_to_the_merge_and_only_that() {
    for (origin, repo) in [(SYNCED, TestRepo::new()), (LOCAL, TestRepo::sha256())] {
        let (base, upstream, head) = conflict(&repo);
        let resolved = [("a.md", "1\nour\nboth\nup\n3\n")];
        let merge = version(&repo, &resolved, &[&head, &upstream], origin);
        let expected = [
            (base.as_str(), DEPLOYED, false),
            (&head, LOCAL, false),
            (&merge, origin, true),
            (&upstream, SYNCED, false),
            (&base, DEPLOYED, false),
        ];
        assert_blame(&repo, &merge, "a.md", &expected);
        // What comes after a merge is no resolution.
        let after = version(&repo, &[("a.md", "1\nour\nboth\nup\n3\nnew\n")], &[&merge], LOCAL);
        let lines = facts(&repo, &after, "a.md");
        assert_eq!(lines[2], (merge.clone(), origin, true));
        assert_eq!(lines[5], (after, LOCAL, false));
    }
}

#[test]
fn a_conflict_resolved_to_one_side_leaves_the_line_with_it() {
    for repo in repositories() {
        let (base, upstream, head) = conflict(&repo);
        for (text, owner, origin) in [("1\nour\n3\n", &head, LOCAL), ("1\nup\n3\n", &upstream, SYNCED)] {
            let merge = version(&repo, &[("a.md", text)], &[&head, &upstream], SYNCED);
            let expected = [
                (base.as_str(), DEPLOYED, false),
                (owner, origin, false),
                (&base, DEPLOYED, false),
            ];
            assert_blame(&repo, &merge, "a.md", &expected);
        }
    }
}

#[test]
fn lines_are_followed_through_renames_inside_the_artifact() {
    for repo in repositories() {
        let text = "one\ntwo\nthree\nfour\nfive\n";
        let one = version(&repo, &[("a.md", text), ("z.md", "z\n")], &[], DEPLOYED);
        let two = version(&repo, &[("docs/b c.md", text), ("z.md", "z\n")], &[&one], SYNCED);
        let edited = "one\ntwo\nours\nfour\nfive\n";
        let three = version(&repo, &[("docs/ä\".md", edited), ("z.md", "z\n")], &[&two], LOCAL);
        let mut expected = [(one.as_str(), DEPLOYED, false); 5];
        expected[2] = (&three, LOCAL, false);
        assert_blame(&repo, &three, "docs/ä\".md", &expected);

        // Renamed on one side of a merge, edited on the other.
        let theirs = version(
            &repo,
            &[("a.md", &format!("zero\n{text}")), ("z.md", "z\n")],
            &[&one],
            SYNCED,
        );
        let files = [("docs/ä\".md", "zero\none\ntwo\nours\nfour\nfive\n"), ("z.md", "z\n")];
        let merge = version(&repo, &files, &[&three, &theirs], SYNCED);
        let lines = facts(&repo, &merge, "docs/ä\".md");
        assert_eq!(lines[0], (theirs, SYNCED, false));
        assert_eq!(lines[3], (three, LOCAL, false));
        compare(&repo, &merge);
    }
}

#[test]
fn a_file_added_on_both_sides_has_lines_of_both() {
    for repo in repositories() {
        let base = version(&repo, &[("a.md", "a\n")], &[], DEPLOYED);
        let upstream = version(&repo, &[("a.md", "a\n"), ("b.md", "same\nup\n")], &[&base], SYNCED);
        let head = version(&repo, &[("a.md", "a\n"), ("b.md", "same\nour\n")], &[&base], LOCAL);
        let files = [("a.md", "a\n"), ("b.md", "same\nour\nup\nnew\n")];
        let merge = version(&repo, &files, &[&head, &upstream], SYNCED);
        let expected = [
            (head.as_str(), LOCAL, false),
            (&head, LOCAL, false),
            (&upstream, SYNCED, false),
            (&merge, SYNCED, true),
        ];
        assert_blame(&repo, &merge, "b.md", &expected);
    }
}

#[test]
fn bytes_are_what_they_are() {
    let repo = TestRepo::new();
    let files = [
        ("crlf.md", "one\r\ntwo\r\n"),
        ("mixed.md", "one\r\ntwo\n\r\n\n"),
        ("no-end.md", "one\ntwo"),
        ("empty.md", ""),
        ("end.md", "\n"),
        ("tabs.md", "\tone\n \t\u{feff}two\u{2028}\n"),
    ];
    let one = version(&repo, &files, &[], DEPLOYED);
    assert_eq!(compare(&repo, &one), 2 + 4 + 2 + 1 + 2);
    let store = LineageStore::open(repo.path()).expect("a repository");
    let texts = |version: &str, path| {
        let lines = by_lineage(&store, version, path);
        lines.into_iter().map(|(_, text)| text).collect::<Vec<_>>()
    };
    assert_eq!(texts(&one, "crlf.md"), ["one\r", "two\r"]);
    assert_eq!(texts(&one, "mixed.md"), ["one\r", "two", "\r", ""]);
    assert_eq!(texts(&one, "no-end.md"), ["one", "two"]);
    assert_eq!(texts(&one, "end.md"), [""]);
    assert!(texts(&one, "empty.md").is_empty());

    // Other line ends and a final one are another line, as for git.
    let files = [("crlf.md", "one\ntwo\r\n"), ("no-end.md", "one\ntwo\n")];
    let two = version(&repo, &files, &[&one], LOCAL);
    for (path, changed) in [("crlf.md", 0), ("no-end.md", 1)] {
        let mut expected = [(one.as_str(), DEPLOYED, false); 2];
        expected[changed] = (&two, LOCAL, false);
        assert_blame(&repo, &two, path, &expected);
    }
}

#[test]
fn binary_files_have_no_lines() {
    let repo = TestRepo::new();
    let late = format!("{}\n\0\n", "x".repeat(8000));
    let one = version(&repo, &[("a.png", "a\n\0\n"), ("late.md", &late)], &[], DEPLOYED);
    let store = LineageStore::open(repo.path()).expect("a repository");
    let error = store.blame(&id(&one), Some(b"a.png")).expect_err("refused");
    assert!(
        matches!(&error, QueryError::BinaryFile { path, .. } if path == "a.png"),
        "{error}"
    );
    // git looks for zero bytes among the first 8000 only.
    assert_eq!(store.blame(&id(&one), Some(b"late.md")).expect("text").lines.len(), 2);
}

#[test]
fn a_link_is_one_line_and_paths_are_bytes() {
    let repo = TestRepo::new();
    let script = r"
        blob=$(printf 'text \377\n' | git hash-object -w --stdin)
        link=$(printf 'a/b' | git hash-object -w --stdin)
        printf '100644 blob %s\tnotes-\377%%.md\000120000 blob %s\tz\000' $blob $link | git mktree -z
    ";
    let tree = repo.call().sh(script).trimmed();
    let one = version_of_tree(&repo, &tree, &[], DEPLOYED);
    let store = LineageStore::open(repo.path()).expect("a repository");
    assert_eq!(by_lineage(&store, &one, "z"), [(one.clone(), "a/b".to_owned())]);
    // As bytes, or as JSON writes them.
    for path in [&b"notes-\xff%.md"[..], b"notes-%FF%25.md"] {
        let blame = store.blame(&id(&one), Some(path)).expect("an answer");
        assert_eq!(blame.path, b"notes-\xff%.md");
        assert_eq!(blame.lines[0].text, b"text \xff");
    }
    let error = store
        .blame(&id(&one), Some(b"notes-\xff.md"))
        .expect_err("no such file");
    assert!(
        matches!(&error, QueryError::NoSuchFile { path, similar, .. } if path == "notes-%FF.md" && similar == &["notes-%FF%25.md"]),
        "{error:?}"
    );
}
