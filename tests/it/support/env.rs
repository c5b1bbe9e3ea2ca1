//! What a child process sees of the world: nothing of the machine's but the way to its programs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{StatVfsMountFlags, statvfs};
use tempfile::TempDir;

/// 2026-01-01T00:00:00 UTC in seconds since 1970, the time of the first call.
pub(crate) const START: u64 = 1_767_225_600;

/// Git configuration every call starts with; [`Call::config`](super::Call::config) adds to it and wins.
const CONFIG: [(&str, &str); 5] = [
    ("init.defaultBranch", "main"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("core.autocrlf", "false"),
    ("protocol.file.allow", "always"),
];

/// Variables taken over from the test process where they are set: what coverage tools and backtraces need.
pub(crate) const TAKEN_OVER: [&str; 4] = [
    "LLVM_PROFILE_FILE",
    "CARGO_LLVM_COV",
    "LD_LIBRARY_PATH",
    "RUST_BACKTRACE",
];

/// The kind of repository that tests run in: by which variable git is told, by which of its own test suite's the tests are,
/// and what it is where nothing is said.
const FORMATS: [(&str, &str, &str); 2] = [
    ("GIT_DEFAULT_HASH", "GIT_TEST_DEFAULT_HASH", "sha1"),
    ("GIT_DEFAULT_REF_FORMAT", "GIT_TEST_DEFAULT_REF_FORMAT", "files"),
];

/// A clock that moves by one second whenever it is read.
#[derive(Debug)]
pub(crate) struct Clock(AtomicU64);

impl Clock {
    /// A clock that shows [`START`].
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(START))
    }

    /// The time as git reads it (`<seconds> +0000`); the next call gets the next second. Safe to call from several
    /// threads.
    pub(crate) fn tick(&self) -> String {
        format!("{} +0000", self.0.fetch_add(1, Ordering::Relaxed))
    }

    /// Puts the clock forward by `seconds`.
    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// One temporary folder with its own home, and the clock of everything in it. Removed when dropped.
///
/// Holds `home` (with `.config` and `.cache`), `tmp` (the children's `TMPDIR`), and whatever repositories and folders
/// tests put beside them.
#[derive(Debug)]
pub(crate) struct Sandbox {
    dir: TempDir,
    root: PathBuf,
    /// Repositories are of the usual kind, whatever the tests are told.
    usual: bool,
    /// The clock of all calls in this sandbox.
    pub(crate) clock: Clock,
}

impl Sandbox {
    /// An empty sandbox for repositories of the kind that the tests are told to run in.
    pub(crate) fn new() -> Self {
        Self::with(false)
    }

    /// An empty sandbox for repositories with SHA-1 and refs in files.
    pub(crate) fn usual() -> Self {
        Self::with(true)
    }

    fn with(usual: bool) -> Self {
        let dir = TempDir::with_prefix_in("git-lineage-test-", place()).expect("temporary folders are writable");
        // Canonical, so that paths printed by git and by the program can be compared with it (macOS: /tmp is a link).
        let root = dir.path().canonicalize().expect("the folder was just made");
        for folder in ["home/.config", "home/.cache", "tmp"] {
            std::fs::create_dir_all(root.join(folder)).expect("the sandbox is writable");
        }
        Self {
            dir,
            root,
            usual,
            clock: Clock::new(),
        }
    }

    /// A new sandbox with a copy of all that is in this one, at the same time.
    pub(crate) fn twin(&self) -> Self {
        let twin = Self::with(self.usual);
        std::fs::remove_dir_all(&twin.root).expect("the folder was just made");
        super::files::copy_tree(&self.root, &twin.root).expect("the machine's temporary folder is writable");
        twin.clock
            .0
            .store(self.clock.0.load(Ordering::Relaxed), Ordering::Relaxed);
        twin
    }

    /// The canonical path of the sandbox.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// All variables of a child except dates and configuration; a child has no others.
    pub(crate) fn variables(&self) -> Vec<(OsString, OsString)> {
        let home = self.root.join("home");
        let mut all: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), search_path()),
            ("HOME".into(), home.clone().into()),
            ("XDG_CONFIG_HOME".into(), home.join(".config").into()),
            // A file of the sandbox: 'git config --global' puts a new file in the place of whatever this names.
            ("GIT_CONFIG_GLOBAL".into(), home.join("gitconfig").into()),
            ("XDG_CACHE_HOME".into(), home.join(".cache").into()),
            ("TMPDIR".into(), self.root.join("tmp").into()),
            // A folder that is no repository must not find one above the sandbox.
            ("GIT_CEILING_DIRECTORIES".into(), self.root.clone().into()),
        ];
        let fixed = [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_SYSTEM", "/dev/null"),
            ("GIT_ATTR_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "Ada Author"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Cleo Committer"),
            ("GIT_COMMITTER_EMAIL", "cleo@example.org"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_EDITOR", ":"),
            ("GIT_PAGER", "cat"),
            ("GIT_MERGE_AUTOEDIT", "no"),
            ("TZ", "UTC"),
            ("LC_ALL", "C"),
            ("TERM", "dumb"),
            ("COLUMNS", "100"),
        ];
        all.extend(fixed.map(|(key, value)| (key.into(), value.into())));
        all.extend(FORMATS.map(|(told, asked, usual)| {
            let asked = std::env::var_os(asked).filter(|_| !self.usual);
            (told.into(), asked.unwrap_or_else(|| usual.into()))
        }));
        all.extend(
            TAKEN_OVER
                .iter()
                .filter_map(|key| Some((OsString::from(key), std::env::var_os(key)?))),
        );
        all
    }
}

/// Where sandboxes lie: where `TMPDIR` says; else in memory, for the disk is most of what the tests would wait for, if there is
/// room and programs may be run; else in the machine's temporary folder. What the program syncs, and when, is the same
/// everywhere.
fn place() -> PathBuf {
    const MEMORY: &str = "/dev/shm";
    const ROOM: u64 = 2 << 30;
    let fits = || {
        statvfs(MEMORY)
            .is_ok_and(|told| told.f_bavail * told.f_frsize >= ROOM && !told.f_flag.contains(StatVfsMountFlags::NOEXEC))
    };
    if std::env::var_os("TMPDIR").is_none() && fits() {
        MEMORY.into()
    } else {
        std::env::temp_dir()
    }
}

/// The `GIT_CONFIG_COUNT` variables for the standard configuration and `more`, which comes later and so wins.
pub(crate) fn config_variables(more: &[(String, String)]) -> Vec<(OsString, OsString)> {
    let standard = CONFIG.iter().map(|&(key, value)| (key, value));
    let added = more.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let mut all: Vec<(OsString, OsString)> = Vec::new();
    let mut count = 0;
    for (key, value) in standard.chain(added) {
        all.push((format!("GIT_CONFIG_KEY_{count}").into(), key.into()));
        all.push((format!("GIT_CONFIG_VALUE_{count}").into(), value.into()));
        count += 1;
    }
    all.push(("GIT_CONFIG_COUNT".into(), count.to_string().into()));
    all
}

/// The machine's search path with the tested program first, so that `git lineage` and hooks find it.
fn search_path() -> OsString {
    let programs = Path::new(super::run::LINEAGE)
        .parent()
        .expect("a program lies in a folder")
        .to_owned();
    let machine = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&machine)))
        .expect("both came from a search path, or hold no separator")
}
