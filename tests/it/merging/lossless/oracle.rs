//! [`Oracle`]: what git would store of a work tree, and what `git merge-tree` makes of two sides of an artifact.
//!
//! It works in a repository of its own that only borrows the project's objects, so that nothing it writes can stand in for
//! something the project lacks.

use std::{fs, path::Path};

use super::{ARTIFACTS, FOLDER, path};
use crate::support::{Call, TestRepo, project::Project};

/// All calls happen at one time: they only ask.
const DATE: &str = "1767225600 +0000";

/// A file of a tree, or a stage of one in conflict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) mode: String,
    /// 0 in a tree.
    pub(super) stage: String,
    pub(super) id: String,
}

/// An artifact as a tree of the project has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Artifact {
    pub(super) tree: String,
    pub(super) files: Vec<Entry>,
}

/// What git makes of two sides.
#[derive(Debug)]
pub(super) struct Merged {
    pub(super) clean: bool,
    /// The artifact's files, markers and all.
    pub(super) files: Vec<Entry>,
    /// The stages of what is in conflict, with paths relative to the artifact.
    pub(super) stages: Vec<Entry>,
}

pub(super) struct Oracle<'p> {
    project: &'p Project,
    repo: TestRepo,
}

impl<'p> Oracle<'p> {
    #[track_caller]
    pub(super) fn new(project: &'p Project, options: &[&str], config: &[(&str, &str)]) -> Self {
        let repo = project.sibling("oracle", options);
        for (key, value) in config {
            repo.git(&["config", key, value]);
        }
        let objects = project.path().join(".git/objects");
        repo.write(".git/objects/info/alternates", format!("{}\n", objects.display()));
        Oracle { project, repo }
    }

