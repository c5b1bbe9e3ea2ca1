//! The life of an artifact in every kind of repository, place and content: deployed, edited, recorded, synced, asked
//! about. After each step its content hash is what git computes of the same state.

mod contents;
mod heads;
mod indexes;
mod names;
mod refusals;
mod repositories;
mod settings;
mod stored;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::project::{one, text, texts};
use crate::support::repo::utf8;
use crate::support::{Call, Output, TestRepo};

/// Where an artifact lives, and how the program is called there.
struct Life<'a> {
    repo: &'a TestRepo,
    /// From the project's root.
    path: &'a str,
    id: &'a str,
    /// Absolute: a folder, or a file.
    source: PathBuf,
    /// Arguments before the command.
    global: Vec<&'a str>,
    /// From where the program is called, relative to the repository's folder, and how the artifact is named there.
    from: (&'a str, &'a str),
    /// Variables for every call of git and of the program.
    variables: Vec<(&'a str, PathBuf)>,
    /// Whether commits hold the artifact; an ignored one lives in the work tree alone.
    committed: bool,
    /// The line the artifact is on.
    line: &'a str,
}

impl<'a> Life<'a> {
    /// At a path of the project with a source beside it, called at the project's root.
    fn new(repo: &'a TestRepo, path: &'a str, id: &'a str, source: &str) -> Self {
        Self {
            repo,
            path,
            id,
            source: repo.beside(source),
            global: Vec::new(),
            from: ("", path),
            variables: Vec::new(),
            committed: true,
            line: "main",
        }
    }

