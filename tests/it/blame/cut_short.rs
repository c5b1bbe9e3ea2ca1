//! Whatever stands around the commits changes no answer: settings, attributes, replace refs, grafts. A lineage that ends
//! early ends with an orphan, and what cannot be read is an error.

use git_lineage::{ChangeOrigin, LineageStore, QueryError};

use super::oracle::{Lines, by_git, by_lineage, compare, facts, id, version};
use crate::support::{TestRepo, project::HEAD_REF};

const DEPLOYED: Option<ChangeOrigin> = Some(ChangeOrigin::Deployment);
const SYNCED: Option<ChangeOrigin> = Some(ChangeOrigin::Sync);
const LOCAL: Option<ChangeOrigin> = Some(ChangeOrigin::LocalModification);

/// Five versions, oldest first: a root, one side and the other, a merge of them, one more.
struct Lineage {
    repo: TestRepo,
    ids: [String; 5],
}

impl Lineage {
    fn write() -> Self {
        let repo = TestRepo::new();
        let write = |lines: &[&str], parents: &[&str], origin| {
            let text: String = lines.iter().map(|line| format!("the {line} line\n")).collect();
            version(&repo, &[("a.md", &text)], parents, origin)
        };
        let root = write(&["first", "second", "third", "fourth"], &[], DEPLOYED);
        let left = write(&["first", "second (left)", "third", "fourth"], &[&root], LOCAL);
        let right = write(&["first", "second", "third", "fourth (right)"], &[&root], SYNCED);
        let mut lines = vec!["first", "second (left)", "new", "third", "fourth (right)"];
        let merge = write(&lines, &[&left, &right], SYNCED);
        lines.push("last");
        let last = write(&lines, &[&merge], LOCAL);
        let ids = [root, left, right, merge, last];
        Lineage { repo, ids }
    }

    fn last(&self) -> &str {
        &self.ids[4]
    }

    /// Whose the lines of the newest version are, as indices of `ids`.
    #[track_caller]
    fn owners(&self, repo: &TestRepo) -> Vec<usize> {
        let store = LineageStore::open(repo.path()).expect("a repository");
        let lines = by_lineage(&store, self.last(), "a.md");
        lines.iter().map(|(owner, _)| self.position(owner)).collect()
    }

    #[track_caller]
    fn position(&self, id: &str) -> usize {
        self.ids.iter().position(|known| known == id).expect("a known version")
    }

    #[track_caller]
    fn by_git(&self) -> Lines {
        by_git(&self.repo, self.last(), "a.md")
    }
}

const OWNERS: [usize; 6] = [0, 1, 3, 0, 2, 4];

#[test]
fn settings_and_attributes_change_nothing() {
    let lineage = Lineage::write();
    let repo = &lineage.repo;
    assert_eq!(lineage.owners(repo), OWNERS);
    repo.write("ignored", format!("{}\n{}\n", lineage.ids[1], lineage.ids[3]));
    repo.write(".gitattributes", "*.md diff=words text eol=crlf\n");
    repo.write(".mailmap", "Nobody <nobody@example.org> <ada@example.org>\n");
    for (key, value) in [
        ("blame.coloring", "highlightRecent"),
        ("blame.date", "relative"),
        ("blame.showEmail", "true"),
        ("blame.markIgnoredLines", "true"),
        ("diff.algorithm", "patience"),
        ("diff.indentHeuristic", "false"),
        ("diff.renames", "false"),
        ("i18n.logOutputEncoding", "UTF-16"),
        ("core.autocrlf", "true"),
        ("core.quotePath", "false"),
    ] {
        repo.git(&["config", key, value]);
    }
    for (key, value) in [
        ("blame.ignoreRevsFile", "ignored"),
        ("diff.words.textconv", "sed 's/ .left.//'"),
    ] {
        repo.git(&["config", key, value]);
        let by_git: Vec<usize> = lineage.by_git().iter().map(|(id, _)| lineage.position(id)).collect();
        assert_ne!(by_git, OWNERS, "the trap works");
        assert_eq!(lineage.owners(repo), OWNERS);
        repo.git(&["config", "--unset", key]);
    }
    repo.git(&["config", "diff.words.textconv", "false"]);
    repo.git(&["config", "blame.ignoreRevsFile", "no such file"]);
    assert_eq!(lineage.owners(repo), OWNERS);
    // Nor what a caller has told its own git.
    let id = lineage.last();
    let ids = repo
        .call()
        .env("GIT_LITERAL_PATHSPECS", "0")
        .env("GIT_ICASE_PATHSPECS", "1")
        .env("GIT_SHALLOW_FILE", repo.path().join("ignored"))
        .config("blame.ignoreRevsFile", "ignored")
        .lineage_json(&["blame", id, "a.md"]);
    let ids: Vec<usize> = ids
        .iter()
        .map(|line| lineage.position(line["version_id"].as_str().expect("an id")))
        .collect();
    assert_eq!(ids, OWNERS);
}

