//! The gate against git's own verdicts, and against where links really lead.

use std::{collections::HashSet, os::unix::ffi::OsStrExt, path::Path};

use gix::ObjectId;
use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    GateOptions, check_entries, check_storable, faults_in_raw_tree,
    names::{Bearer, check_name},
    tree_object::TreeFault,
};
use crate::{
    content::{
        ContentError, Entry, Mode, Refusal,
        testing::{KINDS, TestRepo, samples, write_files},
        write_trees,
    },
    id::HashKind,
};

/// Pieces that hostile names are made of.
#[rustfmt::skip]
const PIECES: &[&[u8]] = &[
    b".git", b".GIT", b"git~1", b"GIT~2", b".gitmodules", b".Gitmodules", b".gitattributes", b"gitmod~1", b"GITMOD~5",
    b"GI7EBA~1", b"gi7eb~10", b"GI7D29~9", b"gitatt~2", b"~1000000", b"~1", b"\\", b"/", b".", b"..", b" ", b":",
    b"a", b"a.b", b"b", b"::$INDEX_ALLOCATION", b"\xe2\x80\x8c", b"\xef\xbb\xbf", b"\xff", b"\xef\xbf\xbe",
    b"\xe2\x80", b"T", b"",
];

/// One entry of a tree to be built: mode, name, and whether its id is null.
type Planned = (&'static str, Vec<u8>, bool);

fn name() -> impl Strategy<Value = Vec<u8>> {
    vec(select(PIECES), 1..4).prop_map(|pieces| pieces.concat())
}

fn planned() -> impl Strategy<Value = Planned> {
    let mode = prop_oneof![
        12 => Just("100644"), 3 => Just("100755"), 6 => Just("120000"), 8 => Just("40000"),
        1 => Just("160000"), 1 => Just("040000"), 1 => Just("100664"), 1 => Just("0100644"),
    ];
    (mode, name(), proptest::bool::weighted(0.02))
}

/// Some names of a tree, and whether they are put in git's order.
fn planned_tree() -> impl Strategy<Value = (Vec<Planned>, bool)> {
    (vec(planned(), 0..4), proptest::bool::weighted(0.9))
}

struct Built {
    id: ObjectId,
    data: Vec<u8>,
    /// Trees and submodules it names; each in this tree only, so that an error in one is an error here.
    children: Vec<ObjectId>,
}

fn build(repo: &TestRepo, number: usize, mut entries: Vec<Planned>, sorted: bool) -> Built {
    if sorted {
        entries.sort_by_key(|(mode, name, _)| {
            let is_tree = mode.ends_with("40000");
            [name.as_slice(), if is_tree { b"/" } else { b"" }].concat()
        });
    }
    let blob = repo.write_object("blob", b"");
    let mut data = Vec::new();
    let mut children = Vec::new();
    for (position, (mode, name, is_null)) in entries.iter().enumerate() {
        let id = if *is_null {
            ObjectId::null(repo.kind.to_gix())
        } else if mode.ends_with("40000") {
            let unique = format!("100644 {number}-{position}\0");
            let child = repo.write_object("tree", &[unique.as_bytes(), blob.as_slice()].concat());
            children.push(child);
            child
        } else {
            blob
        };
        data.extend([mode.as_bytes(), b" ", name, b"\0", id.as_slice()].concat());
    }
    let id = repo.write_object("tree", &data);
    Built { id, data, children }
}

fn check_raw_tree(data: &[u8], kind: HashKind) -> Result<(), TreeFault> {
    faults_in_raw_tree(data, kind).into_iter().next().map_or(Ok(()), Err)
}

/// git and we agree, but for what we refuse beyond it.
fn assert_same_verdict(repo: &TestRepo, trees: &[Built]) -> usize {
    let bad = repo.fsck();
    let mut refused = 0;
    for Built { id, data, children } in trees {
        let git_refuses = children.iter().chain([id]).any(|id| bad.contains(&id.to_string()));
        let verdict = check_raw_tree(data, repo.kind);
        let stricter = matches!(
            verdict.as_ref().map_err(|fault| &fault.reason),
            Err(Refusal::UnknownMode { .. } | Refusal::NestedRepository)
        );
        assert!(
            verdict.is_err() == git_refuses || stricter,
            "git refuses: {git_refuses}, we: {verdict:?}, tree {id}: {:?}",
            String::from_utf8_lossy(data)
        );
        refused += usize::from(git_refuses);
    }
    refused
}

#[test]
fn random_trees() {
    for (kind, count) in KINDS.into_iter().zip([500, 100]) {
        let repo = TestRepo::new(kind);
        let plans = samples(count, &planned_tree());
        let build = |(number, (entries, sorted))| build(&repo, number, entries, sorted);
        let trees: Vec<_> = plans.into_iter().enumerate().map(build).collect();
        let refused = assert_same_verdict(&repo, &trees);
        assert!(
            (count / 5..count * 4 / 5).contains(&refused),
            "{refused} of {count}: a one-sided test"
        );
    }
}

#[test]
fn known_trees() {
    let long = |len: usize| "x".repeat(len);
    let file = "100644";
    let dir = "40000";
    let plans: Vec<Vec<(&'static str, String)>> = vec![
        vec![],
        vec![(file, "x".into()), (file, "x.1".into()), (dir, "x".into())],
        vec![
            (file, "x".into()),
            (file, "x.1.2".into()),
            (dir, "x.1".into()),
            (dir, "x".into()),
        ],
        vec![
            (file, "x".into()),
            (file, "x.1".into()),
            (file, "x.1.2".into()),
            (dir, "x".into()),
        ],
        vec![
            (file, "x".into()),
            (file, "x-".into()),
            (dir, "x.1".into()),
            (dir, "xy".into()),
        ],
        vec![(dir, "a".into()), (file, "a.b".into())],
        vec![(file, "a.b".into()), (dir, "a".into()), (file, "a0".into())],
        vec![(file, "a".into()), (file, "a".into())],
        vec![(file, "b".into()), (file, "a".into())],
        vec![(file, long(4096))],
        vec![(file, long(4097))],
        vec![("120000", ".gitignore".into())],
        vec![("120000", ".mailmap".into())],
        vec![("120000", ".gitattributes".into())],
        vec![("120000", ".gitmodules".into())],
        vec![("120000", ".gitmodules .".into())],
        vec![("120000", ".\u{200c}gitmodules".into())],
        vec![(dir, ".gitmodules".into())],
        vec![(dir, ".gitattributes".into())],
        vec![(dir, "x\\.gitmodules".into())],
        vec![(dir, "x\\.gitattributes".into())],
        vec![(dir, ".gitignore".into())],
        vec![(file, ".gitmodules".into())],
    ];
    for kind in KINDS {
        let repo = TestRepo::new(kind);
        let mut trees = Vec::new();
        for (number, plan) in plans.iter().enumerate() {
            let entries = plan
                .iter()
                .map(|(mode, name)| (*mode, name.clone().into_bytes(), false))
                .collect();
            trees.push(build(&repo, number, entries, false));
        }
        #[rustfmt::skip]
        let names = [
            ".", "..", ".git", ".GIT", ".gI\u{200c}T", ".Git", "git~1", ".git.", ".git ", ".\\.GIT\\foobar",
            ".git\\foobar", ".git::$INDEX_ALLOCATION", ".\u{147}it", "git~2", "a\\git~1:x", ".git\u{301}", "..\\x",
            "\\", "con", "a:b",
        ];
        for (number, name) in names.into_iter().enumerate() {
            for (offset, mode) in [(1000, file), (2000, dir)] {
                trees.push(build(&repo, offset + number, vec![(mode, name.into(), false)], false));
            }
        }
        assert_same_verdict(&repo, &trees);
    }
}

#[test]
fn malformed_trees() {
    let blob = [1; 20];
    let whole = [&b"100644 a\0"[..], &blob].concat();
    let cases = [
        b"100644 a".to_vec(),
        b"100644 a\0".to_vec(),
        b"x".to_vec(),
        whole[..whole.len() - 1].to_vec(),
        [&whole[..], b"1"].concat(),
        [&b"100644 \0"[..], &blob].concat(),
        [&b" a\0"[..], &blob].concat(),
        [&b"100648 a\0"[..], &blob].concat(),
        [&b"100644\0a"[..], &blob].concat(),
    ];
    for data in cases {
        let repo = TestRepo::new(HashKind::Sha1);
        repo.write_object("tree", &data);
        let git = repo.git(["fsck", "--strict"], b"");
        assert!(
            !git.status.success(),
            "git accepts {:?}",
            String::from_utf8_lossy(&data)
        );
        assert!(
            check_raw_tree(&data, HashKind::Sha1).is_err(),
            "{:?}",
            String::from_utf8_lossy(&data)
        );
    }
}

/// What `git update-index --index-info` takes: a path with the empty blob.
fn index_line(repo: &TestRepo, mode: Mode, path: &[u8]) -> Vec<u8> {
    let blob = repo.write_object("blob", b"");
    [format!("{} {blob}\t", mode.as_str()).as_bytes(), path, b"\0"].concat()
}

#[test]
fn names_that_pass_are_names_to_git() {
    let repo = TestRepo::new(HashKind::Sha1);
    #[rustfmt::skip]
    let awkward = [
        "con", "aux.txt", "a:b", "x.", "x ", "a\\b", "..x", "...", ".gitignore", ".github", "git~2", "*?<>|\"",
        "\u{1}\n\t", "\u{200c}", "-rf", "~", "C:", "é", "e\u{301}", "\u{202e}txt", ".gitmodules", ".gitattributes",
    ];
    let random = samples(600, &name());
    let names: HashSet<Vec<u8>> = awkward
        .into_iter()
        .map(|name| name.as_bytes().to_vec())
        .chain(random)
        .collect();
    let (passed, refused): (Vec<_>, Vec<_>) = names
        .into_iter()
        .partition(|name| check_name(name, Bearer::Leaf(Mode::File)).is_ok());
    assert!(
        passed.len() > 40 && refused.len() > 40,
        "{} to {}",
        passed.len(),
        refused.len()
    );

    // git leaves out, with a word on stderr, what it would not have in the index.
    let indexed = |lines: &[u8]| {
        repo.ok_with(
            [
                "-c",
                "core.protectHFS=true",
                "update-index",
                "--add",
                "-z",
                "--index-info",
            ],
            lines,
        );
        repo.ok(["ls-files", "-z"])
            .split('\0')
            .filter(|name| !name.is_empty())
            .count()
    };
    let lines: Vec<_> = passed
        .iter()
        .flat_map(|name| index_line(&repo, Mode::File, name))
        .collect();
    assert_eq!(indexed(&lines), passed.len());
    // The index overlooks a backslash at the start, which fsck sees.
    let refused = refused
        .iter()
        .filter(|name| !name.is_empty() && !name.contains(&b'/') && name[0] != b'\\');
    let lines: Vec<_> = refused.flat_map(|name| index_line(&repo, Mode::File, name)).collect();
    assert_eq!(
        indexed(&lines),
        passed.len(),
        "git takes some of {:?}",
        String::from_utf8_lossy(&lines)
    );
}

#[test]
fn content_passes_exactly_when_its_trees_pass() {
    let mode = select(&[Mode::File, Mode::Executable, Mode::Symlink][..]);
    let entry = (name(), mode).prop_map(|(path, mode)| Entry::of_data(path, mode, b"", HashKind::Sha1));
    let mut passed = 0;
    for entries in samples(1500, &vec(entry, 0..4)) {
        let mut trees_pass = true;
        let mut sink = |data: &[u8], _| {
            trees_pass &= check_raw_tree(data, HashKind::Sha1).is_ok();
            Ok::<_, ContentError>(())
        };
        trees_pass &= write_trees(&entries, HashKind::Sha1, &mut sink).is_ok();
        assert_eq!(check_storable(&entries, false).is_ok(), trees_pass, "{entries:?}");
        assert!(trees_pass || check_storable(&entries, true).is_err(), "{entries:?}");
        passed += usize::from(trees_pass);
    }
    assert!((300..1200).contains(&passed), "{passed}: a one-sided test");
}

#[test]
fn links_that_pass_really_stay_inside() {
    const NAMES: &[&str] = &["a", "b", "a/b", "a/c", "b/a", "a/b/c", "c"];
    const STEPS: &[&str] = &["a", "b", "c", "..", "..", ".", "", "x", "../.."];
    let target = vec(select(STEPS), 1..5).prop_map(|steps| steps.join("/"));
    let content = vec((select(NAMES), proptest::option::weighted(0.7, target)), 1..6);
    let (mut passed, mut left) = (0, 0);
    for content in samples(300, &content) {
        let outside = tempfile::tempdir().expect("temporary directory");
        let root = outside.path().canonicalize().expect("it exists").join("root");
        std::fs::create_dir(&root).expect("a directory");
        let mut written: Vec<(Entry, Vec<u8>)> = Vec::new();
        for (path, target) in content {
            let mode = if target.is_some() { Mode::Symlink } else { Mode::File };
            // Where a path clashes with an earlier one there is nothing to write.
            if is_free(&root, path) {
                let place = root.join(path);
                std::fs::create_dir_all(place.parent().expect("below the root")).expect("directories");
                match &target {
                    Some(target) if !target.is_empty() => std::os::unix::fs::symlink(target, &place).expect("a link"),
                    Some(_) => continue,
                    None => write_files(&root, &[(path, "")]),
                }
                written.push((
                    Entry::of_data(path, mode, b"", HashKind::Sha1),
                    target.unwrap_or_default().into(),
                ));
            }
        }
        let entries: Vec<_> = written.iter().map(|(entry, _)| entry.clone()).collect();
        let mut read_link = |entry: &Entry| {
            let (_, target) = written.iter().find(|(other, _)| other == entry).expect("one of them");
            Ok::<_, ContentError>(target.clone())
        };
        let verdict = check_entries(&entries, &mut read_link, GateOptions::default());
        let resolved = entries.iter().map(|entry| {
            root.join(Path::new(std::ffi::OsStr::from_bytes(&entry.path)))
                .canonicalize()
        });
        let escapes = resolved.into_iter().any(|end| match end {
            Ok(end) => !end.starts_with(&root),
            // Nothing there is no harm; a circle is.
            Err(error) => {
                error.kind() != std::io::ErrorKind::NotFound && error.kind() != std::io::ErrorKind::NotADirectory
            }
        });
        assert!(verdict.is_err() || !escapes, "{written:?}");
        passed += usize::from(verdict.is_ok());
        left += usize::from(escapes);
    }
    assert!(
        passed > 50 && left > 50,
        "{passed} passed, {left} leave: a one-sided test"
    );
}

/// True if a file can be put there without going through a file or link.
fn is_free(root: &Path, path: &str) -> bool {
    root.join(path).symlink_metadata().is_err() && super::check_destination(root, Path::new(path)).is_ok()
}
