//! Repositories in temporary folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::env::Sandbox;
use super::run::{Call, Output};

/// A repository (or a linked work tree, or any folder) in a [`Sandbox`], which it may share with others.
///
/// Paths given to its methods are relative to its folder; absolute ones are taken as they are. All methods panic, with
/// what the child printed, where the step is expected to work and does not.
#[derive(Debug, Clone)]
pub(crate) struct TestRepo {
    sandbox: Arc<Sandbox>,
    path: PathBuf,
}

impl TestRepo {
    /// An empty repository with a work tree, on branch `main`, without a commit.
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self::init(&[])
    }

    /// As [`new`](Self::new), with SHA-1 and refs in files whatever the tests are told to run in, and so is every repository
    /// beside it: for what holds ids or files as they are then.
    #[track_caller]
    pub(crate) fn usual() -> Self {
        Self::over(Sandbox::usual(), &[])
    }

    /// As [`new`](Self::new), with SHA-256 object ids.
    #[track_caller]
    pub(crate) fn sha256() -> Self {
        Self::init(&["--object-format=sha256"])
    }

    /// An empty bare repository.
    #[track_caller]
    pub(crate) fn bare() -> Self {
        Self::init(&["--bare"])
    }

    /// The folder `path`, made if it is not there and made a repository unless it is one (or is in one). It outlives
    /// the test; home, clock and all else are in a sandbox of their own.
    #[track_caller]
    pub(crate) fn in_dir(path: impl AsRef<Path>) -> Self {
        fs::create_dir_all(path.as_ref()).expect("the parent folder is writable");
        let path = path.as_ref().canonicalize().expect("the folder was just made");
        let repo = Self {
            sandbox: Arc::new(Sandbox::new()),
            path,
        };
        let found = repo.call().at(FIXED).git_any(&["rev-parse", "--git-dir"]);
        if found.code != 0 {
            repo.call().at(FIXED).git(&["init", "--quiet"]);
        }
        repo
    }

    /// A folder of the sandbox that is no repository, made if it is not there.
    pub(crate) fn folder(&self, name: &str) -> Self {
        let path = self.beside(name);
        fs::create_dir_all(&path).expect("the sandbox is writable");
        Self {
            sandbox: Arc::clone(&self.sandbox),
            path,
        }
    }

    /// A new repository beside this one, as [`new`](Self::new), in the same sandbox. `options` go to `git init`.
    #[track_caller]
    pub(crate) fn sibling(&self, name: &str, options: &[&str]) -> Self {
        let repo = self.folder(name);
        let args: Vec<&str> = ["init", "--quiet"].iter().chain(options).copied().collect();
        repo.call().at(FIXED).git(&args);
        repo
    }

    /// The same repository in a copy of the whole sandbox. Absolute paths in it, those of linked work trees, still lead
    /// to the first one.
    pub(crate) fn twin(&self) -> Self {
        let sandbox = self.sandbox.twin();
        let inside = self
            .path
            .strip_prefix(self.sandbox.root())
            .expect("it is in its sandbox");
        Self {
            path: sandbox.root().join(inside),
            sandbox: Arc::new(sandbox),
        }
    }

    /// A clone of this repository beside it; its remote is `origin`. `options` go to `git clone`.
    #[track_caller]
    pub(crate) fn clone_as(&self, name: &str, options: &[&str]) -> Self {
        let path = self.beside(name);
        let (from, to) = (utf8(&self.path), utf8(&path));
        let args: Vec<&str> = ["clone", "--quiet"]
            .iter()
            .chain(options)
            .copied()
            .chain(["--", from, to])
            .collect();
        self.call().git(&args);
        Self {
            sandbox: Arc::clone(&self.sandbox),
            path,
        }
    }

    /// A linked work tree beside this one, on the new branch `branch` at HEAD.
    #[track_caller]
    pub(crate) fn worktree_add(&self, name: &str, branch: &str) -> Self {
        let path = self.beside(name);
        self.git(&["worktree", "add", "--quiet", "-b", branch, utf8(&path)]);
        Self {
            sandbox: Arc::clone(&self.sandbox),
            path,
        }
    }

    /// The folder: the top of the work tree, or the bare repository.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A path in the sandbox beside this repository. Nothing is made there.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.sandbox.root().join(name)
    }

    /// The sandbox: its clock and folder.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// The git directory of this work tree, absolute.
    #[track_caller]
    pub(crate) fn git_dir(&self) -> PathBuf {
        self.call()
            .at(FIXED)
            .git(&["rev-parse", "--absolute-git-dir"])
            .trimmed()
            .into()
    }

    /// The sidecar's path, whether it is there or not.
    #[track_caller]
    pub(crate) fn sidecar(&self) -> PathBuf {
        let dir = self
            .call()
            .at(FIXED)
            .git(&["rev-parse", "--path-format=absolute", "--git-common-dir"])
            .trimmed();
        Path::new(&dir).join("lineage/index.sqlite")
    }

    // Calls.

    /// A call in this repository with something changed: environment, configuration, folder, input, date.
    pub(crate) fn call(&self) -> Call<'_> {
        Call::new(&self.sandbox, &self.path)
    }

    /// See [`Call::git`].
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> Output {
        self.call().git(args)
    }

    /// See [`Call::git_fails`].
    #[track_caller]
    #[must_use = "a failure is worth a look at its code or message"]
    pub(crate) fn git_fails(&self, args: &[&str]) -> Output {
        self.call().git_fails(args)
    }

    /// Git with `bytes` on standard input. Panics unless it exits with 0.
    #[track_caller]
    pub(crate) fn git_stdin(&self, args: &[&str], bytes: impl AsRef<[u8]>) -> Output {
        self.call().stdin(bytes.as_ref()).git(args)
    }

    /// See [`Call::lineage`].
    #[track_caller]
    #[must_use = "the exit code was not checked yet"]
    pub(crate) fn lineage(&self, args: &[&str]) -> Output {
        self.call().lineage(args)
    }

    /// See [`Call::lineage_ok`].
    #[track_caller]
    pub(crate) fn lineage_ok(&self, args: &[&str]) -> Output {
        self.call().lineage_ok(args)
    }

    /// See [`Call::lineage_json`].
    #[track_caller]
    pub(crate) fn lineage_json(&self, args: &[&str]) -> Vec<Value> {
        self.call().lineage_json(args)
    }

    // The project's history.

    /// Commits the whole work tree, changed or not, and returns the commit id.
    #[track_caller]
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&[
            "commit",
            "--quiet",
            "--allow-empty",
            "--no-verify",
            "--message",
            message,
        ]);
        self.head()
    }

    /// The id of the checked-out commit.
    #[track_caller]
    pub(crate) fn head(&self) -> String {
        self.rev_parse("HEAD")
    }

    /// The id that `revision` names, e.g. `HEAD:.claude/skills/pdf` or `refs/lineage/heads/main/skill/pdf^{tree}`.
    #[track_caller]
    pub(crate) fn rev_parse(&self, revision: &str) -> String {
        self.call()
            .at(FIXED)
            .git(&["rev-parse", "--verify", revision])
            .trimmed()
    }

    /// Whether refs are in a reftable.
    pub(crate) fn has_tables(&self) -> bool {
        self.path.join(".git/reftable").exists()
    }

    /// Whether each ref is a file of its own here. Where not, says that the test is skipped: it is about `what`, and there is
    /// none of it.
    #[must_use]
    pub(crate) fn has_ref_files(&self, what: &str) -> bool {
        let has = !self.has_tables();
        if !has {
            super::skipped(&format!("in a reftable: {what}"));
        }
        has
    }

    /// The commands that the program's help lists.
    #[track_caller]
    pub(crate) fn commands(&self) -> Vec<String> {
        let help = self.lineage_ok(&["-h"]);
        let (groups, _) = help.text().split_once("\nOptions:").expect("options come last");
        // Further lines of a long text stand further in.
        let listed = groups.lines().filter_map(|line| line.strip_prefix("  "));
        let names = listed.filter(|line| !line.starts_with(' '));
        let names: Vec<String> = names
            .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
            .collect();
        assert!(names.len() > 30, "{help}");
        names
    }

    /// An id of one digit only, as long as those of this repository; that of zeros stands for nothing.
    #[track_caller]
    pub(crate) fn id_of(&self, digit: char) -> String {
        let empty = self.call().at(FIXED).git(&["hash-object", "--stdin"]).trimmed();
        std::iter::repeat_n(digit, empty.len()).collect()
    }

    #[track_caller]
    fn init(options: &[&str]) -> Self {
        Self::over(Sandbox::new(), options)
    }

    #[track_caller]
    fn over(sandbox: Sandbox, options: &[&str]) -> Self {
        let path = sandbox.root().to_owned();
        let sandbox = Arc::new(sandbox);
        Self { sandbox, path }.sibling("repo", options)
    }
}

/// The date of calls that only ask or set up: they leave the clock alone, so that adding one to a test changes no ids.
const FIXED: &str = "1767225600 +0000";

/// A path as text, for an argument. Sandboxes have such paths; tests of others use [`Call`] with bytes of their own.
#[track_caller]
pub(crate) fn utf8(path: &Path) -> &str {
    path.to_str()
        .unwrap_or_else(|| panic!("{} is not UTF-8", path.display()))
}
