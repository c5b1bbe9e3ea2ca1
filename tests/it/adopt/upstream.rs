//! `adopt --upstream`: what came from upstream is found by its content, with the commit it was taken from.

use serde_json::{Value, json};

use super::assert_settled;
use crate::merging::{LINES, with_line};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, one, text, texts};

/// An upstream with a skill in `skills/pdf`, and a project that copied from it by hand.
struct Vendored {
    project: TestRepo,
    upstream: TestRepo,
}

impl Vendored {
    /// Four states upstream: line 1, 5, 9 and 13 of `lines.txt` changed one after the other; nothing in the project.
    fn new() -> Self {
        Self::over(TestRepo::new())
    }

    fn over(project: TestRepo) -> Self {
        let upstream = project.sibling("skills", &[]);
        let vendored = Vendored { project, upstream };
        vendored.upstream.write("README.md", "# Skills\n");
        let mut lines = LINES.to_owned();
        for (number, word) in [(1, "one"), (5, "five"), (9, "nine"), (13, "thirteen")] {
            lines = with_line(&lines, number, word);
            vendored.upstream.write("skills/pdf/lines.txt", &lines);
            vendored.upstream.write("skills/pdf/SKILL.md", "# PDF\n");
            vendored.upstream.commit(word);
            vendored.upstream.write("README.md", format!("# {word}\n"));
            vendored.upstream.commit("Something else");
        }
        vendored
    }

    /// The upstream commit with this subject.
    fn commit(&self, subject: &str) -> String {
        let log = ["log", "-1", "--format=%H", &format!("--grep=^{subject}$")];
        self.upstream.git(&log).trimmed()
    }

    /// Replaces the copy in the project by what upstream had in a commit.
    fn copy(&self, subject: &str) {
        let archive = format!("{}:skills/pdf", self.commit(subject));
        let files = self.upstream.git(&["ls-tree", "-r", "--name-only", &archive]).lines();
        let _ = std::fs::remove_dir_all(self.project.path().join(PATH));
        for file in files {
            let data = self
                .upstream
                .git(&["cat-file", "blob", &format!("{archive}/{file}")])
                .stdout;
            self.project.write(format!("{PATH}/{file}"), data);
        }
    }

    /// Copies a state of upstream and commits it.
    fn commit_copy(&self, subject: &str) -> String {
        self.copy(subject);
        self.project.commit(&format!("Copy {subject}"))
    }

    /// Replaces one line of the copy and commits that.
    fn commit_line(&self, number: usize, word: &str) -> String {
        let path = format!("{PATH}/lines.txt");
        let lines = String::from_utf8(self.project.read(&path)).expect("UTF-8");
        self.project.write(&path, with_line(&lines, number, word));
        self.project.commit(word)
    }

    #[track_caller]
    fn adopt(&self) -> Vec<Value> {
        self.project
            .lineage_json(&["adopt", PATH, "--upstream", "../skills", "--from", "skills/pdf"])
    }

    /// The content that upstream has in a commit.
    fn tree(&self, subject: &str) -> String {
        self.upstream.rev_parse(&format!("{}:skills/pdf", self.commit(subject)))
    }

    /// Asserts where a version came from.
    #[track_caller]
    fn assert_from(&self, version: &Value, subject: &str) {
        let expected = json!({
            "url": "../skills", "path": "skills/pdf", "ref": "main", "commit": self.commit(subject),
        });
        assert_eq!(version["upstream"], expected);
    }
}

/// Origins in short: d, s, l or ?.
fn origins(versions: &[Value]) -> String {
    let short = |version: &Value| match version["change_origin"].as_str() {
        None => '?',
        Some(origin) => origin.chars().next().expect("a word"),
    };
    versions.iter().map(short).collect()
}