    fn call(&self, work_tree: &Path) -> Call<'_> {
        let call = self.project.call().at(DATE).cwd(work_tree);
        call.env("GIT_DIR", self.repo.path().join(".git"))
            .env("GIT_WORK_TREE", work_tree)
    }

    fn ask(&self, args: &[&str]) -> String {
        self.call(self.project.path()).git(args).text().to_owned()
    }

    /// The tree that git would store of the project's artifacts as they lie there: ignored files are none of it.
    #[track_caller]
    pub(super) fn work_tree(&self) -> String {
        let (own, of_project) = (
            self.repo.path().join(".git/index"),
            self.project.path().join(".git/index"),
        );
        fs::copy(&of_project, &own).expect("there is an index");
        // Git reads files as new as the index that it finds; a copy made later would hide a change within that tick.
        let written = fs::metadata(&of_project).and_then(|found| found.modified());
        let file = fs::File::options().write(true).open(&own).expect("it was just made");
        file.set_modified(written.expect("a time")).expect("it is ours");
        self.add(self.project.path(), &["add", "--all", "--", FOLDER])
    }

    /// The tree that the project would store of what lies in the upstream: its attributes count, its ignore rules do not.
    #[track_caller]
    pub(super) fn upstream(&self, upstream: &TestRepo) -> String {
        let folder = self.project.beside("as-upstream-has-it");
        self.repo.copy(upstream.path().join(FOLDER), folder.join(FOLDER));
        let attributes = self.project.path().join(".gitattributes");
        self.repo.copy(attributes, folder.join(".gitattributes"));
        self.add(&folder, &["add", "--all", "--force", "--", FOLDER])
    }

    #[track_caller]
    fn add(&self, work_tree: &Path, args: &[&str]) -> String {
        self.call(work_tree).git(args);
        let tree = self.call(work_tree).git(&["write-tree"]).trimmed();
        self.repo.remove(".git/index");
        tree
    }

    /// The artifacts in a tree of the project.
    #[track_caller]
    pub(super) fn artifacts(&self, tree: &str) -> Vec<Artifact> {
        let mut all = vec![Artifact::default(); ARTIFACTS];
        let listed = self.ask(&["ls-tree", "-r", "-t", "-z", &format!("{tree}:{FOLDER}")]);
        for entry in entries(&listed) {
            let (name, relative) = entry.path.split_once('/').unwrap_or((&entry.path, ""));
            let at = (0..ARTIFACTS).find(|at| super::name(*at) == name).expect("an artifact");
            match (relative, entry.mode.as_str()) {
                ("", _) => all[at].tree.clone_from(&entry.id),
                (_, "040000") => {}
                (path, _) => all[at].files.push(Entry {
                    path: path.to_owned(),
                    ..entry
                }),
            }
        }
        assert!(all.iter().all(|one| !one.tree.is_empty()), "one is gone: {listed}");
        all
    }

    /// The bytes of blobs.
    #[track_caller]
    fn blobs(&self, ids: &[&str]) -> Vec<Vec<u8>> {
        let call = self.call(self.project.path()).stdin(format!("{}\n", ids.join("\n")));
        let output = call.git(&["cat-file", "--batch"]).stdout;
        let (mut rest, mut blobs) = (output.as_slice(), Vec::with_capacity(ids.len()));
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let head = std::str::from_utf8(&rest[..end]).expect("it is ASCII");
            let size = head.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
            let size = size.unwrap_or_else(|| panic!("{head}"));
            blobs.push(rest[end + 1..end + 1 + size].to_vec());
            rest = &rest[end + 2 + size..];
        }
        blobs
    }

    /// Merges the sides `[base, ours, theirs]` of every artifact, each alone at its place in the project.
    #[track_caller]
    pub(super) fn merge(&self, sides: &[[Artifact; 3]]) -> Vec<Merged> {
        let mut stream = String::new();
        for (number, sides) in sides.iter().enumerate() {
            for (branch, tree) in ["b", "o", "t"].iter().zip(sides) {
                let tree = &tree.tree;
                stream.push_str(&format!(
                    "commit refs/heads/{branch}/{number}\ncommitter A <a> 0 +0000\ndata 0\n\n"
                ));
                if *branch != "b" {
                    stream.push_str(&format!("from refs/heads/b/{number}\n"));
                }
                stream.push_str(&format!("M 040000 {tree} \"{}\"\n\n", path(number)));
            }
        }
        let call = self.call(self.project.path()).stdin(stream);
        call.git(&["fast-import", "--quiet", "--force"]);
        let merge = |(number, [base, ours, theirs]): (usize, &[Artifact; 3])| {
            // Where only one side changed anything, or both alike, there is nothing to ask.
            let result = if base == ours || ours == theirs { theirs } else { ours };
            if result == theirs || base == theirs {
                return Merged {
                    clean: true,
                    files: result.files.clone(),
                    stages: Vec::new(),
                };
            }
            self.merge_one(number)
        };
        sides.iter().enumerate().map(merge).collect()
    }

    #[track_caller]
    fn merge_one(&self, number: usize) -> Merged {
        let (ours, theirs) = (format!("o/{number}"), format!("t/{number}"));
        let args = ["merge-tree", "--write-tree", "-z", "--no-messages", &ours, &theirs];
        let output = self.call(self.project.path()).git_any(&args);
        assert!(output.code < 2, "{output}");
        let mut parts = output.text().split_terminator('\0');
        let tree = parts.next().expect("a tree");
        let stages = parts.map(|line| {
            let (head, found) = line.split_once('\t').expect("two columns");
            stage(head, found.strip_prefix(&format!("{}/", path(number))).expect("inside"))
        });
        let stages = stages.collect();
        Merged {
            clean: output.code == 0,
            files: entries(&self.ask(&["ls-tree", "-r", "-z", &format!("{tree}:{}", path(number))])),
            stages,
        }
    }

    /// Whether these are the same files, but for what the sides are called in markers and in names that git made up.
    #[track_caller]
    pub(super) fn assert_same(&self, found: &[Entry], expected: &[Entry], what: &str) {
        let sorted = |entries: &[Entry]| {
            let mut entries: Vec<Entry> = entries.to_vec();
            for entry in &mut entries {
                entry.path = without_side(&entry.path);
            }
            entries.sort();
            entries
        };
        let (found, expected) = (sorted(found), sorted(expected));
        let alike = |a: &Entry, b: &Entry| (&a.path, &a.mode, &a.stage) == (&b.path, &b.mode, &b.stage);
        let pairs = || found.iter().zip(&expected);
        let mut same = found.len() == expected.len() && pairs().all(|(a, b)| alike(a, b));
        let differing = pairs().filter(|(a, b)| a.id != b.id);
        let ids: Vec<&str> = differing.flat_map(|(a, b)| [a.id.as_str(), b.id.as_str()]).collect();
        if same && !ids.is_empty() {
            let blobs = self.blobs(&ids);
            same = blobs.chunks(2).all(|pair| unlabelled(&pair[0]) == unlabelled(&pair[1]));
        }
        let apart = |these: &[Entry], those: &[Entry]| -> Vec<Entry> {
            these.iter().filter(|entry| !those.contains(entry)).cloned().collect()
        };
        assert!(
            same,
            "{what}: {:#?}\nexpected: {:#?}",
            apart(&found, &expected),
            apart(&expected, &found)
        );
    }
}

/// What `git ls-tree -z` lists.
#[track_caller]
fn entries(listed: &str) -> Vec<Entry> {
    let entries = listed.split_terminator('\0').map(|line| {
        let (head, path) = line.split_once('\t').expect("two columns");
        let mut words = head.split(' ').map(str::to_owned);
        Entry {
            path: path.to_owned(),
            mode: words.next().expect("a mode"),
            stage: "0".to_owned(),
            id: words.nth(1).expect("an id"),
        }
    });
    entries.collect()
}

/// From `<mode> <id> <stage>`, as git lists what is unmerged.
#[track_caller]
pub(super) fn stage(head: &str, path: &str) -> Entry {
    let mut words = head.split(' ').map(str::to_owned);
    let mut next = || words.next().expect("three words");
    let (mode, id, stage) = (next(), next(), next());
    Entry {
        path: path.to_owned(),
        mode,
        stage,
        id,
    }
}

/// `one/x.md~HEAD` and `one/x.md~yours` are the same.
fn without_side(path: &str) -> String {
    let names = path.split('/').map(|name| match name.split_once('~') {
        Some((name, _)) => format!("{name}~"),
        None => name.to_owned(),
    });
    names.collect::<Vec<_>>().join("/")
}

/// Without what comes after conflict markers of any length: git makes them longer where one conflict is within another.
fn unlabelled(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let length = line.iter().take_while(|byte| **byte == line[0]).count();
        let is_marker = length >= 7 && b"<|>".contains(&line[0]) && line.get(length) == Some(&b' ');
        lines.extend_from_slice(if is_marker { &line[..length] } else { line });
    }
    lines
}
