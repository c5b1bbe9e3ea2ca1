//! A project with an upstream beside it, and listings of everything that a command could touch.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Deref;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::TestRepo;

/// Where the artifact of most tests lies in the project.
pub(crate) const PATH: &str = ".claude/skills/pdf";
/// Its id.
pub(crate) const ID: &str = "skill/pdf";
/// Its source, as seen from the project's root.
pub(crate) const SOURCE: &str = "../upstream/skills/pdf";
/// The ref of its head on line main.
pub(crate) const HEAD_REF: &str = "refs/lineage/heads/main/skill/pdf";

/// A repository with one commit, and beside it `upstream/skills/pdf`: three files, one executable, one in a folder.
#[derive(Debug, Clone)]
pub(crate) struct Project(TestRepo);

impl Deref for Project {
    type Target = TestRepo;

    fn deref(&self) -> &TestRepo {
        &self.0
    }
}

impl Project {
    /// A new project; nothing is deployed yet.
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self::over(TestRepo::new())
    }

    /// The same in a repository made otherwise.
    #[track_caller]
    pub(crate) fn over(repo: TestRepo) -> Self {
        repo.write("README.md", "# Project\n");
        repo.commit("Begin");
        let project = Self(repo);
        project.make_upstream("pdf");
        project
    }

    /// The same project in a copy of its sandbox, see [`TestRepo::twin`].
    pub(crate) fn twin(&self) -> Self {
        Self(self.0.twin())
    }

    /// A work tree of a project that was made already.
    pub(crate) fn over_worktree(repo: TestRepo) -> Self {
        Self(repo)
    }

    /// A project on a branch without a commit.
    #[track_caller]
    pub(crate) fn over_unborn() -> Self {
        let project = Self(TestRepo::new());
        project.make_upstream("pdf");
        project
    }

    /// A project in which `skill/pdf` is deployed and committed.
    #[track_caller]
    pub(crate) fn deployed() -> Self {
        let project = Self::new();
        project.deploy();
        project.commit("Add the pdf skill");
        project
    }

    /// Writes the three files of `upstream/skills/<name>`.
    pub(crate) fn make_upstream(&self, name: &str) {
        let skill = self.upstream_dir(name);
        self.write(skill.join("SKILL.md"), format!("# {name}\n\nRead and fill files.\n"));
        self.write_exec(skill.join("scripts/fill.sh"), "#!/bin/sh\nexec fill \"$@\"\n");
        self.write(skill.join("references/forms.md"), "# Forms\n\nOne.\n");
    }

    /// `upstream/skills/<name>`.
    pub(crate) fn upstream_dir(&self, name: &str) -> PathBuf {
        self.beside("upstream/skills").join(name)
    }

    /// Writes a file of the upstream of `skill/pdf`.
    pub(crate) fn upstream(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.write(self.upstream_dir("pdf").join(path), bytes);
    }

    /// Writes a file of `skill/pdf` in the project.
    pub(crate) fn edit(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.write(Path::new(PATH).join(path), bytes);
    }

    /// Deploys `skill/pdf`; what `deploy --json` printed.
    #[track_caller]
    pub(crate) fn deploy(&self) -> Value {
        one(self.lineage_json(&["deploy", SOURCE, PATH]))
    }

    /// Records `skill/pdf`; what `record --json` printed.
    #[track_caller]
    pub(crate) fn record(&self) -> Value {
        one(self.lineage_json(&["record", ID]))
    }

    /// Writes a file of `skill/pdf` and records it.
    #[track_caller]
    pub(crate) fn record_edit(&self, path: &str, bytes: &str) -> Value {
        self.edit(path, bytes);
        let recorded = self.record();
        assert_eq!(recorded["recorded"], true, "{recorded}");
        recorded
    }

    /// Syncs `skill/pdf`, whatever comes of it; what `sync --json` printed.
    #[track_caller]
    pub(crate) fn sync(&self) -> Value {
        one(self.lineage(&["--json", "sync", ID]).json())
    }

    /// Writes a version of `skill/pdf` as an outsider would, with plain git: docs/format.md. No ref is moved; `origin` is
    /// the value of the trailer, whatever it says.
    #[track_caller]
    pub(crate) fn plain_version(&self, tree: &str, parents: &[&str], origin: Option<&str>) -> String {
        let mut message = format!("Made by plain git\n\nLineage-Format: 1\nArtifact-Id: {ID}\n");
        if let Some(origin) = origin {
            message.push_str(&format!("Change-Origin: {origin}\n"));
        }
        if let Some(first) = parents.first() {
            let content = self.rev_parse(&format!("{first}^{{tree}}"));
            message.push_str(&format!("Parent-Hash: {content}\n"));
        }
        let mut args = vec!["commit-tree", tree];
        args.extend(parents.iter().flat_map(|parent| ["-p", parent]));
        self.git_stdin(&args, message).trimmed()
    }

    /// `show --json <version>`.
    #[track_caller]
    pub(crate) fn show(&self, version: &str) -> Value {
        one(self.lineage_json(&["show", version]))
    }

    /// The contents from the root to `version`, as `lineage` prints them.
    #[track_caller]
    pub(crate) fn contents(&self, version: &str) -> Vec<String> {
        texts(&self.lineage_json(&["lineage", version]), "content_hash")
    }

    /// The tree that git stores of the artifact as the index holds it: what it would be once committed.
    #[track_caller]
    pub(crate) fn staged_tree(&self, path: &str) -> String {
        let prefix = format!("--prefix={path}/");
        self.call().at("0 +0000").git(&["write-tree", &prefix]).trimmed()
    }

    /// Every path in the work tree and in the git directory with mode and bytes, the sidecar's folder left out.
    pub(crate) fn everything(&self) -> World {
        World::of(self.path(), &[Path::new(".git/lineage")])
    }

    /// As [`everything`](Self::everything), without git's objects: what a refusal may leave there is unreachable.
    pub(crate) fn all_but_objects(&self) -> World {
        World::of(self.path(), &[Path::new(".git/lineage"), Path::new(".git/objects")])
    }
}

