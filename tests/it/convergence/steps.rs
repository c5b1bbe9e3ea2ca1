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
        0..48 => alone(rng),
        48..70 => {
            let mut steps = alone(rng);
            steps.extend([pull(rng), What::Push(Force::Nothing)]);
            steps
        }
        70..74 => vec![What::Push(Force::Nothing)],
        74..79 => {
            let force = if rng.one_in(3) {
                Force::Everything
            } else {
                Force::WithLease
            };
            vec![What::Push(force)]
        }
        79..85 => vec![pull(rng)],
        85..88 => vec![What::Fetch { prune: rng.one_in(2) }],
        88..91 => vec![What::FetchLineage],
        91..94 => vec![What::PushLineage],
        94..96 => vec![What::Delete(1 + rng.below(2))],
        _ => vec![What::Record],
    }
}

/// A line that is removed and deployed again has a new root, and the versions before it do not travel: not here.
fn alone(rng: &mut Rng) -> Vec<What> {
    let actions = steps::actions(rng).into_iter();
    let actions = actions.filter(|action| !matches!(action, Action::Remove { .. }));
    let mut steps: Vec<What> = actions.map(What::Own).collect();
    if rng.one_in(4) {
        steps.push(What::Record);
    }
    steps
}

fn pull(rng: &mut Rng) -> What {
    What::Pull {
        rebase: rng.one_in(2),
        end: steps::end(rng),
    }
}
