//! What is shared with others, over the project's git remotes.

use std::{cell::RefCell, collections::BTreeMap};

use gix::ObjectId;

use super::LineageStore;
use crate::{
    id::{Line, VersionId},
    index::{Index, IndexError, Notice},
    operation::{self, OperationError, Rebuilt},
    project::graph::Graph,
    query::QueryError,
    sharing::{
        self, Branches, Fetched, FetchedHead, HeadMove, LeftOut, LeftOutReason, OutgoingRef, Progress, PushResult,
        Pushed, PushedHead, Remote, RemoteHeads, Sent, Shared, SharingError,
    },
};

/// How often a push is planned again because others were faster.
const MOST_ATTEMPTS: u32 = 10;

/// What to push, and how.
#[derive(Debug, Clone, Default)]
pub struct Push {
    /// The remote; where a plain `git push` would push to, if it is `None`.
    pub remote: Option<String>,
    /// Send nothing, and only say what would be sent.
    pub dry_run: bool,
    /// Let git show on standard error how far it is.
    pub progress: bool,
}

/// A push of the project that is about to happen, as git tells a `pre-push` hook.
#[derive(Debug, Clone, Default)]
pub struct PushAlong {
    /// The remote's name.
    pub remote: String,
    /// What is pushed.
    pub refs: Vec<OutgoingRef>,
    /// git was asked to push what is no fast-forward, too.
    pub forced: bool,
    /// Let git show on standard error how far it is.
    pub progress: bool,
}

impl LineageStore {
    /// Brings the versions that others have pushed to a remote (`None`: where a plain `git fetch` would fetch from). No head
    /// of a line here is moved, and what is gone over there stays reachable here, under `kept/`.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, _, _) = project_with_skill()?;
    /// use git_lineage::{LineageStore, SharingError};
    ///
    /// let store = LineageStore::open(&project)?;
    /// assert!(matches!(store.fetch(None, false), Err(SharingError::NoRemote)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SharingError::NoRemote`], [`SharingError::WhichRemote`], [`SharingError::UnknownRemote`],
    /// [`SharingError::Transport`].
    pub fn fetch(&self, remote: Option<&str>, progress: bool) -> Result<Fetched, SharingError> {
        let remote = match remote {
            Some(name) => Remote::named(&self.repo, name)?,
            None => Remote::to_fetch_from(&self.repo, self.current_line()?.as_ref())?,
        };
        self.fetch_from(&remote, progress_of(progress))
    }

    /// Makes the versions anew that the baselines of a line's artifacts had (`None`: of what is checked out), where nobody has
    /// shared them, from the upstream commits that the manifest names: those of all its commits, and of what the work tree's
    /// names. Each only where upstream's content is the baseline's, and the same in every clone, with people and dates of the
    /// upstream commit. Then catches up with the line. Answers what was missing, by artifact; nothing if nothing was. An artifact
    /// that cannot be rebuilt stops no other.
    ///
    /// Best done after [`fetch`](Self::fetch): versions that others have are the true ones.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doctest.rs"));
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (project, skill, caller) = project_with_skill()?;
    /// # let (skills, clone) = (skill.parent().unwrap(), project.with_file_name("clone"));
    /// # let git = |args: &[&str]| std::process::Command::new("git").args(args).status();
    /// # git(&["init", "--quiet", skills.to_str().unwrap()])?;
    /// # commit_all(skills, "Write the pdf skill")?;
    /// use git_lineage::{Deploy, LineageStore};
    ///
    /// let (source, from) = (skills.to_str().unwrap(), Some("pdf".to_owned()));
    /// LineageStore::open(&project)?.deploy(&Deploy { from, ..Deploy::new(source) }, &caller)?;
    /// # commit_all(&project, "Add the pdf skill")?;
    /// # git(&["clone", "--quiet", project.to_str().unwrap(), clone.to_str().unwrap()])?;
    /// // A clone of the project, to which nobody has pushed lineage.
    /// let store = LineageStore::open(&clone)?;
    /// let rebuilt = store.rebuild_baselines(None)?;
    /// assert!(rebuilt[0].error.is_none());
    /// assert_eq!(rebuilt[0].version.as_ref().unwrap().summary, "Deploy artifact/pdf");
    /// assert!(store.rebuild_baselines(None)?.is_empty(), "its version is here now");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What concerns all artifacts: the repository, the manifest, a line that does not exist. What is wrong with one is in the
    /// answer: [`OperationError::Upstream`], [`OperationError::NoSource`], [`OperationError::NoUpstreamCommit`],
    /// [`OperationError::OtherBaseline`], [`OperationError::Snapshot`], [`OperationError::HistoryCutOff`].
    pub fn rebuild_baselines(&self, line: Option<&Line>) -> Result<Vec<Rebuilt>, OperationError> {
        let wanted = self.with_index(|index| operation::rebuild::missing(&self.repo, index, line))?;
        let (arrived, mut answers) = operation::rebuild::fetch(&self.repo, &self.cache, &wanted)?;
        if !arrived.is_empty() {
            answers.extend(self.attempt(|attempt| operation::rebuild::rebuild(attempt, line, &arrived))?);
        }
        answers.sort_by(|a, b| a.artifact_id.cmp(&b.artifact_id));
        Ok(answers)
    }

