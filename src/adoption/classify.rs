//! [`classify`]: which states of a past are upstream's, given every state that upstream ever had.
//!
//! States are compared by content; dates play no part. From the oldest on, what was last taken from upstream is known (the
//! *base*), and so is whether anything was changed here since:
//!
//! - A state that upstream had as well was taken from there. Which of several times upstream had it: the first after the
//!   base; else the last before it; without a base the first of all, in the first source that has it. One that is just
//!   the base again, after a change here, was taken back here: nothing came in.
//! - Any other state is a change made here, unless it is just what git makes of merging a later state of upstream into
//!   the state before. That is asked only where something was changed here: else the merge would be upstream's state.
//! - Before the first state that upstream had, nothing is proven.

use std::collections::HashMap;
use std::hash::Hash;

/// A state of upstream: in which source, and at which place of its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct At {
    pub(crate) source: usize,
    pub(crate) place: usize,
}

/// What a state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is proven.
    Unknown,
    /// Upstream's, with nothing changed here before it.
    Upstream(At),
    /// Upstream's came in and there was something here already; the state may be just upstream's, or a merge.
    BroughtIn(At),
    /// Made here.
    Local,
}

/// Is a state what merging one of upstream's into the state before it gives?
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MergeQuestion {
    /// What both sides started from.
    pub(crate) base: At,
    /// The state; the one before it is the side that was changed here.
    pub(crate) state: usize,
    /// The places in the base's source that may have come in, nearest first.
    pub(crate) candidates: Vec<usize>,
}