#[test]
fn copies_are_deployments_and_syncs_and_edits_are_local() {
    let vendored = Vendored::new();
    let project = &vendored.project;
    let first = vendored.commit_copy("one");
    vendored.commit_copy("five");
    vendored.commit_line(20, "ours");
    let versions = vendored.adopt();
    assert_eq!(origins(&versions), "dsl");
    vendored.assert_from(&versions[0], "one");
    vendored.assert_from(&versions[1], "five");
    assert_eq!(versions[2]["upstream"], Value::Null);
    assert!(versions.iter().all(|version| version["reason"].is_null()));
    let written = project.git(&[
        "log",
        "-1",
        "--format=%(trailers:only,unfold)",
        text(&versions[0], "version_id"),
    ]);
    let commit = vendored.commit("one");
    assert_eq!(
        written.text().trim(),
        format!(
            "Lineage-Format: 1\nArtifact-Id: {ID}\nChange-Origin: deployment\nUpstream-Url: ../skills\n\
             Upstream-Path: skills/pdf\nUpstream-Ref: main\nUpstream-Commit: {commit}\nProject-Commit: {first}"
        )
    );
    let manifest = project.git(&["config", "-f", ".gitlineage", "--list"]);
    let (five, tree) = (vendored.commit("five"), vendored.tree("five"));
    assert_eq!(
        manifest.lines(),
        [
            format!("artifact.{ID}.path={PATH}"),
            format!("artifact.{ID}.upstream=../skills"),
            format!("artifact.{ID}.upstream-path=skills/pdf"),
            format!("artifact.{ID}.upstream-ref=main"),
            format!("artifact.{ID}.baseline={tree}"),
            format!("artifact.{ID}.upstream-commit={five}"),
        ]
    );
    assert_settled(project, &versions[2]);
    project.commit("Adopt");
    assert_settled(project, &versions[2]);
    project.lineage_ok(&["index", "rebuild"]);
    assert_settled(project, &versions[2]);

    // The next sync merges over what the edit was really made on.
    let synced = one(project.lineage_json(&["sync", ID]));
    assert_eq!(synced["result"], "merged", "{synced}");
    let expected = with_line(
        &String::from_utf8(vendored.upstream.read("skills/pdf/lines.txt")).expect("UTF-8"),
        20,
        "ours",
    );
    assert_eq!(project.read(format!("{PATH}/lines.txt")), expected.into_bytes());
    let merged = one(project.lineage_json(&["show", ID]));
    assert_eq!(merged["parent_ids"][0], versions[2]["version_id"]);
    let incoming = one(project.lineage_json(&["show", text(&json!({"id": merged["parent_ids"][1]}), "id")]));
    assert_eq!(incoming["parent_ids"], json!([versions[1]["version_id"]]));
    project.lineage_ok(&["verify"]);
}

#[test]
fn merges_are_proven_and_have_upstreams_version_as_second_parent() {
    let vendored = Vendored::new();
    let project = &vendored.project;
    vendored.commit_copy("one");
    let edit = vendored.commit_line(20, "ours");
    // By hand: upstream's third state, with the edit on it.
    vendored.copy("nine");
    let merge = vendored.commit_line(20, "ours");
    // Upstream's last state as it is: the edit is given up.
    let given_up = vendored.commit_copy("thirteen");
    let versions = vendored.adopt();
    assert_eq!(origins(&versions), "dlssss");
    let commits: Vec<&Value> = versions.iter().map(|version| &version["project_commit"]).collect();
    assert_eq!(
        commits[1..],
        [&edit, &merge, &merge, &given_up, &given_up]
            .map(|commit| json!(commit))
            .iter()
            .collect::<Vec<_>>()
    );
    let id = |number: usize| versions[number]["version_id"].clone();
    for (upstream, merged, base, head, subject) in [(2, 3, 0, 1, "nine"), (4, 5, 2, 3, "thirteen")] {
        assert_eq!(versions[upstream]["parent_ids"], json!([id(base)]));
        assert_eq!(versions[upstream]["content_hash"], vendored.tree(subject));
        assert_eq!(versions[merged]["parent_ids"], json!([id(head), id(upstream)]));
        vendored.assert_from(&versions[upstream], subject);
        vendored.assert_from(&versions[merged], subject);
        // Who made upstream's state, and when the project took it.
        let format = "--format=%an%n%ad%n%s";
        let theirs = vendored.upstream.git(&[
            "log",
            "-1",
            "--date=raw",
            "--format=%an%n%ad",
            &vendored.commit(subject),
        ]);
        let written = project.git(&[
            "log",
            "-1",
            "--date=raw",
            format,
            text(&versions[upstream], "version_id"),
        ]);
        assert_eq!(written.text(), format!("{}Sync {ID}\n", theirs.text()));
        let committer = ["log", "-1", "--date=raw", "--format=%cn%n%cd"];
        let committed = |commit: &str| {
            project
                .git(&[committer.as_slice(), &[commit]].concat())
                .text()
                .to_owned()
        };
        assert_eq!(
            committed(text(&versions[upstream], "version_id")),
            committed(text(&versions[merged], "project_commit"))
        );
    }
    assert_eq!(project.rev_parse(HEAD_REF), text(&versions[5], "version_id"));
    project.commit("Adopt");
    assert_settled(project, &versions[5]);
    let blame = project.lineage_json(&["blame", ID, "lines.txt"]);
    assert_eq!(blame[8]["change_origin"], "sync", "nine");
}

