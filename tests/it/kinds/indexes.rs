//! Work trees and indexes: sparse, in two parts, of another version, watched.

use super::{Life, live_in, make_skill};
use crate::support::TestRepo;
use crate::support::project::{one, text, texts};

/// A project of three folders.
fn with_folders() -> TestRepo {
    let repo = TestRepo::new();
    for folder in ["app/src", "docs/a", "skills/other"] {
        repo.write(format!("{folder}/file.md"), format!("of {folder}\n"));
    }
    repo.commit("Folders");
    repo
}

/// The names of the index's entries as they stand there, folders of a sparse index among them.
fn entries(repo: &TestRepo) -> Vec<String> {
    repo.git(&["ls-files", "--sparse"]).lines()
}

#[test]
fn a_sparse_checkout() {
    for options in [&["--cone"][..], &["--cone", "--sparse-index"]] {
        let repo = with_folders();
        let set = [&["sparse-checkout", "set"][..], options, &["skills"]].concat();
        repo.git(&set);
        assert!(!repo.exists("docs"));
        live_in(&repo);
        let collapsed = entries(&repo).contains(&"docs/".to_owned());
        assert_eq!(collapsed, options.contains(&"--sparse-index"), "{:?}", entries(&repo));
        assert!(!repo.exists("docs"), "{options:?}");
    }
    // By patterns, in the middle of an artifact: what is not checked out is content as the index has it.
    let repo = with_folders();
    let versions = live_in(&repo);
    let patterns = ["sparse-checkout", "set", "--no-cone", "/*", "!/docs/", "!references/"];
    repo.git(&patterns);
    assert!(!repo.exists("skills/a skill/references"));
    let again = one(repo.lineage_json(&["record"]));
    assert_eq!(
        again["version_id"],
        *versions.last().expect("there are some"),
        "{again}"
    );
    repo.write("skills/a skill/SKILL.md", "with half of the files here\n");
    let recorded = one(repo.lineage_json(&["record", "skill/a skill"]));
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--message", "Edit"]);
    assert_eq!(
        text(&recorded, "content_hash"),
        repo.rev_parse("HEAD:skills/a skill"),
        "{recorded}"
    );
    // Upstream's change to a file that is not here.
    repo.write(repo.beside("source/skill/references/a.md"), "theirs\n");
    repo.lineage_ok(&["sync", "skill/a skill"]);
    repo.git(&["commit", "--quiet", "--message", "Sync"]);
    let synced = one(repo.lineage_json(&["show", "skill/a skill"]));
    assert_eq!(text(&synced, "content_hash"), repo.rev_parse("HEAD:skills/a skill"));
    assert_eq!(
        repo.git(&["show", "HEAD:skills/a skill/references/a.md"]).text(),
        "theirs\n"
    );
    assert_eq!(repo.git(&["status", "--porcelain"]).text(), "");
}

#[test]
fn an_artifact_outside_of_what_is_checked_out() {
    let repo = with_folders();
    let versions = live_in(&repo);
    let head = versions.last().expect("there are some");
    repo.git(&["sparse-checkout", "set", "--cone", "docs"]);
    assert!(!repo.exists("skills/a skill"));
    let same = |what: &str| {
        let again = one(repo.lineage_json(&["record"]));
        assert_eq!(
            (&again["recorded"], text(&again, "version_id")),
            (&false.into(), head.as_str()),
            "{what}"
        );
        assert_eq!(one(repo.lineage_json(&["status"]))["state"], "clean", "{what}");
    };
    same("as the index has it");
    assert_eq!(one(repo.lineage_json(&["sync"]))["result"], "up_to_date");
    // Where the index has but the folder, what is in it cannot be told from what was taken away.
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "docs"]);
    assert!(entries(&repo).contains(&"skills/".to_owned()), "{:?}", entries(&repo));
    for args in [&["record"][..], &["status"], &["sync"]] {
        let args = [&["--json"][..], args].concat();
        let output = repo.lineage(&args).assert_code(1);
        assert!(output.to_string().contains("sparse index"), "{output}");
    }
    let error = repo.lineage(&["--json", "record"]).assert_code(1).json_error();
    assert_eq!(error["code"], "sparse_index", "{error}");
    assert!(error["hints"].to_string().contains("git sparse-checkout"), "{error}");
    // What is asked of the past needs no index.
    assert_eq!(
        texts(&repo.lineage_json(&["lineage", "skill/a skill"]), "version_id"),
        versions
    );
    repo.git(&["sparse-checkout", "add", "skills"]);
    same("back again");
}

#[test]
fn an_index_in_two_parts() {
    let repo = with_folders();
    repo.git(&["config", "splitIndex.maxPercentChange", "100"]);
    repo.git(&["update-index", "--split-index"]);
    live_in(&repo);
    let shared = |repo: &TestRepo| {
        std::fs::read_dir(repo.git_dir())
            .expect("a repository")
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("sharedindex."))
            .count()
    };
    assert!(shared(&repo) > 0, "git goes on with both parts");
    // By the repository's own wish.
    let repo = with_folders();
    repo.git(&["config", "core.splitIndex", "true"]);
    live_in(&repo);
    assert!(shared(&repo) > 0);
}

#[test]
fn indexes_of_every_version_and_with_what_git_adds() {
    for (key, value) in [
        ("index.version", "2"),
        ("index.version", "4"),
        ("core.untrackedCache", "true"),
        ("index.skipHash", "true"),
        ("feature.manyFiles", "true"),
        ("core.preloadIndex", "false"),
        ("core.checkStat", "minimal"),
        ("core.trustctime", "false"),
        ("core.ignoreCase", "true"),
        ("core.precomposeUnicode", "true"),
    ] {
        let repo = TestRepo::new();
        repo.git(&["config", key, value]);
        live_in(&repo);
        repo.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
    }
}

#[test]
fn an_index_somewhere_else() {
    let repo = with_folders();
    make_skill(&repo, "source/skill");
    let mut life = Life::new(&repo, "skills/pdf", "skill/pdf", "source/skill");
    let elsewhere = repo.beside("other.index");
    repo.copy(".git/index", &elsewhere);
    life.variables = vec![("GIT_INDEX_FILE", elsewhere)];
    life.live();
    // git's own knows nothing of it.
    assert_eq!(repo.git(&["ls-files", "skills/pdf"]).text(), "");
}
