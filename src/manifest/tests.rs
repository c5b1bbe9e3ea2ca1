//! What reading refuses and what editing leaves alone, case by case.

use super::*;
use crate::id::{CommitId, ContentHash};

fn id(text: &str) -> ArtifactId {
    text.parse().expect(text)
}

fn entry(name: &str, path: &str) -> ManifestEntry {
    ManifestEntry::new(id(name), path.parse().expect(path))
}

fn parse(text: &str) -> Manifest {
    Manifest::parse(text.as_bytes()).expect(text)
}

fn refused(text: &str) -> ManifestError {
    Manifest::parse(text.as_bytes()).expect_err(text)
}

fn text(manifest: &Manifest) -> String {
    String::from_utf8(manifest.to_bytes()).expect("UTF-8")
}

/// After `set`, both what is held and what is written give the entry.
fn set(manifest: &mut Manifest, entry: &ManifestEntry) {
    manifest.set(entry.clone()).expect("valid");
    assert_eq!(manifest.get(&entry.id), Some(entry));
    let read = parse(&text(manifest));
    assert!(read.entries().eq(manifest.entries()), "{}", text(manifest));
}

#[test]
fn a_first_entry_is_written_in_full() {
    let mut manifest = Manifest::default();
    assert_eq!(manifest.to_bytes(), b"");
    let full = ManifestEntry {
        upstream: Some("https://example.org/skills.git".into()),
        upstream_path: Some("skills/pdf".into()),
        upstream_ref: Some("main".into()),
        baseline: Some("ab".repeat(20).parse::<ContentHash>().expect("hash")),
        upstream_commit: Some("cd".repeat(32).parse::<CommitId>().expect("id")),
        ..entry("skill/pdf", ".claude/skills/pdf")
    };
    set(&mut manifest, &full);
    let (ab, cd) = ("ab".repeat(20), "cd".repeat(32));
    assert_eq!(
        text(&manifest),
        format!(
            "[artifact \"skill/pdf\"]\n\tpath = .claude/skills/pdf\n\tupstream = https://example.org/skills.git\n\
             \tupstream-path = skills/pdf\n\tupstream-ref = main\n\tbaseline = {ab}\n\tupstream-commit = {cd}\n"
        )
    );
    assert!(manifest.remove(&full.id));
    assert!(!manifest.remove(&full.id));
    assert_eq!(manifest.to_bytes(), b"");
}

#[test]
fn sections_go_to_their_sorted_place_before_the_next_ones_comments() {
    let file = "# about this file\n\n# the agents\n[artifact \"agent/b\"]\n\tpath = b\n\n; c is special\n[artifact \"agent/c\"]\n\tpath = c\n[other]\n\tx = 1\n";
    let mut manifest = parse(file);
    set(&mut manifest, &entry("agent/a", "a"));
    set(&mut manifest, &entry("agent/bb", "bb"));
    set(&mut manifest, &entry("agent/d", "d"));
    assert_eq!(
        text(&manifest),
        "# about this file\n\n[artifact \"agent/a\"]\n\tpath = a\n# the agents\n[artifact \"agent/b\"]\n\tpath = b\n\
         [artifact \"agent/bb\"]\n\tpath = bb\n\n; c is special\n[artifact \"agent/c\"]\n\tpath = c\n\
         [artifact \"agent/d\"]\n\tpath = d\n[other]\n\tx = 1\n"
    );
    for added in ["agent/bb", "agent/d", "agent/a"] {
        assert!(manifest.remove(&id(added)));
    }
    assert_eq!(text(&manifest), file);
}

#[test]
fn a_comment_at_the_top_belongs_to_the_file() {
    let mut manifest = parse("# written by git-lineage\n[artifact \"a/b\"]\npath = b\n");
    set(&mut manifest, &entry("a/a", "a"));
    assert!(
        text(&manifest).starts_with("# written by git-lineage\n[artifact \"a/a\"]\n\tpath = a\n[artifact \"a/b\"]")
    );
}

#[test]
fn only_the_lines_concerned_change() {
    let file = "\u{feff}; top\r\n[Artifact   \"skill/a\"] # why\r\n  note = mine\r\n  PATH=\"a\" ; here\r\n\r\n  upstream-ref   =  main # pinned\r\n  note = again\r\n# tail\r\n";
    let mut manifest = parse(file);
    let mut changed = manifest.get(&id("skill/a")).expect("there").clone();
    assert_eq!(
        (changed.path.as_str(), changed.upstream_ref.as_deref()),
        ("a", Some("main"))
    );
    set(&mut manifest, &changed.clone());
    assert_eq!(text(&manifest), file, "nothing changed");

    changed.path = "b c".parse().expect("path");
    changed.upstream = Some("x;y".into());
    set(&mut manifest, &changed);
    let expected = file.replace("PATH=\"a\" ; here\r\n", "PATH=b c ; here\r\n  upstream = \"x;y\"\r\n");
    assert_eq!(text(&manifest), expected);

    changed.upstream_ref = None;
    set(&mut manifest, &changed);
    assert_eq!(
        text(&manifest),
        expected.replace("  upstream-ref   =  main # pinned\r\n", "")
    );
    assert!(manifest.remove(&changed.id));
    assert_eq!(text(&manifest), "\u{feff}; top\r\n# tail\r\n");
}