    fn fetch_from(&self, remote: &Remote, progress: Progress) -> Result<Fetched, SharingError> {
        let count = |index: &Index| index.reader().count().map_err(IndexError::from);
        let before = self.with_index(count)?;
        let moved = sharing::fetch(&self.repo, remote, progress)?;
        self.keep_lost(moved.iter().filter_map(|moved| moved.before))?;
        let after = self.with_index(count)?;
        let mut heads = Vec::with_capacity(moved.len());
        for moved in &moved {
            heads.extend(self.with_index(|index| FetchedHead::of(&self.repo, index, moved))?);
        }
        self.forget_caught_up();
        Ok(Fetched {
            remote: remote.name().to_owned(),
            heads,
            versions: after.saturating_sub(before),
        })
    }

    /// That refs of the remote have moved is the answer, and nothing to note beside it.
    fn forget_caught_up(&self) {
        let mut notices = self.notices.borrow_mut();
        notices.retain(|notice| !matches!(notice, Notice::SidecarCaughtUp { .. }));
    }

    /// Keeps those versions that nothing reaches any more.
    fn keep_lost(&self, versions: impl Iterator<Item = VersionId>) -> Result<(), SharingError> {
        let versions: Vec<VersionId> = versions.collect();
        if versions.is_empty() {
            return Ok(());
        }
        self.refresh_index()?;
        let index = self.index.borrow();
        let index = index.as_ref().expect("refreshing leaves an index");
        sharing::keep_lost(&self.repo, index, versions)
    }

    /// Sends the versions of the project's commits: of every local branch that the remote has, at what it has of it. Edits
    /// that are recorded and not committed stay here. A head over there is moved only from what was last seen there; where
    /// others were faster, their versions are fetched first. Heads of branches that are gone are deleted where another head
    /// contains what they hold.
    ///
    /// # Errors
    /// [`SharingError::NoRemote`], [`SharingError::WhichRemote`], [`SharingError::UnknownRemote`],
    /// [`SharingError::Transport`], [`SharingError::Contended`]; what the server refuses is in the answer.
    pub fn push(&self, request: &Push) -> Result<Pushed, SharingError> {
        let remote = match &request.remote {
            Some(name) => Remote::named(&self.repo, name)?,
            None => Remote::to_push_to(&self.repo, self.current_line()?.as_ref())?,
        };
        let heads = format!("{}*", self.repo.prefix().heads_dir());
        let there = sharing::list_remote(&self.repo, &remote, &["refs/heads/*", &heads])?;
        if !self.has_seen(&remote, &there)? {
            self.fetch_from(&remote, Progress::Hidden)?;
        }
        let branches = Branches::of_remote(&self.repo, &remote, &there)?;
        self.send(&remote, &branches, request.dry_run, progress_of(request.progress))
    }

