//! When something is signed, and with which key: the settings and options that decide it.

use super::{is_good, is_signed, make_key, signing};
use crate::support::project::{HEAD_REF, ID, Project, SOURCE, text};
use crate::support::repo::utf8;

/// A program in ssh-keygen's place that notes that it was called.
const NOTING: &str = "#!/bin/sh\necho called >>../called\nexec ssh-keygen \"$@\"\n";

#[track_caller]
fn calls(project: &Project) -> usize {
    std::fs::read_to_string(project.beside("called")).map_or(0, |text| text.lines().count())
}

#[test]
fn a_dry_run_signs_nothing() {
    let Some(project) = signing() else { return };
    project.write_exec("../noting", NOTING);
    project.git(&["config", "gpg.ssh.program", "../noting"]);
    project.lineage_ok(&["deploy", SOURCE, "--dry-run"]);
    assert_eq!(calls(&project), 0);
    project.deploy();
    assert_eq!(
        calls(&project),
        1,
        "a relative program counts from the top of the work tree"
    );
    project.edit("SKILL.md", "# mine\n");
    project.upstream("references/forms.md", "# theirs\n");
    for args in [
        &["record", "--dry-run"][..],
        &["sync", "--dry-run"],
        &["remove", ID, "--dry-run"],
    ] {
        project.lineage_ok(args);
    }
    assert_eq!(calls(&project), 1);
    // Nor is anything signed where nothing is new.
    project.record();
    assert_eq!(calls(&project), 2);
    project.record();
    assert_eq!(calls(&project), 2);
}

#[test]
fn one_command_may_go_without() {
    let Some(project) = signing() else { return };
    project.deploy();
    project.edit("SKILL.md", "# one\n");
    project.lineage_ok(&["record", "--no-gpg-sign"]);
    assert!(!is_signed(&project, HEAD_REF));
    project.edit("SKILL.md", "# two\n");
    // As `git -c commit.gpgSign=false lineage record` passes it on.
    project
        .call()
        .env("GIT_CONFIG_PARAMETERS", "'commit.gpgSign'='false'")
        .lineage_ok(&["record"]);
    assert!(!is_signed(&project, HEAD_REF));
    project.edit("SKILL.md", "# three\n");
    project.call().cwd(".claude").lineage_ok(&["record"]);
    assert!(is_good(&project, HEAD_REF), "from below the top, too");
}

#[test]
fn nothing_is_signed_unless_the_setting_says_so() {
    let Some(project) = signing() else { return };
    project.git(&["config", "--unset", "commit.gpgSign"]);
    project.deploy();
    assert!(!is_signed(&project, HEAD_REF));
    // What is no truth value is git's to refuse, and ours: nobody is to believe that it was signed.
    project.edit("SKILL.md", "# one\n");
    let failed = project
        .call()
        .config("commit.gpgSign", "ja")
        .lineage(&["--json", "record"]);
    assert_eq!(failed.json_error()["code"], "invalid_config", "{failed}");
    assert_eq!(project.lineage_json(&["log", ID]).len(), 1);
}

#[test]
fn the_key_is_a_file_or_an_agents() {
    let Some(project) = signing() else { return };
    project.deploy();
    let other = make_key(&project, "other");
    let allowed = std::fs::read_to_string(project.beside("allowed")).expect("it is there");
    project.write("../allowed", format!("{allowed}other@example.org {other}\n"));
    let home = project.beside("home");
    std::fs::copy(project.beside("other"), home.join("key")).expect("copied");
    project.write("../agent-keys", format!("{other}\n"));
    let literal = format!("key::{other}");
    // In each case: the key, the command that names one, whether only an agent has it.
    let command = format!("cat '{}'", utf8(&project.beside("agent-keys")));
    for (number, (key, command, agent)) in [
        ("../other", "", false),
        ("~/key", "", false),
        (literal.as_str(), "", true),
        (other.as_str(), "", true),
        ("", command.as_str(), true),
    ]
    .into_iter()
    .enumerate()
    {
        project.edit("SKILL.md", format!("# {number}\n"));
        let call = project
            .call()
            .config("user.signingKey", key)
            .config("gpg.ssh.defaultKeyCommand", command);
        if agent {
            let script = "ssh-add -q ../other 2>/dev/null; exec git-lineage record";
            call.through(&["ssh-agent", "sh", "-c", script, "sh"]).lineage_ok(&[]);
        } else {
            call.lineage_ok(&["record"]);
        }
        assert!(is_good(&project, HEAD_REF), "{key}");
        let signer = project.git(&["log", "-1", "--format=%GS", HEAD_REF]).trimmed();
        assert_eq!(signer, "other@example.org", "{key}");
        let recorded = project.show(ID);
        assert_eq!(text(&recorded, "summary"), format!("Edit {ID}"));
    }
}
