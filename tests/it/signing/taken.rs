//! Versions taken from commits of the project: nobody signs them, or every clone would make another one.

use super::{findings, is_signed, signing, versions};
use crate::support::project::{ID, PATH, SOURCE, text};

#[test]
fn they_are_not_signed_and_the_same_in_two_clones() {
    let Some(project) = signing() else { return };
    project.deploy();
    project.commit("Add the pdf skill");
    for number in 0..3 {
        project.edit("SKILL.md", format!("# pdf\n\n{number}\n"));
        let commit = project.commit(&format!("Edit {number}"));
        assert!(is_signed(&project, &commit), "the commits of the project are");
    }
    let clone = project.clone_as("clone", &[]);
    clone.git(&[
        "fetch",
        "--quiet",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/remotes/origin/*",
    ]);
    // Another person, who signs with another key, and another time.
    super::make_key(&clone, "dora");
    for (key, value) in [
        ("commit.gpgSign", "true"),
        ("gpg.format", "ssh"),
        ("user.signingKey", "../dora"),
    ] {
        clone.git(&["config", key, value]);
    }
    project.record();
    clone.lineage_ok(&["record", ID]);
    let (here, there) = (versions(&project), versions(&clone));
    assert_eq!(here, there);
    assert_eq!(here.len(), 4);
    for (version, taken) in &here {
        assert_eq!(is_signed(&project, version), !taken, "{version}");
    }
    // They need no signature either where others do.
    project.git(&["config", "lineage.requireSignatures", "true"]);
    assert!(findings(&project).is_empty());
}

#[test]
fn neither_what_a_hook_records_nor_what_is_asked_for_by_its_commit_nor_what_is_adopted() {
    let Some(project) = signing() else { return };
    project.write(".claude/skills/old/SKILL.md", "# old\n");
    project.commit("Copy a skill");
    project.lineage_ok(&["adopt", ".claude/skills/old"]);
    project.lineage_ok(&["deploy", SOURCE, PATH]);
    project.commit("Add the pdf skill");
    project.lineage_ok(&["hooks", "install"]);
    project.edit("SKILL.md", "# by hook\n");
    project.git(&["commit", "--quiet", "--all", "--message", "By hook"]);
    project.lineage_ok(&["hooks", "uninstall"]);
    project.edit("SKILL.md", "# by its commit\n");
    let commit = project.commit("By its commit");
    let recorded = project.lineage_json(&["record", ID, "--rev", "HEAD"]);
    assert_eq!(text(&recorded[0], "project_commit"), commit);
    let all = versions(&project);
    assert_eq!(all.values().filter(|taken| **taken).count(), 3, "{all:?}");
    for (version, taken) in &all {
        assert_eq!(is_signed(&project, version), !taken, "{version}");
    }
    assert!(findings(&project).is_empty());
}
