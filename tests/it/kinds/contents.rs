//! Content that git stores otherwise than it lies there: line endings, filters, links, modes, single files, ignored files.

use super::{Life, live_in, make_skill};
use crate::support::TestRepo;
use crate::support::project::{one, text, texts};

#[test]
fn line_endings_are_stored_as_git_stores_them() {
    for (attributes, autocrlf) in [
        ("* text=auto\n", "false"),
        ("* text=auto\n", "true"),
        ("* text=auto eol=crlf\n", "false"),
        ("*.md text eol=lf\n", "true"),
        ("*.md -text\n", "true"),
        ("", "input"),
    ] {
        let repo = TestRepo::new();
        repo.git(&["config", "core.autocrlf", autocrlf]);
        repo.write(".gitattributes", attributes);
        repo.commit("Begin");
        make_skill(&repo, "source/skill");
        repo.write(repo.beside("source/skill/SKILL.md"), "# Dos\r\n\r\nRead this.\r\n");
        repo.write(repo.beside("source/skill/mixed.md"), "one\r\ntwo\n");
        repo.write(repo.beside("source/skill/binary.bin"), b"\0\r\n\xff\r\n");
        let life = Life::new(&repo, "skills/dos", "skill/dos", "source/skill");
        // The standard configuration of the tests would win over the repository's.
        let autocrlf_value = std::path::PathBuf::from(autocrlf);
        let variables = vec![
            ("GIT_CONFIG_COUNT", "1".into()),
            ("GIT_CONFIG_KEY_0", "core.autocrlf".into()),
            ("GIT_CONFIG_VALUE_0", autocrlf_value),
        ];
        Life { variables, ..life }.live();
    }
}

#[test]
fn the_artifacts_own_attributes_count() {
    let repo = TestRepo::new();
    repo.commit("Begin");
    make_skill(&repo, "source/skill");
    repo.write(
        repo.beside("source/skill/.gitattributes"),
        "*.md text eol=crlf\nreferences/* -text\n",
    );
    repo.write(repo.beside("source/skill/references/a.md"), "stays\r\nas it is\n");
    Life::new(&repo, "skills/a", "skill/a", "source/skill").live();
    // Upstream's own tree is another one, which the version says.
    repo.write(repo.beside("source/skill/SKILL.md"), "# Dos\r\n");
    repo.lineage_ok(&["sync", "skill/a"]);
    let version = &repo.lineage_json(&["show", "skill/a"])[0];
    assert_ne!(version["upstream"]["tree"], serde_json::Value::Null, "{version}");
    assert_ne!(version["upstream"]["tree"], version["content_hash"]);
    // Found again by the copy it came from, whose bytes are others.
    let found = texts(&repo.lineage_json(&["find", "../source/skill"]), "version_id");
    assert_eq!(found[0], text(version, "version_id"));
}

#[test]
fn clean_and_smudge_filters_run() {
    let repo = TestRepo::new();
    repo.git(&["config", "filter.rot.clean", "tr a-z n-za-m"]);
    repo.git(&["config", "filter.rot.smudge", "tr n-za-m a-z"]);
    repo.git(&["config", "filter.rot.required", "true"]);
    repo.write(".gitattributes", "skills/**/*.md filter=rot\n");
    repo.commit("Begin");
    make_skill(&repo, "source/skill");
    Life::new(&repo, "skills/secret", "skill/secret", "source/skill").live();
    assert!(
        repo.git(&["cat-file", "blob", "HEAD:skills/secret/SKILL.md"])
            .text()
            .contains("guvf.")
    );
    assert!(repo.read("skills/secret/SKILL.md").starts_with(b"# A skill"));
    // One that fails is an error that names the file, and nothing is recorded.
    repo.git(&["config", "filter.rot.clean", "false"]);
    repo.write("skills/secret/SKILL.md", "changed\n");
    let error = repo
        .lineage(&["--json", "record", "skill/secret"])
        .assert_code(1)
        .json_error();
    assert!(text(&error, "message").contains("skills/secret/SKILL.md"), "{error}");
}

