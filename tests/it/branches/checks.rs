//! What is checked at the end of every story.

use serde_json::Value;

use super::{
    picture::{Says, picture},
    story::{FIXED, Story, When, is_on_a_branch},
};
use crate::support::project::{ID, PATH, texts};

impl Story {
    /// Catches up and compares everything with the picture.
    #[track_caller]
    pub(super) fn check(&self) {
        self.catch_up();
        let before = self.refs();
        let held = self.held();
        self.compare(&held);
        if self.when == When::AtTheEnd {
            // The other way of telling comes to the same versions.
            self.check_contents(&held);
            self.check_clone(&held);
        }
        self.catch_up();
        assert_eq!(self.refs(), before, "recording again changed something");
        self.check_sound();
    }

    /// A later change upstream arrives, and nothing else changes; then all is as sound as before.
    #[track_caller]
    pub(super) fn check_next_sync(&self, result: &str) {
        self.upstream(20, "later");
        self.sync(result);
        assert_eq!(self.line(20), "later");
        self.commit("Later");
        self.catch_up();
        let before = self.refs();
        self.catch_up();
        assert_eq!(self.refs(), before, "recording again changed something");
        self.check_sound();
    }

    /// Whatever is to be recorded of any branch is, the one checked out first.
    #[track_caller]
    pub(super) fn catch_up(&self) {
        let project = &self.project;
        if is_on_a_branch(project) {
            project.call().at(FIXED).lineage_ok(&["record"]);
        }
        let format = "--format=%(refname:lstrip=2)";
        let branches = project.call().at(FIXED).git(&["for-each-ref", format, "refs/heads"]);
        for branch in branches.lines() {
            let args = ["record", "--line", &branch, "--rev", &format!("refs/heads/{branch}")];
            project.call().at(FIXED).lineage_ok(&args);
        }
        self.look();
    }

    #[track_caller]
    fn refs(&self) -> String {
        let refs = self.project.call().at(FIXED).git(&["for-each-ref", "refs/lineage"]);
        refs.text().to_owned()
    }

    /// The versions of all commits of the picture.
    #[track_caller]
    fn held(&self) -> Vec<(String, String, String)> {
        let mut held: Vec<(String, String, String)> = Vec::new();
        for says in picture(&self.anchor) {
            let Says::Holds { commit: name, .. } = says else {
                continue;
            };
            let commit = self.commit_named(&name);
            let (version, recorded) = self.version_at(&self.project, &commit);
            assert!(!recorded, "V({name}) was not recorded by catching up");
            held.push((name, commit, version));
        }
        held
    }

    #[track_caller]
    pub(super) fn commit_named(&self, name: &str) -> String {
        let commits = self.commits.borrow();
        let commit = commits.get(name);
        commit
            .unwrap_or_else(|| panic!("the story has no commit {name}"))
            .clone()
    }

    #[track_caller]
    fn compare(&self, held: &[(String, String, String)]) {
        for says in picture(&self.anchor) {
            match says {
                Says::Holds { commit, version } => {
                    let (_, _, id) = held.iter().find(|one| one.0 == commit).expect("it was asked");
                    self.call(&version, id);
                }
                Says::IsFrom {
                    version,
                    parents,
                    origin,
                } => {
                    let id = self.called(&version);
                    let format = "--format=%P%n%(trailers:key=Change-Origin,valueonly)";
                    let answer = self.project.call().at(FIXED).git(&["log", "-1", format, &id]).lines();
                    let actual: Vec<&str> = answer[0].split_whitespace().collect();
                    assert_eq!(
                        actual.len(),
                        parents.len(),
                        "{}: {version} is from {actual:?}, not from {parents:?}\n{}",
                        self.anchor,
                        self.graph()
                    );
                    for (name, id) in parents.iter().zip(actual) {
                        self.call(name, id);
                    }
                    assert_eq!(answer[1], origin, "{version}\n{}", self.graph());
                }
                Says::Baseline { commit, version } => {
                    let id = self.called(&version);
                    let tree = self.project.rev_parse(&format!("{id}^{{tree}}"));
                    let commit_id = self.commit_named(&commit);
                    assert_eq!(self.baseline(&commit_id), tree, "baseline({commit})\n{}", self.graph());
                    let (_, _, held) = held
                        .iter()
                        .find(|one| one.0 == commit)
                        .expect("a picture says V as well");
                    let args = ["merge-base", "--is-ancestor", &id, held];
                    let contains = self.project.call().at(FIXED).git_any(&args).code == 0;
                    assert!(contains, "V({commit}) does not contain {version}\n{}", self.graph());
                }
            }
        }
    }

