//! Steps put into practice.

use super::{
    conflicts,
    next_sync::{self, Plan},
    steps::{Action, CatchUp, End, Step, SyncEnd},
    world::{ARTIFACTS, Artifact, BRANCHES, Synced, World, field},
};
use crate::support::Output;

/// Reasons for which a command may fail in a history: the user asked for what is impossible there.
const REFUSALS: [&str; 11] = [
    "no_line",
    "not_deployed",
    "already_deployed",
    "content_in_the_way",
    "missing_content",
    "unfinished",
    "unmerged",
    "nothing_unfinished",
    "not_on_line",
    "too_far_back",
    "unknown_version",
];

/// What a clone says that has not fetched what others have recorded.
pub(crate) const MISSING: &str = "missing_versions";

impl World {
    /// Does what a step says, as far as it is possible now.
    pub(crate) fn perform(&mut self, step: &Step) {
        self.script.comment(&format!("{step:?}"));
        self.act(step.action);
        if step.then != CatchUp::Nothing && self.branch().is_some() {
            super::checks::catch_up(self, step.then);
        }
    }

    /// The same, and nothing is recorded afterwards.
    pub(crate) fn act(&mut self, action: Action) {
        match action {
            Action::Edit(change) => self.edit(change),
            Action::Executable { artifact, file } => self.turn_executable(artifact, file),
            Action::Elsewhere => {
                let time = self.project.sandbox().clock.tick();
                self.write_in_project("other.txt", &format!("{time}\n"));
            }
            Action::Upstream(change) => self.edit_upstream(change),
            Action::CommitAll => {
                self.git(&["add", "--all"]);
                self.git(&["commit", "-q", "-m", "All"]);
            }
            Action::CommitStaged => drop(self.git(&["commit", "-q", "-m", "Staged"])),
            Action::CommitOnly(artifact) => {
                self.git(&["commit", "-q", "-m", "Only", "--", ARTIFACTS[artifact].path]);
            }
            Action::Amend => {
                self.git(&["add", "--all"]);
                self.git(&["commit", "-q", "--amend", "--no-edit"]);
            }
            Action::AmendMessage => drop(self.git(&["commit", "-q", "--amend", "--only", "-m", "Better said"])),
            Action::Switch(to) => {
                if !self.git_does(&["switch", "-q", BRANCHES[to]]) {
                    self.git(&["switch", "-q", "-c", BRANCHES[to]]);
                }
            }
            Action::Detach(back) => drop(self.git(&["switch", "-q", "--detach", &format!("HEAD~{back}")])),
            Action::DeleteBranch(branch) => drop(self.git(&["branch", "-q", "-D", BRANCHES[branch]])),
            Action::RenameBranch(branch) => drop(self.git(&["branch", "-m", BRANCHES[branch]])),
            Action::Merge {
                other,
                fast_forward,
                squash,
                end,
            } => self.merge(BRANCHES[other], fast_forward, squash, end),
            Action::Rebase { onto, end } => {
                self.git(&["rebase", "-q", BRANCHES[onto]]);
                conflicts::end_of_git(self, end);
            }
            Action::CherryPick { from, back, end } => {
                self.git(&["cherry-pick", &format!("{}~{back}", BRANCHES[from])]);
                conflicts::end_of_git(self, end);
            }
            Action::Revert { back, end } => {
                self.git(&["revert", "--no-edit", &format!("HEAD~{back}")]);
                conflicts::end_of_git(self, end);
            }
            Action::ResetHard(back) => drop(self.git(&["reset", "-q", "--hard", &format!("HEAD~{back}")])),
            Action::ResetSoft(back) => drop(self.git(&["reset", "-q", "--soft", &format!("HEAD~{back}")])),
            Action::StashPush => drop(self.git(&["stash", "push", "-q", "--include-untracked"])),
            Action::StashPop(end) => {
                self.git(&["stash", "pop", "-q"]);
                conflicts::end_of_git(self, end);
            }
            Action::Deploy(artifact) => {
                let deployed = self.deploy(&ARTIFACTS[artifact]);
                self.assert_refused(&deployed);
            }
            Action::Remove { artifact, keep_files } => {
                let mut args = vec!["remove", ARTIFACTS[artifact].id];
                args.extend(keep_files.then_some("--keep-files"));
                let removed = self.lineage(&args);
                self.assert_refused(&removed);
            }
            Action::Sync { artifact, end } => self.sync(artifact, end),
            Action::Finish(end) => self.finish(end),
            Action::Record(artifact) => {
                let recorded = self.lineage(&["record", ARTIFACTS[artifact].id]);
                self.assert_refused(&recorded);
            }
            Action::Restore { artifact, back } => {
                let id = ARTIFACTS[artifact].id;
                let restored = self.lineage(&["restore", id, &format!("{id}~{back}")]);
                self.assert_refused(&restored);
            }
        }
    }

