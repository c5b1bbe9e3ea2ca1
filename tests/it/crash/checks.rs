//! What must hold after a fault: no version lost, nothing broken, no file that is neither old nor new, and a way on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::project::World;
use crate::support::{Output, TestRepo};

/// Of a repository all that a command may change and that must not be lost.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// All recorded versions.
    pub(super) versions: BTreeSet<String>,
    /// The contents of each head's lineage, newest first; of all refs but those of versions left behind.
    heads: BTreeMap<String, Vec<String>>,
    /// Of the work tree, if there is one.
    files: Option<World>,
    /// Of a folder of the git directory, if one is watched.
    watched: Option<World>,
    /// git's index.
    staged: Vec<u8>,
}

impl State {
    #[track_caller]
    pub(super) fn of(repo: &TestRepo, watched: Option<&str>) -> Self {
        Self {
            versions: versions(repo),
            heads: heads(repo),
            files: files(repo),
            watched: watched.map(|folder| World::of(&repo.path().join(folder), &[])),
            staged: staged(repo),
        }
    }

    /// Files, index entries and what the heads say are the same.
    #[track_caller]
    pub(super) fn assert_same(&self, now: &State) {
        self.assert_same_files(now);
        assert_eq!(now.heads, self.heads, "the contents of the lineages");
    }

    /// Every file is as before (`self`) or as after; the manifest, too, unless of several artifacts only some are done.
    #[track_caller]
    pub(super) fn assert_none_between(&self, now: &State, after: &State, some: bool) {
        for ((before, now), (_, after)) in self.worlds(now).zip(self.worlds(after)) {
            let all: BTreeSet<&Path> = before.paths().chain(after.paths()).chain(now.paths()).collect();
            for path in all {
                let (before, now, after) = (before.at(path), now.at(path), after.at(path));
                let is_mixed = some && path == Path::new(".gitlineage") && now.is_some();
                assert!(
                    is_mixed || now == before || now == after,
                    "{} is neither as before nor as after",
                    path.display()
                );
            }
        }
    }

    fn worlds<'a>(&'a self, other: &'a State) -> impl Iterator<Item = (&'a World, &'a World)> {
        let files = self.files.as_ref().zip(other.files.as_ref());
        files
            .into_iter()
            .chain(self.watched.as_ref().zip(other.watched.as_ref()))
    }

    /// Files are the same.
    pub(super) fn has_same_files(&self, now: &State) -> bool {
        self.worlds(now).all(|(before, now)| before == now)
    }

    /// Files and index entries are the same.
    #[track_caller]
    pub(super) fn assert_same_files(&self, now: &State) {
        for (before, now) in self.worlds(now) {
            before.assert_same(now);
        }
        assert_eq!(
            String::from_utf8_lossy(&now.staged),
            String::from_utf8_lossy(&self.staged),
            "the index"
        );
    }
}

#[track_caller]
fn files(repo: &TestRepo) -> Option<World> {
    let git = repo.path().join(".git");
    git.exists().then(|| World::of(repo.path(), &[Path::new(".git")]))
}

#[track_caller]
fn staged(repo: &TestRepo) -> Vec<u8> {
    if repo.path().join(".git").exists() {
        repo.call().at(NEVER).git(&["ls-files", "--stage"]).stdout
    } else {
        Vec::new()
    }
}

/// All versions that are recorded: what hangs only on unfinished work is not.
#[track_caller]
pub(crate) fn versions(repo: &TestRepo) -> BTreeSet<String> {
    let mut args = vec!["rev-list"];
    args.extend(RECORDED.map(|(glob, _)| glob));
    repo.call().at(NEVER).git(&args).lines().into_iter().collect()
}

#[track_caller]
fn heads(repo: &TestRepo) -> BTreeMap<String, Vec<String>> {
    let mut args = vec!["for-each-ref", "--format=%(refname)"];
    args.extend(&RECORDED.map(|(_, folder)| folder)[..2]);
    let names = repo.call().at(NEVER).git(&args).lines();
    let contents = |name: &String| {
        let args = ["log", "--first-parent", "--format=%T", name];
        repo.call().at(NEVER).git(&args).lines()
    };
    names.into_iter().map(|name| (name.clone(), contents(&name))).collect()
}

/// The time of calls that only look.
const NEVER: &str = "1767225600 +0000";

const RECORDED: [(&str, &str); 3] = [
    ("--glob=refs/lineage/heads", "refs/lineage/heads"),
    ("--glob=refs/lineage/remotes", "refs/lineage/remotes"),
    ("--glob=refs/lineage/kept", "refs/lineage/kept"),
];

