//! What an upstream may be, and what may lie between its content and the project's: other paths, names, bytes and hashes.

use serde_json::{Value, json};

use super::assert_settled;
use super::vendored::{Vendored, origins};
use crate::merging::{LINES, with_line};
use crate::support::TestRepo;
use crate::support::project::{ID, PATH, one, text, texts};

#[test]
fn the_upstreams_path_is_followed_where_it_moved() {
    let vendored = Vendored::new();
    vendored.commit_copy("one");
    vendored.commit_copy("nine");
    vendored.upstream.git(&["mv", "skills", "all"]);
    vendored.upstream.commit("Move");
    let versions = vendored
        .project
        .lineage_json(&["adopt", PATH, "--upstream", "../skills", "--from", "all/pdf"]);
    assert_eq!(origins(&versions), "ds");
    vendored.assert_from(&versions[0], "one");
    vendored.assert_from(&versions[1], "nine");
    vendored.project.commit("Adopt");
    let synced = one(vendored.project.lineage_json(&["sync", ID]));
    assert_eq!(synced["result"], "fast_forward", "{synced}");
    assert_settled(&vendored.project, &one(vendored.project.lineage_json(&["show", ID])));
}

#[test]
fn bytes_that_the_project_stores_otherwise_are_recognised() {
    let vendored = Vendored::new();
    let (project, upstream) = (&vendored.project, &vendored.upstream);
    for (subject, text) in [("crlf one", "one\r\n"), ("crlf two", "two\r\n")] {
        upstream.write("skills/pdf/dos.txt", text);
        upstream.git(&["-c", "core.autocrlf=false", "add", "--all"]);
        upstream.commit(subject);
    }
    project.write(".gitattributes", "*.txt text eol=lf\n");
    project.commit("Attributes");
    for subject in ["crlf one", "crlf two"] {
        vendored.commit_copy(subject);
    }
    let versions = vendored.adopt();
    assert_eq!(origins(&versions), "ds");
    for (version, subject) in versions.iter().zip(["crlf one", "crlf two"]) {
        assert_eq!(version["upstream"]["commit"], vendored.commit(subject));
        assert_eq!(version["upstream"]["tree"], vendored.tree(subject));
        assert_ne!(version["content_hash"], vendored.tree(subject));
    }
    project.commit("Adopt");
    assert_settled(project, &versions[1]);
    assert_eq!(one(project.lineage_json(&["sync", ID]))["result"], "up_to_date");
}

#[test]
fn another_hash_function_is_no_obstacle() {
    let vendored = Vendored::over(TestRepo::sha256());
    vendored.commit_copy("one");
    vendored.commit_line(20, "ours");
    vendored.copy("nine");
    vendored.commit_line(20, "ours");
    let versions = vendored.adopt();
    assert_eq!(origins(&versions), "dlss");
    vendored.project.commit("Adopt");
    assert_settled(&vendored.project, &versions[3]);
}

#[test]
fn single_files_match_by_their_bytes_whatever_they_are_called() {
    let vendored = Vendored::new();
    let (project, upstream) = (&vendored.project, &vendored.upstream);
    upstream.write("agents/their-name.md", format!("# Agent\n{LINES}"));
    upstream.commit("agent one");
    upstream.write(
        "agents/their-name.md",
        format!("# Agent\n{}", with_line(LINES, 3, "three")),
    );
    upstream.commit("agent two");
    project.write("agents/copied.md", format!("# Agent\n{LINES}"));
    project.commit("Copy");
    project.git(&["mv", "agents/copied.md", "agents/reviewer.md"]);
    project.commit("Another name");
    project.write(
        "agents/reviewer.md",
        format!("# Agent\n{}", with_line(LINES, 18, "ours")),
    );
    project.commit("Edit");
    let both = with_line(&with_line(LINES, 18, "ours"), 3, "three");
    project.write("agents/reviewer.md", format!("# Agent\n{both}"));
    project.commit("Merge by hand");
    let path = "agents/reviewer.md";
    let from = "agents/their-name.md";
    let versions = project.lineage_json(&["adopt", path, "--upstream", "../skills", "--from", from]);
    // A name of its own makes another content of the same bytes; it is upstream's all the same.
    assert_eq!(origins(&versions), "dslss");
    assert_eq!(versions[0]["upstream"]["commit"], versions[1]["upstream"]["commit"]);
    assert_eq!(versions[4]["parent_ids"][1], versions[3]["version_id"]);
    project.commit("Adopt");
    assert_settled(project, &versions[4]);
    assert_eq!(
        one(project.lineage_json(&["sync", "agent/reviewer"]))["result"],
        "up_to_date"
    );
}

