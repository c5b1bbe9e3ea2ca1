//! What is no damage, and that looking changes nothing.

use super::{assert_clean, assert_found, findings, lose, pairs, tree_of};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, Project, SOURCE, text};

/// Deploys, edits, records, syncs and commits, with and without recording in between.
#[track_caller]
fn live_through(project: &Project) {
    project.lineage_ok(&["init"]);
    project.deploy();
    project.lineage_ok(&["deploy", "../upstream/skills/pdf/SKILL.md", ".claude/agents/reader.md"]);
    project.commit("Deploy");
    let original = project.read(format!("{PATH}/SKILL.md"));
    project.record_edit("SKILL.md", "an edit\n");
    project.commit("Edit");
    project.edit("SKILL.md", "committed, not recorded\n");
    project.commit("Edit again");
    project.edit("SKILL.md", &original);
    project.record();
    project.upstream("new.md", "upstream's\n");
    assert_eq!(project.sync()["result"], "merged");
    project.commit("Sync");
    project.upstream("references/forms.md", "upstream's too\n");
    assert_eq!(project.sync()["result"], "merged");
    project.record_edit("notes.md", "mine\n");
    project.commit("More");
}

#[test]
fn a_life_with_every_command() {
    let project = Project::new();
    live_through(&project);
    assert_clean(&project);
    assert_eq!(project.git(&["fsck", "--strict", "--no-dangling"]).err_text(), "");
    // Left behind, taken back, removed by hand.
    project.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    assert_clean(&project);
    project.record_edit("SKILL.md", "another way\n");
    assert_clean(&project);
    let kept = project.git(&["for-each-ref", "refs/lineage/kept"]);
    assert!(kept.text().contains("commit"), "{kept}");
    project.commit("Another way");
    project.git(&["switch", "--quiet", "--detach", "HEAD~1"]);
    assert_clean(&project);
    project.git(&["gc", "--quiet"]);
    assert_clean(&project);
    let counted = project.lineage_ok(&["verify"]);
    assert!(counted.text().starts_with("2 artifacts, "), "{counted}");
    assert!(counted.text().contains("1 line: no damage found"), "{counted}");
}

#[test]
fn looking_changes_nothing() {
    let project = Project::new();
    live_through(&project);
    // Refs that moved behind the sidecar's back, too.
    project.git(&["update-ref", "-d", HEAD_REF]);
    let (before, sidecar) = (project.everything(), project.read(project.sidecar()));
    assert_clean(&project);
    project.lineage_ok(&["verify", ID]);
    before.assert_same(&project.everything());
    assert_eq!(project.read(project.sidecar()), sidecar);
}

#[test]
fn a_head_without_a_manifest_entry() {
    let project = Project::deployed();
    project.lineage_ok(&["deploy", SOURCE, "other", "--id", "skill/other"]);
    project.git(&[
        "config",
        "-f",
        ".gitlineage",
        "--remove-section",
        "artifact.skill/other",
    ]);
    assert_clean(&project);
    project.remove(".gitlineage");
    project.commit("Nothing is deployed any more");
    assert_clean(&project);
}

