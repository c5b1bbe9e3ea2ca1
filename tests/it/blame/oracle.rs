//! What plain git says, versions written with plain git, and the two compared.

use git_lineage::{Blame, ChangeOrigin, LineageStore, VersionId};

use crate::support::TestRepo;

/// A commit and a text for each line.
pub(super) type Lines = Vec<(String, String)>;

/// The time of calls that only ask.
const ASKING: &str = "1767225600 +0000";

/// What `git blame` prints about a file of a commit.
#[track_caller]
pub(super) fn by_git(repo: &TestRepo, commit: &str, path: &str) -> Lines {
    let args = ["blame", "--line-porcelain", commit, "--", path];
    let printed = repo.call().at(ASKING).git(&args).stdout;
    let mut lines = Lines::new();
    let mut commit = None;
    for line in printed.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").expect("git ends every line");
        match (line.strip_prefix(b"\t"), &commit) {
            (Some(text), Some(id)) => {
                lines.push((String::clone(id), String::from_utf8_lossy(text).into_owned()));
                commit = None;
            }
            (None, None) => {
                let header = String::from_utf8_lossy(line);
                commit = header.split(' ').next().map(str::to_owned);
            }
            _ => {}
        }
    }
    lines
}

/// What the library says about it.
#[track_caller]
pub(super) fn by_lineage(store: &LineageStore, version: &str, path: &str) -> Lines {
    let blame = store.blame(&id(version), Some(path.as_bytes())).expect("an answer");
    assert_eq!(blame.path, path.as_bytes());
    lines(&blame)
}

/// The lines of an answer, whose other fields are checked against one another on the way.
#[track_caller]
pub(super) fn lines(blame: &Blame) -> Lines {
    let mut lines = Lines::new();
    for (at, line) in blame.lines.iter().enumerate() {
        assert_eq!(line.line_no, at + 1);
        assert_eq!(line.change_origin, blame.versions[&line.version_id].change_origin);
        let text = String::from_utf8_lossy(&line.text).into_owned();
        lines.push((line.version_id.to_string(), text));
    }
    lines
}

/// Panics unless both say the same about every file of a version; the number of lines compared.
#[track_caller]
pub(super) fn compare(repo: &TestRepo, version: &str) -> usize {
    let store = LineageStore::open(repo.path()).expect("a repository");
    let list = ["ls-tree", "-r", "-z", "--name-only", version];
    let mut lines = 0;
    for path in repo.call().at(ASKING).git(&list).text().split_terminator('\0') {
        let expected = by_git(repo, version, path);
        assert_eq!(by_lineage(&store, version, path), expected, "{path} in {version}");
        lines += expected.len();
    }
    lines
}

/// One line of an answer, without its text: version, origin, whether it resolves a merge.
pub(super) type Fact = (String, Option<ChangeOrigin>, bool);

/// Whose the lines of a file are.
#[track_caller]
pub(super) fn facts(repo: &TestRepo, version: &str, path: &str) -> Vec<Fact> {
    let store = LineageStore::open(repo.path()).expect("a repository");
    let blame = store.blame(&id(version), Some(path.as_bytes())).expect("an answer");
    let fact = |line: &git_lineage::BlamedLine| (line.version_id.to_string(), line.change_origin, line.resolution);
    blame.lines.iter().map(fact).collect()
}

#[track_caller]
pub(super) fn id(text: &str) -> VersionId {
    text.parse().expect("an id")
}

/// Writes a version of `skill/pdf` with plain git, as `docs/format.md` describes, and makes it the head on line main.
#[track_caller]
pub(super) fn version(
    repo: &TestRepo,
    files: &[(&str, &str)],
    parents: &[&str],
    origin: Option<ChangeOrigin>,
) -> String {
    let index = || repo.call().env("GIT_INDEX_FILE", repo.beside("index"));
    index().git(&["read-tree", "--empty"]);
    let mut entries = String::new();
    for (path, text) in files {
        let blob = repo.git_stdin(&["hash-object", "-w", "--stdin"], text).trimmed();
        entries.push_str(&format!("100644 {blob}\t{path}\n"));
    }
    index().stdin(entries).git(&["update-index", "--add", "--index-info"]);
    let tree = index().git(&["write-tree"]).trimmed();
    version_of_tree(repo, &tree, parents, origin)
}

/// The same with a tree that is there already.
#[track_caller]
pub(super) fn version_of_tree(repo: &TestRepo, tree: &str, parents: &[&str], origin: Option<ChangeOrigin>) -> String {
    let mut message = "A version\n\nLineage-Format: 1\nArtifact-Id: skill/pdf\n".to_owned();
    if let Some(origin) = origin {
        message.push_str(&format!("Change-Origin: {origin}\n"));
    }
    if let Some(first) = parents.first() {
        let before = repo.rev_parse(&format!("{first}^{{tree}}"));
        message.push_str(&format!("Parent-Hash: {before}\n"));
    }
    let mut args = vec!["commit-tree", tree];
    args.extend(parents.iter().flat_map(|parent| ["-p", parent]));
    let commit = repo.git_stdin(&args, message).trimmed();
    repo.git(&["update-ref", crate::support::project::HEAD_REF, &commit]);
    commit
}

/// The tree of a merge without conflicts, made by git.
#[track_caller]
pub(super) fn merged_tree(repo: &TestRepo, ours: &str, theirs: &str) -> String {
    repo.git(&["merge-tree", "--write-tree", ours, theirs]).trimmed()
}
