//! Every kind of conflict: stages, the names that git makes up, labels.

use super::{
    LABELS, Labels, MergeRequest, Project,
    files::{Files, lines},
    merge_all, project_path, request,
};
use crate::{content::Mode, git::objects, id::HashKind};

/// A kind of conflict: what the sides hold, and what is left.
struct Kind {
    /// As git calls it.
    name: &'static str,
    sides: [Files; 3],
    /// Unmerged paths with an `x` for each stage that they have.
    unmerged: &'static [&'static str],
    /// The files that lie there.
    files: &'static [&'static str],
}

fn kinds() -> Vec<Kind> {
    let text = lines(20, &[]);
    let base = Files::of(&[("f", &text), ("other", "other\n")]);
    let changed = |with: &str| base.clone().with("f", lines(20, &[(10, with)]));
    let renamed = |to: &str| base.clone().without("f").with(to, &text);
    let binary = |byte: u8| base.clone().with("f", [0, byte, 0, 7]);
    let link = |target: &str| base.clone().with_mode("f", Mode::Symlink, target);
    vec![
        Kind {
            name: "CONFLICT (contents)",
            sides: [base.clone(), changed("ten"), changed("zehn")],
            unmerged: &["xxx f"],
            files: &["f", "other"],
        },
        Kind {
            name: "CONFLICT (contents)",
            sides: [Files::of(&[("other", "other\n")]), changed("ten"), changed("zehn")],
            unmerged: &["-xx f"],
            files: &["f", "other"],
        },
        Kind {
            name: "CONFLICT (binary)",
            sides: [binary(1), binary(2), binary(3)],
            unmerged: &["xxx f"],
            files: &["f", "other"],
        },
        Kind {
            name: "CONFLICT (modify/delete)",
            sides: [base.clone(), base.clone().without("f"), changed("zehn")],
            unmerged: &["x-x f"],
            files: &["f", "other"],
        },
        Kind {
            name: "CONFLICT (rename/delete)",
            sides: [base.clone(), renamed("g"), base.clone().without("f")],
            unmerged: &["xx- g"],
            files: &["g", "other"],
        },
        Kind {
            name: "CONFLICT (rename/rename)",
            sides: [base.clone(), renamed("g"), renamed("h")],
            unmerged: &["x-- f", "-x- g", "--x h"],
            files: &["g", "h", "other"],
        },
        Kind {
            name: "CONFLICT (contents)",
            sides: [
                Files::of(&[("f", &text), ("g", &lines(30, &[]))]),
                Files::of(&[("h", &text), ("g", &lines(30, &[]))]),
                Files::of(&[("f", &text), ("h", &lines(30, &[]))]),
            ],
            unmerged: &["-xx h"],
            files: &["h"],
        },
        Kind {
            name: "CONFLICT (file/directory)",
            sides: [
                base.clone().without("f"),
                base.clone(),
                base.clone().without("f").with("f/g", "g\n"),
            ],
            unmerged: &["-x- f~skill_pdf (yours)"],
            files: &["f/g", "f~skill_pdf (yours)", "other"],
        },
        Kind {
            name: "CONFLICT (distinct modes)",
            sides: [base.clone(), changed("ten"), link("other")],
            unmerged: &["--x f", "xx- f~skill_pdf (yours)"],
            files: &["f", "f~skill_pdf (yours)", "other"],
        },
        Kind {
            name: "CONFLICT (contents)",
            sides: [link("other"), link("a"), link("b")],
            unmerged: &["xxx f"],
            files: &["f", "other"],
        },
    ]
}

#[test]
fn every_kind_of_conflict_is_told_without_loss() {
    let project = Project::new(HashKind::Sha1);
    for kind in kinds() {
        let sides = [&kind.sides[0], &kind.sides[1], &kind.sides[2]];
        let merged = project.merge("skills/pdf", false, sides).expect("merged");
        assert!(!merged.clean, "{}", kind.name);
        assert_eq!(merged.unmerged(), kind.unmerged, "{}", kind.name);
        let files: Vec<_> = merged
            .content
            .entries()
            .iter()
            .map(|entry| entry.path.to_string())
            .collect();
        assert_eq!(files, kind.files, "{}", kind.name);
        let about: Vec<_> = merged
            .messages
            .iter()
            .filter(|message| message.kind == kind.name)
            .collect();
        assert!(!about.is_empty(), "{}: {:?}", kind.name, merged.messages);
        for message in &merged.messages {
            assert!(!message.paths.is_empty() && !message.text.is_empty(), "{message:?}");
            // Nothing is named by the ids of the throw-away commits.
            let id = |word: &str| word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(
                !message.text.split(|c: char| !c.is_ascii_alphanumeric()).any(id),
                "{message:?}"
            );
        }
        // What a side has at an unmerged path keeps its bytes and its mode in the stages.
        for conflict in &merged.conflicts {
            for (files, stage) in sides.iter().zip(conflict.stages) {
                let Some((mode, id)) = stage else { continue };
                let data = merged.blob(id, sides).expect("the blob of every stage is at hand");
                let brought = files.0.values().any(|(known, bytes)| (*known, bytes) == (mode, &data));
                assert!(brought || data.starts_with(b"1\n"), "{}: {conflict:?}", kind.name);
            }
        }
    }
}

