//! [`Oracle`]: a repository in which `git merge` merges the same histories, and the comparison.

use std::{collections::BTreeMap, fmt::Write as _, os::unix::ffi::OsStringExt};

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
};

use super::{DEFAULTS, Merged, cases::Case};
use crate::{
    content::{Mode, testing::TestRepo, to_path},
    id::HashKind,
};

/// Abbreviated ids have this length.
const ABBREVIATED: usize = 12;

/// A repository with the histories of some cases: branches `b/<n>`, `o/<n>` and `t/<n>`.
pub(super) struct Oracle {
    git: TestRepo,
    bases: BTreeMap<String, String>,
}

impl Oracle {
    /// `shared` are files of the project that are no artifact's.
    pub(super) fn new(kind: HashKind, config: &[(&str, &str)], shared: &[(&str, &str)], cases: &[Case]) -> Self {
        let git = TestRepo::new(kind);
        let mut settings = String::new();
        let abbreviated = ABBREVIATED.to_string();
        let own = [("core.abbrev", abbreviated.as_str()), ("advice.mergeConflict", "false")];
        for (key, value) in DEFAULTS.iter().chain(config).chain(&own) {
            let (section, name) = key.rsplit_once('.').expect("a key");
            let section = match section.split_once('.') {
                Some((section, sub)) => format!("{section} \"{sub}\""),
                None => section.to_owned(),
            };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            writeln!(settings, "[{section}]\n{name} = \"{value}\"").expect("written to memory");
        }
        let file = git.path().join(".git/config");
        let before = std::fs::read_to_string(&file).expect("readable");
        std::fs::write(file, before + &settings).expect("writable");
        git.ok_with(["fast-import", "--quiet"], &stream(shared, cases));
        let refs = git.ok([
            "for-each-ref",
            "--format=%(objectname) %(refname:short)",
            "refs/heads/b",
        ]);
        let bases = refs.lines().filter_map(|line| line.split_once(' '));
        let bases = bases
            .map(|(id, name)| (name.to_owned(), id[..ABBREVIATED].to_owned()))
            .collect();
        git.ok(["checkout", "--quiet", "--detach", "b/0"]);
        Oracle { git, bases }
    }

    /// What `git merge` with diff3 markers calls the base of a case.
    pub(super) fn base_label(&self, number: usize) -> &str {
        &self.bases[&format!("b/{number}")]
    }

    /// Lets `git merge` merge a case; `None` if that trips over a bug of its own.
    pub(super) fn merge(&self, number: usize, case: &Case, options: &[&str]) -> Option<Outcome> {
        self.git.ok(["reset", "--quiet", "--hard", &format!("o/{number}")]);
        let theirs = format!("t/{number}");
        let fixed = ["merge", "--quiet", "--no-commit", "--no-stat"];
        let output = self
            .git
            .git(fixed.iter().chain(options).copied().chain([theirs.as_str()]), b"");
        let clean = match output.status.code() {
            Some(0) => true,
            Some(1) => false,
            None if output.stderr.starts_with(b"BUG: ") => {
                std::fs::remove_file(self.git.path().join(".git/index.lock")).expect("git left its lock");
                return None;
            }
            _ => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        };
        let index = gix::index::File::at(
            self.git.path().join(".git/index"),
            self.git.kind.to_gix(),
            false,
            Default::default(),
        )
        .expect("an index");
        let mut outcome = Outcome {
            clean,
            ..Outcome::default()
        };
        for entry in index.entries() {
            let Some(path) = case.relative(entry.path(&index)) else {
                continue;
            };
            let mode = Mode::from_git(entry.mode.bits()).expect("a file");
            let stage = entry.stage_raw() as usize;
            if stage == 0 {
                outcome.merged.insert(path, (mode, entry.id));
            } else {
                outcome.unmerged.entry(path).or_default()[stage - 1] = Some((mode, entry.id));
            }
        }
        for path in outcome.unmerged.keys() {
            let file = self.git.path().join(to_path(&case.in_project(path)));
            let data = match std::fs::symlink_metadata(&file) {
                Ok(found) if found.is_symlink() => {
                    let target = std::fs::read_link(&file).expect("a link");
                    target.into_os_string().into_vec()
                }
                Ok(found) if found.is_file() => std::fs::read(&file).expect("readable"),
                _ => continue,
            };
            outcome.in_work_tree.insert(path.clone(), data.into());
        }
        Some(outcome)
    }
}

/// What `git merge` left of an artifact.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) clean: bool,
    merged: BTreeMap<BString, (Mode, ObjectId)>,
    unmerged: BTreeMap<BString, [Option<(Mode, ObjectId)>; 3]>,
    /// The files at unmerged paths.
    in_work_tree: BTreeMap<BString, BString>,
}

impl Outcome {
    /// Each side deleted what the other one kept.
    pub(super) fn nothing() -> Self {
        Outcome {
            clean: true,
            ..Outcome::default()
        }
    }

    /// What the engine says, in the same form.
    pub(super) fn of(merged: &Merged, case: &Case) -> Self {
        let mut outcome = Outcome {
            clean: merged.clean,
            ..Outcome::default()
        };
        for conflict in &merged.conflicts {
            outcome.unmerged.insert(conflict.path.clone(), conflict.stages);
        }
        for entry in merged.content.entries() {
            if !outcome.unmerged.contains_key(&entry.path) {
                outcome.merged.insert(entry.path.clone(), (entry.mode, entry.id));
                continue;
            }
            let mut data = merged.blob(entry.id, case.sides()).expect("every blob is known");
            if entry.path.ends_with(b".crlf") && entry.mode != Mode::Symlink {
                data = data.replace("\r\n", "\n").replace("\n", "\r\n");
            }
            outcome.in_work_tree.insert(entry.path.clone(), data.into());
        }
        outcome
    }
}

/// All histories for `git fast-import`.
fn stream(shared: &[(&str, &str)], cases: &[Case]) -> Vec<u8> {
    let mut stream = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        for (branch, files) in ["b", "o", "t"].into_iter().zip(case.sides()) {
            let head = format!("commit refs/heads/{branch}/{number}\ncommitter A <a> 0 +0000\ndata 1\n{branch}\n");
            stream.extend_from_slice(head.as_bytes());
            if branch != "b" {
                stream.extend_from_slice(format!("from refs/heads/b/{number}\n").as_bytes());
            }
            stream.extend_from_slice(b"deleteall\n");
            for (path, data) in shared {
                add(&mut stream, path.as_bytes(), Mode::File, data.as_bytes());
            }
            for (path, (mode, data)) in &files.0 {
                add(&mut stream, &case.in_project(path), *mode, data);
            }
        }
    }
    stream
}

fn add(stream: &mut Vec<u8>, path: &[u8], mode: Mode, data: &[u8]) {
    let mut quoted = String::new();
    for byte in path {
        write!(quoted, "\\{byte:03o}").expect("written to memory");
    }
    let head = format!("M {} inline \"{quoted}\"\ndata {}\n", mode.as_str(), data.len());
    stream.extend_from_slice(head.as_bytes());
    stream.extend_from_slice(data);
    stream.push(b'\n');
}
