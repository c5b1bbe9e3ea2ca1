//! Each state, what is said of it, and what a script learns from the exit code.

use serde_json::{Value, json};

use super::{files, status, summary};
use crate::support::project::{ID, PATH, Project, SOURCE, text, texts};

/// The lines of the answer without and with colour codes, and what stood on stderr.
#[track_caller]
fn told(project: &Project, args: &[&str]) -> (Vec<String>, String) {
    let args: Vec<&str> = ["status"].iter().chain(args).copied().collect();
    let output = project.lineage_ok(&args);
    let lines = output.lines().iter().map(|line| line.trim_end().to_owned()).collect();
    (lines, output.err_text().to_owned())
}

#[track_caller]
fn exit_code(project: &Project) -> i32 {
    let code = project.lineage(&["status", "--exit-code"]).code;
    assert_eq!(project.lineage(&["--json", "status", "--exit-code"]).code, code);
    assert_eq!(project.lineage(&["status"]).code, 0, "only where it was asked for");
    code
}

#[test]
fn nothing_deployed_is_an_empty_answer() {
    let project = Project::new();
    let output = project.lineage_ok(&["status", "--exit-code"]);
    assert_eq!(output.text(), "");
    assert!(output.err_text().contains("nothing is deployed"), "{output}");
    let unknown = project.lineage(&["--json", "status", ID]).assert_code(1);
    assert_eq!(unknown.json_error()["code"], "not_deployed");
}

#[test]
fn as_it_was_deployed_is_clean() {
    let project = Project::new();
    let deployed = project.deploy();
    for committed in [false, true] {
        if committed {
            project.commit("Add the pdf skill");
        }
        let status = status(&project);
        assert_eq!(
            status,
            json!({
                "artifact_id": ID, "path": PATH, "line": "main", "state": "clean", "recorded": true,
                "version_id": deployed["version_id"], "baseline": deployed["content_hash"],
                "content_hash": deployed["content_hash"], "upstream_hash": deployed["content_hash"],
                "upstream_seen_at": null, "modification_detected_at": null, "files": [],
                "summary": {"upstream_changes": 0, "local_changes": 0, "conflicts": 0},
                "moved_to": null, "upstream_error": null, "next": null, "shared": null,
            })
        );
        assert_eq!(exit_code(&project), 0);
        let (lines, asides) = told(&project, &[]);
        assert_eq!(
            (lines, asides.as_str()),
            (vec!["On line main: 1 artifact, nothing to do".to_owned()], "")
        );
    }
}

#[test]
fn edits_are_modified_until_they_are_taken_back() {
    let project = Project::deployed();
    let original = project.read(format!("{PATH}/SKILL.md"));
    project.edit("SKILL.md", "ours\n");
    let now = status(&project);
    assert_eq!((&now["state"], &now["recorded"]), (&json!("modified"), &json!(false)));
    assert_eq!(files(&now), ["M local SKILL.md"]);
    assert_eq!(summary(&now), [0, 1, 0]);
    assert_eq!(now["next"], format!("git lineage record {ID}"));
    assert_eq!(exit_code(&project), 4);
    assert_eq!(
        told(&project, &[]).0,
        [
            "On line main: 1 artifact, 1 needs attention",
            "  skill/pdf  modified  mine 1 file, not recorded yet  git lineage record skill/pdf"
        ]
    );

    let recorded = project.record();
    let now = status(&project);
    assert_eq!((&now["state"], &now["recorded"]), (&json!("modified"), &json!(true)));
    assert_eq!(
        (&now["version_id"], &now["next"]),
        (&recorded["version_id"], &Value::Null)
    );
    assert_eq!(exit_code(&project), 4, "it has drifted all the same");
    let (lines, asides) = told(&project, &[]);
    assert_eq!(lines, ["On line main: 1 artifact, nothing to do"]);
    assert!(asides.contains("modified and recorded: skill/pdf"), "{asides}");

    project.edit("SKILL.md", original);
    let now = status(&project);
    assert_eq!((&now["state"], &now["recorded"]), (&json!("clean"), &json!(false)));
    assert_eq!(files(&now), Vec::<String>::new());
    assert_eq!(exit_code(&project), 4, "the head is still the edit");
    assert_eq!(
        told(&project, &[]).0[1],
        "  skill/pdf  clean  as it was deployed or synced again, not recorded yet  git lineage record skill/pdf"
    );
    project.record();
    assert_eq!(exit_code(&project), 0);
}

