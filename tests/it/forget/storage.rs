//! However objects are stored: packed, in several packs, with indexes over them, in other formats; and only what was a
//! forgotten version's is deleted.

use std::fs;

use super::{SECRET, assert_gone, forget, found, objects, record_secret};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, Project, SOURCE};

/// The index of the work tree does not hold the secret, and neither does the work tree.
fn with_secret() -> (Project, String) {
    let project = Project::deployed();
    let secret = record_secret(&project);
    project.remove(".claude/skills/pdf/token");
    (project, secret)
}

#[test]
fn from_packs_only_what_is_forgotten_goes() {
    let (project, secret) = with_secret();
    let strangers = project.git_stdin(&["hash-object", "-w", "--stdin"], "Somebody's, and not reachable.\n");
    let strangers = strangers.trimmed();
    // One pack with everything, the stranger's too, and the secret once more in another.
    let all: String = objects(&project).into_iter().map(|id| id + "\n").collect();
    let pack = |ids: &str| {
        let base = ".git/objects/pack/pack";
        project.git_stdin(&["pack-objects", "-q", base], ids);
    };
    pack(&all);
    let blob = project.rev_parse(&format!("{secret}:token"));
    pack(&format!("{blob}\n{}\n", project.rev_parse("HEAD")));
    project.git(&["prune-packed"]);
    project.git(&["multi-pack-index", "write"]);
    project.git(&["commit-graph", "write", "--reachable"]);
    let before = objects(&project);
    assert!(!found(&project).is_empty());

    let forgotten = forget(&project, &[&secret], 0);
    assert_eq!(forgotten["gone"], true);
    assert_gone(&project);
    assert_eq!(project.git(&["cat-file", "-t", &strangers]).trimmed(), "blob");
    assert_eq!(before.difference(&objects(&project)).count(), 3, "commit, folder, file");
    project.git(&["multi-pack-index", "verify"]);
    project.git(&["commit-graph", "verify"]);
    project.git(&["gc", "--quiet", "--prune=now"]);
    assert_gone(&project);
}

#[test]
fn after_gits_gc_too() {
    let (project, secret) = with_secret();
    project.git(&["gc", "--quiet"]);
    assert!(!found(&project).is_empty());
    forget(&project, &[&secret], 0);
    assert_gone(&project);
    project.edit("notes.md", "One more.\n");
    assert_eq!(project.record()["recorded"], true);
    assert_gone(&project);
}

#[test]
fn a_pack_that_is_to_be_kept_is_kept_without_it() {
    let (project, secret) = with_secret();
    project.git(&["gc", "--quiet"]);
    let folder = project.git_dir().join("objects/pack");
    let packs = |extension: &str| -> Vec<_> {
        let paths = fs::read_dir(&folder)
            .expect("it is there")
            .map(|entry| entry.expect("it can be read").path());
        paths
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .collect()
    };
    for pack in packs("pack") {
        fs::write(pack.with_extension("keep"), "mine").expect("it can be written");
    }
    forget(&project, &[&secret], 0);
    assert_gone(&project);
    for pack in packs("pack") {
        assert_eq!(
            fs::read_to_string(pack.with_extension("keep")).ok().as_deref(),
            Some("mine")
        );
    }
}

#[test]
fn reflogs_of_lineage_do_not_hold_it() {
    let project = Project::deployed();
    // There, 'forget' says that the undo of the last command holds it.
    if !project.has_ref_files("a reflog that goes with its ref") {
        return;
    }
    project.git(&["config", "core.logAllRefUpdates", "always"]);
    let secret = record_secret(&project);
    project.remove(".claude/skills/pdf/token");
    project.upstream("SKILL.md", "# New\n");
    assert_eq!(project.sync()["result"], "merged");
    let logged = project.git(&["reflog", "show", "--format=%H", HEAD_REF]).lines();
    assert!(logged.len() > 1, "{logged:?}");
    let planned = forget(&project, &[&secret, "--descendants", "--dry-run"], 0);
    let forgotten = forget(&project, &[&secret, "--descendants"], 0);
    assert_eq!(forgotten["held"], planned["held"]);
    assert_eq!(forgotten["undo"], serde_json::json!(["main"]));
    assert_gone(&project);
}

#[test]
fn in_other_formats_of_repositories() {
    for repo in [
        TestRepo::sha256(),
        TestRepo::new().sibling("reftable", &["--ref-format=reftable"]),
    ] {
        let project = Project::over(repo);
        project.deploy();
        project.commit("Add the pdf skill");
        let secret = record_secret(&project);
        project.remove(".claude/skills/pdf/token");
        project.git(&["gc", "--quiet"]);
        let forgotten = forget(&project, &[&secret], 0);
        assert_eq!(forgotten["gone"], true);
        assert_gone(&project);
    }
}

#[test]
fn a_sidecar_that_is_switched_off_keeps_nothing() {
    let (project, secret) = with_secret();
    project.git(&["config", "lineage.sidecar", "false"]);
    forget(&project, &[&secret], 0);
    assert!(!project.sidecar().exists());
    project.git(&["config", "--unset", "lineage.sidecar"]);
    assert_gone(&project);
}

/// A summary and an upstream's address are in the sidecar, and in the pages that it no longer uses.
#[test]
fn free_pages_of_the_sidecar_hold_nothing() {
    let project = Project::new();
    let source = format!("../{SECRET}/skills/pdf");
    project.copy(project.path().join(SOURCE), project.path().join(&source));
    project.lineage_ok(&["deploy", &source, ".claude/skills/pdf"]);
    project.remove(project.beside(SECRET));
    let version = project.rev_parse(HEAD_REF);
    for n in 0..20 {
        project.edit("notes.md", format!("{n}\n"));
        project.lineage_ok(&["record", ID, "-m", &format!("{SECRET} {n}")]);
    }
    let sidecar = fs::read(project.sidecar()).expect("it is there");
    assert!(!sidecar.is_empty() && !found(&project).is_empty());
    project.git(&["rm", "-r", "-q", "--cached", "--", ".claude", ".gitlineage"]);
    project.remove(".gitlineage");
    let forgotten = forget(&project, &[&version, "--descendants"], 0);
    assert_eq!(forgotten["refs"][0]["after"], serde_json::Value::Null);
    assert_gone(&project);
}