#[test]
fn replace_refs_and_grafts_change_nothing() {
    let lineage = Lineage::write();
    let repo = &lineage.repo;
    let before = lineage.by_git();
    let [root, left, _, merge, _] = &lineage.ids;
    repo.git(&["replace", merge, root]);
    assert_ne!(lineage.by_git(), before, "the trap works");
    assert_eq!(lineage.owners(repo), OWNERS);
    repo.git(&["replace", "-d", merge]);
    repo.write(".git/info/grafts", format!("{merge} {left}\n"));
    assert_ne!(lineage.by_git(), before, "the trap works");
    assert_eq!(lineage.owners(repo), OWNERS);
}

#[test]
fn a_shallow_clone_blames_the_orphan_for_what_came_before() {
    let lineage = Lineage::write();
    let [_, _, _, merge, last] = &lineage.ids;
    for (depth, owners) in [(1, [4; 6]), (2, [3, 3, 3, 3, 3, 4]), (3, [1, 1, 3, 1, 2, 4])] {
        let clone = lineage.repo.sibling(&format!("depth-{depth}"), &[]);
        let from = format!("file://{}", lineage.repo.path().display());
        let depth = format!("--depth={depth}");
        let refspec = "refs/lineage/heads/*:refs/lineage/remotes/origin/*";
        clone.git(&["fetch", "--quiet", &depth, &from, refspec]);
        assert_eq!(lineage.owners(&clone), owners);
        assert!(compare(&clone, last) == 6);
        // Nobody can tell what a merge added whose parents are not here.
        let merged = facts(&clone, last, "a.md");
        let resolved = merged
            .iter()
            .filter(|(id, _, resolved)| *resolved && id == merge)
            .count();
        assert_eq!(resolved, usize::from(depth == "--depth=3"));

        clone.git(&["fetch", "--quiet", "--unshallow", &from, refspec]);
        assert_eq!(lineage.owners(&clone), OWNERS);
        compare(&clone, last);
    }
}

#[test]
fn a_version_whose_parents_are_here_is_no_end() {
    let lineage = Lineage::write();
    let merge = format!("{}\n", lineage.ids[3]);
    lineage.repo.write(".git/shallow", merge);
    assert_ne!(
        lineage.owners(&lineage.repo),
        lineage
            .by_git()
            .iter()
            .map(|(id, _)| lineage.position(id))
            .collect::<Vec<_>>()
    );
    assert_eq!(lineage.owners(&lineage.repo), OWNERS);
}

#[test]
fn damage_beside_the_objects_is_no_obstacle() {
    let lineage = Lineage::write();
    let repo = &lineage.repo;
    repo.git(&["repack", "-adq"]);
    repo.write(".git/objects/info/commit-graph", "noise");
    assert!(
        repo.git(&["blame", lineage.last(), "--", "a.md"])
            .err_text()
            .contains("error: commit-graph"),
        "git complains"
    );
    assert_eq!(lineage.owners(repo), OWNERS);
}

/// Removes an object from the repository.
#[track_caller]
fn lose(repo: &TestRepo, object: &str) {
    repo.remove(format!(".git/objects/{}/{}", &object[..2], &object[2..]));
}

#[test]
fn a_lost_version_ends_the_lineage_as_a_shallow_clone_does() {
    let lineage = Lineage::write();
    lose(&lineage.repo, &lineage.ids[0]);
    assert_eq!(lineage.owners(&lineage.repo), [1, 1, 3, 1, 2, 4]);
}

#[test]
fn what_is_lost_behind_the_indexs_back_is_an_error() {
    for lost in [0, 3] {
        let lineage = Lineage::write();
        let store = LineageStore::open(lineage.repo.path()).expect("a repository");
        store.blame(&id(lineage.last()), Some(b"a.md")).expect("an answer");
        lose(&lineage.repo, &lineage.ids[lost]);
        let error = store
            .blame(&id(lineage.last()), Some(b"a.md"))
            .expect_err("git only complains");
        assert!(matches!(error, QueryError::Git(_)), "{error:?}");
        assert!(error.to_string().contains(&lineage.ids[lost]), "{error}");
        assert!(!error.to_string().contains("hint:"), "{error}");
    }
    // A file of an old version.
    let lineage = Lineage::write();
    let blob = lineage.repo.rev_parse(&format!("{}:a.md", lineage.ids[0]));
    lose(&lineage.repo, &blob);
    let store = LineageStore::open(lineage.repo.path()).expect("a repository");
    let error = store.blame(&id(lineage.last()), Some(b"a.md")).expect_err("no blob");
    assert!(error.to_string().contains(&blob), "{error}");
    assert_eq!(lineage.repo.rev_parse(HEAD_REF), lineage.last());
}