/// Judges the states of a past, oldest first. `sources` are upstream's states, each oldest first and as this project
/// would store them; `prove` answers with the place that was merged, or that none is proven.
pub(crate) fn classify<K: Copy + Eq + Hash, E>(
    states: &[K],
    sources: &[Vec<K>],
    prove: &mut dyn FnMut(&MergeQuestion) -> Result<Option<usize>, E>,
) -> Result<Vec<Verdict>, E> {
    let places: Vec<HashMap<K, Vec<usize>>> = sources.iter().map(|source| by_content(source)).collect();
    let mut verdicts = Vec::with_capacity(states.len());
    let mut base: Option<At> = None;
    let mut changed_here = false;
    for (number, state) in states.iter().enumerate() {
        let verdict = match (taken_from(&places, base, state), base) {
            (Some(at), Some(base)) if sources[base.source][base.place] == sources[at.source][at.place] => {
                Verdict::Local
            }
            (Some(at), _) if changed_here => Verdict::BroughtIn(at),
            (Some(at), _) => Verdict::Upstream(at),
            (None, None) => Verdict::Unknown,
            (None, Some(base)) if changed_here => {
                let question = MergeQuestion {
                    base,
                    state: number,
                    candidates: later(&sources[base.source], base.place),
                };
                match prove(&question)? {
                    Some(place) => Verdict::BroughtIn(At { place, ..base }),
                    None => Verdict::Local,
                }
            }
            (None, Some(_)) => Verdict::Local,
        };
        match verdict {
            Verdict::Unknown | Verdict::Local => changed_here = true,
            Verdict::Upstream(at) => base = Some(at),
            Verdict::BroughtIn(at) => {
                // Where it is just upstream's state, the next of upstream's follows it without a merge only if this
                // version is upstream's own; a merge is not.
                base = Some(at);
                changed_here = true;
            }
        }
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

fn by_content<K: Copy + Eq + Hash>(source: &[K]) -> HashMap<K, Vec<usize>> {
    let mut places: HashMap<K, Vec<usize>> = HashMap::new();
    for (place, content) in source.iter().enumerate() {
        places.entry(*content).or_default().push(place);
    }
    places
}

/// Which time upstream had a state.
fn taken_from<K: Eq + Hash>(places: &[HashMap<K, Vec<usize>>], base: Option<At>, state: &K) -> Option<At> {
    if let Some(base) = base
        && let Some(own) = places[base.source].get(state)
    {
        // Without a later one it is the base itself, or else the last before it.
        let after = own.iter().find(|place| **place >= base.place);
        let place = after.or(own.last())?;
        let source = base.source;
        return Some(At { source, place: *place });
    }
    places.iter().enumerate().find_map(|(source, places)| {
        let place = *places.get(state)?.first()?;
        Some(At { source, place })
    })
}

/// Every other content after a place, each where it is first.
fn later<K: Copy + Eq + Hash>(source: &[K], place: usize) -> Vec<usize> {
    let mut seen = std::collections::HashSet::from([source[place]]);
    (place + 1..source.len())
        .filter(|later| seen.insert(source[*later]))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::content::testing::samples;

    /// The verdicts on states that are letters, where every letter pair `(before, after)` in `merges` is a proven merge of
    /// the place given.
    fn judged(states: &str, sources: &[&str], merges: &[(char, char, usize)]) -> String {
        let states: Vec<char> = states.chars().collect();
        let sources: Vec<Vec<char>> = sources.iter().map(|source| source.chars().collect()).collect();
        let mut prove = |question: &MergeQuestion| {
            let (before, after) = (states[question.state - 1], states[question.state]);
            let found = merges.iter().find(|(one, other, _)| (*one, *other) == (before, after));
            let found = found.map(|(_, _, place)| *place);
            Ok::<_, ()>(found.filter(|place| question.candidates.contains(place)))
        };
        let verdicts = classify(&states, &sources, &mut prove).expect("nothing fails");
        let text = verdicts.iter().map(|verdict| match verdict {
            Verdict::Unknown => "?".to_owned(),
            Verdict::Local => "l".to_owned(),
            Verdict::Upstream(at) => format!("u{}", at.place + 100 * at.source),
            Verdict::BroughtIn(at) => format!("b{}", at.place + 100 * at.source),
        });
        text.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn states_are_told_by_content() {
        for (states, source, expected) in [
            ("abc", "abc", "u0 u1 u2"),
            ("c", "abc", "u2"),
            ("ac", "abc", "u0 u2"),
            ("axb", "abc", "u0 l b1"),
            ("axbc", "abc", "u0 l b1 b2"),
            ("axa", "abc", "u0 l l"),
            ("xyab", "ab", "? ? b0 b1"),
            ("xy", "ab", "? ?"),
            ("axy", "ab", "u0 l l"),
            // Upstream had it twice: the first after the base, also where the base is the second.
            ("aba", "aba", "u0 u1 u2"),
            ("ba", "aba", "u1 u2"),
            ("a", "aba", "u0"),
            ("bca", "abcab", "u1 u2 u3"),
            // Only before: the last of them.
            ("cb", "abac", "u3 u1"),
            ("ca", "abac", "u3 u2"),
        ] {
            assert_eq!(judged(states, &[source], &[]), expected, "{states} in {source}");
        }
    }

    #[test]
    fn merges_are_asked_for_where_something_was_changed_here() {
        assert_eq!(judged("axy", &["abc"], &[('x', 'y', 2)]), "u0 l b2");
        assert_eq!(
            judged("ay", &["abc"], &[('a', 'y', 2)]),
            "u0 l",
            "nothing to merge into"
        );
        assert_eq!(
            judged("xy", &["abc"], &[('x', 'y', 2)]),
            "? ?",
            "nothing is known to merge over"
        );
        assert_eq!(
            judged("bxy", &["abc"], &[('x', 'y', 0)]),
            "u1 l l",
            "only what came later"
        );
        assert_eq!(judged("axyz", &["abc"], &[('x', 'y', 1), ('y', 'z', 2)]), "u0 l b1 b2");
    }

    #[test]
    fn sources_are_asked_in_turn_but_the_last_one_first() {
        assert_eq!(judged("ab", &["a", "ab"], &[]), "u0 u101");
        assert_eq!(
            judged("ba", &["a", "ab"], &[]),
            "u101 u100",
            "the same source goes before the first"
        );
        assert_eq!(judged("axb", &["a", "b"], &[]), "u0 l b100");
    }

    /// What somebody does in a project.
    #[derive(Debug, Clone)]
    enum Deed {
        Edit,
        Sync(usize),
    }

    #[test]
    fn what_a_project_did_is_found_again() {
        let deed = prop_oneof![Just(Deed::Edit), (1_usize..4).prop_map(Deed::Sync)];
        for deeds in samples(500, &prop::collection::vec(deed, 0..30)) {
            // A state is upstream's place and how many edits are on it; merging keeps the edits.
            let upstream: Vec<(usize, usize)> = (0..200).map(|place| (place, 0)).collect();
            let (mut states, mut expected) = (vec![(0, 0)], vec![Verdict::Upstream(At { source: 0, place: 0 })]);
            for deed in deeds {
                let (place, edits) = *states.last().expect("the first");
                let (state, verdict) = match deed {
                    Deed::Edit => ((place, edits + 1), Verdict::Local),
                    Deed::Sync(on) => {
                        let at = At {
                            source: 0,
                            place: place + on,
                        };
                        let verdict = match edits {
                            0 => Verdict::Upstream(at),
                            _ => Verdict::BroughtIn(at),
                        };
                        ((place + on, edits), verdict)
                    }
                };
                states.push(state);
                expected.push(verdict);
            }
            let mut prove = |question: &MergeQuestion| {
                let (_, edits) = states[question.state - 1];
                let merged = |place: &usize| (*place, edits) == states[question.state];
                Ok::<_, ()>(question.candidates.iter().copied().find(merged))
            };
            let verdicts = classify(&states, &[upstream], &mut prove).expect("nothing fails");
            assert_eq!(verdicts, expected);
        }
    }
}
