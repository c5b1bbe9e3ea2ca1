//! The clones and their remote, what is done in them, and what holds after each step.

use std::collections::BTreeMap;

use super::steps::{Force, Step, What};
use crate::{
    random_history::{
        conflicts,
        contents::{self, COPY},
        script::Script,
        steps::Action,
        versions::Versions,
        world::{BRANCHES, FIXED, World},
    },
    support::{Output, TestRepo},
};

/// The folders of the clones.
pub(super) const CLONES: [&str; 3] = ["repo", "second", "third"];
const REMOTE: &str = "remote";

/// Three clones and their remote.
pub(super) struct Team {
    pub(super) clones: [World; 3],
    pub(super) remote: TestRepo,
}

/// Refs with their values.
pub(super) type Refs = BTreeMap<String, String>;

impl Team {
    /// A project in which two artifacts are deployed on three branches, shared by three clones. The first two have hooks;
    /// the first and the last, which are one person's, fetch lineage with every `git fetch`.
    pub(super) fn new() -> Self {
        let mut first = World::new(false);
        first.shares = true;
        let remote = first.project.folder(REMOTE);
        first.script.folder(REMOTE);
        first.at(&remote).git(&["init", "-q", "--bare"]).assert_code(0);
        first.git(&["remote", "add", "origin", "../remote"]);
        first.git(&["push", "-q", "origin", "--all"]).assert_code(0);
        first.lineage(&["push"]).assert_code(0);
        let clone = |folder, who| {
            let project = first.project.folder(folder);
            first.script.folder(folder);
            let world = first.colleague(project, who);
            world.git(&["clone", "-q", "../remote", "."]).assert_code(0);
            world.git(&["remote", "set-url", "origin", "../remote"]);
            world
        };
        let (mut second, mut third) = (clone(CLONES[1], Some("Zoe")), clone(CLONES[2], None));
        for world in [&mut first, &mut third] {
            world.lineage(&["init"]).assert_code(0);
        }
        for world in [&mut first, &mut second] {
            world.at(&world.project).lineage(&["hooks", "install"]).assert_code(0);
        }
        contents::make_model(&first, &[CLONES[0], CLONES[1], CLONES[2], "one", "two", COPY]);
        Team {
            clones: [first, second, third],
            remote,
        }
    }

    /// The same in folders of its own; the script goes on from here.
    pub(super) fn twin(&self) -> Self {
        let first = self.clones[0].twin();
        let others = [&self.clones[1], &self.clones[2]];
        let [second, third] = others.map(|world| {
            let folder = first.project.folder(world.folder());
            first.colleague(folder, world.who())
        });
        Team {
            remote: first.project.folder(REMOTE),
            clones: [first, second, third],
        }
    }

    pub(super) fn script(&self) -> Script {
        self.clones[0].script.clone()
    }

    /// Does what a step says, as far as it is possible now.
    pub(super) fn perform(&mut self, step: &Step) {
        self.script().comment(&format!("{step:?}"));
        match step.what {
            What::Own(action) => {
                let world = &mut self.clones[step.who];
                if !goes_too_far(world, action) {
                    world.act(action);
                }
            }
            What::Record => {
                let world = &mut self.clones[step.who];
                let recorded = world.lineage(&["record", "--all"]);
                world.assert_refused(&recorded);
            }
            What::Fetch { prune: true } => self.fetch(step.who, &["fetch", "-q", "--prune"]),
            What::Fetch { prune: false } => self.fetch(step.who, &["fetch", "-q"]),
            What::FetchLineage => self.fetch_lineage(step.who),
            What::Pull { rebase, end } => {
                let world = &mut self.clones[step.who];
                if let Some(branch) = on_a_branch(world) {
                    let how = if rebase { "--rebase" } else { "--no-rebase" };
                    world.git(&["pull", "-q", how, "origin", &branch]);
                    conflicts::end_of_git(world, end);
                }
            }
            What::Push(force) => {
                if let Some(branch) = on_a_branch(&mut self.clones[step.who]) {
                    self.push(step.who, &branch, force);
                }
            }
            What::PushLineage => self.push_lineage(step.who),
            What::Delete(branch) => {
                self.sending(step.who, |world| {
                    world.git(&["push", "-q", "origin", "--delete", BRANCHES[branch]])
                });
            }
        }
        self.check(step.who);
    }

    /// Git's own fetch, with lineage or without.
    pub(super) fn fetch(&mut self, who: usize, args: &[&str]) {
        let world = &self.clones[who];
        let before = refs(&world.project, "refs/lineage/heads");
        world.git(args).assert_code(0);
        assert_eq!(
            refs(&world.project, "refs/lineage/heads"),
            before,
            "a fetch moved heads"
        );
    }

    pub(super) fn fetch_lineage(&mut self, who: usize) {
        let world = &mut self.clones[who];
        let before = refs(&world.project, "refs/lineage/heads");
        world.lineage(&["fetch"]).assert_code(0);
        assert_eq!(
            refs(&world.project, "refs/lineage/heads"),
            before,
            "a fetch moved heads"
        );
        assert_eq!(
            refs(&world.project, "refs/lineage/remotes/origin"),
            refs(&self.remote, "refs/lineage/heads"),
            "what was fetched is what is there"
        );
    }

