//! Clones that lack something: fresh, shallow, partial, bundled, mirrored.

use super::{heads, shared_by_two, version_of};
use crate::support::TestRepo;
use crate::support::project::{ID, PATH, Project};
use crate::support::repo::utf8;

/// A remote with a history of edits, syncs and their versions.
fn remote() -> (Project, TestRepo) {
    let (project, remote, _) = shared_by_two();
    for number in 0..4 {
        project.edit("SKILL.md", format!("# edit {number}\n"));
        project.commit("Edit");
    }
    project.upstream("new.md", "new upstream\n");
    project.sync();
    project.git(&["add", "--all"]);
    project.commit("Sync");
    project.git(&["push", "--quiet"]);
    project.lineage_ok(&["push"]);
    (project, remote)
}

/// Status, log, blame and sync give what they give in the project.
#[track_caller]
fn assert_works(clone: &TestRepo, project: &Project) {
    for args in [
        &["log", ID][..],
        &["lineage", ID],
        &["blame", ID, "SKILL.md"],
        &["list"],
    ] {
        let (here, there) = (clone.lineage_json(args), project.lineage_json(args));
        assert_eq!(here, there, "{args:?}");
    }
    assert_eq!(version_of(clone, "HEAD"), version_of(project, "HEAD"));
    assert_eq!(clone.lineage(&["status"]).code, 0);
    project.upstream("later.md", "later\n");
    let synced = clone.lineage(&["--json", "sync", ID]).assert_code(0);
    assert_eq!(synced.json()[0]["result"], "merged", "{synced}");
    assert!(clone.path().join(PATH).join("later.md").exists());
    assert_eq!(clone.lineage(&["verify"]).code, 0);
}

#[test]
fn fresh_shallow_and_partial_clones_work_after_one_fetch() {
    for options in [
        &[][..],
        &["--depth=1"],
        &["--depth=2", "--no-single-branch"],
        &["--filter=blob:none"],
        &["--filter=tree:0", "--single-branch"],
    ] {
        let (project, remote) = remote();
        remote.git(&["config", "uploadpack.allowFilter", "true"]);
        remote.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let path = project.beside("clone");
        let url = format!("file://{}", remote.path().display());
        project.git(&[&["clone", "--quiet"], options, &[&url, utf8(&path)]].concat());
        let clone = project.folder("clone");
        for args in [
            &["status"][..],
            &["log", ID],
            &["sync", ID],
            &["blame", ID, "SKILL.md"],
            &["record"],
        ] {
            let refused = clone.lineage(args).assert_code(1);
            let said = refused.err_text().lines().count();
            assert!(
                refused.err_text().contains("git lineage fetch") && said <= 4,
                "{refused}"
            );
        }
        clone.lineage_ok(&["fetch"]);
        assert_works(&clone, &project);
    }
}

#[test]
fn a_bundle_brings_lineage_like_any_remote() {
    let (project, remote) = remote();
    let bundle = project.beside("all.bundle");
    remote.git(&["bundle", "create", "--quiet", utf8(&bundle), "--all"]);
    project.git(&["clone", "--quiet", utf8(&bundle), utf8(&project.beside("clone"))]);
    let clone = project.folder("clone");
    clone.git(&["switch", "--quiet", "--force-create", "main", "origin/main"]);
    clone.lineage_ok(&["fetch"]);
    assert_works(&clone, &project);
}

#[test]
fn a_mirror_holds_all_heads_and_answers() {
    let (project, remote) = remote();
    let mirror = remote.clone_as("mirror", &["--mirror"]);
    assert_eq!(heads(&mirror), heads(&remote));
    let args = ["--line", "main", "log", ID];
    assert_eq!(mirror.lineage_json(&args), project.lineage_json(&args));
    assert_eq!(mirror.lineage(&["verify"]).code, 0);
}
