//! The project with its upstreams: calls that are written down, and looks at what is there.
//!
//! What changes something goes through [`World::git`], [`World::lineage`] and the like, and stands in the script; what only
//! asks is asked of git at a fixed time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{script::Script, steps::Change};
use crate::support::{Output, TestRepo, run::Call};

/// An artifact of the project.
pub(crate) struct Artifact {
    pub(crate) id: &'static str,
    pub(crate) path: &'static str,
    upstream: usize,
    pub(crate) upstream_path: &'static str,
    pub(crate) single_file: bool,
}

/// Two folders and a file; two of them from the same upstream.
pub(crate) const ARTIFACTS: [Artifact; 3] = [
    Artifact {
        id: "skill/pdf",
        path: ".claude/skills/pdf",
        upstream: 0,
        upstream_path: "skills/pdf",
        single_file: false,
    },
    Artifact {
        id: "agent/reviewer",
        path: ".claude/agents/reviewer.md",
        upstream: 0,
        upstream_path: "agents/reviewer.md",
        single_file: true,
    },
    Artifact {
        id: "skill/notes",
        path: ".claude/skills/notes",
        upstream: 1,
        upstream_path: "notes",
        single_file: false,
    },
];
const FILES: [&str; 3] = ["SKILL.md", "forms.md", "more/deep.md"];
const WORDS: [&str; 3] = ["one", "two", "three"];
/// What the branches are called.
pub(crate) const BRANCHES: [&str; 3] = ["main", "feature", "fix/x"];
/// The date of calls that only ask.
pub(crate) const FIXED: &str = "1767225600 +0000";

impl Artifact {
    /// The artifact with this id.
    pub(crate) fn named(id: &str) -> &'static Artifact {
        let found = ARTIFACTS.iter().find(|artifact| artifact.id == id);
        found.unwrap_or_else(|| panic!("{id} is no artifact of this project"))
    }

    /// A file of it below `root`, the artifact's own path.
    fn file(&self, root: &str, file: usize) -> String {
        match self.single_file {
            true => root.to_owned(),
            false => format!("{root}/{}", FILES[file % FILES.len()]),
        }
    }
}

/// What the manifest says of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deployed {
    pub(crate) baseline: String,
    pub(crate) upstream_commit: String,
}

/// A project in the middle of its history.
pub(crate) struct World {
    pub(crate) project: TestRepo,
    upstreams: [TestRepo; 2],
    pub(crate) script: Script,
    /// Who works here, if it is not the usual one.
    who: Option<&'static str>,
    /// Others record versions, too, which may not be known here.
    pub(crate) shares: bool,
    /// Every version that a command ever named in an answer.
    pub(crate) reported: BTreeSet<String>,
    /// What the last sync of an artifact made of it.
    pub(crate) synced: BTreeMap<&'static str, Synced>,
}

/// What a sync left, for a commit to take up.
pub(crate) struct Synced {
    /// The commit that was checked out.
    pub(crate) at: String,
    pub(crate) branch: Option<String>,
    pub(crate) version: String,
    pub(crate) content: String,
    pub(crate) baseline: String,
}

impl World {
    /// A project with one commit in which two of the artifacts are deployed.
    pub(crate) fn new(hooks: bool) -> Self {
        let project = TestRepo::new();
        let upstreams = [project.sibling("one", &[]), project.sibling("two", &[])];
        let mut world = World {
            project,
            upstreams,
            script: Script::default(),
            who: None,
            shares: false,
            reported: BTreeSet::new(),
            synced: BTreeMap::new(),
        };
        for folder in ["repo", "one", "two"] {
            world.script.call(folder, FIXED, &["git", "init", "-q"], &[]);
        }
        for artifact in &ARTIFACTS {
            for file in 0..3 {
                let change = Change {
                    artifact: 0,
                    file,
                    line: 9,
                    word: Some(0),
                };
                let upstream = &world.upstreams[artifact.upstream];
                world.change(upstream, &artifact.file(artifact.upstream_path, file), change);
            }
        }
        for upstream in &world.upstreams {
            world.at(upstream).git(&["add", "--all"]);
            world.at(upstream).git(&["commit", "-q", "-m", "Begin"]);
        }
        let project = &world.project;
        world.write(project, "README.md", "# Project\n");
        world.git(&["add", "--all"]);
        world.git(&["commit", "-q", "-m", "Begin"]);
        if hooks {
            world.at(&world.project).lineage(&["hooks", "install"]).assert_code(0);
        }
        for artifact in &ARTIFACTS[..2] {
            world.deploy(artifact).assert_code(0);
        }
        world.git(&["add", "--all"]);
        world.git(&["commit", "-q", "-m", "Deploy"]);
        for branch in &BRANCHES[1..] {
            world.git(&["branch", branch]);
        }
        world
    }

