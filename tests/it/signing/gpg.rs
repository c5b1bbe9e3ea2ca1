//! The same with GnuPG, whose signatures have empty lines in them and whose keys expire and are trusted or not.

use std::path::PathBuf;

use super::{findings, is_good, is_installed, is_signed, versions};
use crate::support::project::{HEAD_REF, PATH, Project, SOURCE, text};

/// A project that signs with GnuPG; its agent ends with it.
struct Signing(Project);

impl Drop for Signing {
    fn drop(&mut self) {
        // One that is not there need not be ended.
        let _ = self
            .0
            .call()
            .env("GNUPGHOME", self.home())
            .through(&["gpgconf", "--kill", "all"])
            .git_any(&[]);
    }
}

impl Signing {
    fn new() -> Option<Self> {
        is_installed("gpg").then(|| {
            let signing = Signing(Project::new());
            signing.0.call().sh("mkdir -m 700 ../home/.gnupg");
            signing.make_key("Cleo Committer <cleo@example.org>", "never");
            signing.0.git(&["config", "commit.gpgSign", "true"]);
            signing
        })
    }

    fn home(&self) -> PathBuf {
        self.0.beside("home/.gnupg")
    }

    #[track_caller]
    fn gpg(&self, arguments: &str) -> String {
        self.0
            .call()
            .sh(&format!("gpg --batch --quiet --yes {arguments}"))
            .trimmed()
    }

    #[track_caller]
    fn make_key(&self, user: &str, expires: &str) {
        self.gpg(&format!(
            "--pinentry-mode loopback --passphrase '' --quick-generate-key '{user}' ed25519 sign {expires} 2>/dev/null"
        ));
    }
}

#[test]
fn the_committers_key_signs() {
    let Some(signing) = Signing::new() else { return };
    let project = &signing.0;
    project.deploy();
    project.commit("Add the pdf skill");
    project.edit("SKILL.md", "# mine\n");
    project.upstream("references/forms.md", "# theirs\n");
    assert_eq!(text(&project.sync(), "result"), "merged");
    let all = versions(project);
    assert_eq!(all.len(), 4);
    for version in all.keys() {
        assert!(is_signed(project, version) && is_good(project, version), "{version}");
        assert_eq!(project.show(version)["signed"], true);
    }
    assert!(findings(project).is_empty());
    project.lineage_ok(&["index", "rebuild"]);
    project.git(&["fsck", "--strict", "--no-dangling"]);

    // What is trusted, and what is known at all.
    project.git(&["config", "gpg.minTrustLevel", "ultimate"]);
    assert!(findings(project).is_empty());
    signing
        .gpg("--export-ownertrust >../trust; sed -i 's/:6:/:3:/' ../trust; gpg --quiet --import-ownertrust <../trust");
    let found = findings(project);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.values().all(|code| code == "untrusted_signer"), "{found:?}");
    assert!(!is_good(project, HEAD_REF));
    project.git(&["config", "--unset", "gpg.minTrustLevel"]);
    assert!(findings(project).is_empty());
    assert!(
        is_good(project, HEAD_REF),
        "git takes any that is known, if nothing else is asked for"
    );
    let empty = project.beside("empty");
    project.call().sh("mkdir -m 700 ../empty");
    let elsewhere = || project.call().env("GNUPGHOME", &empty);
    let unknown = elsewhere()
        .lineage(&["--json", "verify", "--signatures"])
        .assert_code(4);
    assert_eq!(unknown.json().len(), 4, "{unknown}");
    for finding in unknown.json() {
        assert_eq!(finding["code"], "unknown_signer", "{finding}");
    }
    let _ = elsewhere().through(&["gpgconf", "--kill", "all"]).git_any(&[]);
}

#[test]
fn a_key_by_its_name_and_one_that_is_not_there() {
    let Some(signing) = Signing::new() else { return };
    let project = &signing.0;
    signing.make_key("Dora Deployer <dora@example.org>", "never");
    project
        .call()
        .config("user.signingKey", "dora@example.org")
        .lineage_ok(&["deploy", SOURCE, PATH]);
    let signer = project
        .git(&["log", "-1", "--format=%GS", "--glob=refs/lineage"])
        .trimmed();
    assert_eq!(signer, "Dora Deployer <dora@example.org>");
    project.edit("SKILL.md", "# mine\n");
    let before = project.everything();
    let failed = project
        .call()
        .config("user.signingKey", "nobody@example.org")
        .lineage(&["--json", "record"]);
    let error = failed.clone().assert_code(1).json_error();
    assert_eq!(error["code"], "signer_failed", "{failed}");
    assert!(text(&error, "message").contains("No secret key"), "{failed}");
    before.assert_same(&project.everything());
    // Nor is there one for a committer who has none.
    let other = project
        .call()
        .env("GIT_COMMITTER_EMAIL", "eve@example.org")
        .lineage(&["--json", "record"]);
    assert_eq!(
        other.clone().assert_code(1).json_error()["code"],
        "signer_failed",
        "{other}"
    );
}

#[test]
fn changed_expired_and_revoked() {
    let Some(signing) = Signing::new() else { return };
    let project = &signing.0;
    let deployed = project.deploy();
    let deployed = text(&deployed, "version_id");
    let raw = project.git(&["cat-file", "commit", deployed]);
    let forged = raw.text().replace("Ada Author", "Eve");
    let forged = project
        .git_stdin(&["hash-object", "-t", "commit", "-w", "--stdin"], forged)
        .trimmed();
    project.git(&["update-ref", HEAD_REF, &forged]);
    let found = findings(project);
    assert_eq!(
        found.get(&forged).map(String::as_str),
        Some("bad_signature"),
        "{found:?}"
    );
    assert!(!is_good(project, &forged));
    project.git(&["update-ref", HEAD_REF, deployed]);
    let fingerprint = signing.gpg("--list-keys --with-colons | awk -F: '$1 == \"fpr\" { print $10; exit }'");

    // As the key will be seen in years.
    signing.gpg(&format!(
        "--pinentry-mode loopback --passphrase '' --quick-set-expire {fingerprint} seconds=1"
    ));
    project.call().sh("sleep 2");
    let found = findings(project);
    assert_eq!(
        found.get(deployed).map(String::as_str),
        Some("expired_key"),
        "{found:?}"
    );
    assert!(!is_good(project, deployed));

    signing.gpg(&format!(
        "--pinentry-mode loopback --passphrase '' --quick-set-expire {fingerprint} never"
    ));
    assert!(findings(project).is_empty());
    project
        .call()
        .sh("sed 's/^:---/---/' ../home/.gnupg/openpgp-revocs.d/*.rev | gpg --batch --quiet --import 2>/dev/null");
    let found = findings(project);
    assert_eq!(
        found.get(deployed).map(String::as_str),
        Some("revoked_key"),
        "{found:?}"
    );
    assert!(!is_good(project, deployed));
}