    /// Sends the versions of the commits that git is about to push along with them; for a `pre-push` hook. Where there is
    /// nothing new the remote is not asked. Nothing is sent for a branch that git will refuse.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_along(&self, request: &PushAlong) -> Result<Pushed, SharingError> {
        if !sharing::concern_lineage(&self.repo, &request.refs)? {
            return Ok(Pushed::nothing(&request.remote));
        }
        let remote = Remote::named(&self.repo, &request.remote)?;
        let branches = Branches::of_updates(&self.repo, &remote, &request.refs, request.forced)?;
        self.send(&remote, &branches, false, progress_of(request.progress))
    }

    /// How the heads of a line stand to what a remote had when it was last seen; `None` where the project has no remote, or
    /// it is not clear which is meant.
    ///
    /// # Errors
    /// Those of asking for the heads.
    pub fn shared(&self, line: Option<&Line>) -> Result<Option<Shared>, QueryError> {
        self.query(|query| sharing::shared(query, line))
    }

    /// Whether every head that the remote has is what was last seen there.
    fn has_seen(&self, remote: &Remote, there: &BTreeMap<String, ObjectId>) -> Result<bool, SharingError> {
        let (heads, dir) = (self.repo.prefix().heads_dir(), remote.tracking_dir(&self.repo));
        let there = there
            .iter()
            .filter_map(|(name, id)| Some((name.strip_prefix(&heads)?, *id)));
        let seen = self.repo.list_refs(&dir)?;
        let seen = seen
            .iter()
            .filter_map(|(name, id)| Some((name.strip_prefix(&dir)?, *id)));
        Ok(there.eq(seen))
    }

    fn send(
        &self,
        remote: &Remote,
        branches: &Branches,
        dry_run: bool,
        progress: Progress,
    ) -> Result<Pushed, SharingError> {
        let mut answer = Pushed::nothing(remote.name());
        let mut before = None;
        let mut in_the_way = None;
        for _ in 0..MOST_ATTEMPTS {
            let (moves, missing) = self.plan(remote, branches, dry_run)?;
            answer.left_out = [&branches.left_out[..], &missing].concat();
            if dry_run {
                let planned = moves.into_iter().map(|change| {
                    let kind = change.kind;
                    (change, PushResult::Planned(kind))
                });
                answer.heads = planned.map(pushed_head).collect();
                return Ok(answer);
            }
            // The same once more: nobody was faster.
            let is_stuck = before.replace(moves.clone()) == Some(moves.clone());
            match sharing::send(&self.repo, remote, moves, progress)? {
                Sent::Ended(results) => {
                    let refused = |(_, result): &(_, PushResult)| matches!(result, PushResult::Refused { .. });
                    let ends = results.is_empty() || results.iter().any(refused);
                    answer.heads.extend(results.into_iter().map(pushed_head));
                    if ends {
                        return Ok(answer);
                    }
                    // What the remote has now may say of another line's commit which version it holds.
                    self.refresh_index()?;
                    self.forget_caught_up();
                }
                Sent::Overtaken(error) => {
                    in_the_way = is_stuck.then_some(error);
                    self.fetch_from(remote, Progress::Hidden)?;
                }
            }
        }
        Err(in_the_way.unwrap_or_else(|| SharingError::Contended {
            remote: remote.name().to_owned(),
            attempts: MOST_ATTEMPTS,
        }))
    }

    /// Which heads over there to move, and where it is not known to what. Versions that commits call for are recorded on the
    /// way.
    fn plan(
        &self,
        remote: &Remote,
        branches: &Branches,
        dry_run: bool,
    ) -> Result<(Vec<HeadMove>, Vec<LeftOut>), SharingError> {
        let (mut moves, mut left_out) = (Vec::new(), Vec::new());
        let mut heads = self.with_index(|index| RemoteHeads::last_seen(&self.repo, index, remote))?;
        for branch in &branches.branches {
            let heads = RefCell::new(&mut heads);
            let (of_branch, missing) = self.attempt(|attempt| {
                operation::at_commit::held_at(attempt, &branch.here, branch.commit, dry_run, |graph, held| {
                    let moves = sharing::of_branch(graph, &mut heads.borrow_mut(), branch, &held.versions)?;
                    Ok((moves, held.missing))
                })
            })?;
            moves.extend(of_branch);
            if !missing.is_empty() {
                left_out.push(LeftOut {
                    line: branch.there.clone(),
                    reason: LeftOutReason::MissingVersions(missing),
                });
            }
        }
        moves.extend(self.with_index(|index| {
            let graph = Graph::new(&self.repo, index);
            sharing::of_gone_lines(&graph, &heads, |line| branches.is_gone(line))
        })?);
        Ok((moves, left_out))
    }
}

fn pushed_head((change, result): (HeadMove, PushResult)) -> PushedHead {
    PushedHead {
        line: change.line(),
        artifact_id: change.artifact_id,
        before: change.before,
        after: change.after,
        result,
    }
}

fn progress_of(shown: bool) -> Progress {
    if shown { Progress::Shown } else { Progress::Hidden }
}
