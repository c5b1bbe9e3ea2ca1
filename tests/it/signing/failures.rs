//! Where no signature can be made nothing is written.

use super::{findings, is_signed, signing, versions};
use crate::support::project::{HEAD_REF, ID, PATH, Project, SOURCE, text};

/// A program in ssh-keygen's place that refuses.
const REFUSING: &str = "#!/bin/sh\necho 'no luck today' >&2\nexit 1\n";

/// A project in which the artifact was edited and upstream has something new, and nothing can be signed.
fn refused() -> Option<Project> {
    let project = signing()?;
    project.deploy();
    project.commit("Add the pdf skill");
    project.edit("SKILL.md", "# mine\n");
    project.upstream("references/forms.md", "# theirs\n");
    project.write_exec("../refusing", REFUSING);
    project.git(&["config", "gpg.ssh.program", "../refusing"]);
    Some(project)
}

#[test]
fn no_command_writes_anything() {
    let Some(project) = refused() else { return };
    // Once, so that it is no difference.
    project.lineage_ok(&["status"]);
    let before = project.everything();
    for args in [
        &["deploy", SOURCE, ".claude/skills/second", "--id", "skill/second"][..],
        &["record"],
        &["record", ID, "-m", "x"],
        &["sync"],
        &["sync", ID],
        &["restore", ID, ID],
        &["mv", ID, ".claude/skills/other", "--id", "skill/other"],
        &["remove", ID],
    ] {
        let failed = project.lineage(args).assert_code(1);
        assert!(failed.err_text().contains("no luck today"), "{failed}");
        assert!(
            failed.err_text().contains("git -c commit.gpgSign=false lineage"),
            "{failed}"
        );
        before.assert_same(&project.everything());
    }
    // With it off, or mended, everything goes on.
    project.lineage_ok(&["record", "--no-gpg-sign"]);
    project.git(&["config", "--unset", "gpg.ssh.program"]);
    assert_eq!(text(&project.sync(), "result"), "merged");
    assert_eq!(findings(&project).len(), 0);
}

#[test]
fn of_several_none_is_written() {
    let Some(project) = refused() else { return };
    project.make_upstream("second");
    // The second one fails.
    let third = "#!/bin/sh\necho x >>../count\n[ $(wc -l <../count) -lt 2 ] || { echo 'no luck today' >&2; exit 1; }\n\
                 exec ssh-keygen \"$@\"\n";
    project.write_exec("../refusing", third);
    let before = project.everything();
    project
        .lineage(&[
            "deploy",
            "../upstream",
            ".agents/skills",
            "--each",
            "skills/*",
            "--kind",
            "agent",
        ])
        .assert_code(1);
    before.assert_same(&project.everything());
    let count = std::fs::read_to_string(project.beside("count")).expect("it was called");
    assert_eq!(count.lines().count(), 2);
}

#[test]
fn a_conflict_goes_on_standing() {
    let Some(project) = refused() else { return };
    project.upstream("SKILL.md", "# theirs\n");
    project.git(&["config", "--unset", "gpg.ssh.program"]);
    assert_eq!(text(&project.sync(), "result"), "conflict");
    project.edit("SKILL.md", "# both\n");
    project.git(&["add", PATH]);
    project.git(&["config", "gpg.ssh.program", "../refusing"]);
    let before = project.everything();
    project.lineage(&["sync", "--continue"]).assert_code(1);
    before.assert_same(&project.everything());
    project.lineage_ok(&["sync", "--continue", "--no-gpg-sign"]);
    assert!(!is_signed(&project, HEAD_REF));
    assert_eq!(
        project.git(&["show", &format!("{HEAD_REF}:SKILL.md")]).text(),
        "# both\n"
    );
}

#[test]
fn what_project_commits_call_for_needs_no_signer() {
    let Some(project) = refused() else { return };
    project.git(&[
        "-c",
        "commit.gpgSign=false",
        "commit",
        "--quiet",
        "--all",
        "--message",
        "Mine",
    ]);
    project.lineage_ok(&["record"]);
    assert_eq!(versions(&project).values().filter(|taken| **taken).count(), 1);
}

#[test]
fn what_is_wrong_is_said() {
    let Some(project) = refused() else { return };
    let silent = "#!/bin/sh\nexit 0\n";
    let empty = "#!/bin/sh\nfor file; do :; done\n: >\"$file.sig\"\n";
    project.write_exec("../silent", silent);
    project.write_exec("../empty", empty);
    project.git(&["config", "--unset", "gpg.ssh.program"]);
    let before = project.everything();
    for (settings, code, words) in [
        (&[("user.signingKey", "")][..], "no_signing_key", "user.signingKey"),
        (&[("user.signingKey", "../nowhere")], "signer_failed", "../nowhere"),
        (&[("gpg.format", "pgp")], "invalid_config", "pgp"),
        (&[("gpg.ssh.program", "../none")], "signer_not_found", "../none"),
        (&[("gpg.ssh.program", "../silent")], "signer_failed", "no signature"),
        (&[("gpg.ssh.program", "../empty")], "signer_failed", "no signature"),
        (
            &[("user.signingKey", ""), ("gpg.ssh.defaultKeyCommand", "echo nothing")],
            "key_command_failed",
            "echo nothing",
        ),
        (
            &[
                ("user.signingKey", ""),
                ("gpg.ssh.defaultKeyCommand", "sh -c 'echo oh dear >&2; exit 3'"),
            ],
            "key_command_failed",
            "oh dear",
        ),
        (
            &[("user.signingKey", ""), ("gpg.ssh.defaultKeyCommand", "'echo")],
            "key_command_failed",
            "quote",
        ),
        (
            &[("gpg.format", "openpgp"), ("gpg.program", "../silent")],
            "signer_failed",
            "printed nothing",
        ),
    ] {
        let mut call = project.call();
        for (key, value) in settings {
            call = call.config(key, value);
        }
        let failed = call.lineage(&["--json", "record"]).assert_code(1);
        let error = failed.json_error();
        assert_eq!(error["code"], code, "{failed}");
        assert!(text(&error, "message").contains(words), "{failed}");
        assert!(error["hints"].as_array().is_some_and(|hints| !hints.is_empty()) || code == "invalid_config");
        before.assert_same(&project.everything());
    }
}
