//! Git upstreams against real servers on this machine: folders, `git daemon`, HTTP with and without git behind it.

mod credentials;
mod failures;
mod fetching;
mod hermetic;
mod http;
mod loopback;
mod moving;
mod past;
mod project;
mod reading;
mod resolving;
mod servers;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use gix::ObjectId;
use tempfile::TempDir;

pub(super) use self::hermetic::hermetic;
use super::{
    Cache, Resolved, Store,
    source::{GitUrl, Source},
};
use crate::{
    content::{Incoming, hash_object},
    id::HashKind,
};

/// An upstream with a work tree, and a folder for caches beside it.
struct Upstream {
    /// Goes with everything in it.
    _folder: TempDir,
    path: PathBuf,
}

impl Upstream {
    /// Two skills, one of them with an executable, a link and a folder, and a file that belongs to neither.
    fn new() -> Self {
        Self::of(HashKind::Sha1)
    }

    fn of(hash: HashKind) -> Self {
        let upstream = Self::empty(hash);
        upstream.write("README.md", "# Skills\n");
        upstream.write("skills/pdf/SKILL.md", "# PDF\n\nRead and fill.\n");
        upstream.write("skills/pdf/scripts/fill.sh", "#!/bin/sh\n");
        upstream.write("skills/docx/SKILL.md", "# DOCX\n");
        std::os::unix::fs::symlink("SKILL.md", upstream.path.join("skills/pdf/README.md")).expect("a link");
        let script = upstream.path.join("skills/pdf/scripts/fill.sh");
        std::fs::set_permissions(script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("its own file");
        upstream.commit("One");
        upstream
    }

    fn empty(hash: HashKind) -> Self {
        let folder = tempfile::tempdir().expect("temporary directory");
        let path = folder.path().canonicalize().expect("it exists").join("skills-repo");
        std::fs::create_dir(&path).expect("a new directory");
        let upstream = Upstream { _folder: folder, path };
        let format = match hash {
            HashKind::Sha1 => "--object-format=sha1",
            HashKind::Sha256 => "--object-format=sha256",
        };
        upstream.git(["init", "--quiet", "--initial-branch=main", format]);
        upstream
    }

    fn git<I: Into<OsString>>(&self, args: impl IntoIterator<Item = I>) -> String {
        git(&self.path, args)
    }

    fn write(&self, path: &str, data: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().expect("below the root")).expect("directories");
        std::fs::write(path, data).expect("written");
    }

    /// Copies a directory of the upstream, links and modes included.
    fn copy(&self, from: &str, to: &str) {
        copy(&self.path.join(from), &self.path.join(to));
    }

    /// Commits all there is.
    fn commit(&self, message: &str) -> ObjectId {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.id("HEAD")
    }

    fn id(&self, revision: &str) -> ObjectId {
        ObjectId::from_hex(self.git(["rev-parse", "--verify", revision]).as_bytes()).expect("an id")
    }

    /// A bare clone beside it that is brought up to date by every call; its path.
    fn bare(&self) -> PathBuf {
        let bare = self.beside("bare.git");
        if !bare.exists() {
            let mut clone: Vec<OsString> = ["clone", "--quiet", "--mirror"].map(OsString::from).to_vec();
            clone.extend([self.path.clone().into(), bare.clone().into()]);
            self.git(clone);
        }
        git(&bare, ["fetch", "--quiet", "--prune"]);
        git(&bare, ["update-server-info"]);
        bare
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.path.parent().expect("it lies in a folder").join(name)
    }

    fn cache(&self) -> Cache {
        Cache::new(&self.beside("cache"))
    }

    /// The store of the upstream as a folder.
    fn store(&self) -> Store {
        self.cache().store(&url(&self.path.to_string_lossy()))
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().expect("a folder")).expect("directories");
    let copied = Command::new("cp").arg("-R").args([from, to]).status();
    assert!(copied.expect("cp runs").success());
}

/// Runs git, which must succeed, in a folder; what it printed, without the last line break.
fn git<I: Into<OsString>>(folder: &Path, args: impl IntoIterator<Item = I>) -> String {
    let mut command = Command::new("git");
    hermetic(&mut command);
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let output = command
        .args(&args)
        .current_dir(folder)
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_AUTHOR_NAME", "Grace Author")
        .env("GIT_AUTHOR_EMAIL", "grace@example.org")
        .env("GIT_AUTHOR_DATE", "1767225600 +0100")
        .env("GIT_COMMITTER_NAME", "Cleo")
        .env("GIT_COMMITTER_EMAIL", "cleo@example.org")
        .env("GIT_COMMITTER_DATE", "1767225700 +0000")
        .output()
        .expect("git runs");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {args:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// A git upstream as the user types it.
fn url(typed: &str) -> GitUrl {
    match Source::find(Path::new("/"), typed) {
        Ok(Some(Source::Git(url))) => url,
        other => panic!("{typed}: {other:?}"),
    }
}

/// The upstream's default branch, fetched.
fn fetch(store: &Store) -> Resolved {
    let resolved = store.resolve(None).expect("an upstream that answers");
    store.fetch(&resolved).expect("an upstream that sends it");
    resolved
}

/// The files at a path of the upstream's default branch.
fn load(store: &Store, path: &str) -> Incoming {
    let files = store.files(fetch(store).commit, Some(path)).expect("readable");
    store.load(&files.expect("something is there")).expect("readable")
}

/// Writes a file of 60,000 bytes that no pack makes smaller: hashes cannot be compressed.
fn write_large(upstream: &Upstream, path: &str) {
    let mut data = path.as_bytes().to_vec();
    while data.len() < 60_000 {
        let hash = hash_object(HashKind::Sha1, "blob", &data);
        data.extend_from_slice(hash.as_slice());
    }
    upstream.write(path, data);
}

/// Path, mode and text of all files.
fn listing(incoming: &Incoming) -> Vec<(String, &'static str, String)> {
    let line = |file: &crate::content::IncomingFile| {
        let text = String::from_utf8_lossy(&file.data).into_owned();
        (file.path.to_string(), file.mode.as_str(), text)
    };
    incoming.files.iter().map(line).collect()
}

/// How many objects of a type the store of an upstream holds.
fn count(store: &Store, object_type: &str) -> usize {
    let format = "--batch-check=%(objecttype)";
    let listed = git(&store.dir, ["cat-file", "--batch-all-objects", format]);
    listed.lines().filter(|line| *line == object_type).count()
}

/// The files of [`Upstream::new`]'s `skills/pdf`.
fn pdf() -> Vec<(String, &'static str, String)> {
    [
        ("README.md", "120000", "SKILL.md"),
        ("SKILL.md", "100644", "# PDF\n\nRead and fill.\n"),
        ("scripts/fill.sh", "100755", "#!/bin/sh\n"),
    ]
    .map(|(path, mode, text)| (path.to_owned(), mode, text.to_owned()))
    .to_vec()
}
