//! A repository for tests: git as the oracle, with no configuration but its own.

use std::{
    collections::HashSet,
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

use gix::ObjectId;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use super::hash_object;
use crate::id::HashKind;

pub(crate) const KINDS: [HashKind; 2] = [HashKind::Sha1, HashKind::Sha256];

/// An empty repository with a work tree.
pub(crate) struct TestRepo {
    directory: tempfile::TempDir,
    pub(crate) kind: HashKind,
}

impl TestRepo {
    pub(crate) fn new(kind: HashKind) -> Self {
        // In memory if it can be: some file systems are slow where files come and go quickly, as with git.
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let directory = directory.expect("temporary directory");
        let repo = Self { directory, kind };
        let format = match kind {
            HashKind::Sha1 => "--object-format=sha1",
            HashKind::Sha256 => "--object-format=sha256",
        };
        repo.ok(["init", "--quiet", "--initial-branch=main", format, "."]);
        repo
    }

    pub(crate) fn path(&self) -> PathBuf {
        // The path of a temporary directory may lead through links.
        self.directory.path().canonicalize().expect("it exists")
    }

    /// Runs git with `stdin`.
    pub(crate) fn git<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>, stdin: &[u8]) -> Output {
        let mut child = Command::new(git())
            .args(args)
            .current_dir(self.directory.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.directory.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CEILING_DIRECTORIES", self.directory.path())
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git runs");
        let mut input = child.stdin.take().expect("stdin is a pipe");
        std::thread::scope(|scope| {
            scope.spawn(move || input.write_all(stdin).ok());
            child.wait_with_output().expect("git ends")
        })
    }

    /// Runs git, which must succeed, and returns what it printed, without the last line break.
    pub(crate) fn ok_with<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>, stdin: &[u8]) -> String {
        let output = self.git(args, stdin);
        assert!(
            output.status.success(),
            "git: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    pub(crate) fn ok<I: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = I>) -> String {
        self.ok_with(args, b"")
    }

    /// Writes an object of any form; git would refuse some of them.
    pub(crate) fn write_object(&self, object_type: &str, data: &[u8]) -> ObjectId {
        let id = hash_object(self.kind, object_type, data);
        let hex = id.to_string();
        let directory = self.path().join(".git/objects").join(&hex[..2]);
        std::fs::create_dir_all(&directory).expect("a directory for the object");
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        write!(encoder, "{object_type} {}\0", data.len()).expect("written to memory");
        encoder.write_all(data).expect("written to memory");
        let compressed = encoder.finish().expect("written to memory");
        std::fs::write(directory.join(&hex[2..]), compressed).expect("the object is written");
        id
    }

    /// The ids of all objects that `git fsck --strict` finds an error in.
    pub(crate) fn fsck(&self) -> HashSet<String> {
        let output = self.git(["fsck", "--strict", "--no-dangling", "--no-progress"], b"");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!text.contains("fatal:"), "{text}");
        let bad = text.lines().filter_map(|line| {
            let object = line.strip_prefix("error in ")?.split_once(' ')?.1;
            object.split(':').next().map(str::to_owned)
        });
        bad.collect()
    }
}

/// Where git is: a program named by its path is started without a copy of this process, which takes longer than git.
fn git() -> &'static Path {
    static GIT: LazyLock<PathBuf> = LazyLock::new(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut programs = std::env::split_paths(&path).map(|folder| folder.join("git"));
        programs.find(|program| program.is_file()).expect("git is installed")
    });
    &GIT
}

/// `count` values of a strategy, the same ones every time.
pub(crate) fn samples<T>(count: usize, strategy: &impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    let mut sample = || strategy.new_tree(&mut runner).expect("a value").current();
    (0..count).map(|_| sample()).collect()
}

/// All files below a directory, written from their paths and contents.
pub(crate) fn write_files(root: &Path, files: &[(&str, &str)]) {
    for (path, data) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("below the root")).expect("directories");
        std::fs::write(path, data).expect("the file is written");
    }
}
