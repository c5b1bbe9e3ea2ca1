//! What everybody expects of a three-way merge.

use gix::bstr::BString;

use super::{
    Favor, MergeError, Project,
    files::{Files, lines},
    merge_all, project_path, request,
};
use crate::{
    content::Mode,
    git::{Environment, GitError, Repo, objects},
    id::HashKind,
};

const KINDS: [HashKind; 2] = [HashKind::Sha1, HashKind::Sha256];

#[test]
fn edits_of_different_lines_are_both_kept() {
    for kind in KINDS {
        let project = Project::new(kind);
        let base = Files::of(&[("SKILL.md", &lines(20, &[])), ("LICENSE", "MIT\n")]);
        let ours = base.clone().with("SKILL.md", lines(20, &[(1, "one")]));
        let theirs = base.clone().with("SKILL.md", lines(20, &[(20, "twenty")]));
        let sides = [&base, &ours, &theirs];
        let merged = project.merge(".claude/skills/pdf", false, sides).expect("merged");
        assert!(merged.clean && merged.conflicts.is_empty());
        assert_eq!(merged.text("SKILL.md", sides), lines(20, &[(1, "one"), (20, "twenty")]));
        let expected = base.with("SKILL.md", lines(20, &[(1, "one"), (20, "twenty")]));
        assert_eq!(
            merged.hash,
            expected.add_to(&mut project.repo.batch(objects::Mode::Ids), kind)
        );
        let [message] = merged.messages.as_slice() else {
            panic!("{:?}", merged.messages)
        };
        assert_eq!(
            (message.kind.as_str(), message.paths.as_slice()),
            ("Auto-merging", &["SKILL.md".into()][..])
        );
    }
}

#[test]
fn a_change_made_on_both_sides_is_no_conflict() {
    let project = Project::new(HashKind::Sha1);
    let base = Files::of(&[("a", "old\n"), ("b", "old\n"), ("gone", "x\n")]);
    let both = base.clone().with("a", "new\n").with("added", "equal\n").without("gone");
    let merged = project.merge("skills/x", false, [&base, &both, &both]).expect("merged");
    assert!(merged.clean);
    assert_eq!(
        merged.hash,
        both.add_to(&mut project.repo.batch(objects::Mode::Ids), HashKind::Sha1)
    );

    let more = both.clone().with("b", "mine\n");
    for sides in [
        [&base, &more, &both],
        [&base, &both, &more],
        [&base, &base, &more],
        [&base, &more, &base],
    ] {
        let merged = project.merge("skills/x", false, sides).expect("merged");
        assert!(merged.clean, "{sides:?}");
        assert_eq!(merged.text("b", sides), "mine\n", "{sides:?}");
        assert_eq!(merged.text("a", sides), "new\n", "{sides:?}");
    }
}

#[test]
fn a_rename_meets_an_edit_and_a_mode() {
    let project = Project::new(HashKind::Sha1);
    let text = lines(20, &[]);
    for (before, after) in [(Mode::File, Mode::Executable), (Mode::Executable, Mode::File)] {
        let base = Files::default().with_mode("run.sh", before, &text);
        let mode_changed = Files::default().with_mode("run.sh", after, &text);
        let renamed = Files::default().with_mode("bin/start.sh", before, lines(20, &[(3, "three")]));
        for sides in [[&base, &mode_changed, &renamed], [&base, &renamed, &mode_changed]] {
            let merged = project.merge("skills/x", false, sides).expect("merged");
            assert!(merged.clean, "{merged:?}");
            let [entry] = merged.content.entries() else {
                panic!("{merged:?}")
            };
            assert_eq!((entry.path.to_string(), entry.mode), ("bin/start.sh".to_owned(), after));
            assert_eq!(merged.text("bin/start.sh", sides), lines(20, &[(3, "three")]));
        }
    }
}