#[test]
fn news_upstream_is_outdated_until_synced() {
    let project = Project::deployed();
    project.upstream("SKILL.md", "theirs\n");
    project.upstream("new.md", "theirs\n");
    let now = status(&project);
    assert_eq!((&now["state"], &now["recorded"]), (&json!("outdated"), &json!(true)));
    assert_eq!(files(&now), ["M upstream SKILL.md", "A upstream new.md"]);
    assert_eq!(summary(&now), [2, 0, 0]);
    assert_eq!(now["modification_detected_at"], Value::Null);
    assert_eq!(exit_code(&project), 4);
    assert_eq!(
        told(&project, &[]).0[1],
        "  skill/pdf  outdated  upstream 2 files  git lineage sync skill/pdf"
    );
    project.sync();
    let now = status(&project);
    assert_eq!((&now["state"], &now["recorded"]), (&json!("clean"), &json!(true)));
    assert_eq!(now["baseline"], project.show(ID)["content_hash"]);
}

#[test]
fn both_is_diverged_also_where_both_did_the_same() {
    let project = Project::deployed();
    project.edit("SKILL.md", "ours\n");
    project.upstream("references/forms.md", "theirs\n");
    let now = status(&project);
    assert_eq!(now["state"], "diverged");
    assert_eq!(summary(&now), [1, 1, 0], "different files clash nowhere");
    assert_eq!(now["next"], format!("git lineage sync {ID}"));
    project.upstream("SKILL.md", "theirs\n");
    let now = status(&project);
    assert_eq!(summary(&now), [2, 1, 1]);
    assert_eq!(
        told(&project, &[]).0[1],
        "  skill/pdf  diverged  mine 1 file · upstream 2 files · 1 both, not recorded yet  git lineage sync skill/pdf"
    );
    project.upstream("SKILL.md", "ours\n");
    project.edit("references/forms.md", "theirs\n");
    let now = status(&project);
    assert_eq!(now["state"], "diverged");
    assert_eq!(summary(&now), [2, 2, 0], "alike is no clash");
    assert_eq!(now["content_hash"], now["upstream_hash"]);
    assert_eq!(exit_code(&project), 4);
    project.sync();
    assert_eq!(status(&project)["state"], "clean");
}

#[test]
fn upstream_that_is_gone_is_unknown() {
    let project = Project::deployed();
    project.remove(project.upstream_dir("pdf"));
    let now = status(&project);
    assert_eq!(
        (&now["state"], &now["upstream_hash"]),
        (&json!("unknown"), &Value::Null)
    );
    assert_eq!(exit_code(&project), 0, "nothing was found");
    let (lines, asides) = told(&project, &[]);
    assert_eq!(lines, ["On line main: 1 artifact, nothing to do"]);
    assert!(asides.contains("upstream not seen here: 1 artifact"), "{asides}");
    project.edit("SKILL.md", "ours\n");
    let now = status(&project);
    assert_eq!(now["state"], "modified", "mine differs, whatever upstream has");
    assert_eq!(
        (&now["files"][0]["upstream_hash"], files(&now)),
        (&Value::Null, vec!["M local SKILL.md".to_owned()])
    );
    // Without an upstream at all it is the same.
    let project = Project::deployed();
    project.git(&["config", "-f", ".gitlineage", "--unset", "artifact.skill/pdf.upstream"]);
    assert_eq!(status(&project)["state"], "unknown");
    // And without a baseline what was recorded last is what can differ.
    project.git(&["config", "-f", ".gitlineage", "--unset", "artifact.skill/pdf.baseline"]);
    project.edit("SKILL.md", "ours\n");
    let now = status(&project);
    assert_eq!((&now["state"], &now["recorded"]), (&json!("modified"), &json!(false)));
    assert_eq!(files(&now), ["M local SKILL.md"]);
    assert_eq!(now["next"], format!("git lineage record {ID}"));
    project.record();
    assert_eq!(status(&project)["state"], "unknown");
}