    /// One name means one version.
    #[track_caller]
    fn call(&self, name: &str, id: &str) {
        let mut labels = self.labels.borrow_mut();
        let other = labels.iter().find(|(other, known)| *known == id && *other != name);
        assert!(other.is_none(), "{name} is also {other:?}\n{}", self.graph());
        let known = labels.entry(name.to_owned()).or_insert_with(|| id.to_owned());
        assert_eq!(known, id, "{name} means two versions\n{}", self.graph());
    }

    #[track_caller]
    pub(super) fn called(&self, name: &str) -> String {
        let labels = self.labels.borrow();
        let id = labels.get(name);
        id.unwrap_or_else(|| panic!("{name} is not known yet in the picture {}", self.anchor))
            .clone()
    }

    /// For messages.
    #[track_caller]
    fn graph(&self) -> String {
        let globs = ["heads", "kept"].map(|area| format!("--glob=refs/lineage/{area}"));
        let format = "--format=%h %d %s (%(trailers:key=Change-Origin,valueonly,separator=%x2C)) tree %t";
        let args = ["log", "--graph", format, &globs[0], &globs[1]];
        let versions = self.project.call().at(FIXED).git(&args);
        let args = ["log", "--graph", "--format=%h %d %s", "--branches", "HEAD"];
        let commits = self.project.call().at(FIXED).git(&args);
        format!(
            "{:?}\nversions:\n{}\ncommits:\n{}",
            self.when,
            versions.text(),
            commits.text()
        )
    }

    /// V of every commit has its content and contains its baseline.
    #[track_caller]
    fn check_contents(&self, held: &[(String, String, String)]) {
        for (name, commit, version) in held {
            let content = self.project.rev_parse(&format!("{commit}:{PATH}"));
            assert_eq!(
                self.project.rev_parse(&format!("{version}^{{tree}}")),
                content,
                "V({name}) has another content\n{}",
                self.graph()
            );
            let baseline = self.baseline(commit);
            let args = ["log", "--format=%T", version];
            let contents = self.project.call().at(FIXED).git(&args).lines();
            assert!(
                contents.contains(&baseline),
                "V({name}) lacks its baseline\n{}",
                self.graph()
            );
        }
    }

    /// Nothing is damaged, and nothing that was ever reported is lost.
    #[track_caller]
    fn check_sound(&self) {
        let damage: Vec<Value> = self.project.call().at(FIXED).lineage_json(&["verify"]);
        assert!(damage.is_empty(), "{damage:#?}");
        let reachable = self.reachable();
        for version in self.seen.borrow().iter() {
            assert!(reachable.contains(version), "{version} is lost\n{}", self.graph());
        }
        let log = self.project.git_dir().join("lineage/hooks.log");
        assert!(
            !log.exists(),
            "a hook failed: {}",
            String::from_utf8_lossy(&self.project.read(log))
        );
        let listed = self.project.call().at(FIXED).lineage_json(&["log", ID, "--all"]);
        assert_eq!(texts(&listed, "version_id").len(), reachable.len(), "{}", self.graph());
    }

    /// A clone that has fetched what was deployed, synced and recorded comes to the same versions.
    #[track_caller]
    fn check_clone(&self, held: &[(String, String, String)]) {
        let name = format!("clone-{}", self.labels.borrow().len());
        let clone = self.project.sibling(&name, &["--bare"]);
        let from = self.project.git_dir();
        let mut specs = vec!["+refs/heads/*:refs/heads/*".to_owned()];
        for (number, (name, id)) in self.published.borrow().iter().enumerate() {
            specs.push(format!("{id}:refs/lineage/remotes/at{number}/{name}"));
        }
        let mut args = vec!["fetch", "--quiet", from.to_str().expect("UTF-8")];
        args.extend(specs.iter().map(String::as_str));
        clone.call().at(FIXED).git(&args);
        for (name, commit, version) in held {
            let (other, _) = self.version_at(&clone, commit);
            assert_eq!(other, *version, "V({name}) is another one in a clone\n{}", self.graph());
        }
    }
}