#[test]
fn line_endings_stay_as_they_are() {
    let project = Project::new(HashKind::Sha1);
    let crlf = |text: String| text.replace('\n', "\r\n");
    let base = Files::of(&[("x.txt", &crlf(lines(20, &[])))]);
    let ours = Files::of(&[("x.txt", &crlf(lines(20, &[(1, "one")])))]);
    let theirs = Files::of(&[("x.txt", &crlf(lines(20, &[(20, "twenty")])))]);
    let sides = [&base, &ours, &theirs];
    let merged = project.merge("skills/x", false, sides).expect("merged");
    assert!(merged.clean);
    assert_eq!(
        merged.text("x.txt", sides),
        crlf(lines(20, &[(1, "one"), (20, "twenty")]))
    );

    let theirs = Files::of(&[("x.txt", &crlf(lines(20, &[(1, "uno")])))]);
    let sides = [&base, &ours, &theirs];
    let merged = project.merge("skills/x", false, sides).expect("merged");
    let text = merged.text("x.txt", sides);
    let markers = "<<<<<<< skill/pdf (yours)\r\none\r\n=======\r\nuno\r\n>>>>>>> skill/pdf (upstream 1234567)\r\n2\r\n";
    assert!(text.starts_with(markers), "{text:?}");
}

#[test]
fn one_side_can_be_favored_where_both_changed_a_line() {
    let project = Project::new(HashKind::Sha1);
    let base = Files::of(&[("a", &lines(20, &[]))]);
    let ours = Files::of(&[("a", &lines(20, &[(1, "one"), (10, "ten")]))]);
    let theirs = Files::of(&[("a", &lines(20, &[(10, "zehn"), (20, "zwanzig")]))]);
    let sides = [&base, &ours, &theirs];
    if project.repo.git_version().expect("git runs") < (2, 43) {
        let batch = project.repo.batch(objects::Mode::Nothing);
        let (path, hash) = (
            project_path("x"),
            base.add_to(&mut project.repo.batch(objects::Mode::Ids), HashKind::Sha1),
        );
        let refused = merge_all(
            &project.repo,
            &batch,
            &[request(&path, false, [hash; 3])],
            Some(Favor::Ours),
        );
        assert!(matches!(refused, Err(GitError::GitTooOld { needed, .. }) if needed == "2.43"));
        return;
    }
    for (favor, tenth) in [(Favor::Ours, "ten"), (Favor::Theirs, "zehn")] {
        let merged = project.merge_favoring(Some(favor), "x", false, sides).expect("merged");
        assert!(merged.clean);
        let expected = lines(20, &[(1, "one"), (10, tenth), (20, "zwanzig")]);
        assert_eq!(merged.text("a", sides), expected, "{favor:?}");
    }
}

#[test]
fn one_file_is_merged_under_its_own_name() {
    let project = Project::with_config(HashKind::Sha1, &[("merge.stamp.driver", "echo %P >>%A")]);
    project.write(".gitattributes", "agents/stamped.md merge=stamp\n");
    let file = |name: &str, data: String| Files::default().with(name, data);
    for path in ["agents/reviewer.md", "reviewer.md", "agents/stamped.md"] {
        let name = project_path(path).file_name().to_owned();
        let base = file(&name, lines(20, &[]));
        let ours = file(&name, lines(20, &[(1, "one")]));
        let theirs = file(&name, lines(20, &[(20, "twenty")]));
        let sides = [&base, &ours, &theirs];
        let merged = project.merge(path, true, sides).expect("merged");
        assert!(merged.clean);
        let expected = match name.as_str() {
            "stamped.md" => lines(20, &[(1, "one")]) + "agents/stamped.md\n",
            _ => lines(20, &[(1, "one"), (20, "twenty")]),
        };
        assert_eq!(merged.content.entries().len(), 1);
        assert_eq!(merged.text(&name, sides), expected);
    }
    let other = project.merge(
        "agents/a.md",
        true,
        [&file("a.md", "x".into()), &file("b.md", "y".into()), &Files::default()],
    );
    assert!(matches!(other, Err(MergeError::NotOneFile { .. })));
}

