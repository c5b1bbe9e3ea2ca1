//! `verify --signatures`: what is found wrong is what `git verify-commit` refuses.

use git_lineage::{LineageStore, SignatureFault, VersionId};

use super::{CLEO, findings, is_good, make_key, signing, versions};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, Project, text};
use crate::support::repo::utf8;

/// A project with two signed versions, and their ids, oldest first.
fn two() -> Option<(Project, String, String)> {
    let project = signing()?;
    let deployed = project.deploy();
    project.commit("Add the pdf skill");
    let edited = project.record_edit("SKILL.md", "# mine\n");
    let id = |version| text(version, "version_id").to_owned();
    let (deployed, edited) = (id(&deployed), id(&edited));
    Some((project, deployed, edited))
}

/// Finds exactly these, and git refuses exactly these among the signed ones.
#[track_caller]
fn assert_found(repo: &TestRepo, expected: &[(&str, &str)]) {
    let found = findings(repo);
    let wanted: Vec<_> = expected
        .iter()
        .map(|(version, code)| ((*version).to_owned(), (*code).to_owned()))
        .collect();
    assert_eq!(found, wanted.into_iter().collect(), "{found:?}");
    for version in versions(repo).keys() {
        if super::is_signed(repo, version) {
            assert_eq!(is_good(repo, version), !found.contains_key(version), "{version}");
        }
    }
    repo.lineage_ok(&["verify"]);
}

#[test]
fn what_git_accepts_is_good() {
    let Some((project, ..)) = two() else { return };
    assert_found(&project, &[]);
    let printed = project.lineage_ok(&["verify", "--signatures"]);
    assert!(printed.text().contains("no damage found"), "{printed}");
    project.git(&["config", "lineage.requireSignatures", "true"]);
    assert_found(&project, &[]);
}

#[test]
fn a_key_of_somebody_else_is_nobodys() {
    let Some((project, deployed, edited)) = two() else {
        return;
    };
    make_key(&project, "mallory");
    project.edit("SKILL.md", "# theirs\n");
    project
        .call()
        .config("user.signingKey", "../mallory")
        .lineage_ok(&["record"]);
    let theirs = project.rev_parse(HEAD_REF);
    assert_found(&project, &[(&theirs, "unknown_signer")]);
    // Once it is known, it is good; and the first one's revoked is not.
    let key = std::fs::read_to_string(project.beside("mallory.pub")).expect("it is there");
    let allowed = std::fs::read_to_string(project.beside("allowed")).expect("it is there");
    project.write("../allowed", format!("{allowed}mallory@example.org {key}"));
    assert_found(&project, &[]);
    let revoked = project.beside("cleo.pub");
    project.git(&["config", "gpg.ssh.revocationFile", utf8(&revoked)]);
    assert_found(&project, &[(&deployed, "bad_signature"), (&edited, "bad_signature")]);
}

#[test]
fn a_changed_commit_with_the_same_signature_is_not_signed_by_anybody() {
    let Some((project, deployed, edited)) = two() else {
        return;
    };
    let raw = project.git(&["cat-file", "commit", &edited]);
    let forged = raw.text().replace("Cleo Committer", "Ada Author");
    assert_ne!(raw.text(), forged);
    let forged = project
        .git_stdin(&["hash-object", "-t", "commit", "-w", "--stdin"], forged)
        .trimmed();
    project.git(&["update-ref", HEAD_REF, &forged, &edited]);
    assert_found(&project, &[(&forged, "bad_signature")]);
    // Of a key that nobody knows, too.
    project.git(&["config", "gpg.ssh.allowedSignersFile", "/dev/null"]);
    assert_found(&project, &[(&deployed, "unknown_signer"), (&forged, "bad_signature")]);
    // One that is none at all.
    let garbage = raw
        .text()
        .replace("-----BEGIN SSH SIGNATURE-----", "-----BEGIN NOTHING-----");
    let garbage = project
        .git_stdin(&["hash-object", "-t", "commit", "-w", "--stdin"], garbage)
        .trimmed();
    project.git(&["update-ref", HEAD_REF, &garbage]);
    let found = findings(&project);
    assert_eq!(found[&garbage], "unchecked_signature");
    assert!(!is_good(&project, &garbage));
}

