//! How a repository keeps its objects: borrowed, cut off, left with a remote, in many packs; and what stands in it to make
//! another history of them, which changes nothing.

use std::path::Path;

use super::{Life, live_in, make_skill};
use crate::support::TestRepo;
use crate::support::project::{one, text, texts};
use crate::support::repo::utf8;

/// The artifact of [`live_in`] and its ref.
const ID: &str = "skill/a skill";
const HEAD_REF: &str = "refs/lineage/heads/main/skill/a%20skill";

/// A clone over git's own transport, which alone can leave something out.
#[track_caller]
fn cloned(repo: &TestRepo, name: &str, options: &[&str]) -> TestRepo {
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let clone = repo.folder(name);
    let url = format!("file://{}", repo.path().display());
    let args = [&["clone", "--quiet"], options, &["--", &url, utf8(clone.path())]].concat();
    repo.git(&args);
    clone
}

/// A repository with some history and no lineage.
fn with_history() -> TestRepo {
    let repo = TestRepo::new();
    for number in 0..4 {
        repo.write("README.md", format!("# Project\n\n{number}\n"));
        repo.write(format!("notes/{number}.md"), format!("{number}\n"));
        repo.commit("Go on");
    }
    repo
}

/// Everything that is told of the artifact's past.
#[track_caller]
fn told(repo: &TestRepo) -> Vec<Vec<serde_json::Value>> {
    let head = repo.rev_parse(HEAD_REF);
    let lineage = repo.lineage_json(&["lineage", ID]);
    let root = text(&lineage[0], "version_id");
    [
        &["lineage", ID, "--all-parents"][..],
        &["log", ID],
        &["show", &head],
        &["children", text(&lineage[0], "content_hash")],
        &["merge-base", &head, root],
        &["path", root, &head],
        &["blame", ID, "SKILL.md"],
        &["verify"],
        &["status"],
    ]
    .map(|args| repo.lineage_json(args))
    .into()
}

#[test]
fn objects_borrowed_from_another_repository() {
    let lender = TestRepo::new();
    let versions = live_in(&lender);
    // Twice removed.
    let between = lender.clone_as("between", &["--shared"]);
    let borrower = between.clone_as("borrower", &["--shared"]);
    assert!(borrower.exists(".git/objects/info/alternates"));
    borrower.git(&["fetch", "--quiet", "../repo", "refs/lineage/*:refs/lineage/*"]);
    assert_eq!(borrower.git(&["count-objects"]).trimmed(), "0 objects, 0 kilobytes");
    assert_eq!(texts(&borrower.lineage_json(&["lineage", ID]), "version_id"), versions);
    make_skill(&borrower, "source/other");
    Life::new(&borrower, "skills/other", "skill/other", "source/other").live();
    borrower.write("skills/a skill/SKILL.md", "the borrower's\n");
    let recorded = one(borrower.lineage_json(&["record", ID]));
    assert_eq!(recorded["parent_ids"][0], *versions.last().expect("there are some"));
    // The lender got nothing, and what it has is not written again.
    assert_eq!(lender.rev_parse(HEAD_REF), versions[versions.len() - 1]);
    let fsck = ["fsck", "--strict", "--no-dangling", "--no-progress"];
    lender.git(&fsck);
    borrower.git(&fsck);
    assert_eq!(borrower.lineage_json(&["verify"]), [serde_json::Value::Null; 0]);
}

#[test]
fn a_shallow_clone() {
    let origin = with_history().clone_as("origin.git", &["--bare"]);
    let clone = cloned(&origin, "clone", &["--depth=2"]);
    let mut versions = live_in(&clone);
    clone.write("skills/a skill/SKILL.md", "before the cut\n");
    versions.push(text(&one(clone.lineage_json(&["record", ID])), "version_id").to_owned());
    clone.commit("Edit");
    assert_eq!(clone.git(&["rev-parse", "--is-shallow-repository"]).trimmed(), "true");
    let before = told(&clone);
    clone.git(&["fetch", "--quiet", "--unshallow"]);
    assert_eq!(told(&clone), before);
    // What was deployed before the cut is known by its lineage, and goes on.
    clone.git(&["push", "--quiet", "origin", "main"]);
    clone.lineage_ok(&["push"]);
    let cut = cloned(&origin, "cut", &["--depth=1"]);
    cut.lineage_ok(&["fetch"]);
    assert_eq!(texts(&cut.lineage_json(&["lineage", ID]), "version_id"), versions);
    cut.write("skills/a skill/SKILL.md", "after the cut\n");
    let recorded = one(cut.lineage_json(&["record", ID]));
    assert_eq!(recorded["parent_ids"][0], *versions.last().expect("there are some"));
}