#[test]
fn of_many_only_what_needs_attention_is_listed() {
    let project = Project::deployed();
    for name in ["docx", "xlsx", "zip"] {
        project.make_upstream(name);
        project.lineage_ok(&[
            "deploy",
            &format!("../upstream/skills/{name}"),
            &format!(".claude/skills/{name}"),
        ]);
    }
    project.commit("Deploy");
    project.write(".claude/skills/zip/SKILL.md", "ours\n");
    project.lineage_ok(&["record", "skill/zip"]);
    project.upstream("SKILL.md", "theirs\n");
    project.remove(".claude/skills/xlsx");
    let (lines, asides) = told(&project, &[]);
    assert_eq!(
        lines,
        [
            "On line main: 4 artifacts, 2 need attention",
            "  skill/pdf   outdated  upstream 1 file                 git lineage sync skill/pdf",
            "  skill/xlsx  missing   nothing at .claude/skills/xlsx  git checkout HEAD -- .claude/skills/xlsx",
        ]
    );
    assert_eq!(asides, "  modified and recorded: skill/zip\n");
    assert_eq!(
        texts(&project.lineage_json(&["status"]), "state"),
        ["clean", "outdated", "missing", "modified"]
    );
    // Named ones are told file by file, in the order they were named.
    let ordered = project.lineage_json(&["status", "skill/zip", "skill/docx", "skill/zip"]);
    assert_eq!(texts(&ordered, "artifact_id"), ["skill/zip", "skill/docx"]);
    let (lines, asides) = told(&project, &["skill/docx", "skill/zip"]);
    assert!(
        lines[0].starts_with("skill/docx  .claude/skills/docx  clean at "),
        "{lines:?}"
    );
    assert_eq!(lines[1], "");
    assert!(
        lines[2].starts_with("skill/zip  .claude/skills/zip  modified since "),
        "{lines:?}"
    );
    assert_eq!(lines[3], "  mine  M  SKILL.md");
    assert_eq!(asides, "");
}

#[test]
fn the_time_of_a_modification_is_that_of_its_first_version() {
    let project = Project::deployed();
    let file = project.path().join(PATH).join("SKILL.md");
    let at = |seconds| {
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let opened = std::fs::File::options().write(true).open(&file).expect("it is there");
        opened.set_modified(time).expect("it is ours");
    };
    project.edit("SKILL.md", "ours\n");
    at(1_700_000_000);
    assert_eq!(
        status(&project)["modification_detected_at"],
        "2023-11-14T22:13:20+00:00"
    );
    // The newest of the files that differ, and of a deleted one the folder it was in.
    project.edit("references/forms.md", "ours, later\n");
    let later = status(&project);
    assert!(
        text(&later, "modification_detected_at") > "2023-11-14T22:13:20+00:00",
        "{later}"
    );
    let first = project.record();
    assert_eq!(status(&project)["modification_detected_at"], first["created_at"]);
    project.record_edit("SKILL.md", "ours, once more\n");
    at(1_600_000_000);
    assert_eq!(status(&project)["modification_detected_at"], first["created_at"]);
    // What both sides have by now is no modification any more.
    project.upstream("SKILL.md", "ours, once more\n");
    project.upstream("references/forms.md", "ours, later\n");
    project.sync();
    assert_eq!(status(&project)["modification_detected_at"], Value::Null);
    let second = project.record_edit("SKILL.md", "after the sync\n");
    assert_ne!(second["created_at"], first["created_at"]);
    // The first version that the baseline does not contain is the one from before the sync.
    assert_eq!(status(&project)["modification_detected_at"], first["created_at"]);
}

#[test]
fn a_clone_without_the_versions_says_so() {
    let project = Project::deployed();
    let clone = project.clone_as("clone", &[]);
    let output = clone.lineage(&["--json", "status"]).assert_code(1);
    assert_eq!(output.json_error()["code"], "missing_versions");
    clone.git(&[
        "fetch",
        "--quiet",
        "origin",
        "+refs/lineage/heads/*:refs/lineage/remotes/origin/*",
    ]);
    let states = texts(&clone.lineage_json(&["status"]), "state");
    assert_eq!(states, ["clean"], "its upstream is beside it: {SOURCE}");
}