#[test]
fn several_upstreams_are_looked_through_in_turn() {
    let vendored = Vendored::new();
    let (project, upstream) = (&vendored.project, &vendored.upstream);
    vendored.commit_copy("one");
    // It moved to a repository of its own, without its history.
    let other = project.sibling("pdf-skill", &[]);
    other.write("SKILL.md", "# PDF, on its own\n");
    other.commit("Begin");
    let _ = std::fs::remove_dir_all(project.path().join(PATH));
    project.write(format!("{PATH}/SKILL.md"), "# PDF, on its own\n");
    project.commit("From its new home");
    let failed = project
        .lineage(&[
            "adopt",
            PATH,
            "--upstream",
            "a",
            "--upstream",
            "b",
            "--from",
            "c",
            "--from",
            "d",
            "--from",
            "e",
        ])
        .assert_code(2);
    assert!(failed.err_text().contains("3 times"), "{failed}");
    let pairs = [
        "--upstream",
        "../skills",
        "--from",
        "skills/pdf",
        "--upstream",
        "../pdf-skill",
        "--from",
        ".",
    ];
    let versions = project.lineage_json(&[["adopt", PATH].as_slice(), &pairs].concat());
    assert_eq!(origins(&versions), "ds");
    assert_eq!(versions[1]["upstream"]["url"], "../pdf-skill");
    assert_eq!(versions[1]["upstream"]["path"], Value::Null);
    project.commit("Adopt");
    assert_settled(project, &versions[1]);

    // One upstream with two paths, for two artifacts at once.
    upstream.write("skills/docx/SKILL.md", "# DOCX\n");
    upstream.commit("docx");
    project.write("skills/docx/SKILL.md", "# DOCX\n");
    project.write("skills/pdf/SKILL.md", "# PDF\n");
    project.write("skills/pdf/lines.txt", with_line(LINES, 1, "one"));
    project.commit("Two more");
    let args = [
        "--upstream",
        "../skills",
        "--from",
        "skills/docx",
        "--from",
        "skills/pdf",
        "--kind",
        "tool",
    ];
    let versions = project.lineage_json(&[["adopt", "skills/docx", "skills/pdf"].as_slice(), &args].concat());
    assert_eq!(texts(&versions, "artifact_id"), ["tool/docx", "tool/pdf"]);
    assert_eq!(origins(&versions), "dd");
    assert_eq!(versions[0]["upstream"]["path"], "skills/docx");
    assert_eq!(versions[1]["upstream"]["path"], "skills/pdf");
}

#[test]
fn a_plain_directory_has_one_state() {
    let vendored = Vendored::new();
    let project = &vendored.project;
    vendored.commit_copy("one");
    vendored.commit_line(20, "ours");
    let plain = project.folder("plain");
    plain.write("skill/SKILL.md", "# PDF\n");
    plain.write("skill/lines.txt", with_line(LINES, 1, "one"));
    let versions = project.lineage_json(&["adopt", PATH, "--upstream", "../plain", "--from", "skill"]);
    assert_eq!(origins(&versions), "dl");
    assert_eq!(versions[0]["upstream"]["commit"], Value::Null);
    assert_eq!(
        (&versions[0]["upstream"]["url"], &versions[0]["upstream"]["path"]),
        (&json!("../plain"), &json!("skill"))
    );
    project.commit("Adopt");
    assert_settled(project, &versions[1]);
    plain.write("skill/lines.txt", with_line(&with_line(LINES, 1, "one"), 8, "eight"));
    assert_eq!(one(project.lineage_json(&["sync", ID]))["result"], "merged");
}

#[test]
fn hostile_content_is_never_called_upstreams() {
    let vendored = Vendored::new();
    for repo in [&vendored.upstream, &vendored.project] {
        let skill = if repo.path() == vendored.upstream.path() {
            "skills/pdf"
        } else {
            PATH
        };
        repo.write(format!("{skill}/only.md"), "only\n");
        std::os::unix::fs::symlink("../../../../etc", repo.path().join(skill).join("out")).expect("a link");
        repo.git(&["add", "--all"]);
    }
    vendored
        .upstream
        .git(&["rm", "--quiet", "-f", "skills/pdf/lines.txt", "skills/pdf/SKILL.md"]);
    vendored.upstream.commit("hostile");
    vendored.project.commit("Copied with its link");
    let versions = vendored.adopt();
    assert_eq!(origins(&versions), "?");
    let reason = text(&versions[0], "reason");
    assert!(reason.contains("is refused"), "{reason}");
    vendored.project.lineage_ok(&["verify"]);
}