    /// Pushes a branch with git; true if it went.
    pub(super) fn push(&mut self, who: usize, branch: &str, force: Force) -> bool {
        let mut args = vec!["push", "-q"];
        match force {
            Force::Nothing => {}
            Force::WithLease => args.push("--force-with-lease"),
            Force::Everything => args.push("--force"),
        }
        args.extend(["origin", branch]);
        self.sending(who, |world| world.git(&args)).code == 0
    }

    /// `git lineage push`; what is sent once is not sent again.
    pub(super) fn push_lineage(&mut self, who: usize) {
        let pushed = self.sending(who, |world| world.lineage(&["push"]));
        self.clones[who].assert_refused(&pushed);
        if pushed.code == 0 {
            let again = self.clones[who].lineage(&["push", "--dry-run"]).assert_code(0);
            assert_eq!(again.json()[0]["heads"].as_array().map(Vec::len), Some(0), "{again}");
        }
    }

    /// Something that may send lineage: what it moves over there has to be what it should be.
    fn sending(&mut self, who: usize, send: impl FnOnce(&mut World) -> Output) -> Output {
        let before = refs(&self.remote, "refs/lineage/heads");
        let sent = send(&mut self.clones[who]);
        let after = refs(&self.remote, "refs/lineage/heads");
        assert!(
            sent.code == 0 || before == after,
            "it failed, and has moved heads\n{sent}"
        );
        let unexpected =
            sent.err_text().contains("lineage was not sent") && !sent.err_text().contains("git lineage fetch");
        assert!(!unexpected, "{sent}");
        for (name, version) in &after {
            if before.get(name) != Some(version) {
                self.check_head(who, name, version, &sent);
            }
        }
        for (name, version) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
            self.check_deletion(name, version, &sent);
        }
        sent
    }

    /// A head that was moved is the version of the commit that the branch has now, by the rule.
    fn check_head(&self, who: usize, name: &str, version: &str, sent: &Output) {
        let world = &self.clones[who];
        let (line, id) = parts(name);
        let tip = self.remote.rev_parse(&format!("refs/heads/{line}"));
        let containing = [
            "for-each-ref",
            "--format=%(refname:lstrip=2)",
            "refs/heads",
            "--contains",
            &tip,
        ];
        let lines = world.ask().git(&containing).lines();
        let held = lines.iter().any(|here| {
            let args = ["--json", "record", "--dry-run", "--line", here, "--rev", &tip, &id];
            let answer = world.ask().lineage(&args);
            answer.code == 0 && answer.json()[0]["version_id"] == *version
        });
        assert!(
            held,
            "{name} was set to {version}, and {tip} holds another of {id}\n{sent}"
        );
    }

    /// A head was deleted because its branch is gone, and nothing is lost by it.
    fn check_deletion(&self, name: &str, version: &str, sent: &Output) {
        let (line, _) = parts(name);
        let branches = refs(&self.remote, "refs/heads");
        assert!(
            !branches.contains_key(&format!("refs/heads/{line}")),
            "{name} was deleted\n{sent}"
        );
        let there = Versions::in_repository(&self.remote);
        assert!(there.get(version).is_some(), "{version} was lost with {name}\n{sent}");
    }

    /// What holds in a clone after every step.
    fn check(&self, who: usize) {
        let world = &self.clones[who];
        let verified = world.ask().lineage(&["--json", "verify"]);
        assert!(verified.code == 0 && verified.stdout.is_empty(), "{verified}");
        let versions = Versions::of(world);
        let lost: Vec<&String> = world.reported.iter().filter(|id| versions.get(id).is_none()).collect();
        assert!(lost.is_empty(), "reported once, and reachable no longer: {lost:?}");
    }
}

/// What would take back that the artifacts are deployed: there would be nothing left to share.
fn goes_too_far(world: &World, action: Action) -> bool {
    let back = match action {
        Action::Revert { back, .. } | Action::ResetHard(back) | Action::ResetSoft(back) | Action::Detach(back) => {
            back + 1
        }
        _ => return false,
    };
    let manifest = format!("HEAD~{back}:.gitlineage");
    world.ask().git_any(&["cat-file", "-e", &manifest]).code != 0
}

/// The branch checked out; the first one is, where none was.
fn on_a_branch(world: &mut World) -> Option<String> {
    if world.branch().is_none() {
        world.act(Action::Switch(0));
    }
    world.branch()
}

/// Line and artifact of a head.
fn parts(name: &str) -> (String, String) {
    let name = name.strip_prefix("refs/lineage/heads/").expect("it is a head");
    let (line, id) = name.split_once('/').expect("a line and an artifact");
    (line.replace("%2F", "/"), id.to_owned())
}

/// All refs at or below a folder.
pub(super) fn refs(repo: &TestRepo, folder: &str) -> Refs {
    let format = "--format=%(refname) %(objectname)";
    let listed = repo.call().at(FIXED).git(&["for-each-ref", format, folder]);
    let pair = |line: &String| {
        let (name, value) = line.split_once(' ').expect("git prints both");
        let name = name.replace("refs/lineage/remotes/origin/", "refs/lineage/heads/");
        (name, value.to_owned())
    };
    listed.lines().iter().map(pair).collect()
}
