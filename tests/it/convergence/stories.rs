//! How clones come to different versions of one commit, and which one it is in the end: one short story each.

use crate::support::{
    TestRepo,
    project::{ID, PATH, Project, one, text},
};

/// Two clones of a project with one artifact, which are not told of what the other records until they fetch.
struct Two {
    ada: TestRepo,
    zoe: TestRepo,
}

impl Two {
    fn new() -> Self {
        let project = Project::deployed();
        let remote = project.sibling("remote", &["--bare"]);
        project.git(&["remote", "add", "origin", "../remote"]);
        project.git(&["push", "-q", "-u", "origin", "main"]);
        project.lineage_ok(&["push"]);
        let zoe = remote.clone_as("zoe", &[]);
        zoe.lineage_ok(&["fetch"]);
        let ada: &TestRepo = &project;
        Two { ada: ada.clone(), zoe }
    }

    /// Ada commits what she has recorded, and Zoe, who does not know of it, is the first to share a version of the commit.
    fn decided_twice() -> Self {
        let two = Two::new();
        two.ada.write(format!("{PATH}/SKILL.md"), "edited\n");
        two.ada.lineage_ok(&["record"]);
        two.ada.commit("Edit");
        two.ada.git(&["push", "-q"]);
        two.zoe.git(&["pull", "-q"]);
        two.zoe.lineage_ok(&["push"]);
        two
    }

    /// Both have all branches and all lineage.
    fn fetch(&self) {
        for clone in [&self.ada, &self.zoe] {
            clone.git(&["fetch", "-q"]);
            clone.lineage_ok(&["fetch"]);
        }
    }
}

/// What a line's newest commit holds.
fn held(clone: &TestRepo, line: &str) -> String {
    let held = clone.lineage_json(&["record", "--dry-run", "--line", line, "--rev", line, ID]);
    text(&one(held), "version_id").to_owned()
}

#[test]
fn what_a_remote_has_first_is_what_the_commit_holds() {
    let two = Two::decided_twice();
    let hers = held(&two.ada, "main");
    let theirs = held(&two.zoe, "main");
    assert_ne!(hers, theirs, "nobody has fetched");
    two.fetch();
    assert_eq!(held(&two.ada, "main"), theirs);
    two.ada.lineage_ok(&["push"]);
    two.fetch();
    assert_eq!(held(&two.zoe, "main"), theirs);
}

/// The remote has both on different lines. Whichever line is asked for first, both clones come to the same.
#[test]
fn what_two_lines_of_a_remote_hold_of_one_commit_is_one_version() {
    let two = Two::decided_twice();
    let hers = held(&two.ada, "main");
    two.ada.git(&["switch", "-q", "-c", "topic"]);
    two.ada.git(&["push", "-q", "origin", "topic"]);
    let place = format!("{hers}:refs/lineage/heads/topic/{ID}");
    two.ada.git(&["push", "-q", "origin", &place]);
    two.fetch();
    two.zoe.git(&["branch", "-q", "topic", "origin/topic"]);
    // Each catches up with the branch that is checked out: another one.
    for clone in [&two.ada, &two.zoe] {
        clone.lineage_ok(&["record"]);
    }
    for line in ["main", "topic"] {
        assert_eq!(held(&two.ada, line), held(&two.zoe, line), "{line}");
    }
    for clone in [&two.ada, &two.zoe] {
        clone.lineage_ok(&["push"]);
    }
    two.fetch();
    for line in ["main", "topic"] {
        assert_eq!(held(&two.ada, line), held(&two.zoe, line), "{line}");
        assert_eq!(held(&two.ada, line), held(&two.ada, "main"));
    }
}

/// A third line holds none of both, and the clones have decided differently for it before they knew.
#[test]
fn what_was_decided_here_gives_way_to_what_remotes_have() {
    let two = Two::decided_twice();
    let hers = held(&two.ada, "main");
    let place = format!("{hers}:refs/lineage/heads/topic/{ID}");
    for clone in [&two.ada, &two.zoe] {
        clone.git(&["switch", "-q", "-c", "other"]);
        clone.write(format!("{PATH}/SKILL.md"), "only recorded\n");
        clone.lineage_ok(&["record"]);
    }
    two.ada.git(&["push", "-q", "origin", "other:topic", "other"]);
    two.ada.git(&["push", "-q", "origin", &place]);
    two.fetch();
    assert_eq!(held(&two.ada, "other"), held(&two.zoe, "other"));
}

/// Both have synced the same; only Ada's sync was committed and shared.
#[test]
fn what_upstream_brought_is_what_the_remote_has_of_it() {
    let two = Two::new();
    for upstream in ["two", "three", "four", "five"] {
        two.ada.write(two.ada.beside("upstream/skills/pdf/SKILL.md"), upstream);
        two.zoe.lineage_ok(&["sync"]);
        two.zoe.git(&["reset", "-q", "--hard"]);
        two.ada.lineage_ok(&["sync"]);
        two.ada.commit("Sync");
        two.ada.git(&["push", "-q"]);
        two.ada.lineage_ok(&["push"]);
        two.fetch();
        two.zoe.git(&["pull", "-q"]);
        assert_eq!(held(&two.zoe, "main"), held(&two.ada, "main"), "{upstream}");
    }
}
