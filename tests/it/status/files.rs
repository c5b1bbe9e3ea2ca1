//! The table of files: whose change each is, with hashes and modes of all three sides.

use serde_json::{Value, json};

use super::{files, status, status_of, summary};
use crate::support::project::{ID, PATH, Project, text};

/// The blob git makes of these bytes.
#[track_caller]
fn blob(project: &Project, bytes: &[u8]) -> Value {
    json!(project.call().stdin(bytes).git(&["hash-object", "--stdin"]).trimmed())
}

#[track_caller]
fn file<'s>(status: &'s Value, path: &str) -> &'s Value {
    let files = status["files"].as_array().expect("a list");
    let found = files.iter().find(|file| file["path"] == path);
    found.unwrap_or_else(|| panic!("no {path} in {status}"))
}

#[test]
fn every_combination_of_two_sides_has_its_origin() {
    let project = Project::new();
    let names = [
        "same",
        "theirs",
        "ours",
        "both",
        "alike",
        "gone-here",
        "gone-there",
        "gone",
        "clash",
    ];
    for name in names {
        project.upstream(name, format!("{name} at first\n"));
    }
    project.deploy();
    project.commit("Deploy");
    let upstream = project.upstream_dir("pdf");
    for (path, here, there) in [
        ("theirs", None, Some("theirs\n")),
        ("ours", Some("ours\n"), None),
        ("both", Some("ours\n"), Some("theirs\n")),
        ("alike", Some("alike\n"), Some("alike\n")),
        ("new-ours", Some("new\n"), None),
        ("new-theirs", None, Some("new\n")),
        ("new-both", Some("ours\n"), Some("theirs\n")),
        ("new-alike", Some("alike\n"), Some("alike\n")),
        ("clash", Some("ours\n"), None),
    ] {
        if let Some(bytes) = here {
            project.edit(path, bytes);
        }
        if let Some(bytes) = there {
            project.upstream(path, bytes);
        }
    }
    for path in ["gone-here", "gone"] {
        project.remove(format!("{PATH}/{path}"));
    }
    for path in ["gone-there", "gone", "clash"] {
        project.remove(upstream.join(path));
    }
    let now = status(&project);
    assert_eq!(
        files(&now),
        [
            "M both alike",
            "M both both",
            "M both clash",
            "D both gone",
            "D local gone-here",
            "D upstream gone-there",
            "A both new-alike",
            "A both new-both",
            "A local new-ours",
            "A upstream new-theirs",
            "M local ours",
            "M upstream theirs",
        ]
    );
    // alike, both, clash, gone, gone-there, new-alike, new-both, new-theirs, theirs; and so on.
    assert_eq!(summary(&now), [9, 9, 3]);
    let hashes = |path: &str| {
        let file = file(&now, path);
        ["baseline_hash", "current_hash", "upstream_hash"].map(|key| file[key].clone())
    };
    let hash = |bytes: &str| blob(&project, bytes.as_bytes());
    assert_eq!(
        hashes("both"),
        [hash("both at first\n"), hash("ours\n"), hash("theirs\n")]
    );
    let first = hash("gone-here at first\n");
    assert_eq!(hashes("gone-here"), [first.clone(), Value::Null, first]);
    assert_eq!(hashes("new-theirs"), [Value::Null, Value::Null, hash("new\n")]);
    assert_eq!(hashes("clash"), [hash("clash at first\n"), hash("ours\n"), Value::Null]);
    // Unchanged ones only where they are asked for.
    let all = status_of(&project, &[ID, "--unchanged"]);
    assert!(files(&all).contains(&"- none same".to_owned()), "{all}");
    assert_eq!(
        all["files"].as_array().map(Vec::len),
        Some(12 + 4),
        "with the three of every skill: {all}"
    );
    assert_eq!(all["summary"], now["summary"]);
    // In words.
    let output = project.lineage_ok(&["status", ID]);
    let lines = output.lines();
    for line in [
        "  both      M  alike       alike",
        "  both      M  both        to be merged",
        "  mine      D  gone-here",
        "  upstream  A  new-theirs",
    ] {
        assert!(lines.iter().any(|shown| shown == line), "{line}\n{output}");
    }
}