#[test]
fn clones_with_and_without_lineage() {
    let project = Project::new();
    live_through(&project);
    let bare = project.clone_as("bare.git", &["--bare"]);
    assert_clean(&bare);
    bare.git(&["fetch", "--quiet", "origin", "+refs/lineage/*:refs/lineage/*"]);
    assert_clean(&bare);
    let counted = bare.lineage_ok(&["verify"]);
    assert!(counted.text().starts_with("2 artifacts, "), "{counted}");
    let clone = project.clone_as("clone", &[]);
    assert_clean(&clone);
    clone.git(&[
        "fetch",
        "--quiet",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/remotes/origin/*",
    ]);
    assert_clean(&clone);
    clone.lineage_ok(&["record"]);
    assert_clean(&clone);
    let linked = project.worktree_add("linked", "topic");
    assert_clean(&linked);
}

#[test]
fn shallow_clones() {
    let project = Project::new();
    live_through(&project);
    let url = format!("file://{}", project.path().display());
    let shallow = project.sibling("shallow", &[]);
    shallow.git(&["remote", "add", "origin", &url]);
    let refspecs = [
        "+refs/heads/*:refs/remotes/origin/*",
        "+refs/lineage/heads/*:refs/lineage/remotes/origin/*",
    ];
    shallow.git(&["fetch", "--quiet", "--depth=1", "origin", refspecs[0], refspecs[1]]);
    shallow.git(&["switch", "--quiet", "-c", "main", "origin/main"]);
    assert!(shallow.exists(".git/shallow"));
    assert_clean(&shallow);
    let newest = shallow.rev_parse("refs/lineage/remotes/origin/main/skill/pdf");
    let orphan = |repo: &TestRepo| repo.lineage_json(&["show", &newest])[0]["orphan"].clone();
    assert_eq!(orphan(&shallow), true);
    // Wherever it is cut, and also where it is not cut any more.
    let fetch = |how: &str| shallow.git(&["fetch", "--quiet", how, "origin", refspecs[0], refspecs[1]]);
    fetch("--deepen=1");
    assert_clean(&shallow);
    fetch("--unshallow");
    assert_clean(&shallow);
    assert_eq!(orphan(&shallow), false);
}

#[test]
fn partial_clones_fetch_what_is_missing() {
    let project = Project::new();
    live_through(&project);
    project.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", project.path().display());
    let partial = project.sibling("partial", &[]);
    partial.git(&["remote", "add", "origin", &url]);
    partial.git(&["config", "remote.origin.promisor", "true"]);
    partial.git(&["config", "remote.origin.partialCloneFilter", "blob:none"]);
    let refspec = "+refs/lineage/heads/*:refs/lineage/heads/*";
    partial.git(&["fetch", "--quiet", "--filter=blob:none", "origin", refspec]);
    let missing = partial.git(&["rev-list", "--objects", "--all", "--missing=print"]);
    assert!(missing.text().contains("\n?"), "{missing}");
    assert_clean(&partial);
    partial.git(&["config", "--unset", "remote.origin.promisor"]);
    assert!(!findings(&partial, &[]).is_empty(), "nobody promises them any more");
}

#[test]
fn sha256_repositories() {
    let project = Project::over(TestRepo::sha256());
    live_through(&project);
    assert_clean(&project);
    let newest = project.rev_parse(HEAD_REF);
    let tree = project.rev_parse(&format!("{newest}^{{tree}}"));
    let file = project.rev_parse(&format!("{tree}:notes.md"));
    let twice = tree_of(&project, &[("100644", "a", &file), ("100644", "a", &file)]);
    let trailers = format!("{}Parent-Hash: {}\n", super::trailers_of(ID), "ab".repeat(20));
    let damaged = super::commit(&project, &twice, &[&newest], &trailers);
    project.git(&["update-ref", &format!("refs/lineage/kept/{damaged}"), &damaged]);
    assert_found(
        &project,
        &[
            ("malformed_trailer", Some(&damaged)),
            ("malformed_tree", Some(&damaged)),
        ],
    );
    project.git(&["update-ref", "-d", &format!("refs/lineage/kept/{damaged}")]);
    lose(&project, &file);
    let found = findings(&project, &[]);
    assert_eq!(
        pairs(&found),
        [("missing_object".to_owned(), Some(newest))],
        "{found:#?}"
    );
    assert!(text(&found[0], "message").contains("notes.md"));
}

#[test]
fn another_prefix_for_the_refs() {
    let project = Project::new();
    project.git(&["config", "lineage.refPrefix", "refs/heads/lineage"]);
    // Of branches git keeps logs, which are not what this is about.
    project.git(&["config", "core.logAllRefUpdates", "false"]);
    live_through(&project);
    assert_clean(&project);
    let head = project.rev_parse("refs/heads/lineage/heads/main/skill/pdf");
    project.git(&["update-ref", "refs/heads/lineage/oops", &head]);
    assert_found_in_branches(&project, &head);
}

#[track_caller]
fn assert_found_in_branches(project: &Project, head: &str) {
    let found = findings(project, &[]);
    assert_eq!(
        pairs(&found),
        [("foreign_ref".to_owned(), Some(head.to_owned()))],
        "{found:#?}"
    );
}