#[test]
fn a_partial_clone() {
    for (name, filter) in [("blobless", "--filter=blob:none"), ("treeless", "--filter=tree:0")] {
        let origin = with_history();
        let clone = cloned(&origin, name, &[filter, "--no-checkout"]);
        clone.git(&["checkout", "--quiet", "main"]);
        live_in(&clone);
        assert_eq!(
            clone.git(&["config", "remote.origin.promisor"]).trimmed(),
            "true",
            "{name}"
        );
    }
    // Versions whose content only the remote has: git fetches what a question needs.
    let origin = with_history();
    let versions = live_in(&origin);
    let clone = cloned(&origin, "asking", &["--filter=blob:none", "--no-checkout"]);
    let refspec = "refs/lineage/*:refs/lineage/*";
    clone.git(&["fetch", "--quiet", "--filter=tree:0", "origin", refspec]);
    let list = [
        "rev-list",
        "--objects",
        "--missing=print",
        "refs/lineage/heads/main/skill/a%20skill",
    ];
    let missing = clone.call().env("GIT_NO_LAZY_FETCH", "1").git(&list).lines();
    assert!(missing.iter().any(|line| line.starts_with('?')), "{missing:?}");
    clone.git(&["checkout", "--quiet", "main"]);
    assert_eq!(texts(&clone.lineage_json(&["lineage", ID]), "version_id"), versions);
    let but_status = |repo: &TestRepo| {
        // That says what has to be fetched and pushed, too.
        let mut all = told(repo);
        assert_eq!(
            all.pop().map(|status| one(status)["state"].clone()),
            Some("clean".into())
        );
        all
    };
    assert_eq!(but_status(&clone), but_status(&origin));
    clone.lineage_ok(&["restore", ID, &versions[0]]);
    assert_eq!(
        text(&one(clone.lineage_json(&["show", ID])), "content_hash"),
        clone.rev_parse(&format!("{}^{{tree}}", versions[0]))
    );
}

#[test]
fn many_packs_under_one_index_and_a_chain_of_graphs() {
    let repo = TestRepo::new();
    live_in(&repo);
    let before = told(&repo);
    let graph = [
        "commit-graph",
        "write",
        "--reachable",
        "--split=no-merge",
        "--changed-paths",
    ];
    for (step, name) in ["one", "two"].into_iter().enumerate() {
        repo.git(&["repack", "--quiet", "-d"]);
        repo.git(&graph);
        let source = format!("source/{name}");
        make_skill(&repo, &source);
        repo.write(repo.beside(&source).join("SKILL.md"), format!("# Skill {name}\n"));
        Life::new(&repo, &format!("skills/{name}"), &format!("skill/{name}"), &source).live();
        assert_eq!(repo.lineage_json(&["list"]).len(), step + 2);
    }
    repo.git(&["repack", "--quiet", "-d"]);
    repo.git(&graph);
    repo.git(&["multi-pack-index", "write", "--bitmap"]);
    let chain = repo.read(".git/objects/info/commit-graphs/commit-graph-chain");
    assert!(chain.iter().filter(|&&byte| byte == b'\n').count() >= 3, "{chain:?}");
    assert!(repo.exists(".git/objects/pack/multi-pack-index"));
    let of_first = |mut all: Vec<Vec<serde_json::Value>>| {
        // The last is the status of all artifacts.
        all.pop();
        all
    };
    assert_eq!(of_first(told(&repo)), of_first(before.clone()));
    // The same from the files alone, and after more was recorded than the graphs know.
    repo.remove(".git/lineage");
    assert_eq!(of_first(told(&repo)), of_first(before));
    repo.write("skills/a skill/SKILL.md", "newer than the graphs\n");
    repo.lineage_ok(&["record", ID]);
    repo.git(&["commit-graph", "verify"]);
    repo.git(&["multi-pack-index", "verify"]);
    let base = |args: &[&str]| one(repo.lineage_json(args))["version_id"].clone();
    let (head, earlier) = (format!("{ID}~0"), format!("{ID}~2"));
    let of_git = repo.git(&["merge-base", HEAD_REF, &format!("{HEAD_REF}~2")]).trimmed();
    assert_eq!(base(&["merge-base", &head, &earlier]), of_git);
}

#[test]
fn replace_refs_and_grafts_make_no_other_history() {
    let repo = TestRepo::new();
    let versions = live_in(&repo);
    let before = told(&repo);
    let projects = repo.git(&["rev-list", "HEAD"]).lines();
    let (head, root) = (&versions[versions.len() - 1], &versions[0]);
    let check = |what: &str| {
        assert_eq!(told(&repo), before, "{what}");
        repo.remove(".git/lineage");
        assert_eq!(told(&repo), before, "{what}, read anew");
        let again = one(repo.lineage_json(&["record", ID]));
        assert_eq!(
            (&again["recorded"], text(&again, "version_id")),
            (&false.into(), head.as_str())
        );
    };
    // A version by another one, a project commit by the first, a file by another.
    repo.git(&["replace", head, root]);
    repo.git(&["replace", &projects[0], projects.last().expect("there are some")]);
    let blob = |version: &str| repo.rev_parse(&format!("{version}:SKILL.md"));
    repo.git(&["replace", &blob(head), &blob(root)]);
    check("replaced");
    for replaced in repo.git(&["replace", "--list"]).lines() {
        repo.git(&["replace", "-d", &replaced]);
    }
    let grafts = format!("{head}\n{} {}\n", versions[1], versions[versions.len() - 2]);
    repo.write(".git/info/grafts", grafts);
    let seen = repo.git(&["rev-list", "--count", HEAD_REF]).trimmed();
    assert_eq!(seen, "1", "git itself looks at the file");
    check("grafted");
    // Nor in what is written.
    repo.write("skills/a skill/SKILL.md", "after all that\n");
    let recorded = one(repo.lineage_json(&["record", ID]));
    assert_eq!(recorded["parent_ids"], serde_json::json!([head]));
    repo.remove(Path::new(".git/info/grafts"));
    repo.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
}
