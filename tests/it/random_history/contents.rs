//! Which content the artifacts have in a tree, and what the next sync has to make of it: computed by git alone.
//!
//! The model's objects go to a bare repository of its own beside the project, which reads the project's and the
//! upstreams': nothing here can lend the project an object that it should have written itself.

use std::collections::BTreeMap;

use super::world::{ARTIFACTS, Artifact, Deployed, FIXED, World};
use crate::support::{TestRepo, run::Call};

/// A content as git stores it at the path of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    mode: String,
    object: String,
    /// The content hash: the tree itself, or a tree with the one file.
    pub(crate) hash: String,
}

/// What a sync has to come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Upstream has what the baseline says.
    UpToDate,
    /// This content.
    Merged(String),
    /// These entries of git's index: mode, object, stage and path.
    Conflicts(Vec<String>),
}

/// Where the model lies in the sandbox.
pub(crate) const MODEL: &str = "model";

/// Where a copy of the project lies in which something is only tried.
pub(crate) const COPY: &str = "copy";

/// Makes the model's repository, which reads those in these folders.
pub(crate) fn make_model(world: &World, folders: &[&str]) {
    let model = world.project.sibling(MODEL, &["--bare"]);
    let repositories = folders.iter().map(|name| format!("../../{name}/.git/objects\n"));
    model.write("objects/info/alternates", repositories.collect::<String>());
    for folder in folders {
        world.project.folder(&format!("{folder}/.git/objects"));
    }
}

impl World {
    /// A call in the model's repository.
    fn model(&self) -> Call<'_> {
        self.ask().cwd(self.project.beside(MODEL))
    }

    /// The tree that a commit of everything in the work tree would have.
    pub(crate) fn work_tree(&self) -> String {
        match self.is_clean() {
            true => self.project.rev_parse("HEAD^{tree}"),
            false => self.work_tree_of(&self.project),
        }
    }

    /// The same of the project or a copy of it.
    pub(crate) fn work_tree_of(&self, repo: &TestRepo) -> String {
        let index = self.project.beside("model/index");
        repo.copy(".git/index", &index);
        let call = || {
            let call = repo.call().at(FIXED).env("GIT_INDEX_FILE", &index);
            call.env("GIT_OBJECT_DIRECTORY", self.project.beside("model/objects"))
                .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", repo.path().join(".git/objects"))
        };
        call().git(&["add", "--all"]);
        call().git(&["write-tree"]).trimmed()
    }

    /// The contents of the artifacts, each at its path in a tree.
    pub(crate) fn contents(&self, tree: &str) -> BTreeMap<&'static str, Content> {
        let paths = ARTIFACTS.each_ref().map(|artifact| artifact.path);
        let mut found = BTreeMap::new();
        for (path, mode, object) in self.entries(tree, &paths) {
            let artifact = ARTIFACTS.iter().find(|artifact| artifact.path == path);
            let artifact = artifact.expect("only these were asked for");
            found.insert(artifact.id, self.content(artifact, mode, object));
        }
        found
    }

    /// What an artifact has to come to if it is synced now, with this content.
    pub(crate) fn next_sync(&self, artifact: &Artifact, mine: &Content, deployed: &Deployed) -> Expected {
        let tip = self.upstream_tip(artifact);
        let (_, mode, object) = self.entries(&tip, &[artifact.upstream_path]).remove(0);
        let theirs = self.content(artifact, mode, object);
        if theirs.hash == deployed.baseline {
            return Expected::UpToDate;
        }
        let base = match artifact.single_file {
            false => Content {
                mode: "040000".to_owned(),
                object: deployed.baseline.clone(),
                hash: deployed.baseline.clone(),
            },
            true => {
                let (_, mode, object) = self.entries(&deployed.baseline, &[]).remove(0);
                self.content(artifact, mode, object)
            }
        };
        let mut stream = String::new();
        for (name, content) in [("base", &base), ("mine", mine), ("theirs", &theirs)] {
            let Content { mode, object, .. } = content;
            let path = artifact.path;
            stream += &format!("commit refs/heads/{name}\ncommitter A <a> 0 +0000\ndata 0\ndeleteall\n");
            stream += &format!("M {mode} {object} {path}\n\n");
        }
        self.model().stdin(stream).git(&["fast-import", "--quiet", "--force"]);
        let merge = [
            "merge-tree",
            "--write-tree",
            "-z",
            "--no-messages",
            "--merge-base=base",
            "mine",
            "theirs",
        ];
        let merged = self.model().git_any(&merge);
        assert!(merged.code < 2, "{merged}");
        let mut parts = merged.text().split_terminator('\0');
        let tree = parts.next().expect("the tree comes first").to_owned();
        if merged.code == 0 {
            let content = self.contents(&tree).remove(artifact.id);
            return Expected::Merged(content.expect("what is merged is not empty").hash);
        }
        Expected::Conflicts(parts.map(str::to_owned).collect())
    }

    /// Path, mode and object of what a tree has at these paths; of all it has where there are none.
    pub(crate) fn entries(&self, tree: &str, paths: &[&str]) -> Vec<(String, String, String)> {
        let args: Vec<&str> = ["ls-tree", "-z", tree].iter().chain(paths).copied().collect();
        let listed = self.model().git(&args);
        let entry = |line: &str| {
            let (about, path) = line.split_once('\t').expect("git prints a tab");
            let mut about = about.split(' ');
            let mode = about.next().unwrap_or_default().to_owned();
            (path.to_owned(), mode, about.nth(1).unwrap_or_default().to_owned())
        };
        listed.text().split_terminator('\0').map(entry).collect()
    }

    /// What stands at the path of an artifact.
    pub(crate) fn content(&self, artifact: &Artifact, mode: String, object: String) -> Content {
        let hash = if mode == "040000" {
            object.clone()
        } else {
            let name = artifact.path.rsplit('/').next().unwrap_or_default();
            let entry = format!("{mode} blob {object}\t{name}\n");
            self.model().stdin(entry).git(&["mktree"]).trimmed()
        };
        Content { mode, object, hash }
    }
}
