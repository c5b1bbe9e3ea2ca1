//! What can happen to a project, and which of it happens in a history: chosen by a seed, with the weights below.
//!
//! A step says all it needs in numbers that mean something in whatever state the project is in (`branch 1`, `two commits
//! back`), and one that is impossible there does nothing. So any part of a history is a history, and can be run.

use crate::support::Rng;

/// One thing that happens, and what is recorded directly afterwards.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) action: Action,
    pub(crate) then: CatchUp,
}

/// What a user records after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CatchUp {
    /// Nothing: later commands have to make up for it.
    Nothing,
    /// The versions that the project's commits call for.
    Commits,
    /// These, and what lies in the work tree.
    WorkTree,
}

/// A change of a file: which one, where, and to what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    pub(crate) artifact: usize,
    pub(crate) file: usize,
    pub(crate) line: usize,
    /// The new line; `None` removes the file.
    pub(crate) word: Option<usize>,
}

/// Which side is taken where a merge of any kind stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    Ours,
    Theirs,
    /// The lines of both.
    Both,
    /// Ours for one path, theirs for the next.
    Turns,
}

/// How an operation of git that stops in conflicts ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    /// `None` gives it up.
    pub(crate) pick: Option<Pick>,
    /// A command of lineage is tried while it stands.
    pub(crate) interrupted: bool,
}

/// How a sync that stops in conflicts ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SyncEnd {
    Continue(Pick),
    /// A plain commit of the resolution.
    Commit(Pick),
    Abort,
    /// `git reset --hard`.
    Reset,
    /// Not now.
    Later,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    Edit(Change),
    /// The executable bit of a file turned over.
    Executable {
        artifact: usize,
        file: usize,
    },
    /// A file of the project that belongs to no artifact.
    Elsewhere,
    Upstream(Change),
    CommitAll,
    CommitStaged,
    /// Only what lies at the path of one artifact.
    CommitOnly(usize),
    Amend,
    AmendMessage,
    /// Makes the branch, or switches to it.
    Switch(usize),
    Detach(usize),
    DeleteBranch(usize),
    RenameBranch(usize),
    Merge {
        other: usize,
        fast_forward: bool,
        squash: bool,
        end: End,
    },
    Rebase {
        onto: usize,
        end: End,
    },
    CherryPick {
        from: usize,
        back: usize,
        end: End,
    },
    Revert {
        back: usize,
        end: End,
    },
    ResetHard(usize),
    ResetSoft(usize),
    StashPush,
    StashPop(End),
    Deploy(usize),
    Remove {
        artifact: usize,
        keep_files: bool,
    },
    /// Of one artifact or of all.
    Sync {
        artifact: Option<usize>,
        end: SyncEnd,
    },
    /// What stands of a sync that was left for later.
    Finish(SyncEnd),
    Record(usize),
    Restore {
        artifact: usize,
        back: usize,
    },
}

/// A history of about so many steps.
pub(crate) fn history(seed: u64, length: usize) -> Vec<Step> {
    let mut rng = Rng(seed);
    let mut steps = Vec::new();
    while steps.len() < length {
        for action in actions(&mut rng) {
            let then = match rng.below(10) {
                0..6 => CatchUp::Nothing,
                6..8 => CatchUp::Commits,
                _ => CatchUp::WorkTree,
            };
            steps.push(Step { action, then });
        }
    }
    steps
}