#[test]
fn the_executable_bit_alone_is_a_change() {
    let project = Project::deployed();
    project.chmod(format!("{PATH}/SKILL.md"), 0o755);
    project.chmod(project.upstream_dir("pdf").join("scripts/fill.sh"), 0o644);
    let now = status(&project);
    assert_eq!(files(&now), ["M local SKILL.md", "M upstream scripts/fill.sh"]);
    let ours = file(&now, "SKILL.md");
    assert_eq!(ours["baseline_hash"], ours["current_hash"]);
    assert_eq!(
        ["baseline_mode", "current_mode", "upstream_mode"].map(|key| text(ours, key)),
        ["100644", "100755", "100644"]
    );
    let shown = project.lineage_ok(&["status", ID]);
    assert!(
        shown.text().contains("  mine      M  SKILL.md         mode\n"),
        "{shown}"
    );
    // Where the file system cannot tell, the index does.
    project.git(&["config", "core.fileMode", "false"]);
    assert_eq!(files(&status(&project)), ["M upstream scripts/fill.sh"]);
}

#[test]
fn files_links_and_folders_take_one_anothers_place() {
    let project = Project::new();
    project.symlink("SKILL.md", project.upstream_dir("pdf").join("link"));
    project.upstream("thing", "a file\n");
    project.upstream("folder/inner", "in a folder\n");
    project.deploy();
    project.commit("Deploy");
    assert_eq!(status(&project)["state"], "clean");
    project.remove(format!("{PATH}/link"));
    project.edit("link", "SKILL.md");
    project.remove(format!("{PATH}/thing"));
    project.edit("thing/inner", "in a folder\n");
    project.remove(format!("{PATH}/folder"));
    project.symlink("thing", project.path().join(PATH).join("folder"));
    let now = status(&project);
    assert_eq!(
        files(&now),
        [
            "A local folder",
            "D local folder/inner",
            "M local link",
            "D local thing",
            "A local thing/inner"
        ]
    );
    let link = file(&now, "link");
    assert_eq!(link["baseline_hash"], link["current_hash"], "the target's bytes");
    assert_eq!(
        (text(link, "baseline_mode"), text(link, "current_mode")),
        ("120000", "100644")
    );
}

#[test]
fn names_are_bytes() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = Project::deployed();
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9 %");
    project.write(project.path().join(PATH).join(odd), "ours\n");
    project.edit("100%", "ours\n");
    let now = status(&project);
    let found: Vec<(&str, &Value)> = now["files"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|file| (text(file, "path"), &file["path_encoding"]))
        .collect();
    assert_eq!(found, [("100%", &Value::Null), ("caf%E9 %25", &json!("percent"))]);
    let shown = project.lineage_ok(&["status", ID]);
    assert!(shown.text().contains("  mine  A  caf\\xe9 %\n"), "{shown}");
}

#[test]
fn a_single_file_is_named_as_the_file_it_is() {
    let project = Project::new();
    project.write(project.beside("upstream/agents/review.md"), "# Review\n");
    project.lineage_ok(&["deploy", "../upstream/agents/review.md", ".claude/agents/reviewer.md"]);
    project.commit("Deploy");
    let ask = || status_of(&project, &["agent/reviewer"]);
    assert_eq!(ask()["state"], "clean");
    project.write(".claude/agents/reviewer.md", "# Ours\n");
    project.write(project.beside("upstream/agents/review.md"), "# Theirs\n");
    assert_eq!(files(&ask()), ["M both reviewer.md"]);
    assert_eq!(ask()["next"], "git lineage sync agent/reviewer");
    assert!(ask()["modification_detected_at"].is_string());
    project.remove(".claude/agents/reviewer.md");
    assert_eq!(
        (&ask()["state"], files(&ask())),
        (&json!("missing"), vec!["D both reviewer.md".to_owned()])
    );
    project.write(".claude/agents/reviewer.md/inner", "a folder now\n");
    assert_eq!(
        files(&ask()),
        ["D both reviewer.md", "A local inner"]
            .map(str::to_owned)
            .iter()
            .rev()
            .cloned()
            .collect::<Vec<_>>()
    );
}
