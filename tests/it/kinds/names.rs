//! Ids and paths that are awkward somewhere: in a ref, in a shell, on a screen, in a pattern.

use super::{Life, make_skill};
use crate::support::TestRepo;
use crate::support::project::text;

#[test]
fn ids_and_paths_of_every_script_and_shape() {
    let repo = TestRepo::new();
    repo.commit("Begin");
    let long = format!("skill/{}", "long name ".repeat(40).trim());
    let chinese = format!("skill/{}", "设计原则".repeat(30));
    let names = [
        ("skill/Design Principles", "skills/Design Principles"),
        ("skill/office/word/docx", "plugins/office/skills/docx"),
        ("skill/设计 原则", "技能/设计 原则"),
        ("skill/100%", "skills/100%25"),
        ("skill/.hidden", "skills/.hidden"),
        ("skill/a..b", "skills/a..b"),
        ("skill/cargo.lock", "skills/cargo.lock"),
        ("skill/what? [all] *", "skills/[ab]*?"),
        ("skill/-rf", "-skills/-rf"),
        ("skill/!not", "skills/!not#this"),
        ("skill/it's \"quoted\" \\ $HOME", "skills/it's \"quoted\" $HOME"),
        ("skill/head@main~2", "skills/head@main~2"),
        ("skill/ff", "deadbeef"),
        (&long, "skills/long"),
        (&chinese, "skills/很长"),
    ];
    for (number, (id, path)) in names.into_iter().enumerate() {
        let source = format!("source/{number}");
        make_skill(&repo, &source);
        let life = Life::new(&repo, path, id, &source);
        // A path that begins with a dash is given as git wants it, too.
        let dotted = format!("./{path}");
        let from = if path.starts_with('-') { &dotted } else { path };
        Life {
            from: ("", from),
            ..life
        }
        .live();
    }
    assert_eq!(repo.lineage_json(&["list"]).len(), names.len());
    // The refs are git's to check, and each names its artifact again.
    let refs = repo
        .git(&["for-each-ref", "--format=%(refname)", "refs/lineage/heads"])
        .lines();
    assert_eq!(refs.len(), names.len());
    for name in &refs {
        repo.git(&["check-ref-format", name]);
        assert_eq!(name.matches('/').count(), 5, "{name}");
    }
    let mut ids: Vec<String> = refs
        .iter()
        .map(|name| {
            repo.git(&["log", "-1", "--format=%(trailers:key=Artifact-Id,valueonly)", name])
                .trimmed()
        })
        .collect();
    ids.sort();
    let mut expected: Vec<&str> = names.iter().map(|(id, _)| *id).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    repo.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
    // They travel with a clone.
    let clone = repo.clone_as("clone", &[]);
    clone.git(&["fetch", "--quiet", "origin", "+refs/lineage/*:refs/lineage/*"]);
    assert_eq!(clone.lineage_json(&["list"]), repo.lineage_json(&["list"]));
}

#[test]
fn ids_that_are_none() {
    let repo = TestRepo::new();
    repo.commit("Begin");
    make_skill(&repo, "source/skill");
    for id in [
        "pdf",
        "Skill/pdf",
        "skill/",
        "/pdf",
        "skill/ pdf",
        "skill/pdf ",
        "skill/a\tb",
        "skill/a\nb",
        "sk!ll/pdf",
        "",
        "skill/cafe\u{301}",
    ] {
        let output = repo.lineage(&["--json", "deploy", "../source/skill", "skills/x", "--id", id]);
        assert_eq!(output.code, 2, "{id:?}: {output}");
    }
    assert!(!repo.exists("skills/x"));
    let deployed = repo.lineage_json(&["deploy", "../source/skill", "skills/x", "--id", "skill/caf\u{e9}"]);
    assert_eq!(text(&deployed[0], "artifact_id"), "skill/caf\u{e9}");
}
