//! `diff`: git's patches, each file with whose change it is, and nothing is written.

use serde_json::{Value, json};

use crate::support::TestRepo;
use crate::support::project::{ID, PATH, Project, text};

/// The files that `diff --json <args>` prints; asking changes nothing, in words neither.
#[track_caller]
fn diff(project: &Project, args: &[&str]) -> Vec<Value> {
    let before = project.everything();
    let args: Vec<&str> = ["diff"].iter().chain(args).copied().collect();
    let files = project.lineage_json(&args);
    project.lineage_ok(&args);
    before.assert_same(&project.everything());
    files
}

/// `<status> <origin> <path>` of each.
fn told(files: &[Value]) -> Vec<String> {
    let origin = |file: &Value| file["change_origin"].as_str().unwrap_or("null").to_owned();
    files
        .iter()
        .map(|file| format!("{} {} {}", text(file, "status"), origin(file), text(file, "path")))
        .collect()
}

/// The patches that `diff <args>` prints, without the lines that say whose change it is.
#[track_caller]
fn patches(project: &Project, args: &[&str]) -> String {
    let args: Vec<&str> = ["diff"].iter().chain(args).copied().collect();
    let is_origin = |line: &&str| {
        ["mine  ", "upstream  ", "both  ", "unknown  "]
            .iter()
            .any(|word| line.starts_with(word))
    };
    let output = project.lineage_ok(&args);
    output
        .text()
        .lines()
        .filter(|line| !is_origin(line))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn nothing_differs_in_a_clean_tree() {
    let project = Project::deployed();
    assert_eq!(diff(&project, &[]), Vec::<Value>::new());
    assert_eq!(diff(&project, &[ID]), Vec::<Value>::new());
    assert_eq!(diff(&project, &[ID, ID]), Vec::<Value>::new());
    assert_eq!(project.lineage_ok(&["diff", "--stat"]).text(), "");
}

#[test]
fn the_work_tree_against_the_baseline_is_what_git_says() {
    let project = Project::new();
    project.upstream("long.md", (1..40).map(|n| format!("{n}\n")).collect::<String>());
    project.upstream("logo", "bin\0ary");
    project.upstream("thing", "a file\n");
    project.deploy();
    project.commit("Deploy");
    project.edit("SKILL.md", "# pdf\n\nRead, fill and flatten files.\n");
    project.git(&["mv", &format!("{PATH}/long.md"), &format!("{PATH}/longer.md")]);
    project.edit("longer.md", (1..41).map(|n| format!("{n}\n")).collect::<String>());
    project.edit("logo", "bin\0aries");
    project.chmod(format!("{PATH}/references/forms.md"), 0o755);
    project.remove(format!("{PATH}/scripts"));
    project.remove(format!("{PATH}/thing"));
    project.symlink("SKILL.md", project.path().join(PATH).join("thing"));
    project.edit("neu und schön.md", "untracked\n");
    project.upstream("SKILL.md", "theirs\n");
    let files = diff(&project, &[]);
    assert_eq!(
        told(&files),
        [
            "modified both SKILL.md",
            "modified local logo",
            "renamed local longer.md",
            "added local neu und schön.md",
            "modified local references/forms.md",
            "deleted local scripts/fill.sh",
            "modified local thing",
        ]
    );
    assert_eq!(
        files[2],
        json!({
            "artifact_id": ID, "path": "longer.md", "status": "renamed", "change_origin": "local",
            "old_hash": project.rev_parse(&format!("HEAD:{PATH}/long.md")),
            "new_hash": project.git(&["hash-object", &format!("{PATH}/longer.md")]).trimmed(),
            "old_mode": "100644", "new_mode": "100644", "renamed_from": "long.md",
            "lines_added": 1, "lines_deleted": 0,
        })
    );
    assert_eq!(
        (&files[1]["lines_added"], &files[1]["lines_deleted"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&files[4]["old_mode"], &files[4]["new_mode"]),
        (&json!("100644"), &json!("100755"))
    );
    assert_eq!(
        (&files[3]["old_hash"], &files[5]["new_hash"]),
        (&Value::Null, &Value::Null)
    );
    let ours = patches(&project, &[]);
    assert_eq!(patches(&project, &[ID]), ours);
    // Once all of it is staged, git compares the same trees.
    project.git(&["add", "--all"]);
    let theirs = project.git(&[
        "-c",
        "core.quotePath=false",
        "diff",
        "-M",
        "--cached",
        "HEAD",
        "--",
        PATH,
    ]);
    assert_eq!(ours, theirs.text());
}

#[test]
fn each_patch_follows_on_a_line_that_says_whose_change_it_is() {
    let project = Project::over(TestRepo::usual());
    project.deploy();
    project.commit("Add the pdf skill");
    project.edit("SKILL.md", "ours\n");
    project.edit("references/forms.md", "# Forms\n\nOne.\nTwo.\n");
    project.upstream("SKILL.md", "theirs\n");
    let output = project.lineage_ok(&["diff"]);
    assert_eq!(
        output.text(),
        "both  skill/pdf  SKILL.md\n\
         diff --git a/.claude/skills/pdf/SKILL.md b/.claude/skills/pdf/SKILL.md\n\
         index d54461a..b19a1e9 100644\n\
         --- a/.claude/skills/pdf/SKILL.md\n\
         +++ b/.claude/skills/pdf/SKILL.md\n\
         @@ -1,3 +1 @@\n\
         -# pdf\n\
         -\n\
         -Read and fill files.\n\
         +ours\n\
         mine  skill/pdf  references/forms.md\n\
         diff --git a/.claude/skills/pdf/references/forms.md b/.claude/skills/pdf/references/forms.md\n\
         index ed8ae3a..889abbb 100644\n\
         --- a/.claude/skills/pdf/references/forms.md\n\
         +++ b/.claude/skills/pdf/references/forms.md\n\
         @@ -1,3 +1,4 @@\n \
         # Forms\n \n \
         One.\n\
         +Two.\n"
    );
    assert_eq!(
        project.lineage_ok(&["diff", "--stat"]).lines(),
        [
            "both  M  skill/pdf  SKILL.md             +1 -3",
            "mine  M  skill/pdf  references/forms.md  +1 -0",
        ]
    );
    let coloured = project.lineage_ok(&["--color", "always", "diff"]);
    assert!(coloured.text().contains("\u{1b}[32m+ours\u{1b}[0m\n"), "{coloured}");
    assert!(coloured.text().contains("\u{1b}[31m-# pdf\u{1b}[0m\n"), "{coloured}");
    // The patch can be applied elsewhere.
    project.git(&["checkout", "--quiet", "HEAD", "--", PATH]);
    project.call().stdin(output.stdout.clone()).git(&["apply"]);
    assert_eq!(project.lineage_ok(&["diff"]).text(), output.text());
}

#[test]
fn attributes_and_settings_of_the_project_count() {
    let project = Project::new();
    project.write(".gitattributes", "*.lock binary\n*.md diff=markdown\n");
    project.commit("Attributes");
    project.upstream("a.lock", "one\n");
    let body: String = (1..20).map(|n| format!("line {n}\n")).collect();
    project.upstream("doc.md", format!("# Heading\n\n{body}"));
    project.deploy();
    project.commit("Deploy");
    project.edit("a.lock", "two\n");
    project.edit("doc.md", format!("# Heading\n\n{body}end\n"));
    let patch = patches(&project, &[ID]);
    assert!(
        patch.contains("Binary files a/.claude/skills/pdf/a.lock and b/"),
        "{patch}"
    );
    assert!(patch.contains("@@ -19,3 +19,4 @@ # Heading\n"), "{patch}");
    // What would make the answer unreadable for this program does not.
    for (key, value) in [
        ("diff.external", "false"),
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("color.ui", "always"),
        ("diff.relative", "true"),
        ("diff.renames", "false"),
        ("core.quotePath", "true"),
    ] {
        let call = || project.call().config(key, value).cwd(".claude");
        assert_eq!(
            call().lineage_ok(&["diff", "--color", "never", ID]).text(),
            project.lineage_ok(&["diff", ID]).text(),
            "{key}"
        );
    }
    let context = project.call().config("diff.context", "0").lineage_ok(&["diff", ID]);
    assert!(context.text().contains("@@ -21,0 +22 @@"), "{context}");
}

#[test]
fn what_a_terminal_would_obey_is_spelled_out() {
    let project = Project::deployed();
    project.edit("SKILL.md", b"tab\there\r\n\x1b[2J\xff\xe2\x80\xae\n".as_slice());
    let output = project.lineage_ok(&["diff", "--color", "never"]);
    assert!(
        output.text().contains("\n+tab\there\\r\n+\\x1b[2J\\xff\\u{202e}\n"),
        "{output}"
    );
    assert!(!output.stdout.contains(&0x1b) && !output.stdout.contains(&b'\r'));
}

#[test]
fn the_work_tree_against_a_version() {
    let project = Project::deployed();
    let root = project.show(ID);
    project.record_edit("SKILL.md", "ours\n");
    project.upstream("references/forms.md", "theirs\n");
    project.sync();
    project.edit("scripts/fill.sh", "ours, too\n");
    assert_eq!(
        told(&diff(&project, &[text(&root, "version_id")])),
        [
            "modified local SKILL.md",
            "modified upstream references/forms.md",
            "modified local scripts/fill.sh"
        ]
    );
    assert_eq!(
        told(&diff(&project, &["skill/pdf~0"])),
        ["modified local scripts/fill.sh"]
    );
    assert_eq!(
        told(&diff(&project, &["skill/pdf@main"])),
        ["modified local scripts/fill.sh"]
    );
    assert_eq!(told(&diff(&project, &[text(&root, "content_hash")])).len(), 3);
    // The id alone is the baseline, where upstream's change is in.
    assert_eq!(
        told(&diff(&project, &[ID])),
        ["modified local SKILL.md", "modified local scripts/fill.sh"]
    );
    // A file that both have touched since.
    project.edit("references/forms.md", "theirs and ours\n");
    assert_eq!(
        told(&diff(&project, &[text(&root, "version_id")]))[1],
        "modified both references/forms.md"
    );
    // Emptied, everything is deleted.
    project.remove(PATH);
    assert_eq!(told(&diff(&project, &["skill/pdf~0"])).len(), 3);
}

#[test]
fn two_versions_whatever_lies_here() {
    let project = Project::deployed();
    let root = project.show(ID);
    let ours = project.record_edit("SKILL.md", "ours\n");
    project.upstream("references/forms.md", "theirs\n");
    let synced = project.sync();
    project.edit("SKILL.md", "lying around\n");
    let (root, ours, synced) = (
        text(&root, "version_id"),
        text(&ours, "version_id"),
        text(&synced, "version_id"),
    );
    assert_eq!(told(&diff(&project, &[root, ours])), ["modified local SKILL.md"]);
    assert_eq!(
        told(&diff(&project, &[ours, synced])),
        ["modified upstream references/forms.md"]
    );
    assert_eq!(
        told(&diff(&project, &[root, synced])),
        ["modified local SKILL.md", "modified upstream references/forms.md"]
    );
    assert_eq!(told(&diff(&project, &[synced, root])).len(), 2, "backwards as well");
    let trees = [format!("{root}^{{tree}}"), format!("{synced}^{{tree}}")];
    let by_git = project.git(&[
        "diff",
        "-M",
        &format!("--src-prefix=a/{PATH}/"),
        &format!("--dst-prefix=b/{PATH}/"),
        &trees[0],
        &trees[1],
    ]);
    assert_eq!(patches(&project, &[root, synced]), by_git.text());
    // Also where there is no work tree, and where the artifact is deployed no longer.
    let bare = project.clone_as(
        "bare.git",
        &[
            "--bare",
            "--config",
            "remote.origin.fetch=+refs/lineage/*:refs/lineage/*",
        ],
    );
    bare.git(&["fetch", "--quiet", "origin"]);
    assert_eq!(bare.lineage_json(&["diff", root, synced]).len(), 2);
    bare.lineage(&["diff"]).assert_code(1);
    project.lineage_ok(&["remove", ID]);
    assert_eq!(told(&diff(&project, &[root, ours])), ["modified local SKILL.md"]);
    let gone = project.lineage(&["--json", "diff", root]).assert_code(1);
    assert_eq!(gone.json_error()["code"], "not_deployed");
}

#[test]
fn whose_change_it_is_stays_unknown_where_nobody_said() {
    let project = Project::deployed();
    let root = project.show(ID);
    // A root of unknown origin, as adopting makes them: written with plain git.
    let tree = text(&root, "content_hash");
    let message = "Found\n\nLineage-Format: 1\nArtifact-Id: skill/found\n";
    let found = project.call().stdin(message).git(&["commit-tree", tree]).trimmed();
    let edit = project.record_edit("SKILL.md", "ours\n");
    let message = format!(
        "Edit\n\nLineage-Format: 1\nArtifact-Id: skill/found\nChange-Origin: local_modification\nParent-Hash: {tree}\n"
    );
    let later = project
        .call()
        .stdin(message)
        .git(&["commit-tree", text(&edit, "content_hash"), "-p", &found])
        .trimmed();
    project.git(&["update-ref", "refs/lineage/heads/main/skill/found", &later]);
    assert_eq!(told(&diff(&project, &[&found, &later])), ["modified null SKILL.md"]);
    let shown = project.lineage_ok(&["diff", "--stat", &found, &later]);
    assert_eq!(shown.text(), "unknown  M  skill/found  SKILL.md  +1 -3\n");
}

#[test]
fn a_single_file_lies_where_it_is() {
    let project = Project::new();
    project.write(project.beside("upstream/agents/review.md"), "# Review\n");
    project.lineage_ok(&["deploy", "../upstream/agents/review.md", "agents/reviewer.md"]);
    project.commit("Deploy");
    project.write("agents/reviewer.md", "# Ours\n");
    assert_eq!(told(&diff(&project, &[])), ["modified local reviewer.md"]);
    let patch = patches(&project, &["agent/reviewer"]);
    assert_eq!(patch, project.git(&["diff"]).text());
    project.remove("agents/reviewer.md");
    assert_eq!(patches(&project, &[]), project.git(&["diff"]).text());
}

#[test]
fn files_of_different_artifacts_are_not_taken_for_one_another() {
    let project = Project::deployed();
    project.make_upstream("zip");
    project.lineage_ok(&["deploy", "../upstream/skills/zip", ".claude/skills/zip"]);
    project.commit("Deploy");
    project.git(&[
        "mv",
        &format!("{PATH}/references/forms.md"),
        ".claude/skills/zip/moved.md",
    ]);
    let files = diff(&project, &[]);
    assert_eq!(
        told(&files),
        ["deleted local references/forms.md", "added local moved.md"]
    );
    assert_eq!(text(&files[0], "artifact_id"), ID);
    assert_eq!(text(&files[1], "artifact_id"), "skill/zip");
}

#[test]
fn names_are_bytes() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = Project::deployed();
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9 %");
    project.write(project.path().join(PATH).join(odd), "ours\n");
    let files = diff(&project, &[]);
    assert_eq!(
        (text(&files[0], "path"), &files[0]["path_encoding"]),
        ("caf%E9 %25", &json!("percent"))
    );
    let shown = project.lineage_ok(&["diff"]);
    assert!(shown.text().starts_with("mine  skill/pdf  caf\\xe9 %\n"), "{shown}");
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let project = Project::deployed();
    let code = |args: &[&str]| {
        project
            .lineage(&[&["--json", "diff"], args].concat())
            .assert_code(1)
            .json_error()["code"]
            .clone()
    };
    assert_eq!(code(&["skill/pdff"]), "unknown_version");
    assert_eq!(code(&[ID, "skill/pdf~7"]), "too_far_back");
    assert_eq!(code(&["--line", "sid"]), "unknown_line");
    project.git(&["config", "-f", ".gitlineage", "--unset", "artifact.skill/pdf.baseline"]);
    assert_eq!(code(&[ID]), "no_baseline");
    assert_eq!(diff(&project, &[]), Vec::<Value>::new(), "among all it is passed over");
}

#[test]
fn another_line_stands_for_the_work_tree() {
    let project = Project::deployed();
    project.git(&["branch", "side"]);
    project.record_edit("SKILL.md", "ours\n");
    project.commit("Ours");
    assert_eq!(diff(&project, &["--line", "side"]), Vec::<Value>::new());
    project.git(&["checkout", "--quiet", "side"]);
    assert_eq!(told(&diff(&project, &["--line", "main"])), ["modified local SKILL.md"]);
}

#[test]
fn a_conflict_is_compared_as_it_lies_there() {
    let project = crate::merging::with_conflict();
    let files = diff(&project, &[]);
    assert_eq!(told(&files), ["modified local lines.txt"]);
    assert!(patches(&project, &[]).contains("+<<<<<<<"));
}
