//! What is signed, and that it is what git would have made.

use serde_json::Value;

use super::{findings, is_good, is_signed, sign_with_ssh, signing, versions};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, Project, text};

/// Every version here was recorded by somebody, so it is signed, and git is satisfied; nothing else is any different.
#[track_caller]
fn assert_all_signed(repo: &TestRepo, count: usize) {
    let all = versions(repo);
    assert_eq!(all.len(), count, "{all:?}");
    for (version, taken) in &all {
        assert!(
            !taken && is_signed(repo, version) && is_good(repo, version),
            "{version}"
        );
    }
    assert!(findings(repo).is_empty());
    repo.git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn every_command_that_records_signs() {
    let Some(project) = signing() else { return };
    project.deploy();
    project.commit("Add the pdf skill");
    assert_all_signed(&project, 1);

    // Fast-forward: upstream's version.
    project.upstream("SKILL.md", "# pdf\n\nSecond.\n");
    assert_eq!(text(&project.sync(), "result"), "fast_forward");
    project.commit("Sync");
    assert_all_signed(&project, 2);

    let recorded = project.record_edit("references/forms.md", "# Forms\n\nOurs.\n");
    assert!(is_good(&project, text(&recorded, "version_id")));

    // A merge: the edits, upstream's version, and both in one.
    project.edit("scripts/fill.sh", "#!/bin/sh\n");
    project.upstream("SKILL.md", "# pdf\n\nThird.\n");
    assert_eq!(text(&project.sync(), "result"), "merged");
    project.commit("Sync again");
    assert_all_signed(&project, 6);

    project.lineage_ok(&["restore", ID, &format!("{ID}~1")]);
    project.commit("Back");
    project.lineage_ok(&["mv", ID, ".claude/skills/papers", "--id", "skill/papers"]);
    project.commit("Another name");
    project.write(".claude/skills/papers/SKILL.md", "# last words\n");
    project.lineage_ok(&["remove", "skill/papers"]);
    let all = versions(&project).len();
    assert!(all >= 9, "{all}");
    assert_all_signed(&project, all);
}

#[test]
fn of_many_at_once_each_is_signed() {
    let Some(project) = signing() else { return };
    for number in 0..5 {
        project.make_upstream(&format!("skill{number}"));
    }
    project.lineage_ok(&["deploy", "../upstream", ".claude/skills", "--each", "skills/*"]);
    assert_all_signed(&project, 6);
}

#[test]
fn a_resolved_conflict_is_signed_whoever_ends_it() {
    let Some(project) = signing() else { return };
    for by_commit in [false, true] {
        let project = Project::twin(&project);
        // The allowed signers are named by their place in the first sandbox.
        let allowed = project.beside("allowed");
        project.git(&[
            "config",
            "gpg.ssh.allowedSignersFile",
            crate::support::repo::utf8(&allowed),
        ]);
        project.deploy();
        project.commit("Add the pdf skill");
        project.edit("SKILL.md", "# pdf\n\nMine.\n");
        project.upstream("SKILL.md", "# pdf\n\nTheirs.\n");
        assert_eq!(text(&project.sync(), "result"), "conflict");
        project.edit("SKILL.md", "# pdf\n\nBoth.\n");
        project.git(&["add", PATH]);
        if by_commit {
            project.commit("Sync, resolved");
            project.record();
        } else {
            project.lineage_ok(&["sync", "--continue"]);
        }
        assert_eq!(
            project.git(&["show", &format!("{HEAD_REF}:SKILL.md")]).text(),
            "# pdf\n\nBoth.\n"
        );
        assert_all_signed(&project, 4);
    }
}

/// The commit that git itself makes of what a version says.
#[track_caller]
fn made_by_git(repo: &TestRepo, version: &str) -> String {
    let field = |format: &str| {
        repo.git(&["log", "-1", &format!("--format={format}"), version])
            .trimmed()
    };
    let raw = repo.git(&["cat-file", "commit", version]);
    let (_, message) = raw.text().split_once("\n\n").expect("a header and a message");
    let (tree, parents) = (field("%T"), field("%P"));
    let mut args = vec!["commit-tree", "-S", &tree];
    args.extend(parents.split_whitespace().flat_map(|parent| ["-p", parent]));
    let mut call = repo.call();
    for (name, format) in [
        ("GIT_AUTHOR_NAME", "%an"),
        ("GIT_AUTHOR_EMAIL", "%ae"),
        ("GIT_AUTHOR_DATE", "%ad"),
        ("GIT_COMMITTER_NAME", "%cn"),
        ("GIT_COMMITTER_EMAIL", "%ce"),
        ("GIT_COMMITTER_DATE", "%cd"),
    ] {
        let value = repo.git(&["log", "-1", "--date=raw", &format!("--format={format}"), version]);
        call = call.env(name, value.trimmed());
    }
    call.stdin(message).git(&args).trimmed()
}

#[test]
fn the_bytes_are_those_of_git() {
    if !super::is_installed("ssh-keygen") {
        return;
    }
    for repo in [TestRepo::new(), TestRepo::sha256()] {
        let project = Project::over(repo);
        sign_with_ssh(&project);
        project.deploy();
        project.commit("Add the pdf skill");
        project.upstream("SKILL.md", "# pdf\n\nSecond.\n");
        project.edit("scripts/fill.sh", "#!/bin/sh\n");
        assert_eq!(text(&project.sync(), "result"), "merged");
        let all = versions(&project);
        assert_eq!(all.len(), 4);
        for version in all.keys() {
            assert_eq!(&made_by_git(&project, version), version);
        }
        assert_all_signed(&project, 4);
    }
}

#[test]
fn everything_reads_signed_versions() {
    let Some(project) = signing() else { return };
    project.deploy();
    project.commit("Add the pdf skill");
    let edited = project.record_edit("references/forms.md", "# Forms\n\nOurs.\n");
    let edited = text(&edited, "version_id");
    project.git(&["config", "commit.gpgSign", "false"]);
    let unsigned = project.record_edit("references/forms.md", "# Forms\n\nOurs, unsigned.\n");
    let unsigned = text(&unsigned, "version_id");

    assert_eq!(project.show(edited)["signed"], true);
    assert_eq!(project.show(unsigned)["signed"], false);
    let shown = project.lineage_ok(&["show", edited]);
    assert!(shown.text().contains("\n  signed "), "{shown}");
    assert!(!project.lineage_ok(&["show", unsigned]).text().contains("\n  signed "));

    let asked = || -> Vec<Value> {
        [
            &["log", ID][..],
            &["lineage", ID],
            &["blame", ID, "references/forms.md"],
            &["show", edited],
        ]
        .iter()
        .flat_map(|args| project.lineage_json(args))
        .collect()
    };
    let before = asked();
    assert_eq!(
        before.iter().filter(|line| line["version_id"] == edited).count(),
        3,
        "{before:#?}"
    );
    // Read from the commits again.
    project.lineage_ok(&["index", "rebuild"]);
    assert_eq!(asked(), before);
    assert_eq!(
        project
            .call()
            .config("lineage.sidecar", "false")
            .lineage_json(&["log", ID]),
        before[..3]
    );
    project.lineage_ok(&["verify"]);
}
