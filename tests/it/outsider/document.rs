//! The script of `docs/format.md` is run and its versions are read, indexed, queried and continued like our own.

use serde_json::{Value, json};

use super::{Written, commit_tree, git_says, script, trailers, write_by_script};
use crate::docs::{block, blocks, page, sessions};
use crate::support::TestRepo;
use crate::support::project::{HEAD_REF, ID, PATH, one};

/// A version's JSON with keys added.
fn with(mut version: Value, more: &Value) -> Value {
    let (all, more) = (version.as_object_mut(), more.as_object());
    all.expect("an object").extend(more.expect("an object").clone());
    version
}

/// The files of a content as git lists them, in the JSON of `show`.
fn files(repo: &TestRepo, tree: &str) -> Value {
    let listed = repo.git(&[
        "ls-tree",
        "-r",
        "-z",
        "--format=%(objectmode) %(objectname) %(objectsize) %(path)",
        tree,
    ]);
    let file = |line: &str| {
        let fields: Vec<&str> = line.splitn(4, ' ').collect();
        let size: u64 = fields[2].parse().expect("a size");
        json!({"path": fields[3], "mode": fields[0], "hash": fields[1], "size": size})
    };
    listed.text().split_terminator('\0').map(file).collect()
}

/// Asks every question about the three versions, and compares the answers with git's.
#[track_caller]
fn check_answers(repo: &TestRepo, written: &Written) {
    let Written { ids, trees } = written;
    let [v1, v2, v3] = &ids.each_ref().map(|id| git_says(repo, id));
    let ask = |args: &[&str]| repo.lineage_json(args);
    let place = json!({"path": PATH, "line": "main", "baseline": trees[1]});
    assert_eq!(ask(&["list"]), [with(v3.clone(), &place)]);
    let newest_first = [v3.clone(), v2.clone(), v1.clone()];
    let oldest_first = [v1.clone(), v2.clone(), v3.clone()];
    assert_eq!(ask(&["log"]), newest_first);
    assert_eq!(ask(&["log", "--all"]), newest_first);
    assert_eq!(ask(&["log", ID]), newest_first);
    assert_eq!(ask(&["log", "skill/pdf~1"]), newest_first[1..]);
    assert_eq!(ask(&["log", "--origin", "sync"]), oldest_first[1..2]);
    assert_eq!(ask(&["log", "--until", "2026-02-03T08:00:00Z"]), newest_first[1..]);
    assert_eq!(ask(&["lineage", ID]), oldest_first);
    assert_eq!(ask(&["lineage", ID, "--all-parents"]), oldest_first);
    assert_eq!(ask(&["children", &trees[0]]), oldest_first[1..2]);
    assert_eq!(ask(&["children", &trees[2]]), [] as [Value; 0]);
    assert_eq!(ask(&["find", &trees[1]]), oldest_first[1..2]);
    assert_eq!(ask(&["find", PATH]), oldest_first[2..]);
    for at in 0..3 {
        let shown =
            json!({"version_lineage": trees[..=at], "files": files(repo, &trees[at]), "trailers": [], "signed": false});
        let version = with(oldest_first[at].clone(), &shown);
        assert_eq!(one(ask(&["show", &ids[at]])), version);
        assert_eq!(one(ask(&["show", &ids[at][..7]])), version);
        assert_eq!(one(ask(&["show", &trees[at][..9]])), version);
    }
    assert_eq!(ask(&["merge-base", ID, &ids[1]]), oldest_first[1..2]);
    assert_eq!(ask(&["path", &ids[0], ID]), oldest_first);
    assert_eq!(ask(&["path", ID, &ids[0]]), newest_first);
    repo.lineage_ok(&["verify"]);
}

#[test]
fn every_question_is_answered_as_git_answers_it() {
    for repo in [TestRepo::new(), TestRepo::sha256()] {
        let written = write_by_script(&repo);
        check_answers(&repo, &written);
        let status = one(repo.lineage_json(&["index", "status"]));
        assert_eq!((&status["state"], &status["versions"]), (&json!("current"), &json!(3)));
        repo.git(&["fsck", "--strict", "--no-dangling"]);
    }
}

