//! What is checked out: nothing yet, no branch, a branch that is not there, one with an odd name.

use super::{Life, live_in, make_skill};
use crate::support::TestRepo;
use crate::support::project::{one, text, texts};

#[test]
fn a_branch_without_a_commit() {
    for (name, options) in [
        ("files", &["--ref-format=files"][..]),
        ("reftable", &["--ref-format=reftable"]),
    ] {
        let first = TestRepo::new();
        let repo = first.sibling(name, options);
        make_skill(&repo, "source/skill");
        assert_eq!(repo.lineage_json(&["list"]), [serde_json::Value::Null; 0]);
        assert_eq!(repo.lineage_json(&["status"]), [serde_json::Value::Null; 0]);
        assert_eq!(repo.lineage_json(&["verify"]), [serde_json::Value::Null; 0]);
        Life::new(&repo, "skills/pdf", "skill/pdf", "source/skill").live();
    }
    // Begun anew beside a history.
    let repo = TestRepo::new();
    let versions = live_in(&repo);
    repo.git(&["checkout", "--quiet", "--orphan", "anew"]);
    repo.git(&["rm", "-r", "--quiet", "--force", "."]);
    assert_eq!(repo.lineage_json(&["list"]), [serde_json::Value::Null; 0]);
    make_skill(&repo, "source/again");
    let mut life = Life::new(&repo, "skills/a skill", "skill/a skill", "source/again");
    life.line = "anew";
    let others = life.live();
    assert_eq!(
        texts(&repo.lineage_json(&["lineage", "skill/a skill@main"]), "version_id"),
        versions
    );
    assert!(others.iter().all(|version| !versions.contains(version)));
}

#[test]
fn no_branch_is_checked_out() {
    let repo = TestRepo::new();
    let versions = live_in(&repo);
    let head = versions.last().expect("there are some");
    repo.git(&["checkout", "--quiet", "--detach"]);
    // Questions take the content that is there.
    assert_eq!(
        texts(&repo.lineage_json(&["lineage", "skill/a skill"]), "version_id"),
        versions
    );
    let listed = one(repo.lineage_json(&["list"]));
    assert_eq!(
        (&listed["line"], text(&listed, "version_id")),
        (&serde_json::Value::Null, &**head)
    );
    assert_eq!(one(repo.lineage_json(&["status"]))["state"], "clean");
    // What is written wants to know where.
    repo.write("skills/a skill/SKILL.md", "edited without a branch\n");
    for args in [
        &["record"][..],
        &["sync", "skill/a skill"],
        &["deploy", "../source/skill", "skills/new"],
        &["restore", "skill/a skill", &versions[0]],
        &["remove", "skill/a skill"],
        &["mv", "skill/a skill", "skills/moved"],
    ] {
        let all = [&["--json"][..], args].concat();
        let error = repo.lineage(&all).assert_code(1).json_error();
        assert_eq!(error["code"], "no_line", "{args:?}: {error}");
        assert!(error["hints"].to_string().contains("--line"), "{error}");
    }
    let recorded = one(repo.lineage_json(&["--line", "main", "record", "skill/a skill"]));
    assert_eq!(recorded["parent_ids"], serde_json::json!([head]));
    // At an older commit its version counts.
    repo.git(&["checkout", "--quiet", "--force", "HEAD~2"]);
    let at = repo.lineage_json(&["lineage", "skill/a skill"]);
    assert_eq!(
        texts(&at, "content_hash").last().map(String::as_str),
        Some(&*repo.rev_parse("HEAD:skills/a skill"))
    );
}

#[test]
fn a_head_that_is_no_branch() {
    // git allows other refs there only by plumbing, and commits to them all the same.
    let repo = TestRepo::new();
    let versions = live_in(&repo);
    repo.git(&["update-ref", "refs/other/place", "HEAD"]);
    repo.git(&["symbolic-ref", "HEAD", "refs/other/place"]);
    assert_eq!(
        texts(&repo.lineage_json(&["lineage", "skill/a skill"]), "version_id"),
        versions
    );
    repo.write("skills/a skill/SKILL.md", "edited elsewhere\n");
    let error = repo.lineage(&["--json", "record"]).assert_code(1).json_error();
    assert_eq!(error["code"], "no_line", "{error}");
    assert_eq!(one(repo.lineage_json(&["--line", "main", "record"]))["recorded"], true);
}

#[test]
fn a_branch_that_was_taken_away() {
    let repo = TestRepo::new();
    live_in(&repo);
    repo.git(&["update-ref", "-d", "refs/heads/main"]);
    // As git says: a branch without a commit, with all of it staged.
    assert!(repo.git(&["status"]).text().contains("No commits yet"));
    let error = repo.lineage(&["--json", "verify"]);
    assert_eq!(error.code, 0, "{error}");
    repo.commit("All anew");
    assert_eq!(one(repo.lineage_json(&["status"]))["state"], "clean");
}

#[test]
fn branches_of_every_name() {
    let repo = TestRepo::new();
    repo.commit("Begin");
    for (number, line) in ["feature/a/b", "übung", "a@b", "100%", "refs/heads/x", "main~"]
        .into_iter()
        .enumerate()
    {
        let branch = format!("refs/heads/{line}");
        if repo.call().git_any(&["check-ref-format", &branch]).code != 0 {
            continue;
        }
        repo.git(&["update-ref", &branch, "HEAD"]);
        repo.git(&["symbolic-ref", "HEAD", &branch]);
        let source = format!("source/{number}");
        make_skill(&repo, &source);
        let path = format!("skills/{number}");
        let id = format!("skill/{number}");
        let mut life = Life::new(&repo, &path, &id, &source);
        life.line = line;
        life.live();
        assert_eq!(repo.git(&["symbolic-ref", "HEAD"]).trimmed(), branch);
    }
}