/// What belongs together: an edit is mostly committed, and upstream's news are mostly fetched.
pub(crate) fn actions(rng: &mut Rng) -> Vec<Action> {
    match rng.below(100) {
        0..18 => vec![Action::Edit(change(rng)), Action::CommitAll],
        18..24 => vec![Action::Edit(change(rng))],
        24..34 => {
            let news = change(rng);
            let artifact = (!rng.one_in(3)).then_some(news.artifact);
            let end = sync_end(rng);
            vec![
                Action::Upstream(news),
                Action::Sync { artifact, end },
                Action::CommitAll,
            ]
        }
        34..44 => {
            // The same line here and there, and elsewhere in the file.
            let (here, there) = (change(rng), change(rng));
            let there = Change {
                artifact: here.artifact,
                file: here.file,
                line: if rng.one_in(2) { here.line } else { there.line },
                ..there
            };
            let artifact = Some(here.artifact);
            let end = sync_end(rng);
            vec![
                Action::Upstream(there),
                Action::Edit(here),
                Action::Sync { artifact, end },
            ]
        }
        44..54 => vec![Action::Switch(rng.below(3))],
        54..62 => vec![merge(rng)],
        62..68 => vec![
            Action::Switch(rng.below(3)),
            Action::Edit(change(rng)),
            Action::CommitAll,
            merge(rng),
        ],
        68..72 => vec![Action::Rebase {
            onto: rng.below(3),
            end: end(rng),
        }],
        72..75 => vec![Action::CherryPick {
            from: rng.below(3),
            back: rng.below(3),
            end: end(rng),
        }],
        75..77 => vec![Action::Revert {
            back: rng.below(3),
            end: end(rng),
        }],
        77..79 => vec![
            Action::StashPush,
            Action::Switch(rng.below(3)),
            Action::StashPop(end(rng)),
        ],
        79..81 => vec![Action::Deploy(artifact(rng))],
        _ => vec![seldom(rng)],
    }
}

fn seldom(rng: &mut Rng) -> Action {
    match rng.below(21) {
        0 => Action::Executable {
            artifact: artifact(rng),
            file: rng.below(3),
        },
        1 => Action::Elsewhere,
        2 => Action::Upstream(change(rng)),
        3 => Action::CommitStaged,
        4 => Action::CommitOnly(artifact(rng)),
        5..7 => Action::Amend,
        7 => Action::AmendMessage,
        8 => Action::Detach(rng.below(3)),
        9 => Action::DeleteBranch(rng.below(3)),
        10 => Action::RenameBranch(rng.below(3)),
        11..13 => Action::ResetHard(rng.below(3)),
        13..15 => Action::ResetSoft(rng.below(3)),
        15 => Action::Remove {
            artifact: artifact(rng),
            keep_files: rng.one_in(4),
        },
        16 => Action::Sync {
            artifact: None,
            end: sync_end(rng),
        },
        17 => Action::Finish(sync_end(rng)),
        18 => Action::Record(artifact(rng)),
        _ => Action::Restore {
            artifact: artifact(rng),
            back: rng.below(4),
        },
    }
}

fn merge(rng: &mut Rng) -> Action {
    Action::Merge {
        other: rng.below(3),
        fast_forward: rng.one_in(2),
        squash: rng.one_in(6),
        end: end(rng),
    }
}

/// The first one most often, so that several things happen to the same.
fn artifact(rng: &mut Rng) -> usize {
    [0, 0, 0, 1, 1, 2][rng.below(6)]
}

/// Few files, lines and words, so that sides meet, and contents come back.
pub(crate) fn change(rng: &mut Rng) -> Change {
    Change {
        artifact: artifact(rng),
        file: [0, 0, 0, 1, 2][rng.below(5)],
        line: [0, 0, 4, 8][rng.below(4)],
        word: (!rng.one_in(10)).then(|| rng.below(3)),
    }
}

fn pick(rng: &mut Rng) -> Pick {
    [Pick::Ours, Pick::Theirs, Pick::Both, Pick::Turns][rng.below(4)]
}

/// How an operation of git ends.
pub(crate) fn end(rng: &mut Rng) -> End {
    End {
        pick: (!rng.one_in(6)).then(|| pick(rng)),
        interrupted: rng.one_in(4),
    }
}

fn sync_end(rng: &mut Rng) -> SyncEnd {
    match rng.below(7) {
        0..2 => SyncEnd::Continue(pick(rng)),
        2..4 => SyncEnd::Commit(pick(rng)),
        4 => SyncEnd::Abort,
        5 => SyncEnd::Reset,
        _ => SyncEnd::Later,
    }
}