    /// The same in folders of its own; the script goes on from here.
    pub(crate) fn twin(&self) -> Self {
        let project = self.project.twin();
        let upstreams = [project.folder("one"), project.folder("two")];
        World {
            project,
            upstreams,
            script: self.script.fork(),
            who: self.who,
            shares: self.shares,
            reported: self.reported.clone(),
            synced: BTreeMap::new(),
        }
    }

    /// Another clone of the project in the same sandbox, with the same upstreams and script.
    pub(crate) fn colleague(&self, project: TestRepo, who: Option<&'static str>) -> Self {
        World {
            project,
            upstreams: self.upstreams.clone(),
            script: self.script.clone(),
            who,
            shares: self.shares,
            reported: BTreeSet::new(),
            synced: BTreeMap::new(),
        }
    }

    /// The name of the project's folder.
    pub(crate) fn folder(&self) -> &str {
        super::script::name_of(self.project.path())
    }

    pub(crate) fn who(&self) -> Option<&'static str> {
        self.who
    }

    // What changes something.

    pub(crate) fn at<'a>(&'a self, repo: &'a TestRepo) -> Written<'a> {
        Written {
            repo,
            who: self.who,
            script: &self.script,
        }
    }

    /// Git in the project, whatever comes of it.
    pub(crate) fn git(&self, args: &[&str]) -> Output {
        self.at(&self.project).git(args)
    }

    /// True if git did it.
    pub(crate) fn git_does(&self, args: &[&str]) -> bool {
        self.git(args).code == 0
    }

    /// `git lineage --json`. Panics if it does not exit with 0 (done), 1 (failed) or 3 (conflicts); notes the versions
    /// that it names.
    pub(crate) fn lineage(&mut self, args: &[&str]) -> Output {
        let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
        let output = self.at(&self.project).lineage(&args);
        assert!([0, 1, 3].contains(&output.code), "{output}");
        for answer in output.json() {
            if let Some(version) = answer["version_id"].as_str() {
                self.reported.insert(version.to_owned());
            }
        }
        output
    }

    pub(crate) fn deploy(&mut self, artifact: &Artifact) -> Output {
        let upstream = ["../one", "../two"][artifact.upstream];
        self.lineage(&["deploy", upstream, artifact.path, "--from", artifact.upstream_path])
    }

    /// A change of a file of an artifact in the work tree; nothing where the artifact is not there.
    pub(crate) fn edit(&self, change: Change) {
        let artifact = &ARTIFACTS[change.artifact];
        if self.project.exists(artifact.path) {
            self.change(&self.project, &artifact.file(artifact.path, change.file), change);
        }
    }

    /// The same upstream, committed there.
    pub(crate) fn edit_upstream(&self, change: Change) {
        let artifact = &ARTIFACTS[change.artifact];
        let upstream = &self.upstreams[artifact.upstream];
        let path = artifact.file(artifact.upstream_path, change.file);
        self.change(upstream, &path, change);
        self.at(upstream).git(&["add", "--all"]);
        self.at(upstream).git(&["commit", "-q", "-m", "Move on"]);
    }

    /// Turns the executable bit of a file over.
    pub(crate) fn turn_executable(&self, artifact: usize, file: usize) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = ARTIFACTS[artifact].file(ARTIFACTS[artifact].path, file);
        if let Ok(found) = std::fs::metadata(self.project.path().join(&path)) {
            let mode = (found.permissions().mode() & 0o777) ^ 0o111;
            self.script
                .chmod(super::script::name_of(self.project.path()), &path, mode);
            self.project.chmod(&path, mode);
        }
    }

    pub(crate) fn write_in_project(&self, path: &str, content: &str) {
        self.write(&self.project, path, content);
    }

    /// Nine lines with one changed; the last file of an artifact stays, or there would be no artifact.
    fn change(&self, repo: &TestRepo, path: &str, change: Change) {
        let Some(word) = change.word else {
            if !path.ends_with(FILES[0]) && FILES.iter().any(|file| path.ends_with(file)) && repo.exists(path) {
                self.script.remove(super::script::name_of(repo.path()), path);
                repo.remove(path);
            }
            return;
        };
        let text = match repo.exists(path) {
            true => String::from_utf8_lossy(&repo.read(path)).into_owned(),
            false => (1..10).map(|number| format!("line {number}\n")).collect(),
        };
        let mut lines: Vec<&str> = text.lines().collect();
        if let Some(line) = lines.get_mut(change.line) {
            *line = WORDS[word];
        }
        self.write(repo, path, &(lines.join("\n") + "\n"));
    }

    fn write(&self, repo: &TestRepo, path: &str, content: &str) {
        self.script.file(super::script::name_of(repo.path()), path, content);
        repo.write(path, content);
    }

    // What only asks.

    /// A call that leaves the clock alone.
    pub(crate) fn ask(&self) -> Call<'_> {
        self.project.call().at(FIXED)
    }

    /// The branch checked out, or being rebased; `None` with HEAD detached.
    pub(crate) fn branch(&self) -> Option<String> {
        if self.project.exists(".git/reftable") {
            let head = self.ask().git_any(&["symbolic-ref", "--quiet", "HEAD"]).trimmed();
            return Some(head.strip_prefix("refs/heads/")?.to_owned());
        }
        // Asked very often, and quickly answered by the file.
        let head = String::from_utf8(self.project.read(".git/HEAD")).expect("git writes text");
        let name = head.trim().strip_prefix("ref: refs/heads/")?;
        Some(name.to_owned())
    }

    /// The tip of an upstream's branch.
    pub(crate) fn upstream_tip(&self, artifact: &Artifact) -> String {
        self.upstreams[artifact.upstream].rev_parse("refs/heads/main")
    }

    /// True if neither git nor anybody else has something to commit.
    pub(crate) fn is_clean(&self) -> bool {
        self.ask().git(&["status", "--porcelain"]).text().is_empty()
    }

    /// The artifacts in which an operation stands unfinished.
    pub(crate) fn unfinished(&self) -> Vec<&'static Artifact> {
        let refs = self
            .ask()
            .git(&["for-each-ref", "--format=%(refname:lstrip=4)", "refs/lineage/pending"]);
        refs.lines().iter().map(|id| Artifact::named(id)).collect()
    }

    /// All refs of versions with their values.
    pub(crate) fn version_refs(&self) -> Vec<String> {
        version_refs(&self.project)
    }

    /// What the manifest in the work tree says.
    pub(crate) fn manifest(&self) -> BTreeMap<String, Deployed> {
        match self.project.exists(".gitlineage") {
            true => manifest(&String::from_utf8_lossy(&self.project.read(".gitlineage"))),
            false => BTreeMap::new(),
        }
    }
}