    fn merge(&mut self, other: &str, fast_forward: bool, squash: bool, end: End) {
        let how = match (squash, fast_forward) {
            (true, _) => "--squash",
            (_, true) => "--ff",
            (_, false) => "--no-ff",
        };
        self.git(&["merge", "-q", how, other]);
        conflicts::end_of_git(self, end);
    }

    fn sync(&mut self, artifact: Option<usize>, end: SyncEnd) {
        // What stood before is another step's.
        let plan = Plan::now(self);
        let ids: Vec<&str> = match artifact {
            Some(artifact) => vec![ARTIFACTS[artifact].id],
            None => Vec::new(),
        };
        let args: Vec<&str> = ["sync"].into_iter().chain(ids).collect();
        let synced = self.lineage(&args);
        if synced.code == 1 && synced.stdout.is_empty() {
            return self.assert_refused(&synced);
        }
        let answers = synced.json();
        for failed in answers.iter().filter(|answer| answer["result"] == "failed") {
            self.assert_refusal(&failed["error"], &synced);
        }
        next_sync::compare(self, &self.project, &answers, &plan);
        let at = self.project.head();
        for answer in answers {
            if ["fast_forward", "merged"].contains(&field(&answer, "result")) {
                let artifact = Artifact::named(field(&answer, "artifact_id"));
                let version = field(&answer, "version_id").to_owned();
                let synced = Synced {
                    at: at.clone(),
                    branch: self.branch(),
                    content: self.project.rev_parse(&format!("{version}^{{tree}}")),
                    baseline: self.manifest()[artifact.id].baseline.clone(),
                    version,
                };
                self.synced.insert(artifact.id, synced);
            }
        }
        if synced.code == 3 {
            self.finish(end);
        }
    }

    /// Ends what stands of a sync.
    fn finish(&mut self, end: SyncEnd) {
        if self.unfinished().is_empty() {
            return;
        }
        match end {
            SyncEnd::Continue(pick) => {
                conflicts::resolve(self, pick);
                if self.branch().is_some() {
                    self.lineage(&["sync", "--continue"]).assert_code(0);
                    assert!(self.unfinished().is_empty(), "it was continued");
                }
            }
            SyncEnd::Commit(pick) => {
                conflicts::resolve(self, pick);
                self.git(&["add", "--all"]);
                self.git(&["commit", "-q", "-m", "Sync, resolved"]);
            }
            SyncEnd::Abort => self.abort(),
            SyncEnd::Reset => drop(self.git(&["reset", "-q", "--hard"])),
            SyncEnd::Later => {}
        }
    }
}

impl World {
    /// Takes back what stands of a sync, unless it was committed already.
    pub(crate) fn abort(&mut self) {
        let aborted = self.lineage(&["sync", "--abort"]);
        assert!(
            aborted.code == 0 || aborted.json_error()["code"] == "nothing_unfinished",
            "{aborted}"
        );
        assert!(self.unfinished().is_empty(), "{aborted}");
    }

    /// Panics if a command failed for another reason than that the user asked for what cannot be.
    pub(crate) fn assert_refused(&self, output: &Output) {
        if output.code == 1 {
            self.assert_refusal(&output.json_error(), output);
        }
    }

    fn assert_refusal(&self, error: &serde_json::Value, output: &Output) {
        let code = error["code"].as_str().unwrap_or_default();
        let unseen = self.shares && code == MISSING;
        assert!(REFUSALS.contains(&code) || unseen, "{output}");
    }
}