#[test]
fn everybody_makes_the_same_versions_also_when_upstream_has_grown() {
    let vendored = Vendored::new();
    let project = &vendored.project;
    vendored.commit_copy("one");
    vendored.commit_line(20, "ours");
    vendored.copy("five");
    vendored.commit_line(20, "ours");
    let clone = project.clone_as("clone", &[]);
    let versions = vendored.adopt();
    vendored
        .upstream
        .write("skills/pdf/lines.txt", with_line(LINES, 1, "one"));
    vendored.upstream.commit("The first state comes back");
    // Another cache: everything is fetched anew.
    let call = clone.call().env("XDG_CACHE_HOME", clone.beside("other cache"));
    let again = call.lineage_json(&["adopt", PATH, "--upstream", "../skills", "--from", "skills/pdf"]);
    assert_eq!(versions, again);
}

#[test]
fn what_upstream_never_had_stays_unknown_until_something_matches() {
    let vendored = Vendored::new();
    let project = &vendored.project;
    vendored.copy("one");
    vendored.commit_line(20, "copied and edited in one commit");
    vendored.commit_copy("five");
    vendored.commit_line(20, "ours");
    let versions = vendored.adopt();
    // Upstream's state is a root of its own, merged with what was there.
    assert_eq!(origins(&versions), "?dsl");
    assert_eq!(versions[1]["parent_ids"], json!([]));
    assert_eq!(
        versions[2]["parent_ids"],
        json!([versions[0]["version_id"], versions[1]["version_id"]])
    );
    let reason = text(&versions[0], "reason");
    assert!(reason.contains("never had it"), "{reason}");
    project.commit("Adopt");
    assert_settled(project, &versions[3]);

    // Nothing of it is upstream's: no baseline, and it is said.
    let vendored = Vendored::new();
    vendored.copy("one");
    vendored.commit_line(20, "copied and edited in one commit");
    let said = vendored
        .project
        .lineage_ok(&["adopt", PATH, "--upstream", "../skills", "--from", "skills/pdf"]);
    assert!(said.err_text().contains("upstream never had any of it"), "{said}");
    let manifest = vendored.project.git(&["config", "-f", ".gitlineage", "--list"]);
    assert_eq!(manifest.text(), format!("artifact.{ID}.path={PATH}\n"));
}

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

#[test]
fn where_there_is_nothing_upstream_it_is_refused() {
    let vendored = Vendored::new();
    vendored.commit_copy("one");
    let project = &vendored.project;
    for (source, from) in [
        ("../skills", "nowhere"),
        ("../nowhere", "skills/pdf"),
        ("../skills", "../outside"),
    ] {
        let args = ["--json", "adopt", PATH, "--upstream", source, "--from", from];
        let failed = project.lineage(&args).assert_code(1);
        let code = text(&failed.json_error(), "code").to_owned();
        assert!(["no_source", "path_outside"].contains(&code.as_str()), "{failed}");
        assert_eq!(project.git(&["status", "--short"]).text(), "");
    }
    project.lineage_ok(&["adopt", PATH]);
    // Adopted without an upstream: another lineage is not made of it by the way.
    let args = [
        "--json",
        "adopt",
        PATH,
        "--upstream",
        "../skills",
        "--from",
        "skills/pdf",
    ];
    let failed = project.lineage(&args).assert_code(1);
    assert_eq!(failed.json_error()["code"], "already_tracked");
    project.lineage_ok(&["undo"]);
    assert_eq!(origins(&vendored.adopt()), "d");
    // With it, adopting again is no error.
    assert!(vendored.adopt().iter().all(|version| version["recorded"] == false));
}