#[test]
fn without_a_sidecar_the_answers_are_the_same() {
    let repo = TestRepo::new();
    let written = write_by_script(&repo);
    repo.git(&["config", "lineage.sidecar", "false"]);
    check_answers(&repo, &written);
    assert!(!repo.sidecar().exists());
}

#[test]
fn what_the_outsider_recorded_is_recorded_and_continued() {
    let repo = TestRepo::new();
    let written = write_by_script(&repo);
    let recorded = one(repo.lineage_json(&["record", ID]));
    assert_eq!(
        (&recorded["recorded"], &recorded["version_id"]),
        (&json!(false), &json!(written.ids[2]))
    );
    assert_eq!(repo.rev_parse(HEAD_REF), written.ids[2]);
    repo.write(format!("{PATH}/forms.md"), "# Forms\n\nOurs.\n");
    let ours = one(repo.lineage_json(&["record", ID, "-m", "forms: ours"]));
    assert_eq!(
        (&ours["recorded"], &ours["parent_ids"]),
        (&json!(true), &json!([written.ids[2]]))
    );
    // The outsider goes on from there, knowing nothing of us.
    let head = repo.rev_parse(HEAD_REF);
    let parent_tree = repo.rev_parse(&format!("{HEAD_REF}^{{tree}}"));
    let message = format!(
        "theirs\n\nLineage-Format: 1\nArtifact-Id: {ID}\nChange-Origin: local_modification\nParent-Hash: {parent_tree}\n"
    );
    let theirs = commit_tree(&repo, &written.trees[0], &[&head], &message);
    repo.git(&["update-ref", HEAD_REF, &theirs, &head]);
    let contents: Vec<Value> = repo
        .lineage_json(&["lineage", ID])
        .iter()
        .map(|v| v["content_hash"].clone())
        .collect();
    let [t1, t2, t3] = &written.trees;
    assert_eq!(contents, [t1, t2, t3, &parent_tree, t1].map(|tree| json!(tree)));
}

#[test]
fn the_page_says_what_the_script_prints_and_what_git_says_of_it() {
    let repo = TestRepo::usual();
    let printed = repo.call().sh(&script());
    let shown = blocks(&page("docs/format.md"), "");
    assert!(shown.iter().any(|(_, text)| text == printed.text()), "{printed}");
    let mut said = 0;
    for (command, expected) in sessions("docs/format.md") {
        let output = repo.call().sh(&command);
        if !command.ends_with("git lineage verify") {
            assert_eq!(output.text().trim_end(), expected, "{command}");
            said += 1;
        }
    }
    assert_eq!(said, 3, "the sessions of the page");
}

#[test]
fn the_encoding_of_the_page_names_the_refs_of_the_program() {
    let repo = TestRepo::new();
    repo.write("README.md", "x\n");
    repo.commit("Begin");
    let long = "é".repeat(120);
    let names = [
        "Design Principles",
        "设计 原则",
        "100%",
        ".hidden",
        "a..b",
        "cargo.lock",
        "a/b.",
        "it's @{1}~2^",
        &long,
    ];
    let mut expected = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let source = repo.beside(&format!("source-{at}"));
        repo.write(source.join("SKILL.md"), format!("{at}\n"));
        let id = format!("skill/{name}");
        let (source, path) = (source.to_string_lossy(), format!("skills/{at}"));
        repo.lineage_ok(&["deploy", &source, &path, "--id", &id]);
        let encode = format!("{}\nencode \"$NAME\"", block("docs/format.md", "# encode <component>"));
        let encoded = repo.call().env("NAME", name).sh(&encode);
        expected.push(format!("refs/lineage/heads/main/skill/{}", encoded.text()));
    }
    expected.sort();
    let refs = repo.git(&["for-each-ref", "--format=%(refname)", "refs/lineage"]);
    assert_eq!(refs.lines(), expected);
}