#[test]
fn a_signer_is_one_for_a_time() {
    let Some((project, deployed, edited)) = two() else {
        return;
    };
    let key = std::fs::read_to_string(project.beside("cleo.pub")).expect("it is there");
    for (times, found) in [
        ("valid-before=\"20250101\"", true),
        ("valid-after=\"20270101\"", true),
        ("valid-after=\"20250101\",valid-before=\"20270101\"", false),
    ] {
        project.write("../allowed", format!("{CLEO} namespaces=\"git\",{times} {key}"));
        let all = [
            (deployed.as_str(), "unknown_signer"),
            (edited.as_str(), "unknown_signer"),
        ];
        assert_found(&project, if found { &all } else { &[] });
    }
    // And for what he may sign.
    project.write("../allowed", format!("{CLEO} namespaces=\"file\" {key}"));
    assert_eq!(findings(&project).len(), 2);
}

#[test]
fn where_nobody_is_allowed_nothing_can_be_checked() {
    let Some((project, deployed, edited)) = two() else {
        return;
    };
    project.git(&["config", "--unset", "gpg.ssh.allowedSignersFile"]);
    assert_found(
        &project,
        &[(&deployed, "unchecked_signature"), (&edited, "unchecked_signature")],
    );
    let printed = project.lineage(&["verify", "--signatures"]).assert_code(4);
    assert!(printed.text().contains("gpg.ssh.allowedSignersFile needs"), "{printed}");
}

#[test]
fn trust_below_the_settings_is_not_enough() {
    let Some((project, deployed, edited)) = two() else {
        return;
    };
    project.git(&["config", "gpg.minTrustLevel", "fully"]);
    assert_found(&project, &[]);
    project.git(&["config", "gpg.minTrustLevel", "Ultimate"]);
    assert_found(
        &project,
        &[(&deployed, "untrusted_signer"), (&edited, "untrusted_signer")],
    );
}

#[test]
fn only_where_they_are_required_must_signatures_be_there() {
    let Some((project, ..)) = two() else { return };
    project.edit("SKILL.md", "# unsigned\n");
    project.lineage_ok(&["record", "--no-gpg-sign"]);
    let unsigned = project.rev_parse(HEAD_REF);
    assert_found(&project, &[]);
    project.git(&["config", "lineage.requireSignatures", "true"]);
    assert_found(&project, &[(&unsigned, "unsigned")]);
    // Only of what was asked for.
    project.make_upstream("second");
    project.lineage_ok(&[
        "deploy",
        "../upstream/skills/second",
        ".claude/skills/second",
        "--no-gpg-sign",
    ]);
    let output = project
        .lineage(&["--json", "verify", "--signatures", ID])
        .assert_code(4);
    assert_eq!(output.json().len(), 1, "{output}");
    assert_eq!(findings(&project).len(), 2);
}

#[test]
fn versions_are_checked_before_any_ref_has_them() {
    let Some((project, deployed, edited)) = two() else {
        return;
    };
    project.edit("SKILL.md", "# unsigned\n");
    project.lineage_ok(&["record", "--no-gpg-sign"]);
    let unsigned = project.rev_parse(HEAD_REF);
    for reference in [HEAD_REF.to_owned(), format!("refs/lineage/kept/{deployed}")] {
        project.git(&["update-ref", "-d", &reference]);
    }
    let raw = project.git(&["cat-file", "commit", &edited]);
    let forged = raw.text().replace("Cleo Committer", "Ada Author");
    let forged = project
        .git_stdin(&["hash-object", "-t", "commit", "-w", "--stdin"], forged)
        .trimmed();

    let store = LineageStore::open(project.path()).expect("a repository");
    let ids: Vec<VersionId> = [&forged, &deployed, &unsigned, &edited]
        .iter()
        .map(|id| id.parse().expect("an id"))
        .collect();
    let found = |required| {
        let found = store.check_signatures(&ids, required).expect("git can be asked");
        found
            .iter()
            .map(|finding| (finding.version_id, finding.fault))
            .collect::<Vec<_>>()
    };
    assert_eq!(found(false), [(ids[0], SignatureFault::BadSignature)]);
    let both = [
        (ids[0], SignatureFault::BadSignature),
        (ids[2], SignatureFault::Unsigned),
    ];
    assert_eq!(found(true), both);
    assert!(store.check_signatures(&[], true).expect("nothing to ask").is_empty());
    let missing = project.id_of('1').parse().expect("an id");
    assert!(store.check_signatures(&[missing], false).is_err());
}

#[test]
fn many_are_checked_together() {
    let Some(project) = signing() else { return };
    for number in 0..70 {
        project.make_upstream(&format!("skill{number}"));
    }
    project.lineage_ok(&["deploy", "../upstream", ".claude/skills", "--each", "skills/*"]);
    assert!(findings(&project).is_empty());
    project.git(&["config", "gpg.ssh.allowedSignersFile", "/dev/null"]);
    let found = findings(&project);
    assert_eq!(found.len(), 71);
    assert!(found.values().all(|code| code == "unknown_signer"), "{found:?}");
}
