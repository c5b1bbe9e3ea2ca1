//! A throw-away git repository for the tests that ask git.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::id::{ContentHash, HashKind, VersionId};

/// A repository of its own, out of reach of all configuration but its own.
pub(super) struct Repository {
    dir: tempfile::TempDir,
    pub(super) hash: HashKind,
}

impl Repository {
    pub(super) fn new(hash: HashKind) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let repository = Repository { dir, hash };
        let format = match hash {
            HashKind::Sha1 => "--object-format=sha1",
            HashKind::Sha256 => "--object-format=sha256",
        };
        repository.git(&["init", "-q", "--bare", format], b"");
        repository.git(&["hash-object", "-w", "-t", "tree", "--stdin"], b"");
        repository
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn git(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("git")
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git is installed");
        let mut stdin = child.stdin.take().expect("piped");
        // No command here writes more than a pipe holds before it has read all of its input.
        stdin.write_all(input).expect("git reads its input");
        drop(stdin);
        let output = child.wait_with_output().expect("git ends");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {args:?}: {errors}");
        output.stdout
    }

    /// Stores commits, which `git hash-object` checks as `git fsck --strict` does, and returns their ids.
    pub(super) fn store(&self, commits: &[Vec<u8>]) -> Vec<VersionId> {
        let paths: Vec<PathBuf> = (0..commits.len())
            .map(|n| self.path().join(format!("new-{n}")))
            .collect();
        for (path, commit) in paths.iter().zip(commits) {
            std::fs::write(path, commit).expect("a new file");
        }
        let list: String = paths.iter().map(|path| format!("{}\n", path.display())).collect();
        let ids = self.git(&["hash-object", "-w", "-t", "commit", "--stdin-paths"], list.as_bytes());
        let ids = String::from_utf8(ids).expect("hexadecimal");
        ids.lines().map(|line| line.parse().expect("an id")).collect()
    }

    /// What `git log` prints for each of the versions in this format.
    pub(super) fn log(&self, ids: &[VersionId], format: &str) -> Vec<String> {
        let list: String = ids.iter().map(|id| format!("{id}\n")).collect();
        let format = format!("--format={format}");
        let args = ["log", "-z", "--no-walk=unsorted", "--stdin", &format];
        let output = String::from_utf8(self.git(&args, list.as_bytes())).expect("UTF-8");
        output.split('\0').take(ids.len()).map(str::to_owned).collect()
    }

    pub(super) fn content(&self) -> ContentHash {
        ContentHash::from_oid(gix::ObjectId::empty_tree(self.hash.to_gix()))
    }
}