#[test]
fn modes_in_conflict_are_told() {
    let project = Project::new(HashKind::Sha1);
    let base = Files::of(&[("other", "other\n")]);
    let ours = base.clone().with_mode("run", Mode::Executable, "echo\n");
    let theirs = base.clone().with("run", "echo\n");
    let merged = project
        .merge("skills/pdf", false, [&base, &ours, &theirs])
        .expect("merged");
    assert_eq!((merged.clean, merged.unmerged()), (false, vec!["-xx run".to_owned()]));
    let [conflict] = merged.conflicts.as_slice() else {
        panic!("{merged:?}")
    };
    let modes = conflict.stages.map(|stage| stage.map(|(mode, _)| mode));
    assert_eq!(modes, [None, Some(Mode::Executable), Some(Mode::File)]);
}

#[test]
fn markers_say_whose_lines_they_are() {
    let project = Project::new(HashKind::Sha1);
    let base = Files::of(&[("f", &lines(20, &[]))]);
    let ours = Files::of(&[("f", &lines(20, &[(10, "ten")]))]);
    let theirs = Files::of(&[("g", &lines(20, &[(10, "zehn")]))]);
    let sides = [&base, &ours, &theirs];
    let merged = project.merge("skills/pdf", false, sides).expect("merged");
    let conflict = "<<<<<<< skill/pdf (yours):skills/pdf/f\nten\n=======\nzehn\n\
                    >>>>>>> skill/pdf (upstream 1234567):skills/pdf/g\n";
    let expected = lines(20, &[]).replace("10\n", conflict);
    assert_eq!(merged.text("g", sides), expected);
    assert_eq!(merged.unmerged(), ["xxx g"]);
}

#[test]
fn a_name_that_git_makes_up_takes_nobody_elses_place() {
    let project = Project::new(HashKind::Sha1);
    let other = Files::of(&[("other", "x\n"), ("f~here/x", "a folder\n"), ("f~here_0", "a file\n")]);
    let ours = other.clone().with("f", "file\n");
    let theirs = other.clone().with("f/g", "g\n");
    let mut batch = project.repo.batch(objects::Mode::Nothing);
    let hashes = [&other, &ours, &theirs].map(|files| files.add_to(&mut batch, HashKind::Sha1));
    let path = project_path("skills/pdf");
    let labels = Labels { ours: "here", ..LABELS };
    let request = MergeRequest {
        labels,
        ..request(&path, false, hashes)
    };
    let merged = merge_all(&project.repo, &batch, &[request], None)
        .expect("git runs")
        .remove(0)
        .expect("merged");
    assert_eq!(merged.unmerged(), ["-x- f~here_1"]);
    assert_eq!(merged.text("f~here_1", [&other, &ours, &theirs]), "file\n");
    assert_eq!(merged.text("f~here_0", [&other, &ours, &theirs]), "a file\n");
    let told = merged
        .messages
        .iter()
        .any(|message| message.text.contains("skills/pdf/f~here_1 instead"));
    assert!(told, "{:?}", merged.messages);
}

#[test]
fn a_clash_of_types_in_an_artifact_that_is_one_file_puts_one_beside_the_other() {
    let project = Project::new(HashKind::Sha1);
    let base = Files::of(&[("a.md", &lines(20, &[]))]);
    let ours = Files::default().with_mode("a.md", Mode::Symlink, "b.md");
    let theirs = Files::of(&[("a.md", &lines(20, &[(1, "one")]))]);
    let sides = [&base, &ours, &theirs];
    let merged = project.merge("agents/a.md", true, sides).expect("merged");
    assert_eq!(merged.unmerged(), ["-x- a.md", "x-x a.md~skill_pdf (upstream 1234567)"]);
    assert_eq!(merged.text("a.md", sides), "b.md");
    assert_eq!(
        merged.text("a.md~skill_pdf (upstream 1234567)", sides),
        lines(20, &[(1, "one")])
    );
}

#[test]
fn a_conflict_may_be_about_no_path_at_all() {
    let project = Project::with_config(HashKind::Sha1, &[("merge.directoryRenames", "true")]);
    let file = |seed: usize| lines(20, &[(1, &format!("file {seed}"))]);
    let base = Files::of(&[
        ("d/1", &file(1)),
        ("d/2", &file(2)),
        ("d/3", &file(3)),
        ("d/4", &file(4)),
    ]);
    // Half of the folder goes here, half of it there: where does a new file belong?
    let ours = Files::of(&[
        ("e/1", &file(1)),
        ("e/2", &file(2)),
        ("g/3", &file(3)),
        ("g/4", &file(4)),
    ]);
    let theirs = base.clone().with("d/new", "new\n");
    let merged = project
        .merge("skills/pdf", false, [&base, &ours, &theirs])
        .expect("merged");
    assert!(!merged.clean);
    assert_eq!(merged.unmerged(), Vec::<String>::new());
    assert!(
        merged
            .messages
            .iter()
            .any(|message| message.kind.contains("directory rename")),
        "{:?}",
        merged.messages
    );
}
