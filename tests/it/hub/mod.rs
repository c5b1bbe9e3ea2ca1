//! Hubs: bare repositories that fetch the lineage of many projects.

mod fetching;
mod projects;
mod questions;
mod refused;
mod rewound;
mod story;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::TestRepo;
use crate::support::project::{PATH, Project, one, text, texts};

/// A hub, and projects beside it with one upstream.
struct World {
    hub: TestRepo,
}

impl World {
    /// A hub without a project.
    #[track_caller]
    fn new() -> Self {
        Self::beside(&TestRepo::new())
    }

    /// The same with SHA-1, whatever the tests are told to run in.
    #[track_caller]
    fn usual() -> Self {
        Self::beside(&TestRepo::usual())
    }

    #[track_caller]
    fn beside(repo: &TestRepo) -> Self {
        let hub = repo.folder("hub.git");
        let made = one(hub.lineage_json(&["hub", "init"]));
        assert_eq!(made["created"], true, "{made}");
        Self { hub }
    }

    /// A project that is in the hub: `skill/pdf` is deployed and committed.
    #[track_caller]
    fn project(&self, name: &str) -> Project {
        let project = Project::over(self.hub.sibling(name, &["--initial-branch=main"]));
        project.deploy();
        project.commit("Add the pdf skill");
        self.add(name);
        project
    }

    #[track_caller]
    fn add(&self, name: &str) -> Value {
        one(self.hub.lineage_json(&["hub", "add", &format!("../{name}")]))
    }

    /// `hub fetch`, which must succeed.
    #[track_caller]
    fn fetch(&self) -> Vec<Value> {
        self.hub.lineage_json(&["hub", "fetch"])
    }

    /// What `hub fetch` says of one project, whatever it says of others.
    #[track_caller]
    fn fetch_one(&self, name: &str) -> Value {
        let all = self.hub.lineage(&["--json", "hub", "fetch"]).json();
        let mut found = all.into_iter().filter(|project| project["name"] == name);
        found.next().unwrap_or_else(|| panic!("no project {name}"))
    }

    /// The refs of the hub below a prefix: names and values.
    #[track_caller]
    fn refs(&self, below: &str) -> Vec<String> {
        self.hub
            .git(&["for-each-ref", "--format=%(refname) %(objectname)", below])
            .lines()
    }

    /// `verify` finds nothing, git neither, and nothing but lineage is in the hub.
    #[track_caller]
    fn assert_sound(&self) {
        assert_eq!(self.hub.lineage_json(&["verify"]), [Value::Null; 0]);
        self.hub.git(&["fsck", "--strict", "--no-dangling", "--no-progress"]);
        for name in self.refs("refs") {
            assert!(
                name.starts_with("refs/lineage/remotes/") || name.starts_with("refs/lineage/kept/"),
                "{name}"
            );
        }
    }

    /// `find`, held against git: which heads contain each version, and what they have in addition.
    #[track_caller]
    fn find(&self, what: &str) -> Vec<Value> {
        let found = self.hub.lineage_json(&["find", what]);
        for version in &found {
            assert_held_as_git_says(&self.hub, version);
        }
        found
    }

    /// As [`find`](Self::find), of all contents there are.
    #[track_caller]
    fn find_everything(&self) -> usize {
        let all = self.hub.lineage_json(&["log", "--all"]);
        let contents: BTreeSet<String> = texts(&all, "content_hash").into_iter().collect();
        let found: usize = contents.iter().map(|content| self.find(content).len()).sum();
        assert_eq!(found, all.len());
        found
    }
}

/// Panics unless `held_by` of a version names just the heads that contain it, in order, with what git counts.
#[track_caller]
fn assert_held_as_git_says(repo: &TestRepo, version: &Value) {
    let id = text(version, "version_id");
    let format = "--format=%(objectname) %(refname:lstrip=2)";
    let areas = ["refs/lineage/heads", "refs/lineage/remotes"];
    let listed = repo.git(&["for-each-ref", format, "--contains", id, areas[0], areas[1]]);
    let mut expected: Vec<(bool, Option<String>, String, String, u64)> = Vec::new();
    for line in listed.lines() {
        let (head, name) = line.split_once(' ').expect("an id and a name");
        let parts: Vec<&str> = name.split('/').collect();
        let (remote, line) = match parts[..] {
            ["heads", line, _, _] => (None, line),
            ["remotes", remote, line, _, _] => (Some(remote.to_owned()), line),
            _ => panic!("{name}"),
        };
        let count = repo.git(&["rev-list", "--count", &format!("{id}..{head}")]).trimmed();
        let count = count.parse().expect("a number");
        expected.push((head != id, remote, line.to_owned(), head.to_owned(), count));
    }
    expected.sort();
    let held_by = version["held_by"].as_array().expect("a list");
    let real: Vec<_> = held_by
        .iter()
        .map(|holder| {
            let since = &holder["since"];
            let number = |key: &str| since[key].as_u64().expect("a number");
            let by_origin = ["deployments", "syncs", "local_modifications", "unknown"].map(number);
            assert_eq!(by_origin.iter().sum::<u64>(), number("versions"), "{holder}");
            let is_head = holder["is_head"].as_bool().expect("true or false");
            let remote = holder["remote"].as_str().map(str::to_owned);
            (
                !is_head,
                remote,
                text(holder, "line").to_owned(),
                text(holder, "head").to_owned(),
                number("versions"),
            )
        })
        .collect();
    assert_eq!(real, expected, "{id}");
}

/// `<remote>/<line>` of the lines that hold a version, of those that have it as their head or of the others.
fn lines(version: &Value, heads: bool) -> Vec<String> {
    let held_by = version["held_by"].as_array().expect("a list");
    held_by
        .iter()
        .filter(|holder| holder["is_head"] == heads)
        .map(|holder| format!("{}/{}", text(holder, "remote"), text(holder, "line")))
        .collect()
}

/// Edits the skill of a project and commits, in somebody's name; recorded.
#[track_caller]
fn edit(project: &Project, who: &str, what: &str) -> Value {
    project.edit("SKILL.md", what);
    project.git(&["add", "--all"]);
    let call = project.call().env("GIT_AUTHOR_NAME", who);
    call.git(&["commit", "--quiet", "--message", "Change the skill"]);
    one(project.lineage_json(&["record", "skill/pdf"]))
}

/// The content of a project's skill, as git has it.
#[track_caller]
fn content(project: &Project) -> String {
    project.rev_parse(&format!("HEAD:{PATH}"))
}
