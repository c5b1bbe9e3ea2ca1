//! What the project's configuration and attributes change.

use super::{
    Project,
    files::{Files, lines},
};
use crate::id::HashKind;

const PATH: &str = "skills/pdf";

/// Both sides change line 10 of `file`.
fn both_changed(file: &str) -> [Files; 3] {
    let with = |text: &str| Files::of(&[(file, &lines(20, &[(10, text)]))]);
    [with("10"), with("ten"), with("zehn")]
}

fn merged_text(project: &Project, file: &str) -> (bool, String) {
    let [base, ours, theirs] = &both_changed(file);
    let sides = [base, ours, theirs];
    let merged = project.merge(PATH, false, sides).expect("merged");
    (merged.clean, merged.text(file, sides))
}

#[test]
fn the_style_of_markers_is_the_configured_one() {
    for kind in [HashKind::Sha1, HashKind::Sha256] {
        for (style, base) in [
            ("merge", ""),
            ("diff3", "||||||| the base\n10\n"),
            ("zdiff3", "||||||| the base\n10\n"),
        ] {
            let project = Project::with_config(kind, &[("merge.conflictStyle", style)]);
            let conflict =
                format!("<<<<<<< skill/pdf (yours)\nten\n{base}=======\nzehn\n>>>>>>> skill/pdf (upstream 1234567)\n");
            let expected = (false, lines(20, &[]).replace("10\n", &conflict));
            assert_eq!(merged_text(&project, "f"), expected, "{style}");
        }
    }
}

#[test]
fn attributes_count_from_everywhere_git_reads_them() {
    let union = lines(20, &[]).replace("10\n", "ten\nzehn\n");
    let rule = "skills/pdf/*.log merge=union\n";

    let project = Project::new(HashKind::Sha1);
    project.write(".gitattributes", rule);
    assert_eq!(merged_text(&project, "x.log"), (true, union.clone()));
    assert!(!merged_text(&project, "x.txt").0);
    // Only as they lie in the work tree, as for `git merge`.
    project.git.ok(["add", ".gitattributes"]);
    std::fs::remove_file(project.git.path().join(".gitattributes")).expect("removed");
    assert!(!merged_text(&project, "x.log").0);

    let project = Project::new(HashKind::Sha1);
    project.write(".git/info/attributes", rule);
    assert_eq!(merged_text(&project, "x.log"), (true, union.clone()));

    let project = Project::new(HashKind::Sha1);
    project.write("skills/pdf/.gitattributes", "*.log merge=union\n");
    assert_eq!(merged_text(&project, "x.log"), (true, union.clone()));

    let project = Project::with_config(HashKind::Sha1, &[("core.attributesFile", ".git/elsewhere")]);
    project.write(".git/elsewhere", rule);
    assert_eq!(merged_text(&project, "x.log"), (true, union));
}

#[test]
fn what_the_incoming_side_says_about_attributes_counts_from_the_next_merge_on() {
    let project = Project::new(HashKind::Sha1);
    let [base, ours, theirs] = both_changed("x.log");
    let theirs = theirs.with(".gitattributes", "*.log merge=union\n");
    let merged = project.merge(PATH, false, [&base, &ours, &theirs]).expect("merged");
    assert!(!merged.clean);
    assert!(merged.content.get(".gitattributes".into()).is_some());
}

#[test]
fn binary_files_and_marker_sizes_are_heeded() {
    let project = Project::new(HashKind::Sha1);
    project.write(
        ".gitattributes",
        "skills/**/*.b binary\nskills/**/*.m conflict-marker-size=3\n",
    );
    let ours = lines(20, &[(10, "ten")]);
    assert_eq!(merged_text(&project, "x.b"), (false, ours));
    let (clean, text) = merged_text(&project, "x.m");
    assert!(
        !clean && text.contains("\n<<< skill/pdf (yours)\nten\n===\nzehn\n>>> skill/pdf"),
        "{text}"
    );
}

