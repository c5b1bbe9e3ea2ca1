//! What can happen in a team, and which of it happens in a history: chosen by a seed, with the weights below.
//!
//! As in [`random_history`](crate::random_history::steps), a step that is impossible does nothing, and any part of a history
//! is a history.

use crate::{
    random_history::steps::{self, Action, End},
    support::Rng,
};

/// Something that is done in one of the clones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) who: usize,
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    /// In the clone alone.
    Own(Action),
    /// All that lies in the work tree is recorded.
    Record,
    /// `git fetch`.
    Fetch { prune: bool },
    /// `git lineage fetch`.
    FetchLineage,
    /// The branch checked out, from the remote's of the same name.
    Pull { rebase: bool, end: End },
    /// The branch checked out, to the remote's of the same name.
    Push(Force),
    /// `git lineage push`.
    PushLineage,
    /// A branch over there is deleted.
    Delete(usize),
}

/// What is pushed that is no fast-forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    Nothing,
    WithLease,
    Everything,
}

/// A history of about so many steps.
pub(super) fn history(seed: u64, length: usize) -> Vec<Step> {
    let mut rng = Rng(seed);
    let mut steps = Vec::new();
    while steps.len() < length {
        let who = rng.below(3);
        steps.extend(some(&mut rng).into_iter().map(|what| Step { who, what }));
    }
    steps
}

/// What belongs together.
fn some(rng: &mut Rng) -> Vec<What> {
    match rng.below(100) {
        0..36 => alone(rng),
        36..60 => {
            let mut steps = alone(rng);
            steps.push(What::Own(Action::CommitAll));
            if !rng.one_in(6) {
                steps.push(pull(rng));
            }
            steps.push(What::Push(Force::Nothing));
            steps
        }
        60..68 => {
            // Another branch, brought up to date with the one before.
            let (from, to) = (rng.below(3), rng.below(3));
            let (switch_from, switch_to) = (Action::Switch(from), Action::Switch(to));
            let merge = match rng.one_in(4) {
                true => Action::Rebase {
                    onto: from,
                    end: steps::end(rng),
                },
                false => Action::Merge {
                    other: from,
                    fast_forward: rng.one_in(2),
                    squash: rng.one_in(8),
                    end: steps::end(rng),
                },
            };
            let mut steps = vec![What::Own(switch_from), pull(rng), What::Own(switch_to), pull(rng)];
            steps.extend([What::Own(merge), What::Push(force(rng))]);
            steps
        }
        68..74 => vec![What::Push(Force::Nothing)],
        74..78 => vec![What::Push(force(rng))],
        78..84 => vec![pull(rng)],
        84..87 => vec![What::Fetch { prune: rng.one_in(2) }],
        87..90 => vec![What::FetchLineage],
        90..94 => vec![What::PushLineage],
        94 => vec![What::Delete(1 + rng.below(2))],
        _ => vec![What::Record],
    }
}

/// Now and then an edit is recorded before it is committed. An artifact that is removed and deployed again has a new root,
/// and the versions before it do not travel: not here.
fn alone(rng: &mut Rng) -> Vec<What> {
    let mut steps = Vec::new();
    for action in steps::actions(rng) {
        match action {
            Action::Remove { .. } => continue,
            Action::CommitAll if rng.one_in(3) => steps.push(What::Record),
            _ => {}
        }
        steps.push(What::Own(action));
    }
    steps
}

fn force(rng: &mut Rng) -> Force {
    [Force::Nothing, Force::WithLease, Force::WithLease, Force::Everything][rng.below(4)]
}

fn pull(rng: &mut Rng) -> What {
    What::Pull {
        rebase: rng.one_in(2),
        end: steps::end(rng),
    }
}