    fn call(&self) -> Call<'a> {
        let call = self.repo.call().cwd(self.from.0);
        self.variables
            .iter()
            .fold(call, |call, (key, value)| call.env(key, value))
    }

    fn git(&self, args: &[&str]) -> Output {
        self.variables
            .iter()
            .fold(self.repo.call(), |call, (key, value)| call.env(key, value))
            .git(args)
    }

    #[track_caller]
    fn ask(&self, args: &[&str]) -> Vec<Value> {
        let args: Vec<&str> = self.global.iter().chain(args).copied().collect();
        self.call().lineage_json(&args)
    }

    /// What git makes of the artifact in the checked-out commit: a tree, for a single file that with this one entry.
    #[track_caller]
    fn committed_tree(&self) -> String {
        let listed = self.git(&["ls-tree", "-z", "HEAD", "--", self.path]).stdout;
        let entry = String::from_utf8(listed).expect("names of tests are UTF-8");
        let (attributes, _) = entry
            .split_once('\t')
            .unwrap_or_else(|| panic!("{} is not in HEAD", self.path));
        let fields: Vec<&str> = attributes.split(' ').collect();
        if fields[1] == "tree" {
            return fields[2].to_owned();
        }
        let name = self.path.rsplit('/').next().expect("a path has a last component");
        self.repo
            .git_stdin(&["mktree", "-z"], format!("{attributes}\t{name}\0"))
            .trimmed()
    }

    /// Commits all and compares; what a work tree alone holds has nothing to compare with.
    #[track_caller]
    fn commit_and_compare(&self, message: &str, content: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        if self.committed {
            assert_eq!(content, self.committed_tree(), "{message}");
            assert_eq!(self.git(&["status", "--porcelain"]).text(), "", "{message}");
        }
        // The commit's version is the one that was recorded before it.
        let again = one(self.ask(&["record", self.id]));
        assert_eq!(
            (&again["recorded"], text(&again, "content_hash")),
            (&Value::Bool(false), content),
            "{message}"
        );
    }

    /// Where the file is that is edited: the artifact, or the first file in it.
    fn file(&self) -> PathBuf {
        let artifact = self.repo.path().join(self.path);
        if artifact.is_dir() {
            artifact.join("SKILL.md")
        } else {
            artifact
        }
    }

    fn upstream_file(&self) -> PathBuf {
        if self.source.is_dir() {
            self.source.join("SKILL.md")
        } else {
            self.source.clone()
        }
    }

    /// Lives it, from the deployment to the last question; the versions that there are then, oldest first.
    #[track_caller]
    fn live(&self) -> Vec<String> {
        let source = utf8(&self.source);
        let mut deploy = vec!["deploy", source, self.from.1, "--id", self.id];
        deploy.extend((!self.committed).then_some("--no-stage"));
        let deployed = one(self.ask(&deploy));
        let mut contents = vec![text(&deployed, "content_hash").to_owned()];
        self.commit_and_compare("Deploy", &contents[0]);

        let original = std::fs::read(self.file()).expect("it was deployed");
        self.repo.write(self.file(), [original.as_slice(), b"ours\n"].concat());
        let recorded = one(self.ask(&["record", self.id]));
        assert_eq!(recorded["recorded"], true);
        assert_eq!(recorded["parent_ids"], serde_json::json!([deployed["version_id"]]));
        contents.push(text(&recorded, "content_hash").to_owned());
        self.commit_and_compare("Edit", &contents[1]);

        self.repo.write(self.file(), &original);
        contents.push(text(&one(self.ask(&["record", self.id])), "content_hash").to_owned());
        assert_eq!(contents[2], contents[0], "content that returns");
        let upstream = std::fs::read(self.upstream_file()).expect("the source is there");
        self.repo
            .write(self.upstream_file(), [upstream.as_slice(), b"theirs\n"].concat());
        let synced = one(self.ask(&["sync", self.id]));
        assert!(matches!(text(&synced, "result"), "fast_forward" | "merged"), "{synced}");
        contents.push(text(&one(self.ask(&["show", self.id])), "content_hash").to_owned());
        assert!(
            std::fs::read(self.file())
                .is_ok_and(|bytes| bytes.ends_with(b"theirs\n") || bytes.ends_with(b"theirs\r\n"))
        );
        self.commit_and_compare("Sync", &contents[3]);
        self.ask_everything(&contents)
    }

    /// Asks about an artifact that has these contents, from the root to now.
    #[track_caller]
    fn ask_everything(&self, contents: &[String]) -> Vec<String> {
        let lineage = self.ask(&["lineage", self.id]);
        assert_eq!(texts(&lineage, "content_hash"), contents);
        assert_eq!(
            texts(&lineage, "change_origin").first().map(String::as_str),
            Some("deployment")
        );
        let versions = texts(&lineage, "version_id");
        let head = versions.last().expect("there is one");

        let listed = self.ask(&["list"]);
        let listed = listed
            .iter()
            .find(|artifact| artifact["artifact_id"] == *self.id)
            .expect("it is deployed");
        assert_eq!(
            (&listed["version_id"], text(listed, "path")),
            (&Value::from(head.as_str()), self.path)
        );
        assert_eq!(listed["line"], self.line);
        let log = texts(&self.ask(&["log", self.id]), "version_id");
        assert_eq!(log.first(), Some(head));
        assert!(versions.iter().all(|version| log.contains(version)));
        let shown = one(self.ask(&["show", self.id]));
        assert_eq!(texts_of(&shown["version_lineage"]), contents);
        let of_git = self.git(&["ls-tree", "-r", "-z", "--full-tree", head]).stdout;
        let of_git = String::from_utf8(of_git).expect("names of tests are UTF-8");
        let files = shown["files"].as_array().expect("a list");
        let files: Vec<String> = files
            .iter()
            .map(|file| {
                format!(
                    "{} blob {}\t{}",
                    text(file, "mode"),
                    text(file, "hash"),
                    text(file, "path")
                )
            })
            .collect();
        assert_eq!(files, of_git.split_terminator('\0').collect::<Vec<_>>());
        for what in [self.from.1, contents.last().expect("there is one")] {
            let found = texts(&self.ask(&["find", what]), "version_id");
            assert!(found.contains(head), "{what}: {found:?}");
        }
        assert_eq!(self.ask(&["verify"]), [Value::Null; 0]);
        let children = texts(&self.ask(&["children", &contents[0]]), "version_id");
        assert!(children.contains(&versions[1]), "{children:?}");
        versions
    }
}

fn texts_of(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list");
    list.iter()
        .map(|item| item.as_str().expect("a text").to_owned())
        .collect()
}

/// A skill of three files beside the repository: one executable, one in a folder, one with a link to it.
fn make_skill(repo: &TestRepo, name: &str) {
    let skill = repo.beside(name);
    repo.write(skill.join("SKILL.md"), "# A skill\n\nRead this.\n");
    repo.write_exec(skill.join("scripts/run.sh"), "#!/bin/sh\n");
    repo.write(skill.join("references/a.md"), "A\n");
    repo.symlink("references/a.md", skill.join("link"));
}

/// The life in a repository whose only difference is what `make` did.
#[track_caller]
fn live_in(repo: &TestRepo) -> Vec<String> {
    repo.commit("Begin");
    make_skill(repo, "source/skill");
    Life::new(repo, "skills/a skill", "skill/a skill", "source/skill").live()
}

fn tail(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name")
}