#[test]
fn line_endings_are_normalised_where_that_is_configured() {
    let [base, ours, theirs] = both_changed("x.txt");
    let crlf = |files: &Files| {
        let text = String::from_utf8(files.0[&b"x.txt"[..]].1.clone()).expect("text");
        Files::of(&[("x.txt", &text.replace('\n', "\r\n"))])
    };
    // Upstream's line endings changed, and ours line 10.
    let sides = [&base, &ours, &crlf(&base)];
    for (renormalize, clean) in [("false", false), ("true", true)] {
        let project = Project::with_config(HashKind::Sha1, &[("merge.renormalize", renormalize)]);
        project.write(".gitattributes", "*.txt text eol=lf\n");
        let merged = project.merge(PATH, false, sides).expect("merged");
        assert_eq!(merged.clean, clean, "{renormalize}");
    }
    let project = Project::with_config(HashKind::Sha1, &[("merge.renormalize", "true")]);
    project.write(".gitattributes", "*.txt text eol=lf\n");
    let merged = project.merge(PATH, false, sides).expect("merged");
    assert_eq!(merged.text("x.txt", sides), lines(20, &[(10, "ten")]));
    assert!(
        !project
            .merge(PATH, false, [&base, &ours, &crlf(&theirs)])
            .expect("merged")
            .clean
    );
}

#[test]
fn merge_drivers_run_as_in_git_merge_and_may_say_what_they_like() {
    let drivers = [
        (
            "merge.talking.driver",
            "echo '1'; printf '0\\0001\\000'; echo >&2 oops; cat %B >>%A # no more",
        ),
        ("merge.failing.driver", "printf '%%s' 'half done' >%A; exit 1"),
        (
            "merge.my own.driver",
            "test -e marker && sort -u %A %B >%A.new && mv %A.new %A",
        ),
    ];
    let project = Project::with_config(HashKind::Sha1, &drivers);
    project.write(
        ".gitattributes",
        "*.t merge=talking\n*.f merge=failing\n*.m merge=my\\ own\n",
    );
    // A driver is started at the top of the work tree.
    project.write("marker", "");
    let ours = lines(20, &[(10, "ten")]);
    assert_eq!(
        merged_text(&project, "x.t"),
        (true, ours.clone() + &lines(20, &[(10, "zehn")]))
    );
    assert_eq!(merged_text(&project, "x.f"), (false, "half done".to_owned()));

    // Names with spaces cannot be written in an attributes file, but as the default driver.
    project.git.ok(["config", "merge.default", "my own"]);
    let project = Project::reopen(project);
    let (clean, text) = merged_text(&project, "x.other");
    assert!(
        clean && text.contains("ten\n") && text.contains("zehn\n") && !text.contains("<<<"),
        "{text}"
    );
    let left: Vec<_> = std::fs::read_dir(project.git.path()).expect("a folder").collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn directory_renames_are_followed_as_configured() {
    let file = |number: usize| lines(20, &[(1, &format!("file {number}"))]);
    let base = Files::of(&[("old/1", &file(1)), ("old/2", &file(2))]);
    let ours = Files::of(&[("new/1", &file(1)), ("new/2", &file(2))]);
    let theirs = base.clone().with("old/3", file(3));
    for (value, clean, place) in [
        ("true", true, "new/3"),
        ("false", true, "old/3"),
        ("conflict", false, "new/3"),
    ] {
        let project = Project::with_config(HashKind::Sha1, &[("merge.directoryRenames", value)]);
        let merged = project.merge(PATH, false, [&base, &ours, &theirs]).expect("merged");
        assert_eq!(merged.clean, clean, "{value}");
        assert!(
            merged.content.get(place.into()).is_some(),
            "{value}: {:?}",
            merged.content
        );
    }
}

#[test]
fn the_diff_algorithm_is_that_of_git_merge() {
    // Which git heeds it is git's business; a value that none knows is refused by those which do.
    let project = Project::with_config(HashKind::Sha1, &[("diff.algorithm", "patience")]);
    assert!(!merged_text(&project, "f").0);
    let project = Project::with_config(HashKind::Sha1, &[("diff.algorithm", "no such")]);
    let [base, ours, theirs] = both_changed("f");
    let merged = project.merge(PATH, false, [&base, &ours, &theirs]);
    let heeded = project.repo.git_version().expect("git runs") >= (2, 46);
    assert_eq!(merged.is_err(), heeded);
}