/// The versions that a call told of, in lines that it finished.
pub(crate) fn reported(stdout: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(stdout);
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let values = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ids = values.filter_map(|value| Some(value["version_id"].as_str()?.to_owned()));
    ids.chain(crate::support::writer::reported(stdout)).collect()
}

/// git finds no fault.
#[track_caller]
pub(crate) fn assert_git_is_content(repo: &TestRepo) {
    let output = repo
        .call()
        .at(NEVER)
        .git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
    let faults = |text: &str| text.lines().any(|line| !line.starts_with("notice: "));
    assert!(!faults(output.text()) && !faults(output.err_text()), "{output}");
}

/// What somebody had to do before everything worked again.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needed {
    pub(crate) continued: bool,
    pub(crate) aborted: bool,
    pub(crate) rebuilt: bool,
    /// Locks that a killed git left behind were removed, as git itself asks for.
    pub(crate) unlocked: bool,
}

/// What stands unfinished is finished (`go_on`) or taken back, and then nothing is damaged.
#[track_caller]
pub(crate) fn recover(repo: &TestRepo, go_on: bool, needed: &mut Needed) {
    age_our_locks(repo);
    let pending = repo.call().at(NEVER).git(&["for-each-ref", "refs/lineage/pending"]);
    if !pending.text().is_empty() {
        let (way, codes): (_, &[i32]) = if go_on {
            ("--continue", &[0, 3])
        } else {
            ("--abort", &[0])
        };
        let output = unlocking(std::slice::from_ref(repo), needed, || {
            repo.call().within(60).lineage(&["--json", "sync", way])
        });
        assert!(codes.contains(&output.code), "{output}");
        needed.continued |= go_on;
        needed.aborted |= !go_on;
    }
    let found = repo.lineage(&["--json", "verify"]);
    if found.code == 4 {
        repo.lineage_ok(&["index", "rebuild"]);
        needed.rebuilt = true;
        repo.lineage_ok(&["--json", "verify"]);
    } else {
        assert_eq!(found.code, 0, "{found}");
    }
}

/// Makes a call again if a lock was in its way that a killed git left behind, which it must say; the lock is removed first.
#[track_caller]
pub(super) fn unlocking(repos: &[TestRepo], needed: &mut Needed, call: impl Fn() -> Output) -> Output {
    let output = call();
    if output.code == 0 || output.code == 3 {
        return output;
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let locks: Vec<PathBuf> = repos.iter().flat_map(locks).collect();
    if locks.is_empty() || !said.contains(".lock") {
        return output;
    }
    let named = |lock: &&PathBuf| {
        let name = lock.file_name().expect("a file has a name").to_string_lossy();
        said.contains(name.as_ref())
    };
    assert!(locks.iter().any(|lock| named(&lock)), "{locks:?}: {output}");
    for lock in locks {
        fs::remove_file(lock).expect("it was found");
    }
    needed.unlocked = true;
    call()
}

/// All lock files of git.
fn locks(repo: &TestRepo) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![
        repo.call()
            .at(NEVER)
            .git(&["rev-parse", "--absolute-git-dir"])
            .trimmed()
            .into(),
    ];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir::<PathBuf>(folder).expect("it can be read") {
            let path = entry.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "lock") {
                found.push(path);
            }
        }
    }
    found
}

/// Nobody was killed, so there is none.
#[track_caller]
pub(crate) fn assert_no_locks(repo: &TestRepo) {
    let locks = locks(repo);
    assert!(locks.is_empty(), "{locks:?}");
}

/// Removes the folders of the work tree in which there is nothing.
pub(super) fn remove_empty_folders(repo: &TestRepo) {
    fn remove(folder: &Path) {
        for entry in fs::read_dir(folder).expect("it can be read") {
            let entry = entry.expect("it can be read");
            if entry.file_type().expect("it can be looked at").is_dir() && entry.file_name() != ".git" {
                remove(&entry.path());
                // Unless something is in it.
                let _ = fs::remove_dir(entry.path());
            }
        }
    }
    if repo.path().join(".git").exists() {
        remove(repo.path());
    }
}

/// Removes all locks: nobody is there any more.
pub(super) fn remove_locks(repo: &TestRepo) {
    for lock in locks(repo) {
        fs::remove_file(lock).expect("it was found");
    }
}

/// Locks of lineage refs are ours to remove, once they are old.
pub(crate) fn age_our_locks(repo: &TestRepo) {
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    for lock in locks(repo) {
        if lock.to_string_lossy().contains("/refs/lineage/") || lock.to_string_lossy().contains("/refs/worktree/") {
            let file = fs::File::options().write(true).open(&lock).expect("it was found");
            file.set_modified(long_ago).expect("it is ours");
        }
    }
}