#[test]
fn odd_but_valid_layouts_are_edited_too() {
    // A key behind the header, a value over two lines, no newline at the end.
    let mut manifest = parse("[artifact \"a/b\"] path = x\\\n  y\n\tupstream = \"q\\\n#r\"");
    let mut changed = manifest.get(&id("a/b")).expect("there").clone();
    assert_eq!(
        (changed.path.as_str(), changed.upstream.as_deref()),
        ("x  y", Some("q#r"))
    );
    changed.path = "z".parse().expect("path");
    changed.upstream = None;
    set(&mut manifest, &changed);
    assert_eq!(text(&manifest), "[artifact \"a/b\"] path = z");
    changed.baseline = Some("ab".repeat(20).parse().expect("hash"));
    set(&mut manifest, &changed);
    assert_eq!(
        text(&manifest),
        format!("[artifact \"a/b\"] path = z\n\tbaseline = {}", "ab".repeat(20))
    );
    changed.baseline = None;
    set(&mut manifest, &changed);
    set(&mut manifest, &entry("a/c", "c"));
    assert_eq!(
        text(&manifest),
        "[artifact \"a/b\"] path = z\n[artifact \"a/c\"]\n\tpath = c"
    );
    assert!(manifest.remove(&id("a/c")));
    assert_eq!(text(&manifest), "[artifact \"a/b\"] path = z");

    // Two headers on one line; another key of a known artifact behind the header is taken out of the line alone.
    let mut manifest = parse("[x] [artifact \"a/b\"] upstream = u ; c\n\tpath = p\n");
    set(&mut manifest, &entry("a/b", "p"));
    assert_eq!(text(&manifest), "[x] [artifact \"a/b\"]\n\tpath = p\n");
    set(&mut manifest, &entry("a/a", "a"));
    assert_eq!(
        text(&manifest),
        "[x] \n[artifact \"a/a\"]\n\tpath = a\n[artifact \"a/b\"]\n\tpath = p\n"
    );
}

#[test]
fn several_sections_of_one_artifact_are_one() {
    let file =
        "[artifact \"a/b\"]\n\tupstream = u\n[artifact \"a/c\"]\n\tpath = c\n[artifact \"a/b\"]\n\tpath = b\n# end\n";
    let mut manifest = parse(file);
    let mut changed = manifest.get(&id("a/b")).expect("there").clone();
    assert_eq!(changed.upstream.as_deref(), Some("u"));
    changed.upstream = Some("v".into());
    changed.upstream_ref = Some("r".into());
    set(&mut manifest, &changed);
    assert_eq!(text(&manifest), file.replace("= u\n", "= v\n\tupstream-ref = r\n"));
    assert!(manifest.remove(&id("a/b")));
    assert_eq!(text(&manifest), "[artifact \"a/c\"]\n\tpath = c\n# end\n");
    assert_eq!(
        refused(&format!("{file}[artifact \"a/c\"]\n\tPath = d\n")),
        ManifestError::DuplicateKey {
            id: id("a/c"),
            key: "path",
            first_line: 4,
            second_line: 9
        }
    );
}

#[test]
fn broken_text_is_refused_with_its_line() {
    for (file, line) in [
        ("[artifact \"a/b\"]\n\tpath = x\n\t= y\n", 3),
        ("[artifact \"a/b\"]\n\tpath = \"x\n", 2),
        ("[artifact \"a/b\"]\n\tpath = x\\q\n", 2),
        ("\n[artifact \"a/b\"\n\tpath = x\n", 2),
        ("[artifact \"a/b\"]\n\tpath = x\n\tkey comment\n", 3),
        ("[artifact \"a/b\"]\n\tpath ; = x\n", 2),
        ("[artifact \"a/b\"]\n\tpath = x\\", 2),
        ("\u{feff}\u{feff}", 1),
    ] {
        let refused = refused(file);
        assert!(
            matches!(refused, ManifestError::Syntax { line: at, .. } if at == line),
            "{file:?}: {refused:?}"
        );
    }
    let conflict = "[artifact \"a/b\"]\n<<<<<<< ours\n\tpath = x\n=======\n\tpath = y\n>>>>>>> theirs\n";
    assert_eq!(refused(conflict), ManifestError::Conflicted { line: 2 });
    assert!(refused(conflict).to_string().contains("resolve it"));
    let quoted = "[x]\n\ty = \"a\\\n<<<<<<< b\"\n";
    assert_eq!(text(&parse(quoted)), quoted, "inside a value a marker is text");
}