/// The one line of a JSON answer.
#[track_caller]
pub(crate) fn one(mut lines: Vec<Value>) -> Value {
    assert!(lines.len() == 1, "expected one line: {lines:#?}");
    lines.remove(0)
}

/// A text field of a JSON object.
#[track_caller]
pub(crate) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} is no text in {value}"))
}

/// A text field of each object.
#[track_caller]
pub(crate) fn texts(values: &[Value], key: &str) -> Vec<String> {
    values.iter().map(|value| text(value, key).to_owned()).collect()
}

/// What stands in a folder: a line per path, for comparing before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct World(BTreeMap<PathBuf, (u32, Vec<u8>)>);

impl World {
    /// Lists `root`, all but what is at or below `except` (relative to it).
    pub(crate) fn of(root: &Path, except: &[&Path]) -> Self {
        let mut found = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder of the test can be read") {
                let path = entry.expect("a folder of the test can be read").path();
                let relative = path.strip_prefix(root).expect("it was found there").to_owned();
                if except.contains(&relative.as_path()) {
                    continue;
                }
                let meta = path.symlink_metadata().expect("nothing else writes there");
                let bytes = if meta.is_symlink() {
                    let target = fs::read_link(&path).expect("it is a link");
                    target.as_os_str().as_bytes().to_owned()
                } else if meta.is_file() {
                    fs::read(&path).expect("a file of the test can be read")
                } else {
                    Vec::new()
                };
                if meta.is_dir() {
                    folders.push(path);
                }
                found.insert(relative, (meta.permissions().mode(), bytes));
            }
        }
        World(found)
    }

    /// Mode and bytes at a path; `None` where nothing stands.
    pub(crate) fn at(&self, path: &Path) -> Option<&(u32, Vec<u8>)> {
        self.0.get(path)
    }

    /// All paths, sorted.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(PathBuf::as_path)
    }

    /// Panics, naming the paths, unless both are the same.
    #[track_caller]
    pub(crate) fn assert_same(&self, now: &World) {
        let mut differing: Vec<String> = Vec::new();
        for (path, before) in &self.0 {
            match now.0.get(path) {
                None => differing.push(format!("gone: {}", path.display())),
                Some(after) if after != before => differing.push(format!("changed: {}", path.display())),
                Some(_) => {}
            }
        }
        let added = now.0.keys().filter(|path| !self.0.contains_key(*path));
        differing.extend(added.map(|path| format!("new: {}", path.display())));
        assert!(differing.is_empty(), "{differing:#?}");
    }
}