#[test]
fn names_may_be_any_bytes() {
    let project = Project::new(HashKind::Sha1);
    let names: [&[u8]; 8] = [
        b"\xff\xfe.txt",
        b"line\nbreak",
        b"tab\tand \"quotes\"",
        b"-X",
        b" ",
        b"a\\b",
        "\u{fc}/d\u{e9}p\u{f4}t".as_bytes(),
        b"100644 x 1\ty",
    ];
    let all = |line: usize, text: &str| {
        let mut files = Files::default();
        for (number, name) in names.iter().enumerate() {
            let data = format!("{number}\n{}", lines(20, &[(line, text)]));
            files.put(BString::from(*name), Mode::File, data.into());
        }
        files
    };
    let (base, ours, theirs) = (all(1, "1"), all(1, "one"), all(20, "twenty"));
    let merged = project
        .merge("skills/ö (a)", false, [&base, &ours, &theirs])
        .expect("merged");
    assert!(merged.clean);
    assert_eq!(merged.content.entries().len(), names.len());

    let theirs = all(1, "uno");
    let merged = project
        .merge("skills/ö (a)", false, [&base, &ours, &theirs])
        .expect("merged");
    let mut expected: Vec<BString> = names.iter().map(|name| BString::from(*name)).collect();
    expected.sort();
    let found: Vec<BString> = merged.conflicts.into_iter().map(|conflict| conflict.path).collect();
    assert_eq!(found, expected);
    let named: Vec<_> = merged.messages.iter().flat_map(|message| &message.paths).collect();
    assert!(expected.iter().all(|name| named.contains(&name)), "{named:?}");
}

#[test]
fn what_is_stored_is_whole_and_what_is_not_leaves_no_trace() {
    let project = Project::new(HashKind::Sha1);
    let base = Files::of(&[("one/a", &lines(20, &[])), ("b", "b\n")]);
    let ours = base.clone().with("one/a", lines(20, &[(1, "one")]));
    let theirs = base.clone().with("one/a", lines(20, &[(1, "uno"), (20, "twenty")]));
    let files = || walkdir(&project.git.path());
    let before = files();

    let mut batch = project.repo.batch(objects::Mode::Objects);
    let sides = [&base, &ours, &theirs].map(|files| files.add_to(&mut batch, HashKind::Sha1));
    let path = project_path("skills/x");
    let merged = merge_all(&project.repo, &batch, &[request(&path, false, sides)], None).expect("git runs");
    let [Ok(merged)] = merged.as_slice() else {
        panic!("{merged:?}")
    };
    assert!(!merged.clean);
    assert_eq!(files(), before);

    merged.store(&mut batch).expect("taken in");
    batch.commit().expect("stored");
    let listed = project
        .git
        .ok(["ls-tree", "-r", "--name-only", &merged.hash.to_string()]);
    assert_eq!(listed, "b\none/a");
    let text = project.git.ok(["cat-file", "blob", &format!("{}:one/a", merged.hash)]);
    assert!(
        text.contains("<<<<<<< skill/pdf (yours)\none\n=======\nuno\n"),
        "{text}"
    );
    assert!(project.git.fsck().is_empty());
}

/// All files below a directory.
fn walkdir(root: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn contents_may_lie_anywhere_git_finds_them() {
    let origin = Project::new(HashKind::Sha1);
    let base = Files::of(&[("a", &lines(20, &[]))]);
    let ours = Files::of(&[("a", &lines(20, &[(1, "one")]))]);
    let theirs = Files::of(&[("a", &lines(20, &[(20, "twenty")]))]);
    let mut batch = origin.repo.batch(objects::Mode::Objects);
    let sides = [&base, &ours, &theirs].map(|files| files.add_to(&mut batch, HashKind::Sha1));
    batch.commit().expect("stored");
    // Objects of an alternate of an alternate, from a directory whose name is hard to write down.
    let clone = origin.git.path().join("it's \"one\"\nof: my\\projects");
    let from = origin.git.path();
    origin.git.ok([
        "clone",
        "--quiet",
        "--shared",
        "--no-checkout",
        from.to_str().expect("UTF-8"),
        clone.to_str().expect("UTF-8"),
    ]);
    let repo = Repo::open(&clone, Environment::Ignored).expect("a repository");
    let path = project_path("skills/x");
    let batch = repo.batch(objects::Mode::Nothing);
    let merged = merge_all(&repo, &batch, &[request(&path, false, sides)], None).expect("git runs");
    let expected = Files::of(&[("a", &lines(20, &[(1, "one"), (20, "twenty")]))]);
    let expected = expected.add_to(&mut repo.batch(objects::Mode::Ids), HashKind::Sha1);
    assert_eq!(merged[0].as_ref().expect("merged").hash, expected);
}
