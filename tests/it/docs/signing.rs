//! `docs/signing.md`: without the key nothing is recorded, and with it what is recorded is signed.

use super::readme::seen;
use super::{block, sessions};
use crate::signing::is_installed;
use crate::support::project::{HEAD_REF, Project};

#[test]
fn the_settings_sign_and_a_missing_key_is_told() {
    if !is_installed("ssh-keygen") {
        return;
    }
    let project = Project::deployed();
    project
        .call()
        .sh(&block("docs/signing.md", "git config gpg.format ssh"));
    project.edit("SKILL.md", "# Ours\n");
    let before = project.everything();
    let home = project.beside("home").display().to_string();
    let sessions = sessions("docs/signing.md");
    for (command, shown) in &sessions {
        let output = project.call().sh(&format!("{command} && exit 1 || test $? = 1"));
        assert_eq!(seen(&output).replace(&home, "/home/ada"), *shown, "{command}");
    }
    assert_eq!(sessions.len(), 1);
    before.assert_same(&project.everything());
    project
        .call()
        .sh("mkdir ~/.ssh && ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519");
    project
        .call()
        .sh("echo \"cleo@example.org $(cat ~/.ssh/id_ed25519.pub)\" >~/allowed");
    project.lineage_ok(&["record"]);
    project.call().sh(&format!(
        "git -c gpg.ssh.allowedSignersFile=~/allowed verify-commit {HEAD_REF}"
    ));
}