#[test]
fn an_artifact_in_an_ignored_folder_lives_in_the_work_tree_alone() {
    for rule in [".claude/\n", ".claude/skills/pdf/\n", "/.claude/skills/*\n"] {
        let repo = TestRepo::new();
        repo.write(".gitignore", format!("{rule}*.log\n"));
        repo.commit("Begin");
        make_skill(&repo, "source/skill");
        let mut life = Life::new(&repo, ".claude/skills/pdf", "skill/pdf", "source/skill");
        life.committed = false;
        life.live();
        assert_eq!(repo.git(&["ls-files"]).lines(), [".gitignore", ".gitlineage"], "{rule}");
        // Rules that ignore something inside it are rules all the same.
        repo.write(".claude/skills/pdf/run.log", "noise\n");
        assert_eq!(one(repo.lineage_json(&["record", "skill/pdf"]))["recorded"], false);
        repo.write(".claude/skills/pdf/new.md", "content\n");
        assert_eq!(one(repo.lineage_json(&["record", "skill/pdf"]))["recorded"], true);
    }
    // It is said once, and not where it is not so.
    let repo = TestRepo::new();
    repo.write(".gitignore", "mine/\n");
    repo.commit("Begin");
    make_skill(&repo, "source/skill");
    let output = repo.lineage_ok(&["deploy", "../source/skill", "mine/skill"]);
    assert!(output.err_text().contains("mine/skill is ignored"), "{output}");
    let output = repo.lineage_ok(&["deploy", "../source/skill", "ours/other"]);
    assert!(
        output.err_text().contains("staged ours/other and .gitlineage"),
        "{output}"
    );
    // What git was told to track in spite of the rule is tracked on.
    repo.git(&["add", "--force", "mine/skill"]);
    repo.commit("Track it all the same");
    repo.write(repo.beside("source/skill/SKILL.md"), "theirs\n");
    repo.lineage_ok(&["sync", "artifact/skill"]);
    repo.git(&["commit", "--quiet", "--message", "Sync"]);
    let version = one(repo.lineage_json(&["show", "artifact/skill"]));
    assert_eq!(repo.rev_parse("HEAD:mine/skill"), text(&version, "content_hash"));
}

#[test]
fn what_upstream_brings_is_content_whatever_is_ignored() {
    let repo = TestRepo::new();
    repo.write(".gitignore", "*.log\nbuild/\n");
    repo.commit("Begin");
    make_skill(&repo, "source/skill");
    repo.write(repo.beside("source/skill/run.log"), "theirs\n");
    repo.write(repo.beside("source/skill/build/out.md"), "theirs\n");
    repo.write(repo.beside("source/skill/.gitignore"), "references/\n");
    Life::new(&repo, "skills/a", "skill/a", "source/skill").live();
    let tracked = repo.git(&["ls-files", "--", "skills/a"]).lines();
    for file in ["run.log", "build/out.md", "references/a.md", ".gitignore"] {
        assert!(tracked.contains(&format!("skills/a/{file}")), "{tracked:?}");
    }
    repo.write("skills/a/mine.log", "noise\n");
    assert_eq!(one(repo.lineage_json(&["record", "skill/a"]))["recorded"], false);
}

#[test]
fn a_single_file() {
    let repo = TestRepo::new();
    repo.commit("Begin");
    repo.write(repo.beside("source/Reviewer (draft).md"), "# Reviewer\n");
    Life::new(
        &repo,
        "agents/code reviewer.md",
        "agent/code reviewer",
        "source/Reviewer (draft).md",
    )
    .live();
    repo.write_exec(repo.beside("source/hook.sh"), "#!/bin/sh\n");
    Life::new(&repo, "hooks/check", "hook/check", "source/hook.sh").live();
    assert_eq!(
        repo.lineage_json(&["show", "hook/check"])[0]["files"][0]["mode"],
        "100755"
    );
    // A copy has any name.
    repo.copy("agents/code reviewer.md", repo.beside("copies/x"));
    let found = repo.lineage_json(&["find", "../copies/x"]);
    assert_eq!(texts(&found, "artifact_id")[0], "agent/code reviewer");
}

#[test]
fn modes_and_links() {
    let repo = TestRepo::new();
    live_in(&repo);
    let recorded = |what: &str| {
        let version = one(repo.lineage_json(&["record", "skill/a skill"]));
        assert_eq!(version["recorded"], true, "{what}");
        repo.commit(what);
        assert_eq!(
            repo.rev_parse("HEAD:skills/a skill"),
            text(&version, "content_hash"),
            "{what}"
        );
    };
    repo.chmod("skills/a skill/scripts/run.sh", 0o644);
    recorded("not executable any more");
    repo.chmod("skills/a skill/references/a.md", 0o744);
    recorded("executable for its owner");
    repo.remove("skills/a skill/link");
    repo.symlink("scripts", "skills/a skill/link");
    recorded("a link elsewhere");
    repo.remove("skills/a skill/link");
    repo.write("skills/a skill/link", "scripts");
    recorded("a file instead of a link");
    repo.remove("skills/a skill/scripts");
    repo.symlink("references", "skills/a skill/scripts");
    recorded("a link instead of a folder");
    repo.symlink("nowhere", "skills/a skill/dangling");
    recorded("a link to nothing");
    // Without a mode that counts, git says what it is.
    repo.git(&["config", "core.fileMode", "false"]);
    repo.chmod("skills/a skill/references/a.md", 0o644);
    assert_eq!(one(repo.lineage_json(&["record", "skill/a skill"]))["recorded"], false);
}
