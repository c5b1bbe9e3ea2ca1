//! A server that takes signed versions only.

use super::signing;
use crate::support::project::PATH;
use crate::support::repo::utf8;

#[test]
fn a_server_takes_what_somebody_recorded_only_with_a_signature_it_knows() {
    let Some(project) = signing() else { return };
    let server = project.sibling("server.git", &["--bare"]);
    server.lineage_ok(&["hooks", "install", "--server"]);
    let allowed = project.beside("allowed");
    for (key, value) in [
        ("lineage.requireSignatures", "true"),
        ("gpg.ssh.allowedSignersFile", utf8(&allowed)),
    ] {
        server.git(&["config", key, value]);
    }
    project.git(&["remote", "add", "origin", "../server.git"]);
    project.lineage_ok(&["deploy", "../upstream/skills/pdf", PATH]);
    project.commit("Deploy");
    project.git(&["push", "--quiet", "origin", "main"]);
    project.lineage_ok(&["push"]);
    // What is taken from a commit need not be signed: it is the same in every clone.
    project.edit("SKILL.md", "# committed\n");
    project.commit("Edit");
    project.git(&["push", "--quiet", "origin", "main"]);
    project.lineage_ok(&["push"]);
    let head = || server.rev_parse("refs/lineage/heads/main/skill/pdf");
    let taken = head();
    // What was recorded must.
    project.edit("SKILL.md", "# recorded\n");
    project.lineage_ok(&["record", "--no-gpg-sign"]);
    project.git(&["commit", "--quiet", "--all", "--message", "Recorded"]);
    project.git(&["push", "--quiet", "origin", "main"]);
    let refused = project.lineage(&["push"]).assert_code(1);
    let words = refused.text();
    assert!(
        words.contains("lineage.requireSignatures"),
        "the server's words\n{refused}"
    );
    assert_eq!(head(), taken);
}