#[test]
fn values_are_checked_and_named() {
    let with = |lines: &str| format!("[artifact \"a/b\"]\n{lines}\n");
    for (lines, key, value) in [
        ("path = ../x", "path", "../x"),
        ("path", "path", ""),
        ("path =", "path", ""),
        ("path = .gitlineage", "path", ".gitlineage"),
        (
            "path = x\nupstream = a\\nChange-Origin: sync",
            "upstream",
            "a\nChange-Origin: sync",
        ),
        ("path = x\nupstream =", "upstream", ""),
        ("path = x\nupstream-ref", "upstream-ref", ""),
        ("path = x\nbaseline = 123", "baseline", "123"),
        ("path = x\nupstream-commit = HEAD", "upstream-commit", "HEAD"),
    ] {
        match refused(&with(lines)) {
            ManifestError::InvalidValue {
                id, key: k, value: v, ..
            } => {
                assert_eq!((id.as_str(), k, v.as_str()), ("a/b", key, value));
            }
            other => panic!("{lines:?}: {other:?}"),
        }
    }
    match Manifest::parse(b"[artifact \"a/b\"]\npath = \xff\n") {
        Err(ManifestError::InvalidValue { source, .. }) => assert_eq!(*source, ManifestValueError::NotUtf8),
        other => panic!("{other:?}"),
    }
    for file in ["[artifact \"a/b\"]\n", "[artifact \"a/b\"]\nupstream = x\nother = y\n"] {
        assert!(matches!(refused(file), ManifestError::MissingPath { line: 1, .. }));
    }
    for name in ["pdf", "Skill/pdf", "skill/", "skill/u\u{308}"] {
        let file = format!("\n[artifact \"{name}\"]\npath = x\n");
        assert!(
            matches!(refused(&file), ManifestError::InvalidId { line: 2, .. }),
            "{name}"
        );
    }
    assert!(matches!(
        Manifest::parse(b"[artifact \"a/\xff\"]\npath = x\n"),
        Err(ManifestError::InvalidId { .. })
    ));
}

#[test]
fn sections_of_others_are_only_text() {
    let file = "first = 1\n[include]\n\tpath = /etc/passwd\n[artifact]\n\tpath = ../..\n[artifacts \"x\"]\n\tpath\n";
    let mut manifest = parse(file);
    assert_eq!(manifest.entries().len(), 0);
    set(&mut manifest, &entry("a/b", "b"));
    assert_eq!(text(&manifest), format!("{file}[artifact \"a/b\"]\n\tpath = b\n"));
}

#[test]
fn artifacts_keep_apart() {
    let mut manifest = parse("[artifact \"a/b\"]\npath = x/y\n[artifact \"a/c\"]\npath = x-y\n");
    let before = text(&manifest);
    for (name, path) in [("a/d", "x"), ("a/d", "x/y"), ("a/d", "x/y/z"), ("a/c", "x/y/z")] {
        let refused = manifest.set(entry(name, path)).expect_err(path);
        assert!(matches!(refused, ManifestError::OverlappingPaths { .. }), "{refused:?}");
    }
    let twin = manifest.set(entry("a/B", "z")).expect_err("twin");
    assert!(matches!(twin, ManifestError::CaseTwins { .. }));
    let forged = ManifestEntry {
        upstream: Some("a\nb".into()),
        ..entry("a/d", "z")
    };
    assert!(matches!(manifest.set(forged), Err(ManifestError::InvalidValue { .. })));
    assert_eq!(text(&manifest), before, "refused means unchanged");
    assert_eq!(manifest.entries().count(), 2);

    let at = |manifest: &Manifest, path: &str| {
        manifest
            .containing(&path.parse().expect(path))
            .map(|e| e.id.to_string())
    };
    assert_eq!(at(&manifest, "x/y/z"), Some("a/b".into()));
    assert_eq!(at(&manifest, "x"), None);
    // An artifact may move into or around where it was.
    set(&mut manifest, &entry("a/b", "x/y/z"));
    set(&mut manifest, &entry("a/b", "x"));
    assert_eq!(at(&manifest, "x/y"), Some("a/b".into()));
    assert!(manifest.remove(&id("a/b")));
    set(&mut manifest, &entry("a/B", "x/q"));

    for (paths, ids) in [
        (("x", "x/y"), ("a/b", "a/c")),
        (("x/y", "x"), ("a/b", "a/c")),
        (("x", "y"), ("a/b", "a/B")),
    ] {
        let file = format!(
            "[artifact \"{}\"]\npath = {}\n[artifact \"{}\"]\npath = {}\n",
            ids.0, paths.0, ids.1, paths.1
        );
        assert!(Manifest::parse(file.as_bytes()).is_err(), "{file}");
    }
}