/// All refs of versions in a repository with their values.
pub(crate) fn version_refs(repo: &TestRepo) -> Vec<String> {
    repo.call()
        .at(FIXED)
        .git(&["for-each-ref", "--format=%(refname) %(objectname)", "refs/lineage"])
        .lines()
}

/// Reads a manifest: as much of git's syntax as these have.
pub(crate) fn manifest(text: &str) -> BTreeMap<String, Deployed> {
    let mut found: BTreeMap<String, Deployed> = BTreeMap::new();
    let mut id = String::new();
    for line in text.lines() {
        if let Some(section) = line.strip_prefix("[artifact \"") {
            id = section.trim_end_matches("\"]").to_owned();
        } else if let Some((key, value)) = line.split_once('=') {
            let entry = found.entry(id.clone()).or_insert_with(|| Deployed {
                baseline: String::new(),
                upstream_commit: String::new(),
            });
            match key.trim() {
                "baseline" => entry.baseline = value.trim().to_owned(),
                "upstream-commit" => entry.upstream_commit = value.trim().to_owned(),
                _ => {}
            }
        }
    }
    found
}

/// The field of an answer that names something.
pub(crate) fn field<'v>(answer: &'v Value, key: &str) -> &'v str {
    crate::support::project::text(answer, key)
}

/// Calls in a repository that are written down.
pub(crate) struct Written<'a> {
    repo: &'a TestRepo,
    who: Option<&'static str>,
    script: &'a Script,
}

impl Written<'_> {
    pub(crate) fn git(&self, args: &[&str]) -> Output {
        let date = self.note(&["git"], args);
        self.call(&date).git_any(args)
    }

    pub(crate) fn lineage(&self, args: &[&str]) -> Output {
        let date = self.note(&["git", "lineage"], args);
        self.call(&date).lineage(args)
    }

    fn call(&self, date: &str) -> Call<'_> {
        let call = self.repo.call().at(date);
        match self.who {
            None => call,
            Some(who) => call.env("GIT_AUTHOR_NAME", who).env("GIT_COMMITTER_NAME", who),
        }
    }

    fn note(&self, program: &[&str], args: &[&str]) -> String {
        let date = self.repo.sandbox().clock.tick();
        let people = self
            .who
            .map(|who| ["AUTHOR", "COMMITTER"].map(|role| format!("GIT_{role}_NAME={who}")));
        let people = people.iter().flatten().map(String::as_str);
        let before: Vec<&str> = match self.who {
            None => Vec::new(),
            Some(_) => ["env"].into_iter().chain(people).collect(),
        };
        let program = [&before, program].concat();
        self.script
            .call(super::script::name_of(self.repo.path()), &date, &program, args);
        date
    }
}