#[test]
fn a_project_commit_makes_the_same_version_for_everyone() {
    let repo = TestRepo::new();
    let written = write_by_script(&repo);
    repo.write(format!("{PATH}/forms.md"), "# Forms\n\nCommitted without recording.\n");
    repo.git(&["add", "--all"]);
    repo.call()
        .env("GIT_AUTHOR_NAME", "Zoë  O'Neill")
        .env("GIT_AUTHOR_DATE", "1767300000 -0330")
        .env("GIT_COMMITTER_DATE", "1767300001 +1245")
        .git(&["commit", "--quiet", "-m", "Say so: committed\n\nWith a body."]);
    let message = format!(
        "printf '%s\\n\\n' \"$(git log -1 --format=%s \"$c\")\"
         printf 'Lineage-Format: 1\\nArtifact-Id: {ID}\\nChange-Origin: local_modification\\n'
         printf 'Parent-Hash: {}\\nProject-Commit: %s\\n' \"$c\"",
        written.trees[2]
    );
    let theirs = repo.call().sh(&format!(
        "c=$(git rev-parse HEAD)\n{}\n{{ {message}\n}} | git commit-tree \"$c:{PATH}\" -p {}",
        block("docs/format.md", "export GIT_AUTHOR_NAME"),
        written.ids[2],
    ));
    let ours = one(repo.lineage_json(&["record", ID]));
    assert_eq!(
        (&ours["recorded"], &ours["version_id"]),
        (&json!(true), &json!(theirs.trimmed()))
    );
    assert_eq!(
        ours,
        with(git_says(&repo, &theirs.trimmed()), &json!({"recorded": true}))
    );
}

#[test]
fn a_single_file_has_the_content_hash_of_the_page() {
    let repo = TestRepo::new();
    repo.write(".gitattributes", "*.md text\n");
    repo.commit("Begin");
    // Upstream calls it otherwise, and ends its lines otherwise.
    repo.write(repo.beside("reviewer.txt"), "# Reviewer\r\n");
    let deployed = one(repo.lineage_json(&["deploy", "../reviewer.txt", ".claude/agents/code-reviewer.md"]));
    assert_eq!(deployed["artifact_id"], "agent/code-reviewer");
    let theirs = repo
        .call()
        .sh(&block("docs/format.md", "file=.claude/agents/code-reviewer.md"));
    assert_eq!(deployed["content_hash"], theirs.trimmed());
}

#[test]
fn unknown_trailers_are_kept_and_shown() {
    let repo = TestRepo::new();
    let written = write_by_script(&repo);
    let parent_hash = format!("Parent-Hash: {}", written.trees[2]);
    let ours = [
        "Lineage-Format: 1",
        "Artifact-Id: skill/pdf",
        "Change-Origin: local_modification",
        &parent_hash,
    ];
    // Before, between and after the known ones, one of them twice.
    let all = [
        "Reviewed-by: Grace <grace@example.org>",
        ours[0],
        ours[1],
        "Ticket: #12: a, b",
        ours[2],
        ours[3],
        "Ticket: #13",
    ];
    let mut args = vec!["interpret-trailers"];
    args.extend(all.iter().flat_map(|trailer| ["--trailer", trailer]));
    let message = repo
        .git_stdin(&args, "forms: reviewed\n\nWhy: because.\nAnd more.\n")
        .stdout;
    let message = String::from_utf8(message).expect("text");
    let id = commit_tree(&repo, &written.trees[1], &[&written.ids[2]], &message);
    repo.git(&["update-ref", HEAD_REF, &id, &written.ids[2]]);
    let shown = one(repo.lineage_json(&["show", ID]));
    let unknown = json!([
        {"key": "Reviewed-by", "value": "Grace <grace@example.org>"},
        {"key": "Ticket", "value": "#12: a, b"},
        {"key": "Ticket", "value": "#13"},
    ]);
    assert_eq!(shown["trailers"], unknown);
    assert_eq!(
        (&shown["version_id"], &shown["summary"]),
        (&json!(id), &json!("forms: reviewed"))
    );
    let text = repo.lineage_ok(&["show", ID]);
    for line in [
        "  Reviewed-by  Grace <grace@example.org>",
        "  Ticket       #12: a, b",
        "  Ticket       #13",
        "    Why: because.",
    ] {
        assert!(text.lines().iter().any(|found| found == line), "{line:?} in\n{text}");
    }
    assert_eq!(trailers(&repo, &id).len(), all.len());
    // A new version does not inherit what was said about another one.
    repo.write(format!("{PATH}/SKILL.md"), "# Ours\n");
    let next = one(repo.lineage_json(&["record", ID]));
    assert_eq!(next["parent_ids"], json!([id]));
    assert_eq!(one(repo.lineage_json(&["show", ID]))["trailers"], json!([]));
}