#[test]
fn all_that_is_wrong_is_listed_and_the_rest_is_read() {
    let file = "\
[artifact \"a/one\"]
\tpath = one
\tbaseline = nonsense
\tpath = other
[artifact \"Bad\"]
\tpath = bad
[artifact \"a/two\"]
\tpath = one/inside
[artifact \"a/three\"]
\tupstream = ../x
[artifact \"a/four\"]
\tpath = four
\tbaseline = 0c274a0506d0120c7ee0909479ff8a6ddbdb2ff3
";
    let (entries, errors) = Manifest::examine(file.as_bytes());
    let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["four", "one"]);
    assert!(entries[0].baseline.is_some() && entries[1].baseline.is_none());
    assert!(
        matches!(
            errors.as_slice(),
            [
                ManifestError::DuplicateKey { second_line: 4, .. },
                ManifestError::InvalidId { line: 5, .. },
                ManifestError::InvalidValue { key: "baseline", .. },
                ManifestError::MissingPath { line: 9, .. },
                ManifestError::OverlappingPaths { .. },
            ]
        ),
        "{errors:?}"
    );
    assert_eq!(Manifest::parse(file.as_bytes()).err().as_ref(), errors.first());
    let (entries, errors) = Manifest::examine(b"[artifact \"a/b\"\npath = x\n");
    assert!(entries.is_empty());
    assert!(
        matches!(errors.as_slice(), [ManifestError::Syntax { line: 1, .. }]),
        "{errors:?}"
    );
}

#[test]
fn a_value_that_goes_on_where_the_file_ends_takes_in_nothing() {
    for newline in ["\n", "\r\n"] {
        let open = format!("[artifact \"skill/x\"]{newline}\tpath = a\\{newline}");
        let with_upstream = ManifestEntry {
            upstream: Some("../up".into()),
            ..entry("skill/x", "a")
        };
        set(&mut parse(&open), &with_upstream);
        set(&mut parse(&open), &entry("skill/y", "b"));
        let other = format!("[artifact \"skill/x\"]{newline}\tpath = a{newline}[other]{newline}\tkey = b\\{newline}");
        set(&mut parse(&other), &entry("skill/y", "b"));
    }
    // Two backslashes are one, and the line ends.
    let mut manifest = parse("[artifact \"skill/x\"]\n\tpath = a\\\\\n");
    set(&mut manifest, &entry("skill/y", "b"));
    assert_eq!(
        text(&manifest),
        "[artifact \"skill/x\"]\n\tpath = a\\\\\n[artifact \"skill/y\"]\n\tpath = b\n"
    );
}

/// Of a file that ended without a line end; its lines end in this way and that.
#[test]
fn what_is_taken_off_is_a_whole_line_end() {
    let text_of =
        |last: &str| format!("[artifact \"skill/x\"]\n\tpath = a\n\tno-value\r\n\tupstream = ../up\r\n{last}");
    let mut manifest = parse(&text_of("[artifact \"skill/y\"]\n\tpath = b"));
    assert!(manifest.remove(&"skill/y".parse().expect("valid")));
    assert_eq!(text(&manifest), text_of("").trim_end());
    assert!(manifest.remove(&"skill/x".parse().expect("valid")));
    assert_eq!(text(&manifest), "");

    let without_ref = ManifestEntry {
        upstream: Some("../up".into()),
        ..entry("skill/x", "a")
    };
    let mut manifest = parse(&text_of("\tupstream-ref = main"));
    set(&mut manifest, &without_ref);
    assert_eq!(text(&manifest), text_of("").trim_end());
}

#[test]
fn byte_order_marks_of_other_encodings_are_no_part_of_a_manifest() {
    let marks: [&[u8]; 9] = [
        b"\xfe\xff",
        b"\xff\xfe",
        b"\0\0\xfe\xff",
        b"\xff\xfe\0\0",
        b"+/v8",
        b"\xf7dL",
        b"\xddsfs",
        b"\x0e\xfe\xff",
        b"\x841\x953",
    ];
    for mark in marks {
        // Each of them was skipped here, and what followed was cut apart as many bytes too early.
        let text = [mark, b"key = a[artifact \"x\"]\n[artifact \"skill/pdf\"]\n\tpath = a\n"].concat();
        assert!(
            matches!(Manifest::parse(&text), Err(ManifestError::Syntax { line: 1, .. })),
            "{mark:?}"
        );
    }
}
